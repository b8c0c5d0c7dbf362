//! Walking and jogging: the body over its footsteps.

mod footsteps;
mod path;
mod route;
mod station;
mod trunk;
mod waypoint;
mod weight_shift;

pub use waypoint::Waypoint;

use super::Score;
use super::curve::Curve;
use super::posture::{Posture, keyed};
use super::rig::{Rig, sign, yaw};
use super::spec::{Gait, GaitStyle, PathShape, PathSpec};
use super::tracks::Tracks;
use super::vary::Rendition;
use crate::base::Vec3;
use crate::base::yaml::Problem;
use footsteps::{FootPlan, Stepping};
use path::BodyPath;
use route::Route;
use std::f64::consts::{FRAC_PI_3, FRAC_PI_4, PI, TAU};
use trunk::TrunkGait;
use weight_shift::weight_shift;

/// Bent knees of an easy gait bring the hips down by this much, m.
const EASY: f64 = 0.022;

/// A gait, planned.
pub(super) struct Walker {
    path: BodyPath,
    feet: [FootPlan; 2],
    /// Shift of the hips over the standing foot, m to the left.
    shift: Curve,
    /// Stance channels of the score.
    base: Tracks,
    rendition: Rendition,
    /// Walker's time at clip time 0, s.
    begin: f64,
    end: f64,
    step_s: f64,
    speed: f64,
    on_spot: bool,
    jog: bool,
    arm_swing: f64,
    elbow: f64,
    trunk: TrunkGait,
    lean: f64,
}

impl Walker {
    /// Plans the steps of `duration_s` seconds, on the path of the score or through `waypoints`.
    pub(super) fn new(
        score: &Score,
        gait: &Gait,
        spec: &PathSpec,
        draw: &Rendition,
        rig: &Rig,
        duration_s: f64,
        waypoints: Option<&[Waypoint]>,
    ) -> Result<Self, String> {
        let (speed, step_s) = pace(gait, draw, rig)?;
        let jog = gait.style == GaitStyle::Jog;
        let path = match waypoints {
            Some(waypoints) => BodyPath::along(planned(Route::plan(waypoints, speed, step_s, jog))?),
            None => BodyPath::new(spec, draw, rig.scale, speed, step_s, jog),
        };
        let on_spot = spec.shape == PathShape::InPlace && waypoints.is_none();
        let fore_and_aft = spec.shape == PathShape::LineBack && waypoints.is_none();
        let begin = if waypoints.is_some() { 0.0 } else { draw.start * path.lap_s };
        let end = begin + path.walker_time(duration_s);
        let lift = gait.lift * rig.scale * draw.size;
        let stepping = Stepping { gait, path: &path, step_s, speed, lift, always: on_spot, fore_and_aft };
        let feet = [0, 1].map(|side| FootPlan::new(rig, side, &stepping, begin, end));
        let trunk = TrunkGait::new(gait, rig.mid_hip.z, step_s, speed, rig.scale, draw.size);
        let shift = weight_shift(&feet, &path, step_s, &trunk);
        Ok(Self {
            feet,
            shift,
            base: Tracks::new(score, draw, rig.scale, duration_s),
            rendition: draw.clone(),
            begin,
            end,
            step_s,
            speed,
            on_spot,
            jog,
            arm_swing: gait.arm_swing.to_radians() * draw.size,
            elbow: gait.elbow.to_radians(),
            trunk,
            lean: gait.lean.to_radians(),
            path,
        })
    }

    /// Clip times at which a lap begins, s.
    pub(super) fn seams(&self) -> Vec<f64> {
        let first = (self.begin / self.path.lap_s).ceil() as i64;
        (first..)
            .map(|lap| lap as f64 * self.path.lap_s)
            .take_while(|t| *t < self.end)
            .map(|t| t - self.begin)
            .collect()
    }

