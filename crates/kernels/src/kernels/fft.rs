//! Fourier transforms: plans for both precisions, so that the transforms are compiled once for all crates.

pub use rustfft::{Fft, FftDirection};

use rustfft::{FftPlanner, FftPlannerScalar};
use std::sync::Arc;

/// A transform of `len` samples; `exp(−j2πnk/len)` forwards, without a factor either way.
pub fn plan(len: usize, direction: FftDirection) -> Arc<dyn Fft<f32>> {
    FftPlanner::new().plan_fft(len, direction)
}

/// The same in double precision. It makes noise, not signals: plain instructions do.
pub fn plan_f64(len: usize, direction: FftDirection) -> Arc<dyn Fft<f64>> {
    FftPlannerScalar::new().plan_fft(len, direction)
}
