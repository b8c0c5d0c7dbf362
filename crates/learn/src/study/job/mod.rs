//! Training and evaluation as jobs: one YAML file each, corpora on disk in, a folder with checkpoint and metrics out.

mod classify;
mod embedder;
mod error;
mod evaluate;
mod evaluate_classes;
mod evaluate_text;
mod evaluated;
mod spec;
mod text;
mod train;

pub use classify::{Answer, Choice, Recogniser};
pub use embedder::Embedder;
pub use error::JobError;
pub use evaluate::{check_evaluation, evaluate};
pub use evaluated::{Evaluated, Shots};
pub use spec::{EvaluateJob, Selection, TrainJob};
pub use text::{BUILTIN_ENCODER, EncoderChoice, TextSettings};
pub use train::{CheckedTraining, RunStart, TrainedJob, check_training, run_training};
