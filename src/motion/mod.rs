//! Motion: clips of poses, performers that wear a body, scores that are played into clips, and the check of both.

pub mod check;
pub mod clip;
pub mod error;
pub mod performer;
pub mod score;

pub use check::MotionCheck;
pub use clip::{Clip, Smoothness};
pub use error::MotionError;
pub use performer::{Performer, Placement};
