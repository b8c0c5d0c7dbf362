//! Frequencies over time: Doppler spectrogram by short transforms, and Morlet wavelets.

use super::choose::principal;
use super::resample::resampled;
use super::streams::Streams;
use crate::base::Complex32;
use crate::base::axis::Axis;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::window::Window;
use crate::kernels::fft::{self, FftDirection};
use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Of which series a spectrogram is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpectrumOf {
    /// The first principal component of all subcarriers and links: one series, in which what they have in common adds up.
    #[default]
    FirstComponent,
    /// Every subcarrier and link by itself; their powers are averaged. No series is weighed by another one, so that a window does not
    /// depend on which of them its largest changes were in.
    All,
}

impl SpectrumOf {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How a Doppler spectrogram is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DopplerConfig {
    /// Length of the stretch behind each column, s, above 0. Default 0.25.
    pub window_s: f64,
    /// From column to column, s, above 0. Default 0.02.
    pub hop_s: f64,
    /// Frequencies below this are static and left at zero power, Hz. Default 2.
    pub min_hz: f64,
    /// Largest frequency that is shown, Hz; at most half of the packet rate is. Default 60.
    pub max_hz: f64,
    /// Of which series. Default the first principal component.
    #[serde(skip_serializing_if = "SpectrumOf::is_usual")]
    pub of: SpectrumOf,
}

impl Default for DopplerConfig {
    fn default() -> Self {
        Self { window_s: 0.25, hop_s: 0.02, min_hz: 2.0, max_hz: 60.0, of: SpectrumOf::default() }
    }
}

/// How wavelet maps are made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MorletConfig {
    /// Turns of the wavelet within its width: ω₀, 2 to 30. Default 6.
    pub omega0: f64,
    /// Lowest frequency, Hz. Default 1.
    pub min_hz: f64,
    /// Highest frequency, Hz; at most half of the packet rate is shown. Default 60.
    pub max_hz: f64,
    /// Frequencies, evenly on a logarithmic scale, 2 to 1024. Default 64.
    pub frequencies: usize,
}

impl Default for MorletConfig {
    fn default() -> Self {
        Self { omega0: 6.0, min_hz: 1.0, max_hz: 60.0, frequencies: 64 }
    }
}

/// Power over frequency and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// `data[frequency, time]`, squared unit of the samples.
    pub data: Array2<f32>,
    /// Rows.
    pub frequency: Axis,
    /// Columns.
    pub time: Axis,
}

fn band(min_hz: f64, max_hz: f64) -> Option<Problem> {
    let message = format!("{max_hz}; expected above min_hz ({min_hz}), at most 5000 Hz");
    (!(max_hz > min_hz && max_hz <= 5e3)).then(|| Problem::new("max_hz", message))
}

impl DopplerConfig {
    /// All that is wrong with the settings.
    pub fn problems(&self) -> Vec<Problem> {
        let lengths = [("window_s", self.window_s), ("hop_s", self.hop_s)];
        let wrong = lengths.into_iter().filter(|(_, v)| !(*v > 0.0 && *v <= 60.0));
        let mut problems: Vec<Problem> =
            wrong.map(|(key, v)| Problem::new(key, format!("{v}; expected above 0, at most 60 s"))).collect();
        if !(self.min_hz >= 0.0 && self.min_hz.is_finite()) {
            problems.push(Problem::new("min_hz", format!("{}; expected 0 Hz or more", self.min_hz)));
        }
        problems.extend(band(self.min_hz, self.max_hz));
        problems
    }
}

impl MorletConfig {
    /// All that is wrong with the settings.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !(self.omega0 >= 2.0 && self.omega0 <= 30.0) {
            problems.push(Problem::new("omega0", format!("{}; expected 2 to 30", self.omega0)));
        }
        if !(self.min_hz > 0.0 && self.min_hz.is_finite()) {
            problems.push(Problem::new("min_hz", format!("{}; expected above 0 Hz", self.min_hz)));
        }
        if !(2..=1024).contains(&self.frequencies) {
            problems.push(Problem::new("frequencies", format!("{}; expected 2 to 1024", self.frequencies)));
        }
        problems.extend(band(self.min_hz, self.max_hz));
        problems
    }
}

/// The first principal component at equal steps of time, with the sign of receding = positive, and whether it is real.
fn component(streams: &Streams, rate_hz: f64) -> Result<(Vec<Complex32>, bool), DspError> {
    let real = streams.holds.is_real();
    let even = resampled(streams.clone(), rate_hz);
    let first = principal(&even, 1, 0)?;
    Ok((first.data.iter().map(|z| z.conj()).collect(), real))
}

/// The series of a spectrogram at equal steps of time, with the sign of receding = positive, and whether they are real.
fn series_of(streams: &Streams, rate_hz: f64, of: SpectrumOf) -> Result<(Vec<Vec<Complex32>>, bool), DspError> {
    if of == SpectrumOf::FirstComponent {
        let (series, real) = component(streams, rate_hz)?;
        return Ok((vec![series], real));
    }
    let even = resampled(streams.clone(), rate_hz);
    let (_, subcarriers, links) = even.data.dim();
    let series = |k: usize, link: usize| even.data.slice(s![.., k, link]).iter().map(|z| z.conj()).collect();
    let all = (0..links).flat_map(|link| (0..subcarriers).map(move |k| (k, link)));
    Ok((all.map(|(k, link)| series(k, link)).collect(), streams.holds.is_real()))
}

