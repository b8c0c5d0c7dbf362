//! Building a simulated corpus: the missing shards of a recipe, samples in parallel, shards in order.

use super::build_error::BuildError;
use super::maker::SampleMaker;
use super::workers::{SampleOutcome, Workers};
use crate::base::progress::Progress;
use crate::base::yaml::Document;
use crate::corpus::error::CorpusError;
use crate::corpus::files::set_aside::{self, AsideRow};
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use crate::corpus::read::CorpusReader;
use crate::corpus::recipe::Recipe;
use crate::corpus::writing::shard::ShardWriter;
use crate::corpus::writing::writer::{CorpusWriter, Damage};
use std::path::Path;
use std::time::Instant;

/// What is to be built, and how what is there is met.
#[derive(Clone, Copy, Debug)]
pub struct BuildOptions {
    /// The part that this process makes.
    pub part: Part,
    /// What is done about damaged shards.
    pub damage: Damage,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self { part: Part::WHOLE, damage: Damage::Mend }
    }
}

/// What a build did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Built {
    /// Shards of the part that were whole before.
    pub shards_found: u64,
    /// Shards that were made.
    pub shards_made: u64,
    /// Samples that were made.
    pub samples_made: u64,
    /// Bytes of all shards of the part.
    pub bytes: u64,
    /// What the corpus, or this part of it, lacks by files that cannot be used.
    pub set_aside: Vec<AsideRow>,
}

/// Builds what is missing of `recipe` in `dir` and opens the finished corpus.
///
/// A folder that already holds shards of the same recipe is resumed; one that holds anything else is refused.
pub fn build(recipe: &Recipe, dir: &Path, progress: &dyn Progress) -> Result<CorpusReader, BuildError> {
    build_part(recipe, None, dir, BuildOptions::default(), progress)?;
    Ok(CorpusReader::open(dir)?)
}

/// Builds what is missing of a part of the corpus; `typed` is the recipe as it was typed, kept in `corpus.yaml`.
///
/// The bytes of a shard depend on the recipe and the shard's number alone. Peak memory does not depend on the number of samples.
pub fn build_part(
    recipe: &Recipe,
    typed: Option<&Document>,
    dir: &Path,
    options: BuildOptions,
    progress: &dyn Progress,
) -> Result<Built, BuildError> {
    let unwritable = |e: serde_yaml::Error| CorpusError::Plan(format!("the recipe: {e}"));
    let text = match typed {
        Some(document) => document.as_changed(),
        None => serde_yaml::to_string(recipe).map_err(unwritable)?,
    };
    let mut maker = SampleMaker::new(recipe).map_err(|problems| match typed {
        Some(document) => BuildError::Recipe(document.rejected(problems)),
        None => Document::parse(&text, "recipe".as_ref())
            .map_or_else(BuildError::Recipe, |document| document.rejected(problems).into()),
    })?;
    let plan = maker.plan(text, CorpusPlan::existing(dir)?.as_ref())?;
    for aside in &plan.set_aside {
        progress.line(&format!("set aside: {}: {}", aside.file, aside.reason));
    }
    let (writer, resumed) = CorpusWriter::take_up(dir, plan, options.part, options.damage)?;
    for (shard, problem) in &resumed.damaged {
        tracing::warn!("{}: shard {shard} is made again: {problem}", dir.display());
    }
    for shard in &resumed.unlisted {
        tracing::warn!("{}: shard {shard} is made again: no manifest has a line for it", dir.display());
    }
    let missing = writer.missing();
    let samples = missing.iter().map(|&shard| writer.plan().live_count(shard)).sum();
    progress.begin("simulating", samples);
    let samples_made = fill(&writer, &maker, &missing, samples, progress)?;
    let plan = writer.plan().clone();
    let manifest = writer.finish()?;
    progress.finish();
    let set_aside = set_aside::rows(&plan, &manifest);
    Ok(Built {
        shards_found: resumed.finished.len() as u64,
        shards_made: missing.len() as u64,
        samples_made,
        bytes: manifest.bytes(),
        set_aside,
    })
}

/// Makes the shards `missing`, one after the other; the samples of a shard and of the next ones are made in parallel. Returns how
/// many samples were made.
fn fill(
    writer: &CorpusWriter,
    maker: &SampleMaker,
    missing: &[u64],
    samples: u64,
    progress: &dyn Progress,
) -> Result<u64, BuildError> {
    let since = Instant::now();
    let mut open: Option<ShardWriter<'_>> = None;
    let (mut made_samples, mut done_samples, mut done_shards) = (0, 0, 0);
    // A shard whose motion files are all gone has nothing to be made.
    for &shard in missing.iter().filter(|&&shard| writer.plan().live_count(shard) == 0) {
        writer.begin_shard(shard)?.finish()?;
        done_shards += 1;
    }
    let ids = missing.iter().flat_map(|&shard| writer.plan().live_ids(shard));
    Workers::new(maker).make(
        maker,
        ids,
        |id| writer.dir().join(layout::shard(writer.plan().shard_of(id))),
        |made| {
            progress.advance(1);
            made
        },
        |made| {
            let id = match &made {
                SampleOutcome::Sample { id, .. } => *id,
                SampleOutcome::LeftOut(out) => out.id,
            };
            let shard = writer.plan().shard_of(id);
            let mut current = match open.take() {
                Some(current) => current,
                None => writer.begin_shard(shard)?,
            };
            done_samples += 1;
            match made {
                SampleOutcome::Sample { files, .. } => {
                    current.push_encoded(id, &files)?;
                    made_samples += 1;
                }
                SampleOutcome::LeftOut(out) => {
                    progress.line(&format!("set aside: sample {id}: {}: {}", out.file, out.reason));
                    current.leave_out(out)?;
                }
            }
            if !current.is_full() {
                open = Some(current);
                return Ok(());
            }
            let line = current.finish()?;
            done_shards += 1;
            let seconds = since.elapsed().as_secs_f64();
            let left = seconds / done_samples as f64 * (samples - done_samples) as f64;
            progress.line(&format!(
                "shard {shard} finished: {} samples, {:.1} MB; {done_shards} of {} shards in {}, about {} left",
                line.count,
                line.bytes as f64 / 1e6,
                missing.len(),
                clock(seconds),
                clock(left)
            ));
            Ok(())
        },
    )?;
    Ok(made_samples)
}

/// A time as hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let s = seconds.round() as u64;
    format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}
