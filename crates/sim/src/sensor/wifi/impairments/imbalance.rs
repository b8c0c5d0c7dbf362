//! Unlike I and Q rails of the receiver: each subcarrier has a part of its mirror.
//!
//! A receiver that gives `I + j g (Q cos φ + I sin φ)` of I + jQ makes of the baseband x the sum `K₁ x + K₂ x*` with `K₁ = (1 + g exp(jφ)) / 2` and
//! `K₂ = (1 − g exp(−jφ)) / 2`, so of subcarrier k `K₁ X(k) + K₂ X*(−k)`: Tarighat, Bagheri and Sayed, "Compensation schemes and performance analysis of IQ imbalances in
//! OFDM receivers", IEEE Trans. Signal Processing 53(8), 2005. Training symbols are taken as all alike, so that X is the channel; their signs would turn the
//! sign of the mirrored part of some subcarriers.

use crate::base::Complex64;
use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};

/// How the rails differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImbalanceSpec {
    /// Gain g of Q over that of I, dB, −20..20. Default 0.
    pub gain_db: f64,
    /// By how much the rails miss a quarter of a turn, φ, degrees, −60..60. Default 0.
    pub phase_deg: f64,
}

impl ImbalanceSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let gain = within("gain_db", self.gain_db, -20.0, 20.0, "dB");
        gain.into_iter().chain(within("phase_deg", self.phase_deg, -60.0, 60.0, "degrees")).collect()
    }

    /// Factors of a subcarrier itself and of its mirror, K₁ and K₂.
    pub fn factors(&self) -> (Complex64, Complex64) {
        let g = 10f64.powf(self.gain_db / 20.0);
        let phi = self.phase_deg.to_radians();
        let turned = |angle: f64| Complex64::from_polar(g, angle);
        let one = Complex64::new(1.0, 0.0);
        ((one + turned(phi)) * 0.5, (one - turned(-phi)) * 0.5)
    }

    /// Puts the mirrored part on the subcarriers of one link.
    pub fn distort(&self, samples: &mut [Complex64], mirrors: &[Mirror]) {
        let (own, mirrored) = self.factors();
        let before = samples.to_vec();
        for (z, mirror) in samples.iter_mut().zip(mirrors) {
            *z = own * *z + mirrored * mirror.of(&before).conj();
        }
    }
}

/// Where the mirror of a subcarrier is found among those that are reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mirror {
    /// Nothing is sent there.
    Silent,
    /// At a place.
    At(usize),
    /// Between a place and the next, by a share: the mirror is sent, but not reported.
    Between(usize, f64),
}

impl Mirror {
    /// The mirrors of the subcarriers of a grid.
    pub fn all(reported: &[i32], sent: &[i32]) -> Vec<Self> {
        let is_sent = |k: i32| sent.binary_search(&k).is_ok();
        let of = |k: i32| match reported.binary_search(&-k) {
            _ if !is_sent(-k) => Self::Silent,
            Ok(place) => Self::At(place),
            Err(above) => {
                // Nulls that are reported are no neighbours.
                let below = (0..above).rev().find(|i| is_sent(reported[*i]));
                let above = (above..reported.len()).find(|i| is_sent(reported[*i]));
                match (below, above) {
                    (Some(low), Some(high)) if high == low + 1 => {
                        let share = f64::from(-k - reported[low]) / f64::from(reported[high] - reported[low]);
                        Self::Between(low, share)
                    }
                    (Some(place), _) | (None, Some(place)) => Self::At(place),
                    (None, None) => Self::Silent,
                }
            }
        };
        reported.iter().map(|k| of(*k)).collect()
    }

    fn of(self, samples: &[Complex64]) -> Complex64 {
        match self {
            Self::Silent => Complex64::new(0.0, 0.0),
            Self::At(place) => samples[place],
            Self::Between(place, share) => samples[place] * (1.0 - share) + samples[place + 1] * share,
        }
    }
}
