//! From SMPL's frame (x left, y up, z forward) to the body frame (x left, y backward, z up).

use crate::base::Vec3;

/// A point or offset of SMPL's frame in the body frame.
#[inline]
pub(super) fn from_smpl(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.z, v.y)
}
