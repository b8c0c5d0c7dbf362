//! Taper windows (F. J. Harris, "On the use of windows for harmonic analysis", Proc. IEEE 66, 1978).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shape of a taper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// No taper.
    Rectangular,
    /// `0.5 − 0.5 cos`: side lobes −31 dB.
    #[default]
    Hann,
    /// `0.54 − 0.46 cos`: side lobes −43 dB.
    Hamming,
    /// `0.42 − 0.5 cos + 0.08 cos`: side lobes −58 dB.
    Blackman,
}

impl Window {
    /// The symmetric window of `n` coefficients.
    pub fn coefficients(self, n: usize) -> Vec<f32> {
        if n < 2 {
            return vec![1.0; n];
        }
        let term = |i: usize, k: f64| (2.0 * std::f64::consts::PI * k * i as f64 / (n - 1) as f64).cos();
        (0..n)
            .map(|i| match self {
                Self::Rectangular => 1.0,
                Self::Hann => 0.5 - 0.5 * term(i, 1.0),
                Self::Hamming => 0.54 - 0.46 * term(i, 1.0),
                Self::Blackman => 0.42 - 0.5 * term(i, 1.0) + 0.08 * term(i, 2.0),
            } as f32)
            .collect()
    }

    /// Mean of the coefficients: the gain for a tone in the middle of a bin, relative to no taper.
    pub fn coherent_gain(self, n: usize) -> f64 {
        self.coefficients(n).iter().map(|&w| f64::from(w)).sum::<f64>() / n.max(1) as f64
    }

    /// The coefficients over their sum, so that a tone of amplitude 1 has a spectral line of height 1.
    ///
    /// A symmetric Hann or Blackman window of 2 has no weight at all; such short inputs are left untapered.
    pub fn unit_gain(self, n: usize) -> Vec<f32> {
        let w = self.coefficients(n);
        let sum: f32 = w.iter().sum();
        if sum < 1e-6 { vec![1.0 / n.max(1) as f32; n] } else { w.into_iter().map(|w| w / sum).collect() }
    }
}
