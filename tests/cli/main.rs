//! The program as a user runs it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod bad_input;
mod commands;
mod experiment;
