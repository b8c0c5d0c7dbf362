//! Puts the parts of a corpus together.

use super::completion::complete;
use super::lock::Locks;
use super::status::Status;
use super::stock::{Standing, standing};
use crate::corpus::error::CorpusError;
use crate::corpus::files::manifest::{self, Manifest};
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use crate::corpus::plan::runs::array_expression;
use std::path::Path;

/// Ends a corpus whose parts were made by several processes: checks that every shard is there with its size, writes the
/// manifest and `samples.csv`. The result is what one process would have made, byte by byte.
///
/// Shards that are missing are [`CorpusError::Unfinished`], damaged ones [`CorpusError::Damaged`]; nothing is changed then. Hashes
/// are not read: `verify` does that.
pub fn merge(dir: &Path) -> Result<Manifest, CorpusError> {
    let plan = CorpusPlan::read(dir)?;
    let locks = Locks::take(dir, Part::WHOLE)?;
    let claims = manifest::claims(dir)?;
    let mut manifest = Manifest::default();
    let (mut damage, mut missing) = (Vec::new(), Vec::new());
    for shard in 0..plan.shards() {
        match standing(dir, &plan, shard, claims.get(&shard), false)? {
            Standing::Whole(line) => {
                manifest.lines.insert(shard, line);
            }
            Standing::Damaged(problem) => damage.push((shard, problem)),
            Standing::Unlisted | Standing::Missing => missing.push(shard),
        }
    }
    if !damage.is_empty() {
        return Err(CorpusError::Damaged { path: dir.to_owned(), damage });
    }
    if !missing.is_empty() {
        let parts = Status::read(dir, None)?.parts;
        let parts = parts.map(|p| format!("; build parts {} of {}", p.missing, p.of)).unwrap_or_default();
        let (n, shards) = (missing.len(), array_expression(missing));
        let problem = format!("{n} of {} shards are missing: {shards}{parts}", plan.shards());
        return Err(CorpusError::Unfinished { path: dir.to_owned(), problem });
    }
    complete(dir, &plan, &manifest, locks)?;
    Ok(manifest)
}
