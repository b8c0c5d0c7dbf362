//! The fast engine: a non-uniform Fourier transform in block moments.
//!
//! ```text
//! wave.rs       the waveform in cycles and grid points
//! tables.rs     patches evaluated in f64 at every ramp
//! moments.rs    the inner loop: phasors of a cell's patches → moments
//! taps.rs       moments → grid, by least squares
//! transform.rs  grid → samples
//! lanes.rs      vectors of three widths and the choice between them
//! ```
//!
//! Sixteen successive loops of a frame are a block; they are the lanes of all f32 vectors. The samples of a chirp are a sum of
//! exponentials in the sample number, one per patch, with the patch's beat frequency. Patches are sorted by beat frequency into
//! cells of a quarter of a grid point (an eighth of a range bin); a cell is said by six moments in each loop, and eight taps bring them to
//! a grid of at least twice the samples, whose inverse FFT is the signal. Phases are found and reduced modulo one cycle in f64;
//! the rest is f32.
//!
//! Against the exact engine the relative rms error is below 1e-5 (measured: the tests of this engine print it). With motion
//! inside the chirp (`intra_chirp`) the samples of a chirp are no sum of exponentials: such frames go to the exact engine, and so
//! do chirps of more than [`MAX_SAMPLES`] samples.

mod lanes;
mod moments;
mod series;
mod tables;
mod taps;
mod transform;
mod wave;

pub use lanes::Width;

use super::engine::FrameProblem;
use super::error::SimError;
use super::exact;
use super::surface::FacetState;
use crate::base::{Complex64, Vec3};
use lanes::{BLOCK, Lanes, Task};
use rayon::prelude::*;
use tables::{Echo, Entry, echo, enter};
use transform::{Canvas, Grid};
use wave::Wave;

/// Longest chirp whose grid still fits the caches.
pub const MAX_SAMPLES: usize = 8192;
/// Patches that go through the engine together.
const PORTION: usize = 4096;

/// Adds the signal of `problem` to `out[loop, tx, rx, sample]`.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let n = problem.waveform.n_samples;
    if problem.intra_chirp || n > MAX_SAMPLES {
        tracing::debug!(problem.intra_chirp, samples = n, "frame left to the exact engine");
        return exact::synthesise(problem, out);
    }
    let loop_len = out.len() / problem.schedule.loops.max(1);
    if loop_len == 0 || problem.surface.patches.is_empty() {
        return Ok(());
    }
    let grid = Grid::of(n);
    let wave = Wave::new(problem, &grid);
    let width = Width::best();
    // Blocks of equal length, so that the last is not much shorter than the others.
    let loops = problem.schedule.loops;
    let block = loops.div_ceil(loops.div_ceil(BLOCK));
    out.par_chunks_mut(block * loop_len).enumerate().try_for_each_init(
        || Canvas::new(&grid),
        |canvas, (number, out)| {
            width.run(Block { problem, grid: &grid, wave: &wave, first: number * block, canvas, out })
        },
    )
}

/// The loops of one block.
struct Block<'a> {
    problem: &'a FrameProblem<'a>,
    grid: &'a Grid,
    wave: &'a Wave,
    /// First loop.
    first: usize,
    canvas: &'a mut Canvas,
    out: &'a mut [Complex64],
}

impl Task for Block<'_> {
    type Output = Result<(), SimError>;

    #[inline(always)]
    fn run<V: Lanes>(self) -> Self::Output {
        let Block { problem, grid, wave, first, canvas, out } = self;
        let (surface, schedule) = (problem.surface, problem.schedule);
        let (n_tx, n_rx, n) = (problem.tx.len(), problem.rx.len(), grid.n_samples);
        let loop_len = n_tx * n_rx * n;
        let lanes = out.len() / loop_len;
        let mut points = vec![Vec3::zeros(); problem.motion.point_count()];
        let mut facets: Vec<FacetState> = Vec::new();
        let mut echoes: Vec<Echo> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for patches in surface.patches.chunks(PORTION) {
            for k in 0..n_tx {
                echoes.clear();
                echoes.resize(n_rx * patches.len() * BLOCK, Echo::default());
                for lane in 0..lanes {
                    let ramp = if schedule.time_multiplexed { (first + lane) * n_tx + k } else { first + lane };
                    problem.motion.positions_at(problem.start_s + schedule.ramp_start_s(ramp), &mut points)?;
                    facets.clear();
                    facets.extend(surface.facets.iter().map(|f| f.at(&points)));
                    for (m, patch) in patches.iter().enumerate() {
                        let facet = &facets[patch.facet as usize];
                        for (r, rx) in problem.rx.iter().enumerate() {
                            echoes[(r * patches.len() + m) * BLOCK + lane] =
                                echo(wave, facet, patch, problem.tx[k], *rx);
                        }
                    }
                }
                for (r, echoes) in echoes.chunks(patches.len() * BLOCK).enumerate() {
                    entries.clear();
                    echoes.chunks(BLOCK).for_each(|e| enter(wave, &e[..lanes], &mut entries));
                    entries.sort_by_key(|e| e.cell);
                    canvas.clear();
                    for run in entries.chunk_by(|a, b| a.cell == b.cell) {
                        let mut sums = moments::EMPTY;
                        moments::tabulated::<V>(run, &mut sums);
                        canvas.add::<V>(grid, run[0].cell as usize, &sums);
                    }
                    canvas.transform::<V>(grid);
                    for lane in 0..lanes {
                        let at = lane * loop_len + (k * n_rx + r) * n;
                        canvas.write(grid, lane, &mut out[at..at + n]);
                    }
                }
            }
        }
        Ok(())
    }
}
