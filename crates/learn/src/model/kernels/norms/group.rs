//! Group norm (Wu and He 2018): `(x − mean) / √(variance + ε) · γ + β`, mean and variance over the channels of a group and all
//! places of a sample.

use super::{NormGradients, Planes, moments, sum};
use crate::kernels::for_each_width;
use rayon::prelude::*;

/// # Shapes
/// `x[batch, channel, place]`, `gamma[channel]`, `beta[channel]` to the shape of `x`; `groups` divides the channels.
pub(crate) fn forward(x: &[f32], gamma: &[f32], beta: &[f32], groups: usize, size: Planes, epsilon: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let channels = size.channels / groups;
    let row = channels * size.area;
    if row > 0 {
        out.par_chunks_exact_mut(row).zip(x.par_chunks_exact(row)).enumerate().for_each(|(i, (out, x))| {
            let first = i % groups * channels;
            let of_a_group = first..first + channels;
            normalise(out, x, &gamma[of_a_group.clone()], &beta[of_a_group], epsilon);
        });
    }
    out
}

/// # Shapes
/// As in [`forward`]; `gradient` is that of the output.
pub(crate) fn backward(
    x: &[f32],
    gamma: &[f32],
    gradient: &[f32],
    groups: usize,
    size: Planes,
    epsilon: f32,
) -> NormGradients {
    let channels = size.channels / groups;
    let row = channels * size.area;
    let zeros = || vec![0.0; size.channels];
    let mut out = NormGradients { x: vec![0.0; x.len()], gamma: zeros(), beta: zeros() };
    if row == 0 {
        return out;
    }
    let rows = out.x.par_chunks_exact_mut(row).zip(x.par_chunks_exact(row)).zip(gradient.par_chunks_exact(row));
    let work = rows.enumerate().map(|(i, ((out, x), gradient))| {
        let first = i % groups * channels;
        let mut sums = vec![0.0; 2 * channels];
        differentiate(out, x, gradient, &gamma[first..first + channels], epsilon, &mut sums);
        sums
    });
    let sums: Vec<Vec<f32>> = work.collect();
    // Samples one after the other.
    for (i, sums) in sums.iter().enumerate() {
        let first = i % groups * channels;
        let (of_gamma, of_beta) = sums.split_at(channels);
        out.gamma[first..first + channels].iter_mut().zip(of_gamma).for_each(|(sum, v)| *sum += v);
        out.beta[first..first + channels].iter_mut().zip(of_beta).for_each(|(sum, v)| *sum += v);
    }
    out
}

for_each_width! {
    fn normalise(out: &mut [f32], x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32) {
        let area = x.len() / gamma.len();
        let (mean, inverse) = moments(x, epsilon);
        for (c, (out, x)) in out.chunks_exact_mut(area).zip(x.chunks_exact(area)).enumerate() {
            let (scale, offset) = (inverse * gamma[c], beta[c]);
            for (out, &v) in out.iter_mut().zip(x) {
                *out = (v - mean) * scale + offset;
            }
        }
    }
}

for_each_width! {
    fn differentiate(out: &mut [f32], x: &[f32], gradient: &[f32], gamma: &[f32], epsilon: f32, sums: &mut [f32]) {
        let area = x.len() / gamma.len();
        let (mean, inverse) = moments(x, epsilon);
        let (of_gamma, of_beta) = sums.split_at_mut(gamma.len());
        let (mut back_mean, mut product_mean) = (0.0_f32, 0.0_f32);
        for (c, (x, back)) in x.chunks_exact(area).zip(gradient.chunks_exact(area)).enumerate() {
            of_gamma[c] = sum(back, |i, d| d * (x[i] - mean)) * inverse;
            of_beta[c] = sum(back, |_, d| d);
            back_mean += gamma[c] * of_beta[c];
            product_mean += gamma[c] * of_gamma[c];
        }
        let share = 1.0 / x.len() as f32;
        // With d' = d γ: (d' − mean d' − normal · mean(d' normal)) / σ.
        let (back_mean, product_mean) = (back_mean * share, product_mean * share * inverse);
        let planes = out.chunks_exact_mut(area).zip(x.chunks_exact(area)).zip(gradient.chunks_exact(area));
        for (c, ((out, x), back)) in planes.enumerate() {
            let scale = gamma[c];
            for ((out, &v), &d) in out.iter_mut().zip(x).zip(back) {
                *out = (d * scale - back_mean - (v - mean) * product_mean) * inverse;
            }
        }
    }
}
