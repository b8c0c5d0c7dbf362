//! A run of blocks from the survey to the samples: segments that are halved until polynomials hold, portions, cells, pairs.

use super::PORTION;
use super::blocks::{Blocks, Row, halved};
use super::cells::{Pair, Paths};
use super::fit::{Fit, NEGLIGIBLE, NodePositions, Survey, reference};
use super::moments::{self, Carrier, Entry, Lines, Reference, Stretch, arrange};
use super::nodes::{CUBIC, MAX_NODES, count, node, to_cubic};
use super::tables::{Asked, echoes, enter_all, points_of};
use super::transform::{Canvas, Grid, Kept, Point, Workspace};
use super::wave::Wave;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex64, Vec3};
use crate::kernels::turning::add_samples;
use crate::kernels::{BLOCK, Lanes, Task};
use crate::sim::engine::fast::problem::Swept;
use crate::sim::error::SimError;
use std::cell::Cell;
use std::ops::Range;

/// The signal may be this much weaker than the root of the patches' summed squares; a signal that all but cancels is left to
/// the exact engine.
const MAX_CANCELLATION: f64 = 4.0;

thread_local! {
    /// Canvases of the last frame of this thread, memory only (zeroed before use): fresh memory costs as much as the transforms.
    static CANVASES: Cell<Vec<Point>> = const { Cell::new(Vec::new()) };
}

/// Antennas further apart than this share of the shortest path see a patch under different angles.
const WIDE: f64 = 0.1;

/// Longest path, m: beyond, the cells of the grid have no number.
const MAX_PATH_M: f64 = 2e6;

/// What the high moments of a patch may add where they are left out, relative to the root mean square over all patches.
const CUT_OFF: f32 = 2e-6;

/// Loops of a frame that are synthesised together.
pub(super) struct Assembly<'a> {
    /// The loops as a problem of their own.
    pub(super) problem: &'a Swept<'a>,
    pub(super) grid: &'a Grid,
    pub(super) out: &'a mut [Complex64],
}

/// A stretch of blocks and the patches that are to be followed over it by polynomials.
struct Segment {
    blocks: Range<usize>,
    patches: Vec<u32>,
}

/// A block of a segment.
struct SegmentBlock {
    block: usize,
    /// Middle and half of its ramp starts, s after the first ramp.
    middle: f64,
    half: f64,
    /// From the values at the nodes to the cubic in the block's time.
    map: [[f64; MAX_NODES]; CUBIC],
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
            kept: Kept::all(grid),
            farthest: 0.0,
            missed: false,
            canvases: CANVASES.take(),
            positions: NodePositions::new(),
            fit: Fit::new(n_tx + n_rx, pairs),
            paths: Paths::new(n_tx + n_rx),
            lines: Lines::new(),
            stretches: Vec::new(),
            spare_stretches: Vec::new(),
            entries: Vec::new(),
            late: Vec::new(),
            reference: Reference::new(),
            carriers: Vec::new(),
        };
        let patches = work.survey::<V>()?;
        if work.farthest > MAX_PATH_M {
            tracing::debug!(work.farthest, "paths too long for the grid: loops left to the exact engine");
            return problem.exactly(out);
        }
        // A loop, since every further call would be compiled into this function again.
        loop {
            work.fill::<V>(&patches)?;
            if !work.missed {
                return work.finish::<V>(out);
            }
            tracing::debug!("patches went further than they were surveyed: once more with the whole grid");
            work.kept = Kept::all(grid);
        }
    }
}

struct Work<'a> {
    problem: &'a Swept<'a>,
    grid: &'a Grid,
    wave: &'a Wave,
    blocks: Blocks,
    survey: Survey,
    kept: Kept,
    /// Longest path that the survey saw, m.
    farthest: f64,
    /// Whether something was to be added outside of the kept points.
    missed: bool,
    /// `[block][pair][kept point]`.
    canvases: Vec<Point>,
    positions: NodePositions,
    fit: Fit,
    paths: Paths,
    lines: Box<Lines>,
    stretches: Vec<Stretch>,
    spare_stretches: Vec<Stretch>,
    entries: Vec<Entry>,
    /// Patches of each block that no polynomial follows.
    late: Vec<Vec<u32>>,
    reference: Box<Reference>,
    carriers: Vec<Carrier>,
}

