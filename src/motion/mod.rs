//! Motion: clips of poses, performers that wear a body, scores that are played into clips, and the check of both.

mod balance;
pub mod check;
pub mod clip;
pub mod distinct;
pub mod error;
mod features;
pub mod performer;
pub mod score;

pub use check::MotionCheck;
pub use clip::{Clip, Smoothness};
pub use distinct::Distinctness;
pub use error::MotionError;
pub use performer::{Performer, Placement};
