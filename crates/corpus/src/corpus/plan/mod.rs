//! `corpus.yaml`: what a corpus is meant to hold.

mod live;
pub(super) mod made_of;
pub(super) mod motion_block;
mod older;
pub(super) mod part;
pub(super) mod runs;
pub(super) mod shard_size;

use crate::base::atomic_file::{self, sync_parent};
use crate::base::yaml::Problem;
use crate::chain::Chain;
use crate::chain::older::{upgrade_import, upgrade_recipe};
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::dsp::heatmap::say_chain;
use crate::motion::SetAside;
use motion_block::{MotionBlock, table_problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

/// Version of the layout on disk that this code writes; it reads all up to it.
pub const FORMAT_VERSION: u32 = 2;
const FORMAT: &str = "kinecho-corpus";

/// What a corpus is meant to hold: decided before its first sample is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusPlan {
    /// Always `kinecho-corpus`.
    format: String,
    /// Version of the layout on disk.
    version: u32,
    /// Number of samples; their ids are `0 .. samples`.
    pub samples: u64,
    /// Samples in every shard but the last, at least 1.
    pub samples_per_shard: u64,
    /// The recipe as it was typed, comments and all.
    pub recipe: String,
    /// The recipe with every default and override filled in.
    pub resolved: serde_yaml::Value,
    /// Digests of what the recipe only names (scores of motions, sentences, devices, files), and the edition of the signals; none in corpora
    /// that were not simulated, and in those of older programs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub made_of: BTreeMap<String, String>,
    /// The ids of captured motions, ascending; none in other corpora.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motion_files: Vec<MotionBlock>,
    /// Files of motions and labels that cannot be used at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAside>,
}

impl CorpusPlan {
    /// A plan for `samples` samples, of which each shard takes `samples_per_shard`.
    pub fn new(
        samples: u64,
        samples_per_shard: u64,
        recipe: impl Into<String>,
        resolved: serde_yaml::Value,
    ) -> Result<Self, CorpusError> {
        let plan = Self {
            format: FORMAT.into(),
            version: FORMAT_VERSION,
            samples,
            samples_per_shard,
            recipe: recipe.into(),
            resolved,
            made_of: BTreeMap::new(),
            motion_files: Vec::new(),
            set_aside: Vec::new(),
        };
        plan.problem().map_or(Ok(plan), |p| Err(CorpusError::Plan(p)))
    }

    /// The same, made of what these digests are of.
    pub fn made_of(self, made_of: BTreeMap<String, String>) -> Self {
        Self { made_of, ..self }
    }

    /// The same with motions out of files.
    pub fn with_motions(self, motion_files: Vec<MotionBlock>, set_aside: Vec<SetAside>) -> Result<Self, CorpusError> {
        let plan = Self { motion_files, set_aside, ..self };
        plan.problem().map_or(Ok(plan), |p| Err(CorpusError::Plan(p)))
    }

    /// Number of shards.
    pub fn shards(&self) -> u64 {
        self.samples.div_ceil(self.samples_per_shard)
    }

    /// The ids in a shard; empty beyond the last one.
    ///
    /// ```
    /// let plan = kinecho_corpus::corpus::CorpusPlan::new(10, 4, "", Default::default()).unwrap();
    /// assert_eq!(plan.shards(), 3);
    /// assert_eq!(plan.ids(2), 8..10);
    /// ```
    pub fn ids(&self, shard: u64) -> Range<u64> {
        let first = shard.saturating_mul(self.samples_per_shard).min(self.samples);
        first..first.saturating_add(self.samples_per_shard).min(self.samples)
    }

    /// The shard of a sample.
    pub fn shard_of(&self, id: u64) -> u64 {
        id / self.samples_per_shard
    }

    /// Writes `corpus.yaml` where there is none. Of several processes that do so at once the first one wins.
    pub(in crate::corpus) fn publish(&self, dir: &Path) -> Result<(), CorpusError> {
        let path = layout::plan(dir);
        if path.exists() {
            return Ok(());
        }
        let part = layout::unfinished(&path);
        let text = self.to_yaml()?;
        let attempt = || -> io::Result<()> {
            let mut file = File::create_new(&part)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match fs::hard_link(&part, &path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                // A file system without links: renaming would replace a plan of the same moment, but what is there is read
                // again afterwards.
                Err(_) => fs::rename(&part, &path),
                Ok(()) => Ok(()),
            }?;
            sync_parent(&path)
        };
        let done = attempt().map_err(CorpusError::write(&path));
        let _ = fs::remove_file(&part);
        done
    }

