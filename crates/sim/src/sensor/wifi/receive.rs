//! From a clean channel to what a device reports, packet by packet.

use super::WifiSpec;
use super::impairments::gain::{RssiSpec, dbm_from_watts};
use super::impairments::imbalance::Mirror;
use crate::base::cube::{BARE, ROOT_WATT};
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::base::{Complex32, Complex64};
use crate::sensor::SensorError;
use crate::sensor::impairment::{FrameNoise, thermal_noise_power_w};
use crate::signal::{Csi, CsiInfo, Strength};
use ndarray::{Array4, ArrayView3, Axis};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// What a device reports, and what it did to the channel.
#[derive(Clone, Debug, PartialEq)]
pub struct WifiReceived {
    /// Channel state information: √W at the receiver, or whole numbers behind a converter.
    pub csi: Csi,
    /// What was added.
    pub truth: WifiTruth,
}

/// What transmitter and receiver did to a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WifiTruth {
    /// Power on one subcarrier of a channel of gain one, W; its root turns the clean channel into √W.
    pub subcarrier_power_w: f64,
    /// Power of the thermal noise on one subcarrier, W; 0 without noise.
    pub noise_power_w: f64,
    /// Factor of each receive chain, `[re, im]`.
    pub rx_factors: Vec<[f64; 2]>,
    /// Factor of each transmitter, `[re, im]`.
    pub tx_factors: Vec<[f64; 2]>,
    /// Each packet's own.
    pub packets: Vec<PacketTruth>,
}

/// What was done to one packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacketTruth {
    /// Phase by the carriers, rad, −π to π.
    pub phase_rad: f64,
    /// Delay by the sampling clocks and the detection, s: subcarrier k is turned by `−2π k Δf τ`.
    pub delay_s: f64,
    /// The antenna that each receive chain heard.
    pub antennas: Vec<usize>,
    /// Gain, dB.
    pub gain_db: f64,
    /// Numbers a √W behind the gain; 1 without a converter.
    pub scale: f64,
    /// Parts that the converter cut off.
    pub clipped: usize,
}

/// What all packets of a recording share.
struct Front<'a> {
    spec: &'a WifiSpec,
    tree: &'a RandomTree,
    info: &'a CsiInfo,
    sent: Vec<bool>,
    n_sent: usize,
    mirrors: Vec<Mirror>,
    noise_w: f64,
    rx: Vec<Complex64>,
    tx: Vec<Complex64>,
    start_turns: f64,
}

