//! What can go wrong in a job.

use crate::corpus::CorpusError;
use crate::model::ModelError;
use crate::model::clip::ClipError;
use crate::model::minilm::MiniLmError;
use crate::text::TextError;
use crate::train::TrainError;
use std::path::PathBuf;

/// A job failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Training or evaluating.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The words.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The built-in sentence encoder or one in its layout.
    #[error(transparent)]
    MiniLm(#[from] MiniLmError),
    /// A CLIP text encoder.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// Labels without sentences.
    #[error(
        "{}: {} not in the vocabulary: {}; add sentences with `text.vocabulary`, or let the rules write them with \
         `text.describe: true`",
        corpus.display(), if labels.len() == 1 { "this label is" } else { "these labels are" }, labels.join(", ")
    )]
    Labels {
        /// Where the labels occur.
        corpus: PathBuf,
        /// The labels.
        labels: Vec<String>,
    },
    /// Parts of the job that do not fit each other.
    #[error("{part}: {problem}")]
    Part {
        /// Which part.
        part: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A file of the run.
    #[error(transparent)]
    Write(#[from] crate::base::atomic_file::WriteError),
}

impl JobError {
    pub(super) fn part(part: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Part { part: part.into(), problem: problem.into() }
    }
}
