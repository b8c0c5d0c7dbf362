//! One step of training: the gradient of a batch, over parts of it in parallel, and the optimiser.

mod adam;
mod gradient;
mod learner;
mod workers;

pub use adam::Adam;
pub use gradient::Gradients;
pub(super) use gradient::{StepBatch, ViewRows, gradients_by_name};
pub(super) use learner::{Learner, StepFailure};
pub(super) use workers::Workers;
