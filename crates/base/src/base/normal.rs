//! Normal numbers by the ten thousand: Box and Muller's transform in vector code.
//!
//! Nothing is fused or reordered, so that every machine gives the same bits.

// Coefficients are fitted, not constants, and lanes are addressed by number.
#![allow(clippy::approx_constant, clippy::needless_range_loop)]

use super::random::Stream;
use crate::kernels::{Lanes, Task, Width};
use rand::Rng;

/// sin(2πx) / x in powers of x², |x| ≤ ½ (Chebyshev interpolation). Error of the sine in f32 arithmetic at most 6.9e-7,
/// 1.1e-7 rms.
pub const SINE: [f32; 6] = [6.283_185, -41.341_59, 81.599_945, -76.614_47, 41.342_884, -12.471_244];

/// cos(2πx) in powers of x², |x| ≤ ½ (Chebyshev interpolation). Error in f32 arithmetic at most 4.0e-7, 0.6e-7 rms.
pub const COSINE: [f32; 7] = [1.0, -19.739_204, 64.939_12, -85.450_14, 60.167_63, -25.967_6, 6.528_658];

/// Pairs that are made together.
const BATCH: usize = 64;

/// Calls `each(first, a, b)` for batches of `0..count` in order: the i-th numbers of `a` and `b`, two independent standard normal
/// ones, are those of `first + i`.
///
/// They lie within ±6.8: a magnitude comes from 32 bits.
pub fn for_each_batch(stream: &mut Stream, count: usize, mut each: impl FnMut(usize, &[f32], &[f32])) {
    let mut bytes = [0; 8 * BATCH];
    let mut pairs = [[0.0; BATCH]; 2];
    let width = Width::best();
    for first in (0..count).step_by(BATCH) {
        stream.fill_bytes(&mut bytes);
        width.run(Transform { bytes: &bytes, out: &mut pairs });
        let len = BATCH.min(count - first);
        each(first, &pairs[0][..len], &pairs[1][..len]);
    }
}

/// A batch of pairs out of random bytes.
struct Transform<'a> {
    bytes: &'a [u8; 8 * BATCH],
    out: &'a mut [[f32; BATCH]; 2],
}

impl Task for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes>(self) {
        transform(self.bytes, self.out);
    }
}

/// Box and Muller (1958): the first half of the words are magnitudes, the second half angles.
#[inline(always)]
fn transform(bytes: &[u8; 8 * BATCH], out: &mut [[f32; BATCH]; 2]) {
    let words = bytes.as_chunks::<4>().0;
    for i in 0..BATCH {
        let size = (-2.0 * logarithm(u32::from_le_bytes(words[i]))).sqrt();
        // All 2³² angles, in turns from −½ to ½.
        let turns = u32::from_le_bytes(words[BATCH + i]).cast_signed() as f32 * 2.0_f32.powi(-32);
        let z = turns * turns;
        out[0][i] = size * horner(&COSINE, z);
        out[1][i] = size * (turns * horner(&SINE, z));
    }
}

/// Natural logarithm of `(x + ½) / 2³²`, never above zero.
#[inline(always)]
fn logarithm(x: u32) -> f32 {
    // In two parts, that small numbers keep all of their bits.
    let high = (x >> 8).cast_signed() as f32 * 2.0_f32.powi(-24);
    let low = ((x & 0xff).cast_signed() as f32 + 0.5) * 2.0_f32.powi(-32);
    let u = high + low;
    // u = m 2^e with √½ ≤ m < √2, and ln m = 2 artanh s with s = (m − 1)/(m + 1), |s| < 0.172.
    let bits = u.to_bits().wrapping_sub(0x3f35_04f3);
    let e = (bits.cast_signed() >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let s = (m - 1.0) / (m + 1.0);
    let series = horner(&[2.0, 2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0], s * s);
    (e * std::f32::consts::LN_2 + s * series).min(0.0)
}

#[inline(always)]
fn horner<const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut n = N - 1;
    while n > 0 {
        n -= 1;
        sum = sum * x + coefficients[n];
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;

    #[test]
    fn logarithms_are_right_to_the_last_bits() {
        for x in (0..32).flat_map(|k| [1_u32 << k, (1 << k) + 1, u32::MAX >> k, 0xb504_f333_u32 >> k]).chain([0]) {
            let want = ((f64::from(x) + 0.5) * 2f64.powi(-32)).ln();
            let got = f64::from(logarithm(x));
            assert!((got - want).abs() < 2e-7 * want.abs() + 1.3e-7, "{x}: {got} instead of {want}");
        }
    }

    #[test]
    fn every_vector_width_gives_the_same_bits() {
        let mut bytes = [0; 8 * BATCH];
        RandomTree::new(3).stream(0, "test").fill_bytes(&mut bytes);
        let with = |width: Width| {
            let mut out = [[0.0; BATCH]; 2];
            width.run(Transform { bytes: &bytes, out: &mut out });
            out
        };
        for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
            assert_eq!(with(width), with(Width::Portable), "{width:?}");
        }
    }

    #[test]
    fn they_are_normal_and_independent() {
        let n = 400_000;
        let mut sums = [0.0_f64; 6];
        let mut beyond = [0_usize; 3];
        let mut last = 0.0;
        let mut all = Vec::with_capacity(n);
        for_each_batch(&mut RandomTree::new(5).stream(0, "test"), n, |first, a, b| {
            assert_eq!(first, all.len());
            all.extend(a.iter().zip(b).map(|(a, b)| [f64::from(*a), f64::from(*b)]));
        });
        assert_eq!(all.len(), n);
        for [a, b] in all {
            for x in [a, b] {
                sums[0] += x;
                sums[1] += x * x;
                sums[2] += x.powi(3);
                sums[3] += x.powi(4);
                for (count, limit) in beyond.iter_mut().zip([1.0, 2.0, 4.0]) {
                    *count += usize::from(x.abs() > limit);
                }
            }
            sums[4] += a * b;
            sums[5] += a * last;
            last = b;
        }
        let count = 2.0 * n as f64;
        // Each bound is five standard errors: √(1, 2, 15, 96 / count), √(1 / n).
        let bounds = [1.0, 2.0, 15.0, 96.0].map(|v: f64| 5.0 * (v / count).sqrt());
        for (k, want) in [0.0, 1.0, 0.0, 3.0].into_iter().enumerate() {
            let got = sums[k] / count;
            assert!((got - want).abs() < bounds[k], "moment {}: {got}", k + 1);
        }
        for sum in &sums[4..] {
            assert!((sum / n as f64).abs() < 5.0 / (n as f64).sqrt(), "correlation {sum}");
        }
        // 2 (1 − Φ) at 1, 2 and 4.
        for (got, share) in beyond.into_iter().zip([0.317_310_5, 0.045_500_3, 6.334e-5]) {
            let (got, want) = (got as f64, share * count);
            assert!((got - want).abs() < 5.0 * (want * (1.0 - share)).sqrt(), "{got} instead of {want}");
        }
    }
}