/// A Doppler spectrogram of the first principal component of all subcarriers and links, or the mean of the spectrograms of all of them.
///
/// Receding is positive. Of amplitudes, which are real, positive and negative frequencies are mirrors of each other, and the positive ones
/// are shown. The band ends at half of `rate_hz`, whatever is asked for.
pub fn doppler(streams: &Streams, rate_hz: f64, config: &DopplerConfig) -> Result<Spectrum, DspError> {
    let (series, real) = series_of(streams, rate_hz, config.of)?;
    let length = series.first().map_or(0, Vec::len);
    let n = (config.window_s * rate_hz).round() as usize;
    let hop = ((config.hop_s * rate_hz).round() as usize).max(1);
    if n < 4 || n > length {
        let reason = format!("window_s of {} s at {rate_hz:.2} packets/s", config.window_s);
        return Err(DspError::Csi { reason: format!("{reason} is {n} packets; expected 4 to {length}") });
    }
    let n_fft = (4 * n).next_power_of_two();
    let step = rate_hz / n_fft as f64;
    let half = (n_fft / 2) as isize;
    let shown = ((config.max_hz / step).floor() as isize).min(half - 1);
    if shown < 1 || config.min_hz >= 0.5 * rate_hz {
        let reason = format!("{rate_hz:.2} packets/s show up to {:.2} Hz", 0.5 * rate_hz);
        return Err(DspError::Csi { reason: format!("{reason}; min_hz is {}", config.min_hz) });
    }
    let bins: Vec<isize> = (if real { 0 } else { -shown }..=shown).collect();
    let taper = Window::Hann.unit_gain(n);
    let transform = fft::plan(n_fft, FftDirection::Forward);
    let starts: Vec<usize> = (0..=length - n).step_by(hop).collect();
    let mut data = Array2::zeros((bins.len(), starts.len()));
    let mut buffer = vec![Complex32::new(0.0, 0.0); n_fft];
    let share = 1.0 / series.len() as f32;
    for series in &series {
        for (column, &start) in starts.iter().enumerate() {
            buffer.fill(Complex32::new(0.0, 0.0));
            buffer.iter_mut().zip(&series[start..start + n]).zip(&taper).for_each(|((b, z), w)| *b = z * w);
            transform.process(&mut buffer);
            for (row, bin) in bins.iter().enumerate() {
                if (*bin as f64 * step).abs() >= config.min_hz {
                    data[[row, column]] += share * buffer[bin.rem_euclid(n_fft as isize) as usize].norm_sqr();
                }
            }
        }
    }
    let frequency = Axis::new("doppler", "Hz", bins.len(), bins[0] as f64 * step, step).signed("positive = receding");
    let time = Axis::new("time", "s", starts.len(), 0.5 * (n - 1) as f64 / rate_hz, hop as f64 / rate_hz);
    Ok(Spectrum { data, frequency, time })
}

/// Power of Morlet wavelets along the first principal component (C. Torrence and G. P. Compo, "A practical guide to wavelet analysis",
/// BAMS 79, 1998): a cosine of amplitude 1 has 1 at its frequency. Of samples both signs of the frequency are added up.
///
/// The rows are spread evenly over the logarithm: their axis is log₂ of the frequency in Hz.
pub fn morlet(streams: &Streams, rate_hz: f64, config: &MorletConfig) -> Result<Spectrum, DspError> {
    let (series, real) = component(streams, rate_hz)?;
    let n = series.len();
    let highest = config.max_hz.min(0.5 * rate_hz);
    if config.min_hz >= highest {
        let reason = format!("{rate_hz:.2} packets/s show up to {:.2} Hz", 0.5 * rate_hz);
        return Err(DspError::Csi { reason: format!("{reason}; min_hz is {}", config.min_hz) });
    }
    // As long again, so that ends do not meet.
    let length = (2 * n).next_power_of_two();
    let mut spectrum = vec![Complex32::new(0.0, 0.0); length];
    spectrum[..n].copy_from_slice(&series);
    fft::plan(length, FftDirection::Forward).process(&mut spectrum);
    let inverse = fft::plan(length, FftDirection::Inverse);
    let rows = config.frequencies;
    let (low, high) = (config.min_hz.log2(), highest.log2());
    let step = (high - low) / (rows - 1) as f64;
    let mut data = Array2::zeros((rows, n));
    let mut buffer = spectrum.clone();
    // Wavelength of the wavelet over its scale.
    let scale_hz = (config.omega0 + (2.0 + config.omega0 * config.omega0).sqrt()) / (4.0 * std::f64::consts::PI);
    for row in 0..rows {
        let scale = scale_hz / (low + row as f64 * step).exp2();
        for sign in [1.0, -1.0] {
            if real && sign < 0.0 {
                continue;
            }
            for (i, (b, z)) in buffer.iter_mut().zip(&spectrum).enumerate() {
                let bin = if 2 * i <= length { i as f64 } else { i as f64 - length as f64 };
                let omega = sign * std::f64::consts::TAU * bin * rate_hz / length as f64;
                let gain = (-0.5 * (scale * omega - config.omega0).powi(2)).exp();
                *b = z * if omega > 0.0 { gain as f32 } else { 0.0 };
            }
            inverse.process(&mut buffer);
            // A real wave has half of its amplitude on either side.
            let gain = (if real { 2.0 } else { 1.0 } / length as f64) as f32;
            for (out, z) in data.row_mut(row).iter_mut().zip(&buffer) {
                *out += (z * gain).norm_sqr();
            }
        }
    }
    let frequency = Axis::new("log2_frequency", "log2(Hz)", rows, low, step);
    Ok(Spectrum { data, frequency, time: Axis::new("time", "s", n, 0.0, 1.0 / rate_hz) })
}
