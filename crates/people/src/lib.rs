//! Bodies, and how they move.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each room is for and which it may use.

pub mod body;
pub mod motion;

// A room has one name in all crates: `crate::room`.
use kinecho_base::{base, geometry};
use kinecho_kernels::kernels;
