//! The steps forwards, on the tensor library's arrays in main memory.

use super::{BlockOps, attention_size};
use crate::model::kernels::{attention, gelu, linear, norms::layer};
use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use std::borrow::Cow;

/// The entries in row-major order; copied only where they lie in another order.
pub(super) fn entries(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    match tensor.as_slice::<f32>() {
        Some(values) => Cow::Borrowed(values),
        None => {
            let whole = tensor.to_contiguous();
            Cow::Owned(whole.as_slice::<f32>().unwrap_or_default().to_vec())
        }
    }
}

pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

/// The shape of a tensor with another last axis.
pub(super) fn with_width(x: &FlexTensor, width: usize) -> Vec<usize> {
    let mut shape = x.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    shape
}

/// Attention with the weights of every head, flat.
pub(super) fn attention_with_weights(qkv: &FlexTensor, heads: usize) -> (FlexTensor, FlexTensor) {
    let size = attention_size(&qkv.shape(), heads);
    let (out, weights) = attention::forward(&entries(qkv), size);
    let count = weights.len();
    (tensor(out, &with_width(qkv, size.width)), tensor(weights, &[count]))
}

impl BlockOps for Flex {
    fn fused_linear(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        let y = linear::forward(&entries(&x), &entries(&weight), &entries(&bias));
        tensor(y, &with_width(&x, bias.shape()[0]))
    }

    fn fused_gelu(x: FlexTensor) -> FlexTensor {
        tensor(gelu::forward(&entries(&x)), &x.shape())
    }

    fn fused_norm(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, epsilon: f32) -> FlexTensor {
        tensor(layer::forward(&entries(&x), &entries(&gamma), &entries(&beta), epsilon), &x.shape())
    }

    fn fused_attention(qkv: FlexTensor, heads: usize) -> FlexTensor {
        attention_with_weights(&qkv, heads).0
    }
}
