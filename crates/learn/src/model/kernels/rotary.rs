//! Rotary positions (Su et al. 2024): queries and keys turned by angles that grow with a token's place.

use super::for_each_width;
use rayon::prelude::*;

/// Turns the queries and keys of `qkv` in place: entries `k` and `k + half` of a head are a pair.
///
/// # Shapes
/// `qkv[sample, token, (query, key, value) × head × entry]`, `cos` and `sin[token, half]` with `half` pairs a head.
pub(crate) fn turn(qkv: &mut [f32], cos: &[f32], sin: &[f32], tokens: usize, width: usize) {
    let half = cos.len() / tokens.max(1);
    let sample = 3 * width * tokens;
    if half == 0 || sample == 0 {
        return;
    }
    qkv.par_chunks_mut(sample).for_each(|sample| turn_sample(sample, cos, sin, width, half));
}

/// The other way round: the gradient of what was turned becomes that of what was there before.
pub(crate) fn turn_back(gradient: &mut [f32], cos: &[f32], sin: &[f32], tokens: usize, width: usize) {
    let back: Vec<f32> = sin.iter().map(|s| -s).collect();
    turn(gradient, cos, &back, tokens, width);
}

for_each_width! {
    fn turn_sample(sample: &mut [f32], cos: &[f32], sin: &[f32], width: usize, half: usize) {
        for ((row, cos), sin) in sample.chunks_exact_mut(3 * width).zip(cos.chunks_exact(half)).zip(sin.chunks_exact(half)) {
            for head in row[..2 * width].chunks_exact_mut(2 * half) {
                let (first, second) = head.split_at_mut(half);
                for (((a, b), &c), &s) in first.iter_mut().zip(second).zip(cos).zip(sin) {
                    let (x, y) = (*a, *b);
                    *a = x * c - y * s;
                    *b = x * s + y * c;
                }
            }
        }
    }
}
