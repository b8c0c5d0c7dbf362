//! Norms, each over other sets of entries.

pub(crate) mod batch;
pub(crate) mod channel;
pub(crate) mod group;
pub(crate) mod layer;

use super::{rows_of_a_chunk, sum};

/// Gradients of a norm.
pub(crate) struct NormGradients {
    /// Of the input, in its shape.
    pub(crate) x: Vec<f32>,
    /// Of the scales.
    pub(crate) gamma: Vec<f32>,
    /// Of the offsets.
    pub(crate) beta: Vec<f32>,
}

/// Sizes of `[batch, channel, place]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planes {
    pub(crate) channels: usize,
    /// Places of a channel.
    pub(crate) area: usize,
}

/// Mean and `1/√(variance + ε)`.
#[inline(always)]
fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let share = 1.0 / row.len() as f32;
    let mean = sum(row, |_, v| v) * share;
    let variance = sum(row, |_, v| (v - mean) * (v - mean)) * share;
    (mean, 1.0 / (variance + epsilon).sqrt())
}
