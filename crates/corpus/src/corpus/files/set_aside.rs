//! `set_aside.csv`: what a corpus was to show and does not, and why.

use super::manifest::Manifest;
use crate::base::atomic_file;
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// A file of motion or of labels that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsideRow {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
    /// Number of samples that the corpus lacks by it; 0 where it could not be found out how many it has.
    pub samples: u64,
}

/// What the plan knows to be unusable, then what turned out to be while samples were made, by file.
pub(in crate::corpus) fn rows(plan: &CorpusPlan, manifest: &Manifest) -> Vec<AsideRow> {
    let mut rows: Vec<AsideRow> = plan
        .set_aside
        .iter()
        .map(|aside| AsideRow { file: aside.file.clone(), reason: aside.reason.clone(), samples: 0 })
        .collect();
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for out in manifest.lines.values().flat_map(|line| line.live_left_out(plan)) {
        *counts.entry((&out.file, &out.reason)).or_insert(0) += 1;
    }
    rows.extend(counts.into_iter().map(|((file, reason), samples)| AsideRow {
        file: file.to_owned(),
        reason: reason.to_owned(),
        samples,
    }));
    rows
}

/// Writes the list; where nothing was set aside there is none.
pub(in crate::corpus) fn write(dir: &Path, rows: &[AsideRow]) -> Result<(), CorpusError> {
    let path = layout::set_aside(dir);
    if rows.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(CorpusError::write(&path)(e)),
            _ => Ok(()),
        };
    }
    Ok(atomic_file::write_with(&path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        rows.iter().try_for_each(|row| writer.serialize(row)).map_err(io::Error::other)?;
        writer.flush()
    })?)
}
