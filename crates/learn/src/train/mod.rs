//! Training and evaluation of any model on any samples: one entry for pre-training, full and low-rank fine-tuning and mixed training;
//! variants are data.
//!
//! Plain arrays go in and come out; the tensor library stays inside.

pub mod checkpoint;
mod config;
mod data;
mod error;
pub mod evaluate;
mod infer;
mod run;
mod step;
mod task;

pub use checkpoint::Checkpoint;
pub use config::{Adapt, EarlyStopping, Sampling, Schedule, TrainConfig};
pub use data::{
    Augment, AugmentedView, Dataset, Draw, Labels, Mixture, Prompts, Samples, ShardSamples, Source, ViewColumn,
};
pub use error::TrainError;
pub use infer::{Inferred, embed, infer};
pub use run::{LossPart, LossParts, StepLine, TrainData, TrainReport, Trained, ValidationLine, resume, train};
pub use step::{Adam, Gradients};
pub use task::losses::{self, LossKind};
pub use task::{ExampleBatch, batch_gradient, classifier_gradient};

pub(crate) use data::columns_of;
pub(crate) use task::logits;
