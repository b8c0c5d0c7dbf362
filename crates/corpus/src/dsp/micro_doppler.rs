//! Micro-Doppler spectrograms of I/Q signals: power over velocity and time.

use super::DspError;
use super::clutter::remove_mean;
use super::window::Window;
use crate::base::Complex32;
use crate::base::axis::{ArrayInfo, Axis};
use crate::base::yaml::Problem;
use crate::kernels::fft::{self, FftDirection};
use crate::signal::{Iq, IqInfo};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Lowest level, dB: an empty cell of a noiseless signal.
const FLOOR_DB: f32 = -300.0;
/// Points of the transform, at most.
const MAX_FFT: usize = 1 << 20;

/// How a spectrogram is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MicroDopplerConfig {
    /// Length of the stretch behind each column, s; 0.001 to 60, at least 4 samples. Default 0.128: lines of 24 GHz are 5 cm/s wide, and a
    /// limb's acceleration of 10 m/s² spreads over 1.3 m/s in it.
    pub window_s: f64,
    /// From column to column, s; one sample to 60 s. Default 0.01.
    pub hop_s: f64,
    /// Taper of the stretches. Default Hann.
    pub taper: Window,
    /// Times by which the transform is longer than the stretch, 1 to 16. Default 4.
    pub padding: usize,
    /// Whether the mean over the recording, what stands still and the converter's offset, is subtracted. Default true.
    pub remove_static: bool,
    /// Largest speed that is shown, m/s; all of them without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_velocity_mps: Option<f64>,
    /// Receiver, from 0. Default 0.
    pub rx: usize,
}

impl Default for MicroDopplerConfig {
    fn default() -> Self {
        let (window_s, hop_s, taper) = (0.128, 0.01, Window::Hann);
        Self { window_s, hop_s, taper, padding: 4, remove_static: true, max_velocity_mps: None, rx: 0 }
    }
}

/// Power over velocity and time.
#[derive(Clone, Debug, PartialEq)]
pub struct MicroDoppler {
    /// `data[velocity, time]`, dB of the squared unit of the signal: a line of amplitude 1 in the middle of a bin has 0 dB.
    pub data: Array2<f32>,
    /// Radial velocity, m/s, positive = receding.
    pub velocity: Axis,
    /// Middle of each stretch, s.
    pub time: Axis,
}

impl MicroDopplerConfig {
    /// Every value that is not possible for a signal of `duration_s`.
    pub fn problems_for(&self, info: &IqInfo, receivers: usize, duration_s: f64) -> Vec<Problem> {
        let mut out = Vec::new();
        let mut refuse = |key: &str, message: String| out.push(Problem::new(key, message));
        let shortest = 4.0 / info.sample_rate_hz;
        if !(self.window_s >= shortest.max(1e-3) && self.window_s <= 60.0) {
            refuse("window_s", format!("{} given, must be {:.4} to 60 s", self.window_s, shortest.max(1e-3)));
        } else if self.window_s > duration_s {
            refuse("window_s", format!("{} s; the recording has only {duration_s:.3} s", self.window_s));
        }
        if !(self.hop_s * info.sample_rate_hz >= 0.999 && self.hop_s <= 60.0) {
            refuse("hop_s", format!("{} given, must be {:.6} to 60 s", self.hop_s, 1.0 / info.sample_rate_hz));
        }
        if !(1..=16).contains(&self.padding) {
            refuse("padding", format!("{} given, must be 1 to 16", self.padding));
        } else if self.window_s <= 60.0 && self.samples(self.window_s, info) * self.padding > MAX_FFT {
            refuse("window_s", format!("{} s make transforms of more than {MAX_FFT} points", self.window_s));
        }
        if self.rx >= receivers {
            refuse("rx", format!("{} given, must be 0 to {}", self.rx, receivers.max(1) - 1));
        }
        if let Some(limit) = self.max_velocity_mps
            && !(limit > 0.0 && limit <= 1e4)
        {
            refuse("max_velocity_mps", format!("{limit} given, must be above 0 and at most 10000 m/s"));
        }
        out
    }

    fn samples(&self, seconds: f64, info: &IqInfo) -> usize {
        ((seconds * info.sample_rate_hz).round() as usize).max(1)
    }
}

impl MicroDoppler {
    /// Axes and unit of the map as it is written to disk.
    pub fn array_info(&self) -> ArrayInfo {
        ArrayInfo {
            quantity: "micro_doppler".into(),
            unit: "dB".into(),
            dtype: "float32".into(),
            axes: vec![self.velocity.clone(), self.time.clone()],
        }
    }
}

/// The spectrogram of one receiver.
///
/// # Shapes
/// `iq[rx, time]` → `[velocity, time]`.
pub fn micro_doppler(iq: &Iq, config: &MicroDopplerConfig) -> Result<MicroDoppler, DspError> {
    let (receivers, count) = iq.data.dim();
    let info = &iq.info;
    if let Some(problem) = config.problems_for(info, receivers, iq.duration_s() * (1.0 + 1e-9)).into_iter().next() {
        return Err(DspError::setting("micro_doppler", problem.key, problem.message));
    }
    let n = config.samples(config.window_s, info).min(count);
    let hop = config.samples(config.hop_s, info);
    let n_fft = (n * config.padding).next_power_of_two();
    let mut samples: Vec<Complex32> = iq.data.row(config.rx).to_vec();
    if let Some(at) = samples.iter().position(|z| !(z.re.is_finite() && z.im.is_finite())) {
        return Err(DspError::setting("sample", at, "a finite number"));
    }
    if config.remove_static {
        remove_mean(&mut samples);
    }
    let window = config.taper.unit_gain(n);
    let fft = fft::plan(n_fft, FftDirection::Forward);
    let step = info.velocity_mps(info.sample_rate_hz / n_fft as f64);
    let half = (n_fft / 2) as isize;
    let shown = config.max_velocity_mps.map_or(half, |limit| ((limit / step).floor() as isize).clamp(1, half));
    // From −fs/2 to below fs/2, or as far as is asked for on both sides.
    let bins: Vec<isize> = (-shown..=shown.min(half - 1)).collect();
    let starts: Vec<usize> = (0..=count - n).step_by(hop).collect();
    let columns: Vec<Vec<f32>> = starts
        .par_iter()
        .map_init(
            || vec![Complex32::new(0.0, 0.0); n_fft],
            |buffer, &start| {
                buffer.fill(Complex32::new(0.0, 0.0));
                for ((b, z), w) in buffer.iter_mut().zip(&samples[start..start + n]).zip(&window) {
                    *b = z * w;
                }
                fft.process(buffer);
                let level = |bin: &isize| {
                    (10.0 * buffer[bin.rem_euclid(n_fft as isize) as usize].norm_sqr().log10()).max(FLOOR_DB)
                };
                bins.iter().map(level).collect()
            },
        )
        .collect();
    let data = Array2::from_shape_fn((bins.len(), columns.len()), |(row, column)| columns[column][row]);
    let velocity = Axis::new("velocity", "m/s", bins.len(), -(shown as f64) * step, step).signed("positive = receding");
    let middle = info.start_s + 0.5 * (n - 1) as f64 / info.sample_rate_hz;
    let time = Axis::new("time", "s", columns.len(), middle, hop as f64 / info.sample_rate_hz);
    Ok(MicroDoppler { data, velocity, time })
}
