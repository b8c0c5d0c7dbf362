//! Text encoders, models and training.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod minilm;
