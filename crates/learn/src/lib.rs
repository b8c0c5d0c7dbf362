//! Text encoders, models, training and studies.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each module is for and which it may use.

/// The tensor library, in the version whose tensors models take and return.
pub use burn;

pub mod model;
pub mod study;
pub mod train;

// A module has one name in all crates: `crate::module`.
use kinecho_base::{base, signal};
use kinecho_corpus::{chain, corpus, dsp, recording, text, viz};
use kinecho_kernels::kernels;
