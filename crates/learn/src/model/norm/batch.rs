//! Batch norm with running moments.

use super::EPSILON;
use crate::model::fused::norms::{Over, norm};
use crate::model::init::Init;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// `(x − mean) / √(variance + 1e-5) · weight + bias`, mean and variance of a channel over all samples and places (Ioffe and Szegedy
/// 2015): of the batch in training, running ones afterwards.
///
/// Nothing changes behind the caller's back: a training pass gives the moments of its batch, and
/// [`update`](Self::update) takes them in.
///
/// # Shapes
/// All `[channel]`, named as PyTorch names them.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// γ, 1 at the start.
    pub weight: Param<Tensor<1>>,
    /// β, 0 at the start.
    pub bias: Param<Tensor<1>>,
    /// Running mean, 0 at the start; it does not learn.
    pub running_mean: Param<Tensor<1>>,
    /// Running variance, 1 at the start; it does not learn.
    pub running_var: Param<Tensor<1>>,
}

/// Mean and variance of a batch, without gradients.
///
/// # Shapes
/// `[channel]` each.
#[derive(Clone, Debug)]
pub struct BatchMoments {
    /// Means.
    pub mean: Tensor<1>,
    /// Sums of squares over one less than the number of entries, as PyTorch takes into its running variance.
    pub variance: Tensor<1>,
}

impl BatchNorm {
    /// Of `channels`.
    pub fn new(init: &Init, channels: usize) -> Self {
        let fixed = |value: f32| init.constant([channels], value).set_require_grad(false);
        Self {
            weight: init.constant([channels], 1.0),
            bias: init.constant([channels], 0.0),
            running_mean: fixed(0.0),
            running_var: fixed(1.0),
        }
    }

    /// By the running moments.
    ///
    /// # Shapes
    /// `x[batch, channel, …]` to the same.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let mut shape = [1; D];
        shape[1] = x.dims()[1];
        let scale = self.weight.val() / self.running_var.val().add_scalar(EPSILON).sqrt();
        let offset = self.bias.val() - self.running_mean.val() * scale.clone();
        x * scale.reshape(shape) + offset.reshape(shape)
    }

    /// By the moments of the batch, and these.
    ///
    /// # Shapes
    /// `x[batch, channel, …]` to the same.
    ///
    /// # Panics
    /// When the channels are others, or there is one entry a channel only, which has no variance.
    pub fn forward_training<const D: usize>(&self, x: Tensor<D>) -> (Tensor<D>, BatchMoments) {
        let shape = x.dims();
        let count = shape[0] * shape[2..].iter().product::<usize>();
        assert!(count > 1, "batch norm in training wants more than one entry a channel, not an input of {shape:?}");
        let flat: Tensor<3> =
            x.clone().detach().set_require_grad(false).reshape([shape[0], shape[1], count / shape[0]]);
        let turned: Tensor<2> = flat.swap_dims(0, 1).reshape([shape[1], count]);
        let mean = turned.clone().mean_dim(1);
        let variance = (turned - mean.clone()).square().sum_dim(1).div_scalar((count - 1) as f64);
        let moments = BatchMoments { mean: mean.squeeze_dim(1), variance: variance.squeeze_dim(1) };
        (norm(x, self.weight.val(), self.bias.val(), Over::Batch, EPSILON), moments)
    }

    /// The running moments moved by `momentum` (PyTorch's default: 0.1) towards those of a batch.
    pub fn update(self, moments: &BatchMoments, momentum: f64) -> Self {
        let moved = |param: Param<Tensor<1>>, to: &Tensor<1>| {
            let to = to.clone();
            param.map(|old| (old.clone() + (to - old).mul_scalar(momentum)).detach().set_require_grad(false))
        };
        Self {
            running_mean: moved(self.running_mean, &moments.mean),
            running_var: moved(self.running_var, &moments.variance),
            ..self
        }
    }
}
