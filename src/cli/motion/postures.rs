//! Postures of a motion, for pictures.

use crate::base::Vec3;
use crate::body::ShapedBody;
use crate::motion::Clip;

/// Vertices at `count` times, evenly from 0 to before `duration_s`.
pub(super) fn postures(body: &ShapedBody, clip: &Clip, duration_s: f64, count: u32) -> Vec<Vec<Vec3>> {
    (0..count)
        .map(|i| {
            let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
            body.skin(&clip.pose_at(duration_s * f64::from(i) / f64::from(count)), &mut vertices);
            vertices
        })
        .collect()
}
