//! What can be wrong with a mesh.

/// A mesh cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// A triangle names a vertex that does not exist.
    #[error(
        "face {face}, corner {corner}: vertex index {index} is out of range, the mesh has {vertices} vertices \
         (indices count from 0)"
    )]
    IndexOutOfRange {
        /// Which triangle.
        face: usize,
        /// Which of its three corners.
        corner: usize,
        /// The index found.
        index: u32,
        /// Number of vertices.
        vertices: usize,
    },
    /// A vertex has a coordinate that is not a finite number.
    #[error("vertex {vertex}: position ({x}, {y}, {z}) is not finite; every coordinate must be a number in metres")]
    NotFinite {
        /// Which vertex.
        vertex: usize,
        /// x, m.
        x: f64,
        /// y, m.
        y: f64,
        /// z, m.
        z: f64,
    },
    /// A triangle has two corners at the same vertex.
    #[error("face {face}: corners {face_vertices:?} name a vertex twice; a triangle needs three different vertices")]
    RepeatedVertex {
        /// Which triangle.
        face: usize,
        /// Its corners.
        face_vertices: [u32; 3],
    },
    /// The mesh has no triangles or no vertices.
    #[error("the mesh is empty ({vertices} vertices, {faces} faces); at least one triangle is needed")]
    Empty {
        /// Number of vertices.
        vertices: usize,
        /// Number of triangles.
        faces: usize,
    },
    /// A file cannot be used.
    #[error("{}{}: {message}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// The line, from 1, where known.
        line: Option<usize>,
        /// What is wrong with it.
        message: String,
    },
    /// More vertices than a 32-bit index can name.
    #[error("the mesh has {vertices} vertices; at most {} can be indexed", u32::MAX)]
    TooLarge {
        /// Number of vertices.
        vertices: usize,
    },
}