impl WifiSpec {
    /// What the device reports of a clean channel at the times `times`, s, never falling. `clean` is the channel between isotropic antennas, the root of
    /// received over sent power (patterns relative to boresight may be in it; the gains on boresight are those of this device). On subcarriers on which nothing
    /// is sent it is not looked at. `tree` is that of the sample; the same tree gives the same signal, whatever the threads.
    ///
    /// # Shapes
    /// `clean[packet, subcarrier, rx, tx]` at [`Self::frequencies_hz`].
    ///
    /// # Errors
    /// A device with problems; shapes that do not fit; times that fall; a channel that is no number.
    pub fn receive(
        &self,
        clean: &Array4<Complex32>,
        times: &[f64],
        tree: &RandomTree,
    ) -> Result<WifiReceived, SensorError> {
        self.check()?;
        let info = self.info();
        let sent = self.sent();
        let is_sent: Vec<bool> = info.subcarriers.iter().map(|k| sent.binary_search(k).is_ok()).collect();
        if let Some(message) = self.unfit(clean, times, &is_sent) {
            let problems = vec![Problem::new("channel", message)];
            return Err(SensorError::Impossible { name: self.name.clone(), problems });
        }
        let (n_rx, n_tx) = (self.n_rx(), self.n_tx());
        let ones = |n| vec![Complex64::new(1.0, 0.0); n];
        let feeds = self.impairments.feeds.as_ref();
        let (rx, tx) = feeds.map_or_else(|| (ones(n_rx), ones(n_tx)), |feeds| feeds.factors(n_rx, n_tx, tree));
        let random_start = self.impairments.carrier_offset.is_some_and(|c| c.random_start);
        let start = |stream: &mut crate::base::random::Stream| rand::RngExt::random::<f64>(stream);
        let noisy = self.impairments.thermal_noise;
        let front = Front {
            spec: self,
            tree,
            info: &info,
            mirrors: Mirror::all(&info.subcarriers, &sent),
            sent: is_sent,
            n_sent: sent.len(),
            noise_w: if noisy { thermal_noise_power_w(info.spacing_hz, self.noise_figure_db) } else { 0.0 },
            rx,
            tx,
            start_turns: if random_start { start(&mut tree.stream(0, "wifi carrier phase")) } else { 0.0 },
        };
        let packets: Vec<Received> = times
            .par_iter()
            .enumerate()
            .map(|(i, &time)| front.packet(i, time, clean.index_axis(Axis(0), i)))
            .collect();
        let truth = WifiTruth {
            subcarrier_power_w: self.subcarrier_power_w(),
            noise_power_w: front.noise_w,
            rx_factors: front.rx.iter().map(|z| [z.re, z.im]).collect(),
            tx_factors: front.tx.iter().map(|z| [z.re, z.im]).collect(),
            packets: packets.iter().map(|p| p.truth.clone()).collect(),
        };
        let mut data = Array4::zeros(clean.raw_dim());
        let mut strength = Vec::with_capacity(packets.len());
        for (packet, mut to) in packets.into_iter().zip(data.outer_iter_mut()) {
            to.iter_mut().zip(packet.samples).for_each(|(to, z)| *to = z);
            strength.push(packet.strength);
        }
        let unit = if self.impairments.quantisation.is_some() { BARE } else { ROOT_WATT };
        let csi = Csi { data, time_s: times.to_vec(), strength, info, unit: unit.into() };
        Ok(WifiReceived { csi, truth })
    }

    /// What does not fit about a clean channel.
    fn unfit(&self, clean: &Array4<Complex32>, times: &[f64], sent: &[bool]) -> Option<String> {
        let expected = (times.len(), sent.len(), self.n_rx(), self.n_tx());
        if clean.dim() != expected {
            return Some(format!(
                "the shape [packet, subcarrier, rx, tx] is {:?}; {} times and this device make {expected:?}",
                clean.dim(),
                times.len()
            ));
        }
        if let Some(i) = times.iter().position(|t| !t.is_finite()) {
            return Some(format!("the time of packet {i} is not a number"));
        }
        if let Some(i) = times.windows(2).position(|w| w[1] < w[0]) {
            return Some(format!("packet {} has {} s, the one before it {} s", i + 1, times[i + 1], times[i]));
        }
        let no_number = |(at, z): &((usize, usize, usize, usize), &Complex32)| {
            sent[at.1] && !(z.re.is_finite() && z.im.is_finite())
        };
        let ((packet, place, rx, tx), _) = clean.indexed_iter().find(no_number)?;
        Some(format!("packet {packet}, subcarrier number {place}, rx {rx}, tx {tx} is not a number"))
    }
}

/// One packet as it is reported.
struct Received {
    /// `[subcarrier][rx][tx]`.
    samples: Vec<Complex32>,
    strength: Strength,
    truth: PacketTruth,
}

