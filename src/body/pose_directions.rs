//! Pose blend shapes: how the surface bulges and creases when joints turn (Loper et al. 2015, eq. 9).

use super::skeleton::Pose;
use crate::base::Vec3;

/// Vertex offsets per entry of the joints' rotation matrices, in the body frame.
///
/// # Shapes
/// `data[feature][vertex * 3 + axis]`, f32, m; feature `9 (k − 1) + 3 row + column` is the entry of `R_k − I` of joint k ≥ 1.
#[derive(Clone, Debug)]
pub(super) struct PoseDirections {
    pub(super) data: Vec<Vec<f32>>,
}

/// Where an axis of SMPL's frame lies in the body frame, and its sign: (x, y, z) → (x, −z, y).
const BODY_AXIS: [(usize, f64); 3] = [(0, 1.0), (2, 1.0), (1, -1.0)];

impl PoseDirections {
    /// From directions in SMPL's frame: `direction(feature, vertex)` is the offset of one feature, m.
    pub(super) fn from_smpl(features: usize, vertices: usize, direction: impl Fn(usize, usize) -> Vec3) -> Self {
        let mut data = vec![vec![0f32; vertices * 3]; features];
        for feature in 0..features {
            let (joint, row, column) = (feature / 9, feature / 3 % 3, feature % 3);
            // R_smpl[row][column] = ± R_body[row'][column'], and R − I likewise, since both frames share the identity.
            let ((r, r_sign), (c, c_sign)) = (BODY_AXIS[row], BODY_AXIS[column]);
            let sign = r_sign * c_sign;
            let to = &mut data[9 * joint + 3 * r + c];
            for vertex in 0..vertices {
                let d = super::frame::from_smpl(direction(feature, vertex)) * sign;
                for axis in 0..3 {
                    to[3 * vertex + axis] = d[axis] as f32;
                }
            }
        }
        Self { data }
    }

    /// Adds the offsets of a posture to the vertices.
    pub(super) fn add(&self, pose: &Pose, vertices: &mut [Vec3]) {
        for (joint, rotation) in pose.rotations.iter().enumerate().skip(1) {
            let matrix = rotation.to_rotation_matrix();
            for row in 0..3 {
                for column in 0..3 {
                    let feature = matrix[(row, column)] - if row == column { 1.0 } else { 0.0 };
                    if feature.abs() < 1e-12 {
                        continue;
                    }
                    let direction = &self.data[9 * (joint - 1) + 3 * row + column];
                    for (v, d) in vertices.iter_mut().zip(direction.chunks_exact(3)) {
                        *v += Vec3::new(d[0] as f64, d[1] as f64, d[2] as f64) * feature;
                    }
                }
            }
        }
    }
}
