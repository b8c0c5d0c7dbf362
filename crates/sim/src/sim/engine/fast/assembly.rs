//! A run of blocks from the survey to the samples: segments that are halved until polynomials hold, portions, cells, pairs.

use super::PORTION;
use super::blocks::{Blocks, Row, halved};
use super::bundles::{Bundles, Limits, Sight, corners};
use super::cells::{Pair, Paths};
use super::fit::{Fit, NodePositions, Parts, Survey, Tolerances, reference};
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

/// Loops of a frame that are synthesised together.
pub(super) struct Assembly<'a> {
    /// The loops as a problem of their own.
    pub(super) problem: &'a Swept<'a>,
    pub(super) grid: &'a Grid,
    pub(super) out: &'a mut [Complex64],
}

/// A stretch of blocks and the bundles that are to be followed over it by polynomials.
struct Segment {
    blocks: Range<usize>,
    bundles: Vec<u32>,
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
        let bundled = problem.bundle_tolerance > 0.0;
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
            bundles: Bundles::default(),
            tolerances: Tolerances::of(problem.bundle_tolerance),
            near: false,
            fit: Fit::new(n_tx + n_rx, pairs, bundled),
            paths: Paths::new(n_tx + n_rx),
            lines: Lines::new(),
            stretches: Vec::new(),
            spare_stretches: Vec::new(),
            entries: Vec::new(),
            late: Vec::new(),
            reference: Reference::new(),
            carriers: Vec::new(),
        };
        work.survey::<V>()?;
        if work.farthest > MAX_PATH_M {
            tracing::debug!(work.farthest, "paths too long for the grid: loops left to the exact engine");
            return problem.exactly(out);
        }
        // A loop, since every further call would be compiled into this function again.
        loop {
            work.fill::<V>()?;
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
    /// What is summed up: patches that matter, in bundles or each by itself.
    bundles: Bundles,
    tolerances: Tolerances,
    /// Whether antennas stand so near each other that the amplitudes of bundles' members are sums over the two ends.
    near: bool,
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
    /// Brings all bundles onto fresh canvases.
    #[inline(always)]
    fn fill<V: Lanes>(&mut self) -> Result<(), SimError> {
        let count = self.blocks.count();
        self.missed = false;
        self.canvases.clear();
        let pairs = self.problem.tx.len() * self.problem.rx.len();
        self.canvases.resize(count * pairs * self.kept.len, [[0.0; BLOCK]; 2]);
        self.late = vec![Vec::new(); count];
        let mut segments = vec![Segment { blocks: 0..count, bundles: (0..self.bundles.len() as u32).collect() }];
        while let Some(segment) = segments.pop() {
            let left = self.segment::<V>(&segment)?;
            if left.is_empty() {
                continue;
            }
            let Range { start, end } = segment.blocks;
            if end - start == 1 {
                self.late[start].extend(self.bundles.patches(&left));
            } else {
                let middle = (start + end) / 2;
                for blocks in [start..middle, middle..end] {
                    segments.push(Segment { blocks, bundles: left.clone() });
                }
            }
        }
        self.tabulate::<V>()
    }

    /// Looks at all patches with the first pair, in the middle for the size of the sum, and without the form factor (which may
    /// come and go) at the beginning, middle and end. Bundles those that matter.
    #[inline(always)]
    fn survey<V: Lanes>(&mut self) -> Result<(), SimError> {
        let p = self.problem;
        let (start, end) = self.blocks.span(p.schedule, &(0..self.blocks.count()));
        let times = [0.5 * (start + end), start, end];
        self.positions.ask(p, times.iter().map(|t| p.start_s + t), None)?;
        let all: Vec<u32> = (0..p.surface.patches.len() as u32).collect();
        let mut sights = Vec::with_capacity(all.len());
        let mut energy = 0.0;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let first = (&p.tx[..1], &p.rx[..1]);
        let corners = corners(p.tx, p.rx);
        for chunk in all.chunks(PORTION) {
            self.fit.evaluate::<V>(p, self.wave, first, &self.positions, chunk, false);
            for (m, patch) in chunk.iter().enumerate() {
                // Three nodes and one antenna a side.
                let paths: [f64; 3] =
                    std::array::from_fn(|node| self.fit.length[node][m] + self.fit.length[3 + node][m]);
                (low, high) = paths.iter().fold((low, high), |(l, h), path| (l.min(*path), h.max(*path)));
                let re = &self.fit.amplitude.re;
                let most = re[0][m].abs().max(re[1][m].abs()).max(re[2][m].abs());
                let [path, start, end] = paths;
                let lean = if self.fit.bundled { self.lean(*patch, corners) } else { [0.0; 2] };
                let (growth, bow) = (end - start, start + end - 2.0 * path);
                sights.push((Sight { patch: *patch, path, lean, growth, bow }, most));
            }
            self.positions.count = 1;
            self.fit.evaluate::<V>(p, self.wave, first, &self.positions, chunk, true);
            self.positions.count = 3;
            for m in 0..chunk.len() {
                let Parts { re, im } = &self.fit.amplitude;
                let (re, im) = (f64::from(re[0][m]), f64::from(im[0][m]));
                energy += re * re + im * im;
            }
        }
        let apart = |antennas: &[Vec3]| antennas.iter().map(|a| (a - antennas[0]).norm()).fold(0.0, f64::max);
        let (tx_apart, rx_apart) = (apart(p.tx), apart(p.rx));
        let apart = tx_apart + rx_apart;
        // What a change of both ends brings beyond that of each, relative to an amplitude: the second derivative of the lobe by the
        // angle at either end (2 / σ² for both), which is more than that of the form factor of what bundles are made of.
        let both = 2.0 * p.lobe_exponent.max(1.0) * 4.0 * tx_apart * rx_apart / (low * low);
        self.near = both < 0.1 * p.bundle_tolerance;
        self.farthest = high;
        let place = |path: f64| self.wave.place(path / SPEED_OF_LIGHT);
        self.kept = Kept::between(self.grid, place(low - apart), place(high + apart));
        let count = all.len() as f64;
        let negligible = (self.tolerances.negligible * energy.sqrt() / count) as f32;
        self.survey = Survey { energy, rms: (energy / count).sqrt() as f32, negligible };
        // Far down the flank of the lobe nothing comes back within a frame: a tenth of what is negligible is left out at once. What is
        // dark for the first pair may be bright for one far from it.
        let near = apart < WIDE * low;
        let matters = |(_, most): &(Sight, f32)| !near || *most > 0.1 * negligible;
        let sights = sights.into_iter().filter(matters).map(|(sight, _)| sight).collect();
        self.bundles = if self.fit.bundled {
            Bundles::within(Limits::of(self.wave, p.bundle_tolerance), sights)
        } else {
            Bundles::apart(sights)
        };
        Ok(())
    }

    /// How much longer the paths of some pairs by way of a patch are than that of the first pair, at the first of the positions, m.
    fn lean(&self, patch: u32, pairs: [(usize, usize); 2]) -> [f64; 2] {
        let p = self.problem;
        let patch = &p.surface.patches[patch as usize];
        let corners = p.surface.facets[patch.facet as usize].corners;
        let points = self.positions.nodes().next();
        let place = |points: &Vec<Vec3>| -> Vec3 {
            corners.iter().zip(patch.part.centre).map(|(c, share)| points[*c as usize] * share).sum()
        };
        let place = points.map_or_else(Vec3::zeros, place);
        let path = |(k, l): (usize, usize)| (place - p.tx[k]).norm() + (place - p.rx[l]).norm();
        pairs.map(|pair| path(pair) - path((0, 0)))
    }

    /// Adds the bundles of a segment that polynomials can follow; returns the others.
    #[inline(always)]
    fn segment<V: Lanes>(&mut self, segment: &Segment) -> Result<Vec<u32>, SimError> {
        let p = self.problem;
        let n = count(segment.blocks.len()).min(self.tolerances.nodes);
        let span = self.blocks.span(p.schedule, &segment.blocks);
        let (middle, half) = halved(span);
        // The motion must not be asked outside of the frame.
        let time = |j: usize| (middle + half * node(j, n)).clamp(span.0, span.1);
        // A part of the frame is asked for the sake of a few patches.
        let whole = segment.blocks.len() == self.blocks.count();
        let some = (!whole).then(|| points_of(p.surface, &self.bundles.patches(&segment.bundles)));
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
        for bundles in segment.bundles.chunks(PORTION) {
            let padded = bundles.len().next_multiple_of(BLOCK);
            // Bundles of one size beside each other, since sixteen take as long as the largest.
            let mut bundles = bundles.to_vec();
            bundles.sort_by_key(|bundle| self.bundles.members(*bundle).len());
            if self.fit.bundled {
                self.fit.gather::<V>(p, self.wave, &self.positions, (&self.bundles, &bundles), self.near);
            } else {
                let patches = self.bundles.patches(&bundles);
                self.fit.evaluate::<V>(p, self.wave, (p.tx, p.rx), &self.positions, &patches, true);
            }
            self.fit.compare(p.tx.len(), p.rx.len(), padded);
            self.fit.demodulate::<V>(self.wave, &shifts, p.rx.len(), padded);
            self.fit.judge(self.wave, (&self.survey, &self.tolerances), ratio, bundles.len());
            left.extend(bundles.iter().zip(&self.fit.holds).filter(|(_, holds)| !**holds).map(|(b, _)| *b));
            for part in &parts {
                self.portion::<V>(part, &bundles);
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
    fn portion<V: Lanes>(&mut self, part: &SegmentBlock, bundles: &[u32]) {
        let SegmentBlock { block, middle, half, map } = *part;
        let p = self.problem;
        let (n_tx, n_rx) = (p.tx.len(), p.rx.len());
        let padded = bundles.len().next_multiple_of(BLOCK);
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
        let wanted = (0..bundles.len()).filter(|&m| holds[m] && peak[m] > least);
        let mut out_of_reach = Vec::new();
        self.stretches.clear();
        self.paths.assign(
            self.wave,
            &times,
            padded,
            wanted,
            (peak, self.tolerances.cut_off * self.survey.rms),
            &mut self.stretches,
            &mut out_of_reach,
        );
        let late = out_of_reach.into_iter().flat_map(|m| self.bundles.members(bundles[m]));
        self.late[block].extend(late);
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
                    if self.fit.bundled {
                        moments::cubics::<V, true>(run, carriers, &self.lines, &times[k], &mut sums);
                    } else {
                        moments::cubics::<V, false>(run, carriers, &self.lines, &times[k], &mut sums);
                    }
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
