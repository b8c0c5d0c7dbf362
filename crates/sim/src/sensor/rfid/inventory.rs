//! Which tag answers when: antennas take turns, channels hop, and rounds of slotted ALOHA by the Q algorithm (EPC Gen2, annex D).
//!
//! All tags are taken to hear the reader: one that is not powered does not answer, and its slot passes as the reader waits. What is read follows from the
//! channel at the times of the attempts.

use super::RfidSpec;
use crate::base::random::{RandomTree, Stream};
use crate::base::yaml::Problem;
use crate::sensor::SensorError;
use crate::sensor::receiver::within;
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Largest Q.
const MOST_Q: f64 = 15.0;
/// Duration of a schedule, at most, s.
const LONGEST_S: f64 = 86_400.0;
/// Tags of a schedule, at most.
const MOST_TAGS: usize = 10_000;

/// How many slots a round has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotSpec {
    /// Q at the start: 2^Q slots, 0..15.
    pub q: f64,
    /// By how much Q rises with a collision and falls with an empty slot, 0..1; annex D has 0.1 to 0.5. 0 keeps Q.
    pub q_step: f64,
}

impl SlotSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let q = within("q", self.q, 0.0, MOST_Q, "");
        q.into_iter().chain(within("q_step", self.q_step, 0.0, 1.0, "")).collect()
    }
}

/// A tag that answers alone in its slot: read, where the channel lets it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When, in the middle of the answer, s.
    pub time_s: f64,
    /// Antenna of the reader, from 1.
    pub antenna: u16,
    /// Channel of the region, from 1.
    pub channel: u16,
    /// Its frequency, Hz.
    pub frequency_hz: f64,
    /// The tag, from 0.
    pub tag: usize,
}

/// Where the reader is in its turns.
struct Turns<'a> {
    spec: &'a RfidSpec,
    tree: &'a RandomTree,
    /// The channels in the order of this pass: each once before any comes again.
    hops: Vec<u16>,
    dwells: u64,
    hopped: u64,
}

impl<'a> Turns<'a> {
    fn new(spec: &'a RfidSpec, tree: &'a RandomTree) -> Self {
        Self { spec, tree, hops: spec.hops(tree, 0), dwells: 0, hopped: 0 }
    }

    /// Goes on to what is in force at a time; gives when it ends.
    fn at(&mut self, time_s: f64) -> f64 {
        let ends = |count: u64, length: f64| (count + 1) as f64 * length;
        while time_s >= ends(self.dwells, self.spec.dwell_s) {
            self.dwells += 1;
        }
        while time_s >= ends(self.hopped, self.spec.hop_s) {
            self.hopped += 1;
            let channels = self.hops.len() as u64;
            if self.hopped.is_multiple_of(channels) {
                self.hops = self.spec.hops(self.tree, self.hopped / channels);
            }
        }
        ends(self.dwells, self.spec.dwell_s).min(ends(self.hopped, self.spec.hop_s))
    }

    fn antenna(&self) -> u16 {
        1 + (self.dwells % self.spec.antennas_m.len() as u64) as u16
    }

    fn channel(&self) -> u16 {
        self.hops[(self.hopped % self.hops.len() as u64) as usize]
    }
}

impl RfidSpec {
    /// The channels in the order of hopping of pass `pass`. Each pass has an order of its own: of one order for all, antennas that change with the hops would hear
    /// the same channels for ever.
    fn hops(&self, tree: &RandomTree, pass: u64) -> Vec<u16> {
        let mut order = self.channels.clone().unwrap_or_else(|| (1..=self.region.channels()).collect());
        shuffle(&mut order, &mut tree.stream(pass, "rfid hops"));
        order
    }

    /// When which of `tags` tags answers alone, from 0 to before `duration_s`, in order of time. `tree` is that of the sample. The attempts of a shorter
    /// duration are the first ones of a longer.
    ///
    /// # Errors
    /// A reader with problems; a duration or number of tags that is none.
    pub fn schedule(&self, tags: usize, duration_s: f64, tree: &RandomTree) -> Result<Vec<Attempt>, SensorError> {
        self.check()?;
        let limits = [
            within("duration_s", duration_s, 0.0, LONGEST_S, "s"),
            within("tags", tags as f64, 0.0, MOST_TAGS as f64, ""),
        ];
        let problems: Vec<Problem> = limits.into_iter().flatten().collect();
        if !problems.is_empty() {
            return Err(SensorError::Impossible { name: self.name.clone(), problems });
        }
        let mut out = Vec::new();
        let mut turns = Turns::new(self, tree);
        let mut stream = tree.stream(0, "rfid slots");
        let mut q = self.slots.q;
        let mut time = 0.0;
        while time < duration_s {
            // A hop takes the power from the tags: they begin a new round behind it, as they do behind a change of the antenna.
            let end = turns.at(time);
            let (antenna, channel) = (turns.antenna(), turns.channel());
            let frequency_hz = self.region.channel_hz(channel).unwrap_or_default();
            let attempt = |time_s, tag| Attempt { time_s, antenna, channel, frequency_hz, tag };
            time = self.round(tags, time, end, &mut q, &mut stream, |time_s, tag| {
                out.push(attempt(time_s, tag));
            });
        }
        out.retain(|attempt: &Attempt| attempt.time_s < duration_s);
        Ok(out)
    }

    /// One round: each tag is read once, unless time is over at `end`. Gives the time behind it.
    fn round(
        &self,
        tags: usize,
        start: f64,
        end: f64,
        q: &mut f64,
        stream: &mut Stream,
        mut single: impl FnMut(f64, usize),
    ) -> f64 {
        let slot = self.air.slots();
        let mut time = start + slot.query_s;
        let mut left: Vec<usize> = (0..tags).collect();
        loop {
            let exponent = q.round();
            let slots = 1_u32 << exponent as u32;
            let mut answers: Vec<(u32, usize)> = left.iter().map(|&tag| (stream.random_range(0..slots), tag)).collect();
            answers.sort_unstable();
            let mut collided = false;
            let mut next = 0;
            for number in 0..slots {
                let first = next;
                while answers.get(next).is_some_and(|(at, _)| *at == number) {
                    next += 1;
                }
                let lasts = match next - first {
                    0 => slot.empty_s,
                    1 => slot.single_s,
                    _ => slot.collision_s,
                };
                if time + lasts > end {
                    return end;
                }
                match next - first {
                    0 => *q = (*q - self.slots.q_step).max(0.0),
                    1 => {
                        let tag = answers[first].1;
                        single(time + slot.middle_s, tag);
                        left.retain(|other| *other != tag);
                    }
                    _ => {
                        *q = (*q + self.slots.q_step).min(MOST_Q);
                        collided = true;
                    }
                }
                time += lasts;
                if q.round() != exponent {
                    // QueryAdjust: all that are left draw anew.
                    collided = true;
                    break;
                }
            }
            if !collided {
                return time;
            }
        }
    }
}

/// All orders are as likely (Fisher and Yates).
fn shuffle(order: &mut [u16], stream: &mut Stream) {
    for last in (1..order.len()).rev() {
        order.swap(last, stream.random_range(0..=last));
    }
}
