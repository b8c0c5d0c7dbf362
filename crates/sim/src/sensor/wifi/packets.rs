//! When packets arrive: regular, with jitter, Poisson or out of a file, and which are lost.

use crate::base::random::RandomTree;
use crate::base::yaml::{Problem, YamlError};
use crate::sensor::SensorError;
use crate::sensor::receiver::within;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Packets of a recording, at most: a guard against a rate or a duration with too many zeros.
const MOST: f64 = 1e8;

/// Faults of a file that are told at once.
const TOLD: usize = 20;

/// How packets follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacketTiming {
    /// At a rate, from time 0 on; with `jitter_s` each off its place.
    #[default]
    Regular,
    /// Independent of each other, at a mean rate.
    Poisson,
    /// As a file says.
    File,
}

/// When packets arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PacketSpec {
    /// How they follow each other. Default `regular`.
    #[serde(default)]
    pub timing: PacketTiming,
    /// Packets a second, Hz, 0.01..1e5; of `regular` and `poisson`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
    /// Standard deviation of a packet's time from its place, s, 0..1; of `regular`. Packets do not overtake. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_s: Option<f64>,
    /// A text with one time a line, s, from 0, never falling; lines that begin with `#` are passed over. Of `file`.
    /// Relative to the folder of the file that names it: the device's or, below `with`, the scene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Which are lost; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossSpec>,
}

/// Which packets are lost: independently, or in bursts after Gilbert (1960) and Elliott (1963): a chain of two states changes before each packet and
/// loses it with the probability of the state it is in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossSpec {
    /// Share of packets that are lost in the long run, 0..0.99.
    pub share: f64,
    /// Mean length of a burst, packets, 1..1e5. Independent losses without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_packets: Option<f64>,
    /// Probability of loss within a burst, above `share`..1. Default 1.
    #[serde(default = "one")]
    pub within: f64,
    /// Probability of loss between bursts, 0..`share`. Default 0.
    #[serde(default)]
    pub between: f64,
}

fn one() -> f64 {
    1.0
}

impl LossSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out: Vec<Problem> = [
            within("share", self.share, 0.0, 0.99, ""),
            self.burst_packets.and_then(|b| within("burst_packets", b, 1.0, 1e5, "")),
            within("within", self.within, 0.0, 1.0, ""),
            within("between", self.between, 0.0, 1.0, ""),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !out.is_empty() {
            return out;
        }
        let Some(length) = self.burst_packets else {
            let mut given = |key: &str| out.push(Problem::new(key, "given without burst_packets, which it belongs to"));
            if self.within != 1.0 {
                given("within");
            }
            if self.between != 0.0 {
                given("between");
            }
            return out;
        };
        if !(self.between <= self.share && self.share < self.within) {
            let message = format!(
                "{} given, must be at least `between` ({}) and below `within` ({})",
                self.share, self.between, self.within
            );
            out.push(Problem::new("share", message));
        } else if self.beginning(length) > 1.0 {
            let least = self.in_burst() / (1.0 - self.in_burst());
            let message =
                format!("{length} given, bursts that lose a share of {} last {least:.3} packets or more", self.share);
            out.push(Problem::new("burst_packets", message));
        }
        out
    }

    /// Share of packets that fall into bursts: from `share = π within + (1 − π) between`.
    fn in_burst(&self) -> f64 {
        (self.share - self.between) / (self.within - self.between)
    }

    /// Probability that a burst begins: the chain is in balance, `(1 − π) p = π / length`.
    fn beginning(&self, length: f64) -> f64 {
        self.in_burst() / ((1.0 - self.in_burst()) * length)
    }

    /// Which of so many packets are lost.
    fn lost(&self, packets: usize, tree: &RandomTree) -> Vec<bool> {
        let mut stream = tree.stream(0, "wifi packet losses");
        let mut chance = move || stream.random::<f64>();
        let Some(length) = self.burst_packets else {
            return (0..packets).map(|_| chance() < self.share).collect();
        };
        let (begin, end) = (self.beginning(length), 1.0 / length);
        let mut burst = chance() < self.in_burst();
        let mut lost = Vec::with_capacity(packets);
        for _ in 0..packets {
            lost.push(chance() < if burst { self.within } else { self.between });
            burst = if burst { chance() >= end } else { chance() < begin };
        }
        lost
    }
}

impl PacketSpec {
    /// Packets at a rate, none lost.
    pub fn regular(rate_hz: f64) -> Self {
        Self { timing: PacketTiming::Regular, rate_hz: Some(rate_hz), jitter_s: None, file: None, loss: None }
    }

