//! A way through waypoints: where the body is at any time, and how quickly it steps.
//!
//! Between rests the way runs straight, and through each waypoint on a curve without a jump of curvature ([`REACH_S`]).
//! The speed of a leg is kept but for ramps on half cosines: from a rest and to one within the leg, from one speed to another around the
//! waypoint between. Who turns back by more than [`SHARP`] stops, and turns on the spot.

use super::super::curve::smooth_step;
use super::station::Station;
use super::waypoint::Waypoint;
use crate::base::Vec3;
use crate::base::yaml::Problem;
use std::f64::consts::{FRAC_1_PI, PI, TAU};

/// The curve through a waypoint begins this long before it and ends as long after it, s, or at 0.45 of the shorter leg.
const REACH_S: f64 = 1.2;
/// Curvature at the waypoint, in parts of the turn over the curve's half: about that of the least change of curvature.
const BEND: f64 = 1.6;
/// Larger turns are made on the spot, rad (100°).
const SHARP: f64 = 1.745;
/// An about-turn on the spot takes this long, s.
const ABOUT_TURN_S: f64 = 1.6;
/// Samples of a half of a curve.
const SAMPLES: usize = 24;
/// Rounds in which speeds, ramps and times find each other; each leaves less than a fifth of the error.
const ROUNDS: usize = 40;

/// A place on the way.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Length of the way up to it, m.
    gone: f64,
    position: Vec3,
    heading: f64,
}

/// A stretch between two rests.
#[derive(Clone, Debug)]
struct Walk {
    /// The curve.
    marks: Vec<Mark>,
    /// How it is gone, in order of time.
    paces: Vec<Pace>,
}

/// A change of speed on a half cosine, or a steady speed.
#[derive(Clone, Copy, Debug)]
struct Pace {
    begin: f64,
    gone: f64,
    from: f64,
    to: f64,
    time: f64,
}

/// A piece of time in which the rate of steps changes linearly.
#[derive(Clone, Copy, Debug)]
struct Beat {
    begin: f64,
    /// Walker's time at its begin.
    walker: f64,
    rate: f64,
    /// Change of the rate, 1/s.
    change: f64,
}

/// A way that can be walked.
#[derive(Clone, Debug)]
pub(super) struct Route {
    stretches: Vec<Walk>,
    beats: Vec<Beat>,
    /// Arrival at and leave from each waypoint, s.
    pub(super) times: Vec<[f64; 2]>,
}

/// What of a waypoint matters to the times.
struct Halt {
    /// Length of the leg to it, m; 0 for the first.
    leg: f64,
    /// Whether the body stops there.
    stops: bool,
    /// Least time of a stop, s.
    rest: f64,
}

impl Route {
    /// Plans a way for somebody who walks at `usual` m/s where nothing else is said, with a step every `step_s` then.
    pub(super) fn plan(waypoints: &[Waypoint], usual: f64, step_s: f64, jog: bool) -> Result<Self, Vec<Problem>> {
        let problems = Waypoint::problems(waypoints, jog);
        if !problems.is_empty() {
            return Err(problems);
        }
        let places: Vec<Vec3> = waypoints.iter().map(|w| Vec3::new(w.x_m, w.y_m, 0.0)).collect();
        let last = places.len() - 1;
        let directions: Vec<Vec3> = places.windows(2).map(|w| (w[1] - w[0]).normalize()).collect();
        let turn = |k: usize| directions[k - 1].dot(&directions[k]).clamp(-1.0, 1.0).acos();
        let stops = |k: usize| k == 0 || k == last || waypoints[k].stay_s > 0.0 || turn(k) > SHARP;
        let mut nodes: Vec<Halt> = (0..=last)
            .map(|k| {
                let turning = if k == 0 || k == last { 0.0 } else { turn(k) * FRAC_1_PI * ABOUT_TURN_S };
                Halt { leg: 0.0, stops: stops(k), rest: if stops(k) { waypoints[k].stay_s.max(turning) } else { 0.0 } }
            })
            .collect();
        let guesses: Vec<f64> = waypoints[1..].iter().map(|w| w.speed_mps.unwrap_or(usual)).collect();
        let mut stretches = Vec::new();
        let mut first = 0;
        for k in (1..=last).filter(|&k| stops(k)) {
            let before = stretches.last().and_then(|s: &Walk| s.marks.last()).map(|mark| mark.heading);
            let legs = (&directions[first..k], &guesses[first..k]);
            let marks = curve(&places[first..=k], legs, before, &mut nodes[first + 1..=k]);
            stretches.push(Walk { marks, paces: Vec::new() });
            first = k;
        }
        let [_, fastest] = Waypoint::speeds(jog);
        let paced = Paced::solve(waypoints, &nodes, usual, 2.5 * step_s);
        for (i, speed) in paced.speeds.iter().enumerate() {
            // The least of a leg between fast ones; a little over is rounding of ramps.
            if !(0.02..=1.2 * fastest).contains(speed) {
                let message = format!("cannot be kept: the way would need {speed:.2} m/s with its ramps and turns");
                return Err(vec![Problem::new(format!("{}.time_s", i + 1), message)]);
            }
        }
        let mut route = Self { stretches, beats: Vec::new(), times: paced.times.clone() };
        paced.fill(&nodes, usual, &mut route);
        Ok(route)
    }

