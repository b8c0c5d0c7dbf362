//! Why there is no transfer function.

use crate::base::yaml::Problem;

/// A channel cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Settings out of range.
    #[error("the settings of the channel cannot be used: {}", problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; "))]
    Settings {
        /// Every problem, with the admissible range.
        problems: Vec<Problem>,
    },
    /// No tones, or none in order.
    #[error("expected at least one tone, rising, each from 100 MHz to 100 GHz")]
    Tones,
    /// A time that is none.
    #[error("packet {packet} has the time {time_s} s; expected a number")]
    Time {
        /// The packet, from 0.
        packet: usize,
        /// What was given.
        time_s: f64,
    },
    /// A question for what is not there.
    #[error("query {query} asks for a tone or an antenna that the link does not have")]
    Query {
        /// The query, from 0.
        query: usize,
    },
    /// A transfer function that does not fit.
    #[error(
        "{packets} packets would take {bytes} bytes, more than {limit}: shorten the recording, or send fewer packets"
    )]
    TooLarge {
        /// Packets asked for.
        packets: usize,
        /// Bytes needed.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A side without antennas.
    #[error("there is no {side} antenna; expected at least one")]
    NoAntenna {
        /// `tx` or `rx`.
        side: &'static str,
    },
    /// An antenna that cannot be where it is.
    #[error("{side} antenna {antenna} {message}")]
    Antenna {
        /// `tx` or `rx`.
        side: &'static str,
        /// Its number, from 0.
        antenna: usize,
        /// What is wrong.
        message: String,
    },
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
    /// What is seen could not be found.
    #[error("what the antennas see could not be found: {message}")]
    Sight {
        /// What the search said.
        message: String,
    },
}
