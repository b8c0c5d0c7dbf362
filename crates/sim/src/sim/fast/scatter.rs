//! From the samples of a block, loops side by side, into the frame, where loops stand one after the other.

use super::lanes::{BLOCK, Width};
use super::transform::Point;
use crate::base::Complex64;

/// Adds samples to `out`, where loop i begins at `i · stride`; all widths give the same bits.
pub(super) fn add_samples(width: Width, samples: &[Point], loops: usize, stride: usize, out: &mut [Complex64]) {
    let loops = loops.min(BLOCK);
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if width == Width::Avx512 && width.is_supported() {
        done = samples.len() / x86::POINTS * x86::POINTS;
        // SAFETY: the processor was asked for the instructions.
        unsafe { x86::add(&samples[..done], loops, stride, out) };
    }
    add_plainly(&samples[done..], loops, stride, out.get_mut(done..).unwrap_or_default());
}

/// Samples that are written of one loop before the next one: the loops' lines of memory and the points stay in the first cache.
const STRIP: usize = 32;

/// A function of its own, without wide instructions: with them the compiler gathers the lanes, which takes four times as long.
#[inline(never)]
fn add_plainly(samples: &[Point], loops: usize, stride: usize, out: &mut [Complex64]) {
    for (strip, samples) in samples.chunks(STRIP).enumerate() {
        for lane in 0..loops {
            let first = lane * stride + strip * STRIP;
            for (z, point) in out[first..first + samples.len()].iter_mut().zip(samples) {
                z.re += f64::from(point[0][lane]);
                z.im += f64::from(point[1][lane]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BLOCK, Complex64, Point};
    use std::arch::x86_64::*;

    /// Samples that are turned round together: a vector of complex f32.
    pub(super) const POINTS: usize = 8;

    /// Adds whole groups of samples: each is a matrix of complex numbers `[sample][chirp]`, which is transposed in registers.
    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) fn add(samples: &[Point], loops: usize, stride: usize, out: &mut [Complex64]) {
        // Real and imaginary parts of eight loops side by side, from sixteen of both.
        let halves = [
            _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
            _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
        ];
        for (group, points) in samples.chunks_exact(POINTS).enumerate() {
            for (half, choice) in halves.iter().enumerate() {
                let rows: [__m512d; POINTS] = std::array::from_fn(|i| {
                    let [re, im] = &points[i];
                    // SAFETY: both rows are BLOCK = 16 numbers long.
                    let (re, im) = unsafe { (_mm512_loadu_ps(re.as_ptr()), _mm512_loadu_ps(im.as_ptr())) };
                    _mm512_castps_pd(_mm512_permutex2var_ps(re, *choice, im))
                });
                for (i, row) in transposed(rows).into_iter().enumerate() {
                    let lane = half * BLOCK / 2 + i;
                    if lane >= loops {
                        break;
                    }
                    let first = lane * stride + group * POINTS;
                    let to = out[first..first + POINTS].as_mut_ptr().cast::<f64>();
                    let row = _mm512_castpd_ps(row);
                    let low = _mm512_cvtps_pd(_mm512_castps512_ps256(row));
                    let high = _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(row));
                    // SAFETY: eight complex numbers are sixteen of f64.
                    unsafe {
                        _mm512_storeu_pd(to, _mm512_add_pd(_mm512_loadu_pd(to), low));
                        let to = to.add(POINTS);
                        _mm512_storeu_pd(to, _mm512_add_pd(_mm512_loadu_pd(to), high));
                    }
                }
            }
        }
    }

    /// The transpose of a matrix of eight by eight.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn transposed(rows: [__m512d; 8]) -> [__m512d; 8] {
        let even: [__m512d; 4] = std::array::from_fn(|i| _mm512_unpacklo_pd(rows[2 * i], rows[2 * i + 1]));
        let odd: [__m512d; 4] = std::array::from_fn(|i| _mm512_unpackhi_pd(rows[2 * i], rows[2 * i + 1]));
        let [a, c, e, g] = quartered(even);
        let [b, d, f, h] = quartered(odd);
        [a, b, c, d, e, f, g, h]
    }

    /// The transpose of four by four pairs of numbers.
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn quartered([a, b, c, d]: [__m512d; 4]) -> [__m512d; 4] {
        let (ab, cd) = (_mm512_shuffle_f64x2::<0x44>(a, b), _mm512_shuffle_f64x2::<0x44>(c, d));
        let (ab_high, cd_high) = (_mm512_shuffle_f64x2::<0xee>(a, b), _mm512_shuffle_f64x2::<0xee>(c, d));
        [
            _mm512_shuffle_f64x2::<0x88>(ab, cd),
            _mm512_shuffle_f64x2::<0xdd>(ab, cd),
            _mm512_shuffle_f64x2::<0x88>(ab_high, cd_high),
            _mm512_shuffle_f64x2::<0xdd>(ab_high, cd_high),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_puts_samples_where_they_belong() {
        for (n, loops) in [(1, 1), (8, 16), (21, 5), (64, 13), (256, 16)] {
            let samples: Vec<Point> = (0..n)
                .map(|s| std::array::from_fn(|part| std::array::from_fn(|l| (1000 * s + 10 * l + part) as f32)))
                .collect();
            let stride = n + 3;
            let before: Vec<Complex64> = (0..loops * stride).map(|i| Complex64::new(0.25 * i as f64, -1.0)).collect();
            let mut out = before.clone();
            add_plainly(&samples, loops, stride, &mut out);
            for width in Width::ALL {
                let mut other = before.clone();
                add_samples(width, &samples, loops, stride, &mut other);
                assert_eq!(other, out, "{width:?}");
            }
            for (i, (now, before)) in out.iter().zip(&before).enumerate() {
                let (l, s) = (i / stride, i % stride);
                let want = if s < n { (1000 * s + 10 * l) as f64 } else { 0.0 };
                assert_eq!(now - before, Complex64::new(want, if s < n { want + 1.0 } else { 0.0 }));
            }
        }
    }
}
