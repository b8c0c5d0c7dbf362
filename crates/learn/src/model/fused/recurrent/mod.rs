//! Recurrent layers over whole sequences as one step each.

mod autodiff;
mod processor;

use super::is_ours;
use crate::model::kernels::recurrent::{Cell, Recurrence};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Tensor, activation};

/// Recurrences on the processor.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait RecurrentOps: Backend {
    /// `inputs[sample, step, gate · entry]` to `[sample, step, entry]`.
    fn fused_recurrence(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        size: Recurrence,
    ) -> FloatTensor<Self>;
}

/// The states of all steps, from 0 at the start.
///
/// # Shapes
/// `inputs[sample, step, gate · entry]`, `weight[gate · entry, entry]`, `bias[gate · entry]` to `[sample, step, entry]`.
///
/// # Panics
/// When the sizes do not fit.
pub(crate) fn recurrence(
    inputs: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    cell: Cell,
    reversed: bool,
) -> Tensor<3> {
    let ([batch, steps, parts], [rows, width], [offsets]) = (inputs.dims(), weight.dims(), bias.dims());
    let gates = cell.gates() * width;
    assert!(
        width > 0 && [parts, rows, offsets] == [gates; 3],
        "inputs of {:?}, a weight of {:?} and {offsets} offsets for {} gates of {width} entries",
        inputs.dims(),
        weight.dims(),
        cell.gates()
    );
    if !is_ours(&inputs) {
        return composed(inputs, weight, bias, cell, reversed);
    }
    let size = Recurrence { cell, batch, steps, width, reversed };
    let ends = (inputs.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_recurrence(ends.0, ends.1, ends.2, size))
}

fn composed(inputs: Tensor<3>, weight: Tensor<2>, bias: Tensor<1>, cell: Cell, reversed: bool) -> Tensor<3> {
    let ([batch, steps, _], [_, width]) = (inputs.dims(), weight.dims());
    let device = inputs.device();
    let weight = weight.transpose();
    let bias: Tensor<2> = bias.unsqueeze_dim(0);
    let mut state: Tensor<2> = Tensor::zeros([batch, width], &device);
    let mut memory = state.clone();
    let mut states = Vec::with_capacity(steps);
    for i in 0..steps {
        let step = if reversed { steps - 1 - i } else { i };
        let given: Tensor<2> = inputs.clone().slice([0..batch, step..step + 1, 0..cell.gates() * width]).squeeze_dim(1);
        let sums = state.clone().matmul(weight.clone()) + bias.clone();
        let part = |x: &Tensor<2>, gate: usize| x.clone().slice([0..batch, gate * width..(gate + 1) * width]);
        let gate = |k: usize| activation::sigmoid(part(&given, k) + part(&sums, k));
        state = match cell {
            Cell::Gru => {
                let new = (part(&given, 2) + gate(0) * part(&sums, 2)).tanh();
                new.clone() + gate(1) * (state - new)
            }
            Cell::Lstm => {
                memory = gate(1) * memory + gate(0) * (part(&given, 2) + part(&sums, 2)).tanh();
                gate(3) * memory.clone().tanh()
            }
        };
        states.push(state.clone().unsqueeze_dim::<3>(1));
    }
    if reversed {
        states.reverse();
    }
    if states.is_empty() { Tensor::zeros([batch, 0, width], &device) } else { Tensor::cat(states, 1) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn random<const D: usize>(seed: usize, shape: [usize; D]) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect();
        Tensor::<D>::from_data(TensorData::new(values, shape), &Device::flex().autodiff()).require_grad()
    }

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec::<f32>().unwrap()
    }

    fn run(cell: Cell, [batch, steps, width]: [usize; 3], reversed: bool, fused: bool) -> Vec<Vec<f32>> {
        let gates = cell.gates() * width;
        let (x, w, b) = (random(1, [batch, steps, gates]), random(2, [gates, width]), random(3, [gates]));
        let (x2, w2, b2) = (x.clone(), w.clone().mul_scalar(0.4), b.clone());
        let y = if fused { recurrence(x2, w2, b2, cell, reversed) } else { composed(x2, w2, b2, cell, reversed) };
        let grads = (y.clone() * random(99, y.dims()).detach()).sum().backward();
        let of = |g: Option<Tensor<1>>| g.map(numbers).unwrap_or_default();
        vec![numbers(y), numbers(x.grad(&grads).unwrap()), numbers(w.grad(&grads).unwrap()), of(b.grad(&grads))]
    }

    #[test]
    fn recurrences_agree_with_composed_ones_both_ways() {
        for cell in [Cell::Gru, Cell::Lstm] {
            for (sizes, reversed) in [([3, 9, 5], false), ([17, 7, 19], true), ([1, 1, 33], false)] {
                let (left, right) = (run(cell, sizes, reversed, true), run(cell, sizes, reversed, false));
                for (i, (left, right)) in left.iter().zip(&right).enumerate() {
                    assert_eq!(left.len(), right.len(), "array {i}");
                    let size = right.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
                    for (l, r) in left.iter().zip(right) {
                        assert!((l - r).abs() < 1e-5 * size, "{cell:?} {sizes:?}, array {i}: {l} and {r} of {size}");
                    }
                }
            }
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let on = |threads: usize, cell: Cell| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(cell, [19, 6, 21], false, true))
        };
        for cell in [Cell::Gru, Cell::Lstm] {
            assert!([2, 3].iter().all(|&threads| on(threads, cell) == on(1, cell)), "{cell:?}");
        }
    }

    #[test]
    #[should_panic(expected = "inputs of [2, 3, 12], a weight of [16, 4] and 16 offsets for 4 gates of 4 entries")]
    fn inputs_of_other_gates_are_refused() {
        recurrence(random(1, [2, 3, 12]), random(2, [16, 4]), random(3, [16]), Cell::Lstm, false);
    }
}
