//! Motion: clips of poses, performers that wear a body, scores that are played into clips, and the check of both; captured
//! motion out of files, its labels, and folders of it.

mod balance;
pub mod capture;
pub mod check;
pub mod clip;
pub mod distinct;
pub mod error;
pub mod falls;
mod features;
pub mod folder;
pub mod joint_fit;
pub mod labels;
pub mod performer;
pub mod score;
mod set_aside;
pub mod strides;

pub use capture::Capture;
pub use check::MotionCheck;
pub use clip::{Clip, Smoothness};
pub use distinct::Distinctness;
pub use error::MotionError;
pub use falls::FallFigures;
pub use folder::{Listing, MotionFolder, Piece};
pub use performer::{Performer, Placement};
pub use set_aside::SetAside;
pub use strides::{StrideFigures, Strides};
