//! Studies of pre-training without labels: one backbone learns on several sources, and is asked what it is worth in tasks with few
//! labels, beside the same model from random weights and beside other ways of pre-training.
//!
//! ```text
//! spec.rs      the study as typed; `arms` are changes to its document
//! backbone.rs  the systems that are pre-trained
//! source.rs    where samples are from
//! joined.rs    corpora of several sensors side by side
//! sets.rs      sources as corpora, tasks as samples with what they show
//! pairs.rs     radar points with joints of a camera beside them
//! people.rs    joints and boxes of simulated people
//! choose.rs    which samples are learnt from: shares of the labels, examples, validation
//! folds.rs     questions: how many labels, which group is left out
//! run.rs       pre-training, then each question of each arm
//! tune.rs      fine-tuning
//! judge.rs     answers in numbers, beside those that come without looking
//! curves.rs    parts of losses, and how alike kinds of radio are
//! results.rs   answers as files and as a report
//! ```

mod backbone;
mod choose;
mod curves;
mod folds;
mod joined;
mod judge;
mod pairs;
mod people;
mod results;
mod run;
mod sets;
mod source;
mod spec;
mod tune;

pub use backbone::BackboneSpec;
pub(super) use choose::divided;
pub use choose::{Chosen, share_of_labels};
pub use joined::Unpaired;
pub(super) use pairs::LabelledSet;
pub use results::{PretrainingResults, TaskAnswer};
pub use run::{FinishedPretraining, PretrainingRun};
pub(super) use sets::Sets;
pub use source::{PairMaps, SourceSpec};
pub use spec::{Arm, Head, PretrainingStudy, TaskSpec};

use super::experiment::ExperimentError;

fn fault(part: impl Into<String>, problem: impl std::fmt::Display) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.to_string() }
}
