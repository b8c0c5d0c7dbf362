//! Turns between the axes of a file and ours, of the whole world and joint by joint.

use crate::base::{Rotation, Vec3};
use crate::body::Joint;
use nalgebra::{Matrix3, Rotation3};

/// Per SMPL joint: a joint of the file and the rotation of ours in its axes.
pub(in crate::motion::capture) type Turns = [Option<(usize, Rotation)>; Joint::ALL.len()];

/// The turn from the file's axes to ours for an `up` of the file; `left` is where the person's left is, where that is known.
pub(in crate::motion::capture) fn world(up: Vec3, left: Option<Vec3>) -> Rotation {
    // x is level in worlds that are y up and in those that are z up.
    let left = left.unwrap_or(if up.x.abs() < 0.5 { Vec3::x() } else { Vec3::y() });
    axes(left, up).map_or_else(Rotation::identity, |axes| rotation_of(&axes).inverse())
}

/// Columns: where our x (left), y (backward) and z (up) lie in the file.
pub(super) fn axes(left: Vec3, up: Vec3) -> Option<Matrix3<f64>> {
    let up = up.try_normalize(1e-9)?;
    let left = (left - up * left.dot(&up)).try_normalize(1e-9)?;
    Some(Matrix3::from_columns(&[left, up.cross(&left), up]))
}

/// The rotation of a matrix of orthonormal columns.
pub(in crate::motion::capture) fn rotation_of(axes: &Matrix3<f64>) -> Rotation {
    Rotation::from_rotation_matrix(&Rotation3::from_matrix_unchecked(*axes))
}
