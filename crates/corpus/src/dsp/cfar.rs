//! Constant-false-alarm-rate detection along one axis.
//!
//! H. Rohling, "Radar CFAR thresholding in clutter and multiple target situations", IEEE Trans. AES 19 (1983): cell-averaging
//! and ordered-statistic; the greatest-of and smallest-of variants are those of TI's hardware accelerator.

use super::DspError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the noise is estimated from the cells on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CfarMode {
    /// Mean of both sides.
    CellAveraging,
    /// The greater of the two sides' means.
    GreatestOf,
    /// The smaller of the two sides' means.
    SmallestOf,
    /// The cell at [`CfarConfig::quantile`] of both sides in order of size.
    OrderedStatistic,
}

/// CFAR along one axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CfarConfig {
    /// How the noise is estimated.
    pub mode: CfarMode,
    /// Noise cells on each side, at least 1.
    pub noise_cells: usize,
    /// Cells left out on each side of the cell under test.
    pub guard_cells: usize,
    /// A cell is detected when it is this far above the noise, dB of power (0..=100).
    pub threshold_db: f64,
    /// Quantile (0..=1) that the ordered statistic takes; the other modes ignore it. Default 0.75 (Rohling).
    #[serde(default = "three_quarters")]
    pub quantile: f64,
    /// Whether the axis is a circle (Doppler) or has ends (range).
    pub cyclic: bool,
}

fn three_quarters() -> f64 {
    0.75
}

impl CfarConfig {
    /// Checks the settings against an axis of `cells`.
    pub fn check(&self, cells: usize) -> Result<(), DspError> {
        self.faults(cells).into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with the settings on an axis of `cells`.
    pub(super) fn faults(&self, cells: usize) -> Vec<DspError> {
        let mut faults = Vec::new();
        if self.noise_cells == 0 || self.noise_cells > 1 << 16 {
            faults.push(DspError::setting("cfar.noise_cells", self.noise_cells, "1..=65536 on each side"));
        }
        let span = self.noise_cells.saturating_add(self.guard_cells).saturating_mul(2);
        if self.guard_cells > 1 << 16 || span >= cells {
            let needed = format!("2 (noise_cells + guard_cells) = {span} must be below the {cells} cells of the axis");
            faults.push(DspError::setting("cfar.guard_cells", self.guard_cells, needed));
        }
        if !(0.0..=100.0).contains(&self.threshold_db) {
            faults.push(DspError::setting("cfar.threshold_db", self.threshold_db, "0..=100 dB"));
        }
        if !(0.0..=1.0).contains(&self.quantile) {
            faults.push(DspError::setting("cfar.quantile", self.quantile, "0..=1"));
        }
        faults
    }

    /// Noise level at every cell, in the scale of the input; at the ends of an open axis from the side that exists.
    ///
    /// # Shapes
    /// `levels[cell]` → `[cell]`.
    pub fn noise(&self, levels: &[f32]) -> Vec<f32> {
        let n = levels.len();
        let mut sides: [Vec<f32>; 2] = [Vec::new(), Vec::new()];
        (0..n)
            .map(|cell| {
                for (side, sign) in sides.iter_mut().zip([-1isize, 1]) {
                    side.clear();
                    for k in 1..=self.noise_cells {
                        let at = cell as isize + sign * (self.guard_cells + k) as isize;
                        if self.cyclic {
                            side.push(levels[at.rem_euclid(n as isize) as usize]);
                        } else if (0..n as isize).contains(&at) {
                            side.push(levels[at as usize]);
                        }
                    }
                }
                self.estimate(&sides)
            })
            .collect()
    }

    fn estimate(&self, [left, right]: &[Vec<f32>; 2]) -> f32 {
        let mean = |s: &[f32]| (!s.is_empty()).then(|| s.iter().sum::<f32>() / s.len() as f32);
        match self.mode {
            CfarMode::OrderedStatistic => {
                let mut all: Vec<f32> = left.iter().chain(right).copied().collect();
                all.sort_by(f32::total_cmp);
                all.get(((all.len().max(1) - 1) as f64 * self.quantile).round() as usize)
                    .copied()
                    .unwrap_or(f32::INFINITY)
            }
            CfarMode::CellAveraging => {
                let n = (left.len() + right.len()).max(1) as f32;
                left.iter().chain(right).sum::<f32>() / n
            }
            CfarMode::GreatestOf | CfarMode::SmallestOf => match (mean(left), mean(right)) {
                (Some(a), Some(b)) if self.mode == CfarMode::SmallestOf => a.min(b),
                (Some(a), Some(b)) => a.max(b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => f32::INFINITY,
            },
        }
    }
}
