//! A run of blocks from the survey to the samples: segments that are halved until polynomials hold, portions, cells, pairs.

use super::PORTION;
use super::cells::Paths;
use super::fit::{Fit, Moments, Survey};
use super::lanes::{BLOCK, Lanes, Task};
use super::moments::{self, Lines, Row, Stretch};
use super::nodes::{count, node, to_cubic};
use super::tables::{Entry, enter_all};
use super::transform::{Canvas, Grid, Point};
use super::wave::Wave;
use crate::base::Complex64;
use crate::sim::engine::FrameProblem;
use crate::sim::error::SimError;
use crate::sim::exact;
use crate::sim::schedule::Schedule;
use std::ops::Range;

/// The signal may be this much weaker than the root of the patches' summed squares; a signal that all but cancels is left to
/// the exact engine.
const MAX_CANCELLATION: f64 = 4.0;

/// Loops of a frame that are synthesised together.
pub(super) struct Assembly<'a> {
    /// The loops as a problem of their own.
    pub(super) problem: &'a FrameProblem<'a>,
    pub(super) grid: &'a Grid,
    pub(super) out: &'a mut [Complex64],
}

/// A stretch of blocks and the patches that are to be followed over it by polynomials.
struct Segment {
    blocks: Range<usize>,
    patches: Vec<u32>,
}

/// How loops are dealt out to blocks of equal length.
#[derive(Clone, Copy)]
struct Blocks {
    loops: usize,
    length: usize,
}

impl Blocks {
    fn of(loops: usize) -> Self {
        Self { loops, length: loops.div_ceil(loops.div_ceil(BLOCK)) }
    }

    fn count(&self) -> usize {
        self.loops.div_ceil(self.length)
    }

    fn loops(&self, block: usize) -> Range<usize> {
        block * self.length..((block + 1) * self.length).min(self.loops)
    }

    /// First and last ramp start of some blocks after the first of all, s.
    fn span(&self, schedule: &Schedule, blocks: &Range<usize>) -> (f64, f64) {
        let per_loop = schedule.ramps() / schedule.loops;
        let last = self.loops(blocks.end - 1).end * per_loop - 1;
        (schedule.ramp_start_s(self.loops(blocks.start).start * per_loop), schedule.ramp_start_s(last))
    }
}

/// Middle and half of a span, the latter never zero.
fn halved((start, end): (f64, f64)) -> (f64, f64) {
    (0.5 * (start + end), (0.5 * (end - start)).max(1e-9))
}

impl Task for Assembly<'_> {
    type Output = Result<(), SimError>;

    #[inline(always)]
    fn run<V: Lanes>(self) -> Self::Output {
        let Assembly { problem, grid, out } = self;
        let (n_tx, n_rx) = (problem.tx.len(), problem.rx.len());
        let pairs = n_tx * n_rx;
        let wave = Wave::new(problem, grid);
        let blocks = Blocks::of(problem.schedule.loops);
        let mut work = Work {
            problem,
            grid,
            wave: &wave,
            blocks,
            survey: Survey { energy: 0.0, rms: 0.0, negligible: 0.0 },
            canvases: vec![[[0.0; BLOCK]; 2]; blocks.count() * pairs * grid.points],
            moments: Moments::new(),
            fit: Fit::new(n_tx + n_rx, pairs),
            paths: Paths::new(n_tx + n_rx),
            lines: Lines::new(),
            stretches: Vec::new(),
            entries: Vec::new(),
            tabulated: 0,
        };
        let patches = work.survey::<V>()?;
        let mut segments = vec![Segment { blocks: 0..blocks.count(), patches }];
        while let Some(segment) = segments.pop() {
            let left = work.segment::<V>(&segment)?;
            if left.is_empty() {
                continue;
            }
            let Range { start, end } = segment.blocks;
            if end - start == 1 {
                work.tabulate::<V>(start, &left)?;
            } else {
                let middle = (start + end) / 2;
                segments.push(Segment { blocks: start..middle, patches: left.clone() });
                segments.push(Segment { blocks: middle..end, patches: left });
            }
        }
        if work.tabulated > 0 {
            tracing::debug!(evaluations = work.tabulated, "patches and blocks evaluated at every ramp");
        }
        work.finish::<V>(out)
    }
}

