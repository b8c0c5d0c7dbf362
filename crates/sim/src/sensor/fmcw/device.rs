//! What the simulator asks of an FMCW radar.

use super::FmcwRadar;
use crate::base::cube::{CubeInfo, IfCube};
use crate::base::yaml::Problem;
use crate::base::{Complex32, Vec3};
use crate::sensor::impairment::thermal_noise_power_w;
use crate::sensor::receiver::phase_noise::{PhaseNoise, PhaseNoiseSpec};
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
            pattern: None,
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
        spec.problems(self)
    }

    fn phase_noise(&self, spec: &PhaseNoiseSpec) -> Option<PhaseNoise> {
        Some(PhaseNoise::new(spec, self))
    }

    fn signal(&self, frames: Array5<Complex32>, taken: &Taken) -> Signal {
        let channel_factors = taken.receiver.channel_factors(self);
        let info = CubeInfo { channel_factors, ..self.cube_info() };
        Signal::Cube(IfCube { data: frames, info, unit: taken.unit.into() })
    }
}
