//! From signals to views: one schema, `chain:`, for simulation, import, `classify`, studies and checkpoints.
//!
//! ```text
//! views.rs   what comes out: named arrays with axes
//! points.rs  detections and maps of them
//! input.rs   what a model was trained on, and whether a recording gives the same
//! keep.rs    which signals a corpus keeps beside the views
//! older.rs   what older files said in other words
//! ```

mod input;
mod keep;
pub mod older;
mod points;
mod views;

pub use input::ViewInput;
pub use keep::Keep;
pub use points::PointChain;
pub use views::{View, ViewInfo, Views};

use crate::base::cube::CubeInfo;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::heatmap::{HEATMAP_NAMES, HeatmapConfig, heatmaps};
use crate::dsp::point_maps::windows;
use crate::signal::{PointCloud, Signal};
use serde::{Deserialize, Deserializer, Serialize};

/// What is made of a signal. Each entry makes views; one that the signal is not meant for makes none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Dense heatmaps of IF cubes: `time_doppler`, `time_range`, `time_angle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heatmaps: Option<HeatmapConfig>,
    /// Maps of points; IF cubes are detected in first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointChain>,
}

/// What a chain made of one window of a signal.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The views.
    pub views: Views,
    /// The points, where the chain has detected some or was given them.
    pub points: Option<PointCloud>,
}

/// What a signal will be like before there is one.
pub struct Expected<'a> {
    /// Sensor settings of an IF cube.
    pub info: &'a CubeInfo,
    /// Number of frames.
    pub frames: usize,
    /// Chirps of a transmitter in a frame.
    pub chirps: usize,
    /// Samples of a chirp.
    pub samples: usize,
    /// Length, s.
    pub duration_s: f64,
}

impl Chain {
    /// Heatmaps with their usual settings.
    pub fn usual() -> Self {
        Self { heatmaps: Some(HeatmapConfig::default()), points: None }
    }

    /// Maps of points alone.
    pub fn of_points(chain: PointChain) -> Self {
        Self { heatmaps: None, points: Some(chain) }
    }

    /// Whether it makes nothing.
    pub fn is_empty(&self) -> bool {
        self.heatmaps.is_none() && self.points.is_none()
    }

    /// The entries that are there, by their keys.
    pub fn entries(&self) -> Vec<&'static str> {
        let all = [("heatmaps", self.heatmaps.is_some()), ("points", self.points.is_some())];
        all.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
    }

    /// The views of one window of a signal. `length_s` is the length of the window where the chain's own does not hold.
    pub fn apply(&self, signal: &Signal, length_s: Option<f64>) -> Result<Applied, DspError> {
        let mut made = Applied { views: Views::new(), points: None };
        if let (Some(config), Signal::Cube(cube)) = (&self.heatmaps, signal) {
            made.views.extend_with("", heatmaps(cube, config)?);
        }
        if let Some(chain) = &self.points {
            let points = match signal {
                Signal::Cube(cube) => chain.detected(cube)?,
                Signal::Points(points) => points.clone(),
            };
            made.views.extend_with(&chain.prefix, chain.maps(&points, length_s)?);
            made.points = Some(points);
        }
        if made.views.is_empty() {
            return Err(DspError::Signal { chain: self.entries().join(", "), found: signal.kind() });
        }
        Ok(made)
    }

    /// Windows of a recording of `length_s`, one every `hop_s`, each with its start, s; of IF cubes both to the nearest frame. The last
    /// incomplete one is left out.
    pub fn windows(&self, signal: &Signal, length_s: f64, hop_s: f64) -> Result<Vec<(f64, Signal)>, DspError> {
        match signal {
            Signal::Points(points) => {
                let cut = windows(points, length_s, hop_s)?;
                Ok(cut.into_iter().map(|(start, window)| (start, Signal::Points(window))).collect())
            }
            Signal::Cube(cube) => {
                let (frames, period) = (cube.data.dim().0, cube.info.frame_period_s);
                let count = |seconds: f64| ((seconds / period).round() as usize).max(1);
                let (length, hop) = (count(length_s), count(hop_s));
                let starts = (0..(frames + 1).saturating_sub(length)).step_by(hop);
                Ok(starts.map(|f| (f as f64 * period, Signal::Cube(cube.frames(f..f + length)))).collect())
            }
        }
    }

    /// Names and shapes of the views before there is a signal, in their order.
    pub fn planned(&self) -> Vec<(String, Vec<usize>)> {
        let mut planned = Vec::new();
        if let Some(config) = &self.heatmaps {
            planned.extend(HEATMAP_NAMES.map(|name| (name.to_owned(), vec![config.rows, config.columns])));
        }
        if let Some(chain) = &self.points {
            planned.extend(chain.planned());
        }
        planned
    }

    /// Names of the views of its first entry: what a model takes that is told of no others.
    pub fn main_views(&self) -> Vec<String> {
        let first = Self { points: if self.heatmaps.is_some() { None } else { self.points.clone() }, ..self.clone() };
        first.planned().into_iter().map(|(name, _)| name).collect()
    }

    /// All that is wrong with the settings, whatever the signal; the keys are relative to the chain.
    pub fn problems(&self) -> Vec<Problem> {
        let heatmaps = self.heatmaps.iter().flat_map(HeatmapConfig::problems).map(|p| p.under("heatmaps"));
        let points = self.points.iter().flat_map(PointChain::problems).map(|p| p.under("points"));
        heatmaps.chain(points).chain(self.name_problem()).collect()
    }

    /// The same with all that does not fit a signal that will be simulated.
    pub fn problems_for(&self, signal: &Expected<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(config) = &self.heatmaps {
            let found = config.problems_for(signal.info, (signal.frames, signal.chirps), signal.samples);
            problems.extend(found.into_iter().map(|p| p.under("heatmaps")));
        }
        if let Some(chain) = &self.points {
            problems.extend(chain.problems_for(signal).into_iter().map(|p| p.under("points")));
        }
        problems.extend(self.name_problem());
        problems
    }

    /// Two entries must not make views of one name.
    fn name_problem(&self) -> Option<Problem> {
        let names = self.planned();
        let (i, (name, _)) =
            names.iter().enumerate().find(|(i, (name, _))| names[..*i].iter().any(|(n, _)| n == name))?;
        let message = format!(
            "`{name}` (view {} of {}) is made twice; give these views a prefix, as `points_`",
            i + 1,
            names.len()
        );
        Some(Problem::new("points.prefix", message))
    }

    /// Settings that were stored with a corpus or a checkpoint: heatmaps without a `chain` are older than the choice, and stand for the
    /// published one.
    pub fn stored<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored(#[serde(deserialize_with = "HeatmapConfig::stored")] HeatmapConfig);
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct StoredChain {
            #[serde(default)]
            heatmaps: Option<Stored>,
            #[serde(default)]
            points: Option<PointChain>,
        }
        let stored = StoredChain::deserialize(from)?;
        Ok(Self { heatmaps: stored.heatmaps.map(|h| h.0), points: stored.points })
    }
}
