//! Batch norm (Ioffe and Szegedy 2015): `(x − mean) / √(variance + ε) · γ + β`, mean and variance of a channel over all samples and
//! places of a batch.

use super::{NormGradients, Planes, sum};
use crate::kernels::for_each_width;
use rayon::prelude::*;

/// Mean and variance (the sum of squares over the number) of every channel.
///
/// # Shapes
/// `x[batch, channel, place]` to `[channel]` and `[channel]`.
pub(crate) fn moments(x: &[f32], size: Planes) -> (Vec<f32>, Vec<f32>) {
    let count = x.len() / size.channels.max(1);
    let share = 1.0 / count.max(1) as f32;
    let channel = |c: usize| {
        let mean = over(x, size, c, &|_, v| v) * share;
        (mean, over(x, size, c, &|_, v| (v - mean) * (v - mean)) * share)
    };
    (0..size.channels).into_par_iter().map(channel).unzip()
}

/// Sum over a channel of what `each` makes of its place in the array and its value.
fn over(x: &[f32], size: Planes, channel: usize, each: &(dyn Fn(usize, f32) -> f32 + Sync)) -> f32 {
    let area = size.area.max(1);
    let planes = x.chunks_exact(area).enumerate().skip(channel).step_by(size.channels);
    planes.map(|(i, plane)| sum(plane, |k, v| each(i * area + k, v))).sum()
}

/// # Shapes
/// `x[batch, channel, place]`; the others `[channel]`.
pub(crate) fn forward(
    x: &[f32],
    (mean, variance): (&[f32], &[f32]),
    gamma: &[f32],
    beta: &[f32],
    size: Planes,
    epsilon: f32,
) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let area = size.area.max(1);
    out.par_chunks_exact_mut(area).zip(x.par_chunks_exact(area)).enumerate().for_each(|(i, (out, x))| {
        let c = i % size.channels;
        let scale = gamma[c] / (variance[c] + epsilon).sqrt();
        scale_plane(out, x, mean[c], scale, beta[c]);
    });
    out
}

/// Gradients where mean and variance are those of the batch itself.
///
/// # Shapes
/// As in [`forward`]; `gradient` is that of the output.
pub(crate) fn backward(x: &[f32], gamma: &[f32], gradient: &[f32], size: Planes, epsilon: f32) -> NormGradients {
    let (mean, variance) = moments(x, size);
    let inverse: Vec<f32> = variance.iter().map(|v| 1.0 / (v + epsilon).sqrt()).collect();
    let channel = |c: usize| {
        let of_beta = over(gradient, size, c, &|_, d| d);
        (over(gradient, size, c, &|i, d| d * (x[i] - mean[c])) * inverse[c], of_beta)
    };
    let (of_gamma, of_beta): (Vec<f32>, Vec<f32>) = (0..size.channels).into_par_iter().map(channel).unzip();
    let share = 1.0 / (x.len() / size.channels.max(1)).max(1) as f32;
    let area = size.area.max(1);
    let mut out = vec![0.0; x.len()];
    let planes = out.par_chunks_exact_mut(area).zip(x.par_chunks_exact(area)).zip(gradient.par_chunks_exact(area));
    planes.enumerate().for_each(|(i, ((out, x), back))| {
        let c = i % size.channels;
        let of_normal = of_gamma[c] * share * inverse[c];
        differentiate(out, x, back, [mean[c], of_beta[c] * share, of_normal, gamma[c] * inverse[c]]);
    });
    NormGradients { x: out, gamma: of_gamma, beta: of_beta }
}

for_each_width! {
    fn scale_plane(out: &mut [f32], x: &[f32], mean: f32, scale: f32, offset: f32) {
        for (out, &v) in out.iter_mut().zip(x) {
            *out = (v - mean) * scale + offset;
        }
    }
}

for_each_width! {
    fn differentiate(out: &mut [f32], x: &[f32], back: &[f32], factors: [f32; 4]) {
        let [mean, back_mean, of_normal, scale] = factors;
        for ((out, &v), &d) in out.iter_mut().zip(x).zip(back) {
            *out = (d - back_mean - (v - mean) * of_normal) * scale;
        }
    }
}
