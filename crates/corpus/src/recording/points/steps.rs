//! The steps of a sensor, measured on its points: ranges and velocities of an FFT lie on multiples of one bin.

use super::super::RecordingError;
use crate::signal::{PointCloud, PointFrame};
use std::path::Path;

/// A sensor has no more bins on one side of zero.
const MOST_BINS: f64 = 2048.0;
/// Noted where nobody states the range step, m.
const UNKNOWN_RANGE_STEP_M: f64 = 0.01;
/// Root mean square distance from the nearest multiple, in steps; values that lie anywhere have 0.29.
const LARGEST_MISFIT: f64 = 0.06;

/// What is stated of a sensor; the rest is measured.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::recording) struct Steps {
    pub(in crate::recording) range_bin_m: Option<f64>,
    pub(in crate::recording) velocity_bin_mps: Option<f64>,
    pub(in crate::recording) doppler_bins: Option<usize>,
}

impl Steps {
    /// The sensor without frames, what is not stated by what all points are multiples of; and a line for each value that nobody stated; `how`
    /// says how they are stated.
    pub(in crate::recording) fn sensor(
        self,
        path: &Path,
        frames: &[&PointFrame],
        how: &str,
    ) -> Result<(PointCloud, Vec<String>), RecordingError> {
        let points = || frames.iter().flat_map(|f| &f.points);
        let mut measured = Vec::new();
        let velocity_bin_mps = match self.velocity_bin_mps {
            Some(step) => step,
            None => {
                let found = step(points().map(|p| p.velocity_mps)).ok_or_else(|| {
                    let what = format!("its velocities show no step that all are multiples of: state it with {how}");
                    RecordingError::file(path, what)
                })?;
                measured.push(format!("velocity step measured: {found:.5} m/s"));
                found
            }
        };
        let doppler_bins = self.doppler_bins.unwrap_or_else(|| {
            let bins = doppler_bins(points().map(|p| p.velocity_mps), velocity_bin_mps);
            if points().any(|p| p.velocity_mps != 0.0) {
                measured.push(format!("{bins} Doppler bins hold all velocities"));
            }
            bins
        });
        let range_bin_m = self.range_bin_m.unwrap_or_else(|| {
            // Ranges are many steps, so that a step cannot be told by their least; and no map asks for it.
            measured.push(format!("range step not known, {UNKNOWN_RANGE_STEP_M} m is noted; no map asks for it"));
            UNKNOWN_RANGE_STEP_M
        });
        let sensor =
            PointCloud { frames: Vec::new(), frame_period_s: 1.0, range_bin_m, velocity_bin_mps, doppler_bins };
        Ok((sensor, measured))
    }
}

/// The largest step of which all values are multiples, or `None` where they lie anywhere.
///
/// The least value may be any small multiple of the step; the step follows the larger values, whose rounding matters less.
pub(in crate::recording) fn step(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sizes: Vec<f64> = values.map(f64::abs).filter(|v| *v > 1e-6 && v.is_finite()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup_by(|a, b| *a - *b <= 1e-6 * *b);
    let least = *sizes.first()?;
    // Few sizes are multiples of some small fraction by chance: two have to be multiples of the least, three of its half, …
    let finest = sizes.len().saturating_sub(1).min(16) as u32;
    (1..=finest).find_map(|k| fitted(&sizes, least / f64::from(k)))
}

/// The step near `start` that fits the sizes, by least squares from the small to the large.
fn fitted(sizes: &[f64], start: f64) -> Option<f64> {
    let (mut step, mut products, mut squares) = (start, 0.0, 0.0);
    for size in sizes {
        let n = (size / step).round();
        if n > MOST_BINS {
            return None;
        }
        products += n * size;
        squares += n * n;
        // A jump further than half a bin from the last known multiple would be a guess.
        step = if squares > 0.0 { products / squares } else { step };
    }
    let misfit =
        sizes.iter().map(|size| (size / step - (size / step).round()).powi(2)).sum::<f64>() / sizes.len() as f64;
    // As many bins as values can be hit by chance: the fit must be tight.
    (misfit.sqrt() < LARGEST_MISFIT && step > 1e-5).then_some(step)
}

/// Bins that hold all velocities, `-n/2 .. n/2 - 1` times the step: a power of two, as sensors have.
pub(super) fn doppler_bins(velocities: impl Iterator<Item = f64>, step: f64) -> usize {
    let most =
        velocities.map(|v| (v / step).round()).fold(1.0_f64, |most, n| most.max(if n < 0.0 { -n } else { n + 1.0 }));
    (2 * most.min(MOST_BINS) as usize).next_power_of_two()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn multiples_are_found_through_rounding() {
        for (true_step, digits) in [(0.128_21, 1e-3), (0.614_668_6, 1e-2), (0.356, 1e-9)] {
            let values = [-7, -3, 2, 3, 4, 5, 6, 7, 12].map(|n| (f64::from(n) * true_step / digits).round() * digits);
            let found = step(values.into_iter()).unwrap();
            assert!((found / true_step - 1.0).abs() < 5e-3, "{found} for {true_step}");
            assert_eq!(doppler_bins(values.into_iter(), found), 32);
        }
    }

    #[test]
    fn values_that_lie_anywhere_have_no_step() {
        let anywhere = (1..200).map(|i| (f64::from(i) * 0.618_034).fract() * 3.0 + 0.1);
        assert_eq!(step(anywhere), None);
        assert_eq!(step([0.0, 0.5].into_iter()), None);
        assert_eq!(doppler_bins([0.0, -0.8, 0.7].into_iter(), 0.1), 16);
        assert_eq!(doppler_bins([0.8].into_iter(), 0.1), 32);
    }
}
