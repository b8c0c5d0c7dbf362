//! Where each foot stands and when: footsteps planned ahead so that a standing foot never slides.
//!
//! A foot stands around the time at which the body passes over it: stance `k` has its middle at `k` step times and its place
//! beside the path where the body is then. Every shape of path, forward, backward, sideways or turning, follows from that.

use super::super::curve::{Curve, smooth_step};
use super::super::posture::{FootGoal, LegAngles, TOES_OUT};
use super::super::rig::{FORWARD, LEFT, Rig, UP, sign, yaw};
use super::super::spec::{Gait, GaitStyle};
use super::path::BodyPath;
use crate::base::Vec3;

/// The middle of the foot, which bears the body, lies this far before the ankle, m for a person of 1.75 m.
const BEARING: f64 = 0.075;
/// Half the distance between the ankles' tracks at walking speed, m for a person of 1.75 m.
const TRACK: f64 = 0.05;

/// One foot standing.
#[derive(Clone, Copy, Debug)]
struct Stance {
    start: f64,
    end: f64,
    ground: Vec3,
    yaw: f64,
}

/// The plan of one foot.
pub(super) struct FootPlan {
    stances: Vec<Stance>,
    heel: Curve,
    up: Curve,
}

/// What all steps of a gait share.
pub(super) struct Stepping<'a> {
    pub(super) gait: &'a Gait,
    pub(super) path: &'a BodyPath,
    /// Time from one foot's stance to the other's, s.
    pub(super) step_s: f64,
    /// Speed on the straight, m/s; 0 on the spot.
    pub(super) speed: f64,
    /// Height of the swinging foot, m.
    pub(super) lift: f64,
    /// Steps go on even where the body stands.
    pub(super) always: bool,
    /// The way leads ahead and back without a turn.
    pub(super) fore_and_aft: bool,
}

impl FootPlan {
    /// Plans the foot of `side` (left: even steps) from `begin` to `end` s.
    pub(super) fn new(rig: &Rig, side: usize, stepping: &Stepping<'_>, begin: f64, end: f64) -> Self {
        let Stepping { gait, path, step_s, .. } = stepping;
        // A share of a stride of two steps, half of it to each side of the middle.
        let half = gait.contact * step_s;
        let first = ((begin / step_s).floor() as i64 - 4).div_euclid(2) * 2 + side as i64;
        let mut stances: Vec<Stance> = Vec::new();
        let mut index = first;
        while (index as f64 - 4.0) * step_s < end {
            let middle = index as f64 * step_s;
            let station = path.at(middle);
            let velocity = yaw(-station.heading) * path.velocity(middle);
            let pace = (velocity.norm() / stepping.speed.max(0.1)).min(1.0);
            let ahead = (velocity.y.abs() / velocity.norm().max(1e-9)) * pace;
            let apart = rig.half_stance + (TRACK * rig.scale - rig.half_stance) * ahead
                // Side steps close without crossing: the mean distance grows by half a step.
                + 0.5 * velocity.x.abs() * step_s;
            let beside = LEFT * (sign(side) * apart) - FORWARD * (BEARING * rig.scale * ahead);
            let ground = station.position + yaw(station.heading) * beside;
            let facing = station.heading + sign(side) * TOES_OUT;
            let stance = Stance { start: middle - half, end: middle + half, ground, yaw: facing };
            let stays = |old: &Stance| {
                !stepping.always && (old.ground - ground).norm() < 0.03 && (old.yaw - facing).abs() < 0.07
            };
            match stances.last_mut() {
                Some(old) if stays(old) => old.end = stance.end,
                _ => stances.push(stance),
            }
            index += 2;
        }
        let (heel, up) = profiles(stepping, &stances, half);
        Self { stances, heel, up }
    }

    /// Begin and end of every step of this foot, s.
    pub(super) fn swings(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.stances.windows(2).map(|pair| (pair[0].end, pair[1].start))
    }

