//! From the channel of each attempt to what a reader reports.

use super::{Attempt, DopplerSpec, RfidSpec};
use crate::base::Complex64;
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::propagation::budget::{from_db, watts_from_dbm};
use crate::sensor::SensorError;
use crate::sensor::wifi::dbm_from_watts;
use crate::signal::{RfidInfo, RfidRead, RfidReads};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::f64::consts::{PI, TAU};

/// What a reader reports, and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct RfidReceived {
    /// The reads.
    pub reads: RfidReads,
    /// What was added, and what was not read.
    pub truth: RfidTruth,
}

/// What reader and tags did to a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfidTruth {
    /// Phase of each tag, rad.
    pub tag_phase_rad: Vec<f64>,
    /// Sensitivity of each tag, dBm.
    pub tag_sensitivity_dbm: Vec<f64>,
    /// Phases of the reader.
    pub reader: Vec<ReaderPhase>,
    /// The attempt of each read.
    pub attempts: Vec<usize>,
    /// Attempts of each tag that found it without power.
    pub unpowered: Vec<usize>,
    /// Attempts of each tag whose answer was too weak.
    pub unheard: Vec<usize>,
}

/// Phase of the reader at an antenna and a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReaderPhase {
    /// The antenna.
    pub antenna: u16,
    /// The channel.
    pub channel: u16,
    /// Its phase, rad, 0 to 2π.
    pub phase_rad: f64,
}

impl RfidSpec {
    /// What the reader reports of the attempts of [`Self::schedule`]. `channel` is the one-way transfer h of each between isotropic antennas, the root of
    /// received over sent power with the phase −2πfτ (patterns relative to boresight may be in it; the gains on boresight are those of reader and tag). `tags`
    /// names the tags. `tree` is that of the sample.
    ///
    /// # Errors
    /// A reader with problems; as many values as there are no attempts; times that fall; a tag that has no name; a channel that is no number.
    pub fn receive(
        &self,
        tags: &[String],
        attempts: &[Attempt],
        channel: &[Complex64],
        tree: &RandomTree,
    ) -> Result<RfidReceived, SensorError> {
        self.check()?;
        if let Some(message) = unfit(tags, attempts, channel) {
            let problems = vec![Problem::new("channel", message)];
            return Err(SensorError::Impossible { name: self.name.clone(), problems });
        }
        let phase_of = |item: u64, purpose: &str| TAU * tree.stream(item, purpose).random::<f64>();
        let offset = |item, purpose| if self.phase.offsets { phase_of(item, purpose) } else { 0.0 };
        let of_reader = |a: &Attempt| offset(u64::from(a.antenna) << 16 | u64::from(a.channel), "rfid reader phase");
        let mut truth = RfidTruth {
            tag_phase_rad: (0..tags.len()).map(|tag| offset(tag as u64, "rfid tag phase")).collect(),
            tag_sensitivity_dbm: (0..tags.len()).map(|tag| self.sensitivity_dbm(tag, tree)).collect(),
            reader: Vec::new(),
            attempts: Vec::new(),
            unpowered: vec![0; tags.len()],
            unheard: vec![0; tags.len()],
        };
        let mut reader: HashMap<(u16, u16), f64> = HashMap::new();
        let doppler = self.doppler.map(|_| rates_hz(attempts, channel));
        let mut reads = Vec::new();
        for (i, (attempt, h)) in attempts.iter().zip(channel).enumerate() {
            let (tag, power) = (attempt.tag, h.norm_sqr());
            if self.tag_dbm(power) < truth.tag_sensitivity_dbm[tag] {
                truth.unpowered[tag] += 1;
                continue;
            }
            let back_w = self.backscattered_w(power);
            if dbm_from_watts(back_w) < self.receiver.sensitivity_dbm {
                truth.unheard[tag] += 1;
                continue;
            }
            let heard = Complex64::from_polar(back_w.sqrt(), (h * h).arg()) + self.noise(i, tree);
            let own = *reader.entry((attempt.antenna, attempt.channel)).or_insert_with(|| of_reader(attempt));
            let spread = self.phase.deviation_rad * normal(i, "rfid phase", tree);
            let half = self.phase.half_turn && tree.stream(i as u64, "rfid half turn").random::<bool>();
            let phase = truth.tag_phase_rad[tag] + own - heard.arg() + spread + if half { PI } else { 0.0 };
            truth.attempts.push(i);
            reads.push(RfidRead {
                time_s: attempt.time_s,
                tag,
                antenna: attempt.antenna,
                channel: Some(attempt.channel),
                frequency_hz: Some(attempt.frequency_hz),
                phase_rad: self.stepped(phase),
                rssi_dbm: steps(dbm_from_watts(heard.norm_sqr()), self.rssi_step_db),
                doppler_hz: self.doppler.zip(doppler.as_ref().and_then(|rates| rates[i])).map(|(spec, rate)| {
                    let deviation = self.phase_deviation_rad(back_w);
                    spec.reported_hz(rate, deviation, normal(i, "rfid Doppler", tree))
                }),
            });
        }
        let mut phases: Vec<ReaderPhase> = reader
            .into_iter()
            .map(|((antenna, channel), phase_rad)| ReaderPhase { antenna, channel, phase_rad })
            .collect();
        phases.sort_by_key(|p| (p.antenna, p.channel));
        truth.reader = phases;
        let info = RfidInfo {
            device: format!("simulated {}", self.name),
            phase_step_rad: (self.phase.steps > 0).then(|| TAU / f64::from(self.phase.steps)),
            half_turn: self.phase.half_turn,
            nominal_clock: false,
        };
        Ok(RfidReceived { reads: RfidReads { reads, tags: tags.to_vec(), info }, truth })
    }

