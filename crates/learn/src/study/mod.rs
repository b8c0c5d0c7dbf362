//! Studies: what is trained, on what, and what is asked of it. Jobs on corpora and whole experiments, without a command line.

pub mod beams;
pub mod dedup;
pub mod experiment;
pub mod job;
mod phase;
pub mod pretraining;
pub mod transfer;
