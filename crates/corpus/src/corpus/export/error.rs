//! What can go wrong with an export.

use crate::base::atomic_file::WriteError;
use crate::corpus::{CorpusError, SampleError};
use crate::dsp::DspError;
use crate::recording::RecordingError;
use crate::text::TextError;
use std::io;
use std::path::{Path, PathBuf};

/// A corpus cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A signal that the corpus does not keep cannot be made again.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A signal cannot be written.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A signal cannot be turned into a map.
    #[error("sample {id}: {source}")]
    Dsp {
        /// The sample.
        id: u64,
        /// What is wrong.
        #[source]
        source: DspError,
    },
    /// A label has no sentences.
    #[error("label `{label}`: {source}")]
    Text {
        /// The label.
        label: String,
        /// What is wrong.
        #[source]
        source: TextError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The folder of the export cannot be used.
    #[error("{}: {problem}", path.display())]
    Output {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The samples do not fit the layout.
    #[error("sample {id} does not fit the layout: {problem}")]
    Misfit {
        /// The sample.
        id: u64,
        /// What was expected.
        problem: String,
    },
    /// The layout was left out when the program was built.
    #[error("this program was built without {layout}: build it with --features {feature}")]
    Feature {
        /// The layout.
        layout: &'static str,
        /// The feature of the package.
        feature: &'static str,
    },
    /// The library of a file format refused.
    #[error("cannot write {}: {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the library said.
        problem: String,
    },
}

impl ExportError {
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write(WriteError { path: path.to_owned(), source })
    }

    pub(super) fn misfit(id: u64, problem: impl Into<String>) -> Self {
        Self::Misfit { id, problem: problem.into() }
    }

    #[cfg(any(feature = "hdf5", feature = "zarr"))]
    pub(super) fn format(path: &Path, problem: impl ToString) -> Self {
        Self::Format { path: path.to_owned(), problem: problem.to_string() }
    }
}
