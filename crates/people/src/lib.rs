//! Bodies, and how they move.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each module is for and which it may use.

pub mod body;
pub mod motion;

// A module has one name in all crates: `crate::module`.
use kinecho_base::{base, geometry};
use kinecho_kernels::kernels;
