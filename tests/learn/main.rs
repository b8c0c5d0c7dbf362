//! Text encoders, models and training.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod minilm;
