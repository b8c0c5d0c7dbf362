//! How far estimated joints are from where they should be.

use crate::train::TrainError;
use crate::train::data::Truth;
use nalgebra::{Matrix3, Vector3};
use ndarray::{Array3, Axis};
use serde::{Deserialize, Serialize};

/// Mean per joint position errors (MPJPE) over all samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseErrors {
    /// As they are, m.
    pub mpjpe_m: f64,
    /// After each pose was turned, moved and scaled onto the true one (Procrustes), m.
    pub aligned_m: f64,
    /// Of each joint, as they are, m.
    pub joints_m: Vec<f64>,
}

impl PoseErrors {
    /// # Shapes
    /// `joints[sample, joint, (x, y, z)]`, m.
    pub fn of(joints: &Array3<f32>, truths: &[Truth]) -> Result<Self, TrainError> {
        let (samples, count, _) = joints.dim();
        if samples != truths.len() || samples == 0 {
            let sides = (("estimates", samples), ("truth", truths.len()));
            return Err(TrainError::mismatch("number of poses", sides.0, sides.1));
        }
        let (mut each, mut aligned) = (vec![0.0; count], 0.0);
        for (i, (found, truth)) in joints.axis_iter(Axis(0)).zip(truths).enumerate() {
            let Truth::Pose(truth) = truth else {
                return Err(TrainError::data("evaluation", format!("sample {i} has no pose")));
            };
            if truth.len() != 3 * count {
                let sides = (("the estimate", count), ("the truth", truth.len() / 3));
                return Err(TrainError::mismatch(&format!("number of joints of sample {i}"), sides.0, sides.1));
            }
            let point = |p: &[f32]| Vector3::new(f64::from(p[0]), f64::from(p[1]), f64::from(p[2]));
            let found: Vec<Vector3<f64>> =
                found.outer_iter().map(|p| Vector3::new(p[0].into(), p[1].into(), p[2].into())).collect();
            let truth: Vec<Vector3<f64>> = truth.chunks_exact(3).map(point).collect();
            for ((sum, a), b) in each.iter_mut().zip(&found).zip(&truth) {
                *sum += (a - b).norm();
            }
            let moved = aligned_to(&found, &truth);
            aligned += moved.iter().zip(&truth).map(|(a, b)| (a - b).norm()).sum::<f64>() / count.max(1) as f64;
        }
        let share = 1.0 / samples as f64;
        each.iter_mut().for_each(|sum| *sum *= share);
        let mpjpe_m = each.iter().sum::<f64>() / count.max(1) as f64;
        Ok(Self { mpjpe_m, aligned_m: aligned * share, joints_m: each })
    }
}

/// Points turned, scaled and moved so that the squared distances to others are least (Umeyama 1991).
fn aligned_to(points: &[Vector3<f64>], to: &[Vector3<f64>]) -> Vec<Vector3<f64>> {
    let n = points.len().max(1) as f64;
    let mean = |points: &[Vector3<f64>]| points.iter().sum::<Vector3<f64>>() / n;
    let (from_mean, to_mean) = (mean(points), mean(to));
    let covariance: Matrix3<f64> =
        points.iter().zip(to).map(|(p, q)| (q - to_mean) * (p - from_mean).transpose()).sum::<Matrix3<f64>>() / n;
    let variance = points.iter().map(|p| (p - from_mean).norm_squared()).sum::<f64>() / n;
    let svd = covariance.svd(true, true);
    let (Some(u), Some(v_t)) = (svd.u, svd.v_t) else { return points.to_vec() };
    // No mirror.
    let sign = if u.determinant() * v_t.determinant() < 0.0 { -1.0 } else { 1.0 };
    // nalgebra sorts the values downwards, so the last is the least.
    let signs = Vector3::new(1.0, 1.0, sign);
    let rotation = u * Matrix3::from_diagonal(&signs) * v_t;
    let scale = if variance > 0.0 { svd.singular_values.dot(&signs) / variance } else { 1.0 };
    points.iter().map(|p| to_mean + rotation * (p - from_mean) * scale).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nalgebra::Rotation3;

    fn body() -> Vec<Vector3<f64>> {
        [(0.0, 1.8, 0.9), (0.1, 1.7, 1.4), (-0.3, 1.9, 1.2), (0.35, 1.6, 0.2), (0.02, 1.75, 0.6)]
            .map(|(x, y, z)| Vector3::new(x, y, z))
            .to_vec()
    }

    fn errors(found: &[Vector3<f64>], truth: &[Vector3<f64>]) -> PoseErrors {
        let flat = |points: &[Vector3<f64>]| points.iter().flat_map(|p| [p.x as f32, p.y as f32, p.z as f32]).collect();
        let found = Array3::from_shape_vec((1, found.len(), 3), flat(found)).unwrap();
        PoseErrors::of(&found, &[Truth::Pose(flat(truth))]).unwrap()
    }

    #[test]
    fn a_pose_moved_as_a_whole_is_off_by_the_way_and_aligned_by_nothing() {
        let truth = body();
        let moved: Vec<_> = truth.iter().map(|p| p + Vector3::new(0.03, 0.0, 0.04)).collect();
        let found = errors(&moved, &truth);
        assert!((found.mpjpe_m - 0.05).abs() < 1e-6 && found.aligned_m < 1e-6, "{found:?}");
        let rotation = Rotation3::from_euler_angles(0.3, -0.8, 1.2);
        let turned: Vec<_> = truth.iter().map(|p| rotation * p * 0.7 + Vector3::new(2.0, 1.0, 0.0)).collect();
        let found = errors(&turned, &truth);
        assert!(found.mpjpe_m > 0.5 && found.aligned_m < 1e-6, "{found:?}");
    }

    #[test]
    fn a_mirrored_pose_is_not_aligned_away() {
        let truth = body();
        let mirrored: Vec<_> = truth.iter().map(|p| Vector3::new(-p.x, p.y, p.z)).collect();
        let found = errors(&mirrored, &truth);
        // By hand: 2 |x| on average.
        assert!((found.mpjpe_m - 2.0 * 0.77 / 5.0).abs() < 1e-6 && found.aligned_m > 0.02, "{found:?}");
    }
}
