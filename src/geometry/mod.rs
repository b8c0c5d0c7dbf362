//! Triangle meshes, still and moving.

pub mod keyframes;
pub mod mesh;
pub mod moving;

pub use keyframes::{Interpolation, KeyframeMesh};
pub use mesh::Mesh;
pub use moving::MovingMesh;
