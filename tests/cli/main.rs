//! The program as a user runs it.
#![cfg(feature = "cli")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[cfg(feature = "learn")]
mod bad_input;
#[cfg(feature = "learn")]
mod classifier;
mod classify;
#[cfg(feature = "learn")]
mod commands;
#[cfg(feature = "learn")]
mod cross_scene;
#[cfg(feature = "learn")]
mod doppler;
mod experiment;
#[cfg(feature = "learn")]
mod guide;
mod import_points;
mod imports;
mod jobs;
#[path = "../support/needs.rs"]
mod needs;
mod own_files;
#[path = "../support/pictures.rs"]
mod pictures;
mod radio;
mod recorded_experiments;
#[cfg(feature = "learn")]
mod rfusion;
mod set_aside;
mod shared;
mod simulate;
mod view;
#[cfg(feature = "learn")]
mod wiswiss;
mod wrong_file;

pub(crate) use shared::kinecho;
