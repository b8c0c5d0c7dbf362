//! Studies of pre-training without labels: one backbone learns on several sources, and is asked what it is worth in tasks with few
//! labels, beside the same model from random weights and beside other ways of pre-training.
//!
//! ```text
//! spec.rs      the study as typed; `arms` are changes to its document
//! sets.rs      sources as corpora, tasks as samples with what they show
//! pairs.rs     radar points with joints of a camera beside them
//! people.rs    joints and boxes of simulated people
//! choose.rs    which samples are learnt from: shares of the labels, examples, validation
//! folds.rs     questions: how many labels, which group is left out
//! run.rs       pre-training, fine-tuning
//! judge.rs     answers in numbers, beside those that come without looking
//! results.rs   answers as files and as a report
//! ```

mod choose;
mod folds;
mod judge;
mod pairs;
mod people;
mod results;
mod run;
mod sets;
mod spec;

pub use choose::{Chosen, share_of_labels};
pub use results::{PretrainingResults, TaskAnswer};
pub use run::{FinishedPretraining, PretrainingRun};
pub use spec::{Arm, Head, PretrainingStudy, SourceSpec, TaskSpec};

use super::experiment::ExperimentError;

fn fault(part: impl Into<String>, problem: impl std::fmt::Display) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.to_string() }
}
