//! From the moments of a cell to the grid of the Fourier transform.
//!
//! A patch whose beat frequency stands at the place g of a grid of G points contributes `c exp(j2π g n/G)` to sample n
//! (−N/2 ≤ n < N/2, N ≤ G/2). On |x| ≤ 1 around a cell's centre, g = centre + x · [`REACH`], this is taken as
//! `D(n) Σ_t W_t(x) exp(j2π t n/G)` over the [`TAPS`] grid points around the centre, with the window D undone after the transform
//! (the type-1 non-uniform FFT of Dutt & Rokhlin 1993; D belongs to the Kaiser–Bessel kernel of Jackson et al. 1991). The
//! weights are polynomials `W_t(x) = Σ_p w[t][p] x^p`, so that a cell is all said by its moments `Σ c x^p`. They minimise the
//! squared error over all n for each x (least squares in ω = 2πn/G), and are then cut to [`MOMENTS`] terms of their Chebyshev
//! series in x.
//!
//! The error of a patch relative to its amplitude, rms over the samples, is measured by the test below: 0.6e-6 at most within
//! |x| ≤ 1. It grows as x⁶ outside: callers see to it that nothing leaves the cell's reach.

use nalgebra::{DMatrix, DVector};
use std::f64::consts::PI;

/// Moments of a cell: powers 0 to 5.
pub(super) const MOMENTS: usize = 6;
/// Moments that do for weak patches: powers 0 to 3.
pub(super) const WEAK_MOMENTS: usize = 4;
/// The same for the first moments of bundles, which stand for the power above: what the next one adds, `(ω REACH)⁵ / 4!` of a first
/// moment at |x| = 1, is below a thousandth of the bundle.
pub(super) const FIRST_MOMENTS: usize = 4;
pub(super) const WEAK_FIRST_MOMENTS: usize = 3;
/// What the others add to the signal of an amplitude of one at |x| = 1, at most: `(ω REACH)⁴ / 4!` at the edge ω = π/2 of the band.
pub(super) const BEYOND_WEAK: f32 = 5.1e-3;
/// Grid points that a cell contributes to.
pub(super) const TAPS: usize = 8;
/// Cells per grid point.
pub(super) const CELLS_PER_POINT: usize = 4;
/// Distance from a cell's centre to |x| = 1 in grid points: half the cell's width, and twice as much for the motion during a block
/// and the differences between antennas.
pub(super) const REACH: f64 = 0.375;
/// Width of a cell in x.
pub(super) const CELL_IN_X: f32 = (1.0 / (CELLS_PER_POINT as f64 * REACH)) as f32;
/// The first tap stands this many grid points below the one at or below the cell's centre.
pub(super) const FIRST_TAP: isize = -3;

/// Shape parameter of the kernel: `π √(W²/σ² (σ − ½)² − 0.8)` for W = 8 and σ = 2 (Beatty et al. 2005, eq. 5).
const BETA: f64 = 18.6387;

/// Weights of one kind of cell.
pub(super) type Weights = [[f32; MOMENTS]; TAPS];

/// Weights for the cells of a grid point, lower first.
pub(super) struct Taps {
    pub(super) weights: [Weights; CELLS_PER_POINT],
}

impl Taps {
    /// For signals of `n_samples` on a grid of `grid` points, at least twice as many.
    pub(super) fn new(n_samples: usize, grid: usize) -> Self {
        let edge = PI * n_samples as f64 / grid as f64;
        Self { weights: std::array::from_fn(|q| fit((q as f64 + 0.5) / CELLS_PER_POINT as f64, edge)) }
    }
}

/// Window D at ω = 2πn/G, one at ω = 0: the inverse of the kernel's transform `sinh √(β² − (Wω/2)²) / √…`.
pub(super) fn window(omega: f64) -> f64 {
    let transform = |w: f64| {
        let r = (BETA * BETA - (0.5 * TAPS as f64 * w).powi(2)).sqrt();
        r.sinh() / r
    };
    transform(0.0) / transform(omega)
}

