//! What comes in from files and goes out to them, whole and damaged.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod body_file;
mod corpus_python;
mod corpus_samples;
mod corpus_store;
mod dca1000;
mod exports;
mod meshes;
mod motion_score;
mod radar_files;
mod radhar;
mod vocabulary;
