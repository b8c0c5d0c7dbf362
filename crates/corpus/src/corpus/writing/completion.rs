//! The end of a corpus.

use super::lock::Locks;
use super::stock;
use crate::corpus::error::CorpusError;
use crate::corpus::files::manifest::Manifest;
use crate::corpus::files::{card, index, set_aside};
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use crate::corpus::read::CorpusReader;
use std::path::Path;

/// Writes what only a whole corpus has, and removes what only an unfinished one has.
pub(super) fn complete(dir: &Path, plan: &CorpusPlan, manifest: &Manifest, locks: Locks) -> Result<(), CorpusError> {
    let rows = set_aside::rows(plan, manifest);
    set_aside::write(dir, &rows)?;
    if let (0, Some(first)) = (manifest.samples(), rows.first()) {
        let problem = format!("not one sample could be made; {}: {}", first.file, first.reason);
        return Err(CorpusError::folder(dir, problem));
    }
    manifest.write(&layout::manifest(dir))?;
    index::write(dir, manifest)?;
    // The corpus is whole by now; its card describes it.
    let reader = CorpusReader::open(dir)?;
    let first = reader.rows().first().map(|row| reader.read_views(row.id)).transpose()?;
    card::write(dir, plan, reader.rows(), &first.map(|sample| sample.views.infos()).unwrap_or_default())?;
    stock::remove_parts(dir, Part::WHOLE)?;
    locks.clear()
}
