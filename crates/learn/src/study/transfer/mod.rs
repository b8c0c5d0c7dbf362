//! Studies of transfer: a model learns the classes of one scene by labels and adapts to another one by samples without labels, where it is
//! asked.
//!
//! ```text
//! spec.rs        the study as typed; `arms` are changes to its document
//! sides.rs       who learns, who is shown without labels, who is asked; what must not be on two sides
//! subcarriers.rs which subcarriers tell classes, and which pairs belong together, by the labelled samples alone
//! adapt.rs       one model
//! controls.rs    answers without a network
//! statistics.rs  paired tests
//! run.rs         each arm, seed, task and group that is left out
//! results.rs     answers as files and as a report
//! ```

mod adapt;
mod controls;
mod results;
mod run;
mod sides;
mod spec;
mod statistics;
mod subcarriers;

pub use results::{TransferAnswer, TransferResults};
pub use run::{FinishedTransfer, TransferRun};
pub use spec::{TransferArm, TransferStudy, TransferTask};
pub use statistics::{PairedTest, paired_test};
pub use subcarriers::{conditional_information, label_information};

use super::experiment::ExperimentError;

fn fault(part: impl Into<String>, problem: impl std::fmt::Display) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.to_string() }
}
