//! What can be wrong with a motion.

use crate::base::npz::NpzError;
use crate::body::BodyError;
use std::path::PathBuf;

/// A motion could not be read, checked or played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MotionError {
    /// A score file could not be read from the disk.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A score is not valid YAML or has an unknown key.
    #[error("{}:{line}: {message}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1; 0 when it is not known.
        line: usize,
        /// What was found and what is allowed.
        message: String,
    },
    /// A score is well-formed but breaks a rule of the format.
    #[error("{}:{line}: motion `{slug}`: {message}", path.display())]
    Score {
        /// The file.
        path: PathBuf,
        /// Line of the motion in the file, from 1; 0 when it is not known.
        line: usize,
        /// Slug of the motion.
        slug: String,
        /// What was found and what is allowed.
        message: String,
    },
    /// A score cannot be played with these arguments.
    #[error("cannot play `{slug}`: {message}")]
    Play {
        /// Slug of the motion.
        slug: String,
        /// What was found and what is allowed.
        message: String,
    },
    /// A file of motion or of labels is not what its kind should be.
    #[error("{origin}: {message}")]
    File {
        /// The file, with the line where it has lines.
        origin: String,
        /// What was found, what was expected and what to do.
        message: String,
    },
    /// An npz of motion cannot be read.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// A body has other shape coefficients than a motion.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A clip's frame rate is not a positive number.
    #[error("a clip's rate must be a finite number of frames per second above 0 and at most 10000, found {0}")]
    Rate(f64),
    /// A clip has no poses.
    #[error("a clip needs at least one pose")]
    NoPoses,
    /// A pose has another number of joints than the first one.
    #[error("frame {frame}: {found} joint rotations, but frame 0 has {expected}")]
    JointCount {
        /// The offending frame.
        frame: usize,
        /// Joints of the first frame.
        expected: usize,
        /// Joints of this frame.
        found: usize,
    },
    /// A root translation is not finite.
    #[error("frame {frame}: the root translation is not finite")]
    Translation {
        /// The offending frame.
        frame: usize,
    },
    /// A rotation is not a finite unit quaternion.
    #[error("frame {frame}, joint {joint}: the rotation is not a finite unit quaternion (its norm is {norm})")]
    NotARotation {
        /// The offending frame.
        frame: usize,
        /// The offending joint.
        joint: usize,
        /// Norm of the quaternion.
        norm: f64,
    },
    /// A skeleton does not have SMPL's first 22 joints.
    #[error("a score is played on SMPL's joints: {0}")]
    Skeleton(String),
    /// A clip does not fit a body.
    #[error("the clip has {clip} joints, the body has {body}")]
    BodyMismatch {
        /// Joints of the clip.
        clip: usize,
        /// Joints of the body.
        body: usize,
    },
    /// A person's place is not finite.
    #[error("a person's position and facing must be finite numbers")]
    Place,
}

impl MotionError {
    /// An error about a motion or label file.
    pub(super) fn file(origin: impl Into<String>, message: impl Into<String>) -> Self {
        Self::File { origin: origin.into(), message: message.into() }
    }
}
