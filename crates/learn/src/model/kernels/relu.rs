//! The rectifier.

use super::{by_chunks, for_each_width};

/// `max(x, 0)` for every entry; NaN stays.
pub(crate) fn forward(x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    by_chunks(&mut out, x, apply);
    out
}

/// Turns the gradient of the output into that of the input, 0 where the output `y` is 0.
pub(crate) fn backward(y: &[f32], gradient: &mut [f32]) {
    by_chunks(gradient, y, stop);
}

for_each_width! {
    fn apply(out: &mut [f32], x: &[f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = if x < 0.0 { 0.0 } else { x };
        }
    }
}

for_each_width! {
    fn stop(gradient: &mut [f32], y: &[f32]) {
        for (gradient, &y) in gradient.iter_mut().zip(y) {
            *gradient = if y > 0.0 { *gradient } else { 0.0 };
        }
    }
}
