//! A mesh given by keyframes of its vertices.

use super::moving::MovingMesh;
use crate::base::Vec3;
use serde::{Deserialize, Serialize};

/// What lies between two keyframes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// A straight line.
    Linear,
    /// The uniform Catmull–Rom spline (1974); the first and last keyframes are repeated at the ends.
    #[default]
    CatmullRom,
}

/// A mesh whose vertices are given at regular times and interpolated one by one.
///
/// Keyframe i stands at `i / fps` seconds; before the first and after the last the mesh stands still.
///
/// # Shapes
/// `keys[key][vertex]`, all of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyframeMesh {
    /// Vertex positions of each keyframe, m.
    pub keys: Vec<Vec<Vec3>>,
    /// Keyframes per second; above 0.
    pub fps: f64,
    /// Vertex indices of each triangle.
    pub faces: Vec<[u32; 3]>,
    /// How to interpolate.
    pub interpolation: Interpolation,
}

impl MovingMesh for KeyframeMesh {
    fn faces(&self) -> &[[u32; 3]] {
        &self.faces
    }

    fn vertex_count(&self) -> usize {
        self.keys.first().map_or(0, Vec::len)
    }

    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let Some(last) = self.keys.len().checked_sub(1) else { return };
        let x = (time_s * self.fps).clamp(0.0, last as f64);
        // NaN becomes 0 in the cast, and stays NaN in `u`: the positions then say so.
        let i = (x.floor() as usize).min(last.saturating_sub(1));
        let u = x - i as f64;
        let key = |k: usize| &self.keys[k.min(last)];
        let (b, c) = (key(i), key(i + 1));
        match self.interpolation {
            Interpolation::Linear => {
                for ((o, b), c) in out.iter_mut().zip(b).zip(c) {
                    *o = b * (1.0 - u) + c * u;
                }
            }
            Interpolation::CatmullRom => {
                let (a, d) = (key(i.saturating_sub(1)), key(i + 2));
                let (u2, u3) = (u * u, u * u * u);
                let wa = 0.5 * (-u3 + 2.0 * u2 - u);
                let wb = 0.5 * (3.0 * u3 - 5.0 * u2 + 2.0);
                let wc = 0.5 * (-3.0 * u3 + 4.0 * u2 + u);
                let wd = 0.5 * (u3 - u2);
                for ((((o, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *o = a * wa + b * wb + c * wc + d * wd;
                }
            }
        }
    }
}
