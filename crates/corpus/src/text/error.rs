//! What can be wrong with words.

use std::path::PathBuf;

/// An error of the text module.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A vocabulary or rule file does not say what it must.
    #[error("{}:{line}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A text that cannot be described or encoded.
    #[error("text {position} ({text:?}) {problem}")]
    Text {
        /// Its place in the list that was given, counted from 0.
        position: usize,
        /// The text, shortened.
        text: String,
        /// What is wrong and what was expected.
        problem: &'static str,
    },
    /// A name that is neither slug nor label of the vocabulary.
    #[error("no activity {name:?} in the vocabulary of {size}{hint}")]
    UnknownActivity {
        /// The name as given.
        name: String,
        /// How many activities the vocabulary has.
        size: usize,
        /// The nearest slug, or nothing.
        hint: String,
    },
    /// The classes given do not make a prompt bank or its means.
    #[error("{0}")]
    Classes(String),
    /// An array has the wrong shape or holds values that are not finite.
    #[error("array {array}: {problem}")]
    Array {
        /// Which array.
        array: &'static str,
        /// What was found and what was expected.
        problem: String,
    },
    /// The sentence encoder failed.
    #[error("the sentence encoder failed: {0}")]
    Encoder(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TextError {
    /// The error for a text that cannot be used; the text is shortened for the message.
    pub(crate) fn text(position: usize, text: &str, problem: &'static str) -> Self {
        let text = if text.chars().count() > 60 {
            text.chars().take(57).chain("...".chars()).collect()
        } else {
            text.to_owned()
        };
        Self::Text { position, text, problem }
    }
}
