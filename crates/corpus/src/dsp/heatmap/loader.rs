//! Maps as mmCLIP's loader makes them of its heatmaps (github.com/QM20/mmCLIP, `src/dataset.py`, read in November 2026).
//!
//! Of a triple of heatmaps with 256 Doppler bins it takes the middle 224 of them, a crop of 256 columns (384 of its own recordings; its
//! published configurations say 224, and all 256 bins), at random in training and one after another in tests, resizes each
//! map to 224 × 224 by OpenCV's default, and stretches each from its least value at −1 to its greatest at 1. Where its files come from
//! is not published: values are taken in decibels here.

use super::{HEATMAP_NAMES, HeatmapPower};
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::maps::{MIN_MAX_LOG_MAGNITUDE, Maps};
use crate::dsp::resize::{bilinear, resized_axis};
use crate::dsp::scale::{decibels, min_max_scaled};
use ndarray::{Array2, Array3, ArrayView2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which part of the heatmaps the loader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MmclipLoader {
    /// Doppler bins in the middle of a window's, at least 1. Default 224.
    pub doppler_bins: usize,
    /// Columns of the crop, in the middle of the recording, at least 1; all of them with null. Default 256.
    pub crop: Option<usize>,
}

impl Default for MmclipLoader {
    fn default() -> Self {
        Self { doppler_bins: 224, crop: Some(256) }
    }
}

impl MmclipLoader {
    /// All that is wrong with the settings, whatever the recording.
    pub fn problems(&self) -> Vec<Problem> {
        let counts = [("doppler_bins", self.doppler_bins), ("crop", self.crop.unwrap_or(1))];
        let wrong = |(_, value): &(&str, usize)| !(1..=65_536).contains(value);
        let message = |(key, value): (&str, usize)| Problem::new(key, format!("{value}; expected 1 to 65536"));
        counts.into_iter().filter(wrong).map(message).collect()
    }

    /// All that does not fit maps of `doppler` Doppler bins and `columns` columns.
    pub fn misfits(&self, doppler: usize, columns: usize) -> Vec<Problem> {
        let mut out = Vec::new();
        if self.doppler_bins > doppler {
            let message = format!("{}; a window has only {doppler} Doppler bins", self.doppler_bins);
            out.push(Problem::new("doppler_bins", message));
        }
        if let Some(crop) = self.crop.filter(|crop| *crop > columns) {
            let message = format!(
                "{crop} columns; the recording has only {columns}: record longer, crop fewer, or all of them with null"
            );
            out.push(Problem::new("crop", message));
        }
        out
    }

    /// The middle Doppler bins of `doppler`, as indices: bin 0 of the velocities stands at half.
    pub fn doppler_rows(&self, doppler: usize) -> Range<usize> {
        let first = (doppler / 2).saturating_sub(self.doppler_bins / 2);
        first..(first + self.doppler_bins).min(doppler)
    }

    /// The middle crop of `columns` columns.
    pub fn middle(&self, columns: usize) -> Range<usize> {
        let length = self.crop.unwrap_or(columns).min(columns);
        let first = (columns - length) / 2;
        first..first + length
    }

    /// Maps of a recording's power: values, rows and time.
    pub(super) fn maps(&self, power: &HeatmapPower, rows: usize, columns: usize) -> Result<Maps, DspError> {
        let (doppler, all) = power.maps[0].dim();
        if let Some(problem) = self.problems().into_iter().chain(self.misfits(doppler, all)).next() {
            let crop = problem.key == "crop";
            let name = if crop { "heatmap.mmclip_loader.crop" } else { "heatmap.mmclip_loader.doppler_bins" };
            return Err(DspError::Misfit { name, problem: problem.message });
        }
        let taken = self.middle(all);
        let kept = |map: usize| if map == 0 { self.doppler_rows(doppler) } else { 0..power.maps[map].nrows() };
        let maps = [0, 1, 2].map(|i| {
            // Of the whole map, so that a crop without power is no peak of its own.
            let levels = decibels(&power.maps[i]);
            loaded(&levels.slice(s![kept(i), taken.clone()]), rows, columns)
        });
        Ok(Maps {
            quantity: MIN_MAX_LOG_MAGNITUDE.into(),
            names: HEATMAP_NAMES.map(String::from).to_vec(),
            data: Array3::from_shape_fn((3, rows, columns), |(map, row, column)| maps[map][[row, column]]),
            time: resized_axis(&part(&power.time, taken.clone()), columns),
            rows: (0..3).map(|i| resized_axis(&part(&power.rows[i], kept(i)), rows)).collect(),
        })
    }
}

/// A part of a heatmap as the loader hands it to the model: resized by linear interpolation, then stretched to −1 … 1.
///
/// # Shapes
/// `part[row, column]` (both at least 1) → `[rows, columns]`.
pub fn loaded(part: &ArrayView2<f32>, rows: usize, columns: usize) -> Array2<f32> {
    min_max_scaled(&bilinear(part, rows, columns))
}

/// Some entries of an axis.
fn part(axis: &Axis, range: Range<usize>) -> Axis {
    Axis { len: range.len(), first: axis.value(range.start), ..axis.clone() }
}