    /// Every value outside its admissible range, and every key that this timing does not have.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        let name = match self.timing {
            PacketTiming::Regular => "regular",
            PacketTiming::Poisson => "poisson",
            PacketTiming::File => "file",
        };
        let file = self.timing == PacketTiming::File;
        let mut fits = |key: &str, given: bool, belongs: bool, needed: bool| {
            if given && !belongs {
                out.push(Problem::new(key, format!("given, but packets of the timing `{name}` have none")));
            } else if needed && !given {
                out.push(Problem::new(key, format!("missing: packets of the timing `{name}` have it")));
            }
        };
        fits("rate_hz", self.rate_hz.is_some(), !file, !file);
        fits("jitter_s", self.jitter_s.is_some(), self.timing == PacketTiming::Regular, false);
        fits("file", self.file.is_some(), file, file);
        out.extend(self.rate_hz.and_then(|rate| within("rate_hz", rate, 0.01, 1e5, "Hz")));
        out.extend(self.jitter_s.and_then(|jitter| within("jitter_s", jitter, 0.0, 1.0, "s")));
        let loss = self.loss.map(|l| l.problems()).unwrap_or_default();
        out.extend(loss.into_iter().map(|p| p.under("loss")));
        out
    }

    /// When the packets that are received arrive, from 0 to before `duration_s`; never falling. The first packets of a longer recording are those of a
    /// shorter one where there is no jitter.
    ///
    /// # Errors
    /// A file that cannot be read or holds what is no time, with its lines; a duration that is none.
    pub fn times(&self, duration_s: f64, tree: &RandomTree) -> Result<Vec<f64>, SensorError> {
        let impossible =
            |problem: Problem| SensorError::Impossible { name: "WiFi packets".into(), problems: vec![problem] };
        let rate = self.rate_hz.unwrap_or(0.0);
        if !(duration_s >= 0.0 && duration_s * rate.max(1.0) <= MOST) {
            let message = format!("{duration_s} s given, must be 0 s or more, and at most {MOST:e} packets");
            return Err(impossible(Problem::new("duration_s", message)));
        }
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(impossible(problem));
        }
        let mut times = match (self.timing, &self.file) {
            (PacketTiming::File, Some(path)) => read(path)?,
            (PacketTiming::Poisson, _) => {
                let mut stream = tree.stream(0, "wifi packet times");
                let mut time = 0.0;
                let gaps = std::iter::from_fn(|| {
                    let gap: f64 = Exp1.sample(&mut stream);
                    time += gap / rate;
                    (time < duration_s).then_some(time)
                });
                gaps.collect()
            }
            _ => {
                let jitter = self.jitter_s.unwrap_or(0.0);
                let mut stream = tree.stream(0, "wifi packet times");
                let mut off = || {
                    let normal: f64 = StandardNormal.sample(&mut stream);
                    jitter * normal
                };
                let places = (0..=(duration_s * rate).ceil() as u64).map(|i| i as f64 / rate);
                let mut times: Vec<f64> =
                    places.map(|place| if jitter > 0.0 { (place + off()).max(0.0) } else { place }).collect();
                times.sort_by(f64::total_cmp);
                times
            }
        };
        if let Some(loss) = &self.loss {
            let lost = loss.lost(times.len(), tree);
            let mut lost = lost.iter();
            times.retain(|_| lost.next() != Some(&true));
        }
        times.retain(|time| *time < duration_s);
        Ok(times)
    }
}

/// The times of a file.
fn read(path: &Path) -> Result<Vec<f64>, SensorError> {
    let text = std::fs::read_to_string(path).map_err(|source| YamlError::Read { path: path.to_owned(), source })?;
    let mut problems = Vec::new();
    let mut times: Vec<f64> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fault = match line.parse::<f64>() {
            Ok(time) if !time.is_finite() => Some(format!("`{line}` is no time; expected seconds")),
            Ok(time) if time < 0.0 => Some(format!("{time} s is before the start; expected 0 s or more")),
            Ok(time) => match times.last() {
                Some(before) if time < *before => {
                    Some(format!("{time} s follows {before} s; expected times that never fall"))
                }
                _ => {
                    times.push(time);
                    None
                }
            },
            Err(_) => Some(format!("`{line}` is not a number; expected one time a line, in seconds")),
        };
        problems.extend(fault.map(|message| (Some(number), Problem::new("", message))));
        if problems.len() == TOLD {
            problems
                .push((Some(number), Problem::new("", format!("{TOLD} faults up to here; what follows was not read"))));
            break;
        }
    }
    if times.is_empty() && problems.is_empty() {
        problems.push((None, Problem::new("", "holds no time; expected one a line, in seconds")));
    }
    if problems.is_empty() { Ok(times) } else { Err(YamlError::in_file(path, problems).into()) }
}
