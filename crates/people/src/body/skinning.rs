//! Linear blend skinning (Loper et al. 2015, SMPL, eq. 2–4 and 9).

use super::hands::HandBasis;
use super::pose_directions::PoseDirections;
use super::skeleton::{Pose, Skeleton};
use super::weights::SkinWeights;
use crate::base::Vec3;
use crate::geometry::{Mesh, measure};
use std::sync::Arc;

/// The body of one person: skeleton, surface at rest and what moves it.
#[derive(Clone, Debug)]
pub struct ShapedBody {
    /// The joints at rest.
    pub skeleton: Skeleton,
    pub(super) rest: Vec<Vec3>,
    pub(super) faces: Arc<[[u32; 3]]>,
    pub(super) weights: Arc<SkinWeights>,
    pub(super) pose_directions: Option<Arc<PoseDirections>>,
    pub(super) hands: Option<Arc<HandBasis>>,
}

/// How a joint carries the points of the rest posture: `p → r·p + t`, row by row `[r | t]`.
type Carrier = [[f64; 4]; 3];

impl ShapedBody {
    /// Vertex indices of each triangle, counter-clockwise seen from outside.
    pub fn faces(&self) -> &[[u32; 3]] {
        &self.faces
    }

    /// Number of vertices.
    pub fn vertex_count(&self) -> usize {
        self.rest.len()
    }

    /// Vertices of the T-pose in the body frame, m; the lowest lies on z = 0.
    pub fn rest_vertices(&self) -> &[Vec3] {
        &self.rest
    }

    /// The weights that bind the vertices to the joints.
    pub fn weights(&self) -> &SkinWeights {
        &self.weights
    }

    /// Principal components of the hands' postures, where the model's file has them.
    pub fn hand_basis(&self) -> Option<&HandBasis> {
        self.hands.as_deref()
    }

    /// Height of the T-pose, m.
    pub fn stature_m(&self) -> f64 {
        measure::bounding_box(&self.rest).map_or(0.0, |(low, high)| high.z - low.z)
    }

    /// Volume of the T-pose, m³.
    pub fn volume_m3(&self) -> f64 {
        measure::signed_volume(&self.rest, &self.faces)
    }

    /// Surface of the T-pose, m².
    pub fn area_m2(&self) -> f64 {
        measure::total_area(&self.rest, &self.faces)
    }

    /// Writes all vertices of a posture in the body frame into `out`, m:
    /// `v' = Σ_k w_k G_k(θ) G_k(θ*)⁻¹ (v + B_P(θ))`, with rest pose θ* (SMPL, eq. 2, 9).
    ///
    /// # Shapes
    /// `out[vertex]`; the pose has one rotation per joint of the skeleton.
    ///
    /// # Panics
    /// When `out` or the pose has another length.
    pub fn skin(&self, pose: &Pose, out: &mut [Vec3]) {
        assert_eq!(out.len(), self.rest.len(), "one place per vertex");
        assert_eq!(pose.rotations.len(), self.skeleton.rest.len(), "one rotation per joint");
        let carriers = self.carriers(pose);
        match &self.pose_directions {
            None => blend(&carriers, &self.weights, &self.rest, out),
            Some(directions) => {
                let mut bent = self.rest.clone();
                directions.add(pose, &mut bent);
                blend(&carriers, &self.weights, &bent, out);
            }
        }
    }

    /// The mesh of one posture.
    pub fn mesh(&self, pose: &Pose) -> Mesh {
        let mut vertices = vec![Vec3::zeros(); self.rest.len()];
        self.skin(pose, &mut vertices);
        Mesh { vertices, faces: self.faces.to_vec() }
    }

    fn carriers(&self, pose: &Pose) -> Vec<Carrier> {
        let frames = self.skeleton.frames(pose);
        frames
            .iter()
            .zip(&self.skeleton.rest)
            .map(|(frame, rest)| {
                let rotation = frame.rotation.to_rotation_matrix();
                let shift = frame.position - rotation * rest;
                let m = rotation.matrix();
                std::array::from_fn(|i| [m[(i, 0)], m[(i, 1)], m[(i, 2)], shift[i]])
            })
            .collect()
    }
}

fn blend(carriers: &[Carrier], weights: &SkinWeights, rest: &[Vec3], out: &mut [Vec3]) {
    for (vertex, (v, to)) in rest.iter().zip(out.iter_mut()).enumerate() {
        let (joints, values) = weights.row(vertex);
        *to = match joints {
            // More than half of the vertices follow one joint.
            [joint] => carry(&carriers[*joint as usize], v),
            _ => {
                let mut sum = [[0.0; 4]; 3];
                for (&joint, &w) in joints.iter().zip(values) {
                    let carrier = &carriers[joint as usize];
                    for i in 0..3 {
                        for k in 0..4 {
                            sum[i][k] += w * carrier[i][k];
                        }
                    }
                }
                carry(&sum, v)
            }
        };
    }
}

#[inline(always)]
fn carry(m: &Carrier, v: &Vec3) -> Vec3 {
    Vec3::new(
        m[0][0] * v.x + m[0][1] * v.y + m[0][2] * v.z + m[0][3],
        m[1][0] * v.x + m[1][1] * v.y + m[1][2] * v.z + m[1][3],
        m[2][0] * v.x + m[2][1] * v.y + m[2][2] * v.z + m[2][3],
    )
}
