//! Experiments as data: pre-train on simulation, adapt to a target, ask zero- and few-shot questions, with several seeds.

mod answer;
mod asked;
mod corpora;
mod error;
mod fold;
mod folder;
mod pool;
mod prompts;
mod question;
mod report;
mod results;
mod run;
mod spec;
mod study;

pub use asked::check_questions;
pub use error::ExperimentError;
pub use fold::TestedOn;
pub use pool::{Item, Pool};
pub use prompts::{PromptError, builtin_encoder};
pub use question::{Adaptation, Choices, Evaluation, Examples, Filter, Group, Start};
pub use report::heading;
pub use results::{EvaluationResult, FoldResult, Pretraining, Results};
pub use run::{Pools, PretrainedModels, run};
pub use spec::{Experiment, Target, Variant};
pub use study::{Finished, Places, Plan, Study};
