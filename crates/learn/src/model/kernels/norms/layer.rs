//! Layer norm (Ba et al. 2016): `(x − mean) / √(variance + ε) · γ + β` over each row.

use super::{NormGradients, moments, rows_of_a_chunk, sum};
use crate::kernels::for_each_width;
use rayon::prelude::*;

/// # Shapes
/// `x[row, width]`, `gamma[width]`, `beta[width]` to `[row, width]`.
pub(crate) fn forward(x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let chunk = gamma.len().max(1) * rows_of_a_chunk(gamma.len());
    out.par_chunks_mut(chunk).zip(x.par_chunks(chunk)).for_each(|(out, x)| normalise(out, x, gamma, beta, epsilon));
    out
}

/// # Shapes
/// `x[row, width]`, `gamma[width]`, `gradient[row, width]`, the last that of the output.
pub(crate) fn backward(x: &[f32], gamma: &[f32], gradient: &[f32], epsilon: f32) -> NormGradients {
    let width = gamma.len();
    let chunk = width.max(1) * rows_of_a_chunk(width);
    let mut out = NormGradients { x: vec![0.0; x.len()], gamma: vec![0.0; width], beta: vec![0.0; width] };
    // One sum a chunk, added up in order.
    let sums: Vec<Vec<f32>> = out
        .x
        .par_chunks_mut(chunk)
        .zip(x.par_chunks(chunk))
        .zip(gradient.par_chunks(chunk))
        .map(|((out, x), gradient)| {
            let mut sums = vec![0.0; 2 * width];
            differentiate(out, x, gamma, gradient, epsilon, &mut sums);
            sums
        })
        .collect();
    for chunk in &sums {
        let (gamma, beta) = chunk.split_at(width);
        out.gamma.iter_mut().zip(gamma).for_each(|(sum, g)| *sum += g);
        out.beta.iter_mut().zip(beta).for_each(|(sum, g)| *sum += g);
    }
    out
}

for_each_width! {
    fn normalise(out: &mut [f32], x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32) {
        let width = gamma.len();
        for (out, row) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            let (mean, inverse) = moments(row, epsilon);
            for (((out, &v), &g), &b) in out.iter_mut().zip(row).zip(gamma).zip(beta) {
                *out = (v - mean) * inverse * g + b;
            }
        }
    }
}

for_each_width! {
    fn differentiate(out: &mut [f32], x: &[f32], gamma: &[f32], gradient: &[f32], epsilon: f32, sums: &mut [f32]) {
        let width = gamma.len();
        let share = 1.0 / width as f32;
        let (of_gamma, of_beta) = sums.split_at_mut(width);
        for ((out, row), back) in out.chunks_exact_mut(width).zip(x.chunks_exact(width)).zip(gradient.chunks_exact(width)) {
            let (mean, inverse) = moments(row, epsilon);
            for ((((out, &v), &d), sum_gamma), sum_beta) in
                out.iter_mut().zip(row).zip(back).zip(of_gamma.iter_mut()).zip(of_beta.iter_mut())
            {
                let normal = (v - mean) * inverse;
                *sum_gamma += d * normal;
                *sum_beta += d;
                *out = normal;
            }
            // out holds the normalised row; with d' = d γ: (d' − mean d' − normal · mean(d' normal)) / σ.
            let mean_back = sum(back, |i, d| d * gamma[i]) * share;
            let mean_product = sum(back, |i, d| d * gamma[i] * out[i]) * share;
            for ((out, &d), &g) in out.iter_mut().zip(back).zip(gamma) {
                *out = (d * g - mean_back - *out * mean_product) * inverse;
            }
        }
    }
}
