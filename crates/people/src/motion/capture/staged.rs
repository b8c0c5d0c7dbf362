//! A captured motion brought to the origin of a stage: wherever the cameras' room had its zero.

use super::super::clip::Clip;
use super::super::error::MotionError;
use crate::base::{Rotation, Vec3};
use crate::body::{Pose, Skeleton};

/// A clip that begins facing −y, with its way centred over the origin.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The motion.
    pub clip: Clip,
    /// Farthest horizontal distance of the root joint from the origin, m.
    pub reach_m: f64,
}

impl Staged {
    /// Turns and shifts `clip`, a motion of `skeleton`.
    pub fn new(clip: &Clip, skeleton: &Skeleton) -> Result<Self, MotionError> {
        let root = skeleton.rest.first().copied().unwrap_or_default();
        let turn = facing(&clip.poses()[0].rotations[0]);
        let ground = |v: Vec3| Vec3::new(v.x, v.y, 0.0);
        let on_the_way = clip.poses().iter().map(|p| ground(root + p.translation));
        let (low, high) = on_the_way
            .fold((Vec3::repeat(f64::INFINITY), Vec3::repeat(f64::NEG_INFINITY)), |(l, h), p| (l.inf(&p), h.sup(&p)));
        let middle = (low + high) * 0.5;
        let clip = clip.moved(turn, -(turn * middle), root);
        let reach = |pose: &Pose| ground(root + pose.translation).norm();
        let reach_m = clip.poses().iter().map(reach).fold(0.0, f64::max);
        Ok(Self { clip, reach_m })
    }
}

/// Turn about the vertical that brings the chest's direction to −y; of somebody who lies, the head's.
pub fn facing(root: &Rotation) -> Rotation {
    let chest = root * Vec3::new(0.0, -1.0, 0.0);
    let ahead = if chest.xy().norm() > 0.3 { chest } else { root * Vec3::z() };
    Rotation::from_scaled_axis(Vec3::z() * (-std::f64::consts::FRAC_PI_2 - ahead.y.atan2(ahead.x)))
}
