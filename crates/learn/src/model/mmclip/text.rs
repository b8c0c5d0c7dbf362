//! The text branch: frozen sentence vectors to a class embedding. The attribute vectors themselves stay as they are.

use super::config::MmClipConfig;
use super::signal::Aggregation;
use crate::model::blocks::Stack;
use crate::model::init::Init;
use crate::model::linear::Pass;
use burn::module::Module;
use burn::tensor::Tensor;

/// One block over the frozen attribute vectors and a class token.
#[derive(Module, Debug)]
pub struct TextBranch {
    /// The block with its token.
    pub aggregation: Aggregation,
}

impl TextBranch {
    pub(super) fn new(init: &Init, config: &MmClipConfig) -> Self {
        let size = Stack { width: config.text_width, heads: config.text_heads, mlp_ratio: config.mlp_ratio, depth: 1 };
        Self { aggregation: Aggregation::new(&init.at("aggregation"), config.attributes.len().max(1), &size) }
    }

    /// # Shapes
    /// `vectors[class, attribute, width]` to `[class, width]`.
    pub fn forward(&self, vectors: Tensor<3>, pass: &Pass) -> Tensor<2> {
        self.aggregation.forward(vectors, pass).squeeze_dim(1)
    }
}
