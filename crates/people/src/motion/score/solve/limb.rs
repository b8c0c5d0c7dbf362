//! Two bones and a hinge: the analytic inverse kinematics of arms and legs.

use super::super::rig::RestLimb;
use crate::base::{Rotation, Vec3};
use nalgebra::{Matrix3, Rotation3};

/// Largest flexion of an elbow or knee, radians (148°).
const LARGEST_FLEXION: f64 = 2.583;
/// A limb is never stretched beyond this share of its length: a straight hinge has no defined plane.
const LONGEST_REACH: f64 = 0.9998;

/// Directions of a limb's bones and its hinge axis, all unit vectors in one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bent {
    pub(super) upper: Vec3,
    pub(super) lower: Vec3,
    pub(super) hinge: Vec3,
}

/// Bends `limb` from `root` so that its end comes to `target`, with the hinge pointing along `pole`.
///
/// Law of cosines in the plane of root, target and pole. Also returns how far the end stays from the target, m.
pub(super) fn reach(limb: &RestLimb, root: Vec3, target: Vec3, pole: Vec3) -> (Bent, f64) {
    let (a, b) = (limb.upper, limb.lower);
    let way = target - root;
    let wanted = way.norm();
    let longest = (a + b) * LONGEST_REACH;
    let shortest = (a * a + b * b + 2.0 * a * b * LARGEST_FLEXION.cos()).sqrt();
    let distance = wanted.clamp(shortest, longest);
    let along = if wanted > 1e-9 { way / wanted } else { -pole };
    let aside = perpendicular(pole, along);
    let cos = ((a * a + distance * distance - b * b) / (2.0 * a * distance)).clamp(-1.0, 1.0);
    let sin = (1.0 - cos * cos).sqrt();
    let upper = along * cos + aside * sin;
    let lower = (along * distance - upper * a) / b;
    (Bent { upper, lower: lower.normalize(), hinge: aside.cross(&along) }, (wanted - distance).abs())
}

/// Unit vector across `along`, as near to `pole` as can be.
pub(super) fn perpendicular(pole: Vec3, along: Vec3) -> Vec3 {
    let across = pole - along * pole.dot(&along);
    across.try_normalize(1e-9).unwrap_or_else(|| {
        let other = if along.x.abs() < 0.9 { Vec3::x() } else { Vec3::y() };
        (other - along * other.dot(&along)).normalize()
    })
}

/// The rotation that takes the direction `d0` to `d1` and the hinge `n0` to `n1` (made perpendicular first).
pub(super) fn align(d0: Vec3, n0: Vec3, d1: Vec3, n1: Vec3) -> Rotation {
    let basis = |d: Vec3, n: Vec3| {
        let n = perpendicular(n, d);
        Matrix3::from_columns(&[d, n, d.cross(&n)])
    };
    let matrix = basis(d1, n1) * basis(d0, n0).transpose();
    Rotation::from_rotation_matrix(&Rotation3::from_matrix_unchecked(matrix))
}

/// Rotations of a limb's upper and lower bone from rest, in the frame of `bent`.
pub(super) fn bones(limb: &RestLimb, bent: &Bent) -> (Rotation, Rotation) {
    (
        align(limb.upper_axis, limb.hinge, bent.upper, bent.hinge),
        align(limb.lower_axis, limb.hinge, bent.lower, bent.hinge),
    )
}

/// Part `weight` of the way from one rotation to another, by the shorter way.
pub(super) fn blend(from: &Rotation, to: &Rotation, weight: f64) -> Rotation {
    from * Rotation::from_scaled_axis((from.inverse() * to).scaled_axis() * weight)
}
