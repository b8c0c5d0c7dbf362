//! Pose blend shapes: how the surface bulges and creases when joints turn (Loper et al. 2015, eq. 9).
//!
//! SMPL has 207 directions of 20,670 numbers, SMPL-X 486 of 31,425: reading them is what takes the time. They are kept as 16-bit
//! whole numbers with a scale of their own for every direction of every block of vertices, which halves the bytes at an error
//! of 1.5e-5 of the largest offset of the block; blocks are read once, front to back, with the sums in registers.

use super::skeleton::Pose;
use crate::base::Vec3;
use crate::kernels::{Lanes, Task, Width};

/// Coordinates of a block: sixteen vertices.
const BLOCK: usize = 48;
/// A feature of the pose below this moves no vertex by a nanometre.
const NEGLIGIBLE: f64 = 1e-9;

/// Vertex offsets per entry of the joints' rotation matrices, in the body frame.
///
/// Feature `9 (k − 1) + 3 row + column` is the entry of `R_k − I` of joint k ≥ 1.
#[derive(Clone, Debug)]
pub(super) struct PoseDirections {
    features: usize,
    /// `[block][feature][coordinate]`, in parts of the scale.
    steps: Vec<[i16; BLOCK]>,
    /// `[block][feature]`, m.
    scales: Vec<f32>,
}

/// Where an axis of SMPL's frame lies in the body frame, and its sign: (x, y, z) → (x, −z, y).
const BODY_AXIS: [(usize, f64); 3] = [(0, 1.0), (2, 1.0), (1, -1.0)];

impl PoseDirections {
    /// From directions in SMPL's frame: `direction(feature, vertex)` is the offset of one feature, m.
    pub(super) fn from_smpl(features: usize, vertices: usize, direction: impl Fn(usize, usize) -> Vec3) -> Self {
        let blocks = (3 * vertices).div_ceil(BLOCK);
        let mut steps = vec![[0; BLOCK]; blocks * features];
        let mut scales = vec![0.0; blocks * features];
        for feature in 0..features {
            let (joint, row, column) = (feature / 9, feature / 3 % 3, feature % 3);
            // R_smpl[row][column] = ± R_body[row'][column'], and R − I likewise, since both frames share the identity.
            let ((r, r_sign), (c, c_sign)) = (BODY_AXIS[row], BODY_AXIS[column]);
            let to = 9 * joint + 3 * r + c;
            for block in 0..blocks {
                let mut offsets = [0.0; BLOCK];
                for (at, out) in offsets.iter_mut().enumerate() {
                    let (vertex, axis) = ((block * BLOCK + at) / 3, at % 3);
                    if vertex < vertices {
                        *out = super::frame::from_smpl(direction(feature, vertex))[axis] * r_sign * c_sign;
                    }
                }
                let largest = offsets.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                let scale = (largest / f64::from(i16::MAX)) as f32;
                if scale > 0.0 {
                    scales[block * features + to] = scale;
                    steps[block * features + to] = offsets.map(|v| (v / f64::from(scale)).round() as i16);
                }
            }
        }
        Self { features, steps, scales }
    }

    /// Adds the offsets of a posture to the vertices.
    pub(super) fn add(&self, pose: &Pose, vertices: &mut [Vec3]) {
        let mut active: Vec<(usize, f32)> = Vec::with_capacity(self.features);
        for (joint, rotation) in pose.rotations.iter().enumerate().skip(1) {
            let matrix = rotation.to_rotation_matrix();
            for row in 0..3 {
                for column in 0..3 {
                    let value = matrix[(row, column)] - if row == column { 1.0 } else { 0.0 };
                    if value.abs() > NEGLIGIBLE {
                        active.push((9 * (joint - 1) + 3 * row + column, value as f32));
                    }
                }
            }
        }
        if active.is_empty() {
            return;
        }
        let width = Width::best();
        let blocks = self.steps.chunks_exact(self.features).zip(self.scales.chunks_exact(self.features));
        for ((steps, scales), vertices) in blocks.zip(vertices.chunks_mut(BLOCK / 3)) {
            let sum = width.run(Weighted { steps, scales, active: &active });
            for (v, offset) in vertices.iter_mut().zip(sum.as_chunks::<3>().0) {
                *v += Vec3::new(f64::from(offset[0]), f64::from(offset[1]), f64::from(offset[2]));
            }
        }
    }
}

/// `Σ value · scale · steps` of a block over the active features. Nothing is fused or reordered, so that every width gives the
/// same bits.
struct Weighted<'a> {
    steps: &'a [[i16; BLOCK]],
    scales: &'a [f32],
    active: &'a [(usize, f32)],
}

impl Task for Weighted<'_> {
    type Output = [f32; BLOCK];

    #[inline(always)]
    fn run<V: Lanes>(self) -> [f32; BLOCK] {
        match BLOCK / V::COUNT {
            3 => self.sums::<V, 3>(),
            6 => self.sums::<V, 6>(),
            _ => self.sums::<V, { BLOCK / 4 }>(),
        }
    }
}

impl Weighted<'_> {
    /// With the sums in `N` vectors.
    #[inline(always)]
    fn sums<V: Lanes, const N: usize>(self) -> [f32; BLOCK] {
        let mut sums = [V::splat(0.0); N];
        for &(feature, value) in self.active {
            let factor = V::splat(value * self.scales[feature]);
            for (sum, steps) in sums.iter_mut().zip(self.steps[feature].chunks_exact(V::COUNT)) {
                *sum = sum.add(factor.mul(V::load_whole(steps)));
            }
        }
        let mut out = [0.0; BLOCK];
        for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(V::COUNT)) {
            sum.store(out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rotation;

    /// Every width of this processor gives the bits of the portable one, and all the formula.
    #[test]
    fn variants_agree_to_the_bit_and_with_the_formula() {
        let (features, vertices) = (18, 37);
        let direction =
            |f: usize, v: usize| Vec3::from_fn(|a, _| ((f * 31 + v * 17 + a * 7) % 41) as f64 * 1e-3 - 0.02);
        let directions = PoseDirections::from_smpl(features, vertices, direction);
        let active: Vec<(usize, f32)> = (0..features).map(|f| (f, (f as f32 * 0.7).sin())).collect();
        for (steps, scales) in directions.steps.chunks(features).zip(directions.scales.chunks(features)) {
            let with = |width: Width| width.run(Weighted { steps, scales, active: &active });
            for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
                assert_eq!(with(width), with(Width::Portable), "{width:?}");
            }
        }
        let mut pose = Pose::rest(3);
        pose.rotations[2] = Rotation::from_euler_angles(0.0, 0.0, 0.9);
        let mut moved = vec![Vec3::zeros(); vertices];
        directions.add(&pose, &mut moved);
        // A turn about our z is one about SMPL's y: its entries (0,0), (0,2), (2,0), (2,2) of joint 2.
        let (sin, cos) = 0.9f64.sin_cos();
        for (vertex, v) in moved.iter().enumerate() {
            let d = |row: usize, column: usize| direction(9 + 3 * row + column, vertex);
            let smpl = (d(0, 0) + d(2, 2)) * (cos - 1.0) + d(0, 2) * sin - d(2, 0) * sin;
            assert!((v - super::super::frame::from_smpl(smpl)).norm() < 1e-6, "vertex {vertex}");
        }
    }
}
