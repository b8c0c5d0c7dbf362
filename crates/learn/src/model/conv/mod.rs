//! Convolutional layers over one and two axes, also with taps that are learnt, and what goes up again: transposed ones and the shuffle of channels.

mod config;
mod deform;
mod layer;
mod shuffle;

pub use super::kernels::conv::{ConvError, Window};
pub use config::{ConvConfig, Padding};
pub use deform::DeformConv2d;
pub use layer::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
pub use shuffle::{shuffle_1d, shuffle_2d};