    /// Where the body is at `time_s`.
    pub(super) fn at(&self, time_s: f64) -> Station {
        let next = self.stretches.partition_point(|s| s.paces.first().is_some_and(|p| p.begin <= time_s));
        let stretch = &self.stretches[next.saturating_sub(1)];
        let gone = stretch.gone(time_s);
        let mut station = stretch.at(gone);
        if let (Some(end), Some(after)) = (stretch.paces.last(), self.stretches.get(next).filter(|_| next > 0)) {
            // At the end of the rest the body turns to where it goes on.
            let (from, to) = (station.heading, after.at(0.0).heading);
            let rest_end = after.paces.first().map_or(time_s, |p| p.begin);
            let turning = ((to - from).abs() * FRAC_1_PI * ABOUT_TURN_S).max(1e-3);
            if time_s > end.begin + end.time {
                station.heading += (to - from) * smooth_step(1.0 - (rest_end - time_s) / turning);
            }
        }
        station
    }

    /// Walker's time, in which steps have one rate, at `time_s`.
    pub(super) fn walker_time(&self, time_s: f64) -> f64 {
        let i = self.beats.partition_point(|b| b.begin <= time_s).saturating_sub(1);
        let beat = &self.beats[i];
        let t = time_s - beat.begin;
        beat.walker + t * (beat.rate + if t > 0.0 { 0.5 * beat.change * t } else { 0.0 })
    }

    /// The time at which it is `walker` by the walker's time.
    pub(super) fn time(&self, walker: f64) -> f64 {
        let i = self.beats.partition_point(|b| b.walker <= walker).saturating_sub(1);
        let beat = &self.beats[i];
        let w = walker - beat.walker;
        if w <= 0.0 || beat.change == 0.0 {
            return beat.begin + w / beat.rate;
        }
        // The root of ½ change t² + rate t = w that is stable for small changes.
        beat.begin + 2.0 * w / (beat.rate + (beat.rate * beat.rate + 2.0 * beat.change * w).max(0.0).sqrt())
    }
}

impl Walk {
    /// Length of the way that is gone at `time_s`, m.
    fn gone(&self, time_s: f64) -> f64 {
        let i = self.paces.partition_point(|p| p.begin <= time_s);
        let Some(pace) = i.checked_sub(1).map(|i| &self.paces[i]) else { return 0.0 };
        let t = (time_s - pace.begin).min(pace.time);
        let wave = if pace.time > 0.0 { pace.time / PI * (PI * t / pace.time).sin() } else { 0.0 };
        pace.gone + pace.from * t + 0.5 * (pace.to - pace.from) * (t - wave)
    }

    /// The place after `gone` m.
    fn at(&self, gone: f64) -> Station {
        let i = self.marks.partition_point(|m| m.gone <= gone).clamp(1, self.marks.len() - 1);
        let (a, b) = (&self.marks[i - 1], &self.marks[i]);
        let length = (b.gone - a.gone).max(1e-12);
        let u = ((gone - a.gone) / length).clamp(0.0, 1.0);
        let position = hermite((a.position, ahead(a.heading) * length), (b.position, ahead(b.heading) * length), u);
        Station { position, heading: a.heading + (b.heading - a.heading) * u }
    }
}

/// The direction of a heading, from −y to the left.
fn ahead(heading: f64) -> Vec3 {
    Vec3::new(heading.sin(), -heading.cos(), 0.0)
}

fn hermite((p, m): (Vec3, Vec3), (q, n): (Vec3, Vec3), u: f64) -> Vec3 {
    let (u2, u3) = (u * u, u * u * u);
    p * (2.0 * u3 - 3.0 * u2 + 1.0) + m * (u3 - 2.0 * u2 + u) + q * (3.0 * u2 - 2.0 * u3) + n * (u3 - u2)
}

