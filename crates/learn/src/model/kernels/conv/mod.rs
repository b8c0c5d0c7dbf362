//! Convolutions over two axes on plain arrays, forwards and backwards.
//!
//! ```text
//! window.rs   kernel, stride, dilation, padding, groups; the sizes that follow, or why none do
//! gather.rs   forwards and backwards as one thing: taps of a source for the places of a lattice
//! tiles.rs    the places of a batch in tiles
//! plane.rs    what a tile reads of a channel, with its zeros
//! columns.rs  the taps of a tile in panels
//! dense.rs    products of weights with columns
//! direct.rs   groups of single channels
//! scatter.rs  the gradient of the input, where products come first and taps are added afterwards
//! weight.rs   the gradient of the weights
//! flat.rs     the same of many weights over few places
//! ```
//!
//! Work is divided by sizes only, and sums have one order: bits do not depend on the number of threads.

mod columns;
mod dense;
mod direct;
mod flat;
mod gather;
mod plane;
mod scatter;
mod tiles;
mod weight;
mod window;

pub(crate) use window::ConvSizes;
pub use window::{ConvError, Window};

use super::sum;
use dense::Gathered;
use gather::Gather;
use rayon::prelude::*;

/// # Shapes
/// `x[batch, input, row, column]`, `weight[output, input of a group, kernel row, kernel column]`, `bias[output]` to
/// `[batch, output, row, column]`.
pub(crate) fn forward(x: &[f32], weight: &[f32], bias: Option<&[f32]>, sizes: &ConvSizes) -> Vec<f32> {
    let mut out = vec![0.0; sizes.output_shape().iter().product()];
    let gather = Gather::forwards(sizes);
    let (batch, groups) = (sizes.batch, sizes.window.groups);
    let channels = sizes.of_a_group();
    run(sizes, Gathered { gather: &gather, batch, groups, channels, source: x, weights: weight, bias }, &mut out);
    out
}

fn run(sizes: &ConvSizes, work: Gathered<'_>, out: &mut [f32]) {
    if direct::is_for(sizes) { direct::run(work, out) } else { dense::run(work, out) }
}

/// Gradient of the input from that of the output; with an offset, a transposed convolution.
///
/// # Shapes
/// `gradient[batch, output, row, column]`, `weight` as in [`forward`], `bias[input]` to `[batch, input, row, column]`.
pub(crate) fn input_gradient(gradient: &[f32], weight: &[f32], bias: Option<&[f32]>, sizes: &ConvSizes) -> Vec<f32> {
    if !direct::is_for(sizes) && scatter::is_for(sizes) {
        return scatter::input_gradient(gradient, weight, bias, sizes);
    }
    let [channels, outputs] = sizes.of_a_group();
    let (batch, groups) = (sizes.batch, sizes.window.groups);
    let area = sizes.image[0] * sizes.image[1];
    let mut out = vec![0.0; batch * sizes.inputs * area];
    for gather in Gather::backwards(sizes) {
        let weights = turned(weight, sizes, &gather);
        let channels = [outputs, channels];
        let work = Gathered { gather: &gather, batch, groups, channels, source: gradient, weights: &weights, bias };
        if gather.spread == [1, 1] {
            run(sizes, work, &mut out);
            continue;
        }
        let mut part = vec![0.0; batch * sizes.inputs * gather.places()];
        run(sizes, work, &mut part);
        let columns = sizes.image[1];
        out.par_chunks_exact_mut(area).zip(part.par_chunks_exact(gather.places())).for_each(|(out, part)| {
            let rows = out.chunks_exact_mut(columns).skip(gather.first[0]).step_by(gather.spread[0]);
            for (to, from) in rows.zip(part.chunks_exact(gather.lattice[1])) {
                let to = to.iter_mut().skip(gather.first[1]).step_by(gather.spread[1]);
                to.zip(from).for_each(|(to, &v)| *to = v);
            }
        });
    }
    out
}

/// Inputs whose weights are turned together.
const TURNED: usize = 16;

/// The weights of a gather's taps, `[group · input, output of the group · tap]`.
fn turned(weight: &[f32], sizes: &ConvSizes, gather: &Gather) -> Vec<f32> {
    let [channels, outputs] = sizes.of_a_group();
    let (taps, kept) = (sizes.taps(), gather.taps.len());
    let mut out = vec![0.0; sizes.inputs * outputs * kept];
    if out.is_empty() {
        return out;
    }
    let row = outputs * kept;
    for (group, out) in out.chunks_exact_mut(channels * row).enumerate() {
        // Some inputs at a time, which lie side by side in the weights of an output.
        out.par_chunks_mut(TURNED * row).enumerate().for_each(|(i, out)| {
            let first = i * TURNED;
            for output in 0..outputs {
                let weight = &weight[((group * outputs + output) * channels + first) * taps..];
                for (out, weight) in out.chunks_exact_mut(row).zip(weight.chunks_exact(taps)) {
                    let to = &mut out[output * kept..][..kept];
                    to.iter_mut().zip(&gather.taps).for_each(|(to, tap)| *to = weight[tap.index]);
                }
            }
        });
    }
    out
}

/// Gradient of the weight.
///
/// # Shapes
/// `x` and `gradient` as in [`forward`] and [`input_gradient`].
pub(crate) fn weight_gradient(x: &[f32], gradient: &[f32], sizes: &ConvSizes) -> Vec<f32> {
    if direct::is_for(sizes) {
        return direct::weight_gradient(x, gradient, sizes);
    }
    if flat::is_for(sizes) { flat::gradient(x, gradient, sizes) } else { weight::gradient(x, gradient, sizes) }
}

/// Gradient of the offsets: the sum over samples and places.
///
/// # Shapes
/// `gradient[batch, output, place]` to `[output]`.
pub(crate) fn bias_gradient(gradient: &[f32], outputs: usize, area: usize) -> Vec<f32> {
    let channel = |output: usize| {
        let planes = gradient.chunks_exact(area.max(1)).skip(output).step_by(outputs);
        planes.map(sum_of).sum()
    };
    (0..outputs).into_par_iter().map(channel).collect()
}

fn sum_of(plane: &[f32]) -> f32 {
    sum(plane, |_, v| v)
}

#[cfg(test)]
mod tests;
