//! Samples that are not there, since the files that they were to show cannot be used.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// A sample that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its id.
    pub id: u64,
    /// The motion file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
    /// BLAKE3 of the file, hexadecimal: one that has been mended has another. Absent where the file could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

impl LeftOut {
    /// Whether the file is another than the one that was set aside.
    pub(in crate::corpus) fn is_mended(&self) -> bool {
        self.blake3.is_none() || file_hash(Path::new(&self.file)) != self.blake3
    }
}

/// BLAKE3 of a file; `None` when it cannot be read.
pub(in crate::corpus) fn file_hash(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}
