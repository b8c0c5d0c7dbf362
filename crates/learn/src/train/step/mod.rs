//! One step of training: the gradient of a batch, over parts of it in parallel, and the optimiser.

mod adam;
mod examples;
mod gradient;
mod learner;

pub use adam::Adam;
pub use examples::{
    ExampleBatch, Gradients, batch_gradient, beam_gradient, classifier_gradient, cross_scene_gradient,
    rfusion_gradient, wiswiss_gradient,
};
pub(super) use learner::{Learner, StepFailure};
