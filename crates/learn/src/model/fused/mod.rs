//! The operations of a transformer block as one step each of the tensor library, with their own way back.
//!
//! On the processor the library would make each of them out of several passes over memory. On other devices it does: there these
//! functions are its own operations.

mod autodiff;
pub(crate) mod conv;
pub(crate) mod norms;
mod places;
mod processor;
pub(crate) mod recurrent;
mod rotary;

pub use places::Rotary;
pub(crate) use rotary::rotary_attention;

use crate::model::kernels::attention::Size;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{DType, Device, Tensor, activation, module};

/// Operations on the processor.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait BlockOps: Backend {
    /// `x W + b` over the last axis of `x[batch, token, input]`.
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
    /// x Φ(x).
    fn fused_gelu(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// Layer norm over the last axis.
    fn fused_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self>;
    /// `qkv[batch, token, 3 · width]` to `[batch, token, width]`.
    fn fused_attention(qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self>;
}

/// Whether these steps are made for it: 32-bit floats in main memory.
fn is_ours<const D: usize>(x: &Tensor<D>) -> bool {
    x.device().inner() == Device::flex() && x.dtype() == DType::F32
}

/// `x W + b`.
///
/// # Shapes
/// `x[batch, token, input]`, `weight[input, output]`, `bias[output]` to `[batch, token, output]`.
///
/// # Panics
/// When the sizes do not fit; so do the other steps.
pub(crate) fn linear(x: Tensor<3>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<3> {
    let ([_, _, inputs], [rows, outputs], [offsets]) = (x.dims(), weight.dims(), bias.dims());
    assert!(
        (inputs, outputs) == (rows, offsets),
        "{inputs} inputs and {offsets} offsets for a matrix of {rows} x {outputs}"
    );
    if !is_ours(&x) {
        return module::linear(x, weight, Some(bias));
    }
    let ends = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_linear(ends.0, ends.1, ends.2))
}

/// GELU with the exact error function.
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_ours(&x) {
        return activation::gelu(x);
    }
    Tensor::from_dispatch(Dispatch::fused_gelu(x.into_dispatch()))
}

/// Layer norm over the last axis.
pub(crate) fn layer_norm(x: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<3> {
    let ([_, _, width], [scales], [offsets]) = (x.dims(), gamma.dims(), beta.dims());
    assert!((width, width) == (scales, offsets), "a norm of {scales} and {offsets} entries over rows of {width}");
    if !is_ours(&x) {
        return module::layer_norm(x, gamma, Some(beta), epsilon);
    }
    let ends = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_norm(ends.0, ends.1, ends.2, epsilon as f32))
}

/// Attention of every token to all tokens of its sample.
///
/// # Shapes
/// `qkv[batch, token, (query, key, value) × head × entry]` to `[batch, token, head × entry]`.
pub(crate) fn attention(qkv: Tensor<3>, heads: usize) -> Tensor<3> {
    let [_, _, width] = qkv.dims();
    assert!(heads > 0 && width.is_multiple_of(3 * heads), "query, key and value of {width} entries for {heads} heads");
    if is_ours(&qkv) {
        return Tensor::from_dispatch(Dispatch::fused_attention(qkv.into_dispatch(), heads));
    }
    composed_attention(qkv, heads)
}

fn composed_attention(qkv: Tensor<3>, heads: usize) -> Tensor<3> {
    let [batch, tokens, width] = qkv.dims();
    let width = width / 3;
    let head = width / heads;
    let part = |i: usize| {
        let part = qkv.clone().slice([0..batch, 0..tokens, i * width..(i + 1) * width]);
        part.reshape([batch, tokens, heads, head]).swap_dims(1, 2)
    };
    let (query, key, value) = (part(0), part(1), part(2));
    let scores = query.mul_scalar(1.0 / (head as f64).sqrt()).matmul(key.swap_dims(2, 3));
    activation::softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape([batch, tokens, width])
}

