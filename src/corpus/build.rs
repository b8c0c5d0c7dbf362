//! Building a simulated corpus: every missing shard of a recipe, samples in parallel.

use super::CorpusReader;
use super::error::CorpusError;
use super::plan::CorpusPlan;
use super::recipe::Recipe;
use super::simulate::{SampleError, SampleMaker};
use super::write::CorpusWriter;
use crate::base::progress::Progress;
use crate::base::yaml::{Document, YamlError};
use rayon::prelude::*;
use std::path::Path;

/// Building a corpus failed; what was finished stays and is resumed from.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] YamlError),
    /// A sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The store.
    #[error(transparent)]
    Store(#[from] CorpusError),
}

/// Builds what is missing of `recipe` in `dir` and opens the finished corpus.
///
/// A folder that already holds shards of the same recipe is resumed; one that holds anything else is refused.
pub fn build(recipe: &Recipe, dir: &Path, progress: &dyn Progress) -> Result<CorpusReader, BuildError> {
    let unwritable = |e: serde_yaml::Error| CorpusError::Plan(format!("the recipe: {e}"));
    let mut resolved = serde_yaml::to_value(recipe).map_err(unwritable)?;
    let text = serde_yaml::to_string(recipe).map_err(unwritable)?;
    let maker = SampleMaker::new(recipe).map_err(|problems| {
        Document::parse(&text, "recipe".as_ref()).map_or_else(BuildError::Recipe, |d| d.rejected(problems).into())
    })?;
    // A folder that has changed gives other windows: then a corpus must not be resumed.
    if let (Some(digest), Some(map)) = (maker.captured().digest(), resolved.as_mapping_mut()) {
        map.insert("motion_windows".into(), digest.into());
    }
    let plan = CorpusPlan::new(maker.len(), recipe.samples_per_shard, text, resolved)?;
    let (writer, resumed) = CorpusWriter::open(dir, plan)?;
    for (shard, problem) in &resumed.damaged {
        tracing::warn!("{}: shard {shard} is made again: {problem}", dir.display());
    }
    let missing = writer.missing();
    progress.begin("simulating", missing.iter().map(|&s| writer.plan().ids(s)).map(|ids| ids.end - ids.start).sum());
    for shard in missing {
        let samples = writer
            .plan()
            .ids(shard)
            .into_par_iter()
            .map(|id| {
                let sample = maker.make(id);
                progress.advance(1);
                sample
            })
            .collect::<Result<Vec<_>, _>>()?;
        let line = writer.write_shard(shard, &samples)?;
        tracing::info!("shard {shard} finished: {line:?}");
    }
    writer.finish()?;
    progress.finish();
    Ok(CorpusReader::open(dir)?)
}
