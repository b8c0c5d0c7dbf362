//! What can go wrong in an experiment.

use super::prompts::PromptError;
use crate::base::atomic_file::WriteError;
use crate::base::yaml::YamlError;
use crate::corpus::{BuildError, CorpusError, ImportError};
use crate::model::ModelError;
use crate::model::minilm::MiniLmError;
use crate::recording::RecordingError;
use crate::train::TrainError;
use crate::viz::VizError;
use std::path::PathBuf;

/// An experiment failed.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The experiment as typed.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Training or evaluating.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The sentence encoder.
    #[error(transparent)]
    Encoder(#[from] MiniLmError),
    /// The prompts.
    #[error(transparent)]
    Prompts(#[from] PromptError),
    /// The recordings.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Turning recordings into a corpus.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Simulating a corpus.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Reading a corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The report.
    #[error(transparent)]
    Report(#[from] VizError),
    /// The corpora do not hold what a part of the experiment needs.
    #[error("{part}: {problem}")]
    Samples {
        /// Which part.
        part: String,
        /// What is missing.
        problem: String,
    },
    /// The folder of the run.
    #[error("{} {problem}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A file of the run.
    #[error(transparent)]
    Write(#[from] WriteError),
}

pub(super) fn missing(part: impl Into<String>, problem: impl Into<String>) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.into() }
}
