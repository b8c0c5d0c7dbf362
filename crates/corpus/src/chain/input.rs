//! How the views of a corpus were made, and what their axes are: what a recording must pass through to meet a model trained on them.

use super::views::{ViewInfo, Views};
use super::{Applied, Chain};
use crate::base::axis::Axis;
use crate::dsp::DspError;
use crate::signal::Signal;
use serde::{Deserialize, Serialize};

/// Two axes are the same when their steps differ by less than this share.
const STEP_TOLERANCE: f64 = 0.02;

/// The views of a corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredInput")]
pub struct ViewInput {
    /// How they are made.
    pub chain: Chain,
    /// Length of a window, s.
    pub duration_s: f64,
    /// What they are, in order; empty when that is not known.
    pub views: Vec<ViewInfo>,
}

/// As it was written at any time: before views had axes each of their own, all were maps over one time axis.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredInput {
    #[serde(deserialize_with = "Chain::stored")]
    chain: Chain,
    duration_s: f64,
    #[serde(default)]
    views: Vec<ViewInfo>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    time: Option<Axis>,
    #[serde(default)]
    rows: Vec<Axis>,
}

impl From<StoredInput> for ViewInput {
    fn from(stored: StoredInput) -> Self {
        let StoredInput { chain, duration_s, mut views, names, time, rows } = stored;
        if let (true, Some(time)) = (views.is_empty(), time) {
            let maps = names.into_iter().zip(rows);
            let view = |(name, row)| {
                let (quantity, unit) = (String::new(), "1".to_owned());
                ViewInfo { name, quantity, unit, axes: vec![row, time.clone()] }
            };
            views = maps.map(view).collect();
        }
        Self { chain, duration_s, views }
    }
}

impl ViewInput {
    /// Windows of a recording, one every `hop_s`, as views, each with its start, s.
    pub fn windows(&self, signal: &Signal, hop_s: f64) -> Result<Vec<(f64, Views)>, DspError> {
        let cut = self.chain.windows(signal, self.duration_s, hop_s)?;
        let made = |(start_s, window): (f64, Signal)| {
            let Applied { views, .. } = self.chain.apply(&window, Some(self.duration_s))?;
            Ok((start_s, views))
        };
        cut.into_iter().map(made).collect()
    }

    /// The names in order.
    pub fn names(&self) -> Vec<String> {
        self.views.iter().map(|view| view.name.clone()).collect()
    }

    /// The same with the views of these names alone, in this order.
    pub fn only(&self, names: &[String]) -> Self {
        let views = names.iter().filter_map(|name| self.views.iter().find(|v| v.name == *name).cloned());
        Self { views: views.collect(), ..self.clone() }
    }

    /// What of these views is not what a model was trained on: the axis and both values. `None` when all agree.
    ///
    /// Further views beside those of the model do not matter.
    pub fn disagreement(&self, found: &Views) -> Option<String> {
        for expected in &self.views {
            let Some(view) = found.get(&expected.name) else {
                let (learnt, there) = (self.names(), found.names());
                return Some(format!("the checkpoint was trained on views {learnt:?}, these are {there:?}"));
            };
            if expected.axes.len() != view.axes.len() {
                let (learnt, there) = (expected.axes.len(), view.axes.len());
                return Some(format!(
                    "view {}: the checkpoint was trained on {learnt} axes, this has {there}",
                    expected.name
                ));
            }
            let pairs = expected.axes.iter().zip(&view.axes);
            if let Some((expected_axis, axis)) = pairs.into_iter().find_map(|(a, b)| axis_difference(a, b)) {
                let name = &expected.name;
                return Some(format!(
                    "view {name}: the checkpoint was trained on {expected_axis}, the recording gives {axis}"
                ));
            }
        }
        None
    }

    /// What of other views is not as here, both sides in words. `None` when all agree; views that only one of them has do not matter.
    pub fn difference(&self, other: &Self) -> Option<(String, String)> {
        if let (Some(a), Some(b)) = (&self.chain.heatmaps, &other.chain.heatmaps)
            && a.chain != b.chain
        {
            return Some((format!("heatmaps of the chain `{}`", a.chain.name()), format!("`{}`", b.chain.name())));
        }
        self.views.iter().find_map(|view| {
            let there = other.views.iter().find(|v| v.name == view.name)?;
            let (left, right) = view.axes.iter().zip(&there.axes).find_map(|(a, b)| axis_difference(a, b))?;
            Some((format!("{} has {left}", view.name), format!("{} has {right}", view.name)))
        })
    }
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
