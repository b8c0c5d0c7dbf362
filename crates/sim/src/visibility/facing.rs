//! Centres, normals and areas of triangles.

use super::error::VisibilityError;
use crate::base::Vec3;

/// Geometry of the triangles of one or more meshes at one moment; the buffers are kept from one moment to the next.
///
/// # Shapes
/// All arrays: `[face]`, the faces of the meshes in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaceGeometry {
    /// Means of the three vertices, m.
    pub centres: Vec<Vec3>,
    /// Unit normals, outwards; zero for a triangle without area.
    pub normals: Vec<Vec3>,
    /// Areas, m².
    pub areas: Vec<f64>,
    /// How many triangles have no area (or one that overflows) and hence no normal.
    pub degenerate: usize,
}

impl FaceGeometry {
    /// Forgets all faces, keeps the memory.
    pub fn clear(&mut self) {
        self.centres.clear();
        self.normals.clear();
        self.areas.clear();
        self.degenerate = 0;
    }

    /// Replaces all faces by those of one mesh.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn set(&mut self, vertices: &[Vec3], faces: &[[u32; 3]]) -> Result<(), VisibilityError> {
        self.clear();
        self.add(vertices, faces)
    }

    /// Appends the faces of a mesh.
    ///
    /// # Shapes
    /// `vertices`: `[vertex]`, m. `faces`: `[face][corner]`, counter-clockwise seen from outside.
    ///
    /// # Errors
    /// A face that names a missing vertex, a vertex that is not finite; the faces before it have been added then.
    pub fn add(&mut self, vertices: &[Vec3], faces: &[[u32; 3]]) -> Result<(), VisibilityError> {
        if let Some(index) = vertices.iter().position(|v| !(v.x.is_finite() && v.y.is_finite() && v.z.is_finite())) {
            return Err(VisibilityError::NotFinite { array: "vertices", index });
        }
        for (face, corners) in faces.iter().enumerate() {
            let missing = corners.iter().find(|&&c| c as usize >= vertices.len());
            if let Some(&vertex) = missing {
                return Err(VisibilityError::VertexIndex { face, vertex, vertices: vertices.len() });
            }
            let [a, b, c] = corners.map(|i| vertices[i as usize]);
            let cross = (b - a).cross(&(c - a));
            let length = cross.norm();
            self.centres.push(a / 3.0 + b / 3.0 + c / 3.0);
            if length.is_normal() {
                self.normals.push(cross / length);
                self.areas.push(0.5 * length);
            } else {
                self.normals.push(Vec3::zeros());
                self.areas.push(0.0);
                self.degenerate += 1;
            }
        }
        Ok(())
    }
}

/// Whether a facet turns its outside to `view`.
#[must_use]
pub fn faces_towards(centre: Vec3, normal: Vec3, view: Vec3) -> bool {
    normal.dot(&(view - centre)) > 0.0
}
