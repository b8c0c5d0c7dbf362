//! What can be wrong with a golden case.

use crate::sim::SimError;
use std::path::PathBuf;

/// An error in reading or computing a golden case.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no npz, or not whole.
    #[error("{} is no whole npz file: {message}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// An array is missing or does not fit.
    #[error("{}: array `{array}` {message}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// What is wrong and what was expected.
        message: String,
    },
    /// The folder has no case.
    #[error("{} has no .npz file", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// The case cannot be simulated.
    #[error("{}: {source}", path.display())]
    Simulation {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: SimError,
    },
}
