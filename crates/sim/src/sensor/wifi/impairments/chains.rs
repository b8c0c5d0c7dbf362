//! Gain and phase of antennas and chains, fixed a recording, and which antenna each chain hears.

use crate::base::Complex64;
use crate::base::random::{RandomTree, Stream};
use crate::base::yaml::Problem;
use crate::sensor::receiver::within;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Gain and phase of each transmitter and of each receive chain, constant over a recording: what is given times what is drawn. An empty list stands for no
/// error; otherwise one entry an antenna.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedSpec {
    /// Gain of each receive chain, dB, −60..60.
    pub rx_gain_db: Vec<f64>,
    /// Phase of each receive chain, degrees, −360..360.
    pub rx_phase_deg: Vec<f64>,
    /// Gain of each transmitter, dB, −60..60.
    pub tx_gain_db: Vec<f64>,
    /// Phase of each transmitter, degrees, −360..360.
    pub tx_phase_deg: Vec<f64>,
    /// Standard deviation of drawn gains of the receive chains, dB, 0..20. Default 0.
    pub random_gain_db: f64,
    /// Whether phases of the receive chains are drawn. Default false.
    pub random_phase: bool,
    /// Steps of a turn from which they are drawn, 2..4096: chips of 802.11ac have up to four (Zubow et al., "On phase offsets of 802.11ac commodity WiFi", WONS
    /// 2021). All of the turn without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_phase_steps: Option<u32>,
}

impl FeedSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self, n_rx: usize, n_tx: usize) -> Vec<Problem> {
        let lists = [
            ("rx_gain_db", &self.rx_gain_db, n_rx, 60.0, "dB"),
            ("rx_phase_deg", &self.rx_phase_deg, n_rx, 360.0, "degrees"),
            ("tx_gain_db", &self.tx_gain_db, n_tx, 60.0, "dB"),
            ("tx_phase_deg", &self.tx_phase_deg, n_tx, 360.0, "degrees"),
        ];
        let mut out = Vec::new();
        for (key, values, antennas, limit, unit) in lists {
            if !values.is_empty() && values.len() != antennas {
                let message = format!("{} values given, the device has {antennas} such antennas", values.len());
                out.push(Problem::new(key, message));
            }
            let entry = |(i, &v): (usize, &f64)| within(&format!("{key}.{i}"), v, -limit, limit, unit);
            out.extend(values.iter().enumerate().filter_map(entry));
        }
        out.extend(within("random_gain_db", self.random_gain_db, 0.0, 20.0, "dB"));
        if let Some(steps) = self.random_phase_steps {
            out.extend(within("random_phase_steps", f64::from(steps), 2.0, 4096.0, ""));
            if !self.random_phase {
                out.push(Problem::new("random_phase_steps", "given without random_phase, which it belongs to"));
            }
        }
        out
    }

    /// Factors of the receive chains and of the transmitters, for one recording.
    pub fn factors(&self, n_rx: usize, n_tx: usize, tree: &RandomTree) -> (Vec<Complex64>, Vec<Complex64>) {
        let entry = |list: &[f64], i: usize| list.get(i).copied().unwrap_or(0.0);
        let rx = |chain: usize| {
            let mut stream = tree.stream(chain as u64, "wifi receive chain");
            let normal: f64 = StandardNormal.sample(&mut stream);
            let turn = match self.random_phase_steps {
                _ if !self.random_phase => 0.0,
                Some(steps) => f64::from(stream.random_range(0..steps.max(1))) / f64::from(steps.max(1)),
                None => stream.random::<f64>(),
            };
            let gain = entry(&self.rx_gain_db, chain) + self.random_gain_db * normal;
            polar(gain, entry(&self.rx_phase_deg, chain).to_radians() + TAU * turn)
        };
        let tx = |k: usize| polar(entry(&self.tx_gain_db, k), entry(&self.tx_phase_deg, k).to_radians());
        ((0..n_rx).map(rx).collect(), (0..n_tx).map(tx).collect())
    }
}

fn polar(gain_db: f64, phase_rad: f64) -> Complex64 {
    Complex64::from_polar(10f64.powf(gain_db / 20.0), phase_rad)
}

/// When the antennas of the chains are drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermutedPer {
    /// Once a recording.
    Recording,
    /// At every packet, as the Intel 5300 does by the strengths of its antennas.
    #[default]
    Packet,
}

/// Chains hear antennas in a drawn order. The Intel 5300 says with each packet which antenna a chain had, and readers put them in order: give this only for
/// what is not put in order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermutationSpec {
    /// How often an order is drawn. Default `packet`.
    #[serde(default)]
    pub per: PermutedPer,
    /// Share of packets (or of recordings) whose order is drawn, 0..1; the others have that of the antennas. Default 1.
    #[serde(default = "one")]
    pub share: f64,
}

fn one() -> f64 {
    1.0
}

impl PermutationSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self, n_rx: usize) -> Vec<Problem> {
        let alone = || Problem::new("", format!("given for {n_rx} receive antenna, which has no order"));
        within("share", self.share, 0.0, 1.0, "").into_iter().chain((n_rx < 2).then(alone)).collect()
    }

    /// The antenna that each chain hears in packet `packet`.
    pub fn antennas(&self, n_rx: usize, packet: usize, tree: &RandomTree) -> Vec<usize> {
        let item = if self.per == PermutedPer::Packet { packet as u64 } else { 0 };
        let mut stream = tree.stream(item, "wifi antenna order");
        let mut order: Vec<usize> = (0..n_rx).collect();
        if stream.random::<f64>() < self.share {
            shuffle(&mut order, &mut stream);
        }
        order
    }
}

/// All orders are as likely (Fisher and Yates).
fn shuffle(order: &mut [usize], stream: &mut Stream) {
    for last in (1..order.len()).rev() {
        order.swap(last, stream.random_range(0..=last));
    }
}
