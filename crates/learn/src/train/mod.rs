//! Training and evaluation of any model on any samples: one entry for pre-training, full and low-rank fine-tuning and mixed training;
//! variants are data.
//!
//! Plain arrays go in and come out; the tensor library stays inside.

mod adaptation;
mod batch;
pub mod checkpoint;
mod config;
mod data;
mod error;
pub mod evaluate;
mod guided_contrast;
mod infer;
pub mod losses;
mod lower_bound;
mod run;
mod step;
mod task;
mod workers;

pub use adaptation::{AdaptationConfig, Alignment, LambdaRise};
pub use checkpoint::Checkpoint;
pub use config::{Adapt, EarlyStopping, Schedule, TrainConfig};
pub use data::{
    Augment, AugmentedView, Dataset, Draw, Labels, LoadedSamples, LoaderAugment, Mixture, Prompts, Samples, Sampling,
    ShardSamples, Source, Truth, Unlabelled, ViewAugment, ViewColumn,
};
pub use error::TrainError;
pub use guided_contrast::{ContrastObjective, GuidedContrastConfig};
pub use infer::{Inferred, embed, infer};
pub use losses::LossKind;
pub use lower_bound::{LowerBoundConfig, Ramp};
pub use run::{StepLine, TrainData, TrainReport, Trained, ValidationLine, resume, train};
pub use step::{
    Adam, ExampleBatch, Gradients, batch_gradient, beam_gradient, classifier_gradient, cross_scene_gradient,
    rfusion_gradient, wiswiss_gradient,
};
pub use task::{LossPart, LossParts, alignment};

pub(crate) use batch::Inputs;
pub(crate) use data::{shuffled, views_of};
pub(crate) use task::logits;
