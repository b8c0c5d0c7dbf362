//! What can go wrong when a language model is asked.

use std::path::PathBuf;

/// No sentences came.
#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    /// The label cannot be described by anybody.
    #[error("{0}")]
    Label(String),
    /// A setting outside its range.
    #[error("language model: {field} is {found}, expected {expected}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it may say.
        expected: &'static str,
    },
    /// The server will not answer this, however often it is asked.
    #[error("{url} refused: {problem}")]
    Refused {
        /// The endpoint.
        url: String,
        /// Status and what the server said.
        problem: String,
    },
    /// The server wants to be left alone for longer than this run waits.
    #[error(
        "{url} asks to wait {seconds} s, longer than the {longest_s} s of --llm-wait-s: {problem}; what was answered so far is kept, \
         run again then"
    )]
    Later {
        /// The endpoint.
        url: String,
        /// How long it asks to wait, s.
        seconds: u64,
        /// How long may be waited, s.
        longest_s: u64,
        /// Status and what the server said.
        problem: String,
    },
    /// All attempts failed.
    #[error(
        "no sentences for {label:?} from {url} in {attempts} attempts: {problems}; without --llm-url the rules describe it"
    )]
    GaveUp {
        /// The endpoint.
        url: String,
        /// The label.
        label: String,
        /// How often it was asked.
        attempts: u32,
        /// What went wrong each time.
        problems: String,
    },
    /// A template or a kept answer is not usable.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// An answer cannot be kept.
    #[error(transparent)]
    Write(#[from] crate::base::atomic_file::WriteError),
}
