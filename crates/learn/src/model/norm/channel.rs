//! Layer norm over channels.

use crate::model::fused::norms::{Over, norm};
use crate::model::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// `(x − mean) / √(variance + ε) · weight + bias`, mean and variance over the channels of each place: ConvNeXt's layer norm (Liu et al.
/// 2022, with ε = 1e-6 there).
///
/// # Shapes
/// `weight[channel]`, `bias[channel]`.
#[derive(Module, Debug)]
pub struct ChannelNorm {
    /// γ, 1 at the start.
    pub weight: Param<Tensor<1>>,
    /// β, 0 at the start.
    pub bias: Param<Tensor<1>>,
    epsilon: f64,
}

impl ChannelNorm {
    /// Of `channels`.
    pub fn new(init: &Init, channels: usize, epsilon: f64) -> Self {
        Self { weight: init.constant([channels], 1.0), bias: init.constant([channels], 0.0), epsilon }
    }

    /// # Shapes
    /// `x[batch, channel, …]` to the same.
    ///
    /// # Panics
    /// When the channels are others.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        norm(x, self.weight.val(), self.bias.val(), Over::Channels, self.epsilon)
    }
}
