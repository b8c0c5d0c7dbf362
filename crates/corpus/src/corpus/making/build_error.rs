//! What can go wrong while a corpus is built.

use super::sample_error::SampleError;
use crate::base::yaml::YamlError;
use crate::corpus::error::CorpusError;

/// Building a corpus failed; what was finished stays and is resumed from.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The recipe.
    #[error(transparent)]
    Recipe(#[from] YamlError),
    /// A sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The store.
    #[error(transparent)]
    Store(#[from] CorpusError),
    /// The threads that make samples cannot be started.
    #[error("cannot start the threads of a worker: {0}")]
    Threads(String),
}
