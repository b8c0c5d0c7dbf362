//! Girth: moving the skin away from the bones, more at the belly than at the hands.
//!
//! The gains were set by eye on pictures of thin and heavy bodies, and such that area and volume together stay on Du Bois'
//! formula: a belly that grows faster than the limbs gains volume with less skin.

use super::skeleton::Joint;
use super::weights::SkinWeights;
use crate::base::Vec3;
use crate::geometry::measure;

/// Girth needs the trunk and the limbs of SMPL; what hangs on the wrists may differ.
pub(super) const JOINTS_NEEDED: usize = Joint::LeftHand as usize;
/// Thinnest and stoutest multiple of the field: the belly's radius times 0.25 and 4.1.
pub(super) const LEAST: f64 = 0.6;
pub(super) const MOST: f64 = 2.5;

/// Share by which the distance from the trunk's axis grows, at the height of each joint.
const TRUNK: [(Joint, f64); 6] = [
    (Joint::Pelvis, 0.95),
    (Joint::Spine1, 1.25),
    (Joint::Spine2, 1.25),
    (Joint::Spine3, 0.75),
    (Joint::Neck, 0.35),
    (Joint::Head, 0.12),
];
/// The trunk's axis lies this far behind the spine joints, m, so that the belly grows more than the back.
const TRUNK_BEHIND: f64 = 0.03;
/// Joints whose vertices move with the trunk.
const TRUNK_JOINTS: [Joint; 7] =
    [Joint::Pelvis, Joint::Spine1, Joint::Spine2, Joint::Spine3, Joint::Neck, Joint::LeftCollar, Joint::RightCollar];
/// Share by which the distance from the head's axis grows.
const HEAD: f64 = 0.15;
/// The inner side of a leg gets only this share of its growth towards the other leg.
const INNER_LEG: f64 = 0.45;
/// Passes of averaging that take the steps out where bones meet.
const SMOOTHING_PASSES: usize = 12;

/// A bone and the gain at its two ends.
struct BoneGirth {
    joint: Joint,
    end: Joint,
    gain: (f64, f64),
    /// For legs: on which side of the body, +1 left, −1 right.
    leg: Option<f64>,
}

const fn limb(joint: Joint, end: Joint, gain: (f64, f64), leg: Option<f64>) -> BoneGirth {
    BoneGirth { joint, end, gain, leg }
}

const LIMBS: [BoneGirth; 8] = [
    limb(Joint::LeftHip, Joint::LeftKnee, (0.75, 0.45), Some(1.0)),
    limb(Joint::RightHip, Joint::RightKnee, (0.75, 0.45), Some(-1.0)),
    limb(Joint::LeftKnee, Joint::LeftAnkle, (0.5, 0.2), Some(1.0)),
    limb(Joint::RightKnee, Joint::RightAnkle, (0.5, 0.2), Some(-1.0)),
    limb(Joint::LeftShoulder, Joint::LeftElbow, (0.8, 0.55), None),
    limb(Joint::RightShoulder, Joint::RightElbow, (0.8, 0.55), None),
    limb(Joint::LeftElbow, Joint::LeftWrist, (0.55, 0.15), None),
    limb(Joint::RightElbow, Joint::RightWrist, (0.55, 0.15), None),
];

/// How far each vertex moves for one unit of girth, m, in the body frame. Hands and feet stay.
pub(super) fn field(vertices: &[Vec3], joints: &[Vec3], weights: &SkinWeights, faces: &[[u32; 3]]) -> Vec<Vec3> {
    let grow = |(index, v): (usize, &Vec3)| {
        weights.of(index).map(|(joint, weight)| growth(joint, v, joints) * weight).sum::<Vec3>()
    };
    let mut field: Vec<Vec3> = vertices.iter().enumerate().map(grow).collect();
    for _ in 0..SMOOTHING_PASSES {
        smooth(&mut field, faces);
    }
    field
}

/// Growth of a point as if it belonged wholly to one joint.
fn growth(joint: usize, v: &Vec3, joints: &[Vec3]) -> Vec3 {
    if let Some(limb) = LIMBS.iter().find(|l| l.joint as usize == joint) {
        let (from, to) = (joints[limb.joint as usize], joints[limb.end as usize]);
        let (axis, length) = ((to - from).normalize(), (to - from).norm());
        let along = (v - from).dot(&axis);
        let share = (along / length).clamp(0.0, 1.0);
        let mut d = (v - from - axis * along) * (limb.gain.0 + (limb.gain.1 - limb.gain.0) * share);
        if limb.leg.is_some_and(|side| d.x * side < 0.0) {
            d.x *= INNER_LEG;
        }
        d
    } else if TRUNK_JOINTS.iter().any(|j| *j as usize == joint) {
        let (gain, y) = trunk_at(v.z, joints);
        Vec3::new(v.x - joints[0].x, v.y - y - TRUNK_BEHIND, 0.0) * gain
    } else if joint == Joint::Head as usize {
        let axis = joints[joint];
        Vec3::new(v.x - axis.x, v.y - axis.y, 0.0) * HEAD
    } else {
        Vec3::zeros()
    }
}

/// Gain of the trunk and y of the spine at a height, between the joints by straight lines.
fn trunk_at(z: f64, joints: &[Vec3]) -> (f64, f64) {
    let at = |i: usize| {
        let (joint, gain) = TRUNK[i];
        (joints[joint as usize].z, gain, joints[joint as usize].y)
    };
    let above = (0..TRUNK.len()).find(|&i| at(i).0 > z);
    match above {
        Some(0) => (at(0).1, at(0).2),
        None => (at(TRUNK.len() - 1).1, at(TRUNK.len() - 1).2),
        Some(i) => {
            let ((z0, g0, y0), (z1, g1, y1)) = (at(i - 1), at(i));
            let share = (z - z0) / (z1 - z0);
            (g0 + (g1 - g0) * share, y0 + (y1 - y0) * share)
        }
    }
}

/// Takes every vector half-way to the mean of its neighbours.
fn smooth(field: &mut [Vec3], faces: &[[u32; 3]]) {
    let mut sum = vec![(Vec3::zeros(), 0.0); field.len()];
    for face in faces {
        let total: Vec3 = measure::corners(field, face).iter().sum();
        for &i in face {
            let (s, n) = &mut sum[i as usize];
            *s += total - field[i as usize];
            *n += 2.0;
        }
    }
    for (v, (s, n)) in field.iter_mut().zip(sum) {
        if n > 0.0 {
            *v = (*v + s / n) * 0.5;
        }
    }
}