/// Place, first and second derivative at an end of a curve.
type End = (Vec3, Vec3, Vec3);

/// The polynomial of fifth degree between two ends, whose curvature is theirs.
fn quintic((p, v, a): End, (q, w, b): End, u: f64) -> Vec3 {
    let (u2, u3) = (u * u, u * u * u);
    let (u4, u5) = (u3 * u, u3 * u2);
    let gone = 10.0 * u3 - 15.0 * u4 + 6.0 * u5;
    p * (1.0 - gone)
        + q * gone
        + v * (u - 6.0 * u3 + 8.0 * u4 - 3.0 * u5)
        + w * (7.0 * u4 - 4.0 * u3 - 3.0 * u5)
        + a * (0.5 * u2 - 1.5 * u3 + 1.5 * u4 - 0.5 * u5)
        + b * (0.5 * u3 - u4 + 0.5 * u5)
}

fn quintic_slope((p, v, a): End, (q, w, b): End, u: f64) -> Vec3 {
    let (u2, u3) = (u * u, u * u * u);
    let u4 = u3 * u;
    (q - p) * (30.0 * u2 - 60.0 * u3 + 30.0 * u4)
        + v * (1.0 - 18.0 * u2 + 32.0 * u3 - 15.0 * u4)
        + w * (28.0 * u3 - 12.0 * u2 - 15.0 * u4)
        + a * (u - 4.5 * u2 + 6.0 * u3 - 2.5 * u4)
        + b * (1.5 * u2 - 4.0 * u3 + 2.5 * u4)
}

/// The curve through places with straight legs, whose lengths go to `nodes`; `speeds` are about those of the legs, and its heading goes on from
/// `before` the short way round.
fn curve(
    places: &[Vec3],
    (directions, speeds): (&[Vec3], &[f64]),
    before: Option<f64>,
    nodes: &mut [Halt],
) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut push = |position: Vec3, direction: Vec3| {
        let mut heading = direction.x.atan2(-direction.y);
        let mut gone = 0.0;
        if let Some(known) = marks.last().map(|mark| mark.heading).or(before) {
            heading += TAU * ((known - heading) / TAU).round();
        }
        if let Some(last) = marks.last() {
            // Of an arc the chord is short by the square of its bend over 24.
            let chord = (position - last.position).norm();
            gone = last.gone + chord * (1.0 + (heading - last.heading).powi(2) / 24.0);
        }
        marks.push(Mark { gone, position, heading });
        gone
    };
    let last = places.len() - 1;
    push(places[0], directions[0]);
    let mut met = 0.0;
    for k in 1..=last {
        let passed = if k == last {
            push(places[k], directions[k - 1])
        } else {
            let legs = (places[k] - places[k - 1]).norm().min((places[k + 1] - places[k]).norm());
            let reach = (REACH_S * speeds[k - 1].max(speeds[k])).min(0.45 * legs);
            let (from, to) = (directions[k - 1], directions[k]);
            let middle = (from + to).normalize();
            let straight = Vec3::zeros();
            let ends: [End; 3] = [
                (places[k] - from * reach, from * reach, straight),
                (places[k], middle * reach, (to - from) * (BEND * reach)),
                (places[k] + to * reach, to * reach, straight),
            ];
            let mut passed = 0.0;
            for (half, pair) in ends.windows(2).enumerate() {
                for i in half..=SAMPLES {
                    let u = i as f64 / SAMPLES as f64;
                    let gone = push(quintic(pair[0], pair[1], u), quintic_slope(pair[0], pair[1], u));
                    passed = if half == 0 { gone } else { passed };
                }
            }
            passed
        };
        nodes[k - 1].leg = passed - met;
        met = passed;
    }
    marks
}

/// Speeds of the legs, ramps at the waypoints, and the times that follow.
struct Paced {
    speeds: Vec<f64>,
    /// Length of the ramp at each waypoint, s; of two where the body stops.
    ramps: Vec<f64>,
    times: Vec<[f64; 2]>,
}

/// Share of a ramp's time by which half of it is longer than at the mean of its speed and the waypoint's.
const SKEW: f64 = 0.25 - 0.5 * FRAC_1_PI;

