//! Attention with rotary positions as one step: the turn costs a copy of query, key and value, and nothing on the way back.

use super::processor::{entries, tensor, with_width};
use super::{attention_size, composed_attention, is_ours};
use crate::model::kernels::{attention, rotary};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;

/// The operation on the processor.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait RotaryOps: Backend {
    /// `qkv[batch, token, 3 · width]`, `cos` and `sin[token, half]` to `[batch, token, width]`.
    fn fused_rotary_attention(
        qkv: FloatTensor<Self>,
        cos: FloatTensor<Self>,
        sin: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self>;
}

/// Attention of every token to all tokens of its sample, queries and keys turned by their places.
///
/// # Shapes
/// `qkv[batch, token, (query, key, value) × head × entry]`, `cos` and `sin[token, entry / 2]` to `[batch, token, head × entry]`.
///
/// # Panics
/// When the sizes do not fit.
pub(crate) fn rotary_attention(qkv: Tensor<3>, cos: Tensor<2>, sin: Tensor<2>, heads: usize) -> Tensor<3> {
    let ([_, tokens, width], [places, half]) = (qkv.dims(), cos.dims());
    assert!(
        heads > 0 && width == 6 * heads * half && tokens == places && cos.dims() == sin.dims(),
        "query, key and value of {width} entries at {tokens} places for {heads} heads of {half} pairs at {places}"
    );
    if !is_ours(&qkv) {
        return composed_attention(turned(qkv, cos, sin, heads), heads);
    }
    let ends = (qkv.into_dispatch(), cos.into_dispatch(), sin.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_rotary_attention(ends.0, ends.1, ends.2, heads))
}

/// The same turn out of the library's own operations.
fn turned(qkv: Tensor<3>, cos: Tensor<2>, sin: Tensor<2>, heads: usize) -> Tensor<3> {
    let ([batch, tokens, width], [_, half]) = (qkv.dims(), cos.dims());
    let parts = qkv.reshape([batch, tokens, 3, heads, 2, half]);
    let part = |tensor: &Tensor<6>, kind: std::ops::Range<usize>, side: usize| {
        tensor.clone().slice([0..batch, 0..tokens, kind, 0..heads, side..side + 1, 0..half])
    };
    let at = |table: Tensor<2>| table.reshape([1, tokens, 1, 1, 1, half]);
    let (cos, sin) = (at(cos), at(sin));
    let (first, second) = (part(&parts, 0..2, 0), part(&parts, 0..2, 1));
    let real = first.clone() * cos.clone() - second.clone() * sin.clone();
    let imaginary = first * sin + second * cos;
    let value = parts.slice([0..batch, 0..tokens, 2..3, 0..heads, 0..2, 0..half]);
    Tensor::cat(vec![Tensor::cat(vec![real, imaginary], 4), value], 2).reshape([batch, tokens, width])
}

/// Turned query, key and value, and what attention makes of them: output and weights.
fn forward(qkv: &FlexTensor, cos: &FlexTensor, sin: &FlexTensor, heads: usize) -> (FlexTensor, FlexTensor, FlexTensor) {
    let size = attention_size(&qkv.shape(), heads);
    let mut turned = entries(qkv).into_owned();
    rotary::turn(&mut turned, &entries(cos), &entries(sin), size.tokens, size.width);
    let (out, weights) = attention::forward(&turned, size);
    let count = weights.len();
    let out = tensor(out, &with_width(qkv, size.width));
    (tensor(turned, &qkv.shape()), out, tensor(weights, &[count]))
}

impl RotaryOps for Flex {
    fn fused_rotary_attention(qkv: FlexTensor, cos: FlexTensor, sin: FlexTensor, heads: usize) -> FlexTensor {
        forward(&qkv, &cos, &sin, heads).1
    }
}

#[derive(Debug)]
struct RotaryStep;

