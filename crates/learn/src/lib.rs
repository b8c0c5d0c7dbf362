//! Text encoders, models and training.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each room is for and which it may use.

/// The tensor library, in the version whose tensors models take and return.
pub use burn;

pub mod model;
pub mod train;

// A room has one name in all crates: `crate::room`.
use kinecho_base::{base, signal};
use kinecho_corpus::{chain, corpus, text};
use kinecho_kernels::kernels;
