//! Errors between the I and the Q rail of a receiver that mixes to zero frequency.

use super::within;
use crate::base::Complex64;
use crate::base::yaml::Problem;
use crate::propagation::budget::watts_from_dbm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Imbalance of the rails, and the constant that mixers leave on them. Imbalance mirrors every Doppler line: a receding target appears as
/// an approaching one as well, `20 lg |(1 − g exp(jφ)) / (1 + g exp(−jφ))|` dB weaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuadratureSpec {
    /// Gain of Q over that of I, dB, −20..20. Default 0.
    pub gain_db: f64,
    /// By how much the rails miss a quarter of a turn, degrees, −60..60. Default 0.
    pub phase_deg: f64,
    /// Power of the constant at the receiver's input, dBm, −150..30; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset_dbm: Option<f64>,
    /// Phase of the constant, degrees, −360..360. Default 0: all of it on I.
    pub offset_phase_deg: f64,
}

impl QuadratureSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values = [
            within("gain_db", self.gain_db, -20.0, 20.0, "dB"),
            within("phase_deg", self.phase_deg, -60.0, 60.0, "degrees"),
            self.offset_dbm.and_then(|power| within("offset_dbm", power, -150.0, 30.0, "dBm")),
            within("offset_phase_deg", self.offset_phase_deg, -360.0, 360.0, "degrees"),
        ];
        values.into_iter().flatten().collect()
    }

    /// Puts the errors on samples whose unit is √W over `unit`.
    pub fn distort(&self, samples: &mut [Complex64], unit: f64) {
        let gain = 10f64.powf(self.gain_db / 20.0);
        let (sin, cos) = self.phase_deg.to_radians().sin_cos();
        let offset = self.offset_dbm.map_or(0.0, |power| watts_from_dbm(power).sqrt() * unit);
        let offset = Complex64::from_polar(offset, self.offset_phase_deg.to_radians());
        for z in samples {
            *z = Complex64::new(z.re, gain * (z.im * cos + z.re * sin)) + offset;
        }
    }
}
