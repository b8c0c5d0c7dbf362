//! Recorded IF cubes as a corpus: heatmaps, or the detections that a sensor would have made.

use super::CorpusReader;
use super::convert::{cube_array, points_array};
use super::import::{ImportError, shard_problem, store};
use super::recipe::PointChain;
use super::sample::{Sample, SampleMeta};
use crate::base::cube::IfCube;
use crate::base::progress::Progress;
use crate::base::yaml::Problem;
use crate::dsp::detect::detect;
use crate::dsp::heatmap::{HeatmapConfig, heatmaps};
use crate::dsp::point_maps::{PointMapConfig, point_maps};
use crate::recording::RecordingError;
use crate::recording::listing::Listed;
use crate::text::{Vocabulary, describe};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

/// How cubes are cut into samples, and what is made of them: heatmaps, or points and their maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CubeImportConfig {
    /// Dense heatmaps (mmCLIP); also when neither this nor `points` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heatmaps: Option<HeatmapConfig>,
    /// Detections and maps of them; the length of a window is that of its maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<PointChain>,
    /// Length of a window, s, to the nearest frame. Default 3.
    pub length_s: f64,
    /// Time from one window to the next, s. Default 1.
    pub hop_s: f64,
    /// Keep the cube of each window.
    pub cubes: bool,
    /// Samples in a shard. Default 64.
    pub samples_per_shard: u64,
}

impl Default for CubeImportConfig {
    fn default() -> Self {
        Self { heatmaps: None, points: None, length_s: 3.0, hop_s: 1.0, cubes: false, samples_per_shard: 64 }
    }
}

impl CubeImportConfig {
    /// All that is wrong with the settings, whatever the recordings; the keys are relative to them.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, value) in [("length_s", self.length_s), ("hop_s", self.hop_s)] {
            if !(value > 0.0 && value <= 3600.0) {
                problems.push(Problem::new(key, format!("{value}; expected above 0, at most 3600")));
            }
        }
        if let Some(config) = &self.heatmaps {
            problems.extend(config.problems().into_iter().map(|p| p.under("heatmaps")));
        }
        if let Some(chain) = &self.points {
            problems.extend(chain.problems().into_iter().map(|p| p.under("points")));
            problems.extend(self.contradictions(&chain.maps));
        }
        if self.heatmaps.is_some() && self.points.is_some() {
            problems.push(Problem::new("points", "stands beside `heatmaps`; expected one of the two"));
        }
        problems.extend(shard_problem(self.samples_per_shard));
        problems
    }

    /// Two places say how windows are cut when points are made: none is passed over.
    fn contradictions(&self, maps: &PointMapConfig) -> Vec<Problem> {
        let (usual, usual_maps) = (Self::default(), PointMapConfig::default());
        let both = [
            ("length_s", self.length_s, usual.length_s, maps.length_s, f64::NAN),
            ("hop_s", self.hop_s, usual.hop_s, maps.hop_s, usual_maps.hop_s),
        ];
        let said = both
            .into_iter()
            .filter(|(_, own, usual, maps, usual_maps)| own != usual && own != maps && maps != usual_maps);
        said.map(|(key, own, _, maps, _)| {
            Problem::new(key, format!("{own}, but points.maps.{key} is {maps}; leave one out"))
        })
        .collect()
    }

    /// The settings with the default of what is made of a cube filled in, or what is wrong with them.
    pub fn resolved(mut self) -> Result<Self, ImportError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(ImportError::Config(problems));
        }
        match &self.points {
            None => self.heatmaps = Some(self.heatmaps.unwrap_or_default()),
            Some(chain) => {
                self.length_s = chain.maps.length_s;
                if chain.maps.hop_s != PointMapConfig::default().hop_s {
                    self.hop_s = chain.maps.hop_s;
                }
            }
        }
        Ok(self)
    }
}

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

/// The slug of a label: the vocabulary's, or one made of its words.
pub(super) fn slug_of(label: &str) -> Result<String, ImportError> {
    let vocabulary = Vocabulary::with_data_sets();
    if let Some(known) = vocabulary.get(label).or_else(|| vocabulary.by_label(label)) {
        return Ok(known.slug.clone());
    }
    let described = describe(label).map_err(|e| ImportError::Setting(format!("label `{label}`: {e}")))?;
    Ok(described.into_activity().slug)
}

/// Cuts recorded cubes into windows and writes them as a corpus; `read` reads one of the listed files.
///
/// Cubes are read one at a time, so memory holds one of them and the maps of all.
pub fn import_cubes(
    listed: &[Listed],
    read: impl Fn(&Listed) -> Result<RecordedCube, RecordingError>,
    source: &str,
    config: &CubeImportConfig,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<CorpusReader, ImportError> {
    let config = config.clone().resolved()?;
    progress.begin("importing", listed.len() as u64);
    let mut samples = Vec::new();
    for row in listed {
        let recorded = read(row)?;
        samples.extend(cut((row, &recorded.details), &recorded.cube, source, &config)?);
        progress.advance(1);
    }
    progress.finish();
    if samples.is_empty() {
        return Err(ImportError::NothingLongEnough { recordings: listed.len(), window_s: config.length_s });
    }
    store(samples, &json!({"import": source, "config": config}), config.samples_per_shard, dir)
}

fn cut(
    (row, details): (&Listed, &Map<String, Value>),
    cube: &IfCube,
    source: &str,
    config: &CubeImportConfig,
) -> Result<Vec<Sample>, ImportError> {
    let maps_error = |source| ImportError::Maps { recording: row.name(), source };
    let (frames, period) = (cube.data.dim().0, cube.info.frame_period_s);
    let count = |seconds: f64| ((seconds / period).round() as usize).max(1);
    let (length, hop) = (count(config.length_s), count(config.hop_s));
    let label = slug_of(&row.label)?;
    (0..(frames + 1).saturating_sub(length))
        .step_by(hop)
        .map(|first| {
            let window = cube.frames(first..first + length);
            let mut extras = Vec::new();
            let maps = match (&config.heatmaps, &config.points) {
                (_, Some(chain)) => {
                    let points = detect(&window, &chain.detect).map_err(maps_error)?;
                    extras.push(("points".to_owned(), points_array(&points)?));
                    point_maps(&points, &chain.maps).map_err(maps_error)?
                }
                (heatmap, None) => heatmaps(&window, &heatmap.clone().unwrap_or_default()).map_err(maps_error)?,
            };
            if config.cubes {
                extras.push(("cube".to_owned(), cube_array(window)?));
            }
            let meta = SampleMeta {
                split: row.split.clone(),
                label: label.clone(),
                subject: row.subject.clone(),
                source: source.into(),
                recording: row.name(),
                session: row.session.clone(),
                seed: 0,
                start_s: first as f64 * period,
                duration_s: length as f64 * period,
                details: details.clone(),
            };
            Ok(Sample { id: 0, meta, maps, extras })
        })
        .collect()
}
