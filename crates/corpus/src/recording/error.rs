//! What can be wrong with a recording.

use crate::base::atomic_file::WriteError;
use std::path::{Path, PathBuf};

/// A recording cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A file or folder cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A folder holds nothing to read.
    #[error("{} has no recordings: {expected}", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// A file is not what its name says, or is cut short.
    #[error("{}: {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// An array of a file is missing, cut short or of the wrong kind.
    #[error("{}, array `{array}`: {what}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// A line of a text file is wrong.
    #[error("{}, line {line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl RecordingError {
    pub(super) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    pub(super) fn file(path: &Path, what: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), what: what.into() }
    }

    pub(super) fn array(path: &Path, array: &str, what: impl Into<String>) -> Self {
        Self::Array { path: path.to_owned(), array: array.into(), what: what.into() }
    }

    pub(super) fn line(path: &Path, line: u64, what: impl Into<String>) -> Self {
        Self::Line { path: path.to_owned(), line, what: what.into() }
    }
}
