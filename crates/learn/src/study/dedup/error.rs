//! What can go wrong in a search for duplicates.

use crate::corpus::CorpusError;
use crate::model::ModelError;
use crate::train::TrainError;
use crate::viz::VizError;
use std::path::PathBuf;

/// A search for duplicates failed.
#[derive(Debug, thiserror::Error)]
pub enum DedupError {
    /// A corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The encoder.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Pictures.
    #[error(transparent)]
    Viz(#[from] VizError),
    /// A list of duplicates that is none.
    #[error("{}: line {line}: {problem}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] crate::base::atomic_file::WriteError),
}
