//! The gradient of the weights: products of columns with the gradient of the output, summed over places.
//!
//! Channels and places are divided by their sizes only, and what parts give is added in order.

use super::columns::Columns;
use super::dense::Scratch;
use super::gather::Gather;
use super::plane::Stretch;
use super::tiles::{channels_at_a_time, most_places, tiles};
use super::window::ConvSizes;
use crate::kernels::panels::{GROUP, PANEL, Rows, add_product, padded};
use crate::model::kernels::for_each_width;
use rayon::prelude::*;

/// Entries of the gradient that a piece of work keeps.
const SUMS: usize = 128 * 1024;
/// Pieces of work at least, where there are tiles enough.
const LEAST_WORK: usize = 8;

/// Some channels of a group over some tiles.
struct WeightPart<'a> {
    group: usize,
    channels: std::ops::Range<usize>,
    tiles: &'a [Vec<Stretch>],
}

/// # Shapes
/// `x[batch, input, row, column]`, `gradient[batch, output, row, column]` to
/// `[output, input of a group, kernel row, kernel column]`.
pub(super) fn gradient(x: &[f32], gradient: &[f32], sizes: &ConvSizes) -> Vec<f32> {
    let gather = Gather::forwards(sizes);
    let [channels, outputs] = sizes.of_a_group();
    let (taps, groups) = (sizes.taps(), sizes.window.groups);
    let wide = padded(outputs);
    let tiles = tiles(sizes.batch, sizes.out, most_places(channels, taps, 1));
    let block = (SUMS / (taps * wide)).clamp(1, channels.max(1));
    let blocks = channels.div_ceil(block);
    let chunks = LEAST_WORK.div_ceil((groups * blocks).max(1)).min(tiles.len()).max(1);
    let chunk = tiles.len().div_ceil(chunks).max(1);
    let mut pieces = Vec::new();
    for group in 0..groups {
        for first in (0..channels).step_by(block) {
            let channels = first..channels.min(first + block);
            pieces.extend(tiles.chunks(chunk).map(|tiles| WeightPart { group, channels: channels.clone(), tiles }));
        }
    }
    let sums: Vec<Vec<f32>> = pieces
        .par_iter()
        .map_init(WeightScratch::default, |memory, piece| sum(x, gradient, sizes, &gather, piece, memory))
        .collect();
    let mut whole: Vec<(&WeightPart<'_>, Vec<f32>)> = Vec::with_capacity(groups * blocks);
    for (piece, sum) in pieces.iter().zip(sums) {
        match whole.last_mut().filter(|(last, _)| last.is_beside(piece)) {
            Some((_, all)) => all.iter_mut().zip(sum).for_each(|(all, more)| *all += more),
            None => whole.push((piece, sum)),
        }
    }
    let mut out = vec![0.0; sizes.weight_shape().iter().product()];
    let inner = channels * taps;
    if inner * outputs > 0 {
        for (out, blocks) in out.chunks_exact_mut(outputs * inner).zip(whole.chunks(blocks)) {
            out.par_chunks_mut(GROUP * inner).enumerate().for_each(|(i, out)| {
                for (piece, sums) in blocks {
                    let (first, rows) = (piece.channels.start * taps, out.len() / inner);
                    let count = piece.channels.len() * taps;
                    transpose_back(&mut out[first..], inner, &sums[i * GROUP..], wide, rows, count);
                }
            });
        }
    }
    out
}

impl WeightPart<'_> {
    /// Whether it gives the same weights, by other tiles.
    fn is_beside(&self, other: &Self) -> bool {
        (self.group, self.channels.start) == (other.group, other.channels.start)
    }
}

/// WeightScratch that pieces share.
#[derive(Default)]
struct WeightScratch {
    scratch: Scratch,
    /// The gradient of a tile, transposed.
    turned: Vec<f32>,
}

