//! Polynomials of elementary functions in f32.
//!
//! All are Chebyshev interpolations (numpy: `chebfit` at 200 nodes or more, then `cheb2poly`), lowest power first.

pub(super) use crate::base::normal::{COSINE, SINE};
use crate::kernels::Lanes;

/// `16 arcsin²(√q) / q` on 0 ≤ q ≤ ½: the square of an angle from q = sin² of its quarter; relative error 6e-9.
pub(super) const SQUARED_ANGLE: [f32; 9] =
    [16.0, 5.333_305, 2.845_900_2, 1.800_024_8, 1.576_985_7, -0.490_117_28, 5.239_562_4, -6.695_785_4, 5.958_439_3];

/// 2^x on |x| ≤ ½; relative error 3e-9.
pub(super) const EXP2: [f32; 7] =
    [1.0, 0.693_147_2, 0.240_226_51, 0.055_503_27, 0.009_618_026, 0.001_340_043_2, 0.000_154_697_32];

/// Horner's rule.
#[inline(always)]
pub(super) fn horner<V: Lanes, const N: usize>(coefficients: &[f32; N], x: V) -> V {
    let mut sum = V::splat(coefficients[N - 1]);
    let mut n = N - 1;
    while n > 0 {
        n -= 1;
        sum = sum.fma(x, V::splat(coefficients[n]));
    }
    sum
}

/// Cosine and sine of `turns` cycles, |turns| ≤ ½, by the polynomials of this module.
#[inline(always)]
pub(super) fn cis<V: Lanes>(turns: V) -> (V, V) {
    let z = turns.mul(turns);
    (horner(&COSINE, z), turns.mul(horner(&SINE, z)))
}
