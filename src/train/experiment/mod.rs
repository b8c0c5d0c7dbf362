//! Experiments as data: pre-train on simulation, adapt to a target, ask zero- and few-shot questions, with several seeds.

mod pool;
mod prompts;
mod results;
mod run;
mod spec;

pub use pool::{Item, Pool};
pub use prompts::{PromptError, builtin_encoder, prompts_for};
pub use results::{EvaluationResult, Pretraining, Results};
pub use run::{ExperimentError, run};
pub use spec::{Adaptation, Evaluation, Experiment, Filter, Target};
