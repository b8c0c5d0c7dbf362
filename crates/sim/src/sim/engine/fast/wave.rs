//! Numbers of the waveform in the units of the fast engine: cycles and grid points.

use super::transform::Grid;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::sim::engine::fast::problem::Swept;

/// Adding and subtracting 1.5 · 2⁵² rounds a double to the nearest integer, in a form that becomes vector code.
pub(super) const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// The waveform around its middle sample ⌊N/2⌋.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wave {
    /// Frequency at the middle sample, Hz.
    pub(super) frequency: f64,
    /// Half the slope, or zero without the residual video phase.
    pub(super) half_slope: f64,
    /// Grid points per second of delay: beat frequency over sample rate times the points of the grid.
    pub(super) points_per_second: f64,
    /// Wave number of the form factor, rad/m.
    pub(super) wave_number: f64,
    pub(super) lobe_exponent: f64,
    /// One where triangles have the projection cosine, else zero.
    pub(super) oblique: f64,
    /// Cells of the grid.
    pub(super) cells: usize,
    /// Paths of the high-pass filters' corners, m; none without filters.
    pub(super) high_pass: Option<[f32; 4]>,
}

impl Wave {
    pub(super) fn new(problem: &Swept, grid: &Grid) -> Self {
        let w = problem.waveform;
        Self {
            frequency: w.start_frequency_hz + w.slope_hz_per_s * w.sample_time_s(w.n_samples / 2),
            half_slope: if w.residual_video_phase { 0.5 * w.slope_hz_per_s } else { 0.0 },
            points_per_second: w.slope_hz_per_s / w.sample_rate_hz * grid.points as f64,
            wave_number: w.mid_wave_number(),
            lobe_exponent: problem.lobe_exponent,
            oblique: if problem.oblique { 1.0 } else { 0.0 },
            cells: grid.cells(),
            high_pass: (!problem.high_pass.is_none()).then(|| problem.high_pass.corners_m.map(|corner| corner as f32)),
        }
    }

    /// Phase at the middle sample, cycles.
    #[inline(always)]
    pub(super) fn turns(&self, delay: f64) -> f64 {
        (self.frequency - self.half_slope * delay) * delay
    }

    /// Cycles per metre of path, around a path of `path` metres.
    #[inline(always)]
    pub(super) fn turns_per_metre(&self, path: f64) -> f64 {
        (self.frequency - 2.0 * self.half_slope * path / SPEED_OF_LIGHT) / SPEED_OF_LIGHT
    }

    /// Place of the beat frequency on the grid.
    #[inline(always)]
    pub(super) fn place(&self, delay: f64) -> f64 {
        self.points_per_second * delay
    }
}
