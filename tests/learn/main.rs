//! Text encoders, models and training.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod minilm;
//! Models, losses, training, evaluation.
#![cfg(feature = "learn")]
mod augment;
mod checkpoint;
mod losses;
mod model;
mod recognition;
mod step_time;
mod synthetic;
mod training;
