//! Real recordings as a corpus: the same maps, the same samples as simulated ones.

use super::CorpusReader;
use super::array::NamedArray;
use super::convert::{cube_array, points_array};
use super::error::CorpusError;
use super::import_config::{Holding, ImportConfig};
use super::plan::CorpusPlan;
use super::sample::{Sample, SampleMeta};
use super::targets::Targets;
use super::write::CorpusWriter;
use crate::base::progress::Progress;
use crate::base::yaml::Problem;
use crate::chain::Keep;
use crate::dsp::DspError;
use crate::recording::{Recording, RecordingError};
use crate::signal::Signal;
use crate::text::{Vocabulary, describe};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

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
    #[error("none of the {recordings} recordings is as long as a window of {window_s} s: set a smaller length_s")]
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
    let mut problems = config.problems(Holding::Points);
    let there: BTreeSet<&str> = recordings.iter().map(|r| r.activity.as_str()).collect();
    problems.extend(unknown_labels(config, &there));
    if !problems.is_empty() {
        return Err(ImportError::Config(problems));
    }
    let config = &config.resolved(Holding::Points)?;
    progress.begin("importing", recordings.len() as u64);
    let cut: Vec<Vec<Sample>> = recordings
        .par_iter()
        .map(|recording| {
            let about = About {
                name: recording.name.clone(),
                label: &recording.activity,
                split: recording.official_split.clone().unwrap_or_default(),
                subject: recording.subject.clone().unwrap_or_default(),
                session: recording.session.clone().unwrap_or_default(),
                details: Map::from_iter([("official_split".to_owned(), json!(recording.official_split))]),
            };
            let samples = cut(&Signal::Points(recording.points.clone()), &about, source, config);
            progress.advance(1);
            samples
        })
        .collect::<Result<_, _>>()?;
    progress.finish();
    let samples: Vec<Sample> = cut.into_iter().flatten().collect();
    if samples.is_empty() {
        return Err(ImportError::NothingLongEnough { recordings: recordings.len(), window_s: config.window().0 });
    }
    store(samples, &json!({"import": source, "config": config}), config.samples_per_shard.unwrap_or(256), dir)
}

/// Labels that are to be renamed and that nothing has.
pub(super) fn unknown_labels(config: &ImportConfig, there: &BTreeSet<&str>) -> Vec<Problem> {
    let all = || there.iter().copied().collect::<Vec<_>>().join(", ");
    let unknown = config.labels.keys().filter(|label| !there.contains(label.as_str()));
    unknown
        .map(|label| Problem::new(format!("labels.{label}"), format!("is recorded nowhere; there are {}", all())))
        .collect()
}

/// The slug of a label: the vocabulary's, or one made of its words.
pub(super) fn slug_of(label: &str) -> Result<String, ImportError> {
    let vocabulary = Vocabulary::with_data_sets();
    if let Some(known) = vocabulary.get(label).or_else(|| vocabulary.by_label(label)) {
        return Ok(known.slug.clone());
    }
    let described = describe(label).map_err(|e| ImportError::Setting(format!("label `{label}`: {e}")))?;
    Ok(described.into_activity().slug)
}

/// What is known of a recording besides its signal.
pub(super) struct About<'a> {
    pub(super) name: String,
    pub(super) label: &'a str,
    pub(super) split: String,
    pub(super) subject: String,
    pub(super) session: String,
    pub(super) details: Map<String, Value>,
}

/// The samples of a recording, one a window. The settings are resolved.
pub(super) fn cut(
    signal: &Signal,
    about: &About<'_>,
    source: &str,
    config: &ImportConfig,
) -> Result<Vec<Sample>, ImportError> {
    let maps_error = |source| ImportError::Maps { recording: about.name.clone(), source };
    let (length_s, hop_s) = config.window();
    let targets = Targets::of_label(&slug_of(config.labels.get(about.label).map_or(about.label, String::as_str))?);
    let windows = config.chain.windows(signal, length_s, hop_s).map_err(maps_error)?;
    windows
        .into_iter()
        .map(|(start_s, window)| {
            let keep = config.keep.as_deref();
            let mut extras: Vec<(String, NamedArray)> = Vec::new();
            let length_of = window.duration_s();
            let made = config.chain.apply(&window, Some(length_s)).map_err(maps_error)?;
            if let Some(points) = made.kept_points(keep, &config.chain) {
                extras.push(("points".to_owned(), points_array(points)?));
            }
            let duration_s = if matches!(window, Signal::Cube(_)) { length_of } else { length_s };
            if let (Signal::Cube(cube), true) = (window, Keep::Cube.is_asked(keep, &config.chain)) {
                extras.push(("cube".to_owned(), cube_array(cube)?));
            }
            let meta = SampleMeta {
                split: about.split.clone(),
                subject: about.subject.clone(),
                source: source.into(),
                recording: about.name.clone(),
                session: about.session.clone(),
                seed: 0,
                start_s,
                duration_s,
                details: about.details.clone(),
            };
            Ok(Sample { id: 0, meta, targets: targets.clone(), views: made.views, extras })
        })
        .collect()
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
