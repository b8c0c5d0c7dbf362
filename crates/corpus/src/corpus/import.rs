//! Real recordings as a corpus: the same maps, the same samples as simulated ones.

use super::error::CorpusError;
use super::import_cubes::slug_of;
use super::plan::CorpusPlan;
use super::sample::{Sample, SampleMeta};
use super::write::CorpusWriter;
use super::{CorpusReader, points_array};
use crate::base::progress::Progress;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::point_maps::{PointMapConfig, point_maps, windows};
use crate::recording::{Recording, RecordingError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How recordings are cut into samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportConfig {
    /// How windows are cut and maps are made of their points.
    pub maps: PointMapConfig,
    /// Samples in a shard. Default 256.
    pub samples_per_shard: u64,
    /// Activities that get another label, for example several that are to be one class; the others keep theirs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self { maps: PointMapConfig::default(), samples_per_shard: 256, labels: BTreeMap::new() }
    }
}

impl ImportConfig {
    /// All that is wrong with the settings, whatever the recordings; the keys are relative to them.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.maps.problems().into_iter().map(|p| p.under("maps")).collect();
        problems.extend(shard_problem(self.samples_per_shard));
        for (activity, label) in &self.labels {
            if label.is_empty() {
                problems.push(Problem::new(format!("labels.{activity}"), "is empty; expected a label"));
            }
        }
        problems
    }
}

/// Samples in a shard, at most.
const MOST_A_SHARD: u64 = 1_000_000_000;

/// What is wrong with the number of samples in a shard.
pub(super) fn shard_problem(samples_per_shard: u64) -> Option<Problem> {
    let message = || format!("{samples_per_shard}; expected 1 to {MOST_A_SHARD}");
    (!(1..=MOST_A_SHARD).contains(&samples_per_shard)).then(|| Problem::new("samples_per_shard", message()))
}

/// Importing failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A recording cannot be cut or mapped.
    #[error("recording {recording}: {source}")]
    Maps {
        /// Name of the recording.
        recording: String,
        /// What is wrong.
        #[source]
        source: DspError,
    },
    /// No recording is as long as a window.
    #[error("none of the {recordings} recordings is as long as a window of {window_s} s: set a smaller maps.length_s")]
    NothingLongEnough {
        /// Recordings looked at.
        recordings: usize,
        /// Length of a window, s.
        window_s: f64,
    },
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// What is asked for makes no sense, or a label is unknown.
    #[error("{0}")]
    Setting(String),
    /// Settings that cannot be used: all of them.
    #[error("{}", list(.0))]
    Config(Vec<Problem>),
    /// The store.
    #[error(transparent)]
    Store(#[from] CorpusError),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("\n")
}

/// Cuts recordings of a data set into windows and writes them as a corpus; `source` names the data set.
///
/// Windows come in order of the recordings and of time; a recording shorter than a window gives none.
pub fn import_points(
    recordings: &[Recording],
    source: &str,
    config: &ImportConfig,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<CorpusReader, ImportError> {
    let mut problems = config.problems();
    let there: BTreeSet<&str> = recordings.iter().map(|r| r.activity.as_str()).collect();
    for label in config.labels.keys().filter(|label| !there.contains(label.as_str())) {
        let all = there.iter().copied().collect::<Vec<_>>().join(", ");
        problems.push(Problem::new(format!("labels.{label}"), format!("is recorded nowhere; there are {all}")));
    }
    if !problems.is_empty() {
        return Err(ImportError::Config(problems));
    }
    progress.begin("importing", recordings.len() as u64);
    let cut: Vec<Vec<Sample>> = recordings
        .par_iter()
        .map(|recording| {
            let samples = cut(recording, source, config);
            progress.advance(1);
            samples
        })
        .collect::<Result<_, _>>()?;
    progress.finish();
    let samples: Vec<Sample> = cut.into_iter().flatten().collect();
    if samples.is_empty() {
        return Err(ImportError::NothingLongEnough { recordings: recordings.len(), window_s: config.maps.length_s });
    }
    store(samples, &json!({"import": source, "config": config}), config.samples_per_shard, dir)
}

/// Writes imported samples, whose numbers are their places, as a corpus; `recipe` says how they were made.
pub(super) fn store(
    mut samples: Vec<Sample>,
    recipe: &serde_json::Value,
    samples_per_shard: u64,
    dir: &Path,
) -> Result<CorpusReader, ImportError> {
    for (id, sample) in samples.iter_mut().enumerate() {
        sample.id = id as u64;
    }
    let as_yaml = |e: serde_yaml::Error| CorpusError::Plan(format!("the import's settings: {e}"));
    let text = serde_yaml::to_string(recipe).map_err(as_yaml)?;
    let resolved = serde_yaml::to_value(recipe).map_err(as_yaml)?;
    let plan = CorpusPlan::new(samples.len() as u64, samples_per_shard, text, resolved)?;
    let (writer, _) = CorpusWriter::open(dir, plan)?;
    for shard in writer.missing() {
        let ids = writer.plan().ids(shard);
        writer.write_shard(shard, &samples[ids.start as usize..ids.end as usize])?;
    }
    writer.finish()?;
    Ok(CorpusReader::open(dir)?)
}

fn cut(recording: &Recording, source: &str, config: &ImportConfig) -> Result<Vec<Sample>, ImportError> {
    let maps_error = |source| ImportError::Maps { recording: recording.name.clone(), source };
    let label = slug_of(config.labels.get(&recording.activity).unwrap_or(&recording.activity))?;
    windows(&recording.points, config.maps.length_s, config.maps.hop_s)
        .map_err(maps_error)?
        .into_iter()
        .map(|(start_s, window)| {
            let maps = point_maps(&window, &config.maps).map_err(maps_error)?;
            let mut details = serde_json::Map::new();
            details.insert("official_split".into(), json!(recording.official_split));
            let meta = SampleMeta {
                split: recording.official_split.clone().unwrap_or_default(),
                label: label.clone(),
                subject: recording.subject.clone().unwrap_or_default(),
                source: source.into(),
                recording: recording.name.clone(),
                session: recording.session.clone().unwrap_or_default(),
                seed: 0,
                start_s,
                duration_s: config.maps.length_s,
                details,
            };
            Ok(Sample { id: 0, meta, maps, extras: vec![("points".into(), points_array(&window)?)] })
        })
        .collect()
}
