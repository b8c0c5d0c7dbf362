//! The radar's IF cube: where simulated and recorded signals meet.

use super::axis::{ArrayInfo, Axis};
use super::constants::SPEED_OF_LIGHT;
use super::{Complex32, Vec3};
use ndarray::{Array5, s};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How an FMCW cube was sampled: all that signal processing needs to know of the sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CubeInfo {
    /// Frequency at the ramp start, Hz.
    pub start_frequency_hz: f64,
    /// Chirp slope, Hz/s.
    pub chirp_slope_hz_per_s: f64,
    /// Complex sample rate of the ADC, Hz.
    pub sample_rate_hz: f64,
    /// Time from the ramp start to the first sample, s.
    pub adc_start_s: f64,
    /// Idle and ramp time of one chirp, s.
    pub chirp_period_s: f64,
    /// Time between successive chirps of the same transmitter, s (`n_tx * chirp_period_s` when time-multiplexed).
    pub loop_period_s: f64,
    /// Time between frame starts, s.
    pub frame_period_s: f64,
    /// Whether the transmitters take turns (TDM-MIMO).
    pub time_multiplexed: bool,
    /// Positions of the transmit antennas relative to the sensor's origin, m.
    pub tx_m: Vec<Vec3>,
    /// Positions of the receive antennas relative to the sensor's origin, m.
    pub rx_m: Vec<Vec3>,
    /// What the samples of each channel carry beside the echo: gain and phase of feeds and calibrated errors, `[re, im]` of the channel
    /// `tx · n_rx + rx`. Range spectra are divided by it. Empty when all are one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_factors: Vec<[f64; 2]>,
}

impl CubeInfo {
    /// Frequency in the middle of the sampled sweep of `n_samples`, Hz.
    pub fn centre_frequency_hz(&self, n_samples: usize) -> f64 {
        let middle = self.adc_start_s + 0.5 * (n_samples.saturating_sub(1)) as f64 / self.sample_rate_hz;
        self.start_frequency_hz + self.chirp_slope_hz_per_s * middle
    }

    /// Wavelength in the middle of the sampled sweep, m.
    pub fn wavelength_m(&self, n_samples: usize) -> f64 {
        SPEED_OF_LIGHT / self.centre_frequency_hz(n_samples)
    }

    /// What the spectra of a channel are multiplied by to undo its known gain and phase; none where there is nothing to undo.
    pub fn correction(&self, channel: usize) -> Option<Complex32> {
        let [re, im] = *self.channel_factors.get(channel)?;
        let undone = nalgebra::Complex::new(re, im).inv();
        Some(Complex32::new(undone.re as f32, undone.im as f32))
    }

    /// Range step of an `n_fft`-point range FFT, m: `c fs / (2 S n_fft)`.
    pub fn range_bin_m(&self, n_fft: usize) -> f64 {
        SPEED_OF_LIGHT * self.sample_rate_hz / (2.0 * self.chirp_slope_hz_per_s * n_fft as f64)
    }

    /// Velocity step of an `n_fft`-point Doppler FFT, m/s: `λ / (2 n_fft T)`, with T the loop period.
    pub fn doppler_bin_mps(&self, n_fft: usize, n_samples: usize) -> f64 {
        self.wavelength_m(n_samples) / (2.0 * n_fft as f64 * self.loop_period_s)
    }
}

/// Unit of simulated samples: root-mean-square waves at the receiver's input, so that `|z|²` is a power in W.
pub const ROOT_WATT: &str = "sqrt(W)";
/// Unit of bare amplitudes: a unit-calibrated simulation.
pub const BARE: &str = "1";
/// Unit of recorded samples whose scale is not known: shares of the converter's full scale.
pub const FULL_SCALE: &str = "full scale";

/// Unit of levels in dB of the square of a signal: `dBW` of one in [`ROOT_WATT`], else plain `dB`.
pub fn level_unit(unit: &str) -> &'static str {
    if unit == ROOT_WATT { "dBW" } else { "dB" }
}

/// IF signal of a recording.
///
/// # Shapes
/// `data[frame, chirp, tx, rx, sample]`: `chirp` counts the loops of a frame, the virtual channel is `tx * n_rx + rx`.
/// A receding target has a rising phase, so its raw Doppler frequency is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct IfCube {
    /// The samples.
    pub data: Array5<Complex32>,
    /// How they were taken.
    pub info: CubeInfo,
    /// Unit of the samples: [`ROOT_WATT`], [`BARE`], [`FULL_SCALE`], or whatever a file says. Files that kinecho wrote before it said
    /// which have `V` in place of [`ROOT_WATT`].
    pub unit: String,
}

impl IfCube {
    /// Length of the recording, s.
    pub fn duration_s(&self) -> f64 {
        self.data.dim().0 as f64 * self.info.frame_period_s
    }

    /// Some of its frames.
    pub fn frames(&self, frames: Range<usize>) -> Self {
        let data = self.data.slice(s![frames, .., .., .., ..]).to_owned();
        Self { data, info: self.info.clone(), unit: self.unit.clone() }
    }

    /// Axes and unit of the array as it is written to disk.
    pub fn array_info(&self) -> ArrayInfo {
        let (frames, chirps, tx, rx, samples) = self.data.dim();
        ArrayInfo {
            quantity: "if_signal".into(),
            unit: self.unit.clone(),
            dtype: "complex64".into(),
            axes: vec![
                Axis::new("frame", "s", frames, 0.0, self.info.frame_period_s),
                Axis::new("chirp", "s", chirps, 0.0, self.info.loop_period_s),
                Axis::index("tx", tx),
                Axis::index("rx", rx),
                Axis::new("sample", "s", samples, self.info.adc_start_s, 1.0 / self.info.sample_rate_hz),
            ],
        }
    }
}
