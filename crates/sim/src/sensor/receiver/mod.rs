//! What a real receiver does to the signal, each part switchable alone.
//!
//! ```text
//! mod.rs          all parts as typed, and their problems
//! pattern.rs      element patterns by azimuth and elevation cuts, on every path
//! phase_noise.rs  phase noise of the oscillator with range correlation, on every delay
//! high_pass.rs    analogue high-pass filters of the beat signal, on every delay
//! leakage.rs      the transmitter's signal straight into the receivers
//! channels.rs     gain and phase errors of the channels
//! quadrature.rs   gain and phase errors between I and Q, and their offset
//! adc.rs          quantisation and clipping
//! ```
//! Thermal noise is in [`super::impairment`]. The order is that of the hardware: pattern, phase noise and leakage, transmitter
//! errors, thermal noise, receiver errors, I and Q, ADC; the high-pass filters are taken with the paths. Thermal noise stays white, and so does what phase noise
//! adds: its skirts are wider than the corners, while a filter weakens noise that arises before it below its corners as it does echoes.

pub mod adc;
pub mod channels;
pub mod high_pass;
pub mod leakage;
pub mod pattern;
pub mod phase_noise;
pub mod quadrature;

use super::Device;
use crate::base::yaml::Problem;
use adc::AdcSpec;
use channels::ChannelSpec;
use high_pass::HighPassSpec;
use leakage::LeakageSpec;
use pattern::PatternSpec;
use phase_noise::PhaseNoiseSpec;
use quadrature::QuadratureSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The receiver of a scene. By default only thermal noise is on.
///
/// ```
/// use kinecho_sim::sensor::{FmcwRadar, receiver::ReceiverSpec};
/// let spec: ReceiverSpec = serde_json::from_str(r#"{"adc": {"bits": 0, "full_scale_dbm": -10}}"#).unwrap();
/// let problems = spec.problems(&FmcwRadar::preset("awr1843")?);
/// assert_eq!(problems[0].key, "adc.bits");
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiverSpec {
    /// Thermal noise kTBF of every channel. Default on.
    pub thermal_noise: bool,
    /// Element patterns of the antennas in place of the sensor's own; `{}` is isotropic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternSpec>,
    /// High-pass filters of the beat signal in place of the sensor's own; `{}` is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<HighPassSpec>,
    /// Phase noise of the oscillator; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase_noise: Option<PhaseNoiseSpec>,
    /// Leakage from the transmitters into the receivers; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leakage: Option<LeakageSpec>,
    /// Gain and phase errors of the channels; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<ChannelSpec>,
    /// Errors between the I and the Q rail; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iq: Option<QuadratureSpec>,
    /// The analogue-to-digital converter; ideal without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adc: Option<AdcSpec>,
}

impl Default for ReceiverSpec {
    fn default() -> Self {
        let thermal_noise = true;
        let (pattern, high_pass, phase_noise, leakage) = (None, None, None, None);
        Self { thermal_noise, pattern, high_pass, phase_noise, leakage, channels: None, iq: None, adc: None }
    }
}

impl ReceiverSpec {
    /// Whether this is the default receiver, which files leave out.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Every value outside its admissible range, for this sensor.
    pub fn problems(&self, device: &dyn Device) -> Vec<Problem> {
        let sounding = device.sounding(true);
        let ends = &sounding.ends;
        let parts = [
            ("pattern", self.pattern.as_ref().map(PatternSpec::problems)),
            ("high_pass", self.high_pass.as_ref().map(|h| h.problems(&sounding.tones))),
            ("phase_noise", self.phase_noise.as_ref().map(|p| device.phase_noise_problems(p))),
            ("leakage", self.leakage.as_ref().map(LeakageSpec::problems)),
            ("channels", self.channels.as_ref().map(|c| c.problems(ends.tx.len(), ends.rx.len()))),
            ("iq", self.iq.as_ref().map(QuadratureSpec::problems)),
            ("adc", self.adc.as_ref().map(AdcSpec::problems)),
        ];
        let located = parts.into_iter().map(|(key, found)| (key, found.unwrap_or_default()));
        located.flat_map(|(key, found)| found.into_iter().map(move |p| p.under(key))).collect()
    }
}

/// A problem with the value at `key` unless it lies in `low..=high`; NaN never does.
pub(in crate::sensor) fn within(key: &str, value: f64, low: f64, high: f64, unit: &str) -> Option<Problem> {
    let fits = value >= low && value <= high;
    (!fits).then(|| Problem::new(key, format!("{value} given, must be {low} to {high} {unit}")))
}

/// What is wrong with a table whose first column must rise strictly: nothing, or one problem per fault.
fn table_problems(x: (&str, &[f64]), y: (&str, &[f64]), least: usize) -> Vec<Problem> {
    let mut out = Vec::new();
    if x.1.len() != y.1.len() || x.1.len() < least {
        let message =
            format!("{} values given for {} of {}, must be as many and at least {least}", y.1.len(), x.1.len(), x.0);
        out.push(Problem::new(y.0, message));
    }
    if let Some(i) = x.1.windows(2).position(|w| w[0].partial_cmp(&w[1]) != Some(std::cmp::Ordering::Less)) {
        let message = format!("{} follows {}, must rise from entry to entry", x.1[i + 1], x.1[i]);
        out.push(Problem::new(format!("{}.{}", x.0, i + 1), message));
    }
    out
}

/// The straight line through the table at `x`, held constant beyond its ends. The table is not empty and rises strictly.
fn interpolate(table_x: &[f64], table_y: &[f64], x: f64) -> f64 {
    let above = table_x.partition_point(|&t| t < x);
    match above {
        0 => table_y[0],
        n if n == table_x.len() => table_y[n - 1],
        n => {
            let share = (x - table_x[n - 1]) / (table_x[n] - table_x[n - 1]);
            table_y[n - 1] + share * (table_y[n] - table_y[n - 1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_straight_between_entries_and_constant_beyond() {
        let (x, y) = ([-1.0, 0.0, 2.0], [3.0, 1.0, 5.0]);
        let got: Vec<f64> = [-9.0, -1.0, -0.5, 0.0, 1.0, 2.0, 7.0].iter().map(|&v| interpolate(&x, &y, v)).collect();
        assert_eq!(got, [3.0, 3.0, 2.0, 1.0, 3.0, 5.0, 5.0]);
        let found = table_problems(("angles_deg", &[0.0, 2.0, 1.0]), ("gain_db", &[0.0, 1.0]), 2);
        let keys: Vec<&str> = found.iter().map(|p| p.key.as_str()).collect();
        assert_eq!(keys, ["gain_db", "angles_deg.2"]);
        assert_eq!(table_problems(("a", &[0.0, f64::NAN]), ("b", &[0.0, 0.0]), 2).len(), 1);
    }
}