impl Front<'_> {
    fn packet(&self, number: usize, time_s: f64, clean: ArrayView3<Complex32>) -> Received {
        let impairments = &self.spec.impairments;
        let (n_rx, n_tx) = (self.rx.len(), self.tx.len());
        let item = number as u64;
        let normal = |purpose: &str| -> f64 { StandardNormal.sample(&mut self.tree.stream(item, purpose)) };
        let root = self.spec.subcarrier_power_w().sqrt();
        // At the antennas, [subcarrier][rx][tx].
        let mut heard: Vec<Complex64> = Vec::with_capacity(clean.len());
        for ((k, _, tx), z) in clean.indexed_iter() {
            let z = Complex64::new(z.re.into(), z.im.into());
            heard.push(if self.sent[k] { z * root * self.tx[tx] } else { Complex64::new(0.0, 0.0) });
        }
        if let Some(constellation) = impairments.constellation {
            constellation.disturb(&mut heard, [n_rx, n_tx], item, self.tree);
        }
        if self.noise_w > 0.0 {
            FrameNoise::new(self.noise_w, self.tree, item).add(0, &mut heard);
        }
        let antennas =
            impairments.permutation.map_or_else(|| (0..n_rx).collect(), |p| p.antennas(n_rx, number, self.tree));
        let carrier = impairments.carrier_offset;
        let phase_rad = carrier.map_or(0.0, |c| c.phase_rad(time_s, self.start_turns, normal("wifi carrier error")));
        let sampled = impairments.sampling_offset.map_or(0.0, |s| s.delay_s(time_s, 1.0 / self.info.bandwidth_hz));
        let detected = impairments.detection_delay.map_or(0.0, |d| d.mean_s + d.deviation_s * normal("wifi detection"));
        let delay_s = sampled + detected;
        let mut samples = vec![Complex64::new(0.0, 0.0); heard.len()];
        for (place, &k) in self.info.subcarriers.iter().enumerate() {
            let slope = -TAU * (f64::from(k) * self.info.spacing_hz * delay_s).fract();
            let turn = Complex64::from_polar(1.0, phase_rad + slope);
            for (chain, antenna) in antennas.iter().enumerate() {
                for tx in 0..n_tx {
                    let from = (place * n_rx + antenna) * n_tx + tx;
                    samples[(place * n_rx + chain) * n_tx + tx] = heard[from] * self.rx[chain] * turn;
                }
            }
        }
        if let Some(imbalance) = impairments.imbalance {
            let links = n_rx * n_tx;
            for link in 0..links {
                let mut one: Vec<Complex64> = samples.iter().skip(link).step_by(links).copied().collect();
                imbalance.distort(&mut one, &self.mirrors);
                samples.iter_mut().skip(link).step_by(links).zip(one).for_each(|(to, z)| *to = z);
            }
        }
        let powers_w = self.powers_w(&samples);
        let mean_dbm = dbm_from_watts(powers_w.iter().sum::<f64>() / n_rx as f64);
        let gain_db = impairments.agc.map_or(0.0, |agc| agc.gain_db(mean_dbm, normal("wifi gain")));
        let factor = 10f64.powf(gain_db / 20.0);
        samples.iter_mut().for_each(|z| *z *= factor);
        let (scale, clipped) = impairments.quantisation.map_or((1.0, 0), |q| q.convert(&mut samples, [n_rx, n_tx]));
        let noise = dbm_from_watts(self.noise_w * self.n_sent as f64);
        let strength = Strength {
            rssi_dbm: RssiSpec::reported(impairments.rssi, &powers_w),
            agc_db: impairments.agc.filter(|agc| agc.reported).map(|_| gain_db as f32),
            noise_dbm: impairments.thermal_noise.then_some(noise as f32),
        };
        let truth = PacketTruth { phase_rad, delay_s, antennas, gain_db, scale, clipped };
        Received {
            samples: samples.iter().map(|z| Complex32::new(z.re as f32, z.im as f32)).collect(),
            strength,
            truth,
        }
    }

    /// Power of each receive chain over all subcarriers on which something is sent, W; those that are not reported are taken to be as the others.
    fn powers_w(&self, samples: &[Complex64]) -> Vec<f64> {
        let (n_rx, n_tx) = (self.rx.len(), self.tx.len());
        let reported = self.sent.iter().filter(|sent| **sent).count().max(1);
        let mut powers = vec![0.0; n_rx];
        for (i, z) in samples.iter().enumerate() {
            if self.sent[i / (n_rx * n_tx)] {
                powers[i / n_tx % n_rx] += z.norm_sqr();
            }
        }
        // Each of the transmitters sends its share of the power.
        let all = self.n_sent as f64 / (reported * n_tx) as f64;
        powers.iter().map(|power| power * all).collect()
    }
}
