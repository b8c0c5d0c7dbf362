//! What can go wrong in a simulation.

use crate::base::yaml::Problem;
use crate::channel::ChannelError;
use crate::scene::SceneError;
use crate::sensor::SensorError;

/// A simulation cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The radar cannot work.
    #[error(transparent)]
    Sensor(#[from] SensorError),
    /// The channel of a link cannot be computed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The scene cannot be built.
    #[error(transparent)]
    Scene(Box<SceneError>),
    /// The settings contradict themselves.
    #[error("the simulation settings cannot be used: {}", problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; "))]
    Settings {
        /// Every problem, with the admissible range.
        problems: Vec<Problem>,
    },
    /// A vertex is not a number.
    #[error("mesh {mesh}, vertex {vertex} is not finite at {time_s} s: mend the motion or the body behind it")]
    NotFinite {
        /// Place of the mesh in the list that was given, from 0.
        mesh: usize,
        /// The vertex, from 0.
        vertex: usize,
        /// Time in the scene, s.
        time_s: f64,
    },
    /// A point target is not a number.
    #[error("point target {point} has a position, velocity, acceleration or gain that is not finite at {time_s} s")]
    PointNotFinite {
        /// Place of the point in the list that was given, from 0.
        point: usize,
        /// Time in the scene, s.
        time_s: f64,
    },
    /// An antenna is within somebody or something, from where nothing is seen.
    #[error(
        "an antenna is within mesh {mesh} (people come first, then things) at {time_s:.2} s: nothing is seen from there; move the radar, or the way \
         of who walks through it"
    )]
    Within {
        /// Place of the mesh in the list that was given, from 0.
        mesh: usize,
        /// Time in the scene, s.
        time_s: f64,
    },
    /// A face refers to a vertex that is not there.
    #[error("mesh {mesh}, face {face} names vertex {vertex}, but there are {count} vertices")]
    FaceIndex {
        /// Place of the mesh in the list that was given, from 0.
        mesh: usize,
        /// The face, from 0.
        face: usize,
        /// What it names.
        vertex: u32,
        /// How many there are.
        count: usize,
    },
    /// A stored visibility mask does not fit.
    #[error("the visibility mask is [{frames}, {faces}], expected at least [{expected_frames}, {expected_faces}]")]
    Mask {
        /// Frames of the mask.
        frames: usize,
        /// Faces of the mask.
        faces: usize,
        /// Frames of the run.
        expected_frames: usize,
        /// Faces of all meshes.
        expected_faces: usize,
    },
    /// The visible faces could not be found.
    #[error("visibility failed in frame {frame}: {message}")]
    Visibility {
        /// The frame, from 0.
        frame: usize,
        /// What the search said.
        message: String,
    },
    /// The surface needs more patches than memory should hold.
    #[error(
        "frame {frame} needs {patches} patches, more than {limit}: raise integral_tolerance or sweep_tolerance (the smaller is {tolerance:e}) or use smaller facets"
    )]
    TooManyPatches {
        /// The frame, from 0.
        frame: usize,
        /// Patches needed.
        patches: usize,
        /// Patches allowed.
        limit: usize,
        /// The tolerance that asked for them.
        tolerance: f64,
    },
    /// A moving radar between mirroring walls.
    #[error(
        "a radar on a track cannot be simulated together with reflections at walls: leave the track out or set the room's order to 0"
    )]
    MovingInRoom,
    /// The room is not one.
    #[error("the room cannot be used: {message}")]
    Room {
        /// What is wrong.
        message: String,
    },
    /// A mesh cannot reflect that much.
    #[error("mesh {mesh} reflects {share} of the amplitude; expected 0 to 1")]
    Reflects {
        /// Place of the mesh in the list that was given, from 0.
        mesh: usize,
        /// What was given.
        share: f64,
    },
    /// The result does not fit.
    #[error("{frames} frames would take {bytes} bytes, more than {limit}: simulate fewer frames at a time")]
    TooLarge {
        /// Frames asked for.
        frames: usize,
        /// Bytes needed.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
}

impl From<SceneError> for SimError {
    fn from(error: SceneError) -> Self {
        Self::Scene(Box::new(error))
    }
}
