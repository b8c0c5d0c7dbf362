//! When each repetition and each of its keys happens, and how much its values differ.

use super::channel::COUNT;
use super::vary::{Rendition, uniform};
use super::{Score, Timing};
use crate::base::random::RandomTree;

/// Offsets of both hands: out, up, forward of the left, then of the right.
pub(super) const HAND_OFFSETS: usize = 6;

/// One repetition of a score's keys.
pub(super) struct Repetition {
    /// Start of the first key's cycle, s.
    pub(super) start: f64,
    /// Length without the rest after it, s.
    pub(super) length: f64,
    /// Length with the rest after it, s.
    pub(super) total: f64,
    /// Time of each key, s.
    pub(super) key_times: Vec<f64>,
    /// Factor of each key's channels.
    pub(super) factors: Vec<[f64; COUNT]>,
    /// Factor of each key's hand offsets.
    pub(super) hand_factors: Vec<[f64; HAND_OFFSETS]>,
}

/// All repetitions that touch the time from 0 to `end` s, with one more at either side so that no curve ends inside.
pub(super) fn repetitions(score: &Score, rendition: &Rendition, end: f64) -> Vec<Repetition> {
    let first = draw(score, rendition, 0, 0.0);
    let onset = rendition.onset_s.filter(|_| matches!(score.timing, Timing::Once { .. }));
    let begin = onset.unwrap_or(-rendition.start * first.total);
    if score.ends_on_floor() {
        // Once and for all: the first key holds before it and the last one after it.
        return vec![draw(score, rendition, 0, begin)];
    }
    let before = draw(score, rendition, -1, 0.0);
    let before_start = begin - before.total;
    let mut all = vec![draw(score, rendition, -1, before_start)];
    let mut start = begin;
    for index in 0.. {
        let next = draw(score, rendition, index, start);
        start += next.total;
        let past = next.start > end;
        all.push(next);
        if past {
            break;
        }
    }
    all
}

/// Repetition `index`, beginning at `start` s. Its differences are keyed by its index alone.
fn draw(score: &Score, rendition: &Rendition, index: i64, start: f64) -> Repetition {
    let (length, pause, wraps) = match &score.timing {
        Timing::Cycle { period_s } => (*period_s, 0.0, true),
        Timing::Once { duration_s, .. } => (*duration_s, rendition.pause_s, false),
        Timing::Gait { .. } => (1.0, 0.0, true),
    };
    let stream = &mut RandomTree::new(rendition.jitter_seed).stream(index as u64, "score repetition");
    let both_ways = |amount: f64| [-amount, amount];
    let pace = rendition.tempo * (1.0 + uniform(both_ways(rendition.key_time), stream));
    let length = length * pace;
    let at: Vec<f64> = score.keys.iter().map(|key| key.at.unwrap_or(0.0)).collect();
    let mut key_times = Vec::with_capacity(at.len());
    let mut factors = Vec::with_capacity(at.len());
    let mut hand_factors = Vec::with_capacity(at.len());
    for (i, &place) in at.iter().enumerate() {
        let before = if i > 0 {
            at[i - 1]
        } else if wraps {
            at[at.len() - 1] - 1.0
        } else {
            0.0
        };
        let after = if i + 1 < at.len() {
            at[i + 1]
        } else if wraps {
            at[0] + 1.0
        } else {
            1.0
        };
        // Two keys that move towards each other shorten the time between them by a quarter at most: what is quick by
        // design must not become impossible by chance.
        let slack = 0.125 * (place - before).min(after - place);
        let shift = uniform(both_ways(rendition.key_time), stream).clamp(-slack, slack);
        key_times.push(start + (place + shift) * length);
        let change = both_ways(rendition.key_value);
        factors.push(std::array::from_fn(|_| 1.0 + uniform(change, stream)));
        hand_factors.push(std::array::from_fn(|_| 1.0 + uniform(change, stream)));
    }
    Repetition { start, length, total: length + pause * rendition.tempo, key_times, factors, hand_factors }
}
