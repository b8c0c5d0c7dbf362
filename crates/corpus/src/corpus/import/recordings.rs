//! Real recordings as a corpus: the same maps, the same samples as simulated ones.

use super::config::{Holding, ImportConfig};
use super::cut::{About, cut, store, unknown_labels};
use super::error::ImportError;
use crate::base::progress::Progress;
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::Sample;
use crate::recording::Recording;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Cuts recordings of a data set into windows and writes them as a corpus; `source` names the data set.
///
/// Windows come in order of the recordings and of time; a recording shorter than a window gives none.
pub fn import_recordings(
    recordings: &[Recording],
    source: &str,
    config: &ImportConfig,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<CorpusReader, ImportError> {
    let holding = Holding::of(recordings)?;
    let mut problems = config.problems(holding);
    let there: BTreeSet<&str> = recordings.iter().map(|r| r.activity.as_str()).collect();
    problems.extend(unknown_labels(config, &there));
    if !problems.is_empty() {
        return Err(ImportError::Config(problems));
    }
    let config = &config.resolved(holding)?;
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
                details: details(recording),
            };
            let samples = cut(&recording.signal, &about, source, config);
            progress.advance(1);
            samples
        })
        .collect::<Result<_, _>>()?;
    progress.finish();
    let mut samples: Vec<Sample> = cut.into_iter().flatten().collect();
    if let Some(split) = &config.split {
        split.divide(&mut samples);
    }
    if samples.is_empty() {
        return Err(ImportError::NothingLongEnough { recordings: recordings.len(), window_s: config.window().0 });
    }
    store(samples, &json!({"import": source, "config": config}), config.shard_size(holding), dir)
}

/// What else is known of a recording, for every sample of it.
fn details(recording: &Recording) -> Map<String, Value> {
    let mut details = Map::from_iter([("official_split".to_owned(), json!(recording.official_split))]);
    if let Some(room) = &recording.room {
        details.insert("room".into(), json!(room));
    }
    details
}
