//! What everything stands on: constants, named axes, the random tree, archives, YAML with places, meshes.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each module is for and which it may use.

pub mod base;
pub mod geometry;
pub mod signal;

// A module has one name in all crates: `crate::module`.
use kinecho_kernels::kernels;
