//! Sums up rotating phasors over the samples of a chirp: the innermost loop of the exact engine.
//!
//! Eight successive samples advance together by one multiplication with the phasor's rotation over eight samples. All variants
//! multiply and add the same numbers in the same order without fusing, so that they give the same bits; the two with
//! intrinsics exist because the compiler's own vector code for this loop was four times slower.

/// Samples that advance together.
pub(super) const LANES: usize = 8;
/// Phasors of one call, at most.
pub(in crate::sim) const CHUNK: usize = 64;
/// Samples after which a phasor is set anew: 64 steps of eight samples keep its error below 1e-13.
pub(super) const SEGMENT: usize = 512;

/// Phasors at the first eight samples of a segment, with their rotation over eight samples.
pub(super) struct Phasors {
    pub(super) re: [[f64; CHUNK]; LANES],
    pub(super) im: [[f64; CHUNK]; LANES],
    pub(super) leap_re: [f64; CHUNK],
    pub(super) leap_im: [f64; CHUNK],
}

impl Phasors {
    pub(super) fn new() -> Self {
        let z = [0.0; CHUNK];
        Self { re: [z; LANES], im: [z; LANES], leap_re: z, leap_im: z }
    }
}

/// Sums of one antenna pair, real and imaginary apart; lengths are multiples of eight.
pub(super) struct Accumulator {
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Accumulator {
    pub(super) fn new(n_samples: usize) -> Self {
        let n = n_samples.div_ceil(LANES) * LANES;
        Self { re: vec![0.0; n], im: vec![0.0; n] }
    }

    pub(super) fn clear(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
    }

    /// The sum at sample `n`.
    pub(super) fn at(&self, n: usize) -> (f64, f64) {
        (self.re[n], self.im[n])
    }

    /// Adds to one sample.
    #[inline(always)]
    pub(super) fn add_at(&mut self, n: usize, re: f64, im: f64) {
        self.re[n] += re;
        self.im[n] += im;
    }

    /// Adds the first `len` phasors over the samples from `first` to the end of the segment.
    #[inline(always)]
    pub(super) fn add<K: Kernel>(&mut self, phasors: &Phasors, len: usize, first: usize) {
        let end = (first + SEGMENT).min(self.re.len());
        K::add(phasors, len.min(CHUNK), &mut self.re[first..end], &mut self.im[first..end]);
    }
}

/// A variant of the loop.
pub(super) trait Kernel {
    /// Adds the first `len` phasors to samples; both slices have the same length, a multiple of eight.
    fn add(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]);
}

/// Plain Rust for every processor.
pub(super) struct Portable;

