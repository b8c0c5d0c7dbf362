//! What can go wrong with pictures and reports.

use crate::base::atomic_file::WriteError;

/// A picture or report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum VizError {
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What is to be drawn makes no sense.
    #[error("{what}: {problem}")]
    Input {
        /// The picture, chart or table.
        what: String,
        /// What was expected.
        problem: String,
    },
    /// A picture cannot be encoded.
    #[error("cannot encode a picture of {width} × {height}: {problem}")]
    Encode {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// What the encoder said.
        problem: String,
    },
}

impl VizError {
    pub(super) fn input(what: &str, problem: impl Into<String>) -> Self {
        Self::Input { what: what.into(), problem: problem.into() }
    }
}
