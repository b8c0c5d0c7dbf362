//! Softmax over rows.

use super::{exp, for_each_width, sum};

for_each_width! {
    /// Each row of `width` scores times `scale` to weights that sum to 1.
    pub(super) fn forward(rows: &mut [f32], width: usize, scale: f32) {
        for row in rows.chunks_exact_mut(width) {
            let mut lanes = [f32::NEG_INFINITY; 16];
            let (blocks, rest) = row.as_chunks::<16>();
            for block in blocks {
                for (lane, &v) in lanes.iter_mut().zip(block) {
                    *lane = if v > *lane { v } else { *lane };
                }
            }
            let most = lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
            for v in row.iter_mut() {
                *v = exp((*v - most) * scale);
            }
            let inverse = 1.0 / sum(row, |_, v| v);
            for v in row.iter_mut() {
                *v *= inverse;
            }
        }
    }
}

for_each_width! {
    /// Turns the gradients of the weights into those of the scores: `scale · w (g − Σ g w)`.
    pub(super) fn backward(gradients: &mut [f32], weights: &[f32], width: usize, scale: f32) {
        for (gradient, weight) in gradients.chunks_exact_mut(width).zip(weights.chunks_exact(width)) {
            let mean = sum(gradient, |i, g| g * weight[i]);
            for (g, &w) in gradient.iter_mut().zip(weight) {
                *g = scale * w * (*g - mean);
            }
        }
    }
}
