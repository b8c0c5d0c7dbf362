//! Poses out of joint positions, as a depth camera gives them: where bones point, and how tall the person is.
//!
//! Pelvis and chest are frames of three points each; every limb is turned by the smallest rotation that lets its bone point where the
//! measured one does, so that twist about a bone, which positions do not show, stays that of its parent.

use super::error::MotionError;
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, Pose, Skeleton};
use nalgebra::{Matrix3, Rotation3};

/// Measured joints, one position each, m; x right, y away from the sensor, z up; left and right are the person's.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // the names are the documentation
pub struct Joints {
    pub spine_base: Vec3,
    pub spine_top: Vec3,
    pub head: Vec3,
    /// Left, right.
    pub shoulder: [Vec3; 2],
    /// Left, right.
    pub elbow: [Vec3; 2],
    /// Left, right.
    pub wrist: [Vec3; 2],
    /// Left, right.
    pub hip: [Vec3; 2],
    /// Left, right.
    pub knee: [Vec3; 2],
    /// Left, right.
    pub ankle: [Vec3; 2],
}

impl Joints {
    /// Those of a skeleton in some posture; `at` says where each of its joints is, m.
    pub fn of(at: impl Fn(Joint) -> Vec3) -> Self {
        Self {
            spine_base: at(Joint::Pelvis),
            spine_top: at(Joint::Neck),
            head: at(Joint::Head),
            shoulder: [at(Joint::LeftShoulder), at(Joint::RightShoulder)],
            elbow: [at(Joint::LeftElbow), at(Joint::RightElbow)],
            wrist: [at(Joint::LeftWrist), at(Joint::RightWrist)],
            hip: [at(Joint::LeftHip), at(Joint::RightHip)],
            knee: [at(Joint::LeftKnee), at(Joint::RightKnee)],
            ankle: [at(Joint::LeftAnkle), at(Joint::RightAnkle)],
        }
    }

    /// Length of the chain from the ankles to the head: shins, thighs (means of both sides) and trunk, m. It does not depend on the
    /// posture as long as the trunk is straight.
    pub fn chain_m(&self) -> f64 {
        let both = |a: [Vec3; 2], b: [Vec3; 2]| 0.5 * ((a[0] - b[0]).norm() + (a[1] - b[1]).norm());
        both(self.ankle, self.knee)
            + both(self.knee, self.hip)
            + (self.spine_top - self.spine_base).norm()
            + (self.head - self.spine_top).norm()
    }
}

/// The stature whose skeleton has the chain of the measured joints (median over the frames), m, within 1.40 to 2.10; `skeleton` is that
/// of a person of `stature_m`.
pub fn stature(frames: &[Joints], skeleton: &Skeleton, stature_m: f64) -> f64 {
    let mut chains: Vec<f64> = frames.iter().map(Joints::chain_m).filter(|c| c.is_finite()).collect();
    chains.sort_by(f64::total_cmp);
    let Some(&median) = chains.get(chains.len() / 2) else { return stature_m };
    (stature_m * median / rest_joints(skeleton).chain_m()).clamp(1.40, 2.10)
}

/// The joints of a skeleton at rest.
fn rest_joints(skeleton: &Skeleton) -> Joints {
    Joints::of(|joint| skeleton.rest[joint as usize])
}

