//! Mean phasor of a triangle under a linear phase: the closed form of the physical-optics integral over a facet.
//!
//! `G(φ₀, φ₁, φ₂) = 1/A ∫ exp(jφ) dA`, φ linear on the triangle with the values φᵢ at its corners. By the Hermite–Genocchi
//! formula this is twice the divided difference of exp at jφ₀, jφ₁, jφ₂; written out it is the sum over corners of
//! Ludwig (1968, "Computation of radiation patterns involving numerical double integration") and Gordon (1975,
//! "Far-field approximations to the Kirchhoff–Helmholtz representations of scattered fields"), without their removable
//! singularities.

use super::elementary::cis_turns;
use std::f64::consts::TAU;

/// Below this span of the corner phases, in rad, the power series is used.
const SERIES_SPAN: f64 = 1.5;

/// `sin(x) / x`.
#[inline(always)]
fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-4 { 1.0 - x * x / 6.0 } else { cis_turns(x / TAU).1 / x }
}

/// The mean of `exp(jφ)` over a triangle with the corner phases `phases` (rad): real and imaginary part.
///
/// Exact to about 1e-15 for any phases, equal ones included.
#[inline(always)]
pub fn form_factor(phases: [f64; 3]) -> (f64, f64) {
    let [a, b, c] = phases;
    let low = a.min(b).min(c);
    let high = a.max(b).max(c);
    let span = high - low;
    let mean = (a + b + c) / 3.0;
    if span < SERIES_SPAN {
        return series(a - mean, b - mean, c - mean, mean);
    }
    let middle = a + b + c - low - high;
    // Divided difference of the two divided differences along the edges; the division by the largest span is harmless.
    let upper = edge(high, middle);
    let lower = edge(middle, low);
    let (re, im) = (2.0 / span * (upper.0 - lower.0), 2.0 / span * (upper.1 - lower.1));
    // (re + j im) / j
    (im, -re)
}

/// Mean of `exp(jφ)` along an edge.
#[inline(always)]
fn edge(a: f64, b: f64) -> (f64, f64) {
    let (c, s) = cis_turns(0.5 * (a + b) / TAU);
    let size = sinc(0.5 * (a - b));
    (c * size, s * size)
}

/// `2 Σ hₙ(jx, jy, jz) / (n + 2)!` with x + y + z = 0, where the complete symmetric polynomials hₙ follow from the two
/// remaining elementary ones: `hₙ = -e₂ hₙ₋₂ + e₃ hₙ₋₃`.
#[inline(always)]
fn series(x: f64, y: f64, z: f64, mean: f64) -> (f64, f64) {
    // With imaginary arguments j·x: e₂ = -(xy + yz + zx) and e₃ = -j·xyz; even terms stay real, odd ones imaginary.
    let p = x * y + y * z + z * x;
    let q = x * y * z;
    // hₙ = jⁿ gₙ with gₙ real: gₙ = -p gₙ₋₂ + q gₙ₋₃.
    let (mut g0, mut g1, mut g2) = (0.0, 0.0, 1.0);
    let (mut re, mut im) = (1.0, 0.0);
    let mut factorial = 2.0;
    let mut n = 1;
    while n <= 18 {
        let g3 = -p * g1 + q * g0;
        (g0, g1, g2) = (g1, g2, g3);
        factorial *= (n + 2) as f64;
        let term = 2.0 * g2 / factorial;
        match n % 4 {
            0 => re += term,
            1 => im += term,
            2 => re -= term,
            _ => im -= term,
        }
        n += 1;
    }
    if mean == 0.0 {
        return (re, im);
    }
    let (c, s) = cis_turns(mean / TAU);
    (re * c - im * s, re * s + im * c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::split::gauss_legendre;

    /// The same mean by a product rule of 48 × 48 nodes.
    fn by_quadrature(phases: [f64; 3]) -> (f64, f64) {
        let rule = gauss_legendre(48);
        let (mut re, mut im) = (0.0, 0.0);
        for &(x, w) in &rule {
            for &(y, v) in &rule {
                let (b, c) = (x, y * (1.0 - x));
                let phase = phases[0] * (1.0 - b - c) + phases[1] * b + phases[2] * c;
                let weight = 2.0 * w * v * (1.0 - x);
                re += weight * phase.cos();
                im += weight * phase.sin();
            }
        }
        (re, im)
    }

    #[test]
    fn it_is_the_integral_over_the_triangle() {
        let cases = [
            [0.0, 0.0, 0.0],
            [0.3, -0.1, -0.2],
            [1.0, 1.0, 1.0],
            [0.7, -0.7, 0.0],
            [0.749, -0.75, 0.0],
            [0.76, -0.75, 0.0],
            [5.0, 5.0, -10.0],
            [20.0, -9.0, -11.0],
            [3.0, 3.0 + 1e-9, -6.0],
            [30.0, 0.0, -30.0],
            [7.0, 9.0, 11.0],
        ];
        for case in cases {
            let (got, want) = (form_factor(case), by_quadrature(case));
            let error = (got.0 - want.0).hypot(got.1 - want.1);
            assert!(error < 2e-14, "{case:?}: {got:?} instead of {want:?}, error {error:e}");
        }
    }
}
