//! The gradient of many weights over few places: the columns are turned, which are few, in place of the weights.

use super::columns::Columns;
use super::gather::Gather;
use super::plane::Stretch;
use super::weight::transpose;
use super::window::ConvSizes;
use crate::kernels::panels::{GROUP, PANEL, Rows, add_product, padded};
use rayon::prelude::*;

/// Entries of the turned columns at most.
const MOST: usize = 1 << 21;
/// Channels whose columns one task turns: whole panels, whatever the number of taps.
const CHANNELS: usize = PANEL;
/// Outputs of one task.
const OUTPUTS: usize = 32;

/// Whether this way is taken.
pub(super) fn is_for(sizes: &ConvSizes) -> bool {
    let [channels, outputs] = sizes.of_a_group();
    let places = sizes.batch * sizes.out[0] * sizes.out[1];
    4 * places <= outputs && padded(channels * sizes.taps()).saturating_mul(places) <= MOST
}

/// # Shapes
/// As [`weight_gradient`](super::weight_gradient).
pub(super) fn gradient(x: &[f32], gradient: &[f32], sizes: &ConvSizes) -> Vec<f32> {
    let [channels, outputs] = sizes.of_a_group();
    let (taps, area) = (sizes.taps(), sizes.out[0] * sizes.out[1]);
    let places = sizes.batch * area;
    let mut out = vec![0.0; sizes.weight_shape().iter().product()];
    if out.is_empty() || places == 0 {
        return out;
    }
    let gather = Gather::forwards(sizes);
    let whole: Vec<_> = (0..sizes.batch).map(|sample| Stretch { sample, first: 0, count: area }).collect();
    let (inner, all) = (channels * taps, padded(places));
    let columns = Columns::new(&gather, &whole, all);
    let mut turned = vec![0.0; padded(inner) * places];
    let mut left = vec![0.0; outputs * places];
    for (group, out) in out.chunks_exact_mut(outputs * inner).enumerate() {
        let begin = group * channels;
        turned.par_chunks_mut(CHANNELS * taps * places).enumerate().for_each_init(
            || (Vec::new(), Vec::new()),
            |(made, plane), (i, turned)| {
                let first = i * CHANNELS;
                let count = CHANNELS.min(channels - first);
                made.resize(count * taps * all, 0.0);
                plane.clear();
                plane.resize(columns.plane_len(), 0.0);
                columns.fill(made, plane, x, sizes.inputs, begin + first..begin + first + count);
                turn(turned, made, count * taps, all, places);
            },
        );
        // `[output, place]` of the group, over all samples.
        left.par_chunks_exact_mut(places).enumerate().for_each(|(output, left)| {
            for (sample, left) in left.chunks_exact_mut(area).enumerate() {
                let row = sample * sizes.outputs + group * outputs + output;
                left.copy_from_slice(&gradient[row * area..][..area]);
            }
        });
        let wide = padded(inner);
        out.par_chunks_mut(OUTPUTS * inner).zip(left.par_chunks(OUTPUTS * places)).for_each_init(
            Vec::new,
            |sums, (out, left)| {
                let left = Rows { values: left, rows: left.len() / places, stride: places, step: 1 };
                if wide == inner {
                    return add_product(out, inner, left, &turned, places, inner);
                }
                sums.clear();
                sums.resize(left.rows * wide, 0.0);
                add_product(sums, wide, left, &turned, places, inner);
                out.chunks_exact_mut(inner)
                    .zip(sums.chunks_exact(wide))
                    .for_each(|(to, from)| to.copy_from_slice(&from[..inner]));
            },
        );
    }
    out
}

/// `rows` rows of `places` entries, `all` apart, to panels of columns.
fn turn(out: &mut [f32], values: &[f32], rows: usize, all: usize, places: usize) {
    for first in (0..rows).step_by(PANEL) {
        let width = PANEL.min(padded(rows - first));
        let panel = &mut out[first * places..][..width * places];
        for lane in (0..width).step_by(GROUP) {
            let count = GROUP.min((rows - first).saturating_sub(lane));
            transpose(
                &mut panel[lane..],
                width,
                values.get((first + lane) * all..).unwrap_or_default(),
                all,
                count,
                places,
            );
        }
    }
}