impl Backward<Flex, 1> for RotaryStep {
    /// Turned query, key and value; the weights; the tables; heads.
    type State = (FlexTensor, FlexTensor, FlexTensor, FlexTensor, usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            let (turned, weights, cos, sin, heads) = ops.state;
            let size = attention_size(&turned.shape(), heads);
            let mut values = attention::backward(&entries(&turned), &entries(&weights), &entries(&gradient), size);
            rotary::turn_back(&mut values, &entries(&cos), &entries(&sin), size.tokens, size.width);
            grads.register::<Flex>(node.id, tensor(values, &turned.shape()));
        }
    }
}

impl<C: CheckpointStrategy> RotaryOps for Autodiff<Flex, C> {
    fn fused_rotary_attention(
        qkv: FloatTensor<Self>,
        cos: FloatTensor<Self>,
        sin: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        let ((qkv, node), (cos, _), (sin, _)) = (qkv.into_parts(), cos.into_parts(), sin.into_parts());
        let (turned, out, weights) = forward(&qkv, &cos, &sin, heads);
        match RotaryStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((turned, weights, cos, sin, heads), out),
            OpsKind::UnTracked(step) => step.finish(out),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::fused::Rotary;
    use burn::tensor::{Device, TensorData};

    fn random<const D: usize>(seed: usize, shape: [usize; D], device: &Device) -> Tensor<D> {
        let value = |i: usize| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0;
        let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec::<f32>().unwrap()
    }

    #[test]
    fn one_step_agrees_with_the_composed_one_forwards_and_backwards() {
        let device = Device::flex().autodiff();
        // Three heads of 14 entries at 3 x 5 places, a size that no vector width divides.
        let rotary = Rotary::of_grid(&[3, 5], 14, 100.0, &device);
        let (cos, sin) = rotary.tables();
        let qkv = random(1, [2, 15, 126], &device);
        let weights = random(2, [2, 15, 42], &device);
        let run = |way: &dyn Fn(Tensor<3>) -> Tensor<3>| {
            let x = qkv.clone().detach().require_grad();
            let y = way(x.clone());
            let grads = (y.clone() * weights.clone()).sum().backward();
            [numbers(y), numbers(x.grad(&grads).unwrap())]
        };
        let fused = run(&|x| rotary_attention(x, cos.clone(), sin.clone(), 3));
        let composed = run(&|x| composed_attention(turned(x, cos.clone(), sin.clone(), 3), 3));
        for (fused, composed) in fused.iter().zip(&composed) {
            assert_eq!(fused.len(), composed.len());
            assert!(fused.iter().zip(composed).all(|(a, b)| (a - b).abs() < 5e-6), "{fused:?} {composed:?}");
        }
    }

    #[test]
    fn scores_depend_on_the_distance_of_places_alone() {
        // The same query and key everywhere: scores of places that are as far apart, in the same direction, are equal.
        let device = Device::flex();
        let rotary = Rotary::of_grid(&[4, 6], 16, 10_000.0, &device);
        let (cos, sin) = rotary.tables();
        let row = random(5, [1, 1, 48], &device);
        let qkv = turned(row.expand([1, 24, 48]), cos, sin, 1);
        let values = numbers(qkv);
        let score = |from: usize, to: usize| {
            let (q, k) = (&values[48 * from..48 * from + 16], &values[48 * to + 16..48 * to + 32]);
            q.iter().zip(k).map(|(a, b)| f64::from(a * b)).sum::<f64>()
        };
        let place = |r: usize, c: usize| 6 * r + c;
        assert!((score(place(0, 0), place(2, 3)) - score(place(1, 2), place(3, 5))).abs() < 1e-5);
        // Directions differ, in each dimension.
        assert!((score(place(0, 0), place(2, 3)) - score(place(2, 0), place(0, 3))).abs() > 1e-3);
        assert!((score(place(0, 0), place(0, 1)) - score(place(0, 0), place(1, 0))).abs() > 1e-3);
    }

    #[test]
    #[should_panic(expected = "48 entries at 4 places for 1 heads of 8 pairs at 24")]
    fn tables_of_another_grid_are_refused() {
        let device = Device::flex();
        let (cos, sin) = Rotary::of_grid(&[4, 6], 16, 100.0, &device).tables();
        rotary_attention(random(1, [1, 4, 48], &device), cos, sin, 1);
    }
}
