//! Answers counted: by recording, and each for itself.

mod given;
mod hits;

pub use given::{About, AnswerLine};
pub(super) use given::{Given, write};
pub(super) use hits::{Hits, harmonic};
