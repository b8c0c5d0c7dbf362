//! Blocks: the loops of a frame that are the lanes of a vector.

use crate::kernels::BLOCK;
use crate::sensor::sounding::Loops;
use std::ops::Range;

/// A quantity at the loops of a block.
pub(super) type Row = [f32; BLOCK];

/// How loops are dealt out to blocks of equal length.
#[derive(Clone, Copy)]
pub(super) struct Blocks {
    loops: usize,
    length: usize,
}

impl Blocks {
    pub(super) fn of(loops: usize) -> Self {
        Self { loops, length: loops.div_ceil(loops.div_ceil(BLOCK)) }
    }

    pub(super) fn count(&self) -> usize {
        self.loops.div_ceil(self.length)
    }

    pub(super) fn loops(&self, block: usize) -> Range<usize> {
        block * self.length..((block + 1) * self.length).min(self.loops)
    }

    /// First and last ramp start of some blocks after the first of all, s.
    pub(super) fn span(&self, schedule: &Loops, blocks: &Range<usize>) -> (f64, f64) {
        let per_loop = schedule.shots() / schedule.loops;
        let last = self.loops(blocks.end - 1).end * per_loop - 1;
        (schedule.start_s(self.loops(blocks.start).start * per_loop), schedule.start_s(last))
    }
}

/// Middle and half of a span, the latter never zero.
pub(super) fn halved((start, end): (f64, f64)) -> (f64, f64) {
    (0.5 * (start + end), (0.5 * (end - start)).max(1e-9))
}