    /// The foot at `time` s.
    pub(super) fn at(&self, time: f64) -> FootGoal {
        let i = self.stances.partition_point(|stance| stance.start <= time).saturating_sub(1);
        let stance = &self.stances[i];
        let heel = self.heel.at(time);
        let leg = LegAngles::default();
        match self.stances.get(i + 1) {
            Some(next) if time > stance.end => {
                let swing = smooth_step((time - stance.end) / (next.start - stance.end));
                let ground = stance.ground + (next.ground - stance.ground) * swing + UP * self.up.at(time);
                FootGoal { ground, yaw: stance.yaw + (next.yaw - stance.yaw) * swing, heel, planted: false, leg }
            }
            _ => FootGoal { ground: stance.ground, yaw: stance.yaw, heel, planted: true, leg },
        }
    }
}

/// Heel angle and height of the sole over time, from how the foot lands and leaves.
fn profiles(stepping: &Stepping<'_>, stances: &[Stance], half: f64) -> (Curve, Curve) {
    let jog = stepping.gait.style == GaitStyle::Jog;
    let forward = |time: f64| {
        let velocity = yaw(-stepping.path.at(time).heading) * stepping.path.velocity(time);
        (-velocity.y / stepping.speed.max(0.1)).clamp(-1.0, 1.0)
    };
    // Degrees at full forward speed, on the spot and at full backward speed. Walking: heel strike and push-off of normal gait
    // (Perry and Burnfield 2010, ch. 4); backward the toes land first and the heel leaves last.
    let mix = |r: f64, ahead: f64, still: f64, back: f64| {
        (still + if r > 0.0 { r * (ahead - still) } else { -r * (back - still) }).to_radians()
    };
    // Marching lands on the ball; a slow step lands flat, so that it bears at once. Between a way ahead and one back, where the toes land
    // first, that would jerk the knee (153 m/s²).
    let flat = if stepping.always || stepping.fore_and_aft { 8.0 } else { 0.0 };
    let (land, leave): ([f64; 3], [f64; 3]) =
        if jog { ([-5.0, 16.0, 20.0], [42.0, 30.0, 5.0]) } else { ([-17.0, flat, 22.0], [38.0, 18.0, -8.0]) };
    // Pace of a push-off, and the time from the heel's rise to the toes' leave. A walker at speed falls onto the other foot; one who
    // starts, stops or steps aside keeps the heel down until the other foot is there to bear the body, and lifts it less.
    let push_off = |end: f64| {
        let (early, both_down) = (0.9 * half, (2.0 * half - stepping.step_s).max(0.2 * half));
        let r = forward(end);
        if jog {
            return (r, early);
        }
        let pace = if stepping.fore_and_aft { r.abs() } else { r.abs().min(forward(end - early).abs()) };
        (pace.copysign(r), both_down + (early - both_down) * pace)
    };
    let mut heel = Vec::new();
    let mut up = Vec::new();
    for (i, stance) in stances.iter().enumerate() {
        let (r_in, (r_out, rising)) = (forward(stance.start), push_off(stance.end));
        heel.push((stance.start, mix(r_in, land[0], land[1], land[2])));
        heel.push((stance.start + 0.3 * half, 0.0));
        heel.push((stance.end - rising, 0.0));
        heel.push((stance.end, mix(r_out, leave[0], leave[1], leave[2])));
        up.push((stance.start, 0.0));
        up.push((stance.end, 0.0));
        if let Some(next) = stances.get(i + 1) {
            let swing = next.start - stance.end;
            let way = (next.ground - stance.ground).norm();
            // A short step is a low one.
            let share =
                if stepping.always { 1.0 } else { (0.35 + way / (stepping.speed * stepping.step_s).max(0.1)).min(1.0) };
            up.push((stance.end + 0.42 * swing, stepping.lift * share));
            if jog {
                heel.push((stance.end + 0.3 * swing, mix(r_out, 75.0, 50.0, 30.0)));
            } else {
                heel.push((stance.end + 0.15 * swing, mix(r_out, 42.0, 22.0, 2.0)));
            }
        }
    }
    (Curve::through(&heel), Curve::through(&up))
}
