//! Things in the scene: boxes, meshes from files, points of a stated radar cross section, corner reflectors; where they stand, or how
//! they move.
//!
//! ```text
//! spec.rs      a thing as typed, and what is wrong with it
//! draw.rs      a thing at its place: surface or reflector
//! motion.rs    path, vibration, pendulum and rotation, one on the other
//! path.rs      a way through waypoints
//! pendulum.rs  a pendulum's angle in closed form
//! ```

mod draw;
mod motion;
mod path;
mod pendulum;
mod spec;

pub use draw::{Movement, ObjectDraw};
pub use motion::{MotionSpec, PendulumSpec, RotationSpec, VibrationSpec};
pub use path::{PathInterpolation, PathPointSpec, PathRouteSpec};
pub use spec::{CornerSpec, ObjectSpec};
