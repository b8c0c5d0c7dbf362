//! What the simulator asks of an FMCW radar.

use super::FmcwRadar;
use crate::base::cube::{CubeInfo, IfCube};
use crate::base::yaml::Problem;
use crate::base::{Complex32, Vec3};
use crate::sensor::impairment::thermal_noise_power_w;
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::receiver::phase_noise::{FrameTimeline, PhaseNoise, PhaseNoiseSpec};
use crate::sensor::sounding::{Ends, Eyes, Loops, Shots, Sounding, Sweep, Tones};
use crate::sensor::{Device, Link, Taken};
use crate::signal::Signal;
use ndarray::Array5;

impl Device for FmcwRadar {
    fn name(&self) -> &str {
        &self.name
    }

    fn problems(&self) -> Vec<Problem> {
        FmcwRadar::problems(self)
    }

    fn sounding(&self, residual_video_phase: bool) -> Sounding {
        let sweep = Sweep {
            start_frequency_hz: self.start_frequency_hz,
            slope_hz_per_s: self.chirp_slope_hz_per_s,
            sample_rate_hz: self.sample_rate_hz,
            adc_start_s: self.adc_start_s,
            n_samples: self.samples_per_chirp,
            residual_video_phase,
        };
        let loops = Loops {
            shot_period_s: self.chirp_period_s(),
            loops: self.loops_per_frame,
            n_tx: self.n_tx(),
            time_multiplexed: self.time_multiplexed,
        };
        let places = |antennas: &[[f64; 3]]| antennas.iter().map(|p| Vec3::from(*p)).collect();
        Sounding {
            tones: Tones::Sweep(sweep),
            shots: Shots::Loops(loops),
            ends: Ends { tx: places(&self.tx_m), rx: places(&self.rx_m), eyes: Eyes::One },
            period_s: self.frame_period_s,
            continuous: false,
        }
    }

    fn link(&self) -> Link {
        let fed = self.rx_phase_deg.iter().any(|phase| *phase != 0.0);
        Link {
            transmit_power_dbm: self.transmit_power_dbm,
            tx_gain_dbi: self.tx_gain_dbi,
            rx_gain_dbi: self.rx_gain_dbi,
            noise_power_w: thermal_noise_power_w(self.sample_rate_hz, self.noise_figure_db),
            pattern: self.pattern.clone(),
            high_pass: self.high_pass.clone(),
            rx_feeds: (0..if fed { self.n_rx() } else { 0 }).map(|l| self.rx_feed(l)).collect(),
        }
    }

    fn max_range_m(&self) -> f64 {
        FmcwRadar::max_range_m(self)
    }

    fn range_problem(&self, key: &str, range_m: f64) -> Option<Problem> {
        FmcwRadar::range_problem(self, key, range_m)
    }

    fn phase_noise_problems(&self, spec: &PhaseNoiseSpec) -> Vec<Problem> {
        spec.problems(&self.timeline())
    }

    fn phase_noise(&self, spec: &PhaseNoiseSpec) -> Option<PhaseNoise> {
        Some(PhaseNoise::new(spec, &self.timeline()))
    }

    fn signal(&self, frames: Array5<Complex32>, taken: &Taken) -> Signal {
        let channel_factors = self.channel_factors(taken.receiver);
        let info = CubeInfo { channel_factors, ..self.cube_info() };
        Signal::Cube(IfCube { data: frames, info, unit: taken.unit.into() })
    }
}

impl FmcwRadar {
    fn timeline(&self) -> FrameTimeline {
        FrameTimeline {
            active_time_s: self.active_time_s(),
            samples_per_chirp: self.samples_per_chirp,
            sample_rate_hz: self.sample_rate_hz,
        }
    }

    /// What the samples of a cube carry beside the echoes and is known, channel by channel: the feeds, and errors of the receiver
    /// that have been calibrated. Empty when there is nothing to undo.
    fn channel_factors(&self, receiver: &ReceiverSpec) -> Vec<[f64; 2]> {
        let feeds = self.feeds();
        let Some(errors) = receiver.channels.as_ref().filter(|c| c.calibrated && !c.is_empty()) else { return feeds };
        let n_rx = self.n_rx();
        let of = |channel: usize| {
            let (tx, rx) = (channel / n_rx, channel % n_rx);
            self.rx_feed(rx) * errors.tx(tx) * errors.rx(rx)
        };
        (0..self.n_tx() * n_rx).map(of).map(|f| [f.re, f.im]).collect()
    }
}
