//! Which ids belong to which motion file: kept in `corpus.yaml`, so that a file that is removed, mended or added moves no other sample.
//!
//! A file has a block of ids, one a window and repetition, and a number, which gives the subject. Both stay for as long as the corpus
//! lives: the block of a file that is gone is a hole, and a file that is new, or has another number of windows, gets a block behind
//! the last one.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The block of ids of a motion file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionBlock {
    /// Number of its folder among the recipe's `motions`.
    pub folder: usize,
    /// The file, from its folder on, with `/`.
    pub file: String,
    /// Its number over all folders.
    pub number: u64,
    /// Lowest id.
    pub first: u64,
    /// Number of ids, at least 1.
    pub samples: u64,
    /// Begins the BLAKE3 of its length and windows; absent once the file is gone or has other windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<String>,
}

impl MotionBlock {
    pub(in crate::corpus) fn ids(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.samples)
    }
}

/// What keeps a table of files from being that of a corpus of so many samples; it may come from anywhere.
pub(super) fn table_problem(blocks: &[MotionBlock], samples: u64) -> Option<String> {
    let mut end = 0;
    for block in blocks {
        if block.samples == 0 || block.first < end || block.ids().end > samples {
            let Range { start, end } = block.ids();
            return Some(format!("motion_files: {} has the ids {start} to {end}, which it cannot have", block.file));
        }
        end = block.ids().end;
    }
    None
}
