//! Joints in SMPL's order, poses, and forward kinematics.
//!
//! Body frame: the person faces −y (towards a sensor at the origin), left is +x, z is up, the soles rest on z = 0 and the
//! origin lies between the feet. SMPL's frame (x left, y up, z forward) is turned into this one when a file is read.

use crate::base::{Rotation, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The 24 joints of SMPL, in its order.
#[allow(missing_docs)] // the names are the documentation
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(usize)]
pub enum Joint {
    Pelvis = 0,
    LeftHip,
    RightHip,
    Spine1,
    LeftKnee,
    RightKnee,
    Spine2,
    LeftAnkle,
    RightAnkle,
    Spine3,
    LeftFoot,
    RightFoot,
    Neck,
    LeftCollar,
    RightCollar,
    Head,
    LeftShoulder,
    RightShoulder,
    LeftElbow,
    RightElbow,
    LeftWrist,
    RightWrist,
    LeftHand,
    RightHand,
}

impl Joint {
    /// All joints in SMPL's order.
    pub const ALL: [Self; 24] = [
        Self::Pelvis,
        Self::LeftHip,
        Self::RightHip,
        Self::Spine1,
        Self::LeftKnee,
        Self::RightKnee,
        Self::Spine2,
        Self::LeftAnkle,
        Self::RightAnkle,
        Self::Spine3,
        Self::LeftFoot,
        Self::RightFoot,
        Self::Neck,
        Self::LeftCollar,
        Self::RightCollar,
        Self::Head,
        Self::LeftShoulder,
        Self::RightShoulder,
        Self::LeftElbow,
        Self::RightElbow,
        Self::LeftWrist,
        Self::RightWrist,
        Self::LeftHand,
        Self::RightHand,
    ];
}

/// The joints of one person at rest (T-pose).
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// Parent of each joint; `None` for the root. Parents come before their children.
    pub parents: Vec<Option<usize>>,
    /// Rest position of each joint in the body frame, m.
    pub rest: Vec<Vec3>,
}

/// One posture: root translation and one local rotation per joint.
#[derive(Clone, Debug, PartialEq)]
pub struct Pose {
    /// Shift of the root joint from its rest position, m.
    pub translation: Vec3,
    /// Rotation of each joint against its parent; the identity is the T-pose. The root's is against the body frame.
    pub rotations: Vec<Rotation>,
}

/// Where a joint is and how it is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointFrame {
    /// Position, m.
    pub position: Vec3,
    /// Rotation from the rest posture.
    pub rotation: Rotation,
}

impl Pose {
    /// The T-pose.
    pub fn rest(joints: usize) -> Self {
        Self { translation: Vec3::zeros(), rotations: vec![Rotation::identity(); joints] }
    }
}

impl Skeleton {
    /// Forward kinematics: position and rotation of every joint.
    pub fn frames(&self, pose: &Pose) -> Vec<JointFrame> {
        let mut frames: Vec<JointFrame> = Vec::with_capacity(self.rest.len());
        for (joint, parent) in self.parents.iter().enumerate() {
            let local = pose.rotations[joint];
            frames.push(match *parent {
                None => JointFrame { position: self.rest[joint] + pose.translation, rotation: local },
                Some(p) => JointFrame {
                    position: frames[p].position + frames[p].rotation * (self.rest[joint] - self.rest[p]),
                    rotation: frames[p].rotation * local,
                },
            });
        }
        frames
    }
}
