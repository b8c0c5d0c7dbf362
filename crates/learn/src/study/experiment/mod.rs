//! Experiments as data: pre-train on simulation, adapt to a target, ask zero- and few-shot questions, with several seeds.

mod answer;
mod asked;
mod baseline;
mod error;
mod fold;
mod older;
mod pool;
mod prompts;
mod question;
mod results;
mod run;
mod spec;
mod whole;

pub use asked::check_questions;
pub use baseline::{Baseline, BaselineResult};
pub use error::ExperimentError;
pub use fold::TestedOn;
pub use pool::{Item, Pool};
pub use prompts::{PromptError, builtin_encoder};
pub use question::{Adaptation, Choices, Evaluation, Examples, Filter, Group, Start};
pub use results::{EvaluationResult, FoldResult, Pretraining, Results};
pub use run::{Pools, PretrainedModels, run};
pub use spec::{Experiment, Recorded, Target, Variant};
pub use whole::{Finished, Places, Plan, Study, heading};
