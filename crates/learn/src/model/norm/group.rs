//! Group norm.

use super::EPSILON;
use crate::model::ModelError;
use crate::model::fused::norms::{Over, norm};
use crate::model::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// `(x − mean) / √(variance + 1e-5) · weight + bias`, mean and variance over the channels of a group and all places of a sample (Wu
/// and He 2018). It looks at one sample at a time, so that neither the size of a batch nor what else is in it changes an answer.
///
/// # Shapes
/// `weight[channel]`, `bias[channel]`.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// γ, 1 at the start.
    pub weight: Param<Tensor<1>>,
    /// β, 0 at the start.
    pub bias: Param<Tensor<1>>,
    groups: usize,
}

impl GroupNorm {
    /// Of `channels`, which `groups` divides.
    pub fn new(init: &Init, groups: usize, channels: usize) -> Result<Self, ModelError> {
        if groups == 0 || !channels.is_multiple_of(groups) {
            let found = format!("{groups}, with {channels} channels");
            return Err(ModelError::Config {
                field: "groups".into(),
                found,
                expected: "a number that divides them".into(),
            });
        }
        Ok(Self { weight: init.constant([channels], 1.0), bias: init.constant([channels], 0.0), groups })
    }

    /// # Shapes
    /// `x[batch, channel, …]` to the same.
    ///
    /// # Panics
    /// When the channels are others.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        norm(x, self.weight.val(), self.bias.val(), Over::Groups(self.groups), EPSILON)
    }
}
