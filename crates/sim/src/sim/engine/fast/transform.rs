//! The grid of a block and pair, its inverse Fourier transform, and the way into the frame.

use super::blocks::Row;
use super::moments::Moments;
use super::taps::{CELLS_PER_POINT, FIRST_TAP, MOMENTS, TAPS, Taps, window};
use crate::kernels::{BLOCK, Lanes};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::{Arc, Mutex, PoisonError};

/// What the transform of chirps with some number of samples needs.
pub(super) struct Grid {
    pub(super) n_samples: usize,
    /// Points of the grid: a power of two, at least twice the samples.
    pub(super) points: usize,
    taps: Taps,
    /// Window of each sample.
    window: Vec<f32>,
    /// `exp(j2πi/points)`.
    roots: Vec<(f32, f32)>,
}

/// A cache of pure values: a grid depends on the number of samples alone.
static GRIDS: Mutex<BTreeMap<usize, Arc<Grid>>> = Mutex::new(BTreeMap::new());

impl Grid {
    /// The grid for chirps of `n_samples`, made once in the life of the process.
    pub(super) fn of(n_samples: usize) -> Arc<Self> {
        let mut grids = GRIDS.lock().unwrap_or_else(PoisonError::into_inner);
        grids.entry(n_samples).or_insert_with(|| Arc::new(Self::new(n_samples))).clone()
    }

    fn new(n_samples: usize) -> Self {
        let points = (2 * n_samples).next_power_of_two().max(2 * TAPS);
        let omega = |n: usize| TAU * (n as f64 - (n_samples / 2) as f64) / points as f64;
        Self {
            n_samples,
            points,
            taps: Taps::new(n_samples, points),
            window: (0..n_samples).map(|n| window(omega(n)) as f32).collect(),
            roots: (0..points)
                .map(|i| {
                    let (s, c) = (TAU * i as f64 / points as f64).sin_cos();
                    (c as f32, s as f32)
                })
                .collect(),
        }
    }

    /// Number of cells; a beat frequency beyond the last is aliased into the first, as the samples alias it.
    pub(super) fn cells(&self) -> usize {
        self.points * CELLS_PER_POINT
    }
}

/// Complex values of the loops of a block.
pub(super) type Point = [Row; 2];

/// The points of the grid that are kept, because patches reach them: a body fills a part of the range, and what fits the caches
/// is fast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    first: usize,
    pub(super) len: usize,
}

/// Points kept on either side of where patches were found: taps, cells, and motion that the survey does not see.
const MARGIN: f64 = 16.0;

impl Kept {
    /// All points.
    pub(super) fn all(grid: &Grid) -> Self {
        Self { first: 0, len: grid.points }
    }

    /// Those about the places `low` to `high`, which may lie beyond the grid: places are counted round.
    pub(super) fn between(grid: &Grid, low: f64, high: f64) -> Self {
        let (first, end) = ((low - MARGIN).floor(), (high + MARGIN).ceil());
        // Written such that what is not a number keeps all.
        if end - first < 0.5 * grid.points as f64 {
            Self {
                first: first.rem_euclid(grid.points as f64) as usize & (grid.points - 1),
                len: (end - first) as usize,
            }
        } else {
            Self::all(grid)
        }
    }
}

/// The kept points of the grid of a block and pair.
pub(super) struct Canvas<'a>(pub(super) &'a mut [Point]);

impl Canvas<'_> {
    /// Adds a cell; says whether its points are kept, and does nothing if not.
    #[inline(always)]
    pub(super) fn add<V: Lanes>(&mut self, grid: &Grid, kept: Kept, cell: usize, moments: &Moments) -> bool {
        let weights = &grid.taps.weights[cell % CELLS_PER_POINT];
        let mask = grid.points - 1;
        let first = (cell / CELLS_PER_POINT + grid.points - kept.first).wrapping_add_signed(FIRST_TAP) & mask;
        if first + TAPS > kept.len && kept.len < grid.points {
            return false;
        }
        for (t, row) in weights.iter().enumerate().take(TAPS) {
            let point = &mut self.0[(first + t) & mask];
            for (part, out) in point.iter_mut().enumerate() {
                let mut lane = 0;
                while lane < BLOCK {
                    let mut sum = V::load(&out[lane..]);
                    for p in 0..MOMENTS {
                        sum = V::splat(row[p]).fma(V::load(&moments[p][part][lane..]), sum);
                    }
                    sum.store(&mut out[lane..]);
                    lane += V::COUNT;
                }
            }
        }
        true
    }
}

/// Memory of the transform: two grids.
pub(super) struct Workspace([Vec<Point>; 2]);

impl Workspace {
    pub(super) fn new(grid: &Grid) -> Self {
        let points = vec![[[0.0; BLOCK]; 2]; grid.points];
        Self([points.clone(), points])
    }

