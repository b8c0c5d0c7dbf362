//! What can go wrong between a scene as typed and a draw of it.

use crate::base::yaml::YamlError;
use crate::body::BodyError;
use crate::geometry::GeometryError;
use crate::motion::MotionError;

/// A scene cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// The YAML is wrong, or values in it are.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A motion cannot be played.
    #[error("motion `{motion}`: {source}")]
    Motion {
        /// Slug of the motion.
        motion: String,
        /// What is wrong.
        #[source]
        source: Box<MotionError>,
    },
    /// No motion has this name.
    #[error("{0}")]
    UnknownMotion(String),
    /// Somebody or something is behind a wall of the room.
    #[error(
        "{what} is {depth_m:.2} m behind {wall} at {time_s:.1} s, and nothing is seen through a wall: move the wall, or what is behind it"
    )]
    OutsideRoom {
        /// Who or what, as in the scene.
        what: String,
        /// The wall, in words.
        wall: String,
        /// How far behind its middle is, m.
        depth_m: f64,
        /// When, s.
        time_s: f64,
    },
    /// A sensor beside the radar cannot be used.
    #[error("a sensor of the scene cannot be used: {message}")]
    Link {
        /// What is wrong.
        message: String,
    },
    /// A path is none.
    #[error("the path of a thing cannot be taken: {message}")]
    Path {
        /// What is wrong.
        message: String,
    },
    /// The truth would be too long.
    #[error(
        "the truth of {times} times would take {bytes} bytes, more than {limit}: set outputs.truth.clock to frame, or shorten the recording"
    )]
    TruthTooLarge {
        /// Times asked for.
        times: usize,
        /// Bytes needed.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A mesh cannot be used.
    #[error(transparent)]
    Mesh(#[from] GeometryError),
    /// A body cannot be shaped.
    #[error(transparent)]
    Body(#[from] BodyError),
}