/// Weights of a cell whose centre is `offset` above the grid point `-FIRST_TAP` of its taps, for |ω| ≤ `edge`.
fn fit(offset: f64, edge: f64) -> Weights {
    const FREQUENCIES: usize = 48;
    const PLACES: usize = 24;
    // Chebyshev nodes stand closer at the edge of the band, where the error is largest.
    let node = |i: usize, n: usize| (PI * (i as f64 + 0.5) / n as f64).cos();
    let omegas: Vec<f64> = (0..FREQUENCIES).map(|i| edge * 0.5 * (1.0 + node(i, FREQUENCIES))).collect();
    let tap = |t: usize| t as f64 + FIRST_TAP as f64 - offset;
    // Target and taps are conjugate-symmetric in ω: real weights, and the positive half with both parts says all.
    let matrix = DMatrix::from_fn(2 * FREQUENCIES, TAPS, |row, t| {
        let w = omegas[row / 2];
        let (s, c) = (w * tap(t)).sin_cos();
        window(w) * if row % 2 == 0 { c } else { s }
    });
    let svd = matrix.svd(true, true);
    // Chebyshev series of each weight in x.
    let mut series = [[0.0; MOMENTS]; TAPS];
    for i in 0..PLACES {
        let x = node(i, PLACES);
        let target = DVector::from_fn(2 * FREQUENCIES, |row, _| {
            let (s, c) = (omegas[row / 2] * x * REACH).sin_cos();
            if row % 2 == 0 { c } else { s }
        });
        let Ok(weights) = svd.solve(&target, 1e-14) else { continue };
        for t in 0..TAPS {
            for (p, term) in series[t].iter_mut().enumerate() {
                let share = if p == 0 { 1.0 } else { 2.0 };
                *term += share / PLACES as f64 * weights[t] * (p as f64 * x.acos()).cos();
            }
        }
    }
    series.map(|s| powers(&s).map(|w| w as f32))
}

/// Coefficients of 1, x, x², … from those of the Chebyshev polynomials.
fn powers(series: &[f64; MOMENTS]) -> [f64; MOMENTS] {
    let mut out = [0.0; MOMENTS];
    let (mut before, mut now) = ([0.0; MOMENTS], [0.0; MOMENTS]);
    before[0] = 1.0;
    now[1] = 1.0;
    for (p, s) in series.iter().enumerate() {
        for k in 0..MOMENTS {
            out[k] += s * before[k];
        }
        if p + 1 < MOMENTS {
            let mut next = [0.0; MOMENTS];
            for k in 0..MOMENTS {
                next[k] = 2.0 * if k > 0 { now[k - 1] } else { 0.0 } - before[k];
            }
            (before, now) = (now, next);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error over the cell, rms over the samples.
    fn error(n: usize, grid: usize, reach: f64) -> f64 {
        let taps = Taps::new(n, grid);
        let mut worst = 0.0_f64;
        for (q, weights) in taps.weights.iter().enumerate() {
            let centre = (q as f64 + 0.5) / CELLS_PER_POINT as f64;
            for i in 0..=40 {
                let x = reach * (i as f64 / 20.0 - 1.0);
                let mut sum = 0.0;
                for k in 0..n {
                    let w = 2.0 * PI * (k as f64 - (n / 2) as f64) / grid as f64;
                    let (mut re, mut im) = (0.0, 0.0);
                    for (t, row) in weights.iter().enumerate() {
                        let weight = row.iter().rev().fold(0.0, |s, c| s * x + f64::from(*c));
                        let (s, c) = (w * (t as f64 + FIRST_TAP as f64)).sin_cos();
                        re += weight * c;
                        im += weight * s;
                    }
                    let (s, c) = (w * (centre + x * REACH)).sin_cos();
                    sum += (window(w) * re - c).powi(2) + (window(w) * im - s).powi(2);
                }
                worst = worst.max((sum / n as f64).sqrt());
            }
        }
        worst
    }

    #[test]
    fn the_error_within_a_cell_is_a_few_millionths() {
        for (n, grid) in [(256, 512), (100, 256), (7, 16), (64, 128), (1, 16)] {
            let (inner, outer) = (error(n, grid, 1.0), error(n, grid, 1.2));
            println!("{n} samples on {grid}: error {inner:.2e}, a fifth outside {outer:.2e}");
            assert!(inner < 1e-6, "{n} samples on {grid}: {inner:e}");
        }
    }
}