    /// Turns the kept points of a grid into samples times `sign`: sample n of all loops is point n of the result. Also the sum of the
    /// squared magnitudes of the first `lanes` loops.
    #[inline(always)]
    pub(super) fn synthesise<V: Lanes>(
        &mut self,
        grid: &Grid,
        kept: Kept,
        canvas: &[Point],
        lanes: usize,
        sign: f32,
    ) -> (f64, &[Point]) {
        let mask = grid.points - 1;
        let [now, next] = &mut self.0;
        now.fill([[0.0; BLOCK]; 2]);
        for (i, point) in canvas.iter().enumerate() {
            now[(kept.first + i) & mask] = *point;
        }
        let (from, to) = if transform::<V>(grid, now, next) { (next, now) } else { (now, next) };
        let shift = grid.points - grid.n_samples / 2;
        let mut sum = [0.0; BLOCK];
        for (n, (window, to)) in grid.window.iter().zip(to.iter_mut()).enumerate() {
            let from = &from[(n + shift) & mask];
            let mut lane = 0;
            while lane < BLOCK {
                let window = V::splat(*window * sign);
                let (re, im) = get::<V>(from, lane);
                let (re, im) = (re.mul(window), im.mul(window));
                put(to, lane, (re, im));
                re.fma(re, im.fma(im, V::load(&sum[lane..]))).store(&mut sum[lane..]);
                lane += V::COUNT;
            }
        }
        (sum[..lanes].iter().map(|s| f64::from(*s)).sum(), &to[..grid.n_samples])
    }
}

/// The inverse transform (positive exponent, no factor), Stockham's self-sorting form with radix four and a last step of
/// radix two where needed (Van Loan 1992, §1.7).
///
/// Says whether the result is in `spare`; otherwise it is where the grid was.
#[inline(always)]
fn transform<V: Lanes>(grid: &Grid, points: &mut [Point], spare: &mut [Point]) -> bool {
    let (mut n, mut stride) = (grid.points, 1);
    let (mut now, mut next) = (points, spare);
    let mut in_spare = false;
    while n >= 4 {
        let quarter = n / 4;
        let fourths: [&[Point]; 4] = std::array::from_fn(|k| &now[k * stride * quarter..][..stride * quarter]);
        for (p, out) in next[..4 * stride * quarter].chunks_exact_mut(4 * stride).enumerate() {
            let mask = grid.points - 1;
            let w1 = grid.roots[(p * stride) & mask];
            let w2 = grid.roots[(2 * p * stride) & mask];
            let w3 = grid.roots[(3 * p * stride) & mask];
            // Zipped, so that nothing is checked in the loop.
            let from = fourths.map(|f| &f[p * stride..][..stride]);
            let (out0, out) = out.split_at_mut(stride);
            let (out1, out) = out.split_at_mut(stride);
            let (out2, out3) = out.split_at_mut(stride);
            let ins = from[0].iter().zip(from[1]).zip(from[2].iter().zip(from[3]));
            let outs = out0.iter_mut().zip(out1).zip(out2.iter_mut().zip(out3));
            for (((a, b), (c, d)), ((to0, to1), (to2, to3))) in ins.zip(outs) {
                let mut lane = 0;
                while lane < BLOCK {
                    let (a, b) = (get::<V>(a, lane), get::<V>(b, lane));
                    let (c, d) = (get::<V>(c, lane), get::<V>(d, lane));
                    let (ac, a_c) = (add(a, c), sub(a, c));
                    let (bd, b_d) = (add(b, d), sub(b, d));
                    put(to0, lane, add(ac, bd));
                    put(to1, lane, turned((a_c.0.sub(b_d.1), a_c.1.add(b_d.0)), w1));
                    put(to2, lane, turned(sub(ac, bd), w2));
                    put(to3, lane, turned((a_c.0.add(b_d.1), a_c.1.sub(b_d.0)), w3));
                    lane += V::COUNT;
                }
            }
        }
        std::mem::swap(&mut now, &mut next);
        in_spare = !in_spare;
        n /= 4;
        stride *= 4;
    }
    if n == 2 {
        for q in 0..stride {
            let mut lane = 0;
            while lane < BLOCK {
                for part in 0..2 {
                    let a = V::load(&now[q][part][lane..]);
                    let b = V::load(&now[q + stride][part][lane..]);
                    a.add(b).store(&mut next[q][part][lane..]);
                    a.sub(b).store(&mut next[q + stride][part][lane..]);
                }
                lane += V::COUNT;
            }
        }
        std::mem::swap(&mut now, &mut next);
        in_spare = !in_spare;
    }
    in_spare
}

#[inline(always)]
fn get<V: Lanes>(point: &Point, lane: usize) -> (V, V) {
    (V::load(&point[0][lane..]), V::load(&point[1][lane..]))
}

#[inline(always)]
fn put<V: Lanes>(point: &mut Point, lane: usize, value: (V, V)) {
    value.0.store(&mut point[0][lane..]);
    value.1.store(&mut point[1][lane..]);
}

#[inline(always)]
fn add<V: Lanes>(a: (V, V), b: (V, V)) -> (V, V) {
    (a.0.add(b.0), a.1.add(b.1))
}

#[inline(always)]
fn sub<V: Lanes>(a: (V, V), b: (V, V)) -> (V, V) {
    (a.0.sub(b.0), a.1.sub(b.1))
}

/// The product with a root of unity.
#[inline(always)]
fn turned<V: Lanes>(a: (V, V), w: (f32, f32)) -> (V, V) {
    let (c, s) = (V::splat(w.0), V::splat(w.1));
    (a.1.fnma(s, a.0.mul(c)), a.1.fma(c, a.0.mul(s)))
}
