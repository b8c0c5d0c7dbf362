//! Recorded IF cubes as a corpus: heatmaps, or the detections that a sensor would have made.

use super::config::{Holding, ImportConfig};
use super::cut::{About, cut, store, unknown_labels};
use super::error::ImportError;
use crate::base::progress::Progress;
use crate::corpus::read::CorpusReader;
use crate::recording::RecordingError;
use crate::recording::listing::Listed;
use crate::signal::{IfCube, Signal};
use serde_json::{Map, Value, json};
use std::path::Path;

/// A recorded cube, and what is to be kept of how it was read.
pub struct RecordedCube {
    /// The samples.
    pub cube: IfCube,
    /// Further facts, which every sample of it carries.
    pub details: Map<String, Value>,
}

impl From<IfCube> for RecordedCube {
    fn from(cube: IfCube) -> Self {
        Self { cube, details: Map::new() }
    }
}

/// Cuts recorded cubes into windows and writes them as a corpus; `read` reads one of the listed files.
///
/// Cubes are read one at a time, so memory holds one of them and the maps of all.
pub fn import_cubes(
    listed: &[Listed],
    read: impl Fn(&Listed) -> Result<RecordedCube, RecordingError>,
    source: &str,
    config: &ImportConfig,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<CorpusReader, ImportError> {
    let unknown = unknown_labels(config, &listed.iter().map(|row| row.label.as_str()).collect());
    if !unknown.is_empty() {
        return Err(ImportError::Config(unknown));
    }
    let config = config.resolved(Holding::Cubes)?;
    progress.begin("importing", listed.len() as u64);
    let mut samples = Vec::new();
    for row in listed {
        let recorded = read(row)?;
        let about = About {
            name: row.name(),
            label: &row.label,
            split: row.split.clone(),
            subject: row.subject.clone(),
            session: row.session.clone(),
            details: recorded.details,
        };
        samples.extend(cut(&Signal::Cube(recorded.cube), &about, source, &config)?);
        progress.advance(1);
    }
    progress.finish();
    if let Some(split) = &config.split {
        split.divide(&mut samples);
    }
    if samples.is_empty() {
        return Err(ImportError::NothingLongEnough { recordings: listed.len(), window_s: config.window().0 });
    }
    store(samples, &json!({"import": source, "config": config}), config.shard_size(Holding::Cubes), dir)
}
