//! What a hand reaches for over time: runs at one place, with a passage from each run to the next.

use super::curve::{Curve, minimum_jerk, smooth_step};
use super::key::{Hand, Place};
use super::repetition::Repetition;
use super::spec::{Direction, Draw, Hands, Shape};
use super::vary::Rendition;
use super::{Score, Timing, channel};
use std::f64::consts::TAU;

/// A place with a shift: out, up, forward, m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    pub(super) place: Place,
    pub(super) offset: [f64; 3],
}

/// What a hand does at one time.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandGoal {
    pub(super) from: Reach,
    /// Where it is passing to and how far it has come, 0..1.
    pub(super) to: Option<(Reach, f64)>,
}

/// A time during which a hand stays with one place.
struct Run {
    start: f64,
    end: f64,
    place: Place,
    path: RunPath,
}

enum RunPath {
    Offsets([Curve; 3]),
    /// A drawn shape; its corners in (out, up, forward), the share of the path at each, and whether it starts and stops.
    Drawn {
        shape: Drawn,
        eased: bool,
    },
}

/// The whole programme of one hand.
pub(super) struct HandTrack {
    runs: Vec<Run>,
}

impl HandTrack {
    pub(super) fn new(
        score: &Score,
        rendition: &Rendition,
        reps: &[Repetition],
        side: usize,
        main: usize,
        stature: f64,
    ) -> Option<Self> {
        let stance = channel::hand(&score.stance, side, main);
        let rest = resolve(stance.as_ref(), Reach { place: Place::Hang, offset: [0.0; 3] });
        let keys: Vec<_> = score.keys.iter().map(|key| channel::hand(key, side, main)).collect();
        let draw = score.draw.as_ref().filter(|draw| match draw.hand {
            Hands::Main => side == main,
            Hands::Other => side != main,
            Hands::Left => side == 0,
            Hands::Right => side == 1,
            Hands::Both => true,
        });
        let scale = rendition.size * stature;
        if draw.is_none() && keys.iter().all(Option::is_none) {
            let offset = rest.offset.map(|v| Curve::constant(v * scale));
            let run = Run { start: 0.0, end: f64::INFINITY, place: rest.place, path: RunPath::Offsets(offset) };
            return stance.map(|_| Self { runs: vec![run] });
        }
        let mut builder = Builder { runs: Vec::new(), knots: Vec::new(), place: rest.place, last: None };
        let once = matches!(score.timing, Timing::Once { .. });
        for rep in reps {
            let inside = |at: f64| draw.is_some_and(|draw| at >= draw.from && at <= draw.to);
            if once && keys.first().is_none_or(Option::is_none) && !inside(0.0) {
                builder.knot(rep.start, rest, [1.0; 3], scale);
            }
            let mut held = rest;
            let mut drawn = false;
            for (i, key) in keys.iter().enumerate() {
                let at = score.keys[i].at.unwrap_or(0.0);
                if let (Some(draw), false) = (draw, drawn)
                    && at >= draw.from
                {
                    builder.draw(draw, rep, side, scale, once);
                    drawn = true;
                }
                if let Some(hand) = key {
                    held = resolve(Some(hand), held);
                    if !inside(at) {
                        let f = &rep.hand_factors[i][3 * side..];
                        builder.knot(rep.key_times[i], held, [f[0], f[1], f[2]], scale);
                    }
                }
            }
            if let (Some(draw), false) = (draw, drawn) {
                builder.draw(draw, rep, side, scale, once);
            }
            if once && keys.last().is_none_or(Option::is_none) && !inside(1.0) {
                builder.knot(rep.start + rep.length, rest, [1.0; 3], scale);
            }
        }
        builder.close();
        Some(Self { runs: builder.runs })
    }

    /// What the hand does at `time` s.
    pub(super) fn at(&self, time: f64) -> HandGoal {
        let i = self.runs.partition_point(|run| run.start <= time).saturating_sub(1);
        let run = &self.runs[i];
        let from = run.at(time);
        match self.runs.get(i + 1) {
            Some(next) if time > run.end => {
                let weight = minimum_jerk((time - run.end) / (next.start - run.end).max(1e-6));
                HandGoal { from, to: Some((next.at(time), weight)) }
            }
            _ => HandGoal { from, to: None },
        }
    }
}

impl Run {
    fn at(&self, time: f64) -> Reach {
        let offset = match &self.path {
            RunPath::Offsets(curves) => [0, 1, 2].map(|i| curves[i].at(time)),
            RunPath::Drawn { shape, eased } => {
                let u = ((time - self.start) / (self.end - self.start)).clamp(0.0, 1.0);
                shape.at(u, *eased)
            }
        };
        Reach { place: self.place, offset }
    }
}

