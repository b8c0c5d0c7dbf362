//! What can be wrong with the sentence encoder's files and texts.

use std::path::PathBuf;

/// An error of the MiniLM sentence encoder.
#[derive(Debug, thiserror::Error)]
pub enum MiniLmError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no safetensors file, or not all of one.
    #[error("{origin}: not a whole safetensors file ({problem})")]
    NotSafetensors {
        /// The file or what stands for it.
        origin: String,
        /// What the reader said.
        problem: String,
    },
    /// A tensor is missing or does not look like MiniLM's.
    #[error("{origin}: tensor {name:?} {problem}, expected {expected}")]
    Tensor {
        /// The file or what stands for it.
        origin: String,
        /// The tensor's name.
        name: String,
        /// What was found.
        problem: String,
        /// The expected type and shape.
        expected: String,
    },
    /// The tokenizer's file is not usable.
    #[error("{origin}: not a tokenizer.json for MiniLM: {problem}")]
    Tokenizer {
        /// The file or what stands for it.
        origin: String,
        /// What is wrong.
        problem: String,
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