    /// Power at a tag, dBm, by the power of the one-way transfer.
    fn tag_dbm(&self, power: f64) -> f64 {
        self.transmit_power_dbm + self.antenna_gain_dbi + self.tag.gain_dbi + 10.0 * power.log10()
    }

    /// Power that comes back, W: `P |h|⁴ (G_r G_t)² / L`.
    pub fn backscattered_w(&self, power: f64) -> f64 {
        let gains = from_db(self.antenna_gain_dbi + self.tag.gain_dbi);
        watts_from_dbm(self.transmit_power_dbm) * (power * gains).powi(2) / from_db(self.tag.modulation_loss_db)
    }

    /// Standard deviation of a read's phase, rad: `√(1/(2 SNR) + deviation²)`, of a signal well above the noise.
    pub fn phase_deviation_rad(&self, back_w: f64) -> f64 {
        let noise_w = self.receiver.noise_dbm.map_or(0.0, watts_from_dbm);
        (0.5 * noise_w / back_w + self.phase.deviation_rad.powi(2)).sqrt()
    }

    fn sensitivity_dbm(&self, tag: usize, tree: &RandomTree) -> f64 {
        self.tag.sensitivity_dbm + self.tag.sensitivity_deviation_db * normal(tag, "rfid tag sensitivity", tree)
    }

    /// Noise of a read, √W.
    fn noise(&self, attempt: usize, tree: &RandomTree) -> Complex64 {
        let Some(dbm) = self.receiver.noise_dbm else { return Complex64::new(0.0, 0.0) };
        let deviation = (0.5 * watts_from_dbm(dbm)).sqrt();
        let mut stream = tree.stream(attempt as u64, "rfid noise");
        let (re, im): (f64, f64) = (StandardNormal.sample(&mut stream), StandardNormal.sample(&mut stream));
        Complex64::new(deviation * re, deviation * im)
    }

    /// A phase within a turn, in the steps of the reader.
    fn stepped(&self, phase_rad: f64) -> f64 {
        if self.phase.steps == 0 {
            let turn = phase_rad.rem_euclid(TAU);
            return if turn < TAU { turn } else { 0.0 };
        }
        let steps = f64::from(self.phase.steps);
        let number = (phase_rad / TAU * steps).round().rem_euclid(steps);
        number * (TAU / steps)
    }
}

fn normal(item: usize, purpose: &str, tree: &RandomTree) -> f64 {
    StandardNormal.sample(&mut tree.stream(item as u64, purpose))
}

fn steps(value: f64, step: f64) -> f64 {
    if step > 0.0 { step * (value / step).round() } else { value }
}

/// Step of the Doppler frequency that readers of Impinj report, Hz.
const DOPPLER_STEP_HZ: f64 = 1.0 / 16.0;

impl DopplerSpec {
    /// What is reported of a rate: the phases of two halves of an answer are compared, each off by the read's phase noise.
    fn reported_hz(&self, rate_hz: f64, phase_deviation_rad: f64, normal: f64) -> f64 {
        let deviation = std::f64::consts::SQRT_2 * phase_deviation_rad / (TAU * self.between_s);
        steps(rate_hz + deviation * normal, DOPPLER_STEP_HZ)
    }
}

/// Attempts further apart than this say nothing of the rate between them, s: a quarter of a turn at 2.5 Hz.
const NEAR_S: f64 = 0.1;

/// Rate of the phase −arg(h²) at each attempt, Hz, receding positive: by the nearest attempt of the same tag at the same antenna and channel.
fn rates_hz(attempts: &[Attempt], channel: &[Complex64]) -> Vec<Option<f64>> {
    let mut last: HashMap<(usize, u16, u16), usize> = HashMap::new();
    let mut nearest: Vec<Option<(f64, f64)>> = vec![None; attempts.len()];
    for (i, attempt) in attempts.iter().enumerate() {
        let Some(before) = last.insert((attempt.tag, attempt.antenna, attempt.channel), i) else { continue };
        let gap = attempt.time_s - attempts[before].time_s;
        if !(gap > 0.0 && gap <= NEAR_S) {
            continue;
        }
        let turn = channel[i] * channel[before].conj();
        let rate = -(turn * turn).arg() / (TAU * gap);
        for at in [before, i] {
            if nearest[at].is_none_or(|(known, _)| gap < known) {
                nearest[at] = Some((gap, rate));
            }
        }
    }
    nearest.into_iter().map(|found| found.map(|(_, rate)| rate)).collect()
}

/// What does not fit about attempts and their channel.
fn unfit(tags: &[String], attempts: &[Attempt], channel: &[Complex64]) -> Option<String> {
    if attempts.len() != channel.len() {
        return Some(format!("{} values given for {} attempts", channel.len(), attempts.len()));
    }
    for (i, (attempt, h)) in attempts.iter().zip(channel).enumerate() {
        if attempt.tag >= tags.len() {
            return Some(format!("attempt {i} is of tag {}, {} tags have names", attempt.tag, tags.len()));
        }
        if !(attempt.time_s.is_finite() && h.re.is_finite() && h.im.is_finite()) {
            return Some(format!("time or channel of attempt {i} is not a number"));
        }
    }
    let back = attempts.windows(2).position(|w| w[1].time_s < w[0].time_s)?;
    Some(format!("attempt {} is before the one in front of it", back + 1))
}
