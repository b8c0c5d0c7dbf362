//! From a posture to joint rotations.

mod arms;
mod legs;
mod limb;

use super::hands::Reach;
use super::key::Place;
use super::posture::Posture;
use super::rig::{FORWARD, LEFT, Rig, UP, sign, trunk, yaw};
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, Pose};
use arms::{ArmPose, between, by_angles, by_target};

/// A pose and how well it meets its posture.
pub(super) struct Solved {
    pub(super) pose: Pose,
    /// Largest distance of a hand or a standing foot from its target, m.
    pub(super) residual: f64,
}

/// Position and rotation of the parts that hands reach for.
struct Frames {
    head: (Vec3, Rotation),
    chest: (Vec3, Rotation),
    pelvis: (Vec3, Rotation),
    knees: [Vec3; 2],
    /// Rotation of the heading, and the point of the floor between the feet.
    floor: (Vec3, Rotation),
}

/// Turns the joints so that the body takes `posture`.
pub(super) fn solve(rig: &Rig, posture: &Posture) -> Solved {
    let mut pose = Pose::rest(rig.skeleton.rest.len());
    let heading = yaw(posture.heading);
    let [tilt, lean, turn] = posture.pelvis;
    let pelvis = heading * trunk(tilt, lean, turn);
    let pelvis_heading = posture.heading + turn;

    // The pelvis turns about the middle of the hips, so that a tilt moves no hip joint.
    let hip_rest = rig.legs.each_ref().map(|leg| rig.skeleton.rest[leg.joints[0]] - rig.mid_hip);
    let mut middle = posture.origin + heading * (rig.mid_hip + posture.hips);
    let hips = [0, 1].map(|side| middle + pelvis * hip_rest[side]);
    middle.z -= legs::lowering(rig, &posture.feet, hips, posture.softness);
    let root = middle + pelvis * (rig.rest(Joint::Pelvis) - rig.mid_hip);
    pose.translation = root - rig.rest(Joint::Pelvis);
    pose.rotations[Joint::Pelvis as usize] = pelvis;

    let mut residual = 0.0_f64;
    let mut knees = [Vec3::zeros(); 2];
    for side in 0..2 {
        let hip = middle + pelvis * hip_rest[side];
        let leg = legs::solve(rig, side, &posture.feet[side], hip, pelvis_heading);
        let [hip_joint, knee_joint, ankle_joint] = rig.legs[side].joints;
        pose.rotations[hip_joint] = pelvis.inverse() * leg.thigh;
        pose.rotations[knee_joint] = leg.thigh.inverse() * leg.shin;
        pose.rotations[ankle_joint] = leg.shin.inverse() * leg.foot;
        pose.rotations[ankle_joint + 3] = leg.toes;
        residual = residual.max(leg.residual);
        knees[side] = leg.knee;
    }

    let frames = spine(rig, posture, &mut pose, root, pelvis, knees, heading);
    residual = residual.max(reach_out(rig, posture, &mut pose, &frames));
    Solved { pose, residual }
}

/// Turns the vertebral joints, neck and head.
fn spine(
    rig: &Rig,
    posture: &Posture,
    pose: &mut Pose,
    root: Vec3,
    pelvis: Rotation,
    knees: [Vec3; 2],
    heading: Rotation,
) -> Frames {
    let [bend, lean, twist] = posture.spine.map(|angle| angle / 3.0);
    // Breathing lifts the breastbone by a small backward bend low in the chest that the neck takes back.
    let lever = (rig.rest(Joint::Neck) - rig.rest(Joint::Spine2)).norm().max(0.05);
    let breath = posture.breath / lever;
    let part = trunk(bend, lean, twist);
    let mut position = root;
    let mut rotation = pelvis;
    let mut parent = Joint::Pelvis;
    let mut chest = (root, pelvis);
    let mut head = (root, pelvis);
    let [nod, tilt, look] = posture.head.map(|angle| angle / 2.0);
    for joint in [Joint::Spine1, Joint::Spine2, Joint::Spine3, Joint::Neck, Joint::Head] {
        let local = match joint {
            Joint::Spine2 => part * Rotation::from_scaled_axis(LEFT * -breath),
            Joint::Spine1 | Joint::Spine3 => part,
            Joint::Neck => Rotation::from_scaled_axis(LEFT * breath) * trunk(nod, tilt, look),
            _ => trunk(nod, tilt, look),
        };
        position += rotation * (rig.rest(joint) - rig.rest(parent));
        rotation *= local;
        pose.rotations[joint as usize] = local;
        parent = joint;
        match joint {
            Joint::Spine3 => chest = (position, rotation),
            Joint::Head => head = (position, rotation),
            _ => {}
        }
    }
    let floor = (posture.feet[0].ground + posture.feet[1].ground) * 0.5;
    Frames { head, chest, pelvis: (root, pelvis), knees, floor: (Vec3::new(floor.x, floor.y, 0.0), heading) }
}

