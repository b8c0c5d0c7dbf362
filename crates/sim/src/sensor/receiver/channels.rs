//! Gain and phase errors of the channels, constant over a recording.

use super::within;
use crate::base::Complex64;
use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Errors of each transmitter and receiver, beside the feeds that the radar is built with (`FmcwRadar::rx_phase_deg`). An empty list
/// stands for no error; otherwise one entry an antenna.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelSpec {
    /// Whether the errors have been measured (default): signals have them, the description of a cube states them, and maps and points
    /// undo them, as TI's demo does by `compRangeBiasAndRxChanPhase`. Without it nobody knows of them, and angles are wrong by them.
    pub calibrated: bool,
    /// Gain of each transmitter above the nominal one, dB, −100..100.
    pub tx_gain_db: Vec<f64>,
    /// Phase of each transmitter, degrees, −360..360.
    pub tx_phase_deg: Vec<f64>,
    /// Gain of each receiver above the nominal one, dB, −100..100; its noise is amplified as well.
    pub rx_gain_db: Vec<f64>,
    /// Phase of each receiver, degrees, −360..360.
    pub rx_phase_deg: Vec<f64>,
}

impl Default for ChannelSpec {
    fn default() -> Self {
        let none = Vec::new;
        let (tx_gain_db, tx_phase_deg, rx_gain_db, rx_phase_deg) = (none(), none(), none(), none());
        Self { calibrated: true, tx_gain_db, tx_phase_deg, rx_gain_db, rx_phase_deg }
    }
}

impl ChannelSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self, n_tx: usize, n_rx: usize) -> Vec<Problem> {
        let lists = [
            ("tx_gain_db", &self.tx_gain_db, n_tx, 100.0, "dB"),
            ("tx_phase_deg", &self.tx_phase_deg, n_tx, 360.0, "degrees"),
            ("rx_gain_db", &self.rx_gain_db, n_rx, 100.0, "dB"),
            ("rx_phase_deg", &self.rx_phase_deg, n_rx, 360.0, "degrees"),
        ];
        let mut out = Vec::new();
        for (key, values, antennas, limit, unit) in lists {
            if !values.is_empty() && values.len() != antennas {
                let message = format!("{} values given, the sensor has {antennas} such antennas", values.len());
                out.push(Problem::new(key, message));
            }
            let entry = |(i, &v): (usize, &f64)| within(&format!("{key}.{i}"), v, -limit, limit, unit);
            out.extend(values.iter().enumerate().filter_map(entry));
        }
        out
    }

    /// Whether no error is given.
    pub fn is_empty(&self) -> bool {
        [&self.tx_gain_db, &self.tx_phase_deg, &self.rx_gain_db, &self.rx_phase_deg].iter().all(|list| list.is_empty())
    }

    /// Factor of transmitter `k`.
    pub fn tx(&self, k: usize) -> Complex64 {
        factor(&self.tx_gain_db, &self.tx_phase_deg, k)
    }

    /// Factor of receiver `l`.
    pub fn rx(&self, l: usize) -> Complex64 {
        factor(&self.rx_gain_db, &self.rx_phase_deg, l)
    }
}

fn factor(gain_db: &[f64], phase_deg: &[f64], i: usize) -> Complex64 {
    let entry = |list: &[f64]| list.get(i).copied().unwrap_or(0.0);
    Complex64::from_polar(10f64.powf(entry(gain_db) / 20.0), entry(phase_deg).to_radians())
}
