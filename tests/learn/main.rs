//! Text encoders, models and training.
#![cfg(feature = "learn")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod augment;
mod beam;
mod beam_study;
mod checkpoint;
mod classifier;
mod clip;
mod conv;
mod conv_time;
mod crops;
mod cross_scene;
mod losses;
mod minilm;
mod model;
#[path = "../support/needs.rs"]
mod needs;
mod peft;
mod recognition;
mod rfusion;
mod step_time;
mod stopping;
mod synthetic;
mod training;
mod twin;
mod wiswiss;
