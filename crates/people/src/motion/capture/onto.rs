//! A captured motion in the joints of a body.

use super::super::error::MotionError;
use super::super::score::Rig;
use super::Family;
use super::calibration::calibrate::Calibration;
use super::skeleton::joint_map::Found;
use super::skeleton::joint_motion::JointMotion;
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, JointFrame, Pose, ShapedBody};

/// Joints that all of the family have in common.
const BODY_JOINTS: usize = 22;
const FINGER_JOINTS: usize = 30;
/// Height of the root joint over the soles of SMPL's mean body, m: the published rest offsets of its neutral model lead 0.0914,
/// 0.3752, 0.3980 and 0.0558 m down from pelvis to hip, knee, ankle and ball of the foot, and the ball lies 1 cm over the sole.
const MEAN_ROOT_HEIGHT: f64 = 0.93;
/// The same model's root joint over its origin once a file's root rotation has set it upright in a z-up world: the z of J_0 =
/// (−0.0018, −0.2233, 0.0282) m, since the root turns about the joint and not about the origin.
const MEAN_ROOT_OFFSET: f64 = 0.028;

impl Family {
    /// The family by the number of joints of a body model.
    pub(super) fn of_body(origin: &str, joints: usize) -> Result<Self, MotionError> {
        match joints {
            24 => Ok(Self::Smpl),
            52 => Ok(Self::SmplH),
            55 => Ok(Self::SmplX),
            n => {
                let message =
                    format!("the body has {n} joints; a motion is put on 24 (SMPL), 52 (SMPL-H) or 55 (SMPL-X)");
                Err(MotionError::file(origin, message))
            }
        }
    }

    /// The first of 30 finger joints.
    pub(super) fn fingers(self) -> Option<usize> {
        match self {
            Self::Smpl => None,
            Self::SmplH => Some(BODY_JOINTS),
            Self::SmplX => Some(BODY_JOINTS + 3),
        }
    }

    /// Which joint of this family moves a joint of another one.
    fn source_of(self, joint: usize, other: Self) -> Option<usize> {
        if joint < BODY_JOINTS || self == other {
            return Some(joint);
        }
        let finger = joint.checked_sub(other.fingers()?).filter(|f| *f < FINGER_JOINTS)?;
        Some(self.fingers()? + finger)
    }
}

/// Rotations as they are, the translation scaled from SMPL's mean body.
pub(super) fn from_smpl(
    origin: &str,
    family: Family,
    poses: &[Pose],
    body: &ShapedBody,
) -> Result<Vec<Pose>, MotionError> {
    let root = body.skeleton.rest[0];
    let scale = root.z / MEAN_ROOT_HEIGHT;
    let mut turned = turned(origin, family, poses, body)?;
    for pose in &mut turned {
        pose.translation = (pose.translation + Vec3::z() * MEAN_ROOT_OFFSET) * scale - root;
    }
    Ok(turned)
}

/// Rotations and translation as they are: the root joint is at `translation + root_offset` of the file's world.
pub(super) fn from_smpl_exactly(
    origin: &str,
    family: Family,
    poses: &[Pose],
    body: &ShapedBody,
    root_offset: Vec3,
) -> Result<Vec<Pose>, MotionError> {
    let root = body.skeleton.rest[0];
    let mut turned = turned(origin, family, poses, body)?;
    for pose in &mut turned {
        pose.translation += root_offset - root;
    }
    Ok(turned)
}

fn turned(origin: &str, family: Family, poses: &[Pose], body: &ShapedBody) -> Result<Vec<Pose>, MotionError> {
    Rig::new(&body.skeleton)?;
    let joints = body.skeleton.rest.len();
    let other = Family::of_body(origin, joints)?;
    let sources: Vec<Option<usize>> = (0..joints).map(|j| family.source_of(j, other)).collect();
    let turn = |pose: &Pose| {
        let rotations = sources.iter().map(|s| s.and_then(|s| pose.rotations.get(s)).copied());
        Pose { translation: pose.translation, rotations: rotations.map(Option::unwrap_or_default).collect() }
    };
    Ok(poses.iter().map(turn).collect())
}

/// Joint by joint from a foreign skeleton: rotations against the calibration posture, hips on the file's hips. The way of the pelvis' joint is
/// scaled by `way` against the body.
pub(super) fn from_joints(
    origin: &str,
    motion: &JointMotion,
    body: &ShapedBody,
    found: &Found,
    calibration: &Calibration,
    way: f64,
) -> Result<Vec<Pose>, MotionError> {
    Rig::new(&body.skeleton)?;
    let skeleton = &body.skeleton;
    let has_hands = Family::of_body(origin, skeleton.rest.len())? == Family::Smpl;
    // Other families have fingers where SMPL has its hands.
    let known = if has_hands { Joint::ALL.len() } else { BODY_JOINTS };
    let source = |joint: usize| calibration.turn.get(joint).copied().flatten().filter(|_| joint < known);
    let sources: Vec<Option<(usize, Rotation)>> = (0..skeleton.rest.len()).map(source).collect();
    let (Some(left), Some(right)) = (found.joints[Joint::LeftHip as usize], found.joints[Joint::RightHip as usize])
    else {
        return Err(MotionError::file(origin, "its joint map has no hips"));
    };
    let pelvis = found.joints[Joint::Pelvis as usize];
    let root = skeleton.rest[0];
    let hips = (skeleton.rest[Joint::LeftHip as usize] + skeleton.rest[Joint::RightHip as usize]) * 0.5 - root;
    let turn = |frame: &Vec<JointFrame>| {
        let mut global: Vec<Rotation> = Vec::with_capacity(sources.len());
        let mut rotations = Vec::with_capacity(sources.len());
        for (source, parent) in sources.iter().zip(&skeleton.parents) {
            let above = parent.map_or(Rotation::identity(), |p| global[p]);
            let here = match source {
                Some((joint, turn)) => calibration.world * frame[*joint].rotation * turn,
                None => above,
            };
            rotations.push(above.inverse() * here);
            global.push(here);
        }
        let middle = (frame[left].position + frame[right].position) * 0.5;
        // Bones lead from what the way carries to the hips.
        let carried = pelvis.map_or(middle, |pelvis| frame[pelvis].position);
        let place = (carried * way + (middle - carried)) * calibration.scale;
        let translation = calibration.world * place - rotations[0] * hips - root;
        Pose { translation, rotations }
    };
    Ok(motion.frames.iter().map(turn).collect())
}
