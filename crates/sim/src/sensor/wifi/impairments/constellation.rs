//! Error of the constellation: what mixers, amplifiers and oscillators add to every subcarrier, in shares of its own strength.
//!
//! The standard bounds a transmitter's at −28 dB for 64-QAM at rate 5/6 (IEEE 802.11-2020; figure from memory). Transmitters and receivers of the Intel 5300 were measured at about
//! −34 and −36.5 dB: on sixteen recordings of stillness in two rooms (Hu et al., MSN 2024) amplitudes at 31 of 127 steps scatter by 2.1 %, evenly over time and nearly so over
//! subcarriers, with a correlation of 0.4 between antennas, which the transmitter's part is behind; 0.9 % of it are steps of the converter.

use crate::base::Complex64;
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Errors in shares of a subcarrier's own strength (error vector magnitude).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstellationSpec {
    /// Of a transmitter: all receive antennas hear the same, dB, −80..0. None without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmitter_db: Option<f64>,
    /// Of each receive chain, dB, −80..0. None without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_db: Option<f64>,
}

impl ConstellationSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values = [("transmitter_db", self.transmitter_db), ("receiver_db", self.receiver_db)];
        values.into_iter().filter_map(|(key, value)| within(key, value?, -80.0, 0.0, "dB")).collect()
    }

    /// Turns every sample of a packet by its errors.
    ///
    /// # Shapes
    /// `samples[subcarrier][rx][tx]`.
    pub fn disturb(&self, samples: &mut [Complex64], [n_rx, n_tx]: [usize; 2], packet: u64, tree: &RandomTree) {
        if let Some(db) = self.transmitter_db {
            let mut draw = errors(db, packet, tree, "wifi transmitter error");
            for subcarrier in samples.chunks_exact_mut(n_rx * n_tx) {
                let factors: Vec<Complex64> = (0..n_tx).map(|_| draw()).collect();
                subcarrier.iter_mut().zip(factors.iter().cycle()).for_each(|(z, factor)| *z *= factor);
            }
        }
        if let Some(db) = self.receiver_db {
            let mut draw = errors(db, packet, tree, "wifi receiver error");
            samples.iter_mut().for_each(|z| *z *= draw());
        }
    }
}

/// Draws of `1 + e`, e complex and normal with a mean square of so many decibels.
fn errors(db: f64, packet: u64, tree: &RandomTree, purpose: &str) -> impl FnMut() -> Complex64 {
    let deviation = 10f64.powf(db / 20.0) / std::f64::consts::SQRT_2;
    let mut stream = tree.stream(packet, purpose);
    move || {
        let mut part = || -> f64 { StandardNormal.sample(&mut stream) };
        Complex64::new(1.0 + deviation * part(), deviation * part())
    }
}
