//! The program as a user runs it.
#![cfg(all(feature = "cli", feature = "learn"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod bad_input;
mod commands;
mod experiment;
mod jobs;
mod shared;

pub(crate) use shared::{kinecho, shared};
