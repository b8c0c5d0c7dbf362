//! Thermal noise of the receiver.

use crate::base::Complex64;
use crate::base::constants::{BOLTZMANN, NOISE_TEMPERATURE};
use crate::base::normal::for_each_batch;
use crate::base::random::RandomTree;
use crate::propagation::budget::from_db;

/// Power of the thermal noise of one channel referred to the antenna, W: `k T₀ B F`, with the complex sample rate as the
/// bandwidth B, T₀ = 290 K and the noise factor F (Friis 1944).
pub fn thermal_noise_power_w(sample_rate_hz: f64, noise_figure_db: f64) -> f64 {
    BOLTZMANN * NOISE_TEMPERATURE * sample_rate_hz * from_db(noise_figure_db)
}

/// White complex Gaussian noise of one frame.
///
/// Every chunk of the samples (a loop of all antennas) has a stream of its own, keyed by the frame's number in the recording and
/// its own number: the noise does not depend on threads or on how many frames are made at once.
pub struct FrameNoise {
    tree: RandomTree,
    /// Of each of the two parts, which have half of the power.
    deviation: f64,
}

impl FrameNoise {
    /// Noise of the mean power `power_w` in frame `frame`.
    pub fn new(power_w: f64, tree: &RandomTree, frame: u64) -> Self {
        Self { tree: tree.subtree(frame, "thermal_noise"), deviation: (0.5 * power_w).sqrt() }
    }

    /// Adds that of chunk `number` to its samples.
    pub fn add(&self, number: usize, part: &mut [Complex64]) {
        let none = &mut vec![(); part.len()];
        self.each(number, part, none, |z, (), noise| *z += noise);
    }

    /// Calls `each(a, b, noise)` with the places of two lists of equal length and the noise of chunk `number` there.
    pub fn each<A, B>(&self, number: usize, a: &mut [A], b: &mut [B], each: impl Fn(&mut A, &mut B, Complex64)) {
        let mut stream = self.tree.stream(number as u64, "chunk");
        for_each_batch(&mut stream, a.len(), |first, re, im| {
            let places = a[first..].iter_mut().zip(&mut b[first..]);
            for ((a, b), (re, im)) in places.zip(re.iter().zip(im)) {
                each(a, b, Complex64::new(self.deviation * f64::from(*re), self.deviation * f64::from(*im)));
            }
        });
    }
}
