//! What the sensor sees of a mesh: facet geometry, convex hulls, hidden point removal.

pub mod error;
pub mod facing;
pub mod hidden_point;
pub mod hull;

pub use error::VisibilityError;
pub use facing::FaceGeometry;
pub use hidden_point::{HiddenPoint, HiddenPointRemover, visible_faces};
