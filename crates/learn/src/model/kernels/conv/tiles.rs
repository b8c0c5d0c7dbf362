//! The places of a lattice over a batch, cut into tiles. Where cuts lie depends on sizes only, never on threads.

use super::plane::Stretch;
use crate::kernels::panels::{GROUP, PANEL};

/// Entries of a tile's columns: they stay in the second cache.
pub(super) const COLUMNS: usize = 96 * 1024;
/// Rows of columns that are made at a time.
pub(super) const DEPTH: usize = 384;
/// Tiles that a lattice is cut into at least, where it is large enough to be worth it.
const LEAST_TILES: usize = 8;

/// Tiles of at most `most` places, as stretches of samples.
pub(super) fn tiles(batch: usize, lattice: [usize; 2], most: usize) -> Vec<Vec<Stretch>> {
    let [rows, columns] = lattice;
    let (of_a_sample, all) = (rows * columns, batch * rows * columns);
    if all == 0 {
        return Vec::new();
    }
    // Whole panels, but no larger than for a few tiles.
    let fair = all.div_ceil(LEAST_TILES).next_multiple_of(PANEL);
    let size = (most / PANEL * PANEL).max(PANEL).min(fair);
    if columns >= size {
        // Parts of rows, alike to a group of lanes.
        let part = columns.div_ceil(columns.div_ceil(size)).next_multiple_of(GROUP);
        let rows = (0..batch).flat_map(|sample| (0..rows).map(move |row| (sample, row * columns)));
        return rows
            .flat_map(|(sample, row)| {
                (0..columns)
                    .step_by(part)
                    .map(move |first| vec![Stretch { sample, first: row + first, count: part.min(columns - first) }])
            })
            .collect();
    }
    let tile = |first: usize| {
        let end = (first + size).min(all);
        let samples = first / of_a_sample..=(end - 1) / of_a_sample;
        let part = |sample: usize| {
            let begin = first.max(sample * of_a_sample);
            let count = end.min((sample + 1) * of_a_sample) - begin;
            Stretch { sample, first: begin - sample * of_a_sample, count }
        };
        samples.map(part).collect()
    };
    (0..all).step_by(size).map(tile).collect()
}

/// Channels whose columns are made at a time.
pub(super) fn channels_at_a_time(taps: usize) -> usize {
    (DEPTH / taps.max(1)).max(1)
}

/// Most places of a tile, for `rows` of output a place.
pub(super) fn most_places(channels: usize, taps: usize, rows: usize) -> usize {
    let depth = (channels * taps).clamp(1, DEPTH.max(taps));
    (COLUMNS / depth).min(COLUMNS / rows.max(1)).clamp(PANEL, 20 * PANEL)
}
