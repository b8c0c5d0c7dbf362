//! Studies of beam prediction: each sensor alone, all of them aligned, the task on the frozen representation; then asked with every set of
//! sensors, without learning anew.
//!
//! ```text
//! spec.rs     the study as typed; `arms` are changes to its document
//! samples.rs  sequences in memory, and passages drawn to learn, validate and test
//! stages.rs   the three stages
//! simple.rs   what comes without a network: the last beam, the nearest sequences
//! results.rs  answers as files and as a report
//! run.rs      each arm and seed
//! ```

mod results;
mod run;
mod samples;
mod simple;
mod spec;
mod stages;

pub use results::{BeamAnswer, BeamResults};
pub use run::{BeamRun, FinishedBeams};
pub use spec::{BeamArm, BeamSplit, BeamStages, BeamStudy};

use super::experiment::ExperimentError;

fn fault(part: impl Into<String>, problem: impl std::fmt::Display) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.to_string() }
}
