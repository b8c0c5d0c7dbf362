//! Convolutions and transposed ones as one step each.

mod autodiff;
mod processor;

use super::is_ours;
use crate::model::kernels::conv::{ConvError, ConvSizes, Window};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};

/// Convolutions on the processor.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait ConvOps: Backend {
    /// `x[batch, input, row, column]` to `[batch, output, row, column]`.
    fn fused_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        sizes: ConvSizes,
    ) -> FloatTensor<Self>;
    /// The way back of a convolution of these sizes, from its output to its input.
    fn fused_conv_transposed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        sizes: ConvSizes,
    ) -> FloatTensor<Self>;
}

/// Panics with what does not fit.
fn refuse(error: &ConvError) -> ! {
    panic!("{error}")
}

/// A convolution.
///
/// # Shapes
/// `x[batch, input, row, column]`, `weight[output, input of a group, kernel row, kernel column]`, `bias[output]` to
/// `[batch, output, row, column]`.
///
/// # Panics
/// When the sizes do not fit, with [`ConvError`]'s words; so do transposed ones.
pub(crate) fn conv(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, window: Window) -> Tensor<4> {
    let offsets = bias.as_ref().map(|b| b.dims()[0]);
    let sizes = ConvSizes::of(x.dims(), weight.dims(), offsets, window).unwrap_or_else(|error| refuse(&error));
    if !is_ours(&x) {
        return composed(x, weight, bias, window);
    }
    let bias = bias.unwrap_or_else(|| Tensor::zeros([sizes.outputs], &x.device()));
    let ends = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_conv(ends.0, ends.1, ends.2, sizes))
}

/// A transposed convolution; `beyond` outputs are added behind each axis.
///
/// # Shapes
/// `x[batch, input, row, column]`, `weight[input, output of a group, kernel row, kernel column]`, `bias[output]` to
/// `[batch, output, row, column]`.
pub(crate) fn conv_transposed(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    window: Window,
    beyond: [usize; 2],
) -> Tensor<4> {
    let offsets = bias.as_ref().map(|b| b.dims()[0]);
    let sizes = ConvSizes::of_transposed(x.dims(), weight.dims(), offsets, window, beyond);
    let sizes = sizes.unwrap_or_else(|error| refuse(&error));
    if !is_ours(&x) {
        return composed_transposed(x, weight, bias, window, beyond);
    }
    let bias = bias.unwrap_or_else(|| Tensor::zeros([sizes.inputs], &x.device()));
    let ends = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_conv_transposed(ends.0, ends.1, ends.2, sizes))
}

fn composed(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, window: Window) -> Tensor<4> {
    let mut options = ConvOptions::new(window.stride, [0, 0], window.dilation, window.groups);
    options.padding = window.padding.map(|[before, after]| (before, after));
    module::conv2d(x, weight, bias, options)
}

fn composed_transposed(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    window: Window,
    beyond: [usize; 2],
) -> Tensor<4> {
    let Window { stride, dilation, groups, padding, .. } = window;
    let even = padding.iter().all(|[before, after]| before == after);
    let padded = if even { padding.map(|[before, _]| before) } else { [0, 0] };
    let options = ConvTransposeOptions::new(stride, padded, beyond, dilation, groups);
    let y = module::conv_transpose2d(x, weight, bias, options);
    if even {
        return y;
    }
    let [batch, outputs, rows, columns] = y.dims();
    let [[top, bottom], [left, right]] = padding;
    y.slice([0..batch, 0..outputs, top..rows - bottom, left..columns - right])
}

#[cfg(test)]
mod tests;