/// Sizes of an attention over `qkv[batch, token, 3 · width]`.
fn attention_size(shape: &[usize], heads: usize) -> Size {
    Size { tokens: shape[1], width: shape[2] / 3, heads }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::TensorData;

    fn random<const D: usize>(seed: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let value = |i: usize| (((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0) * 1.7;
        let values: Vec<f32> = (0..count).map(value).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec::<f32>().unwrap()
    }

    /// Output and gradients of `of` weighted by fixed numbers, once by each way.
    fn compare<const N: usize>(
        inputs: [Tensor<3>; N],
        fused: impl Fn(&[Tensor<3>; N]) -> Tensor<3>,
        composed: impl Fn(&[Tensor<3>; N]) -> Tensor<3>,
    ) {
        let run = |way: &dyn Fn(&[Tensor<3>; N]) -> Tensor<3>| {
            let inputs = inputs.clone().map(|x| x.detach().require_grad());
            let y = way(&inputs);
            let shape = y.dims();
            let weights = random(99, shape, &y.device());
            let grads = (y.clone() * weights).sum().backward();
            let mut out = vec![numbers(y)];
            out.extend(inputs.iter().map(|x| numbers(x.grad(&grads).unwrap())));
            out
        };
        for (i, (left, right)) in run(&fused).iter().zip(&run(&composed)).enumerate() {
            let size = right.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
            for (l, r) in left.iter().zip(right) {
                assert!((l - r).abs() < 5e-6 * size.max(1.0), "array {i}: {l} and {r}, the largest {size}");
            }
            assert_eq!(left.len(), right.len());
        }
    }

    #[test]
    fn fused_steps_agree_with_composed_ones_forwards_and_backwards() {
        let device = Device::flex().autodiff();
        // Sizes that no vector width divides.
        let (batch, tokens, width) = (3, 13, 42);
        let x = random(1, [batch, tokens, width], &device);
        let (gamma, beta) = (random(2, [1, 1, width], &device), random(3, [1, 1, width], &device));
        compare([x.clone()], |[x]| gelu(x.clone()), |[x]| activation::gelu(x.clone()));
        let flat = |x: &Tensor<3>| -> Tensor<1> { x.clone().flatten(0, 2) };
        compare(
            [x.clone(), gamma.clone(), beta.clone()],
            |[x, g, b]| layer_norm(x.clone(), flat(g), flat(b), 1e-5),
            |[x, g, b]| module::layer_norm(x.clone(), flat(g), Some(flat(b)), 1e-5),
        );
        let weight = random(4, [1, width, 29], &device);
        let bias = random(5, [1, 1, 29], &device);
        let matrix = |w: &Tensor<3>| -> Tensor<2> { w.clone().squeeze_dim(0) };
        compare(
            [x.clone(), weight, bias],
            |[x, w, b]| linear(x.clone(), matrix(w), flat(b)),
            |[x, w, b]| module::linear(x.clone(), matrix(w), Some(flat(b))),
        );
        compare([x], |[x]| attention(x.clone(), 7), |[x]| composed_attention(x.clone(), 7));
    }

    #[test]
    #[should_panic(expected = "5 inputs and 3 offsets for a matrix of 3 x 5")]
    fn a_matrix_the_wrong_way_round_is_refused() {
        let device = Device::flex();
        linear(random(1, [2, 4, 5], &device), random(2, [3, 5], &device), random(3, [3], &device));
    }

    #[test]
    #[should_panic(expected = "a norm of 4 and 4 entries over rows of 8")]
    fn a_norm_of_another_width_is_refused() {
        let device = Device::flex();
        layer_norm(random(1, [2, 3, 8], &device), random(2, [4], &device), random(3, [4], &device), 1e-5);
    }

    #[test]
    #[should_panic(expected = "24 entries for 3 heads")]
    fn heads_that_do_not_divide_the_width_are_refused() {
        attention(random(1, [2, 3, 24], &Device::flex()), 3);
    }

    #[test]
    fn steps_read_views_and_leave_what_does_not_learn_alone() {
        let device = Device::flex().autodiff();
        // A transposed input is no contiguous array.
        let x = random(1, [2, 24, 9], &device).swap_dims(1, 2);
        let plain = Tensor::<3>::from_data(x.clone().into_data(), &device);
        assert_eq!(numbers(attention(x.clone(), 4)), numbers(attention(plain.clone(), 4)));
        assert_eq!(numbers(gelu(x.clone())), numbers(gelu(plain.clone())));
        let bias = random(2, [5], &device).require_grad();
        let weight = random(3, [24, 5], &device);
        let grads = linear(x.clone(), weight.clone(), bias.clone()).sum().backward();
        assert!(weight.grad(&grads).is_none() && x.grad(&grads).is_none());
        assert_eq!(numbers(bias.grad(&grads).unwrap()), [18.0; 5]);
    }
}
