//! What can be wrong with a body model or the shape asked of it.

use crate::base::npz::NpzError;
use crate::geometry::GeometryError;
use std::path::PathBuf;

/// A body cannot be read or shaped.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The file cannot be read.
    #[error("cannot read body model {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not an npz archive, or an array is missing or cannot be decoded.
    #[error(transparent)]
    Npz(#[from] NpzError),
    /// The file is of another kind.
    #[error("{origin}: {what}")]
    Foreign {
        /// File name or `embedded`.
        origin: String,
        /// What it is and what to do.
        what: String,
    },
    /// An array has the wrong shape.
    #[error("{origin}: array `{array}` has shape {found:?}, expected {expected}")]
    Shape {
        /// File name or `embedded`.
        origin: String,
        /// Key in the archive.
        array: String,
        /// Shape found.
        found: Vec<usize>,
        /// Shape expected, with the names of the axes.
        expected: String,
    },
    /// An array holds a value that cannot be.
    #[error("{origin}: array `{array}`{at:?}: {what}")]
    Value {
        /// File name or `embedded`.
        origin: String,
        /// Key in the archive.
        array: String,
        /// Index of the value.
        at: Vec<usize>,
        /// The value and what was expected.
        what: String,
    },
    /// The triangles do not fit the vertices.
    #[error("{origin}: array `{array}`: {source}")]
    Mesh {
        /// File name or `embedded`.
        origin: String,
        /// Key in the archive.
        array: String,
        /// What is wrong.
        #[source]
        source: GeometryError,
    },
    /// A shape parameter is outside its range.
    #[error("body shape: {parameter} = {value} is outside {low} to {high} {unit}")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// Value asked for.
        value: f64,
        /// Lowest admissible value.
        low: f64,
        /// Highest admissible value.
        high: f64,
        /// Unit.
        unit: &'static str,
    },
    /// No girth gives the volume that belongs to the mass.
    #[error(
        "body shape: no girth gives {wanted_l:.1} L ({mass_kg:.1} kg); this model reaches {lowest_l:.1} to {highest_l:.1} L \
         at this stature; choose another body_mass_index"
    )]
    GirthOutOfReach {
        /// Volume that belongs to the mass, L.
        wanted_l: f64,
        /// Mass asked for, kg.
        mass_kg: f64,
        /// Smallest volume in reach, L.
        lowest_l: f64,
        /// Largest volume in reach, L.
        highest_l: f64,
    },
    /// More shape coefficients than the model has directions, or one that is not a number.
    #[error("shape coefficients: {what}")]
    Coefficients {
        /// What is wrong.
        what: String,
    },
}
