//! Triangle meshes, still and moving.

pub mod mesh;
pub mod moving;

pub use mesh::Mesh;
pub use moving::MovingMesh;