struct Work<'a> {
    problem: &'a FrameProblem<'a>,
    grid: &'a Grid,
    wave: &'a Wave,
    blocks: Blocks,
    survey: Survey,
    /// `[block][pair][point]`.
    canvases: Vec<Point>,
    moments: Moments,
    fit: Fit,
    paths: Paths,
    lines: Box<Lines>,
    stretches: Vec<Stretch>,
    entries: Vec<Entry>,
    tabulated: usize,
}

impl Work<'_> {
    fn canvas(canvases: &mut [Point], grid: &Grid, pairs: usize, block: usize, pair: usize) -> usize {
        debug_assert!(canvases.len() >= (block * pairs + pair + 1) * grid.points);
        (block * pairs + pair) * grid.points
    }

    /// Looks at all patches in the middle of the time with the first pair; returns them in the order of their range.
    #[inline(always)]
    fn survey<V: Lanes>(&mut self) -> Result<Vec<u32>, SimError> {
        let p = self.problem;
        let (middle, _) = halved(self.blocks.span(p.schedule, &(0..self.blocks.count())));
        self.moments.ask(p, std::iter::once(p.start_s + middle))?;
        let all: Vec<u32> = (0..p.surface.patches.len() as u32).collect();
        let mut keys = Vec::with_capacity(all.len());
        let mut energy = 0.0;
        for chunk in all.chunks(PORTION) {
            self.fit.evaluate::<V>(p, self.wave, (&p.tx[..1], &p.rx[..1]), &self.moments, chunk);
            for (m, patch) in chunk.iter().enumerate() {
                // One node and one antenna a side: rows 0 and 1.
                keys.push((self.fit.length[0][m] + self.fit.length[1][m], *patch));
                let (re, im) = (f64::from(self.fit.re[0][m]), f64::from(self.fit.im[0][m]));
                energy += re * re + im * im;
            }
        }
        keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = all.len() as f64;
        self.survey =
            Survey { energy, rms: (energy / count).sqrt() as f32, negligible: (1e-6 * energy.sqrt() / count) as f32 };
        Ok(keys.into_iter().map(|(_, patch)| patch).collect())
    }

    /// Adds the patches of a segment that polynomials can follow; returns the others.
    #[inline(always)]
    fn segment<V: Lanes>(&mut self, segment: &Segment) -> Result<Vec<u32>, SimError> {
        let p = self.problem;
        let n = count(segment.blocks.len());
        let span = self.blocks.span(p.schedule, &segment.blocks);
        let (middle, half) = halved(span);
        // The motion must not be asked outside of the frame.
        let time = |j: usize| (middle + half * node(j, n)).clamp(span.0, span.1);
        self.moments.ask(p, (0..n).map(|j| p.start_s + time(j)))?;
        let ratio = segment
            .blocks
            .clone()
            .map(|b| halved(self.blocks.span(p.schedule, &(b..b + 1))).1 / half)
            .fold(0.0, f64::max);
        let mut left = Vec::new();
        for patches in segment.patches.chunks(PORTION) {
            self.fit.evaluate::<V>(p, self.wave, (p.tx, p.rx), &self.moments, patches);
            self.fit.judge(self.wave, &self.survey, ratio, patches.len());
            left.extend(patches.iter().zip(&self.fit.holds).filter(|(_, holds)| !**holds).map(|(p, _)| *p));
            for block in segment.blocks.clone() {
                self.portion::<V>(block, patches, (middle, half))?;
            }
        }
        Ok(left)
    }

    /// Adds a portion to a block.
    #[inline(always)]
    fn portion<V: Lanes>(&mut self, block: usize, patches: &[u32], segment: (f64, f64)) -> Result<(), SimError> {
        let p = self.problem;
        let (n_tx, n_rx) = (p.tx.len(), p.rx.len());
        let padded = patches.len().next_multiple_of(BLOCK);
        let (middle, half) = halved(self.blocks.span(p.schedule, &(block..block + 1)));
        let map = to_cubic(self.fit.nodes, (middle - segment.0) / segment.1, half / segment.1);
        self.paths.take(&self.fit, &map, padded);
        let loops = self.blocks.loops(block);
        let times: Vec<Row> = (0..n_tx)
            .map(|k| {
                // Lanes past the last loop repeat it; nobody reads them.
                std::array::from_fn(|lane| {
                    let number = (loops.start + lane).min(loops.end - 1);
                    let ramp = if p.schedule.time_multiplexed { number * n_tx + k } else { number };
                    ((p.schedule.ramp_start_s(ramp) - middle) / half) as f32
                })
            })
            .collect();
        let least = self.survey.negligible * self.survey.negligible;
        let (holds, peak) = (&self.fit.holds, &self.fit.peak);
        let wanted = (0..patches.len()).filter(|&m| holds[m] && peak[m] > least);
        let mut out_of_reach = Vec::new();
        self.stretches.clear();
        self.paths.assign(self.wave, n_tx, &times, wanted, &mut self.stretches, &mut out_of_reach);
        self.stretches.sort_unstable();
        for k in 0..n_tx {
            for l in 0..n_rx {
                let pair = k * n_rx + l;
                self.paths.lines::<V>(self.wave, &self.fit, &map, (k, n_tx + l, pair), padded, &mut self.lines);
                let at = Self::canvas(&mut self.canvases, self.grid, n_tx * n_rx, block, pair);
                let mut canvas = Canvas(&mut self.canvases[at..at + self.grid.points]);
                for run in self.stretches.chunk_by(|a, b| a.cell == b.cell) {
                    let mut sums = moments::EMPTY;
                    moments::cubics::<V>(run, &self.lines, &times[k], &mut sums);
                    canvas.add::<V>(self.grid, run[0].cell.rem_euclid(self.grid.cells() as i32) as usize, &sums);
                }
            }
        }
        if out_of_reach.is_empty() {
            return Ok(());
        }
        let patches: Vec<u32> = out_of_reach.into_iter().map(|m| patches[m]).collect();
        self.tabulate::<V>(block, &patches)
    }

    /// Adds patches to a block by evaluating them at every ramp.
    #[inline(always)]
    fn tabulate<V: Lanes>(&mut self, block: usize, patches: &[u32]) -> Result<(), SimError> {
        let p = self.problem;
        let (n_tx, n_rx) = (p.tx.len(), p.rx.len());
        self.tabulated += patches.len();
        for patches in patches.chunks(PORTION) {
            for k in 0..n_tx {
                for l in 0..n_rx {
                    let pair = k * n_rx + l;
                    enter_all(p, self.wave, self.blocks.loops(block), (k, l), patches, &mut self.entries)?;
                    let at = Self::canvas(&mut self.canvases, self.grid, n_tx * n_rx, block, pair);
                    let mut canvas = Canvas(&mut self.canvases[at..at + self.grid.points]);
                    for run in self.entries.chunk_by(|a, b| a.cell == b.cell) {
                        let mut sums = moments::EMPTY;
                        moments::tabulated::<V>(run, &mut sums);
                        canvas.add::<V>(self.grid, run[0].cell as usize, &sums);
                    }
                }
            }
        }
        Ok(())
    }

    /// Transforms all canvases and adds them to `out`, unless the patches cancel so far that the exact engine is needed.
    #[inline(always)]
    fn finish<V: Lanes>(mut self, out: &mut [Complex64]) -> Result<(), SimError> {
        let p = self.problem;
        let pairs = p.tx.len() * p.rx.len();
        let (n, points) = (self.grid.n_samples, self.grid.points);
        let mut spare = vec![[[0.0; BLOCK]; 2]; points];
        let mut energy = 0.0;
        for (number, canvas) in self.canvases.chunks_exact_mut(points).enumerate() {
            let lanes = self.blocks.loops(number / pairs).len();
            let in_spare = {
                let mut canvas = Canvas(&mut *canvas);
                let result = canvas.transform::<V>(self.grid, &mut spare);
                energy += self.grid.energy(result, lanes);
                result.as_ptr()
            };
            if in_spare != canvas.as_ptr() {
                canvas.copy_from_slice(&spare);
            }
        }
        let mean = energy / out.len() as f64;
        if self.survey.energy > MAX_CANCELLATION * MAX_CANCELLATION * mean {
            let ratio = (self.survey.energy / mean).sqrt();
            tracing::debug!(ratio, "patches cancel: loops left to the exact engine");
            return exact::synthesise(p, out);
        }
        for (number, canvas) in self.canvases.chunks_exact(points).enumerate() {
            let (block, pair) = (number / pairs, number % pairs);
            let loops = self.blocks.loops(block);
            let first = (loops.start * pairs + pair) * n;
            self.grid.write(canvas, loops.len(), pairs * n, &mut out[first..]);
        }
        Ok(())
    }
}
