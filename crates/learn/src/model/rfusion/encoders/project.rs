//! Features of places to tokens of the width that all kinds share: P of equation 4.

use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use burn::module::Module;
use burn::tensor::Tensor;

/// Means over segments of the places, layer norm, a linear layer.
#[derive(Module, Debug)]
pub struct TokenProjection {
    norm: LayerNorm,
    /// To the width.
    pub linear: Linear,
    tokens: usize,
}

impl TokenProjection {
    pub(super) fn new(init: &Init, channels: usize, tokens: usize, width: usize) -> Self {
        Self {
            norm: LayerNorm::new(&init.at("norm"), channels),
            linear: Linear::new(&init.at("linear"), channels, width),
            tokens,
        }
    }

    /// # Shapes
    /// `x[sample, channel, place]` to `[sample, token, width]`. Token k is the mean over the places from ⌊k P / T⌋ to ⌈(k + 1) P / T⌉, as
    /// PyTorch's adaptive mean takes them: fewer places than tokens stand in several.
    pub(super) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [samples, channels, places] = x.dims();
        let segment = |k: usize| {
            let (from, to) = (k * places / self.tokens, ((k + 1) * places).div_ceil(self.tokens));
            x.clone().slice([0..samples, 0..channels, from..to]).mean_dim(2)
        };
        let tokens = Tensor::cat((0..self.tokens).map(segment).collect(), 2).swap_dims(1, 2);
        self.linear.forward(self.norm.forward(tokens), pass)
    }
}
