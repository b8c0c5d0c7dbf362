//! From SMPL's frame (x left, y up, z forward) to the body frame (x left, y backward, z up).

use crate::base::{Rotation, Vec3};

/// A point or offset of SMPL's frame in the body frame.
#[inline]
pub fn from_smpl(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.z, v.y)
}

/// A rotation vector of SMPL's frame (axis times angle, radians) as a rotation of the body frame: the axis turns like any vector.
pub fn rotation_from_smpl(axis_angle: [f64; 3]) -> Rotation {
    Rotation::from_scaled_axis(from_smpl(Vec3::from(axis_angle)))
}
