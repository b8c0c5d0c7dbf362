//! Rooms, radars, and the engines that turn moving meshes into radio signals.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each room is for and which it may use.

#![forbid(unsafe_code)]

pub mod propagation;
pub mod scene;
pub mod sensor;
pub mod sim;
pub mod visibility;

// A room has one name in all crates: `crate::room`.
use kinecho_base::{base, geometry};
use kinecho_kernels::kernels;
use kinecho_people::{body, motion};
