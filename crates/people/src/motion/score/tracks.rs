//! Every channel of a score as a curve over the whole playing time.

use super::Score;
use super::Timing;
use super::channel::{self, COUNT, Scale};
use super::curve::Curve;
use super::hands::HandTrack;
use super::repetition::{Repetition, repetitions};
use super::vary::{Rendition, Side};

/// Curves of all channels. Values are as typed (metres and degrees) but scaled to the person.
pub(super) struct Tracks {
    curves: Vec<Curve>,
    /// What each hand reaches for; `None` when it never does.
    pub(super) hands: [Option<HandTrack>; 2],
    /// Begin of every repetition, s.
    pub(super) seams: Vec<f64>,
}

impl Tracks {
    /// Lays out `score` from time 0 to `end` s for a person whose lengths are `stature` times those of 1.75 m.
    pub(super) fn new(score: &Score, rendition: &Rendition, stature: f64, end: f64) -> Self {
        let reps = if score.keys.is_empty() { Vec::new() } else { repetitions(score, rendition, end) };
        let main = usize::from(rendition.side == Side::Right);
        let stance = channel::flatten(&score.stance, main);
        let keys: Vec<_> = score.keys.iter().map(|key| channel::flatten(key, main)).collect();
        let curves = (0..COUNT)
            .map(|c| {
                let scaled = |value: f64| scaled(value, c, rendition.size, stature);
                let relaxed = stance[c].unwrap_or(0.0);
                let named: Vec<(usize, f64)> =
                    keys.iter().enumerate().filter_map(|(i, key)| key[c].map(|value| (i, value))).collect();
                let Some(&(_, first)) = named.first() else {
                    return Curve::constant(scaled(relaxed));
                };
                let ends = match score.timing {
                    Timing::Once { .. } => {
                        let rest = if channel::is_arm(c) { first } else { relaxed };
                        (keys[0][c].is_none().then_some(rest), keys[keys.len() - 1][c].is_none().then_some(rest))
                    }
                    _ => (None, None),
                };
                let knots = channel_knots(&reps, &named, ends, c);
                Curve::through(&knots.into_iter().map(|(t, v)| (t, scaled(v))).collect::<Vec<_>>())
            })
            .collect();
        let hands = [0, 1].map(|side| HandTrack::new(score, rendition, &reps, side, main, stature));
        Self { curves, hands, seams: reps.iter().map(|rep| rep.start).collect() }
    }

    /// Value of a channel at `time` s: metres or degrees.
    pub(super) fn value(&self, channel: usize, time: f64) -> f64 {
        self.curves[channel].at(time)
    }
}

/// Knots of one channel through all repetitions. A value that does not change from one knot to the next keeps its jitter, so
/// that holds stay holds and planted feet stay planted.
fn channel_knots(
    reps: &[Repetition],
    named: &[(usize, f64)],
    (at_start, at_end): (Option<f64>, Option<f64>),
    channel: usize,
) -> Vec<(f64, f64)> {
    let mut knots: Vec<(f64, f64)> = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    let source = channel::jitter_source(channel);
    for rep in reps {
        let mut push = |time: f64, value: f64, fresh: f64| {
            let factor = match last {
                Some((old, factor)) if old == value => factor,
                _ => fresh,
            };
            last = Some((value, factor));
            knots.push((time, value * factor));
        };
        if let Some(value) = at_start {
            push(rep.start, value, 1.0);
        }
        for &(key, value) in named {
            push(rep.key_times[key], value, rep.factors[key][source]);
        }
        if let Some(value) = at_end {
            push(rep.start + rep.length, value, 1.0);
        }
    }
    knots
}

/// A typed value for this person and this rendition, held within what joints allow.
fn scaled(value: f64, c: usize, size: f64, stature: f64) -> f64 {
    match channel::scale(c) {
        Scale::Length => value * size * stature,
        Scale::Angle if channel::is_arm(c) => (value * size).clamp(-178.0, 178.0),
        Scale::Angle => value * size,
        Scale::Direction => value,
        Scale::Flexion => (value * size).clamp(0.0, 145.0),
    }
}
