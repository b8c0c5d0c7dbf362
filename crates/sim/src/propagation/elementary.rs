//! Elementary functions as branch-free polynomials, so that loops over many facets become vector code.
//!
//! No fused multiply-add and no dependence on the vector width: the same input gives the same bits on every machine.

use std::f64::consts::{LN_2, LOG2_E, TAU};

/// Adding and subtracting 1.5 · 2⁵² rounds a double to the nearest integer (ties to even) without a branch.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// The nearest integer of |x| < 2⁵¹.
#[inline(always)]
fn nearest(x: f64) -> f64 {
    (x + ROUNDER) - ROUNDER
}

/// Cosine and sine of `turns` cycles; |turns| < 10¹².
///
/// The argument is reduced modulo one cycle in f64 first; the absolute error is below 3e-16 plus 2π times the rounding
/// error of `turns` itself. Taylor series on |y| ≤ π/4.
#[inline(always)]
pub fn cis_turns(turns: f64) -> (f64, f64) {
    let r = turns - nearest(turns);
    let q = nearest(4.0 * r);
    let y = (r - 0.25 * q) * TAU;
    let z = y * y;
    let s = y
        * (1.0
            + z * (-1.0 / 6.0
                + z * (1.0 / 120.0
                    + z * (-1.0 / 5040.0
                        + z * (1.0 / 362_880.0
                            + z * (-1.0 / 39_916_800.0
                                + z * (1.0 / 6_227_020_800.0 + z * (-1.0 / 1_307_674_368_000.0))))))));
    let c = 1.0
        + z * (-0.5
            + z * (1.0 / 24.0
                + z * (-1.0 / 720.0
                    + z * (1.0 / 40_320.0
                        + z * (-1.0 / 3_628_800.0
                            + z * (1.0 / 479_001_600.0
                                + z * (-1.0 / 87_178_291_200.0 + z * (1.0 / 20_922_789_888_000.0))))))));
    // cos and sin of q quarter turns for q in -2..=2, exactly.
    let cq = 1.0 - q.abs();
    let sq = q * (2.0 - q.abs());
    (c * cq - s * sq, s * cq + c * sq)
}

/// `exp(-x)` for x ≥ 0; below 1e-304 it stays at that size instead of vanishing. Relative error below 4e-16 (1 + x).
#[inline(always)]
pub fn exp_negative(x: f64) -> f64 {
    let x = -x.clamp(0.0, 700.0);
    let shifted = x * LOG2_E + ROUNDER;
    let k = shifted - ROUNDER;
    let r = x - k * LN_2;
    let mut sum = 1.0;
    // Horner form of the Taylor series; |r| ≤ 0.35, so fourteen terms reach 1e-17.
    let mut n = 14.0;
    while n > 0.5 {
        sum = 1.0 + sum * r / n;
        n -= 1.0;
    }
    // The low bits of `shifted` hold k: moved into the exponent field they are 2^k.
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    sum * power
}

/// Series coefficients of `θ² = 16 · 2 Σ (4u)ⁿ / (n² C(2n, n))` with `u = sin²(θ/8)`.
const SQUARED_ANGLE: [f64; 17] = {
    let mut out = [0.0; 17];
    let mut ratio = 1.0; // 4ⁿ / C(2n, n)
    let mut n = 1;
    while n <= 17 {
        let m = n as f64;
        ratio *= 4.0 * m / (2.0 * (2.0 * m - 1.0));
        out[n - 1] = 32.0 * ratio / (m * m);
        n += 1;
    }
    out
};

/// Square of the angle whose cosine is `cosine` (clamped to [-1, 1]); absolute error below 2e-14 rad².
///
/// The angle is quartered by two half-angle steps; then the series of arcsin² (Borwein & Chamberland 2007, eq. 1.1) takes
/// seventeen terms.
#[inline(always)]
pub fn squared_angle(cosine: f64) -> f64 {
    let half = (0.5 * (1.0 + cosine.clamp(-1.0, 1.0))).sqrt();
    let quarter = (0.5 * (1.0 + half)).sqrt();
    let u = 0.5 * (1.0 - quarter);
    let mut sum = 0.0;
    let mut n = SQUARED_ANGLE.len();
    while n > 0 {
        n -= 1;
        sum = (sum + SQUARED_ANGLE[n]) * u;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_standard_library() {
        for i in -4000..4000 {
            let x = i as f64 * 0.37 / 1000.0;
            let (c, s) = cis_turns(x);
            let (s0, c0) = (TAU * x).sin_cos();
            assert!((c - c0).abs() < 2e-15 && (s - s0).abs() < 2e-15, "cis_turns({x}) = {c}, {s}, not {c0}, {s0}");
            let x = (i + 4000) as f64 * 0.01;
            let want = (-x).exp();
            assert!((exp_negative(x) / want - 1.0).abs() < 4e-14, "exp(-{x}) = {}, not {want}", exp_negative(x));
            let angle = (i + 4000) as f64 * std::f64::consts::PI / 8000.0;
            let got = squared_angle(angle.cos());
            // Near π the cosine itself no longer tells angles apart.
            let bound = 1e-13 + 1e-15 / (angle.sin() + 1e-12);
            assert!((got - angle * angle).abs() < bound, "squared_angle({angle}) = {got}");
        }
        let (c, s) = cis_turns(1e9 + 0.25);
        assert!(c.abs() < 1e-15 && (s - 1.0).abs() < 1e-15);
        assert_eq!(exp_negative(0.0), 1.0);
    }
}