    /// Writes `corpus.yaml` anew where its motion files are others now. Processes that do so at once write the same.
    pub(in crate::corpus) fn publish_motions(&self, dir: &Path) -> Result<(), CorpusError> {
        let there = Self::read(dir)?;
        if (&there.motion_files, &there.set_aside) == (&self.motion_files, &self.set_aside) {
            return Ok(());
        }
        let new = Self { recipe: there.recipe, ..self.clone() };
        Ok(atomic_file::write(&layout::plan(dir), new.to_yaml()?.as_bytes())?)
    }

    /// The plan of a folder that has one.
    pub(in crate::corpus) fn existing(dir: &Path) -> Result<Option<Self>, CorpusError> {
        if layout::plan(dir).exists() { Self::read(dir).map(Some) } else { Ok(None) }
    }

    pub(in crate::corpus) fn to_yaml(&self) -> Result<String, CorpusError> {
        serde_yaml::to_string(self).map_err(|e| CorpusError::Plan(format!("cannot be written as YAML: {e}")))
    }

    pub(in crate::corpus) fn read(dir: &Path) -> Result<Self, CorpusError> {
        let path = layout::plan(dir);
        let text = match std::fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(CorpusError::folder(dir, "is not a corpus: it has no corpus.yaml"));
            }
            other => other.map_err(CorpusError::read(&path))?,
        };
        // The version first: a later one may well have keys that this code does not know.
        #[derive(Deserialize)]
        struct Version {
            format: Option<String>,
            version: Option<u32>,
        }
        let yaml_error = |e: serde_yaml::Error| {
            CorpusError::text(&path, e.location().map_or(1, |l| l.line()), format!("not a corpus.yaml: {e}"))
        };
        let version: Version = serde_yaml::from_str(&text).map_err(yaml_error)?;
        if version.format.as_deref() != Some(FORMAT) {
            return Err(CorpusError::text(&path, 1, format!("not a corpus.yaml: `format: {FORMAT}` expected")));
        }
        if !version.version.is_some_and(|v| (1..=FORMAT_VERSION).contains(&v)) {
            let found = version.version.map_or("none".into(), |v| v.to_string());
            let problem =
                format!("version 1 to {FORMAT_VERSION} expected, {found} found: use the kinecho that wrote it");
            return Err(CorpusError::text(&path, 1, problem));
        }
        let mut plan: Self = serde_yaml::from_str(&text).map_err(yaml_error)?;
        plan.upgrade().map_err(|p| CorpusError::text(&path, 1, format!("resolved.{}: {}", p.key, p.message)))?;
        plan.problem().map_or(Ok(plan), |p| Err(CorpusError::text(&path, 1, p)))
    }

    /// Whether it is of an older version, in which nothing is written any more.
    pub(in crate::corpus) fn is_old(&self) -> bool {
        self.version < FORMAT_VERSION
    }

    /// Gives the settings of an older corpus the keys of now, and says what they left unsaid.
    fn upgrade(&mut self) -> Result<(), Problem> {
        upgrade_recipe(&mut self.resolved)?;
        older::say_physics(&mut self.resolved);
        if let Some(config) = self.resolved.get_mut("config") {
            upgrade_import(config).map_err(|p| p.under("config"))?;
        }
        // A recipe has a chain, an import one among its settings.
        let chains = [self.resolved.get("chain").is_some(), self.resolved.get("config").is_some()];
        let of = if chains[0] { Some(&mut self.resolved) } else { self.resolved.get_mut("config") };
        if let Some(heatmaps) = of.and_then(|of| of.get_mut("chain")).and_then(|chain| chain.get_mut("heatmaps"))
            && !heatmaps.is_null()
        {
            say_chain(heatmaps);
        }
        Ok(())
    }

    /// What was made of the signals, where the settings say so.
    pub(in crate::corpus) fn chain(&self) -> Result<Option<Chain>, CorpusError> {
        let of = self.resolved.get("chain").or_else(|| self.resolved.get("config").and_then(|c| c.get("chain")));
        let Some(chain) = of.filter(|chain| chain.is_mapping()) else { return Ok(None) };
        let mut chain = Chain::stored(chain.clone())
            .map_err(|e: serde_yaml::Error| CorpusError::Plan(format!("how its views were made: {e}")))?;
        // In version 1 maps of points beside heatmaps were no views.
        if self.version == 1 && chain.heatmaps.is_some() {
            chain.points = None;
        }
        Ok((!chain.is_empty()).then_some(chain))
    }

    fn problem(&self) -> Option<String> {
        if self.samples == 0 {
            return Some("no samples: at least one is expected".into());
        }
        if self.samples_per_shard == 0 {
            return Some("samples_per_shard is 0: at least 1 is expected".into());
        }
        table_problem(&self.motion_files, self.samples)
    }
}
