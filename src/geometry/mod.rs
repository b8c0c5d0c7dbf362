//! Triangle meshes, still and moving.

pub mod error;
pub mod keyframes;
pub mod measure;
pub mod mesh;
pub mod moving;
pub mod primitives;

pub use error::GeometryError;
pub use keyframes::{Interpolation, KeyframeMesh};
pub use mesh::Mesh;
pub use moving::MovingMesh;
