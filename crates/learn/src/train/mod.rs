//! Training and evaluation: one entry for pre-training, full and low-rank fine-tuning and mixed training; variants are data.
//!
//! Plain arrays go in and come out; the tensor library stays inside.

mod adam;
mod augment;
mod batches;
pub mod checkpoint;
mod config;
mod data;
mod embed;
mod error;
pub mod evaluate;
mod gradient;
mod learner;
mod loader;
mod lock;
pub mod losses;
mod memory;
mod metrics;
mod run;
mod shards;
mod state;
mod validation;
mod workers;

pub use adam::Adam;
pub use augment::Augment;
pub use batches::{Draw, Mixture};
pub use checkpoint::Checkpoint;
pub use config::{Adapt, EarlyStopping, Sampling, Schedule, TrainConfig};
pub use data::{Dataset, Prompts, Samples, Source};
pub use embed::embed;
pub use error::TrainError;
pub use gradient::{ExampleBatch, Gradients, batch_gradient};
pub use losses::LossKind;
pub use metrics::{LossParts, StepLine, ValidationLine};
pub use run::{TrainData, TrainReport, Trained, resume, train};
pub use shards::ShardSamples;
