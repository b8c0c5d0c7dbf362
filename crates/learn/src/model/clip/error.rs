//! What can be wrong with a CLIP text encoder's files and texts.

use std::path::PathBuf;

/// An error of the CLIP text encoder.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// A file could not be read.
    #[error("cannot read {}: {source}; expected a Hugging Face folder with config.json, tokenizer.json and model.safetensors", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it must.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A tensor is missing or does not fit `config.json`.
    #[error("{}: tensor {name:?} {problem}, expected {expected}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// What was found.
        problem: String,
        /// The expected type and shape.
        expected: String,
    },
    /// A text cannot be encoded.
    #[error("text {position} ({text:?}): {problem}")]
    Text {
        /// Its place in the list that was given, counted from 0.
        position: usize,
        /// The text, shortened.
        text: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// The device failed.
    #[error("the device failed while encoding sentences: {0}")]
    Device(String),
}
