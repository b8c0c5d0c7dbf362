//! Neural networks: the systems, what training knows of them, low-rank adapters, sentence encoders, and weights as named arrays.
//!
//! This module, `train` and `study` are the only ones that know the tensor library. What leaves them is `ndarray`, `Vec` or opaque.

pub mod activation;
pub mod beam;
pub mod blocks;
pub mod classifier;
pub mod clip;
pub mod conv;
pub mod cross_scene;
pub mod device;
mod error;
mod floats;
mod fused;
pub mod init;
pub mod interface;
mod kernels;
pub mod linear;
pub mod lora;
pub mod minilm;
pub mod mmclip;
pub mod norm;
pub mod parameters;
pub mod peft;
mod peft_config;
pub mod recurrent;
pub mod rfusion;
pub mod system;
pub mod weights;
pub mod wiswiss;

pub use error::ModelError;
pub use fused::Rotary;
