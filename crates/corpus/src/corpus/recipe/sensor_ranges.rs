//! Values of the radar that differ from recording to recording.

use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::sensor::{FmcwRadar, Sensor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Fields of the radar that may be drawn: all that change neither the shape of the signal nor its time base.
const FIELDS: [&str; 9] = [
    "start_frequency_hz",
    "chirp_slope_hz_per_s",
    "idle_time_s",
    "adc_start_s",
    "sample_rate_hz",
    "transmit_power_dbm",
    "tx_gain_dbi",
    "rx_gain_dbi",
    "noise_figure_db",
];

/// Fields of the radar by name, each a number or a range `[low, high]` that every recording draws from, in the field's unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SensorRanges(pub BTreeMap<String, Span>);

impl SensorRanges {
    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with these ranges for a radar; the keys are the fields.
    ///
    /// What a radar allows is bounded by sums and products of its fields, so that a range is sound when its corners are.
    pub fn problems(&self, sensor: &Sensor) -> Vec<Problem> {
        let Some(radar) = sensor.fmcw() else {
            let message = format!("are values of FMCW radars; {} is none", sensor.device().name());
            return if self.is_empty() { Vec::new() } else { vec![Problem::new("", message)] };
        };
        let mut problems = Vec::new();
        for (name, span) in &self.0 {
            if field(&mut radar.clone(), name).is_none() {
                let message = format!("cannot be drawn; {} can", FIELDS.join(", "));
                problems.push(Problem::new(name, message));
            }
            problems.extend(span.check(name, f64::MIN, f64::MAX, ""));
        }
        if !problems.is_empty() {
            return problems;
        }
        for corner in 0..1_u32 << self.0.len() {
            let mut radar = radar.clone();
            let mut values = Vec::new();
            for (i, (name, span)) in self.0.iter().enumerate() {
                let (low, high) = span.bounds();
                let value = if corner >> i & 1 == 0 { low } else { high };
                if let Some(field) = field(&mut radar, name) {
                    *field = value;
                }
                values.push(format!("{name} = {value}"));
            }
            if let Some(found) = radar.problems().into_iter().next() {
                let drawn = self.0.contains_key(&found.key);
                let key = if drawn { found.key.clone() } else { String::new() };
                let message = format!("with {}: {}: {}", values.join(", "), found.key, found.message);
                return vec![Problem::new(key, message)];
            }
        }
        Vec::new()
    }

    /// Draws the values for recording `item`.
    pub fn draw(&self, radar: &mut FmcwRadar, tree: &RandomTree, item: u64) {
        for (name, span) in &self.0 {
            if let Some(field) = field(radar, name) {
                *field = span.draw(&mut tree.stream(item, &format!("sensor {name}")));
            }
        }
    }
}

fn field<'a>(radar: &'a mut FmcwRadar, name: &str) -> Option<&'a mut f64> {
    Some(match name {
        "start_frequency_hz" => &mut radar.start_frequency_hz,
        "chirp_slope_hz_per_s" => &mut radar.chirp_slope_hz_per_s,
        "idle_time_s" => &mut radar.idle_time_s,
        "adc_start_s" => &mut radar.adc_start_s,
        "sample_rate_hz" => &mut radar.sample_rate_hz,
        "transmit_power_dbm" => &mut radar.transmit_power_dbm,
        "tx_gain_dbi" => &mut radar.tx_gain_dbi,
        "rx_gain_dbi" => &mut radar.rx_gain_dbi,
        "noise_figure_db" => &mut radar.noise_figure_db,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_field_that_is_offered_can_be_drawn() {
        let mut radar = FmcwRadar::preset("awr1843").unwrap();
        for name in FIELDS {
            assert!(field(&mut radar, name).is_some(), "{name}");
        }
    }

    #[test]
    fn draws_stay_in_their_range_and_corners_are_checked() {
        let radar = FmcwRadar::preset("awr1843").unwrap();
        let ranges: SensorRanges = serde_yaml::from_str("{noise_figure_db: [10, 18], tx_gain_dbi: 7}").unwrap();
        assert!(ranges.problems(&radar.clone().into()).is_empty());
        let tree = RandomTree::new(3);
        let mut seen = Vec::new();
        for item in 0..50 {
            let mut drawn = radar.clone();
            ranges.draw(&mut drawn, &tree, item);
            assert!((10.0..=18.0).contains(&drawn.noise_figure_db) && drawn.tx_gain_dbi == 7.0);
            seen.push(drawn.noise_figure_db);
        }
        assert!(seen.iter().any(|v| *v < 12.0) && seen.iter().any(|v| *v > 16.0));
        let ranges: SensorRanges = serde_yaml::from_str("{sample_rate_hz: [1.0e+3, 1.0e+7]}").unwrap();
        let problems = ranges.problems(&radar.clone().into());
        assert!(problems[0].message.contains("samples_per_chirp"), "{problems:?}");
        let ranges: SensorRanges = serde_yaml::from_str("{loops_per_frame: 3, noise_figure_db: [5, 1]}").unwrap();
        assert_eq!(ranges.problems(&radar.clone().into()).len(), 2);
    }
}
