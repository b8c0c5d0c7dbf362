//! Against the tensor library's own operations, forwards and backwards.
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

type Inputs = (Tensor<4>, Tensor<4>, Option<Tensor<1>>);

/// Output and gradients of `way` weighted by fixed numbers.
fn run((x, weight, bias): &Inputs, way: &dyn Fn(&Inputs) -> Tensor<4>) -> Vec<Vec<f32>> {
    let y = way(&(x.clone(), weight.clone(), bias.clone()));
    let grads = (y.clone() * random(99, y.dims()).detach()).sum().backward();
    let mut out = vec![numbers(y), numbers(x.grad(&grads).unwrap()), numbers(weight.grad(&grads).unwrap())];
    out.extend(bias.iter().map(|b| numbers(b.grad(&grads).unwrap())));
    out
}

fn compare(inputs: &Inputs, fused: &dyn Fn(&Inputs) -> Tensor<4>, composed: &dyn Fn(&Inputs) -> Tensor<4>) {
    let (left, right) = (run(inputs, fused), run(inputs, composed));
    assert_eq!(left.len(), right.len());
    for (i, (left, right)) in left.iter().zip(&right).enumerate() {
        assert_eq!(left.len(), right.len(), "array {i}");
        let size = right.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
        for (l, r) in left.iter().zip(right) {
            assert!((l - r).abs() < 1e-5 * size, "array {i}: {l} and {r}, the largest {size}");
        }
    }
}

fn window(
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [[usize; 2]; 2],
    groups: usize,
) -> Window {
    Window { kernel, stride, dilation, padding, groups }
}

#[test]
fn convolutions_agree_with_composed_ones_forwards_and_backwards() {
    let cases = [
        ([2, 6, 13, 11], 9, window([3, 3], [1, 1], [1, 1], [[1; 2]; 2], 1)),
        ([3, 6, 13, 11], 4, window([5, 3], [2, 3], [1, 2], [[2; 2], [1; 2]], 2)),
        ([2, 6, 9, 40], 6, window([7, 7], [1, 1], [1, 1], [[3; 2]; 2], 6)),
        ([2, 20, 9, 7], 33, Window::new([1, 1])),
        ([2, 5, 1, 67], 7, window([1, 3], [1, 1], [1, 4], [[0; 2], [8, 0]], 1)),
    ];
    for (shape, outputs, window) in cases {
        let weight = random(2, [outputs, shape[1] / window.groups, window.kernel[0], window.kernel[1]]);
        let bias = shape[0].is_multiple_of(2).then(|| random(3, [outputs]));
        compare(
            &(random(1, shape), weight, bias),
            &|(x, w, b)| conv(x.clone(), w.clone(), b.clone(), window),
            &|(x, w, b)| composed(x.clone(), w.clone(), b.clone(), window),
        );
    }
}

#[test]
fn transposed_ones_agree_with_composed_ones_forwards_and_backwards() {
    let cases = [
        ([2, 6, 5, 7], 9, window([2, 2], [2, 2], [1, 1], [[0; 2]; 2], 1), [0, 0]),
        ([3, 6, 5, 7], 4, window([4, 3], [2, 3], [1, 2], [[1; 2], [2; 2]], 2), [1, 2]),
        ([2, 6, 5, 7], 6, window([3, 3], [1, 2], [1, 1], [[1, 0], [0, 2]], 6), [0, 1]),
        ([2, 3, 1, 9], 5, window([1, 2], [1, 4], [1, 1], [[0; 2]; 2], 1), [0, 3]),
    ];
    for (shape, outputs, window, beyond) in cases {
        let weight = random(2, [shape[1], outputs / window.groups, window.kernel[0], window.kernel[1]]);
        let bias = shape[0].is_multiple_of(2).then(|| random(3, [outputs]));
        compare(
            &(random(1, shape), weight, bias),
            &|(x, w, b)| conv_transposed(x.clone(), w.clone(), b.clone(), window, beyond),
            &|(x, w, b)| composed_transposed(x.clone(), w.clone(), b.clone(), window, beyond),
        );
    }
}

#[test]
fn what_does_not_learn_has_no_gradient_and_views_are_read() {
    let fixed = |seed: usize, shape: [usize; 4]| random(seed, shape).set_require_grad(false);
    let x = fixed(1, [2, 8, 9, 4]).swap_dims(1, 2);
    let plain = Tensor::<4>::from_data(x.clone().into_data(), &x.device());
    let (weight, bias) = (fixed(2, [5, 9, 3, 3]), random(3, [5]));
    let window = Window { padding: [[1; 2]; 2], ..Window::new([3, 3]) };
    let y = |x: &Tensor<4>| conv(x.clone(), weight.clone(), Some(bias.clone()), window);
    assert_eq!(numbers(y(&x)), numbers(y(&plain)));
    let grads = y(&x).sum().backward();
    assert!(weight.grad(&grads).is_none() && x.grad(&grads).is_none());
    assert_eq!(numbers(bias.grad(&grads).unwrap()), [64.0; 5]);
}

#[test]
#[should_panic(expected = "input [2, 4, 2, 8] and weight [3, 4, 3, 3]: a kernel of 3 entries")]
fn an_input_too_small_is_refused() {
    conv(random(1, [2, 4, 2, 8]), random(2, [3, 4, 3, 3]), None, Window::new([3, 3]));
}

#[test]
#[should_panic(expected = "input [2, 4, 2, 8] and weight [3, 4, 3, 3]: 4 channels")]
fn a_transposed_weight_of_other_channels_is_refused() {
    conv_transposed(random(1, [2, 4, 2, 8]), random(2, [3, 4, 3, 3]), None, Window::new([3, 3]), [0, 0]);
}
