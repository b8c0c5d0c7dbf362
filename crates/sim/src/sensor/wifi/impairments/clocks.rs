//! Two oscillators that do not agree: phase of a packet by the carriers, slope over subcarriers by the sampling clocks and by where the receiver takes the
//! packet to begin.
//!
//! A packet at the time t has the factor `exp(jφ) exp(−j2π k Δf τ)` at subcarrier k: Speth et al., "Optimum receiver design for wireless broad-band systems using OFDM,
//! part I", IEEE Trans. Communications 47(11), 1999; Xie, Li and Li, "Precise power delay profiling with commodity WiFi", MobiCom 2015, equation 2.

use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Offset of the carriers: the phase common to all subcarriers and antennas. A receiver corrects the offset within a packet, beginning anew at each, so that
/// the phase between the two oscillators at the time of the packet stays: `φ = φ₀ + 2π (f t + ½ d t²) − 2π ε h`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierOffsetSpec {
    /// Frequency of the transmitter less that of the receiver, f, Hz, −1e6..1e6. 802.11 admits 20 ppm on each side (25 ppm at 2.4 GHz).
    pub offset_hz: f64,
    /// How it drifts, d, Hz/s, −1e5..1e5. Default 0.
    #[serde(default)]
    pub drift_hz_per_s: f64,
    /// Standard deviation of the error ε of a packet's own estimate of the offset, Hz, 0..1e5. Default 0.
    #[serde(default)]
    pub residual_hz: f64,
    /// Time h over which that error turns the phase: from the field by which the offset is estimated to the one that is reported, s, 0..1e-3. Default 24 µs, from
    /// the legacy to the HT training field (IEEE 802.11-2020, figure 19-1).
    #[serde(default = "hold")]
    pub hold_s: f64,
    /// Whether the phase φ₀ at time 0 is drawn. Default true; else 0.
    #[serde(default = "yes")]
    pub random_start: bool,
}

fn hold() -> f64 {
    24e-6
}

fn yes() -> bool {
    true
}

impl CarrierOffsetSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values = [
            within("offset_hz", self.offset_hz, -1e6, 1e6, "Hz"),
            within("drift_hz_per_s", self.drift_hz_per_s, -1e5, 1e5, "Hz/s"),
            within("residual_hz", self.residual_hz, 0.0, 1e5, "Hz"),
            within("hold_s", self.hold_s, 0.0, 1e-3, "s"),
        ];
        values.into_iter().flatten().collect()
    }

    /// Phase at a time, rad, −π to π; `start` is in turns, `error` the packet's draw of a standard normal.
    pub fn phase_rad(&self, time_s: f64, start: f64, error: f64) -> f64 {
        let turns = start + (self.offset_hz + 0.5 * self.drift_hz_per_s * time_s) * time_s
            - self.residual_hz * error * self.hold_s;
        TAU * (turns - turns.round())
    }
}

/// Offset of the sampling clocks: a delay that grows with time, `τ = η t + ½ η' t²`, and with it the slope over subcarriers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingOffsetSpec {
    /// η, ppm, −100..100. Positive: delays grow. Where carrier and clock are of one oscillator it is minus the carrier's offset over its frequency: a transmitter that
    /// is fast is ever earlier.
    pub offset_ppm: f64,
    /// How it drifts, η', ppm/s, −10..10. Default 0.
    #[serde(default)]
    pub drift_ppm_per_s: f64,
    /// Whether a receiver that finds each packet anew takes whole samples (1/bandwidth) out of the delay, so that what is left lies within half a sample.
    /// Default false.
    #[serde(default)]
    pub whole_samples_found: bool,
}

impl SamplingOffsetSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values = [
            within("offset_ppm", self.offset_ppm, -100.0, 100.0, "ppm"),
            within("drift_ppm_per_s", self.drift_ppm_per_s, -10.0, 10.0, "ppm/s"),
        ];
        values.into_iter().flatten().collect()
    }

    /// Delay at a time, s; `sample_s` is the time from sample to sample.
    pub fn delay_s(&self, time_s: f64, sample_s: f64) -> f64 {
        let delay = 1e-6 * (self.offset_ppm + 0.5 * self.drift_ppm_per_s * time_s) * time_s;
        if self.whole_samples_found { delay - sample_s * (delay / sample_s).round() } else { delay }
    }
}

/// Where the receiver takes a packet to begin: a delay of each packet, `mean + deviation · n` with a standard normal n.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionSpec {
    /// Mean delay, s, −1e-6..1e-6. Default 0.
    #[serde(default)]
    pub mean_s: f64,
    /// Standard deviation from packet to packet, s, 0..1e-6.
    pub deviation_s: f64,
}

impl DetectionSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values =
            [within("mean_s", self.mean_s, -1e-6, 1e-6, "s"), within("deviation_s", self.deviation_s, 0.0, 1e-6, "s")];
        values.into_iter().flatten().collect()
    }
}
