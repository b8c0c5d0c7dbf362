//! The code that depends on the processor.
//!
//! Part of kinecho. ARCHITECTURE.md says what it is for and who may use it.

pub mod kernels;
