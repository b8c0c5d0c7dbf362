//! Layer norm over the channels of each place: `(x − mean) / √(variance + ε) · γ + β` (ConvNeXt's, Liu et al. 2022).

use super::{NormGradients, Planes};
use crate::kernels::for_each_width;
use rayon::prelude::*;

/// Places that are worked on at a time: their channels stay in the second cache.
const BLOCK: usize = 256;

/// # Shapes
/// `x[batch, channel, place]`, `gamma[channel]`, `beta[channel]` to the shape of `x`.
pub(crate) fn forward(x: &[f32], gamma: &[f32], beta: &[f32], size: Planes, epsilon: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let sample = size.channels * size.area;
    if sample > 0 {
        let samples = out.par_chunks_exact_mut(sample).zip(x.par_chunks_exact(sample));
        samples.for_each(|(out, x)| normalise(out, x, gamma, beta, size.area, epsilon));
    }
    out
}

/// # Shapes
/// As in [`forward`]; `gradient` is that of the output.
pub(crate) fn backward(x: &[f32], gamma: &[f32], gradient: &[f32], size: Planes, epsilon: f32) -> NormGradients {
    let sample = size.channels * size.area;
    let zeros = || vec![0.0; size.channels];
    let mut out = NormGradients { x: vec![0.0; x.len()], gamma: zeros(), beta: zeros() };
    if sample == 0 {
        return out;
    }
    let samples = out.x.par_chunks_exact_mut(sample).zip(x.par_chunks_exact(sample));
    let work = samples.zip(gradient.par_chunks_exact(sample)).map(|((out, x), gradient)| {
        let mut sums = vec![0.0; 2 * size.channels];
        differentiate(out, x, gradient, gamma, size.area, epsilon, &mut sums);
        sums
    });
    let sums: Vec<Vec<f32>> = work.collect();
    for sums in &sums {
        let (of_gamma, of_beta) = sums.split_at(size.channels);
        out.gamma.iter_mut().zip(of_gamma).for_each(|(sum, v)| *sum += v);
        out.beta.iter_mut().zip(of_beta).for_each(|(sum, v)| *sum += v);
    }
    out
}

/// Means and `1/√(variance + ε)` of the places from `first`.
#[inline(always)]
fn moments(x: &[f32], area: usize, first: usize, count: usize, epsilon: f32) -> ([f32; BLOCK], [f32; BLOCK]) {
    let (mut mean, mut inverse) = ([0.0; BLOCK], [0.0; BLOCK]);
    let share = 1.0 / (x.len() / area) as f32;
    for plane in x.chunks_exact(area) {
        for (mean, &v) in mean.iter_mut().zip(&plane[first..first + count]) {
            *mean += v;
        }
    }
    for mean in &mut mean {
        *mean *= share;
    }
    for plane in x.chunks_exact(area) {
        for ((sum, mean), &v) in inverse.iter_mut().zip(&mean).zip(&plane[first..first + count]) {
            *sum += (v - mean) * (v - mean);
        }
    }
    for sum in &mut inverse {
        *sum = 1.0 / (*sum * share + epsilon).sqrt();
    }
    (mean, inverse)
}

for_each_width! {
    fn normalise(out: &mut [f32], x: &[f32], gamma: &[f32], beta: &[f32], area: usize, epsilon: f32) {
        let mut first = 0;
        while first < area {
            let count = BLOCK.min(area - first);
            let (mean, inverse) = moments(x, area, first, count, epsilon);
            for (c, (out, x)) in out.chunks_exact_mut(area).zip(x.chunks_exact(area)).enumerate() {
                let (scale, offset) = (gamma[c], beta[c]);
                let (out, x) = (&mut out[first..first + count], &x[first..first + count]);
                for (((out, &v), mean), inverse) in out.iter_mut().zip(x).zip(&mean).zip(&inverse) {
                    *out = (v - mean) * inverse * scale + offset;
                }
            }
            first += count;
        }
    }
}

for_each_width! {
    // Half a dozen arrays side by side.
    #[allow(clippy::needless_range_loop)]
    fn differentiate(
        out: &mut [f32],
        x: &[f32],
        gradient: &[f32],
        gamma: &[f32],
        area: usize,
        epsilon: f32,
        sums: &mut [f32],
    ) {
        let share = 1.0 / gamma.len() as f32;
        let (of_gamma, of_beta) = sums.split_at_mut(gamma.len());
        let mut first = 0;
        while first < area {
            let count = BLOCK.min(area - first);
            let (mean, inverse) = moments(x, area, first, count, epsilon);
            let (mut back_mean, mut product_mean) = ([0.0_f32; BLOCK], [0.0_f32; BLOCK]);
            for (c, (x, back)) in x.chunks_exact(area).zip(gradient.chunks_exact(area)).enumerate() {
                let (x, back) = (&x[first..first + count], &back[first..first + count]);
                let scale = gamma[c];
                // Sixteen sums a channel, so that lanes do not wait for each other.
                let (mut gammas, mut betas) = ([0.0_f32; 16], [0.0_f32; 16]);
                let mut at = 0;
                while at < count {
                    let n = 16.min(count - at);
                    for i in 0..n {
                        let (d, normal) = (back[at + i], (x[at + i] - mean[at + i]) * inverse[at + i]);
                        gammas[i] += d * normal;
                        betas[i] += d;
                        back_mean[at + i] += d * scale;
                        product_mean[at + i] += d * scale * normal;
                    }
                    at += n;
                }
                of_gamma[c] += gammas.iter().sum::<f32>();
                of_beta[c] += betas.iter().sum::<f32>();
            }
            let planes = out.chunks_exact_mut(area).zip(x.chunks_exact(area)).zip(gradient.chunks_exact(area));
            for (c, ((out, x), back)) in planes.enumerate() {
                let scale = gamma[c];
                let (out, x) = (&mut out[first..first + count], &x[first..first + count]);
                let back = &back[first..first + count];
                for i in 0..count {
                    let normal = (x[i] - mean[i]) * inverse[i];
                    out[i] = (back[i] * scale - back_mean[i] * share - normal * (product_mean[i] * share)) * inverse[i];
                }
            }
            first += count;
        }
    }
}