impl Kernel for Portable {
    fn add(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
        for i in 0..len {
            let mut r = phasors.re.each_ref().map(|lane| lane[i]);
            let mut s = phasors.im.each_ref().map(|lane| lane[i]);
            let (a, b) = (phasors.leap_re[i], phasors.leap_im[i]);
            for (re, im) in re.as_chunks_mut::<LANES>().0.iter_mut().zip(im.as_chunks_mut::<LANES>().0) {
                for k in 0..LANES {
                    re[k] += r[k];
                    im[k] += s[k];
                    (r[k], s[k]) = (r[k] * a - s[k] * b, r[k] * b + s[k] * a);
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Kernel, LANES, Phasors};
    use std::arch::x86_64::*;

    /// Eight lanes in one register. Only for processors with AVX-512F.
    pub(in super::super) struct Avx512;
    /// Eight lanes in two registers. Only for processors with AVX2.
    pub(in super::super) struct Avx2;

    impl Kernel for Avx512 {
        #[inline(always)]
        fn add(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
            // SAFETY: this variant is chosen only after the processor was asked for AVX-512F.
            unsafe { add_512(phasors, len, re, im) }
        }
    }

    impl Kernel for Avx2 {
        #[inline(always)]
        fn add(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
            // SAFETY: this variant is chosen only after the processor was asked for AVX2.
            unsafe { add_256(phasors, len, re, im) }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn add_512(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
        let whole = len / 4 * 4;
        for i in (0..whole).step_by(4) {
            run_512::<4>(phasors, i, re, im);
        }
        for i in whole..len {
            run_512::<1>(phasors, i, re, im);
        }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn run_512<const N: usize>(phasors: &Phasors, first: usize, re: &mut [f64], im: &mut [f64]) {
        let load = |lanes: &[[f64; super::CHUNK]; LANES], i: usize| {
            let l = lanes.each_ref().map(|lane| lane[i]);
            // SAFETY: `l` is eight doubles.
            unsafe { _mm512_loadu_pd(l.as_ptr()) }
        };
        let mut r: [__m512d; N] = std::array::from_fn(|g| load(&phasors.re, first + g));
        let mut s: [__m512d; N] = std::array::from_fn(|g| load(&phasors.im, first + g));
        let a: [__m512d; N] = std::array::from_fn(|g| _mm512_set1_pd(phasors.leap_re[first + g]));
        let b: [__m512d; N] = std::array::from_fn(|g| _mm512_set1_pd(phasors.leap_im[first + g]));
        for (re, im) in re.as_chunks_mut::<LANES>().0.iter_mut().zip(im.as_chunks_mut::<LANES>().0) {
            // SAFETY: `re` and `im` are eight doubles each.
            let (mut sum_re, mut sum_im) = unsafe { (_mm512_loadu_pd(re.as_ptr()), _mm512_loadu_pd(im.as_ptr())) };
            for g in 0..N {
                sum_re = _mm512_add_pd(sum_re, r[g]);
                sum_im = _mm512_add_pd(sum_im, s[g]);
                let turned = _mm512_sub_pd(_mm512_mul_pd(r[g], a[g]), _mm512_mul_pd(s[g], b[g]));
                s[g] = _mm512_add_pd(_mm512_mul_pd(r[g], b[g]), _mm512_mul_pd(s[g], a[g]));
                r[g] = turned;
            }
            // SAFETY: as above.
            unsafe {
                _mm512_storeu_pd(re.as_mut_ptr(), sum_re);
                _mm512_storeu_pd(im.as_mut_ptr(), sum_im);
            }
        }
    }

    #[target_feature(enable = "avx2")]
    fn add_256(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
        let whole = len / 2 * 2;
        for i in (0..whole).step_by(2) {
            run_256::<2>(phasors, i, re, im);
        }
        for i in whole..len {
            run_256::<1>(phasors, i, re, im);
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn run_256<const N: usize>(phasors: &Phasors, first: usize, re: &mut [f64], im: &mut [f64]) {
        let load = |lanes: &[[f64; super::CHUNK]; LANES], i: usize| {
            let l = lanes.each_ref().map(|lane| lane[i]);
            // SAFETY: `l` is eight doubles.
            unsafe { [_mm256_loadu_pd(l.as_ptr()), _mm256_loadu_pd(l.as_ptr().add(4))] }
        };
        let mut r: [[__m256d; 2]; N] = std::array::from_fn(|g| load(&phasors.re, first + g));
        let mut s: [[__m256d; 2]; N] = std::array::from_fn(|g| load(&phasors.im, first + g));
        let a: [__m256d; N] = std::array::from_fn(|g| _mm256_set1_pd(phasors.leap_re[first + g]));
        let b: [__m256d; N] = std::array::from_fn(|g| _mm256_set1_pd(phasors.leap_im[first + g]));
        for (re, im) in re.as_chunks_mut::<4>().0.chunks_exact_mut(2).zip(im.as_chunks_mut::<4>().0.chunks_exact_mut(2))
        {
            for h in 0..2 {
                // SAFETY: `re[h]` and `im[h]` are four doubles each.
                let (mut sum_re, mut sum_im) =
                    unsafe { (_mm256_loadu_pd(re[h].as_ptr()), _mm256_loadu_pd(im[h].as_ptr())) };
                for g in 0..N {
                    sum_re = _mm256_add_pd(sum_re, r[g][h]);
                    sum_im = _mm256_add_pd(sum_im, s[g][h]);
                    let turned = _mm256_sub_pd(_mm256_mul_pd(r[g][h], a[g]), _mm256_mul_pd(s[g][h], b[g]));
                    s[g][h] = _mm256_add_pd(_mm256_mul_pd(r[g][h], b[g]), _mm256_mul_pd(s[g][h], a[g]));
                    r[g][h] = turned;
                }
                // SAFETY: as above.
                unsafe {
                    _mm256_storeu_pd(re[h].as_mut_ptr(), sum_re);
                    _mm256_storeu_pd(im[h].as_mut_ptr(), sum_im);
                }
            }
        }
    }
}
