//! Norms of `[batch, channel, …]` and the rectifier as one step each.

mod autodiff;
mod processor;

use super::is_ours;
use crate::model::kernels::norms::Planes;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Tensor, activation};

/// What is normalised together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The channels of each of so many groups and all places of a sample.
    Groups(usize),
    /// The channels of a place.
    Channels,
    /// A channel's places of all samples.
    Batch,
}

/// A norm with its sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PlaneNorm {
    pub(crate) over: Over,
    pub(crate) planes: Planes,
    pub(crate) epsilon: f32,
}

/// Norms on the processor.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait NormOps: Backend {
    /// Normalised, times γ, plus β.
    fn fused_plane_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        norm: PlaneNorm,
    ) -> FloatTensor<Self>;
    /// `max(x, 0)`.
    fn fused_relu(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// A norm of `x[batch, channel, …]`.
///
/// # Panics
/// When γ and β have not one entry a channel, or groups do not divide the channels.
pub(crate) fn norm<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    over: Over,
    epsilon: f64,
) -> Tensor<D> {
    let (shape, [scales], [offsets]) = (x.dims(), gamma.dims(), beta.dims());
    assert!(D >= 2, "a norm over channels of an array with {D} axes");
    let channels = shape[1];
    assert!(
        (channels, channels) == (scales, offsets),
        "a norm of {scales} and {offsets} entries over the channels of {shape:?}"
    );
    if let Over::Groups(groups) = over {
        assert!(groups > 0 && channels.is_multiple_of(groups), "{groups} groups of the channels of {shape:?}");
    }
    if !is_ours(&x) {
        return composed(x, gamma, beta, over, epsilon);
    }
    let planes = Planes { channels, area: shape[2..].iter().product() };
    let norm = PlaneNorm { over, planes, epsilon: epsilon as f32 };
    let ends = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    Tensor::from_dispatch(Dispatch::fused_plane_norm(ends.0, ends.1, ends.2, norm))
}

/// `max(x, 0)`.
pub(crate) fn relu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_ours(&x) {
        return activation::relu(x);
    }
    Tensor::from_dispatch(Dispatch::fused_relu(x.into_dispatch()))
}

fn composed<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, beta: Tensor<1>, over: Over, epsilon: f64) -> Tensor<D> {
    let shape = x.dims();
    let (batch, channels) = (shape[0], shape[1]);
    let area = shape[2..].iter().product::<usize>();
    let x: Tensor<3> = x.reshape([batch, channels, area]);
    let by = |x: Tensor<3>, axis: usize| {
        let centred = x.clone() - x.mean_dim(axis);
        let variance = centred.clone().square().mean_dim(axis);
        centred / variance.add_scalar(epsilon).sqrt()
    };
    let normal = match over {
        Over::Groups(groups) => {
            by(x.reshape([batch, groups, channels / groups * area]), 2).reshape([batch, channels, area])
        }
        Over::Channels => by(x, 1),
        Over::Batch => {
            let turned = x.swap_dims(0, 1).reshape([1, channels, batch * area]);
            by(turned, 2).reshape([channels, batch, area]).swap_dims(0, 1)
        }
    };
    let along = |p: Tensor<1>| p.reshape([1, channels, 1]);
    (normal * along(gamma) + along(beta)).reshape(shape)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn random<const D: usize>(seed: usize, shape: [usize; D]) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 0.7).collect();
        Tensor::<D>::from_data(TensorData::new(values, shape), &Device::flex().autodiff()).require_grad()
    }

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_into_vec::<f32>().unwrap()
    }

    type Inputs = (Tensor<4>, Tensor<1>, Tensor<1>);

    fn run((x, g, b): &Inputs, way: &dyn Fn(Inputs) -> Tensor<4>) -> Vec<Vec<f32>> {
        let y = way((x.clone(), g.clone(), b.clone()));
        let grads = (y.clone() * random(99, y.dims()).detach()).sum().backward();
        let gradient = |t: Option<Tensor<1>>| t.map(numbers).unwrap_or_default();
        vec![numbers(y), numbers(x.grad(&grads).unwrap()), gradient(g.grad(&grads)), gradient(b.grad(&grads))]
    }

    fn compare(inputs: &Inputs, fused: &dyn Fn(Inputs) -> Tensor<4>, composed: &dyn Fn(Inputs) -> Tensor<4>) {
        for (i, (left, right)) in run(inputs, fused).iter().zip(&run(inputs, composed)).enumerate() {
            assert_eq!(left.len(), right.len(), "array {i}");
            let size = right.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
            for (l, r) in left.iter().zip(right) {
                assert!((l - r).abs() < 1e-5 * size, "array {i}: {l} and {r}, the largest {size}");
            }
        }
    }

    #[test]
    fn norms_and_the_rectifier_agree_with_composed_ones_both_ways() {
        for shape in [[3, 12, 7, 11], [2, 6, 1, 515], [5, 4, 3, 1]] {
            let inputs = (random(1, shape), random(2, [shape[1]]), random(3, [shape[1]]));
            for over in [Over::Groups(1), Over::Groups(2), Over::Groups(shape[1]), Over::Channels, Over::Batch] {
                compare(&inputs, &|(x, g, b)| norm(x, g, b, over, 1e-3), &|(x, g, b)| composed(x, g, b, over, 1e-3));
            }
            compare(&inputs, &|(x, _, _)| relu(x), &|(x, _, _)| activation::relu(x));
        }
    }

    #[test]
    fn bits_do_not_depend_on_threads() {
        let on = |threads: usize, over: Over| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let inputs = (random(1, [5, 6, 9, 31]), random(2, [6]), random(3, [6]));
            pool.install(|| run(&inputs, &|(x, g, b)| relu(norm(x, g, b, over, 1e-3))))
        };
        for over in [Over::Groups(2), Over::Channels, Over::Batch] {
            assert!([2, 3].iter().all(|&threads| on(threads, over) == on(1, over)), "{over:?}");
        }
    }

    #[test]
    #[should_panic(expected = "3 groups of the channels of [2, 4, 5, 5]")]
    fn groups_that_do_not_divide_are_refused() {
        norm(random(1, [2, 4, 5, 5]), random(2, [4]), random(3, [4]), Over::Groups(3), 1e-5);
    }

    #[test]
    #[should_panic(expected = "a norm of 4 and 3 entries over the channels of [2, 4, 5, 5]")]
    fn a_norm_of_other_channels_is_refused() {
        norm(random(1, [2, 4, 5, 5]), random(2, [4]), random(3, [3]), Over::Channels, 1e-5);
    }
}
