//! Layer norm over the last axis.

use super::EPSILON;
use crate::model::fused;
use crate::model::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// `(x − mean) / √(variance + 1e-5) · weight + bias` over the last axis (Ba et al. 2016).
///
/// # Shapes
/// `weight[width]`, `bias[width]`.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// γ, 1 at the start.
    pub weight: Param<Tensor<1>>,
    /// β, 0 at the start.
    pub bias: Param<Tensor<1>>,
}

impl LayerNorm {
    /// Over `width` entries.
    pub fn new(init: &Init, width: usize) -> Self {
        Self { weight: init.constant([width], 1.0), bias: init.constant([width], 0.0) }
    }

    /// # Shapes
    /// `x[batch, token, width]` to the same.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        fused::layer_norm(x, self.weight.val(), self.bias.val(), EPSILON)
    }
}
