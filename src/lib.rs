//! kinecho turns human motion into radio signals, pairs the signals with text, and recognises activities that training
//! never showed. ARCHITECTURE.md says what each room is for and which rooms it may use.

pub mod base;
pub mod body;
pub mod corpus;
pub mod dsp;
pub mod geometry;
pub mod motion;
pub mod propagation;
pub mod recording;
pub mod scene;
pub mod sensor;
pub mod sim;
pub mod text;
pub mod visibility;
pub mod viz;

#[cfg(feature = "learn")]
pub mod model;
#[cfg(feature = "learn")]
pub mod train;

#[cfg(feature = "cli")]
pub mod cli;
