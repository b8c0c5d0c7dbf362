//! Arms by their angles and arms that reach, both in the frame of the chest.

use super::super::curve::{smooth_step, soft_positive};
use super::super::posture::ArmAngles;
use super::super::rig::{DOWN, FORWARD, LEFT, Rig, sign};
use super::limb::{Bent, bones, reach};
use crate::base::{Rotation, Vec3};
use crate::body::Joint;

/// A relaxed arm hangs this far off the thigh, radians (7°).
const HANG_OUT: f64 = 0.12;
/// Bend of a relaxed elbow, radians (9°).
const HANG_BEND: f64 = 0.16;
/// The collar bone rises by this share of the arm's elevation beyond 30° (half of what Inman et al. 1944 give for the whole
/// shoulder girdle, since the other half is the shoulder blade's own tilt).
const COLLAR_RISE: f64 = 0.14;
/// Largest forward turn of the collar bone when an arm reaches out, radians (11°).
const COLLAR_REACH: f64 = 0.19;

/// Share of its length to which an arm stretches when it reaches.
const ARM_REACH: f64 = 0.998;
/// Width of the soft approach to that, m.
const REACH_WIDTH: f64 = 0.005;

/// Rotations of one arm: the collar and the upper arm against the chest, the rest against its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArmPose {
    pub(super) collar: Rotation,
    pub(super) upper: Rotation,
    pub(super) elbow: Rotation,
}

/// Rise of the collar for an arm at `elevation` radians from hanging, and a forward turn.
fn collar(side: usize, elevation: f64, forward: f64) -> Rotation {
    let rise = COLLAR_RISE * soft_positive(elevation - 0.52, 0.15);
    Rotation::from_scaled_axis(Vec3::new(0.0, -sign(side) * rise, -sign(side) * forward))
}

/// Position of the shoulder joint against the third vertebral joint, in the chest's frame.
fn shoulder(rig: &Rig, side: usize, collar: &Rotation) -> Vec3 {
    let (clavicle, shoulder) =
        if side == 0 { (Joint::LeftCollar, Joint::LeftShoulder) } else { (Joint::RightCollar, Joint::RightShoulder) };
    rig.rest(clavicle) - rig.rest(Joint::Spine3) + collar * (rig.rest(shoulder) - rig.rest(clavicle))
}

fn pose(rig: &Rig, side: usize, collar: Rotation, bent: &Bent) -> ArmPose {
    let (upper, lower) = bones(&rig.arms[side], bent);
    ArmPose { collar, upper, elbow: upper.inverse() * lower }
}

/// An arm held by its angles.
pub(super) fn by_angles(rig: &Rig, side: usize, angles: &ArmAngles) -> ArmPose {
    let s = sign(side);
    let (sin, cos) = angles.toward.sin_cos();
    // Direction in which the arm is lifted, and the axis that turns "down" towards it.
    let way = LEFT * (s * sin) + FORWARD * cos;
    let lift = Rotation::from_scaled_axis(DOWN.cross(&way) * angles.raise);
    // A hanging arm is not a plumb line: off the thigh and a little bent, which fades as it is lifted.
    let hang = (0.5 + 0.5 * angles.raise.cos()).powi(8);
    let off = Rotation::from_scaled_axis(Vec3::y() * (-s * HANG_OUT * hang));
    let turn = off * lift;
    let upper = turn * DOWN;
    let hinge = Rotation::from_scaled_axis(upper * (s * angles.roll)) * (turn * -LEFT);
    // A square root of squares keeps the smallest bend without a kink.
    let bend = (angles.bend * angles.bend + (HANG_BEND * hang).powi(2)).sqrt();
    let lower = Rotation::from_scaled_axis(hinge * bend) * upper;
    let elevation = (-upper.z).clamp(-1.0, 1.0).acos();
    pose(rig, side, collar(side, elevation, 0.0), &Bent { upper, lower, hinge })
}

/// An arm whose palm reaches for `target`, given against the third vertebral joint in the chest's frame. `elbow` is 0 for
/// down and π/2 for outward. Also returns how far the palm stays from the target, m.
pub(super) fn by_target(rig: &Rig, side: usize, target: Vec3, elbow: f64) -> (ArmPose, f64) {
    let s = sign(side);
    let arm = &rig.arms[side];
    let way = target - shoulder(rig, side, &Rotation::identity());
    let distance = way.norm().max(1e-6);
    let elevation = (-way.z / distance).clamp(-1.0, 1.0).acos();
    // The shoulder comes along when the arm gets long.
    let stretch = smooth_step((distance / (arm.upper + arm.lower) - 0.75) / 0.3);
    let collar = collar(side, elevation * (0.5 + 0.5 * stretch), COLLAR_REACH * stretch * (-way.y / distance).max(0.0));
    // Straight down has no sense for a hanging hand: the elbow then points back.
    let pole = (DOWN * 0.85 - FORWARD * 0.5) * elbow.cos() + (LEFT * s - FORWARD * 0.15) * elbow.sin();
    let root = shoulder(rig, side, &collar);
    // A target out of reach is approached softly: a hard stop would jerk the elbow straight.
    let way = target - root;
    let distance = way.norm().max(1e-6);
    let beyond = soft_positive(distance - ARM_REACH * (arm.upper + arm.lower), REACH_WIDTH);
    let near = root + way * ((distance - beyond) / distance);
    let (bent, residual) = reach(arm, root, near, pole);
    (pose(rig, side, collar, &bent), residual + beyond)
}

/// Blends two ways to hold the same arm.
pub(super) fn between(from: &ArmPose, to: &ArmPose, weight: f64) -> ArmPose {
    let mix = |a: &Rotation, b: &Rotation| super::limb::blend(a, b, weight);
    ArmPose {
        collar: mix(&from.collar, &to.collar),
        upper: mix(&from.upper, &to.upper),
        elbow: mix(&from.elbow, &to.elbow),
    }
}
