//! Layers of multi-head attention with residuals over the tokens of all kinds (figure 14, equation 20).

use super::Shown;
use crate::model::blocks::Attention;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use crate::model::rfusion::config::RFusionSizes;
use crate::model::rfusion::modality::Modality;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// More do not help (figure 15).
const LAYERS: usize = 2;

/// `x ← x + attention(x)`, twice; the mean token is the feature.
#[derive(Module, Debug)]
pub struct AttentionFusion {
    norm: LayerNorm,
    /// `[kind · token, width]`: which kind a token is of, and where it stands; added where there are several kinds.
    pub position: Param<Tensor<2>>,
    /// The layers.
    pub layers: Vec<Attention>,
    tokens: usize,
}

impl AttentionFusion {
    pub(super) fn new(init: &Init, sizes: &RFusionSizes) -> Self {
        let (width, tokens) = (sizes.width, sizes.tokens);
        Self {
            norm: LayerNorm::new(&init.at("norm"), width),
            position: init.normal("position", [Modality::ALL.len() * tokens, width], 0.02),
            layers: (0..LAYERS).map(|i| Attention::new(&init.at("layers").at(i), width, sizes.heads)).collect(),
            tokens,
        }
    }

    pub(super) fn forward(&self, shown: Vec<Shown>, pass: &Pass) -> Tensor<3> {
        let several = shown.len() > 1;
        let placed = |(modality, tokens): Shown| {
            let tokens = self.norm.forward(tokens);
            if !several {
                return tokens;
            }
            let [_, _, width] = tokens.dims();
            let first = modality.place() * self.tokens;
            let position: Tensor<2> = self.position.val().slice([first..first + self.tokens, 0..width]);
            tokens + position.unsqueeze()
        };
        let x = Tensor::cat(shown.into_iter().map(placed).collect(), 1);
        let mixed = self.layers.iter().fold(x, |x, layer| x.clone() + layer.forward(x, pass));
        mixed.mean_dim(1)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            act(&format!("{name}.layers.{i}.qkv"), &mut layer.qkv);
            act(&format!("{name}.layers.{i}.output"), &mut layer.output);
        }
    }
}
