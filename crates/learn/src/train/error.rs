//! What can go wrong in training and evaluation.

use crate::base::yaml::Problem;
use crate::model::ModelError;
use std::path::PathBuf;

/// Training, a checkpoint or an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting outside its range.
    #[error("training config: {field} is {found}, expected {expected}")]
    Config {
        /// The setting.
        field: String,
        /// What it says.
        found: String,
        /// What it may say.
        expected: String,
    },
    /// Two things that must agree do not.
    #[error("{what}: {left_name} has {left}, {right_name} has {right}")]
    Mismatch {
        /// What must agree.
        what: String,
        /// The one side.
        left_name: String,
        /// Its value.
        left: String,
        /// The other side.
        right_name: String,
        /// Its value.
        right: String,
    },
    /// Data that cannot be used.
    #[error("{source_name}: {problem}")]
    Data {
        /// Which data.
        source_name: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The loss or a gradient stopped being a number.
    #[error(
        "{quantity} is {value} at step {step} (samples {samples}); training stopped, {last_good}; a smaller learning rate or gradient clipping may help"
    )]
    NotFinite {
        /// `loss` or `gradient norm`.
        quantity: &'static str,
        /// Its value.
        value: f64,
        /// The step, counted from 1.
        step: u64,
        /// Samples of the batch, as `source#index`.
        samples: String,
        /// Where the last good checkpoint is.
        last_good: String,
    },
    /// A file of a checkpoint or a run cannot be read.
    #[error("cannot read {}: {problem}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Threads could not be started.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
    /// The model refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] crate::base::atomic_file::WriteError),
}

impl TrainError {
    /// The same as a problem with a value of a [`super::TrainConfig`] as typed; its key is relative to that.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Config { field, found, expected } => Problem::new(field, format!("{found}; expected {expected}")),
            Self::Model(error) => {
                let problem = error.problem();
                // Settings of the adapters stand under the key that chooses them.
                match problem.key.strip_prefix("lora.") {
                    Some(key) => Problem::new(format!("adapt.{key}"), problem.message),
                    None => problem,
                }
            }
            other => Problem::new("", other.to_string()),
        }
    }

    pub(crate) fn mismatch(
        what: &str,
        left: (&str, impl std::fmt::Display),
        right: (&str, impl std::fmt::Display),
    ) -> Self {
        Self::Mismatch {
            what: what.into(),
            left_name: left.0.into(),
            left: left.1.to_string(),
            right_name: right.0.into(),
            right: right.1.to_string(),
        }
    }

    pub(crate) fn data(source_name: &str, problem: impl Into<String>) -> Self {
        Self::Data { source_name: source_name.into(), problem: problem.into() }
    }
}
