//! Scenes, radars, and the engines that turn moving meshes into radio signals.
//!
//! Part of kinecho: the crate of that name gives everything again. ARCHITECTURE.md says what each module is for and which it may use.

#![forbid(unsafe_code)]

pub mod channel;
pub mod propagation;
pub mod scene;
pub mod sensor;
pub mod sim;
pub mod visibility;

// A module at the root has one name in all crates: `crate::name`.
use kinecho_base::{base, geometry, signal};
use kinecho_kernels::kernels;
use kinecho_people::{body, motion};
