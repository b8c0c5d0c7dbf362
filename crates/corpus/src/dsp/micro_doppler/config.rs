//! Settings of a spectrogram.

use crate::base::cube::CubeInfo;
use crate::base::yaml::Problem;
use crate::dsp::window::Window;
use crate::signal::IqInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points of the transform, at most.
const MAX_FFT: usize = 1 << 20;
/// Length of a stretch where nothing is said, s.
const USUAL_WINDOW_S: f64 = 0.128;
/// From column to column where nothing is said, s.
const USUAL_HOP_S: f64 = 0.01;
/// Samples of a stretch, at least.
const LEAST: usize = 4;

/// How a spectrogram is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MicroDopplerConfig {
    /// Length of the stretch behind each column, s; 0.001 to 60, at least 4 samples. Default 0.128: lines of 24 GHz are 5 cm/s wide, and a
    /// limb's acceleration of 10 m/s² spreads over 1.3 m/s in it. Of an FMCW radar that pauses between frames a stretch lies within a
    /// frame: all of its chirps by default, where they are no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_s: Option<f64>,
    /// From column to column, s; one sample to 60 s. Default 0.01; where a stretch lies within a frame one column a frame, or as many
    /// stretches as it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop_s: Option<f64>,
    /// Taper of the stretches. Default Hann.
    pub taper: Window,
    /// Times by which the transform is longer than the stretch, 1 to 16. Default 4.
    pub padding: usize,
    /// Whether the mean over the recording, what stands still and the converter's offset, is subtracted. Default true.
    pub remove_static: bool,
    /// Largest speed that is shown, m/s; all of them without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_velocity_mps: Option<f64>,
    /// Receiver, from 0. Default 0 of a CW radar; the mean power of all antenna pairs of an FMCW radar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx: Option<usize>,
    /// Nearest and farthest range that counts, m, of an FMCW radar. Default all ranges.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_m: Option<[f64; 2]>,
}

impl Default for MicroDopplerConfig {
    fn default() -> Self {
        Self {
            window_s: None,
            hop_s: None,
            taper: Window::Hann,
            padding: 4,
            remove_static: true,
            max_velocity_mps: None,
            rx: None,
            range_m: None,
        }
    }
}

/// Stretches in samples, or in chirps of a transmitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretches {
    pub(super) length: usize,
    pub(super) hop: usize,
}

/// The chirps of an FMCW radar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chirps {
    pub(super) frames: usize,
    /// Of each transmitter in a frame.
    pub(super) loops: usize,
    pub(super) loop_s: f64,
    pub(super) frame_s: f64,
}

impl Chirps {
    pub(super) fn new(info: &CubeInfo, frames: usize, loops: usize) -> Self {
        Self { frames, loops, loop_s: info.loop_period_s, frame_s: info.frame_period_s }
    }

    /// Whether frames follow each other without a pause, so that stretches may run over them.
    pub(super) fn steady(&self) -> bool {
        (self.frame_s - self.loops as f64 * self.loop_s).abs() < 1e-3 * self.loop_s
    }

    /// Chirps without a pause.
    fn run(&self) -> usize {
        if self.steady() { self.frames * self.loops } else { self.loops }
    }

    /// Stretches that a recording is divided into.
    pub(super) fn stretches(&self, config: &MicroDopplerConfig) -> Stretches {
        let count = |seconds: f64| ((seconds / self.loop_s).round() as usize).max(1);
        let length = count(config.window_s.unwrap_or(USUAL_WINDOW_S));
        let length = if config.window_s.is_some() { length } else { length.min(self.run()) };
        let hop = config.hop_s.map_or(if self.steady() { count(USUAL_HOP_S) } else { length }, count);
        Stretches { length, hop }
    }
}

impl MicroDopplerConfig {
    /// Every value that is not possible for a signal of `duration_s`.
    pub fn problems_for(&self, info: &IqInfo, receivers: usize, duration_s: f64) -> Vec<Problem> {
        let Stretches { length, .. } = self.stretches(info);
        let window_s = self.window_s.unwrap_or(USUAL_WINDOW_S);
        let step_s = 1.0 / info.sample_rate_hz;
        let shortest = (LEAST as f64 * step_s).max(1e-3);
        let mut out = self.time_problems((step_s, shortest), window_s, self.hop_s.unwrap_or(USUAL_HOP_S), length);
        if window_s > duration_s && out.iter().all(|p| p.key != "window_s") {
            out.push(Problem::new("window_s", format!("{window_s} s; the recording has only {duration_s:.3} s")));
        }
        out.extend(self.receiver_problem(receivers));
        if self.range_m.is_some() {
            out.push(Problem::new("range_m", "a CW radar tells no ranges apart: leave it out"));
        }
        out
    }

