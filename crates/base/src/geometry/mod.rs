//! Triangle meshes, still and moving, made or read from files.

pub mod error;
pub mod file;
pub mod gltf;
pub mod keyframes;
pub mod measure;
pub mod mesh;
pub mod moving;
pub mod obj;
pub mod primitives;
pub mod smooth;

pub use error::GeometryError;
pub use file::{Up, read_mesh};
pub use keyframes::{Interpolation, KeyframeMesh};
pub use mesh::Mesh;
pub use moving::MovingMesh;
pub use smooth::Smoothing;
