//! The way of the body: where it is and where it heads at any time, for every shape of path.

use super::super::curve::smooth_step;
use super::super::rig::{FORWARD, LEFT, yaw};
use super::super::spec::{Direction, PathShape, PathSpec};
use super::super::vary::Rendition;
use super::route::Route;
use super::station::Station;
use crate::base::Vec3;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// A way that goes on for ever.
pub(super) struct BodyPath {
    form: Form,
    /// Duration of one round or one way out and back, s.
    pub(super) lap_s: f64,
}

enum Form {
    Still,
    /// Through waypoints, once.
    Route(Box<Route>),
    Circle {
        radius: f64,
        turn_rate: f64,
    },
    /// Out and back along `axis`; at each end the heading turns by `turn` (alternating in sign if `swings`).
    Line {
        axis: Vec3,
        heading: f64,
        length: f64,
        half: Half,
        turn: f64,
        swings: bool,
    },
}

/// Time line of one way, followed by a rest.
#[derive(Clone, Copy)]
struct Half {
    /// Time of travel, s.
    travel: f64,
    /// Time of speeding up and of slowing down, s.
    ramp: f64,
    /// Rest before the next way, s.
    rest: f64,
    /// The turn begins this long before the rest and ends this long after it, s.
    overlap: f64,
}

impl BodyPath {
    /// `speed` in m/s and `step_s` in s are those of the played gait; `quick` for a jog.
    pub(super) fn new(path: &PathSpec, draw: &Rendition, scale: f64, speed: f64, step_s: f64, quick: bool) -> Self {
        let to_left = match path.direction {
            Some(Direction::Clockwise) => -1.0,
            Some(Direction::CounterClockwise) => 1.0,
            None => draw.main_sign(),
        };
        let line = |turn: f64, swings: bool, heading: f64, axis: Vec3, length: f64, rest: f64| {
            let way = length / speed;
            let ramp = (2.5 * step_s).min(way);
            let half = Half { travel: way + ramp, ramp, rest, overlap: 0.35 * ramp };
            let lap_s = 2.0 * (half.travel + half.rest);
            Self { form: Form::Line { axis, heading, length, half, turn, swings }, lap_s }
        };
        let heading = draw.main_sign() * path.heading.to_radians();
        let length = draw.length_m * scale;
        let pause = draw.pause_s * draw.tempo;
        match path.shape {
            PathShape::InPlace => Self { form: Form::Still, lap_s: 2.0 * step_s },
            PathShape::Circle => {
                let radius = draw.radius_m.max(0.2);
                Self { form: Form::Circle { radius, turn_rate: to_left * speed / radius }, lap_s: TAU * radius / speed }
            }
            PathShape::LineTurn => {
                let turning = if quick { 1.0 } else { 1.45 };
                let ramp = (2.5 * step_s).min(length / speed);
                let rest = (turning - 0.7 * ramp).max(0.2) + pause;
                line(to_left * PI, false, heading, yaw(heading) * FORWARD, length, rest)
            }
            PathShape::LineBack => line(0.0, false, heading, yaw(heading) * FORWARD, length, pause.max(0.25)),
            PathShape::Sideways => {
                line(0.0, false, heading, yaw(heading) * LEFT * draw.main_sign(), length, pause.max(0.25))
            }
            PathShape::TurnInPlace => {
                let angle = draw.angle_deg.to_radians();
                // About 40 degrees a step.
                let turning = (angle / 0.7 * step_s).max(step_s);
                let half =
                    Half { travel: 0.0, ramp: 0.0, rest: turning + pause.max(0.3), overlap: -0.5 * pause.max(0.3) };
                let form =
                    Form::Line { axis: FORWARD, heading: 0.0, length: 0.0, half, turn: to_left * angle, swings: true };
                Self { form, lap_s: 2.0 * half.rest }
            }
        }
    }

    /// A way through waypoints.
    pub(super) fn along(route: Route) -> Self {
        Self { form: Form::Route(Box::new(route)), lap_s: f64::MAX }
    }

    /// The walker's time, in which steps have one rate, `time` s after the begin of the clip.
    pub(super) fn walker_time(&self, time: f64) -> f64 {
        match &self.form {
            Form::Route(route) => route.walker_time(time),
            _ => time,
        }
    }

    /// Where the body is at `time` s.
    pub(super) fn at(&self, time: f64) -> Station {
        match &self.form {
            Form::Still => Station { position: Vec3::zeros(), heading: 0.0 },
            Form::Route(route) => route.at(route.time(time)),
            Form::Circle { radius, turn_rate } => {
                // The middle lies to the left when turning left: the person stands on its right.
                let heading = turn_rate * time;
                Station { position: yaw(heading) * LEFT * (-radius * turn_rate.signum()), heading }
            }
            Form::Line { axis, heading, length, half, turn, swings } => {
                let period = half.travel + half.rest;
                let way = (time / period).floor();
                let into = time - way * period;
                let out = way.rem_euclid(2.0) < 0.5;
                let gone = length * half.share(into) - 0.5 * length;
                let along = if out { gone } else { -gone };
                // Turn number k spans the rest after way k.
                let middle = |k: f64| k * period + half.travel + 0.5 * half.rest;
                let width = half.rest + 2.0 * half.overlap;
                let mut turned = 0.0;
                for k in [way - 1.0, way] {
                    turned += smooth_step(0.5 + (time - middle(k)) / width.max(1e-6));
                }
                // All turns before those two are done.
                let turns = if *swings {
                    // Odd turns undo even ones.
                    let part = |k: f64| smooth_step(0.5 + (time - middle(k)) / width.max(1e-6));
                    let (a, b) = (part(way - 1.0), part(way));
                    if out { 1.0 - a + b } else { a - b }
                } else {
                    way - 1.0 + turned
                };
                Station { position: axis * along, heading: heading + turn * turns }
            }
        }
    }

    /// Velocity at `time` s by central difference, m/s.
    pub(super) fn velocity(&self, time: f64) -> Vec3 {
        const STEP: f64 = 1e-3;
        (self.at(time + STEP).position - self.at(time - STEP).position) / (2.0 * STEP)
    }
}

impl Half {
    /// Share of the way that is gone after `time` s: speed rises and falls on half cosines.
    fn share(&self, time: f64) -> f64 {
        if self.travel <= 0.0 {
            return 0.5;
        }
        let time = time.min(self.travel);
        let rising = |t: f64| 0.5 * (t - self.ramp / PI * (2.0 * FRAC_PI_2 * t / self.ramp).sin());
        let whole = self.travel - self.ramp;
        if time < self.ramp {
            rising(time) / whole
        } else if time > self.travel - self.ramp {
            1.0 - rising(self.travel - time) / whole
        } else {
            (time - 0.5 * self.ramp) / whole
        }
    }
}
