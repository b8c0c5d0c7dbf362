//! What can go wrong while recordings are imported.

use crate::base::yaml::Problem;
use crate::corpus::error::CorpusError;
use crate::dsp::DspError;
use crate::recording::RecordingError;

/// Importing failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A recording cannot be cut or mapped.
    #[error("recording {recording}: {source}")]
    Maps {
        /// Name of the recording.
        recording: String,
        /// What is wrong.
        #[source]
        source: DspError,
    },
    /// No recording is as long as a window.
    #[error("none of the {recordings} recordings is as long as a window of {window_s} s: set a smaller length_s")]
    NothingLongEnough {
        /// Recordings looked at.
        recordings: usize,
        /// Length of a window, s.
        window_s: f64,
    },
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// What is asked for makes no sense, or a label is unknown.
    #[error("{0}")]
    Setting(String),
    /// Settings that cannot be used: all of them.
    #[error("{}", list(.0))]
    Config(Vec<Problem>),
    /// The store.
    #[error(transparent)]
    Store(#[from] CorpusError),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("\n")
}