impl Paced {
    fn solve(waypoints: &[Waypoint], nodes: &[Halt], usual: f64, ramp_s: f64) -> Self {
        let last = nodes.len() - 1;
        let mut speeds: Vec<f64> = waypoints[1..].iter().map(|w| w.speed_mps.unwrap_or(usual)).collect();
        let begin = waypoints[0].time_s.unwrap_or(0.0);
        let mut times = vec![[begin, begin + waypoints[0].stay_s]; last + 1];
        let mut ramps = vec![ramp_s; last + 1];
        for _ in 0..ROUNDS {
            // A leg has room for its ramps: of a leg with an arrival, whose speed follows from them, they take parts of the time.
            let room = |i: usize| match waypoints[i + 1].time_s {
                Some(arrival) => 0.3 * (arrival - times[i][1]).max(0.0),
                None => 0.9 * nodes[i + 1].leg / speeds[i],
            };
            for (k, ramp) in ramps.iter_mut().enumerate() {
                let before = k.checked_sub(1).map_or(f64::INFINITY, room);
                let after = if k < last { room(k) } else { f64::INFINITY };
                *ramp = ramp_s.min(before).min(after);
            }
            for i in 0..last {
                let (leg, speed) = (nodes[i + 1].leg, speeds[i]);
                // Time of the ramps in the leg, and the length that is gone in them: `own` times its speed and the others' part.
                let (mut within, mut own, mut others) = (0.0, 0.0, 0.0);
                for (k, neighbour) in [(i, i.checked_sub(1)), (i + 1, Some(i + 1).filter(|i| *i < last))] {
                    let share = if nodes[k].stops { 1.0 } else { 0.5 };
                    within += share * ramps[k];
                    own += ramps[k] * if nodes[k].stops { 0.5 } else { 0.5 - SKEW };
                    others += neighbour.filter(|_| !nodes[k].stops).map_or(0.0, |n| speeds[n] * SKEW * ramps[k]);
                }
                let start = times[i][1];
                let arrival = match waypoints[i + 1].time_s {
                    Some(arrival) => {
                        let steady = arrival - start - within;
                        // No time is no speed: that is refused afterwards.
                        speeds[i] = if steady + own > 0.0 { ((leg - others) / (steady + own)).max(0.0) } else { 1e9 };
                        arrival
                    }
                    None => start + within + (leg - others - own * speed) / speed,
                };
                times[i + 1] = [arrival, arrival + nodes[i + 1].rest];
            }
            times[last][1] = times[last][0] + waypoints[last].stay_s;
        }
        Self { speeds, ramps, times }
    }

    /// Writes paces and beats.
    fn fill(&self, nodes: &[Halt], usual: f64, route: &mut Route) {
        let rate = |i: usize| (self.speeds[i] / usual).sqrt().clamp(0.5, 2.0);
        let mut beats = vec![(self.times[0][1], 1.0)];
        let mut stretch = 0;
        let (mut clock, mut gone) = (self.times[0][1], 0.0);
        let last = nodes.len() - 1;
        for i in 0..last {
            let (speed, ramp) = (self.speeds[i], self.ramps[i + 1]);
            let paces = &mut route.stretches[stretch].paces;
            let mut go = |from: f64, to: f64, time: f64| {
                paces.push(Pace { begin: clock, gone, from, to, time });
                gone += 0.5 * (from + to) * time;
                clock += time;
            };
            if nodes[i].stops {
                go(0.0, speed, self.ramps[i]);
            }
            let share = if nodes[i + 1].stops { 1.0 } else { 0.5 };
            let begins =
                if nodes[i].stops { self.times[i][1] + self.ramps[i] } else { self.times[i][0] + 0.5 * self.ramps[i] };
            let ends = self.times[i + 1][0] - share * ramp;
            go(speed, speed, (ends - begins).max(0.0));
            go(speed, if nodes[i + 1].stops { 0.0 } else { self.speeds[i + 1] }, ramp);
            beats.extend([(begins, rate(i)), (ends.max(begins), rate(i))]);
            if nodes[i + 1].stops {
                beats.extend([(self.times[i + 1][0], 1.0), (self.times[i + 1][1], 1.0)]);
                (clock, gone) = (self.times[i + 1][1], 0.0);
                stretch += 1;
            }
        }
        let mut walker = self.times[0][1];
        for pair in beats.windows(2) {
            let ((begin, rate), (end, to)) = (pair[0], pair[1]);
            if end > begin {
                let change = (to - rate) / (end - begin);
                route.beats.push(Beat { begin, walker, rate, change });
                walker += 0.5 * (rate + to) * (end - begin);
            }
        }
        let end = beats.last().map_or(0.0, |b| b.0);
        route.beats.push(Beat { begin: end, walker, rate: 1.0, change: 0.0 });
    }
}
