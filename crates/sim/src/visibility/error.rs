//! What can be wrong with the input of this module.

use thiserror::Error;

/// Errors of the visibility module.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum VisibilityError {
    /// A coordinate is NaN or infinite.
    #[error("{array}[{index}] is not finite; clean the motion or mesh that it comes from")]
    NotFinite {
        /// The array that holds it.
        array: &'static str,
        /// Its index in that array.
        index: usize,
    },
    /// Two arrays that belong together differ in length.
    #[error("{array} has {got} entries, expected {expected} (one for each face centre)")]
    Length {
        /// The array that is too short or too long.
        array: &'static str,
        /// Its length.
        got: usize,
        /// The length it must have.
        expected: usize,
    },
    /// A triangle names a vertex that does not exist.
    #[error("faces[{face}] names vertex {vertex}, but there are {vertices} vertices")]
    VertexIndex {
        /// The triangle.
        face: usize,
        /// The vertex it names.
        vertex: u32,
        /// How many vertices there are.
        vertices: usize,
    },
    /// The radius of the spherical flip is impossible.
    #[error("radius_factor is {got}, expected a finite number of at least 1 (1000 suits a person at a few metres)")]
    RadiusFactor {
        /// The value given.
        got: f64,
    },
    /// More points than a hull can number.
    #[error("{got} points, expected fewer than {limit}; split the cloud")]
    TooManyPoints {
        /// How many were given.
        got: usize,
        /// The limit.
        limit: usize,
    },
}
