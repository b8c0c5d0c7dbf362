//! What the simulator asks of a CW radar.

use super::CwRadar;
use crate::base::yaml::Problem;
use crate::base::{Complex32, Vec3};
use crate::sensor::fmcw::check::within;
use crate::sensor::impairment::thermal_noise_power_w;
use crate::sensor::receiver::phase_noise::{PhaseNoise, PhaseNoiseSpec};
use crate::sensor::sounding::{Comb, Ends, Eyes, Loops, Shots, Sounding, Tones};
use crate::sensor::{Device, Link, Taken};
use crate::signal::{Iq, Signal};
use ndarray::{Array2, Array5};

/// Receivers, at most.
const MAX_RECEIVERS: usize = 16;

impl Device for CwRadar {
    fn name(&self) -> &str {
        &self.name
    }

    fn problems(&self) -> Vec<Problem> {
        let mut out: Vec<Problem> = [
            within("carrier_hz", self.carrier_hz, 1e9, 3e11, false),
            within("sample_rate_hz", self.sample_rate_hz, 10.0, 1e5, false),
            within("transmit_power_dbm", self.transmit_power_dbm, -60.0, 60.0, false),
            within("tx_gain_dbi", self.tx_gain_dbi, -20.0, 50.0, false),
            within("rx_gain_dbi", self.rx_gain_dbi, -20.0, 50.0, false),
            within("noise_figure_db", self.noise_figure_db, 0.0, 80.0, false),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.rx_m.is_empty() || self.rx_m.len() > MAX_RECEIVERS {
            let message = format!("{} receivers given, must be 1 to {MAX_RECEIVERS}", self.rx_m.len());
            out.push(Problem::new("rx_m", message));
        }
        let receivers = self.rx_m.iter().enumerate().map(|(i, p)| (format!("rx_m.{i}"), p));
        for (key, place) in std::iter::once(("tx_m".to_owned(), &self.tx_m)).chain(receivers) {
            if !place.iter().all(|v| v.abs() <= 10.0) {
                out.push(Problem::new(key, format!("{place:?} given, each coordinate must be -10 to 10 m")));
            }
        }
        let pattern = self.pattern.as_ref().map(|p| p.problems()).unwrap_or_default();
        out.extend(pattern.into_iter().map(|p| p.under("pattern")));
        out
    }

    fn sounding(&self, _: bool) -> Sounding {
        let loops = Loops {
            shot_period_s: 1.0 / self.sample_rate_hz,
            loops: self.samples_per_look(),
            n_tx: 1,
            time_multiplexed: false,
        };
        Sounding {
            tones: Tones::Comb(Comb::one(self.carrier_hz)),
            shots: Shots::Loops(loops),
            ends: Ends {
                tx: vec![Vec3::from(self.tx_m)],
                rx: self.rx_m.iter().map(|p| Vec3::from(*p)).collect(),
                eyes: Eyes::One,
            },
            period_s: self.samples_per_look() as f64 / self.sample_rate_hz,
            continuous: true,
        }
    }

    fn link(&self) -> Link {
        Link {
            transmit_power_dbm: self.transmit_power_dbm,
            tx_gain_dbi: self.tx_gain_dbi,
            rx_gain_dbi: self.rx_gain_dbi,
            noise_power_w: thermal_noise_power_w(self.sample_rate_hz, self.noise_figure_db),
            pattern: self.pattern.clone(),
            high_pass: None,
            rx_feeds: Vec::new(),
        }
    }

    fn max_range_m(&self) -> f64 {
        f64::INFINITY
    }

    fn range_problem(&self, _: &str, _: f64) -> Option<Problem> {
        None
    }

    fn phase_noise_problems(&self, _: &PhaseNoiseSpec) -> Vec<Problem> {
        // 4 sin²(πfτ): at 10 m −68 dB are left at an offset of 1 kHz, −34 dB at the largest sample rate.
        let message = "the oscillator of a CW radar mixes its own echo: within the sampled band its phase noise cancels; leave it out";
        vec![Problem::new("", message)]
    }

    fn phase_noise(&self, _: &PhaseNoiseSpec) -> Option<PhaseNoise> {
        None
    }

    fn signal(&self, frames: Array5<Complex32>, taken: &Taken) -> Signal {
        let (looks, per_look, _, n_rx, _) = frames.dim();
        let kept = |z: Complex32| if self.quadrature { z } else { Complex32::new(z.re, 0.0) };
        let data = Array2::from_shape_fn((n_rx, looks * per_look), |(l, i)| {
            kept(frames[[i / per_look, i % per_look, 0, l, 0]])
        });
        Signal::Iq(Iq { data, info: self.iq_info(taken.first_frame * per_look), unit: taken.unit.into() })
    }
}
