//! A triangle mesh.

use crate::base::Vec3;

/// A triangle mesh; triangles are counter-clockwise seen from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Vertex positions, m.
    pub vertices: Vec<Vec3>,
    /// Vertex indices of each triangle.
    pub faces: Vec<[u32; 3]>,
}
