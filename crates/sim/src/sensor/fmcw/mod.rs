//! An FMCW radar with time-multiplexed or simultaneous transmitters.

pub mod check;
mod device;
mod presets;

use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::cube::CubeInfo;
use crate::base::yaml::Document;
use crate::base::{Complex64, Vec3};
use crate::sensor::SensorError;
use crate::sensor::receiver::high_pass::HighPassSpec;
use crate::sensor::receiver::pattern::PatternSpec;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that the simulator and the signal processing need to know of a radar. All values in SI units.
///
/// A chirp lasts `idle_time_s + ramp_time_s`; its samples start `adc_start_s` after the ramp. A frame is `loops_per_frame`
/// loops; in a loop the transmitters chirp one after another (time-multiplexed) or at once.
///
/// ```
/// use kinecho_sim::sensor::FmcwRadar;
/// let radar = FmcwRadar::preset("awr1843")?;
/// assert_eq!((radar.tx_m.len(), radar.rx_m.len()), (3, 4));
/// assert!((radar.range_resolution_m() - 0.0429).abs() < 1e-4);
/// assert!((radar.max_velocity_mps() - 4.4).abs() < 0.1);
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FmcwRadar {
    /// Name for reports.
    pub name: String,
    /// Frequency at the ramp start, Hz; 1e9..3e11.
    pub start_frequency_hz: f64,
    /// Chirp slope, Hz/s; above 0, at most 1e15.
    pub chirp_slope_hz_per_s: f64,
    /// Idle time before each ramp, s; 0..1.
    pub idle_time_s: f64,
    /// Length of the ramp, s; above 0, at most 1.
    pub ramp_time_s: f64,
    /// Time from the ramp start to the first sample, s; 0..ramp_time_s.
    pub adc_start_s: f64,
    /// Complex sample rate, Hz; above 0, at most 1e10.
    pub sample_rate_hz: f64,
    /// Samples of a chirp; 1..65536.
    pub samples_per_chirp: usize,
    /// Loops of a frame, that is chirps of each transmitter; 1..65536.
    pub loops_per_frame: usize,
    /// Time between frame starts, s; at least the length of all chirps.
    pub frame_period_s: f64,
    /// Whether the transmitters take turns (TDM-MIMO) or chirp at once and are separated perfectly.
    pub time_multiplexed: bool,
    /// Transmit antennas in the sensor frame (x to the right seen from the sensor, y boresight, z up), m; 1..64.
    pub tx_m: Vec<[f64; 3]>,
    /// Receive antennas in the sensor frame, m; 1..64.
    pub rx_m: Vec<[f64; 3]>,
    /// Phase of the feed of each receiver as the board is built, degrees, −360..360; none for no turn. Signals have it; it stands in
    /// the description of a cube, and maps and points undo it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rx_phase_deg: Vec<f64>,
    /// Lanes of the link to a capture card: 2 (xWR16xx, 18xx, 68xx; default) or 4 (xWR12xx, 14xx), which also says how samples lie.
    #[serde(default = "two_lanes", skip_serializing_if = "is_two")]
    pub lvds_lanes: u8,
    /// The preset that said what a file does not: antennas, gains, noise figure. None for a radar that is complete by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// Transmit power of one transmitter, dBm; -60..60.
    pub transmit_power_dbm: f64,
    /// Gain of one transmit antenna on boresight, dBi; -20..50.
    pub tx_gain_dbi: f64,
    /// Gain of one receive antenna on boresight, dBi; -20..50.
    pub rx_gain_dbi: f64,
    /// Patterns of the antennas; isotropic without them. The scene's `receiver.pattern` stands in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternSpec>,
    /// High-pass filters of the beat signal; none without them. The scene's `receiver.high_pass` stands in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<HighPassSpec>,
    /// Noise figure of the receiver, dB; 0..60.
    pub noise_figure_db: f64,
}

