//! (model)

pub mod minilm;
