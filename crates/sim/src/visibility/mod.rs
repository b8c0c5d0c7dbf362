//! What the sensor sees of a mesh: facet geometry, convex hulls, hidden point removal, ray casting.

pub mod accel;
pub mod error;
mod eye_grid;
pub mod facing;
pub mod hidden_point;
pub mod hull;
pub mod raycast;

pub use accel::Blockers;
pub use error::VisibilityError;
pub use facing::FaceGeometry;
pub use hidden_point::{HiddenPoint, HiddenPointRemover, visible_faces};
pub use raycast::{Facing, RayCaster};
