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
    let small = x.abs() < 1e-4;
    let divisor = if small { 1.0 } else { x };
    let quotient = cis_turns(x / TAU).1 / divisor;
    if small { 1.0 - x * x / 6.0 } else { quotient }
}

/// The mean of `exp(jφ)` over a triangle with the corner phases `phases` (rad): real and imaginary part.
///
/// Exact to about 1e-15 for any phases, equal ones included. Without branches: both forms are computed and one is chosen, so
/// that a loop over triangles becomes vector code.
#[inline(always)]
pub fn form_factor(phases: [f64; 3]) -> (f64, f64) {
    let [a, b, c] = phases;
    let low = a.min(b).min(c);
    let high = a.max(b).max(c);
    let middle = a + b + c - low - high;
    let mean = (a + b + c) / 3.0;
    let small = high - low < SERIES_SPAN;
    // Divided difference of the two divided differences along the edges; the division by the largest span is harmless.
    let span = if small { 1.0 } else { high - low };
    let upper = edge(high, middle);
    let lower = edge(middle, low);
    // Divided by j.
    let general = (2.0 / span * (upper.1 - lower.1), -2.0 / span * (upper.0 - lower.0));
    let near = series(a - mean, b - mean, c - mean);
    let (cos, sin) = cis_turns(mean / TAU);
    let near = (near.0 * cos - near.1 * sin, near.0 * sin + near.1 * cos);
    if small { near } else { general }
}

/// Mean of `exp(jφ)` along an edge.
#[inline(always)]
fn edge(a: f64, b: f64) -> (f64, f64) {
    let (c, s) = cis_turns(0.5 * (a + b) / TAU);
    let size = sinc(0.5 * (a - b));
    (c * size, s * size)
}

/// `2 j^n / (n + 2)!` without the factor j of odd n.
const TERMS: [f64; 18] = {
    let mut out = [0.0; 18];
    let mut factorial = 2.0;
    let mut n = 0;
    while n < 18 {
        out[n] = (if n % 4 < 2 { 2.0 } else { -2.0 }) / factorial;
        n += 1;
        factorial *= (n + 2) as f64;
    }
    out
};

/// `2 Σ hₙ(jx, jy, jz) / (n + 2)!` with x + y + z = 0, where the complete symmetric polynomials hₙ follow from the two
/// remaining elementary ones: `hₙ = -e₂ hₙ₋₂ + e₃ hₙ₋₃`, or `hₙ = jⁿ gₙ` with real `gₙ = -p gₙ₋₂ + q gₙ₋₃`.
#[inline(always)]
fn series(x: f64, y: f64, z: f64) -> (f64, f64) {
    let p = x * y + y * z + z * x;
    let q = x * y * z;
    // g₀ = 1, g₁ = 0.
    let (mut before, mut even, mut odd) = (0.0, 1.0, 0.0);
    let (mut re, mut im) = (TERMS[0], 0.0);
    let mut n = 2;
    while n < TERMS.len() {
        let next_even = q * before - p * even;
        let next_odd = q * even - p * odd;
        (before, even, odd) = (odd, next_even, next_odd);
        re += TERMS[n] * even;
        im += TERMS[n + 1] * odd;
        n += 2;
    }
    (re, im)
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
