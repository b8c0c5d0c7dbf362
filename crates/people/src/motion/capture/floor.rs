//! Setting a motion on the floor: a body of other proportions than the captured one would hover or sink.

use crate::base::Vec3;
use crate::body::{Pose, ShapedBody};
use crate::geometry::measure;

/// Postures that are looked at.
const LOOKED_AT: usize = 32;
/// Share of them that may reach below the floor: somebody who runs is in the air half of the time, and a heel that was
/// captured 1 cm too low must not lift the whole motion.
const BELOW: f64 = 0.1;

/// Height of the floor under the poses of a whole file, m: that of the lowest point of the skin in the lowest tenth of the postures.
pub(super) fn height(body: &ShapedBody, poses: &[Pose]) -> f64 {
    let mut skin = vec![Vec3::zeros(); body.vertex_count()];
    let step = poses.len().div_ceil(LOOKED_AT).max(1);
    let mut lowest: Vec<f64> = (poses.iter().step_by(step))
        .filter_map(|pose| {
            body.skin(pose, &mut skin);
            measure::bounding_box(&skin).map(|(low, _)| low.z)
        })
        .collect();
    lowest.sort_by(f64::total_cmp);
    lowest.get((BELOW * lowest.len() as f64) as usize).copied().unwrap_or(0.0)
}
