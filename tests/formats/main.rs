//! What comes in from files and goes out to them, whole and damaged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod body_file;
mod captures;
mod corpus_python;
mod corpus_samples;
mod corpus_store;
mod dca1000;
mod motion_score;
mod radhar;
mod vocabulary;
