//! How the maps of a corpus were made, and what their axes are: what a recording must pass through to meet a model trained on them.

use super::error::CorpusError;
use super::read::CorpusReader;
use super::recipe::PointChain;
use crate::base::axis::Axis;
use crate::base::cube::IfCube;
use crate::dsp::DspError;
use crate::dsp::detect::detect;
use crate::dsp::heatmap::{HeatmapConfig, heatmaps};
use crate::dsp::maps::Maps;
use crate::dsp::point_maps::{point_maps, windows};
use crate::dsp::points::PointCloud;
use serde::{Deserialize, Serialize};

/// Two axes are the same when their steps differ by less than this share.
const STEP_TOLERANCE: f64 = 0.02;

/// From the signal to the maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // there is one of it in memory, not a list
pub enum MapChain {
    /// Maps of points; cubes are detected in first.
    Points(PointChain),
    /// Dense heatmaps of cubes.
    Heatmaps(#[serde(deserialize_with = "HeatmapConfig::stored")] HeatmapConfig),
}

/// The maps of a corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapInput {
    /// How they are made.
    pub chain: MapChain,
    /// Length of a window, s.
    pub duration_s: f64,
    /// Names, in order.
    pub names: Vec<String>,
    /// Time axis of all.
    pub time: Axis,
    /// Row axis of each.
    pub rows: Vec<Axis>,
}

/// A window of a recording as maps, with its start, s.
pub type Window = (f64, Maps);

impl MapInput {
    /// What of these maps is not what a model was trained on: the axis and both values. `None` when all agree.
    ///
    /// Further maps beside those of the model do not matter.
    pub fn disagreement(&self, found: &Maps) -> Option<String> {
        for (name, expected) in self.names.iter().zip(&self.rows) {
            let Some(i) = found.names.iter().position(|n| n == name) else {
                return Some(format!(
                    "the checkpoint was trained on maps {:?}, these are {:?}",
                    self.names, found.names
                ));
            };
            if let Some(problem) = axis_problem(expected, &found.rows[i]) {
                return Some(format!("map {name}: {problem}"));
            }
        }
        axis_problem(&self.time, &found.time)
    }

    /// What of other maps is not as here, both sides in words. `None` when all agree; maps that only one of them has do not matter.
    pub fn difference(&self, other: &Self) -> Option<(String, String)> {
        if let (MapChain::Heatmaps(a), MapChain::Heatmaps(b)) = (&self.chain, &other.chain)
            && a.chain != b.chain
        {
            return Some((format!("heatmaps of the chain `{}`", a.chain.name()), format!("`{}`", b.chain.name())));
        }
        let place = |name: &String| other.names.iter().position(|n| n == name).and_then(|i| other.rows.get(i));
        let rows = self.names.iter().zip(&self.rows).find_map(|(name, row)| {
            let (left, right) = axis_difference(row, place(name)?)?;
            Some((format!("{name} has {left}"), format!("{name} has {right}")))
        });
        rows.or_else(|| axis_difference(&self.time, &other.time))
    }
}

/// How two axes differ, in words with both values.
fn axis_problem(expected: &Axis, found: &Axis) -> Option<String> {
    let (expected, found) = axis_difference(expected, found)?;
    Some(format!("the checkpoint was trained on {expected}, the recording gives {found}"))
}

/// Two axes in words, where they are not the same.
fn axis_difference(expected: &Axis, found: &Axis) -> Option<(String, String)> {
    let said = |a: &Axis| {
        let last = a.value(a.len.saturating_sub(1));
        format!("{} rows of {} from {:.4} to {:.4} {} (step {:.4})", a.len, a.name, a.first, last, a.unit, a.step)
    };
    let slack = STEP_TOLERANCE * expected.step.abs();
    let same = expected.name == found.name
        && expected.unit == found.unit
        && expected.len == found.len
        && (expected.step - found.step).abs() <= slack
        && (expected.first - found.first).abs() <= slack * expected.len as f64;
    (!same).then(|| (said(expected), said(found)))
}

impl MapChain {
    /// Windows of recorded points of `length_s`, one every `hop_s`; heatmaps cannot be made of points.
    pub fn of_points(&self, points: &PointCloud, length_s: f64, hop_s: f64) -> Result<Vec<Window>, DspError> {
        let Self::Points(chain) = self else {
            let reason = "the model was trained on heatmaps of IF cubes, this recording holds points";
            return Err(DspError::Points { reason: reason.into() });
        };
        let config = crate::dsp::point_maps::PointMapConfig { length_s, ..chain.maps.clone() };
        windows(points, length_s, hop_s)?
            .into_iter()
            .map(|(start, window)| Ok((start, point_maps(&window, &config)?)))
            .collect()
    }

    /// Windows of a cube of `length_s`, one every `hop_s`, both to the nearest frame.
    pub fn of_cube(&self, cube: &IfCube, length_s: f64, hop_s: f64) -> Result<Vec<Window>, DspError> {
        match self {
            Self::Points(chain) => self.of_points(&detect(cube, &chain.detect)?, length_s, hop_s),
            Self::Heatmaps(config) => {
                let (frames, period) = (cube.data.dim().0, cube.info.frame_period_s);
                let count = |seconds: f64| ((seconds / period).round() as usize).max(1);
                let (length, hop) = (count(length_s), count(hop_s));
                (0..(frames + 1).saturating_sub(length))
                    .step_by(hop)
                    .map(|first| Ok((first as f64 * period, heatmaps(&cube.frames(first..first + length), config)?)))
                    .collect()
            }
        }
    }
}

impl CorpusReader {
    /// How the maps of this corpus were made, where its recipe says so.
    pub fn map_input(&self) -> Result<Option<MapInput>, CorpusError> {
        let resolved = &self.plan.resolved;
        let part = |of: &serde_yaml::Value, key: &str| of.get(key).filter(|v| !v.is_null()).cloned();
        let wrong = |e: serde_yaml::Error| CorpusError::Plan(format!("how its maps were made: {e}"));
        // A recipe has `output`, an import `config`.
        let Some(output) = part(resolved, "output").or_else(|| part(resolved, "config")) else { return Ok(None) };
        let chain = if let Some(config) = part(&output, "heatmaps") {
            MapChain::Heatmaps(HeatmapConfig::stored(config).map_err(wrong)?)
        } else if let Some(chain) = part(&output, "points") {
            MapChain::Points(serde_yaml::from_value(chain).map_err(wrong)?)
        } else if let Some(maps) = part(&output, "maps") {
            let maps = serde_yaml::from_value(maps).map_err(wrong)?;
            MapChain::Points(PointChain { maps, ..PointChain::default() })
        } else {
            return Ok(None);
        };
        let Some(first) = self.rows.first() else { return Ok(None) };
        let maps = self.read_maps(first.id)?.maps;
        Ok(Some(MapInput { chain, duration_s: first.duration_s, names: maps.names, time: maps.time, rows: maps.rows }))
    }
}