impl Work<'_> {
    /// Brings patches onto fresh canvases.
    #[inline(always)]
    fn fill<V: Lanes>(&mut self, patches: &[u32]) -> Result<(), SimError> {
        let count = self.blocks.count();
        self.missed = false;
        self.canvases.clear();
        let pairs = self.problem.tx.len() * self.problem.rx.len();
        self.canvases.resize(count * pairs * self.kept.len, [[0.0; BLOCK]; 2]);
        self.late = vec![Vec::new(); count];
        let mut segments = vec![Segment { blocks: 0..count, patches: patches.to_vec() }];
        while let Some(segment) = segments.pop() {
            let left = self.segment::<V>(&segment)?;
            if left.is_empty() {
                continue;
            }
            let Range { start, end } = segment.blocks;
            if end - start == 1 {
                self.late[start].extend(left);
            } else {
                let middle = (start + end) / 2;
                for blocks in [start..middle, middle..end] {
                    segments.push(Segment { blocks, patches: left.clone() });
                }
            }
        }
        self.tabulate::<V>()
    }

    /// Looks at all patches with the first pair, in the middle for the size of the sum, and without the form factor (which may
    /// come and go) at the beginning, middle and end. Returns those that matter in the order of their range.
    #[inline(always)]
    fn survey<V: Lanes>(&mut self) -> Result<Vec<u32>, SimError> {
        let p = self.problem;
        let (start, end) = self.blocks.span(p.schedule, &(0..self.blocks.count()));
        let times = [0.5 * (start + end), start, end];
        self.positions.ask(p, times.iter().map(|t| p.start_s + t), None)?;
        let all: Vec<u32> = (0..p.surface.patches.len() as u32).collect();
        let mut keys = Vec::with_capacity(all.len());
        let mut energy = 0.0;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let first = (&p.tx[..1], &p.rx[..1]);
        for chunk in all.chunks(PORTION) {
            self.fit.evaluate::<V>(p, self.wave, first, &self.positions, chunk, false);
            for (m, patch) in chunk.iter().enumerate() {
                // Three nodes and one antenna a side.
                let range = self.fit.length[0][m] + self.fit.length[3][m];
                let most = self.fit.re[0][m].abs().max(self.fit.re[1][m].abs()).max(self.fit.re[2][m].abs());
                for node in 0..times.len() {
                    let range = self.fit.length[node][m] + self.fit.length[times.len() + node][m];
                    (low, high) = (low.min(range), high.max(range));
                }
                // Bits of positive numbers are in the order of the numbers.
                keys.push((u64::from((range as f32).to_bits()) << 32 | u64::from(*patch), most));
            }
            self.positions.count = 1;
            self.fit.evaluate::<V>(p, self.wave, first, &self.positions, chunk, true);
            self.positions.count = 3;
            for m in 0..chunk.len() {
                let (re, im) = (f64::from(self.fit.re[0][m]), f64::from(self.fit.im[0][m]));
                energy += re * re + im * im;
            }
        }
        let apart = |antennas: &[Vec3]| antennas.iter().map(|a| (a - antennas[0]).norm()).fold(0.0, f64::max);
        let apart = apart(p.tx) + apart(p.rx);
        self.farthest = high;
        let place = |path: f64| self.wave.place(path / SPEED_OF_LIGHT);
        self.kept = Kept::between(self.grid, place(low - apart), place(high + apart));
        let count = all.len() as f64;
        let negligible = (NEGLIGIBLE * energy.sqrt() / count) as f32;
        self.survey = Survey { energy, rms: (energy / count).sqrt() as f32, negligible };
        // Far down the flank of the lobe nothing comes back within a frame: a tenth of what is negligible is left out at once. What is
        // dark for the first pair may be bright for one far from it.
        let near = apart < WIDE * low;
        keys.retain(|(_, most)| !near || *most > 0.1 * negligible);
        keys.sort_unstable_by_key(|(key, _)| *key);
        Ok(keys.into_iter().map(|(key, _)| key as u32).collect())
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
        // A part of the frame is asked for the sake of a few patches.
        let whole = segment.blocks.len() == self.blocks.count();
        let some = if whole { None } else { Some(points_of(p.surface, &segment.patches)) };
        self.positions.ask(p, (0..n).map(|j| p.start_s + time(j)), some.as_deref())?;
        let ratio = segment
            .blocks
            .clone()
            .map(|b| halved(self.blocks.span(p.schedule, &(b..b + 1))).1 / half)
            .fold(0.0, f64::max);
        let (tx, _) = reference(p.tx.len(), p.rx.len());
        let shifts: Vec<f64> = (0..p.tx.len()).map(|k| self.slot_s(k, tx) / half).collect();
        let mut parts = Vec::with_capacity(segment.blocks.len());
        for block in segment.blocks.clone() {
            let (place, length) = halved(self.blocks.span(p.schedule, &(block..block + 1)));
            let map = to_cubic(n, (place - middle) / half, length / half);
            parts.push(SegmentBlock { block, middle: place, half: length, map });
        }
        let mut left = Vec::new();
        for patches in segment.patches.chunks(PORTION) {
            let padded = patches.len().next_multiple_of(BLOCK);
            self.fit.evaluate::<V>(p, self.wave, (p.tx, p.rx), &self.positions, patches, true);
            self.fit.compare(p.tx.len(), p.rx.len(), padded);
            self.fit.demodulate::<V>(self.wave, &shifts, p.rx.len(), padded);
            self.fit.judge(self.wave, &self.survey, ratio, patches.len());
            left.extend(patches.iter().zip(&self.fit.holds).filter(|(_, holds)| !**holds).map(|(p, _)| *p));
            for part in &parts {
                self.portion::<V>(part, patches);
            }
        }
        Ok(left)
    }

    /// Time from the ramps of transmitter `reference` to those of `k` in the same loop, s.
    fn slot_s(&self, k: usize, reference: usize) -> f64 {
        let schedule = self.problem.schedule;
        let slots = if schedule.time_multiplexed { k as f64 - reference as f64 } else { 0.0 };
        slots * schedule.shot_period_s
    }

    /// Adds a portion to a block.
    #[inline(always)]
    fn portion<V: Lanes>(&mut self, part: &SegmentBlock, patches: &[u32]) {
        let SegmentBlock { block, middle, half, map } = *part;
        let p = self.problem;
        let (n_tx, n_rx) = (p.tx.len(), p.rx.len());
        let padded = patches.len().next_multiple_of(BLOCK);
        self.paths.take::<V>(&self.fit, &map, n_tx, padded);
        let loops = self.blocks.loops(block);
        let times: Vec<Row> = (0..n_tx)
            .map(|k| {
                // Lanes past the last loop repeat it; nobody reads them.
                std::array::from_fn(|lane| {
                    let number = (loops.start + lane).min(loops.end - 1);
                    let ramp = if p.schedule.time_multiplexed { number * n_tx + k } else { number };
                    ((p.schedule.start_s(ramp) - middle) / half) as f32
                })
            })
            .collect();
        let least = self.survey.negligible * self.survey.negligible;
        let (holds, peak) = (&self.fit.holds, &self.fit.peak);
        let wanted = (0..patches.len()).filter(|&m| holds[m] && peak[m] > least);
        let mut out_of_reach = Vec::new();
        self.stretches.clear();
        self.paths.assign(
            self.wave,
            &times,
            padded,
            wanted,
            (peak, CUT_OFF * self.survey.rms),
            &mut self.stretches,
            &mut out_of_reach,
        );
        self.late[block].extend(out_of_reach.into_iter().map(|m| patches[m]));
        arrange(&mut self.stretches, &mut self.spare_stretches);
        let (ref_tx, _) = reference(n_tx, n_rx);
        self.paths.reference(self.wave, padded, &mut self.reference);
        self.reference.write::<V>(&self.stretches, &times[ref_tx], &mut self.carriers);
        let weights: [[f32; CUBIC]; MAX_NODES] = std::array::from_fn(|j| map.map(|row| row[j] as f32));
        for k in 0..n_tx {
            for l in 0..n_rx {
                let number = k * n_rx + l;
                let pair = Pair { number, tx: k, rx: n_tx + l, shift: (self.slot_s(k, ref_tx) / half) as f32 };
                self.paths.lines::<V>(self.wave, &self.fit, &weights, pair, padded, &mut self.lines);
                let at = (block * n_tx * n_rx + number) * self.kept.len;
                let mut canvas = Canvas(&mut self.canvases[at..at + self.kept.len]);
                let mut first = 0;
                for run in self.stretches.chunk_by(|a, b| a.cell == b.cell) {
                    let mut sums = moments::EMPTY;
                    let carriers = &self.carriers[first..first + run.len()];
                    moments::cubics::<V>(run, carriers, &self.lines, &times[k], &mut sums);
                    let cell = run[0].cell.rem_euclid(self.grid.cells() as i32) as usize;
                    self.missed |= !canvas.add::<V>(self.grid, self.kept, cell, &sums);
                    first += run.len();
                }
            }
        }
    }

    /// Adds the patches that no polynomial follows, evaluated at every ramp.
    #[inline(always)]
    fn tabulate<V: Lanes>(&mut self) -> Result<(), SimError> {
        let p = self.problem;
        let n_rx = p.rx.len();
        let mut points = Vec::new();
        let late = std::mem::take(&mut self.late);
        let count: usize = late.iter().map(Vec::len).sum();
        if count > 0 {
            tracing::debug!(count, "patches and blocks evaluated at every ramp");
        }
        for (block, patches) in late.iter().enumerate() {
            let loops = self.blocks.loops(block);
            for patches in patches.chunks(PORTION) {
                let some = points_of(p.surface, patches);
                for k in 0..p.tx.len() {
                    let asked = Asked { patches, some: &some, loops: loops.clone(), tx: k };
                    let echoes = echoes::<V>(p, self.wave, &asked, &mut points)?;
                    for (l, echoes) in echoes.chunks(patches.len() * loops.len()).enumerate() {
                        enter_all(self.wave, echoes, loops.len(), &mut self.entries);
                        let at = ((block * p.tx.len() + k) * n_rx + l) * self.kept.len;
                        let mut canvas = Canvas(&mut self.canvases[at..at + self.kept.len]);
                        for run in self.entries.chunk_by(|a, b| a.cell == b.cell) {
                            let mut sums = moments::EMPTY;
                            moments::tabulated::<V>(run, &mut sums);
                            self.missed |= !canvas.add::<V>(self.grid, self.kept, run[0].cell as usize, &sums);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Transforms all canvases and adds them to `out`; where the patches turn out to cancel so far that the exact engine is needed, takes
    /// them back and asks that one.
    #[inline(always)]
    fn finish<V: Lanes>(mut self, out: &mut [Complex64]) -> Result<(), SimError> {
        for sign in [1.0, -1.0] {
            let mean = self.release::<V>(sign, out) / out.len() as f64;
            let cancels = self.survey.energy > MAX_CANCELLATION * MAX_CANCELLATION * mean;
            if !cancels {
                break;
            }
            if sign < 0.0 {
                // What was added has been taken back.
                let ratio = (self.survey.energy / mean).sqrt();
                tracing::debug!(ratio, "patches cancel: loops left to the exact engine");
                self.problem.exactly(out)?;
            }
        }
        CANVASES.set(self.canvases);
        Ok(())
    }

    /// Adds the samples of all canvases, times `sign`, to `out`; returns the sum of their squared magnitudes.
    #[inline(always)]
    fn release<V: Lanes>(&mut self, sign: f32, out: &mut [Complex64]) -> f64 {
        let p = self.problem;
        let pairs = p.tx.len() * p.rx.len();
        let n = self.grid.n_samples;
        let mut workspace = Workspace::new(self.grid);
        let mut energy = 0.0;
        for (number, canvas) in self.canvases.chunks_exact(self.kept.len).enumerate() {
            let (block, pair) = (number / pairs, number % pairs);
            let loops = self.blocks.loops(block);
            let (sum, samples) = workspace.synthesise::<V>(self.grid, self.kept, canvas, loops.len(), sign);
            energy += sum;
            let first = (loops.start * pairs + pair) * n;
            add_samples(self.problem.width, samples, loops.len(), pairs * n, &mut out[first..]);
        }
        energy
    }
}
