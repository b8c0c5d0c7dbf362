//! A person: a body that moves through a clip at some place in the world.

use super::clip::Clip;
use super::error::MotionError;
use crate::base::{Rotation, Vec3};
use crate::body::{Pose, ShapedBody};
use crate::geometry::MovingMesh;
use crate::geometry::mesh::is_solid;
use serde::{Deserialize, Serialize};

/// Where a person stands and which way they face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The body frame's origin in the world frame, m.
    pub position: Vec3,
    /// Turn to the person's left, radians; 0 faces −y, towards a sensor at the origin.
    pub facing_rad: f64,
}

impl Default for Placement {
    fn default() -> Self {
        Self { position: Vec3::zeros(), facing_rad: 0.0 }
    }
}

/// A body in motion in the world.
#[derive(Clone, Debug)]
pub struct Performer {
    body: ShapedBody,
    clip: Clip,
    place: Placement,
    solid: bool,
}

impl Performer {
    /// Puts `body` into `clip` at `place`; the clip must have the body's joints and the place must be finite.
    pub fn new(body: ShapedBody, clip: Clip, place: Placement) -> Result<Self, MotionError> {
        let joints = body.skeleton.rest.len();
        if clip.joint_count() != joints {
            return Err(MotionError::BodyMismatch { clip: clip.joint_count(), body: joints });
        }
        if !(place.facing_rad.is_finite() && place.position.iter().all(|x| x.is_finite())) {
            return Err(MotionError::Place);
        }
        let mut performer = Self { body, clip, place, solid: false };
        let mut vertices = vec![Vec3::zeros(); performer.vertex_count()];
        performer.vertices_at(0.0, &mut vertices);
        performer.solid = is_solid(&vertices, performer.faces());
        Ok(performer)
    }

    /// The body.
    pub fn body(&self) -> &ShapedBody {
        &self.body
    }

    /// The motion.
    pub fn clip(&self) -> &Clip {
        &self.clip
    }

    /// The place.
    pub fn place(&self) -> Placement {
        self.place
    }

    /// The posture at `time_s`, in the world frame.
    pub fn pose_at(&self, time_s: f64) -> Pose {
        // The place goes into the root joint, so that every vertex is moved once.
        let turn = Rotation::from_scaled_axis(Vec3::z() * self.place.facing_rad);
        let mut pose = self.clip.pose_at(time_s);
        let root = self.body.skeleton.rest[0];
        pose.translation = turn * (root + pose.translation) + self.place.position - root;
        pose.rotations[0] = turn * pose.rotations[0];
        pose
    }
}

impl MovingMesh for Performer {
    fn faces(&self) -> &[[u32; 3]] {
        self.body.faces()
    }

    fn vertex_count(&self) -> usize {
        self.body.vertex_count()
    }

    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        self.body.skin(&self.pose_at(time_s), out);
    }

    fn is_solid(&self) -> bool {
        self.solid
    }

    /// Skin is smooth everywhere.
    fn crease_rad(&self) -> f64 {
        std::f64::consts::PI
    }
}