    /// Every value that is not possible for `frames` frames of `loops` chirps of a transmitter, of `samples` samples each.
    pub fn problems_for_cube(&self, info: &CubeInfo, (frames, loops): (usize, usize), samples: usize) -> Vec<Problem> {
        let chirps = Chirps::new(info, frames, loops);
        let Stretches { length, hop } = chirps.stretches(self);
        let window_s = self.window_s.unwrap_or(length as f64 * chirps.loop_s);
        let (step_s, hop_s) = (chirps.loop_s, self.hop_s.unwrap_or(hop as f64 * chirps.loop_s));
        let mut out = self.time_problems((step_s, LEAST as f64 * step_s), window_s, hop_s, length);
        if out.iter().all(|p| p.key != "window_s") && !(LEAST..=chirps.run()).contains(&length) {
            let run = chirps.run();
            let (given, most) = (1e3 * length as f64 * chirps.loop_s, 1e3 * run as f64 * chirps.loop_s);
            let why = match chirps.steady() {
                true => "the recording has no more",
                false => "stretches lie within frames, since the radar pauses between them",
            };
            let message = format!("{length} chirps ({given:.2} ms), must be {LEAST} to {run} ({most:.2} ms): {why}");
            out.push(Problem::new("window_s", message));
        }
        out.extend(self.receiver_problem(info.rx_m.len()));
        if let Some([near, far]) = self.range_m {
            let bin = info.range_bin_m(samples);
            let end = bin * samples as f64;
            // Written so that NaN fails as well.
            if !(near >= 0.0 && far >= near + bin && near < end) {
                let message = format!(
                    "[{near}, {far}] given, must rise by at least a range bin ({bin:.4} m) from 0 or more, below {end:.2} m"
                );
                out.push(Problem::new("range_m", message));
            }
        }
        out
    }

    fn time_problems(&self, (step_s, shortest): (f64, f64), window_s: f64, hop_s: f64, length: usize) -> Vec<Problem> {
        let mut out = Vec::new();
        let mut refuse = |key: &str, message: String| out.push(Problem::new(key, message));
        if !(window_s >= shortest * (1.0 - 1e-9) && window_s <= 60.0) {
            refuse("window_s", format!("{window_s} given, must be {shortest:.4} to 60 s"));
        }
        if !(hop_s / step_s >= 0.999 && hop_s <= 60.0) {
            refuse("hop_s", format!("{hop_s} given, must be {step_s:.6} to 60 s"));
        }
        if !(1..=16).contains(&self.padding) {
            refuse("padding", format!("{} given, must be 1 to 16", self.padding));
        } else if length.saturating_mul(self.padding) > MAX_FFT && window_s <= 60.0 {
            refuse("window_s", format!("{window_s} s make transforms of more than {MAX_FFT} points"));
        }
        if let Some(limit) = self.max_velocity_mps
            && !(limit > 0.0 && limit <= 1e4)
        {
            refuse("max_velocity_mps", format!("{limit} given, must be above 0 and at most 10000 m/s"));
        }
        out
    }

    fn receiver_problem(&self, receivers: usize) -> Option<Problem> {
        let rx = self.rx.filter(|rx| *rx >= receivers)?;
        Some(Problem::new("rx", format!("{rx} given, must be 0 to {}", receivers.max(1) - 1)))
    }

    /// Stretches of an I/Q signal.
    pub(super) fn stretches(&self, info: &IqInfo) -> Stretches {
        let count = |seconds: f64| ((seconds * info.sample_rate_hz).round() as usize).max(1);
        Stretches {
            length: count(self.window_s.unwrap_or(USUAL_WINDOW_S)),
            hop: count(self.hop_s.unwrap_or(USUAL_HOP_S)),
        }
    }

    /// The settings with what is left out filled in, as they hold for `frames` frames of `loops` chirps of a transmitter.
    pub fn filled_for_cube(&self, info: &CubeInfo, frames: usize, loops: usize) -> Self {
        let chirps = Chirps::new(info, frames, loops);
        self.filled(chirps.stretches(self), chirps.loop_s)
    }

    /// The same for I/Q.
    pub fn filled_for_iq(&self, info: &IqInfo) -> Self {
        Self { rx: self.rx.or(Some(0)), ..self.filled(self.stretches(info), 1.0 / info.sample_rate_hz) }
    }

    fn filled(&self, stretches: Stretches, step_s: f64) -> Self {
        let (window_s, hop_s) = (stretches.length as f64 * step_s, stretches.hop as f64 * step_s);
        Self { window_s: self.window_s.or(Some(window_s)), hop_s: self.hop_s.or(Some(hop_s)), ..*self }
    }
}
