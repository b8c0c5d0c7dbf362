//! GELU with the exact error function (Hendrycks and Gimpel 2016): x Φ(x).

use super::{by_chunks, erf, exp, for_each_width};
use std::f32::consts::FRAC_1_SQRT_2;

/// 1/√(2π).
const DENSITY_AT_0: f32 = 0.398_942_3;

/// `x Φ(x)` for every entry.
pub(crate) fn forward(x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    by_chunks(&mut out, x, apply);
    out
}

/// Turns the gradient of the output into that of the input: times `Φ(x) + x φ(x)`.
pub(crate) fn backward(x: &[f32], gradient: &mut [f32]) {
    by_chunks(gradient, x, scale_by_slope);
}

for_each_width! {
    fn apply(out: &mut [f32], x: &[f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = x * (0.5 + 0.5 * erf(x * FRAC_1_SQRT_2));
        }
    }
}

for_each_width! {
    fn scale_by_slope(gradient: &mut [f32], x: &[f32]) {
        for (gradient, &x) in gradient.iter_mut().zip(x) {
            let below = 0.5 + 0.5 * erf(x * FRAC_1_SQRT_2);
            *gradient *= below + x * (DENSITY_AT_0 * exp(-0.5 * x * x));
        }
    }
}
