//! The chain of a sensor that gives out detections.

use super::ExpectedCube;
use super::views::{View, Views};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::detect::{DetectConfig, detect};
use crate::dsp::maps::Maps;
use crate::dsp::point_maps::numbers::{POINT_NUMBERS, point_numbers};
use crate::dsp::point_maps::{PointMapConfig, point_maps};
use crate::signal::{IfCube, PointCloud};
use ndarray::ArrayD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of the view of numbers.
const NUMBERS: &str = "point_numbers";

fn numbers_view(points: &PointCloud, length_s: f64) -> View {
    let numbers = point_numbers(points);
    let axes = vec![Axis::index("number", numbers.len()), Axis::new("time", "s", 1, 0.5 * length_s, length_s)];
    let data = ArrayD::from_shape_fn(vec![numbers.len(), 1], |at| numbers[at[0]]);
    View { quantity: "numbers of the points".into(), unit: "1".into(), axes, data }
}

/// Detections and maps of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PointChain {
    /// How points are detected in IF cubes.
    pub detect: DetectConfig,
    /// How maps are made of the points; recordings pass through the same.
    pub maps: PointMapConfig,
    /// Whether the numbers of a window ([`point_numbers`](crate::dsp::point_maps::numbers)) become the view `point_numbers [number, 1]` beside the
    /// maps. Default no.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub numbers: bool,
    /// What the names of these views begin with, so that they can stand beside others. Default nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

impl PointChain {
    /// The points of a cube.
    pub fn detected(&self, cube: &IfCube) -> Result<PointCloud, DspError> {
        detect(cube, &self.detect)
    }

    /// The maps of a window that lasts `length_s`, or `maps.length_s`.
    pub fn maps(&self, points: &PointCloud, length_s: Option<f64>) -> Result<Maps, DspError> {
        match length_s.filter(|length| *length != self.maps.length_s) {
            Some(length_s) => point_maps(points, &PointMapConfig { length_s, ..self.maps.clone() }),
            None => point_maps(points, &self.maps),
        }
    }

    /// All views of a window, without the prefix.
    pub(super) fn views(&self, points: &PointCloud, length_s: Option<f64>) -> Result<Views, DspError> {
        let mut views = Views::from(self.maps(points, length_s)?);
        if self.numbers {
            views.insert(NUMBERS, numbers_view(points, length_s.unwrap_or(self.maps.length_s)));
        }
        Ok(views)
    }

    /// Names and shapes of the views.
    pub(super) fn planned(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let shape = vec![self.maps.rows, self.maps.columns];
        let maps = self.maps.maps.iter().map(move |map| (map.name(), shape.clone()));
        let numbers = self.numbers.then(|| (NUMBERS, vec![POINT_NUMBERS, 1]));
        maps.chain(numbers).map(|(name, shape)| (format!("{}{name}", self.prefix), shape))
    }

    /// All that is wrong with the settings, whatever the signal; the keys are relative to the chain.
    pub fn problems(&self) -> Vec<Problem> {
        let detect = self.detect.problems().into_iter().map(|p| p.under("detect"));
        let maps = self.maps.problems().into_iter().map(|p| p.under("maps"));
        detect.chain(maps).chain(self.prefix_problem()).collect()
    }

    pub(super) fn problems_for(&self, signal: &ExpectedCube<'_>) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.maps.problems().into_iter().map(|p| p.under("maps")).collect();
        let detect = self.detect.problems_for(signal.info, signal.chirps, signal.samples);
        problems.extend(detect.into_iter().map(|p| p.under("detect")));
        if self.maps.length_s > signal.duration_s + 1e-9 {
            let message = format!("{} s; the recording has only {} s", self.maps.length_s, signal.duration_s);
            problems.push(Problem::new("maps.length_s", message));
        }
        problems.extend(self.prefix_problem());
        problems
    }

    /// Names of views become names of files.
    fn prefix_problem(&self) -> Option<Problem> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = self.prefix.len() <= 16 && self.prefix.bytes().all(plain);
        let message = || format!("`{}`; expected at most 16 lower-case letters, digits and `_`", self.prefix);
        (!fits).then(|| Problem::new("prefix", message()))
    }
}
