//! A sounding: which tones a sensor sends, when, and between which antennas. All that an engine needs to know of a sensor.
//!
//! ```text
//!              tones                         shots                          signal
//! FMCW radar   a sweep, one tone a sample    loops, transmitters in turn    [chirp, tx, rx, sample]
//! CW radar     one                           at a steady rate               [sample, rx]
//! WiFi         a comb, one a subcarrier      packets, at any times          [packet, tx, rx, subcarrier]
//! ```

use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use std::f64::consts::TAU;
use std::ops::Range;

/// What a sensor sends and hears in one frame, and how long a frame is.
#[derive(Clone, Debug, PartialEq)]
pub struct Sounding {
    /// Frequencies of a shot.
    pub tones: Tones,
    /// The shots of a frame.
    pub shots: Shots,
    /// Between which antennas.
    pub ends: Ends,
    /// Time between frame starts, s. What can be seen is found once a frame.
    pub period_s: f64,
    /// Whether frames are cuts of one signal without a pause. What can be seen then fades from frame to frame.
    pub continuous: bool,
}

/// Frequencies of a shot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tones {
    /// All at the moment of the shot.
    Comb(Comb),
    /// One after another, on a ramp that is mixed with itself.
    Sweep(Sweep),
}

/// Equally spaced tones that stand; one of them for a continuous wave. A path of the delay τ turns the phase of the tone f by 2πfτ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comb {
    /// The first tone, Hz.
    pub first_hz: f64,
    /// From tone to tone, Hz.
    pub step_hz: f64,
    /// Number of tones.
    pub count: usize,
}

/// The sampled part of an FMCW chirp: sample n belongs to the tone that is sent at its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
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

/// When a frame's shots are, and who sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Shots {
    /// Loops at a steady rate, in which the transmitters take turns or send at once.
    Loops(Loops),
    /// At any times, one transmitter each; a packet of several is as many shots at the same time.
    Listed(Vec<Shot>),
}

/// Shots at a steady rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loops {
    /// Time between shots, s: idle and ramp time of one chirp.
    pub shot_period_s: f64,
    /// Loops of a frame.
    pub loops: usize,
    /// Transmitters.
    pub n_tx: usize,
    /// Whether the transmitters take turns.
    pub time_multiplexed: bool,
}

/// One shot of one transmitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shot {
    /// Time since the start of the frame, s.
    pub time_s: f64,
    /// The transmitter, from 0.
    pub tx: usize,
}

/// Antennas of a sounding.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// Transmit antennas, m.
    pub tx: Vec<Vec3>,
    /// Receive antennas, m.
    pub rx: Vec<Vec3>,
    /// From where what can be seen is found.
    pub eyes: Eyes,
}

/// From where visibility is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// From the mean of all antennas: they are on one board.
    One,
    /// From the mean of the transmitters and from that of the receivers: what reflects is in sight of both.
    Two,
}

impl Sounding {
    /// The same between other antennas.
    pub fn between(&self, tx: Vec<Vec3>, rx: Vec<Vec3>) -> Self {
        Self { ends: Ends { tx, rx, eyes: self.ends.eyes }, ..self.clone() }
    }

    /// Start of a frame, s.
    pub fn frame_start_s(&self, frame: usize) -> f64 {
        frame as f64 * self.period_s
    }

    /// Axes of a frame: `[loop or shot, tx, rx, tone]`.
    pub fn shape(&self) -> [usize; 4] {
        let (slow, tx) = match &self.shots {
            Shots::Loops(loops) => (loops.loops, loops.n_tx),
            Shots::Listed(shots) => (shots.len(), 1),
        };
        [slow, tx, self.ends.rx.len(), self.tones.count()]
    }

    /// Frequency in the middle of the tones, Hz.
    pub fn centre_hz(&self) -> f64 {
        self.tones.centre_hz()
    }
}

impl Tones {
    /// Number of tones.
    pub fn count(&self) -> usize {
        match self {
            Tones::Comb(comb) => comb.count,
            Tones::Sweep(sweep) => sweep.n_samples,
        }
    }

    /// Frequency in the middle of the tones, Hz.
    pub fn centre_hz(&self) -> f64 {
        match self {
            Tones::Comb(comb) => comb.tone_hz(0.5 * comb.count.saturating_sub(1) as f64),
            Tones::Sweep(sweep) => sweep.centre_hz(),
        }
    }

    /// Wave number in the middle of the tones, rad/m.
    pub fn mid_wave_number(&self) -> f64 {
        TAU * self.centre_hz() / SPEED_OF_LIGHT
    }

    /// Half the change of the wave number over the tones, rad/m.
    pub fn half_sweep_wave_number(&self) -> f64 {
        match self {
            Tones::Comb(comb) => TAU * 0.5 * comb.step_hz.abs() * comb.count.saturating_sub(1) as f64 / SPEED_OF_LIGHT,
            Tones::Sweep(sweep) => sweep.half_sweep_wave_number(),
        }
    }