/// The pose of one frame, with the middle of the hips where it was measured.
///
/// An error where joints coincide, so that a bone has no direction.
pub fn pose(joints: &Joints, skeleton: &Skeleton, frame: usize) -> Result<Pose, MotionError> {
    let fail = |what: &str| {
        let message = format!("frame {frame}: {what} coincide, so that a bone points nowhere");
        MotionError::File { origin: "joint positions".into(), message }
    };
    let rest = rest_joints(skeleton);
    let pelvis = frame_turn(
        (rest.hip[0] - rest.hip[1], rest.spine_top - rest.spine_base),
        (joints.hip[0] - joints.hip[1], joints.spine_top - joints.spine_base),
    )
    .ok_or_else(|| fail("hips or spine"))?;
    let chest = frame_turn(
        (rest.shoulder[0] - rest.shoulder[1], rest.spine_top - rest.spine_base),
        (joints.shoulder[0] - joints.shoulder[1], joints.spine_top - joints.spine_base),
    )
    .ok_or_else(|| fail("shoulders or spine"))?;
    let mut global: Vec<Option<Rotation>> = vec![None; skeleton.rest.len()];
    let mut set = |joint: Joint, rotation: Rotation| {
        if let Some(slot) = global.get_mut(joint as usize) {
            *slot = Some(rotation);
        }
    };
    set(Joint::Pelvis, pelvis);
    // Half a turn between pelvis and chest has no middle; nobody is that twisted.
    let between = |t: f64| pelvis.try_slerp(&chest, t, 1e-6).unwrap_or(chest);
    set(Joint::Spine1, between(1.0 / 3.0));
    set(Joint::Spine2, between(2.0 / 3.0));
    set(Joint::Spine3, chest);
    let neck =
        bone(chest, rest.head - rest.spine_top, joints.head - joints.spine_top).ok_or_else(|| fail("head and neck"))?;
    set(Joint::Neck, neck);
    set(Joint::Head, neck);
    let arms = [
        (Joint::LeftCollar, Joint::LeftShoulder, Joint::LeftElbow),
        (Joint::RightCollar, Joint::RightShoulder, Joint::RightElbow),
    ];
    for (side, (collar, shoulder, elbow)) in arms.into_iter().enumerate() {
        set(collar, chest);
        let (s, e, w) = (joints.shoulder[side], joints.elbow[side], joints.wrist[side]);
        let upper =
            bone(chest, rest.elbow[side] - rest.shoulder[side], e - s).ok_or_else(|| fail("shoulder and elbow"))?;
        let lower = bone(upper, rest.wrist[side] - rest.elbow[side], w - e).ok_or_else(|| fail("elbow and wrist"))?;
        set(shoulder, upper);
        set(elbow, lower);
    }
    let legs =
        [(Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle), (Joint::RightHip, Joint::RightKnee, Joint::RightAnkle)];
    for (side, (hip, knee, ankle)) in legs.into_iter().enumerate() {
        let (h, k, a) = (joints.hip[side], joints.knee[side], joints.ankle[side]);
        let thigh = bone(pelvis, rest.knee[side] - rest.hip[side], k - h).ok_or_else(|| fail("hip and knee"))?;
        let shin = bone(thigh, rest.ankle[side] - rest.knee[side], a - k).ok_or_else(|| fail("knee and ankle"))?;
        set(hip, thigh);
        set(knee, shin);
        // A depth camera's feet are its noisiest joints: they are taken to be level, pointing where the shin's front does.
        set(ankle, level(shin));
    }
    let mut rotations = Vec::with_capacity(skeleton.rest.len());
    let mut done: Vec<Rotation> = Vec::with_capacity(skeleton.rest.len());
    for (joint, parent) in skeleton.parents.iter().enumerate() {
        let above = parent.map_or(Rotation::identity(), |p| done[p]);
        let here = global[joint].unwrap_or(above);
        rotations.push(above.inverse() * here);
        done.push(here);
    }
    let root = skeleton.rest[0];
    let hips = 0.5 * (rest.hip[0] + rest.hip[1]) - root;
    let translation = 0.5 * (joints.hip[0] + joints.hip[1]) - pelvis * hips - root;
    Ok(Pose { translation, rotations })
}

/// The rotation that takes the frame of (left, up) at rest to the measured one; left is kept, up as far as it is square to it.
pub(super) fn frame_turn(rest: (Vec3, Vec3), found: (Vec3, Vec3)) -> Option<Rotation> {
    let axes = |(left, up): (Vec3, Vec3)| {
        let up = up.try_normalize(1e-3)?;
        let left = (left - up * left.dot(&up)).try_normalize(1e-3)?;
        Some(Matrix3::from_columns(&[left, up.cross(&left), up]))
    };
    let turn = axes(found)? * axes(rest)?.transpose();
    Some(Rotation::from_rotation_matrix(&Rotation3::from_matrix_unchecked(turn)))
}

/// The parent's rotation and after it the smallest one that lets the bone point along `found`.
pub(super) fn bone(parent: Rotation, rest: Vec3, found: Vec3) -> Option<Rotation> {
    let (from, to) = ((parent * rest).try_normalize(1e-3)?, found.try_normalize(1e-3)?);
    // Opposite directions leave the axis open; any one square to the bone will do.
    let turn = Rotation::rotation_between(&from, &to).or_else(|| {
        let aside = if from.x.abs() < 0.9 { Vec3::x() } else { Vec3::y() };
        Some(Rotation::from_scaled_axis(from.cross(&aside).normalize() * std::f64::consts::PI))
    })?;
    Some(turn * parent)
}

/// The turn about the vertical that is in a rotation: where it takes the front, −y, to on the floor.
pub(super) fn level(rotation: Rotation) -> Rotation {
    let front = rotation * -Vec3::y();
    Rotation::from_scaled_axis(Vec3::z() * front.x.atan2(-front.y))
}
