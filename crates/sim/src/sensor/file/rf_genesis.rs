//! Radar files of RF-Genesis (Chen and Zhang, SenSys 2023): the JSON of its `models/TI1843_config.json`.
//!
//! Frequencies in Hz, slope in MHz/µs, times in µs, sample rate in thousands a second, power in dBm. Antennas are counted in half
//! wavelengths of `fc`: x to the right, y upwards, in one plane.

use super::super::error::SensorError;
use super::super::fmcw::FmcwRadar;
use super::{Faults, board};
use crate::base::constants::SPEED_OF_LIGHT;
use serde::Deserialize;
use std::path::Path;

/// The file, by its own names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    c0: Option<f64>,
    num_tx: usize,
    num_rx: usize,
    fc: f64,
    slope: f64,
    adc_samples: usize,
    adc_start_time: f64,
    sample_rate: f64,
    idle_time: f64,
    ramp_end_time: f64,
    chirp_per_frame: usize,
    frame_per_second: f64,
    // Sizes of its own processing: nothing of the radar.
    #[serde(default, rename = "num_doppler_bins")]
    _num_doppler_bins: Option<usize>,
    #[serde(default, rename = "num_range_bins")]
    _num_range_bins: Option<usize>,
    #[serde(default, rename = "num_angle_bins")]
    _num_angle_bins: Option<usize>,
    power: f64,
    tx_loc: Vec<[f64; 3]>,
    rx_loc: Vec<[f64; 3]>,
}

impl FmcwRadar {
    /// Parses the text of an RF-Genesis file; `origin` is named in errors. See [`FmcwRadar::read_file`] for `board`, which
    /// gives the antenna gains and the noise figure.
    ///
    /// The transmitters take turns, as its Doppler resolution has it.
    pub fn parse_rf_genesis(text: &str, origin: &Path, board_name: Option<&str>) -> Result<Self, SensorError> {
        let mut faults = Faults::new(origin);
        let config: Config = match serde_json::from_str(text) {
            Ok(config) => config,
            Err(e) => {
                faults.add(Some(e.line()), "radar", format!("no RF-Genesis radar: {e}"));
                faults.check()?;
                return Err(SensorError::Impossible { name: origin.display().to_string(), problems: Vec::new() });
            }
        };
        let line = |key: &str| text.lines().position(|l| l.contains(&format!("\"{key}\""))).map(|i| i + 1);
        for (key, count, list, given) in
            [("num_tx", config.num_tx, "tx_loc", &config.tx_loc), ("num_rx", config.num_rx, "rx_loc", &config.rx_loc)]
        {
            if count != given.len() {
                faults.add(line(key), key, format!("{count} given, but {list} has {} antennas", given.len()));
            }
            if let Some(i) = given.iter().position(|p| p[2] != 0.0) {
                let message = format!("{:?} given, the third coordinate must be 0: one plane", given[i]);
                faults.add(line(list), &format!("{list}.{i}"), message);
            }
        }
        if let Some(c0) = config.c0.filter(|c| !(c / SPEED_OF_LIGHT - 1.0).abs().le(&0.001)) {
            faults.add(line("c0"), "c0", format!("{c0} given, must be the speed of light, {SPEED_OF_LIGHT} m/s"));
        }
        if config.frame_per_second <= 0.0 {
            let message = format!("{} given, must be above 0", config.frame_per_second);
            faults.add(line("frame_per_second"), "frame_per_second", message);
        }
        let board = board(board_name, config.fc, &mut faults, (line("fc"), "fc"));
        let sound = faults.found.is_empty();
        let radar = board.map(|board| config.radar(board, origin));
        if let Some(radar) = radar.as_ref().filter(|_| sound) {
            for problem in radar.problems() {
                let key = own_key(&problem.key);
                faults.add(line(key), key, problem.message);
            }
        }
        faults.check()?;
        // Without a fault there is a board.
        radar.ok_or_else(|| SensorError::Impossible { name: origin.display().to_string(), problems: Vec::new() })
    }
}

impl Config {
    fn radar(&self, board: FmcwRadar, origin: &Path) -> FmcwRadar {
        let half = 0.5 * SPEED_OF_LIGHT / self.fc;
        let places = |list: &[[f64; 3]]| list.iter().map(|p| [half * p[0], 0.0, half * p[1]]).collect();
        FmcwRadar {
            name: origin.file_stem().map_or(board.name.clone(), |s| s.to_string_lossy().into_owned()),
            start_frequency_hz: self.fc,
            chirp_slope_hz_per_s: 1e12 * self.slope,
            idle_time_s: 1e-6 * self.idle_time,
            ramp_time_s: 1e-6 * self.ramp_end_time,
            adc_start_s: 1e-6 * self.adc_start_time,
            sample_rate_hz: 1e3 * self.sample_rate,
            samples_per_chirp: self.adc_samples,
            loops_per_frame: self.chirp_per_frame,
            frame_period_s: 1.0 / self.frame_per_second,
            time_multiplexed: true,
            tx_m: places(&self.tx_loc),
            rx_m: places(&self.rx_loc),
            transmit_power_dbm: self.power,
            ..board
        }
    }
}

/// The file's name of a field.
fn own_key(field: &str) -> &'static str {
    match field.split('.').next().unwrap_or_default() {
        "chirp_slope_hz_per_s" => "slope",
        "idle_time_s" => "idle_time",
        "ramp_time_s" => "ramp_end_time",
        "adc_start_s" => "adc_start_time",
        "sample_rate_hz" => "sample_rate",
        "samples_per_chirp" => "adc_samples",
        "loops_per_frame" => "chirp_per_frame",
        "frame_period_s" => "frame_per_second",
        "transmit_power_dbm" => "power",
        "tx_m" => "tx_loc",
        "rx_m" => "rx_loc",
        _ => "fc",
    }
}
