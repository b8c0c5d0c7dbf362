//! kinecho turns human motion into radio signals, pairs the signals with text, and recognises activities that training
//! never showed. ARCHITECTURE.md says what each module is for and which modules it may use.

#![forbid(unsafe_code)]

pub use kinecho_base::{base, geometry, signal};
pub use kinecho_corpus::{chain, corpus, dsp, recording, text, viz};
pub use kinecho_people::{body, motion};
pub use kinecho_sim::{channel, propagation, scene, sensor, sim, visibility};

#[cfg(feature = "learn")]
pub use kinecho_learn::{burn, model, study, train};

#[cfg(feature = "cli")]
pub mod cli;