    /// Cycles by which a path of the delay `tau_s` turns the phase of tone `n`.
    pub fn turns(&self, tau_s: f64, n: usize) -> f64 {
        match self {
            Tones::Comb(comb) => comb.tone_hz(n as f64) * tau_s,
            Tones::Sweep(sweep) => sweep.turns(tau_s, n),
        }
    }

    /// Time of tone `n` after the start of its shot, s.
    pub fn time_s(&self, n: usize) -> f64 {
        match self {
            Tones::Comb(_) => 0.0,
            Tones::Sweep(sweep) => sweep.sample_time_s(n),
        }
    }
}

impl Comb {
    /// A single tone.
    pub fn one(hz: f64) -> Self {
        Self { first_hz: hz, step_hz: 0.0, count: 1 }
    }

    /// Frequency at place `n` of the comb, Hz.
    pub fn tone_hz(&self, n: f64) -> f64 {
        self.first_hz + n * self.step_hz
    }
}

impl Sweep {
    /// Time of sample `n` in the ramp, s.
    pub fn sample_time_s(&self, n: usize) -> f64 {
        self.adc_start_s + n as f64 / self.sample_rate_hz
    }

    /// Frequency in the middle of the samples, Hz.
    pub fn centre_hz(&self) -> f64 {
        let middle = self.adc_start_s + 0.5 * self.n_samples.saturating_sub(1) as f64 / self.sample_rate_hz;
        self.start_frequency_hz + self.slope_hz_per_s * middle
    }

    /// Wave number in the middle of the samples, rad/m.
    pub fn mid_wave_number(&self) -> f64 {
        TAU * self.centre_hz() / SPEED_OF_LIGHT
    }

    /// Half the change of the wave number over the samples, rad/m.
    pub fn half_sweep_wave_number(&self) -> f64 {
        let half = 0.5 * self.n_samples as f64 / self.sample_rate_hz;
        TAU * self.slope_hz_per_s * half / SPEED_OF_LIGHT
    }

    /// Cycles of the beat of the delay `tau_s` at sample `n`.
    fn turns(&self, tau_s: f64, n: usize) -> f64 {
        let residual = if self.residual_video_phase { 0.5 * self.slope_hz_per_s * tau_s } else { 0.0 };
        let beat = self.slope_hz_per_s * self.sample_time_s(n);
        (self.start_frequency_hz + (beat - residual)) * tau_s
    }
}

impl Shots {
    /// Number of shots: moments at which something is sent.
    pub fn count(&self) -> usize {
        match self {
            Shots::Loops(loops) => loops.shots(),
            Shots::Listed(shots) => shots.len(),
        }
    }

    /// Start of shot `i` after the start of its frame, s.
    pub fn start_s(&self, i: usize) -> f64 {
        match self {
            Shots::Loops(loops) => loops.start_s(i),
            Shots::Listed(shots) => shots[i].time_s,
        }
    }

    /// Start of the last shot after the start of the frame, s.
    pub fn last_s(&self) -> f64 {
        match self {
            Shots::Loops(loops) => loops.start_s(loops.shots().saturating_sub(1)),
            Shots::Listed(shots) => shots.iter().map(|shot| shot.time_s).fold(0.0, f64::max),
        }
    }

    /// Transmitters of shot `i`. Shot i fills the i-th part of a frame in memory.
    pub fn transmitters(&self, i: usize) -> Range<usize> {
        match self {
            Shots::Loops(loops) => loops.transmitters(i),
            Shots::Listed(shots) => shots[i].tx..shots[i].tx + 1,
        }
    }

    /// Parts of a frame that are alike: loops, or shots.
    pub fn loops(&self) -> usize {
        match self {
            Shots::Loops(loops) => loops.loops,
            Shots::Listed(shots) => shots.len(),
        }
    }
}

impl Loops {
    /// Number of shots of a frame.
    pub fn shots(&self) -> usize {
        self.loops * if self.time_multiplexed { self.n_tx } else { 1 }
    }

    /// Start of shot `i` after the start of its frame, s.
    pub fn start_s(&self, i: usize) -> f64 {
        i as f64 * self.shot_period_s
    }

    /// Transmitters of shot `i`.
    pub fn transmitters(&self, i: usize) -> Range<usize> {
        if self.time_multiplexed {
            let k = i % self.n_tx;
            k..k + 1
        } else {
            0..self.n_tx
        }
    }
}

impl Ends {
    /// Where visibility is found from: one or two places.
    pub fn eyes(&self) -> Vec<Vec3> {
        match self.eyes {
            Eyes::One => {
                vec![self.tx.iter().chain(&self.rx).sum::<Vec3>() / (self.tx.len() + self.rx.len()) as f64]
            }
            Eyes::Two => vec![mean(&self.tx), mean(&self.rx)],
        }
    }
}

/// The middle of some places.
pub fn mean(points: &[Vec3]) -> Vec3 {
    points.iter().sum::<Vec3>() / points.len().max(1) as f64
}
