//! Experiments as data: pre-train on simulation, adapt to a target, ask zero- and few-shot questions, with several seeds.

mod answer;
mod asked;
mod by_regression;
mod controls;
mod counting;
mod error;
mod fold;
mod item;
mod pool;
mod prompts;
mod recognise;
mod results;
mod run;
mod runner;
mod spec;
mod supervised;
mod tally;
mod whole;

pub use asked::check_questions;
pub use controls::{ControlResult, LearntFrom, Method};
pub use counting::{About, AnswerLine};
pub use error::ExperimentError;
pub use item::Item;
pub use pool::Pool;
pub use prompts::{PromptError, builtin_encoder};
pub use results::{EvaluationResult, FoldResult, Pretraining, Results};
pub use run::{PretrainedModels, run};
pub use runner::Pools;
pub use spec::{
    Adaptation, Baseline, By, Choices, Controls, Evaluation, Examples, Experiment, Filter, Group, Recorded, Start,
    Target, TestedOn, Variant, Yardstick,
};
pub use tally::BaselineResult;
pub(in crate::study) use whole::RunFolder;
pub use whole::{Finished, Places, Plan, Study, heading};
