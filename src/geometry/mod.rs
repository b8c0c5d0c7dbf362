//! Triangle meshes, still and moving.

pub mod error;
pub mod measure;
pub mod mesh;
pub mod moving;
pub mod primitives;

pub use error::GeometryError;
pub use mesh::Mesh;
pub use moving::MovingMesh;
