//! Thermal noise of the receiver.

use super::fmcw::FmcwRadar;
use crate::base::Complex64;
use crate::base::constants::{BOLTZMANN, NOISE_TEMPERATURE};
use crate::base::normal::for_each_pair;
use crate::base::random::RandomTree;
use crate::propagation::budget::from_db;

/// Power of the thermal noise of one channel referred to the antenna, W: `k T₀ B F`, with the complex sample rate as the
/// bandwidth B, T₀ = 290 K and the noise factor F (Friis 1944).
pub fn thermal_noise_power_w(radar: &FmcwRadar) -> f64 {
    BOLTZMANN * NOISE_TEMPERATURE * radar.sample_rate_hz * from_db(radar.noise_figure_db)
}

/// Adds white complex Gaussian noise of the mean power `power_w` to one frame.
///
/// Every chunk of `chunk` samples (a loop of all antennas) has a stream of its own, keyed by the frame's number in the
/// recording and its own number: the noise does not depend on threads or on how many frames are made at once.
pub fn add_thermal_noise(samples: &mut [Complex64], chunk: usize, power_w: f64, tree: &RandomTree, frame: u64) {
    use rayon::prelude::*;
    let frame_tree = tree.subtree(frame, "thermal_noise");
    // Half of the power in each of the two parts.
    let deviation = (0.5 * power_w).sqrt();
    samples.par_chunks_mut(chunk.max(1)).enumerate().for_each(|(i, part)| {
        let mut stream = frame_tree.stream(i as u64, "chunk");
        for_each_pair(&mut stream, part.len(), |n, [re, im]| {
            part[n].re += deviation * f64::from(re);
            part[n].im += deviation * f64::from(im);
        });
    });
}