fn two_lanes() -> u8 {
    2
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_two(lanes: &u8) -> bool {
    *lanes == 2
}

impl FmcwRadar {
    /// Reads and checks a YAML description.
    pub fn read(path: &Path) -> Result<Self, SensorError> {
        Self::from_document(&Document::read(path)?)
    }

    /// Parses and checks a YAML description; `origin` is named in errors.
    pub fn parse(yaml: &str, origin: &Path) -> Result<Self, SensorError> {
        Self::from_document(&Document::parse(yaml, origin)?)
    }

    /// The checked radar of a document.
    pub fn from_document(document: &Document) -> Result<Self, SensorError> {
        let radar: Self = document.typed()?;
        let problems = radar.problems();
        if problems.is_empty() { Ok(radar) } else { Err(document.rejected(problems).into()) }
    }

    /// Number of transmitters.
    pub fn n_tx(&self) -> usize {
        self.tx_m.len()
    }

    /// Number of receivers.
    pub fn n_rx(&self) -> usize {
        self.rx_m.len()
    }

    /// Idle and ramp time of one chirp, s.
    pub fn chirp_period_s(&self) -> f64 {
        self.idle_time_s + self.ramp_time_s
    }

    /// Time between successive chirps of the same transmitter, s.
    pub fn loop_period_s(&self) -> f64 {
        self.chirp_period_s() * if self.time_multiplexed { self.n_tx() as f64 } else { 1.0 }
    }

    /// Time from the first to past the last chirp of a frame, s.
    pub fn active_time_s(&self) -> f64 {
        self.loop_period_s() * self.loops_per_frame as f64
    }

    /// Bandwidth that the samples sweep, Hz: slope times samples over rate.
    pub fn sampled_bandwidth_hz(&self) -> f64 {
        self.chirp_slope_hz_per_s * self.samples_per_chirp as f64 / self.sample_rate_hz
    }

    /// Bandwidth of the whole ramp, Hz.
    pub fn swept_bandwidth_hz(&self) -> f64 {
        self.chirp_slope_hz_per_s * self.ramp_time_s
    }

    /// Range resolution and bin of an unpadded FFT, m: `c / 2B`.
    pub fn range_resolution_m(&self) -> f64 {
        SPEED_OF_LIGHT / (2.0 * self.sampled_bandwidth_hz())
    }

    /// Range at which the beat frequency reaches the complex sample rate, m: `c fs / 2S`.
    pub fn max_range_m(&self) -> f64 {
        SPEED_OF_LIGHT * self.sample_rate_hz / (2.0 * self.chirp_slope_hz_per_s)
    }

    /// Velocity bin of a frame's unpadded Doppler FFT, m/s: `λ / 2NT` with the loop period T and λ in mid-sweep.
    pub fn velocity_resolution_mps(&self) -> f64 {
        2.0 * self.max_velocity_mps() / self.loops_per_frame as f64
    }

    /// Largest unambiguous speed, m/s: `λ / 4T`.
    pub fn max_velocity_mps(&self) -> f64 {
        self.cube_info().wavelength_m(self.samples_per_chirp) / (4.0 * self.loop_period_s())
    }

    /// What a cube of this radar says about itself.
    pub fn cube_info(&self) -> CubeInfo {
        CubeInfo {
            start_frequency_hz: self.start_frequency_hz,
            chirp_slope_hz_per_s: self.chirp_slope_hz_per_s,
            sample_rate_hz: self.sample_rate_hz,
            adc_start_s: self.adc_start_s,
            chirp_period_s: self.chirp_period_s(),
            loop_period_s: self.loop_period_s(),
            frame_period_s: self.frame_period_s,
            time_multiplexed: self.time_multiplexed,
            tx_m: self.tx_m.iter().map(|p| Vec3::from(*p)).collect(),
            rx_m: self.rx_m.iter().map(|p| Vec3::from(*p)).collect(),
            channel_factors: self.feeds(),
        }
    }

    /// Factor of receiver `l` by its feed: `exp(jφ)`; one without a turn.
    pub fn rx_feed(&self, l: usize) -> Complex64 {
        match self.rx_phase_deg.get(l) {
            None => Complex64::new(1.0, 0.0),
            // Half turns to the last bit: they are what boards have.
            Some(phase) if phase.abs() == 180.0 => Complex64::new(-1.0, 0.0),
            Some(phase) => Complex64::from_polar(1.0, phase.to_radians()),
        }
    }

    /// What the feeds do to the channels `tx · n_rx + rx`; empty when they do nothing.
    fn feeds(&self) -> Vec<[f64; 2]> {
        if self.rx_phase_deg.iter().all(|phase| *phase == 0.0) {
            return Vec::new();
        }
        let of = |channel: usize| self.rx_feed(channel % self.n_rx());
        (0..self.n_tx() * self.n_rx()).map(of).map(|f| [f.re, f.im]).collect()
    }

    /// Bytes of a complex64 cube of `n_frames` frames; saturates.
    pub fn cube_bytes(&self, n_frames: usize) -> u64 {
        [n_frames, self.loops_per_frame, self.n_tx(), self.n_rx(), self.samples_per_chirp]
            .iter()
            .fold(8_u64, |product, &n| product.saturating_mul(n as u64))
    }
}
