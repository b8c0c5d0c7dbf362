//! Channel–temporal attention (section 4.3.1).

use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::{Tensor, activation};

/// `σ(W_c F + (W_t Fᵀ)ᵀ) ⊙ F`.
///
/// F of the paper has channels and moments; the maps have velocities besides. The weights are found from the mean over these and are the
/// same for all of them.
#[derive(Module, Debug)]
pub struct ChannelTemporal {
    /// W_c, without offsets.
    pub channels: Linear,
    /// W_t, without offsets.
    pub moments: Linear,
}

fn square(init: &Init, width: usize) -> Linear {
    Linear { weight: init.glorot("weight", [width, width]), bias: None, lora: None }
}

impl ChannelTemporal {
    pub(super) fn new(init: &Init, channels: usize, times: usize) -> Self {
        Self { channels: square(&init.at("channels"), channels), moments: square(&init.at("moments"), times) }
    }

    /// # Shapes
    /// `x[sample, channel, velocity, time]` to the same.
    pub(super) fn forward(&self, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
        let mean: Tensor<3> = x.clone().mean_dim(2).squeeze_dim(2);
        let by_channel = self.channels.forward(mean.clone().swap_dims(1, 2), pass).swap_dims(1, 2);
        let weights = activation::sigmoid(by_channel + self.moments.forward(mean, pass));
        x * weights.unsqueeze_dim::<4>(2)
    }
}
