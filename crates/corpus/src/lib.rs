//! From signals to corpora: signal processing, readers of recordings, words, shards and pictures.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each module is for and which it may use.

pub mod chain;
pub mod corpus;
pub mod dsp;
pub mod recording;
pub mod text;
pub mod viz;

// A module has one name in all crates: `crate::module`.
use kinecho_base::{base, geometry, signal};
use kinecho_kernels::kernels;
use kinecho_people::motion;
use kinecho_sim::{scene, sensor, sim};
