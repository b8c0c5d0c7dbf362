//! A channel's part under a tile of places, copied out with its zeros, so that every tap of a run of places is contiguous.

use super::gather::{Gather, Tap};
use crate::model::kernels::for_each_width;

/// Places of one sample, in the order of the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) sample: usize,
    /// First place.
    pub(super) first: usize,
    /// Number of places.
    pub(super) count: usize,
}

/// Places side by side in a row of the lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stripe {
    /// Where the tap without offset reads in the plane.
    pub(super) from: usize,
    /// Number of the first place within the tile.
    pub(super) place: usize,
    pub(super) count: usize,
}

/// Rows of a source that a stretch reads.
#[derive(Clone, Copy, Debug)]
struct Band {
    sample: usize,
    /// Row of the source, which may lie before it.
    row: isize,
    rows: usize,
    /// Where they begin in the plane.
    from: usize,
}

/// How the plane of a tile is laid out: bands of rows, a row's columns sorted by their rest by the step.
pub(super) struct Plane<'a> {
    gather: &'a Gather,
    bands: Vec<Band>,
    pub(super) stripes: Vec<Stripe>,
    /// Column of the source at the start of each row.
    column: isize,
    /// Columns of a row with the same rest.
    phase: usize,
    /// Entries of the plane.
    pub(super) len: usize,
}

impl<'a> Plane<'a> {
    /// Of a tile of stretches.
    pub(super) fn new(gather: &'a Gather, tile: &[Stretch]) -> Self {
        let columns = gather.lattice[1];
        let [row_step, column_step] = gather.step;
        let ([top, bottom], [left, right]) = (gather.span(0), gather.span(1));
        // Parts of long rows carry only what they read.
        let within_a_row = match tile {
            [one] => one.first / columns == (one.first + one.count - 1) / columns,
            _ => false,
        };
        let (first, wide) = if within_a_row { (tile[0].first % columns, tile[0].count) } else { (0, columns) };
        let read = (wide - 1) * column_step + (right - left) as usize + 1;
        let phase = read.div_ceil(column_step);
        let width = phase * column_step;
        let (mut bands, mut stripes, mut from, mut place) = (Vec::new(), Vec::new(), 0, 0);
        for stretch in tile {
            let (begin, end) = (stretch.first, stretch.first + stretch.count);
            let (row, last) = (begin / columns, (end - 1) / columns);
            let rows = (last - row) * row_step + (bottom - top) as usize + 1;
            bands.push(Band { sample: stretch.sample, row: (row * row_step) as isize + top, rows, from });
            for r in row..=last {
                let (begin, end) = (begin.max(r * columns), end.min((r + 1) * columns));
                let at = from + (r - row) * row_step * width + begin - r * columns - first;
                stripes.push(Stripe { from: at, place, count: end - begin });
                place += end - begin;
            }
            from += rows * width;
        }
        let column = (first * column_step) as isize + left;
        Self { gather, bands, stripes, column, phase, len: from }
    }

    /// Entries of a channel of the source.
    pub(super) fn area(&self) -> usize {
        self.gather.source[0] * self.gather.source[1]
    }

    /// Steps from one row of the plane to the next.
    fn width(&self) -> usize {
        self.phase * self.gather.step[1]
    }

    /// How much further a tap reads than a stripe's `from`.
    pub(super) fn offset(&self, tap: &Tap) -> usize {
        let ([top, _], [left, _]) = (self.gather.span(0), self.gather.span(1));
        let (row, column) = ((tap.row - top) as usize, (tap.column - left) as usize);
        let step = self.gather.step[1];
        row * self.width() + column % step * self.phase + column / step
    }

    /// Copies a channel. What lies outside of the source is left alone: 0 from the start.
    pub(super) fn fill(&self, plane: &mut [f32], source: &[f32], channels: usize, channel: usize) {
        let (area, step) = (self.area(), self.gather.step[1]);
        self.for_each_run(|run| {
            let source = &source[(run.sample * channels + channel) * area + run.place..];
            let to = &mut plane[run.from..][..run.count];
            if step == 1 {
                to.copy_from_slice(&source[..run.count]);
            } else {
                to.iter_mut().zip(source.iter().step_by(step)).for_each(|(to, &v)| *to = v);
            }
        });
    }

    /// The same into lane `lane` of `lanes` planes side by side, entry by entry.
    pub(super) fn fill_lane(
        &self,
        planes: &mut [f32],
        source: &[f32],
        channels: usize,
        channel: usize,
        (lane, lanes): (usize, usize),
    ) {
        let (area, step) = (self.area(), self.gather.step[1]);
        self.for_each_run(|run| {
            let source = &source[(run.sample * channels + channel) * area + run.place..];
            let to = planes[run.from * lanes..][..run.count * lanes].iter_mut().skip(lane).step_by(lanes);
            to.zip(source.iter().step_by(step)).for_each(|(to, &v)| *to = v);
        });
    }

    /// Adds a plane to the channel that it is of: the way back of [`fill`](Self::fill).
    ///
    /// # Shapes
    /// To `to[sample from first][channel, row, column]`.
    pub(super) fn drain(&self, plane: &[f32], to: &mut [&mut [f32]], first: usize, channel: usize) {
        let (area, step) = (self.area(), self.gather.step[1]);
        self.for_each_run(|run| {
            let to = &mut to[run.sample - first][channel * area + run.place..];
            let from = &plane[run.from..][..run.count];
            if step == 1 {
                add(&mut to[..run.count], from);
            } else {
                to.iter_mut().step_by(step).zip(from).for_each(|(to, v)| *to += v);
            }
        });
    }

    /// Entries of the plane that stand for entries of the source, a row's columns of the same rest at a time.
    fn for_each_run(&self, mut each: impl FnMut(PlaneRun)) {
        let [rows, columns] = self.gather.source;
        let (width, step) = (self.width(), self.gather.step[1]);
        for band in &self.bands {
            for i in 0..band.rows {
                let Some(row) = usize::try_from(band.row + i as isize).ok().filter(|&row| row < rows) else { continue };
                for rest in 0..step {
                    // Entry i holds column `first + i · step`.
                    let first = self.column + rest as isize;
                    let skipped = if first < 0 { first.unsigned_abs().div_ceil(step) } else { 0 };
                    let Ok(begin) = usize::try_from(first + (skipped * step) as isize) else { continue };
                    if begin >= columns || skipped >= self.phase {
                        continue;
                    }
                    let count = (self.phase - skipped).min((columns - begin).div_ceil(step));
                    let from = band.from + i * width + rest * self.phase + skipped;
                    each(PlaneRun { sample: band.sample, place: row * columns + begin, from, count });
                }
            }
        }
    }
}

/// Entries of a plane side by side, and the first one's place in the channel of a sample.
#[derive(Clone, Copy, Debug)]
struct PlaneRun {
    sample: usize,
    place: usize,
    from: usize,
    count: usize,
}

for_each_width! {
    fn add(to: &mut [f32], from: &[f32]) {
        for (to, from) in to.iter_mut().zip(from) {
            *to += from;
        }
    }
}
