//! What the simulator needs of anything that moves.

use crate::base::Vec3;

/// A mesh whose vertices move and whose triangles stay.
pub trait MovingMesh: Sync {
    /// Vertex indices of each triangle.
    fn faces(&self) -> &[[u32; 3]];
    /// Number of vertices.
    fn vertex_count(&self) -> usize;
    /// Writes all vertex positions in the world frame at `time_s` into `out[vertex]`.
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]);
}
