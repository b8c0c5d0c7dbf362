//! Sums over the taps of all channels of a group as products, tile by tile: only one tile's columns are ever made.

use super::columns::Columns;
use super::gather::Gather;
use super::plane::Stretch;
use super::tiles::{channels_at_a_time, most_places, tiles};
use crate::kernels::panels::{PANEL, Rows, add_product, padded};
use rayon::prelude::*;

/// What is gathered, by which weights.
#[derive(Clone, Copy)]
pub(super) struct Gathered<'a> {
    pub(super) gather: &'a Gather,
    pub(super) batch: usize,
    pub(super) groups: usize,
    /// Channels of the source and of the output, in a group.
    pub(super) channels: [usize; 2],
    /// `[batch, channel, row, column]`.
    pub(super) source: &'a [f32],
    /// `[group · output, channel · tap]`, only the taps of the gather.
    pub(super) weights: &'a [f32],
    /// `[group · output]`.
    pub(super) bias: Option<&'a [f32]>,
}

/// Least rows of output that are worth making a tile's columns once more, where there are too few tiles.
const LEAST_ROWS: usize = 32;
/// Pieces of work below which rows are divided as well.
const LEAST_WORK: usize = 4;

/// A tile's output channels of one group: where they go.
struct OutputPart<'a, 'out> {
    stretches: &'a [Stretch],
    /// First output channel, among all.
    first: usize,
    /// By stretch and channel.
    to: Vec<&'out mut [f32]>,
}

/// # Shapes
/// To `out[batch, group · output, place]`.
pub(super) fn run(work: Gathered<'_>, out: &mut [f32]) {
    let [channels, outputs] = work.channels;
    let (taps, places) = (work.gather.taps.len(), work.gather.places());
    let tiles = tiles(work.batch, work.gather.lattice, most_places(channels, taps, outputs));
    if out.is_empty() {
        return;
    }
    // Parts of the outputs of a group, where the tiles and groups alone are too few.
    let parts = LEAST_WORK.div_ceil(tiles.len() * work.groups).min(outputs.div_ceil(LEAST_ROWS)).max(1);
    let rows = outputs.div_ceil(parts).next_multiple_of(8);
    let parts = outputs.div_ceil(rows);
    let mut pieces: Vec<OutputPart<'_, '_>> = Vec::with_capacity(tiles.len() * work.groups * parts);
    for tile in &tiles {
        let firsts = (0..work.groups).flat_map(|group| (0..parts).map(move |part| group * outputs + part * rows));
        pieces.extend(firsts.map(|first| OutputPart { stretches: tile, first, to: Vec::new() }));
    }
    // Samples and channels come in the order in which the tiles' stretches are.
    let of_a_tile = work.groups * parts;
    let mut begin = 0;
    for (i, mut row) in out.chunks_exact_mut(places).enumerate() {
        let (sample, output) = (i / (work.groups * outputs), i % (work.groups * outputs));
        let part = output / outputs * parts + output % outputs / rows;
        while !tiles[begin].iter().any(|s| s.sample == sample) {
            begin += 1;
        }
        for (t, tile) in tiles.iter().enumerate().skip(begin) {
            let Some(stretch) = tile.iter().find(|s| s.sample == sample) else { break };
            let (head, rest) = row.split_at_mut(stretch.count);
            pieces[t * of_a_tile + part].to.push(head);
            row = rest;
        }
    }
    pieces.into_par_iter().for_each_init(Scratch::default, |scratch, piece| fill(&work, piece, outputs, rows, scratch));
}

/// Memory that tiles share.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) columns: Vec<f32>,
    pub(super) plane: Vec<f32>,
    pub(super) sums: Vec<f32>,
}

fn fill(work: &Gathered<'_>, mut piece: OutputPart<'_, '_>, outputs: usize, rows: usize, scratch: &mut Scratch) {
    let [channels, _] = work.channels;
    let taps = work.gather.taps.len();
    let group = piece.first / outputs;
    let rows = rows.min((group + 1) * outputs - piece.first);
    let places: usize = piece.stretches.iter().map(|s| s.count).sum();
    let width = padded(places);
    let Scratch { columns: made, plane, sums } = scratch;
    sums.clear();
    for row in piece.first..piece.first + rows {
        sums.resize(sums.len() + width, work.bias.map_or(0.0, |bias| bias[row]));
    }
    if taps > 0 {
        let columns = Columns::new(work.gather, piece.stretches, PANEL);
        let at_a_time = channels_at_a_time(taps).min(channels);
        made.resize(made.len().max(at_a_time * taps * width), 0.0);
        plane.clear();
        plane.resize(columns.plane_len(), 0.0);
        for first in (0..channels).step_by(at_a_time) {
            let count = at_a_time.min(channels - first);
            let begin = group * channels + first;
            columns.fill(made, plane, work.source, work.groups * channels, begin..begin + count);
            let stride = channels * taps;
            let values = &work.weights[piece.first * stride + first * taps..];
            add_product(sums, width, Rows { values, rows, stride, step: 1 }, made, count * taps, places);
        }
    }
    // By stretch and channel, as the places of the tile follow each other.
    let mut to = piece.to.iter_mut();
    let mut place = 0;
    for stretch in piece.stretches {
        for (row, to) in sums.chunks_exact(width).zip(to.by_ref().take(rows)) {
            to.copy_from_slice(&row[place..place + stretch.count]);
        }
        place += stretch.count;
    }
}
