//! Neural networks: transformer blocks, low-rank adapters, the mmCLIP model, the MiniLM sentence encoder, and weights as named arrays.
//!
//! This room and `train` are the only ones that know the tensor library. What leaves them is `ndarray`, `Vec` or opaque.

pub mod blocks;
pub mod clip;
pub mod device;
mod error;
mod floats;
mod fused;
pub mod init;
mod kernels;
pub mod linear;
pub mod lora;
pub mod minilm;
pub mod mmclip;
pub mod norm;
pub mod parameters;
mod peft;
mod peft_config;
pub mod weights;

pub use error::ModelError;
