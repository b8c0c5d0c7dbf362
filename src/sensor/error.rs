//! What can be wrong with a sensor description.

use std::path::PathBuf;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum SensorError {
    /// No preset has this name.
    #[error("no radar preset is called `{name}`; there are {}", available.join(", "))]
    UnknownPreset {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        available: Vec<String>,
    },
    /// The file could not be read.
    #[error("cannot read the radar description {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The text is no radar description.
    #[error("{}:{line}: {message}", path.display())]
    Parse {
        /// The file, or the name of the preset.
        path: PathBuf,
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// What was expected.
        message: String,
    },
    /// The description contradicts physics or itself.
    #[error("the radar `{name}` cannot work: {}", problems.join("; "))]
    Impossible {
        /// Name of the radar.
        name: String,
        /// Every problem, with the admissible range.
        problems: Vec<String>,
    },
}
