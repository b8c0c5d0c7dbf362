//! Motion: clips of poses, performers that wear a body, scores that are played into clips, and the check of both; captured
//! motion out of files, its labels, and folders of it.

mod balance;
pub mod capture;
pub mod check;
pub mod clip;
pub mod distinct;
pub mod error;
mod features;
pub mod folder;
pub mod joint_fit;
pub mod labels;
pub mod performer;
pub mod score;

pub use capture::Capture;
pub use check::MotionCheck;
pub use clip::{Clip, Smoothness};
pub use distinct::Distinctness;
pub use error::MotionError;
pub use folder::{Listing, MotionFolder, Piece, SetAside};
pub use performer::{Performer, Placement};
