//! People: skeletons, poses and skinned body models in SMPL's layout.

pub mod error;
pub mod frame;
mod girth;
pub mod hands;
pub mod library;
pub mod model;
mod pose_directions;
mod reader;
pub mod shape;
pub mod skeleton;
pub mod skinning;
pub mod weights;

pub use error::BodyError;
pub use hands::HandBasis;
pub use model::BodyModel;
pub use shape::{BODY_DENSITY, BodyShape};
pub use skeleton::{Joint, JointFrame, Pose, Skeleton};
pub use skinning::ShapedBody;
pub use weights::SkinWeights;
