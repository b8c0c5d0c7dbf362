//! When each chirp starts, and what is sampled in it.

use crate::base::constants::SPEED_OF_LIGHT;
use crate::sensor::FmcwRadar;
use std::f64::consts::TAU;
use std::ops::Range;

/// The sampled part of a chirp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waveform {
    /// Frequency at the ramp start, Hz.
    pub start_frequency_hz: f64,
    /// Chirp slope, Hz/s.
    pub slope_hz_per_s: f64,
    /// Complex sample rate, Hz.
    pub sample_rate_hz: f64,
    /// Time of the first sample in the ramp, s.
    pub adc_start_s: f64,
    /// Samples of a chirp.
    pub n_samples: usize,
    /// Whether the residual video phase is part of the signal.
    pub residual_video_phase: bool,
}

impl Waveform {
    /// Time of sample `n` in the ramp, s.
    pub fn sample_time_s(&self, n: usize) -> f64 {
        self.adc_start_s + n as f64 / self.sample_rate_hz
    }

    /// Wave number in the middle of the samples, rad/m.
    pub fn mid_wave_number(&self) -> f64 {
        let middle = self.adc_start_s + 0.5 * self.n_samples.saturating_sub(1) as f64 / self.sample_rate_hz;
        TAU * (self.start_frequency_hz + self.slope_hz_per_s * middle) / SPEED_OF_LIGHT
    }

    /// Half the change of the wave number over the samples, rad/m.
    pub fn half_sweep_wave_number(&self) -> f64 {
        let half = 0.5 * self.n_samples as f64 / self.sample_rate_hz;
        TAU * self.slope_hz_per_s * half / SPEED_OF_LIGHT
    }
}

/// Chirps of a frame in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Time between frame starts, s.
    pub frame_period_s: f64,
    /// Idle and ramp time of one chirp, s.
    pub chirp_period_s: f64,
    /// Loops of a frame.
    pub loops: usize,
    /// Transmitters.
    pub n_tx: usize,
    /// Whether the transmitters take turns.
    pub time_multiplexed: bool,
}

impl Schedule {
    /// The schedule and waveform of a radar.
    pub fn of(radar: &FmcwRadar, residual_video_phase: bool) -> (Self, Waveform) {
        let schedule = Self {
            frame_period_s: radar.frame_period_s,
            chirp_period_s: radar.chirp_period_s(),
            loops: radar.loops_per_frame,
            n_tx: radar.n_tx(),
            time_multiplexed: radar.time_multiplexed,
        };
        let waveform = Waveform {
            start_frequency_hz: radar.start_frequency_hz,
            slope_hz_per_s: radar.chirp_slope_hz_per_s,
            sample_rate_hz: radar.sample_rate_hz,
            adc_start_s: radar.adc_start_s,
            n_samples: radar.samples_per_chirp,
            residual_video_phase,
        };
        (schedule, waveform)
    }

    /// Number of ramps of a frame: moments at which something is transmitted.
    pub fn ramps(&self) -> usize {
        self.loops * if self.time_multiplexed { self.n_tx } else { 1 }
    }

    /// Start of ramp `i` after the start of its frame, s.
    pub fn ramp_start_s(&self, i: usize) -> f64 {
        i as f64 * self.chirp_period_s
    }

    /// Transmitters of ramp `i`. Ramp i fills the i-th part of the frame `[chirp, tx, rx, sample]` in memory.
    pub fn ramp_transmitters(&self, i: usize) -> Range<usize> {
        if self.time_multiplexed {
            let k = i % self.n_tx;
            k..k + 1
        } else {
            0..self.n_tx
        }
    }

    /// Start of a frame, s.
    pub fn frame_start_s(&self, frame: usize) -> f64 {
        frame as f64 * self.frame_period_s
    }
}
