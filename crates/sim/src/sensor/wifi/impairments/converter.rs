//! Steps of I and Q.

use crate::base::Complex64;
use crate::base::yaml::Problem;
use crate::propagation::budget::watts_from_dbm;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};

/// I and Q as whole numbers of so many bits, two's complement; samples are then bare numbers, as readers give them of real files.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantisationSpec {
    /// Bits of each part, 2..16: 8 of the Intel 5300 and the ESP32, 10 of Atheros, 16 of the AX210.
    pub bits: u32,
    /// Power of a subcarrier behind the gain whose amplitude just fills a part, dBm, −200..30. Without it each packet has a scale of its own, common to all of its
    /// subcarriers and antennas, by which its largest part is the largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scale_dbm: Option<f64>,
}

impl QuantisationSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let bits = within("bits", f64::from(self.bits), 2.0, 16.0, "");
        let scale = self.full_scale_dbm.and_then(|dbm| within("full_scale_dbm", dbm, -200.0, 30.0, "dBm"));
        bits.into_iter().chain(scale).collect()
    }

    /// Makes whole numbers of a packet's samples, √W; gives numbers a √W and how many parts lay beyond the ends of the scale.
    pub fn convert(&self, samples: &mut [Complex64]) -> (f64, usize) {
        let half = f64::from(1_u32 << (self.bits.clamp(2, 16) - 1));
        let largest = match self.full_scale_dbm {
            Some(dbm) => watts_from_dbm(dbm).sqrt(),
            None => samples.iter().fold(0.0, |most: f64, z| most.max(z.re.abs()).max(z.im.abs())),
        };
        // A packet of zeros stays one.
        let scale = if largest > 0.0 { (half - 1.0) / largest } else { 1.0 };
        let mut clipped = 0;
        let mut part = |v: f64| {
            let code = (v * scale).round();
            let held = code.clamp(-half, half - 1.0);
            clipped += usize::from(held != code);
            held
        };
        for z in samples {
            *z = Complex64::new(part(z.re), part(z.im));
        }
        (scale, clipped)
    }
}