/// Turns both arms; returns the largest distance of a palm from its target.
fn reach_out(rig: &Rig, posture: &Posture, pose: &mut Pose, frames: &Frames) -> f64 {
    let (chest_at, chest) = frames.chest;
    let into_chest = |point: Vec3| chest.inverse() * (point - chest_at);
    let mut residual = 0.0_f64;
    let one = |side: usize, reach: &Reach, residual: &mut f64| -> ArmPose {
        match target(rig, side, reach, frames) {
            None => by_angles(rig, side, &posture.arms[side]),
            Some(point) => {
                let (arm, miss) = by_target(rig, side, into_chest(point), posture.elbows[side]);
                *residual = residual.max(miss);
                arm
            }
        }
    };
    let mut arms = [0, 1].map(|side| match &posture.hands[side] {
        None => by_angles(rig, side, &posture.arms[side]),
        Some(goal) => {
            // Only a hand that has arrived owes its place.
            let mut passing = 0.0;
            let owed = if goal.to.is_none() { &mut residual } else { &mut passing };
            let from = one(side, &goal.from, owed);
            match &goal.to {
                None => from,
                Some((to, weight)) => between(&from, &one(side, to, &mut passing), *weight),
            }
        }
    });
    if let Some(main) = posture.grip {
        // The other hand holds the same thing a hand's breadth further along the main forearm.
        let arm = &arms[main];
        let lower = arm.upper * arm.elbow;
        let limb = &rig.arms[main];
        let palm = shoulder_of(rig, main, arm)
            + arm.upper * limb.upper_axis * limb.upper
            + lower * limb.lower_axis * limb.lower;
        let other = 1 - main;
        let beside = LEFT * (sign(other) * 0.03 * rig.scale) + lower * limb.lower_axis * (0.05 * rig.scale);
        let (follower, miss) = by_target(rig, other, palm + beside, posture.elbows[other]);
        residual = residual.max(miss);
        arms[other] = follower;
    }
    for (side, arm) in arms.iter().enumerate() {
        let limb = &rig.arms[side];
        let [shoulder, elbow, wrist] = limb.joints;
        let collar = if side == 0 { Joint::LeftCollar } else { Joint::RightCollar };
        // The turn of the forearm is shared by elbow and wrist, as radius and ulna do.
        let twist = Rotation::from_scaled_axis(limb.lower_axis * (0.5 * sign(side) * posture.arms[side].palm));
        pose.rotations[collar as usize] = arm.collar;
        pose.rotations[shoulder] = arm.collar.inverse() * arm.upper;
        pose.rotations[elbow] = arm.elbow * twist;
        pose.rotations[wrist] = twist;
    }
    residual
}

fn shoulder_of(rig: &Rig, side: usize, arm: &ArmPose) -> Vec3 {
    let collar = if side == 0 { Joint::LeftCollar } else { Joint::RightCollar };
    let shoulder = rig.skeleton.rest[rig.arms[side].joints[0]];
    rig.rest(collar) - rig.rest(Joint::Spine3) + arm.collar * (shoulder - rig.rest(collar))
}

/// Where a hand should be in the body frame; `None` for a hanging one. The places were measured on the shipped body.
fn target(rig: &Rig, side: usize, reach: &Reach, frames: &Frames) -> Option<Vec3> {
    let s = sign(side);
    let scale = rig.scale;
    let at = |out: f64, up: f64, forward: f64| (LEFT * (s * out) + UP * up + FORWARD * forward) * scale;
    let shoulder = rig.skeleton.rest[rig.arms[side].joints[0]] - rig.rest(Joint::Spine3);
    let level = UP * shoulder.z;
    let wide = LEFT * shoulder.x;
    let ((origin, rotation), place) = match reach.place {
        Place::Hang => return None,
        Place::Mouth => (frames.head, at(0.03, -0.04, 0.15)),
        Place::Ear => (frames.head, at(0.11, 0.02, 0.02)),
        Place::Chest => (frames.chest, level + at(0.06, -0.12, 0.24)),
        Place::Front => (frames.chest, level + wide * 0.6 + at(0.0, 0.0, 0.44)),
        Place::Overhead => (frames.chest, level + wide * 0.8 + at(0.0, 0.55, 0.06)),
        Place::Hip => (frames.pelvis, at(0.175, 0.09, 0.03)),
        Place::Knee => ((frames.knees[side], frames.floor.1), at(0.0, 0.03, 0.07)),
        Place::Floor => (frames.floor, at(0.10, 0.05, 0.22)),
    };
    let [out, up, forward] = reach.offset;
    Some(origin + rotation * (place + LEFT * (s * out) + UP * up + FORWARD * forward))
}
