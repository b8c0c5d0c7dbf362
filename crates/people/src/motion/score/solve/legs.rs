//! Feet on the floor, free legs, and how far the pelvis must come down for the feet to reach.

use super::super::curve::{smooth_step, soft_positive};
use super::super::posture::{FootGoal, LegAngles};
use super::super::rig::{DOWN, FORWARD, LEFT, Rig, UP, sign, yaw};
use super::limb::{Bent, blend, bones, reach};
use crate::base::{Rotation, Vec3};

/// A leg longer than this share of its length counts as not reaching.
const REACH: f64 = 0.9992;
/// Leg activity at which a leg is wholly free, radians (34°). Smaller values make a quick leg jerk as it leaves the floor.
const FREE_AT: f64 = 0.6;
/// Height at which a foot may turn about its middle, m.
const CLEAR: f64 = 0.04;
/// Height at which the toes no longer lie flat below a raised heel, m: their tip must not enter the floor on the way.
const TOES_CLEAR: f64 = 0.08;

/// A solved leg: rotations in the body frame.
pub(super) struct SolvedLeg {
    pub(super) thigh: Rotation,
    pub(super) shin: Rotation,
    pub(super) foot: Rotation,
    /// Turn of the toes against the foot.
    pub(super) toes: Rotation,
    pub(super) knee: Vec3,
    /// How far the ankle stays from its target, m.
    pub(super) residual: f64,
}

/// A foot put where its goal says: ankle position, rotation, and pitch of the toes.
struct PlacedFoot {
    ankle: Vec3,
    rotation: Rotation,
    toes: f64,
}

/// Puts a foot down, tilted about its ball (heel up) or its heel (toes up). Off the floor the pivot glides between both, so
/// that a foot which passes the level in its swing does so smoothly.
fn place_foot(rig: &Rig, side: usize, goal: &FootGoal) -> PlacedFoot {
    let foot = &rig.feet[side];
    let free = smooth_step(goal.ground.z / CLEAR);
    let hard = if goal.heel > 0.0 { 1.0 } else { 0.0 };
    let soft = smooth_step(0.5 + goal.heel / 0.7);
    let toward_ball = hard + (soft - hard) * free;
    let pivot = foot.heel + (foot.ball - foot.heel) * toward_ball;
    let pitch = Rotation::from_scaled_axis(LEFT * goal.heel);
    let turn = yaw(goal.yaw);
    PlacedFoot {
        ankle: goal.ground + turn * (pivot + pitch * (foot.ankle - pivot)),
        rotation: turn * pitch,
        toes: -goal.heel.max(0.0) * (1.0 - smooth_step(goal.ground.z / TOES_CLEAR)),
    }
}

/// How far the hips at `hips` (both joints) must come down so that every standing leg reaches its foot, m.
///
/// A smooth upper bound of the largest need (log-sum-exp of transition width `width` m), so that the pelvis never jerks; always a little above zero.
pub(super) fn lowering(rig: &Rig, feet: &[FootGoal; 2], hips: [Vec3; 2], width: f64) -> f64 {
    let need = |side: usize| {
        let placed = place_foot(rig, side, &feet[side]);
        let leg = &rig.legs[side];
        let reach = (leg.upper + leg.lower) * REACH;
        let way = hips[side] - placed.ankle;
        let height = (reach * reach - way.x * way.x - way.y * way.y).max(0.04 * reach * reach).sqrt();
        // A free leg does not hold the pelvis.
        way.z - height - 0.3 * smooth_step(feet[side].leg.activity() / FREE_AT)
    };
    let (a, b) = (need(0), need(1));
    let larger = a.max(b);
    let both = larger + width * (-(a - b).abs() / width).exp().ln_1p();
    soft_positive(both, width)
}

/// Bends a leg from the hip joint at `hip` to its goal. `heading` is that of the pelvis.
pub(super) fn solve(rig: &Rig, side: usize, goal: &FootGoal, hip: Vec3, heading: f64) -> SolvedLeg {
    let leg = &rig.legs[side];
    let planted = place_foot(rig, side, goal);
    // Knees follow the toes more than the pelvis. The upward share matters when the thigh is level.
    let knee_heading = heading + 0.7 * angle_between(heading, goal.yaw);
    let pole = yaw(knee_heading) * FORWARD + UP * 0.3;
    let activity = goal.leg.activity();
    let mut ankle = planted.ankle;
    let mut rotation = planted.rotation;
    let mut toes = planted.toes;
    let mut pole_used = pole;
    if activity > 0.0 {
        let weight = smooth_step(activity / FREE_AT);
        let swing = free(rig, side, &goal.leg, hip, heading);
        ankle += (swing.ankle - ankle) * weight + UP * 0.04 * rig.scale * weight * (1.0 - weight);
        rotation = blend(&rotation, &swing.rotation, weight);
        pole_used = pole + (swing.pole - pole) * weight;
        toes *= 1.0 - weight;
        let foot = &rig.feet[side];
        let lowest = [foot.heel, foot.ball, foot.toe]
            .iter()
            .map(|point| (rotation * (point - foot.ankle)).z)
            .fold(f64::INFINITY, f64::min);
        ankle.z += soft_positive(0.004 - ankle.z - lowest, 0.008) * weight;
    }
    let (bent, residual) = reach(leg, hip, ankle, pole_used);
    let (thigh, shin) = bones(leg, &bent);
    SolvedLeg {
        thigh,
        shin,
        foot: rotation,
        toes: Rotation::from_scaled_axis(LEFT * toes),
        knee: hip + bent.upper * leg.upper,
        residual: if activity > 0.0 { 0.0 } else { residual },
    }
}

/// The shorter way from one heading to another, radians.
fn angle_between(from: f64, to: f64) -> f64 {
    (to - from).sin().atan2((to - from).cos())
}

/// A leg that hangs from the hip by its angles.
struct FreeLeg {
    ankle: Vec3,
    rotation: Rotation,
    pole: Vec3,
}

fn free(rig: &Rig, side: usize, angles: &LegAngles, hip: Vec3, heading: f64) -> FreeLeg {
    let leg = &rig.legs[side];
    let out = Rotation::from_scaled_axis(Vec3::y() * (-sign(side) * angles.out));
    let swing = yaw(heading) * out * Rotation::from_scaled_axis(LEFT * -angles.raise);
    let knee = Rotation::from_scaled_axis(LEFT * angles.knee);
    let (upper, lower) = (swing * DOWN, swing * (knee * DOWN));
    let bent = Bent { upper, lower, hinge: swing * LEFT };
    let (_, shin) = bones(leg, &bent);
    FreeLeg {
        ankle: hip + upper * leg.upper + lower * leg.lower,
        rotation: shin * Rotation::from_scaled_axis(LEFT * -angles.ankle),
        // The upward share keeps a straight thigh that points ahead from losing its plane.
        pole: swing * FORWARD + UP * 0.05,
    }
}
