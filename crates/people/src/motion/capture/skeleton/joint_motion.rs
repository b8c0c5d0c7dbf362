//! The motion of a skeleton that a file brings along.

use crate::base::{Rotation, Vec3};
use crate::body::JointFrame;
use crate::motion::capture::UpAxis;

/// Joints of a file's own skeleton, with position and rotation in the file's world for every frame.
#[derive(Clone, Debug, PartialEq)]
pub struct JointMotion {
    /// Name of each joint.
    pub names: Vec<String>,
    /// Parent of each joint; parents come before their children.
    pub parents: Vec<Option<usize>>,
    /// Postures in which the skeleton is at rest, the likeliest first: a skin's bind posture, and all rotations of the file at zero.
    /// Their axes and unit may be others than those of the frames.
    pub rests: Vec<Vec<JointFrame>>,
    /// `[frame][joint]`, in the file's unit.
    pub frames: Vec<Vec<JointFrame>>,
    /// The vertical axis, where the kind of file fixes it.
    pub up: Option<UpAxis>,
}

/// Local position and rotation of a joint against its parent.
pub(in crate::motion::capture) type Local = (Vec3, Rotation);

/// Positions and rotations in the file's world out of local ones; parents come before their children.
pub(in crate::motion::capture) fn chain(parents: &[Option<usize>], local: &[Local]) -> Vec<JointFrame> {
    let mut frames: Vec<JointFrame> = Vec::with_capacity(local.len());
    for (&(position, rotation), parent) in local.iter().zip(parents) {
        frames.push(match parent.and_then(|p| frames.get(p)) {
            None => JointFrame { position, rotation },
            Some(p) => JointFrame { position: p.position + p.rotation * position, rotation: p.rotation * rotation },
        });
    }
    frames
}
