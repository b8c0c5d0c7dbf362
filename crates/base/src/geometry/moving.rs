//! What the simulator needs of anything that moves.

use super::mesh::Mesh;
use super::smooth::CREASE_RAD;
use crate::base::Vec3;

/// A mesh whose vertices move and whose triangles stay.
pub trait MovingMesh: Sync {
    /// Vertex indices of each triangle.
    fn faces(&self) -> &[[u32; 3]];
    /// Number of vertices.
    fn vertex_count(&self) -> usize;
    /// Writes all vertex positions in the world frame at `time_s` into `out[vertex]`.
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]);
    /// Whether it is known to be the surface of solids, all triangles outwards ([`super::mesh::is_solid`]): seen from outside, what its
    /// backs hide is hidden by its fronts already.
    fn is_solid(&self) -> bool {
        false
    }
    /// Edges where triangles meet at a larger angle than this, rad, are creases; over all others the surface that the mesh stands for is
    /// smooth. Found once, of the mesh at time zero.
    fn crease_rad(&self) -> f64 {
        CREASE_RAD
    }
    /// Whether its motion does not keep to a polynomial over a frame, so that it has to be asked at every moment that counts.
    fn is_quick(&self) -> bool {
        false
    }
}

/// A mesh that stands still.
impl MovingMesh for Mesh {
    fn faces(&self) -> &[[u32; 3]] {
        &self.faces
    }

    fn vertex_count(&self) -> usize {
        self.vertices.len()
    }

    fn vertices_at(&self, _time_s: f64, out: &mut [Vec3]) {
        out.copy_from_slice(&self.vertices);
    }
}
