//! Scaled dot-product attention over all tokens (Vaswani et al. 2017, eq. 1), each head on its part of one array.

use super::softmax;
use crate::kernels::product::{Onto, View, multiply};
use rayon::prelude::*;

/// Sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) tokens: usize,
    pub(crate) width: usize,
    /// Divides the width.
    pub(crate) heads: usize,
}

impl Size {
    fn head(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> f32 {
        (1.0 / (self.head() as f64).sqrt()) as f32
    }

    /// Entries of a sample: of the output, of query with key and value, of the weights.
    fn entries(&self) -> [usize; 3] {
        [self.tokens * self.width, 3 * self.tokens * self.width, self.heads * self.tokens * self.tokens]
    }

    /// Part 0 (query), 1 (key) or 2 (value) of a head.
    fn part<'a>(&self, sample: &'a [f32], part: usize, head: usize) -> View<'a> {
        View::new(&sample[part * self.width + head * self.head()..], self.tokens, self.head(), 3 * self.width)
    }

    fn output<'a>(&self, sample: &'a [f32], head: usize) -> View<'a> {
        View::new(&sample[head * self.head()..], self.tokens, self.head(), self.width)
    }

    fn square<'a>(&self, values: &'a [f32]) -> View<'a> {
        View::new(values, self.tokens, self.tokens, self.tokens)
    }
}

/// The output and the weights of every head, which the way back needs.
///
/// # Shapes
/// `qkv[sample, token, (query, key, value) × head × entry]` to `output[sample, token, head × entry]` and
/// `weights[sample, head, token, token]`.
pub(crate) fn forward(qkv: &[f32], size: Size) -> (Vec<f32>, Vec<f32>) {
    let [out_len, qkv_len, weights_len] = size.entries();
    let samples = qkv.len() / qkv_len;
    let (mut out, mut weights) = (vec![0.0; samples * out_len], vec![0.0; samples * weights_len]);
    out.par_chunks_mut(out_len).zip(weights.par_chunks_mut(weights_len)).zip(qkv.par_chunks(qkv_len)).for_each(
        |((out, weights), qkv)| {
            for (h, weights) in weights.chunks_exact_mut(size.tokens * size.tokens).enumerate() {
                let key = size.part(qkv, 1, h);
                multiply(weights, size.tokens, size.part(qkv, 0, h), key.transposed(), Onto::Overwrite);
                softmax::forward(weights, size.tokens, size.scale());
                let out = &mut out[h * size.head()..];
                multiply(out, size.width, size.square(weights), size.part(qkv, 2, h), Onto::Overwrite);
            }
        },
    );
    (out, weights)
}

/// Gradient of `qkv` from that of the output.
///
/// # Shapes
/// As in [`forward`]; `gradient` has the shape of the output.
pub(crate) fn backward(qkv: &[f32], weights: &[f32], gradient: &[f32], size: Size) -> Vec<f32> {
    let [out_len, qkv_len, weights_len] = size.entries();
    let mut out = vec![0.0; qkv.len()];
    let inputs = qkv.par_chunks(qkv_len).zip(weights.par_chunks(weights_len)).zip(gradient.par_chunks(out_len));
    out.par_chunks_mut(qkv_len).zip(inputs).for_each(|(out, ((qkv, weights), gradient))| {
        let square = size.tokens * size.tokens;
        let mut scores = vec![0.0; square];
        let stride = 3 * size.width;
        for (h, weights) in weights.chunks_exact(square).enumerate() {
            let back = size.output(gradient, h);
            let mut part = |part: usize, left: View<'_>, right: View<'_>| {
                multiply(&mut out[part * size.width + h * size.head()..], stride, left, right, Onto::Overwrite);
            };
            part(2, size.square(weights).transposed(), back);
            multiply(&mut scores, size.tokens, back, size.part(qkv, 2, h).transposed(), Onto::Overwrite);
            softmax::backward(&mut scores, weights, size.tokens, size.scale());
            part(0, size.square(&scores), size.part(qkv, 1, h));
            part(1, size.square(&scores).transposed(), size.part(qkv, 0, h));
        }
    });
    out
}