/// What a hand key means after `last`: a named place starts from its own middle, an unnamed one goes on from the last.
fn resolve(hand: Option<&Hand>, last: Reach) -> Reach {
    let Some(hand) = hand else { return last };
    let base = if hand.to.is_some() { [0.0; 3] } else { last.offset };
    Reach {
        place: hand.to.unwrap_or(last.place),
        offset: [hand.out.unwrap_or(base[0]), hand.up.unwrap_or(base[1]), hand.forward.unwrap_or(base[2])],
    }
}

struct Builder {
    runs: Vec<Run>,
    /// Knots of the open run.
    knots: Vec<(f64, [f64; 3])>,
    place: Place,
    /// The last typed offset and the jitter that it got.
    last: Option<(Reach, [f64; 3])>,
}

impl Builder {
    fn knot(&mut self, time: f64, reach: Reach, fresh: [f64; 3], scale: f64) {
        if reach.place != self.place || self.knots.is_empty() {
            self.close();
            self.place = reach.place;
        }
        let mut factor = fresh;
        if let Some((old, kept)) = &self.last
            && old.place == reach.place
        {
            for i in 0..3 {
                if old.offset[i] == reach.offset[i] {
                    factor[i] = kept[i];
                }
            }
        }
        self.last = Some((reach, factor));
        self.knots.push((time, [0, 1, 2].map(|i| reach.offset[i] * factor[i] * scale)));
    }

    fn close(&mut self) {
        if let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) {
            let curves =
                [0, 1, 2].map(|i| Curve::through(&self.knots.iter().map(|k| (k.0, k.1[i])).collect::<Vec<_>>()));
            self.runs.push(Run { start: first.0, end: last.0, place: self.place, path: RunPath::Offsets(curves) });
            self.knots.clear();
        }
    }

    fn draw(&mut self, draw: &Draw, rep: &Repetition, side: usize, scale: f64, eased: bool) {
        self.close();
        let start = rep.start + draw.from * rep.length;
        let end = rep.start + draw.to * rep.length;
        // A key just before may have been shifted past the start.
        if let Some(run) = self.runs.last_mut() {
            run.end = run.end.min(start);
            run.start = run.start.min(run.end);
        }
        let shape = Drawn::new(draw, side, scale);
        self.runs.push(Run { start, end, place: draw.center, path: RunPath::Drawn { shape, eased } });
        self.last = None;
    }
}

/// A shape in (out, up, forward) of the drawing hand.
enum Drawn {
    Circle { centre: [f64; 3], radius: f64, sense: f64, turns: f64 },
    Strokes { corners: Vec<[f64; 3]>, share: Vec<f64> },
}

impl Drawn {
    fn new(draw: &Draw, side: usize, scale: f64) -> Self {
        // Rightwards is outward for the right hand; when both hands draw, the left one mirrors it.
        let right = if side == 1 || draw.hand == Hands::Both { 1.0 } else { -1.0 };
        let centre = draw.offset.map(|v| v * scale);
        let size = draw.size * scale;
        match draw.shape {
            Shape::Circle => {
                let sense = if draw.direction == Direction::Clockwise { right } else { -right };
                Self::Circle { centre, radius: size, sense, turns: draw.turns }
            }
            Shape::Strokes => {
                let corners: Vec<[f64; 3]> = draw
                    .points
                    .iter()
                    .map(|p| [centre[0] + right * p[0] * size, centre[1] + p[1] * size, centre[2]])
                    .collect();
                let mut share = vec![0.0];
                for pair in corners.windows(2) {
                    let length = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
                    share.push(share[share.len() - 1] + length.max(1e-6));
                }
                let total = share[share.len() - 1];
                share.iter_mut().for_each(|s| *s /= total);
                Self::Strokes { corners, share }
            }
        }
    }

    /// Place at the share `u` of the drawing time.
    fn at(&self, u: f64, eased: bool) -> [f64; 3] {
        match self {
            Self::Circle { centre, radius, sense, turns } => {
                let u = if eased { smooth_step(u) } else { u };
                let (sin, cos) = (TAU * turns * u).sin_cos();
                [centre[0] + sense * radius * sin, centre[1] + radius * cos, centre[2]]
            }
            Self::Strokes { corners, share } => {
                let i = share.partition_point(|s| *s <= u).clamp(1, share.len() - 1) - 1;
                let part = smooth_step((u - share[i]) / (share[i + 1] - share[i]));
                [0, 1, 2].map(|k| corners[i][k] + part * (corners[i + 1][k] - corners[i][k]))
            }
        }
    }
}