    /// The posture at clip time `clip_s`.
    pub(super) fn posture(&self, rig: &Rig, clip_s: f64) -> Posture {
        let time = self.path.walker_time(clip_s) + self.begin;
        let mut posture = keyed(&self.base, &self.rendition, rig, None, clip_s);
        let station = self.path.at(time);
        let velocity = yaw(-station.heading) * self.path.velocity(time);
        let (pace, ahead) = if self.on_spot {
            (1.0, 1.0)
        } else {
            ((velocity.norm() / self.speed).min(1.0), (-velocity.y / self.speed).clamp(-1.0, 1.0))
        };
        // Zero when the body passes over the left foot, one turn per stride.
        let stride = PI * time / self.step_s;
        let sin = stride.sin();
        posture.origin = station.position;
        posture.heading = station.heading;
        // The pelvis falls and rises with every step.
        posture.softness = 0.015;
        posture.feet = [0, 1].map(|side| self.feet[side].at(time));

        let forward = if self.on_spot { 0.0 } else { velocity.y.abs() };
        let trunk = self.trunk.at(forward, velocity.norm());
        // Walking vaults over the standing leg; running dips on it. Both are slowest over the foot, whichever way they lead.
        let (twice_sin, twice_cos) = (2.0 * stride).sin_cos();
        let rise = twice_cos * trunk.rise * if self.jog { -pace } else { 1.0 };
        let surge = -twice_sin * trunk.surge * ahead.signum();
        let easy = EASY * rig.scale + trunk.lower * if self.jog { pace } else { 1.0 };
        posture.hips += Vec3::new(self.shift.at(time), -surge, rise - easy);

        let turn = trunk.turn * sin * ahead.signum();
        // The swinging side hangs lowest some time before the legs pass each other (Boulic: 0.15 of a cycle after the foot came down); a
        // runner's when they do (Novacheck 1998, Gait & Posture 7).
        let lead = if self.jog { 0.0 } else { FRAC_PI_4 };
        let drop = -trunk.drop * pace * (stride + lead).cos();
        let nod = trunk.nod * ahead * (2.0 * stride - 2.0 * FRAC_PI_3).cos();
        let lean = self.lean * (0.3 + 0.7 * pace);
        // Half of the bank that would balance the centripetal force; the rest is left to the feet.
        let bank = 0.5 * (self.turn_rate(time) * self.speed / 9.81).atan() * pace;
        posture.pelvis[0] += 0.4 * lean;
        posture.pelvis[1] += drop + 0.5 * bank;
        posture.pelvis[2] += turn;
        posture.spine[0] += 0.6 * lean + nod;
        posture.spine[1] += -drop + 0.5 * bank;
        posture.spine[2] += -2.0 * turn;
        posture.head[0] -= 0.6 * lean + nod;
        posture.head[2] += turn;
        for side in 0..2 {
            // Arms oppose the legs: the left arm is behind when the left foot lands, a quarter stride before its middle.
            let swing = sign(side) * sin * ahead;
            let arm = &mut posture.arms[side];
            let back = if self.jog { -0.10 } else { 0.04 };
            arm.raise += self.arm_swing * swing + back * pace;
            arm.toward += 0.10;
            arm.bend += self.elbow * (1.0 + 0.25 * swing) * (0.5 + 0.5 * pace);
            arm.roll += if self.jog { 0.35 * pace } else { 0.0 };
        }
        posture
    }

    fn turn_rate(&self, time: f64) -> f64 {
        const STEP: f64 = 5e-3;
        let rate = (self.path.at(time + STEP).heading - self.path.at(time - STEP).heading) / (2.0 * STEP);
        // An about-turn on the spot needs no bank; a circle's rate is what it is.
        rate.clamp(-TAU / 3.0, TAU / 3.0)
    }
}

/// Arrival at and leave from each waypoint, s.
pub(super) fn waypoint_times(
    gait: &Gait,
    draw: &Rendition,
    rig: &Rig,
    waypoints: &[Waypoint],
) -> Result<Vec<[f64; 2]>, String> {
    let (speed, step_s) = pace(gait, draw, rig)?;
    Ok(planned(Route::plan(waypoints, speed, step_s, gait.style == GaitStyle::Jog))?.times)
}

/// Speed, m/s, and time of a step, s, of a gait by somebody.
fn pace(gait: &Gait, draw: &Rendition, rig: &Rig) -> Result<(f64, f64), String> {
    let speed = draw.speed_mps / draw.tempo;
    if !(speed >= 0.05 && draw.step_m >= 0.05) {
        return Err(format!("a gait needs a speed and a step above 0.05, found {speed} m/s and {} m", draw.step_m));
    }
    // People go faster by longer and by quicker steps alike: the step grows with the root of the speed.
    let step = draw.step_m * rig.scale * (speed / gait.speed).sqrt();
    let speed = speed * rig.scale.sqrt();
    Ok((speed, step / speed))
}

fn planned(route: Result<Route, Vec<Problem>>) -> Result<Route, String> {
    let say = |p: &Problem| format!("waypoints.{}: {}", p.key, p.message);
    route.map_err(|problems| problems.iter().map(say).collect::<Vec<_>>().join("; "))
}
