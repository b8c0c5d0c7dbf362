//! Steps of the automatic gain, and what the receiver says of a packet's strength.

use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};

/// Automatic gain: for each packet the step that brings its power nearest to a target. (That gains are on a grid of steps: Ratnam et al., "Optimal preprocessing of
/// WiFi CSI for sensing applications", arXiv 2307.12126.)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgcSpec {
    /// Power behind the amplifier, all subcarriers together, that it aims at, dBm, −120..30.
    pub target_dbm: f64,
    /// Step of the gain, dB, 0.1..20.
    pub step_db: f64,
    /// Least gain, dB, −60..120. Default 0.
    #[serde(default)]
    pub least_db: f64,
    /// Largest gain, dB, least_db..120. Default 100.
    #[serde(default = "hundred")]
    pub most_db: f64,
    /// Standard deviation of the power that it measures in the first symbols of a packet, dB, 0..10: what lets the gain jump between steps while nothing
    /// changes. Default 0.
    #[serde(default)]
    pub deviation_db: f64,
    /// Whether the device reports the gain (Intel 5300). Default true; else it is in the truth only.
    #[serde(default = "yes")]
    pub reported: bool,
}

fn hundred() -> f64 {
    100.0
}

fn yes() -> bool {
    true
}

impl AgcSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let values = [
            within("target_dbm", self.target_dbm, -120.0, 30.0, "dBm"),
            within("step_db", self.step_db, 0.1, 20.0, "dB"),
            within("least_db", self.least_db, -60.0, 120.0, "dB"),
            within("most_db", self.most_db, self.least_db.max(-60.0), 120.0, "dB"),
            within("deviation_db", self.deviation_db, 0.0, 10.0, "dB"),
        ];
        let mut out: Vec<Problem> = values.into_iter().flatten().collect();
        let (first, last) = self.steps();
        if out.is_empty() && first > last {
            let (least, most) = (self.least_db, self.most_db);
            out.push(Problem::new(
                "step_db",
                format!("{} given, no multiple of it lies from {least} to {most} dB", self.step_db),
            ));
        }
        out
    }

    /// The first and the last multiple of the step within the limits; rounding loses none.
    fn steps(&self) -> (f64, f64) {
        let slack = 1e-9;
        ((self.least_db / self.step_db - slack).ceil(), (self.most_db / self.step_db + slack).floor())
    }

    /// Gain for a packet of a power, dB: a multiple of the step within the limits. `error` is a draw of a standard normal; a packet without power gets the
    /// largest gain.
    pub fn gain_db(&self, power_dbm: f64, error: f64) -> f64 {
        let wanted = self.target_dbm - (power_dbm + self.deviation_db * error);
        let (first, last) = self.steps();
        // NaN and +∞, of no power, become the last step.
        let step = (wanted / self.step_db).round();
        self.step_db * if step < last { step.max(first) } else { last }
    }
}

/// How strength is reported.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RssiSpec {
    /// Step, dB, 0..10; 0 is exact.
    pub step_db: f64,
    /// Whether one value stands for all receive antennas, the mean of their powers; else one an antenna. Default false.
    #[serde(default)]
    pub together: bool,
}

impl RssiSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        within("step_db", self.step_db, 0.0, 10.0, "dB").into_iter().collect()
    }

    /// What is reported of the powers of the receive antennas, dBm; NaN where there is no power.
    pub fn reported(spec: Option<Self>, powers_w: &[f64]) -> Vec<f32> {
        let step = spec.map_or(0.0, |s| s.step_db);
        let told = |watts: f64| {
            let dbm = dbm_from_watts(watts);
            let stepped = if step > 0.0 { step * (dbm / step).round() } else { dbm };
            if stepped.is_finite() { stepped as f32 } else { f32::NAN }
        };
        if spec.is_some_and(|s| s.together) {
            vec![told(powers_w.iter().sum::<f64>() / powers_w.len().max(1) as f64)]
        } else {
            powers_w.iter().copied().map(told).collect()
        }
    }
}

/// Decibels above a milliwatt; −∞ of nothing.
pub(in crate::sensor) fn dbm_from_watts(watts: f64) -> f64 {
    10.0 * (watts * 1e3).log10()
}
