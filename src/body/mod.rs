//! People: skeletons, poses and skinned body models in SMPL's layout.

mod archive;
pub mod error;
mod frame;
mod girth;
pub mod model;
mod pose_directions;
mod reader;
pub mod shape;
pub mod skeleton;
pub mod skinning;
pub mod weights;

pub use error::BodyError;
pub use model::BodyModel;
pub use shape::{BODY_DENSITY, BodyShape};
pub use skeleton::{Joint, JointFrame, Pose, Skeleton};
pub use skinning::ShapedBody;
pub use weights::SkinWeights;
