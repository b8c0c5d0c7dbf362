//! The fast engine: a non-uniform Fourier transform in block moments.
//!
//! ```text
//! problem.rs    the frames that this engine does itself: loops of sweeps
//! wave.rs       the waveform in cycles and grid points
//! assembly.rs   blocks, segments, portions: who is followed by which polynomial, and when the exact engine takes over
//! blocks.rs     loops dealt out to blocks
//! nodes.rs      Chebyshev nodes, maps to cubics, bounds of what cubics miss
//! amplitude.rs  paths and amplitudes at one moment
//! bundles/      patches that travel alike, and what their echoes sum up to at the nodes
//! fit.rs        paths and amplitudes at the nodes of a segment; whether polynomials hold
//! cells.rs      cubics of a block, cells, lines of a pair
//! tables.rs     patches evaluated at every ramp, where no polynomial holds
//! moments.rs    the inner loop: phasors of a cell's patches → moments
//! taps.rs       moments → grid, by least squares
//! transform.rs  grid → samples
//! series.rs     polynomials of elementary functions
//! ```
//!
//! Vectors of three widths, the choice between them and the way of samples into the frame are `kinecho-kernels`'.
//!
//! Sixteen successive loops of a frame are a block; they are the lanes of all f32 vectors. The samples of a chirp are a sum of
//! exponentials in the sample number, one per patch, with the patch's beat frequency. Patches are sorted by beat frequency into
//! cells of a quarter of a grid point (an eighth of a range bin); a cell is said by six moments in each loop (four for weak
//! patches), and eight taps bring them to a grid of at least twice the samples, whose inverse FFT is the signal.
//!
//! Paths (per antenna, f64) and amplitudes (per pair, f32) are found at up to seven Chebyshev nodes of the frame and turned into
//! cubics of each block, the paths of one reference pair in full and those of the other antennas as lines against it. Where the
//! polynomials' last coefficients say that they do not follow (kinks of keyframes, fast turns) the
//! frame is halved for these patches, down to one block; where even that does not do they are evaluated at every ramp. The
//! constant of the phase is reduced modulo one cycle in f64; the rest is f32.
//!
//! A body has some ten thousand patches, and only some hundred paths that differ: those within a few millimetres and of the same
//! rate are bundled, and all of the above is done for bundles. That misses `bundle_tolerance` of the signal; without it the relative
//! rms error against the exact engine is below 1e-5 (the tests of this engine print both). Left to the exact engine,
//! with a debug event, are: up to 64 patches, which cost less than the transforms and whose errors do not even out;
//! shots at any times; motion inside the chirp, where samples are no sum of exponentials; chirps of more than
//! [`MAX_SAMPLES`] samples; lobes narrower than 0.05 rad, whose amplitude asks for f64; and loops in which the patches cancel to
//! less than a quarter of their root of summed squares. Tones that stand are summed by `standing.rs` beside it.

// Lanes and coefficients are addressed by number throughout, and the polynomials' coefficients are fitted, not constants.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments, clippy::approx_constant, clippy::excessive_precision)]

mod amplitude;
mod assembly;
mod blocks;
mod bundles;
mod cells;
mod fit;
mod moments;
mod nodes;
mod problem;
mod series;
mod tables;
mod taps;
mod transform;
mod wave;

pub use crate::kernels::Width;

use super::frame_problem::FrameProblem;
use super::{exact, standing};
use crate::base::Complex64;
use crate::kernels::BLOCK;
use crate::sensor::sounding::Loops;
use crate::sim::error::SimError;
use assembly::Assembly;
use problem::Swept;
use transform::{Grid, Point};

/// Longest chirp whose grid still fits the caches.
pub const MAX_SAMPLES: usize = 8192;
/// Scenes of at most as many patches are left to the exact engine.
const FEW_PATCHES: usize = 64;
/// Largest exponent factor of the lobe: σ = 0.05 rad.
const MAX_LOBE_EXPONENT: f64 = 201.0;
/// Patches that go through the engine together, such that their values at the nodes stay in the second cache.
const PORTION: usize = 256;
/// Memory for the grids of all pairs and blocks, bytes: loops are synthesised in runs that fit.
const CANVAS_BYTES: usize = 64 << 20;

/// Adds the signal of `problem` to `out[chirp, tx, rx, sample]`.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let n = problem.sounding.tones.count();
    let patches = problem.surface.patches.len();
    if patches == 0 || n == 0 || problem.sounding.shots.loops() == 0 {
        return Ok(());
    }
    let Some(swept) = Swept::of(problem) else { return standing::synthesise(problem, out) };
    let few = patches <= FEW_PATCHES;
    if few || problem.intra_chirp || n > MAX_SAMPLES || problem.lobe_exponent > MAX_LOBE_EXPONENT {
        tracing::debug!(
            patches,
            problem.intra_chirp,
            samples = n,
            problem.lobe_exponent,
            "frame left to the exact engine"
        );
        return exact::synthesise(problem, out);
    }
    let problem = &swept;
    let schedule = problem.schedule;
    let pairs = problem.tx.len() * problem.rx.len();
    let loop_len = pairs * n;
    if loop_len == 0 {
        return Ok(());
    }
    let grid = Grid::of(n);
    let block_bytes = pairs * grid.points * size_of::<Point>();
    let run = (CANVAS_BYTES / block_bytes).max(1) * BLOCK;
    let per_loop = schedule.shots() / schedule.loops;
    for (i, out) in out.chunks_mut(run * loop_len).enumerate() {
        let schedule = Loops { loops: out.len() / loop_len, ..*schedule };
        let start_s = problem.start_s + problem.schedule.start_s(i * run * per_loop);
        let part = Swept { schedule: &schedule, start_s, ..*problem };
        problem.width.run(Assembly { problem: &part, grid: &grid, out })?;
    }
    Ok(())
}
