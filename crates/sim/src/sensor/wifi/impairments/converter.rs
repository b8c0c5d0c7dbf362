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
    /// Strength of each packet's strongest receive chain in place of its largest part: root of the mean square over its samples, steps, 1..32767. What lies beyond the ends is cut.
    /// The Intel 5300 writes 31.3 (medians of 30 to 33 in recordings of four origins with one transmitter; up to 53 with two).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strongest_rms: Option<f64>,
}

impl QuantisationSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let bits = within("bits", f64::from(self.bits), 2.0, 16.0, "");
        let scale = self.full_scale_dbm.and_then(|dbm| within("full_scale_dbm", dbm, -200.0, 30.0, "dBm"));
        let most = f64::from(1_u32 << (self.bits.clamp(2, 16) - 1)) - 1.0;
        let rms = self.strongest_rms.and_then(|rms| within("strongest_rms", rms, 1.0, most, "steps"));
        let both = (self.full_scale_dbm.is_some() && self.strongest_rms.is_some())
            .then(|| Problem::new("strongest_rms", "and `full_scale_dbm` each set the scale; leave one of them out"));
        bits.into_iter().chain(scale).chain(rms).chain(both).collect()
    }

    /// Makes whole numbers of a packet's samples `[subcarrier][rx][tx]`, √W; gives numbers a √W and how many parts lay beyond the ends of the scale.
    pub fn convert(&self, samples: &mut [Complex64], [n_rx, n_tx]: [usize; 2]) -> (f64, usize) {
        let half = f64::from(1_u32 << (self.bits.clamp(2, 16) - 1));
        let largest = match (self.full_scale_dbm, self.strongest_rms) {
            (Some(dbm), _) => watts_from_dbm(dbm).sqrt(),
            (None, Some(rms)) => strongest_rms(samples, [n_rx, n_tx]) * (half - 1.0) / rms,
            (None, None) => samples.iter().fold(0.0, |most: f64, z| most.max(z.re.abs()).max(z.im.abs())),
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

/// Root of the mean square of the samples of the strongest receive chain on subcarriers with any power.
fn strongest_rms(samples: &[Complex64], [n_rx, n_tx]: [usize; 2]) -> f64 {
    let mut powers = vec![0.0; n_rx];
    let mut heard = 0;
    for subcarrier in samples.chunks_exact(n_rx * n_tx) {
        heard += usize::from(subcarrier.iter().any(|z| z.norm_sqr() > 0.0));
        for (power, chain) in powers.iter_mut().zip(subcarrier.chunks_exact(n_tx)) {
            *power += chain.iter().map(|z| z.norm_sqr()).sum::<f64>();
        }
    }
    let strongest = powers.into_iter().fold(0.0, f64::max);
    (strongest / (heard * n_tx).max(1) as f64).sqrt()
}