/// `[channel · tap, output]` of one piece, the outputs filled up to whole groups.
fn sum(
    x: &[f32],
    gradient: &[f32],
    sizes: &ConvSizes,
    gather: &Gather,
    piece: &WeightPart<'_>,
    memory: &mut WeightScratch,
) -> Vec<f32> {
    let [channels, outputs] = sizes.of_a_group();
    let (taps, wide) = (gather.taps.len(), padded(outputs));
    let mut sums = vec![0.0; piece.channels.len() * taps * wide];
    let at_a_time = channels_at_a_time(taps).min(piece.channels.len());
    let WeightScratch { scratch: Scratch { columns: made, plane, .. }, turned } = memory;
    for tile in piece.tiles {
        let places: usize = tile.iter().map(|s| s.count).sum();
        let all = padded(places);
        turned.resize(turned.len().max(places * wide), 0.0);
        turn(turned, gradient, sizes, piece.group, tile, places);
        let columns = Columns::new(gather, tile, all);
        made.resize(made.len().max(at_a_time * taps * all), 0.0);
        plane.clear();
        plane.resize(columns.plane_len(), 0.0);
        for (i, first) in piece.channels.clone().step_by(at_a_time).enumerate() {
            let count = at_a_time.min(piece.channels.end - first);
            let begin = piece.group * channels + first;
            columns.fill(made, plane, x, sizes.inputs, begin..begin + count);
            let sums = &mut sums[i * at_a_time * taps * wide..];
            let left = Rows { values: made, rows: count * taps, stride: all, step: 1 };
            add_product(sums, wide, left, turned, places, outputs);
        }
    }
    sums
}

/// The gradient of a tile with places for rows, in panels of outputs; those that fill the last group are 0.
fn turn(out: &mut [f32], gradient: &[f32], sizes: &ConvSizes, group: usize, tile: &[Stretch], places: usize) {
    let outputs = sizes.outputs / sizes.window.groups;
    let (wide, area) = (padded(outputs), sizes.out[0] * sizes.out[1]);
    for first in (0..wide).step_by(PANEL) {
        let width = PANEL.min(wide - first);
        let panel = &mut out[first * places..][..width * places];
        for lane in (0..width).step_by(GROUP) {
            let rows = GROUP.min(outputs.saturating_sub(first + lane));
            let mut place = 0;
            for stretch in tile {
                let begin = (stretch.sample * sizes.outputs + group * outputs + first + lane) * area + stretch.first;
                let to = &mut panel[place * width + lane..];
                transpose(to, width, gradient.get(begin..).unwrap_or_default(), area, rows, stretch.count);
                place += stretch.count;
            }
        }
    }
}

for_each_width! {
    /// `rows` rows of `count` entries, `area` apart, to the first of sixteen columns of `out`, whose rows are `width` apart.
    pub(super) fn transpose(out: &mut [f32], width: usize, values: &[f32], area: usize, rows: usize, count: usize) {
        let mut first = 0;
        while first < count {
            let n = (count - first).min(16);
            let mut block = [[0.0_f32; 16]; 16];
            for (r, block) in block.iter_mut().enumerate().take(rows) {
                let row = &values[r * area + first..][..n];
                match row.first_chunk::<16>() {
                    Some(whole) => *block = *whole,
                    None => {
                        for (to, v) in block.iter_mut().zip(row) {
                            *to = *v;
                        }
                    }
                }
            }
            for i in 0..n {
                let to = &mut out[(first + i) * width..][..16];
                for (to, block) in to.iter_mut().zip(&block) {
                    *to = block[i];
                }
            }
            first += n;
        }
    }
}

for_each_width! {
    /// The first `rows` columns of `count` rows of `values`, `wide` apart, to rows of `out`, `inner` apart.
    fn transpose_back(out: &mut [f32], inner: usize, values: &[f32], wide: usize, rows: usize, count: usize) {
        let mut first = 0;
        while first < count {
            let n = (count - first).min(16);
            let mut block = [[0.0_f32; 16]; 16];
            for (i, block) in block.iter_mut().enumerate().take(n) {
                *block = match values[(first + i) * wide..].first_chunk::<16>() {
                    Some(row) => *row,
                    None => [0.0; 16],
                };
            }
            for r in 0..rows {
                let to = &mut out[r * inner + first..][..n];
                for (to, block) in to.iter_mut().zip(&block) {
                    *to = block[r];
                }
            }
            first += n;
        }
    }
}
