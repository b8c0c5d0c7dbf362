//! What is written to disk, and read back.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]
mod corpus_python;
mod corpus_samples;
mod corpus_store;
mod vocabulary;
