//! The analogue-to-digital converter: steps and limits of each rail.

use super::within;
use crate::base::Complex64;
use crate::base::yaml::Problem;
use crate::propagation::budget::watts_from_dbm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A converter of the I and the Q rail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdcSpec {
    /// Bits of each rail, 1..16.
    pub bits: u32,
    /// Power of the signal at the receiver's input that just fills both rails, dBm, −150..30: a complex tone of this power has
    /// the largest amplitude without clipping. The gain before the converter is part of it.
    pub full_scale_dbm: f64,
}

/// What the converter did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdcReport {
    /// Bits of each rail.
    pub bits: u32,
    /// Value of one code, in the unit of the samples: a sample is its code times this.
    pub step: f64,
    /// Values of the I and Q rails that were converted.
    pub values: u64,
    /// Values that lay beyond the ends of the scale and were set to them.
    pub clipped: u64,
}

impl AdcSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let bits = within("bits", f64::from(self.bits), 1.0, 16.0, "");
        // Zero volts of full scale are −∞ dBm and are refused here as well.
        let scale = within("full_scale_dbm", self.full_scale_dbm, -150.0, 30.0, "dBm");
        bits.into_iter().chain(scale).collect()
    }

    /// Largest amplitude of a rail, √W.
    pub fn full_scale_root_w(&self) -> f64 {
        watts_from_dbm(self.full_scale_dbm).sqrt()
    }

    /// Value of one code when a full-scale amplitude is `full_scale`: `2 · full scale / 2^bits`.
    pub fn step(&self, full_scale: f64) -> f64 {
        2.0 * full_scale / f64::from(1_u32 << self.bits.min(16))
    }

    /// Rounds both rails of every sample to multiples of `step` within two's complement, `−2^(b−1) ..= 2^(b−1) − 1`, and returns
    /// how many values were clipped.
    pub fn convert(&self, samples: &mut [Complex64], step: f64) -> u64 {
        let half = f64::from(1_u32 << (self.bits.clamp(1, 16) - 1));
        let mut clipped = 0;
        let mut rail = |v: &mut f64| {
            let code = (*v / step).round();
            let held = code.clamp(-half, half - 1.0);
            clipped += u64::from(held != code);
            *v = held * step;
        };
        for z in samples {
            rail(&mut z.re);
            rail(&mut z.im);
        }
        clipped
    }
}
