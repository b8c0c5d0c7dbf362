//! People: skeletons, poses and skinned body models in SMPL's layout.

pub mod skeleton;

pub use skeleton::{Joint, JointFrame, Pose, Skeleton};
