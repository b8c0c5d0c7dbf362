//! The layers.

use super::{ConvError, Window};
use crate::model::fused::conv::{conv, conv_transposed};
use crate::model::kernels::conv::ConvSizes;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// A convolution over one axis, made by [`ConvConfig`](super::ConvConfig).
///
/// # Shapes
/// `weight[output, input of a group, kernel]`, `bias[output]`, as PyTorch keeps them.
#[derive(Module, Debug)]
pub struct Conv1d {
    /// The kernels.
    pub weight: Param<Tensor<3>>,
    /// The offsets.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    pub(super) window: Window,
}

/// A convolution over two axes, made by [`ConvConfig`](super::ConvConfig).
///
/// # Shapes
/// `weight[output, input of a group, kernel row, kernel column]`, `bias[output]`, as PyTorch keeps them.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// The kernels.
    pub weight: Param<Tensor<4>>,
    /// The offsets.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    pub(super) window: Window,
}

/// A transposed convolution over one axis, made by [`ConvConfig`](super::ConvConfig).
///
/// # Shapes
/// `weight[input, output of a group, kernel]`, `bias[output]`, as PyTorch keeps them.
#[derive(Module, Debug)]
pub struct ConvTranspose1d {
    /// The kernels.
    pub weight: Param<Tensor<3>>,
    /// The offsets.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    pub(super) window: Window,
    #[module(skip)]
    pub(super) beyond: usize,
}

/// A transposed convolution over two axes, made by [`ConvConfig`](super::ConvConfig).
///
/// # Shapes
/// `weight[input, output of a group, kernel row, kernel column]`, `bias[output]`, as PyTorch keeps them.
#[derive(Module, Debug)]
pub struct ConvTranspose2d {
    /// The kernels.
    pub weight: Param<Tensor<4>>,
    /// The offsets.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    pub(super) window: Window,
    #[module(skip)]
    pub(super) beyond: [usize; 2],
}

fn offsets(bias: &Option<Param<Tensor<1>>>) -> Option<Tensor<1>> {
    bias.as_ref().map(Param::val)
}

impl Conv1d {
    /// # Shapes
    /// `x[batch, input, place]` to `[batch, output, place]`.
    ///
    /// # Panics
    /// When [`output`](Self::output) is an error, with its words.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let weight = self.weight.val().unsqueeze_dim(2);
        conv(x.unsqueeze_dim(2), weight, offsets(&self.bias), self.window).squeeze_dim(2)
    }

    /// Shape of the output for an input `[batch, input, place]`, or what does not fit.
    pub fn output(&self, [batch, inputs, places]: [usize; 3]) -> Result<[usize; 3], ConvError> {
        let [outputs, of_a_group, kernel] = self.weight.dims();
        let sizes = ConvSizes::of([batch, inputs, 1, places], [outputs, of_a_group, 1, kernel], None, self.window)?;
        Ok([batch, outputs, sizes.out[1]])
    }
}

impl Conv2d {
    /// # Shapes
    /// `x[batch, input, row, column]` to `[batch, output, row, column]`.
    ///
    /// # Panics
    /// When [`output`](Self::output) is an error, with its words.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv(x, self.weight.val(), offsets(&self.bias), self.window)
    }

    /// Shape of the output for an input `[batch, input, row, column]`, or what does not fit.
    pub fn output(&self, input: [usize; 4]) -> Result<[usize; 4], ConvError> {
        Ok(ConvSizes::of(input, self.weight.dims(), None, self.window)?.output_shape())
    }
}

impl ConvTranspose1d {
    /// # Shapes
    /// `x[batch, input, place]` to `[batch, output, place]`.
    ///
    /// # Panics
    /// When [`output`](Self::output) is an error, with its words.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let (x, weight) = (x.unsqueeze_dim(2), self.weight.val().unsqueeze_dim(2));
        conv_transposed(x, weight, offsets(&self.bias), self.window, [0, self.beyond]).squeeze_dim(2)
    }

    /// Shape of the output for an input `[batch, input, place]`, or what does not fit.
    pub fn output(&self, [batch, inputs, places]: [usize; 3]) -> Result<[usize; 3], ConvError> {
        let [rows, of_a_group, kernel] = self.weight.dims();
        let (input, weight) = ([batch, inputs, 1, places], [rows, of_a_group, 1, kernel]);
        let sizes = ConvSizes::of_transposed(input, weight, None, self.window, [0, self.beyond])?;
        Ok([batch, sizes.inputs, sizes.image[1]])
    }
}

impl ConvTranspose2d {
    /// # Shapes
    /// `x[batch, input, row, column]` to `[batch, output, row, column]`.
    ///
    /// # Panics
    /// When [`output`](Self::output) is an error, with its words.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv_transposed(x, self.weight.val(), offsets(&self.bias), self.window, self.beyond)
    }

    /// Shape of the output for an input `[batch, input, row, column]`, or what does not fit.
    pub fn output(&self, input: [usize; 4]) -> Result<[usize; 4], ConvError> {
        Ok(ConvSizes::of_transposed(input, self.weight.dims(), None, self.window, self.beyond)?.input_shape())
    }
}
