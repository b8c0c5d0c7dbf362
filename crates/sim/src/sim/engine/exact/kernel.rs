//! Sums up rotating phasors over the samples of a chirp: the innermost loop of the exact engine.
//!
//! Eight successive samples advance together by one multiplication with the phasor's rotation over eight samples. Nothing is fused
//! or reordered, so that every width of vectors gives the same bits; vectors are explicit because the compiler's own code for this
//! loop was four times slower.

use crate::kernels::{Doubles, Lanes};

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
    pub(super) fn add<V: Lanes>(&mut self, phasors: &Phasors, len: usize, first: usize) {
        let end = (first + SEGMENT).min(self.re.len());
        let (re, im) = (&mut self.re[first..end], &mut self.im[first..end]);
        // As many phasors at a time as the registers hold.
        match V::Doubles::COUNT {
            LANES => add::<V::Doubles, 1, 4>(phasors, len.min(CHUNK), re, im),
            4 => add::<V::Doubles, 2, 2>(phasors, len.min(CHUNK), re, im),
            _ => add::<V::Doubles, 4, 1>(phasors, len.min(CHUNK), re, im),
        }
    }
}

/// Adds the first `len` phasors, `N` at a time, to samples; both slices have the same length, a multiple of eight, and eight
/// samples are `PARTS` vectors.
#[inline(always)]
fn add<D: Doubles, const PARTS: usize, const N: usize>(phasors: &Phasors, len: usize, re: &mut [f64], im: &mut [f64]) {
    let whole = len / N * N;
    for i in (0..whole).step_by(N) {
        run::<D, PARTS, N>(phasors, i, re, im);
    }
    for i in whole..len {
        run::<D, PARTS, 1>(phasors, i, re, im);
    }
}

#[inline(always)]
fn run<D: Doubles, const PARTS: usize, const N: usize>(
    phasors: &Phasors,
    first: usize,
    re: &mut [f64],
    im: &mut [f64],
) {
    let mut r = [[D::splat(0.0); PARTS]; N];
    let (mut s, mut a, mut b) = (r, [D::splat(0.0); N], [D::splat(0.0); N]);
    for g in 0..N {
        r[g] = load(&phasors.re.each_ref().map(|lane| lane[first + g]));
        s[g] = load(&phasors.im.each_ref().map(|lane| lane[first + g]));
        a[g] = D::splat(phasors.leap_re[first + g]);
        b[g] = D::splat(phasors.leap_im[first + g]);
    }
    for (re, im) in re.as_chunks_mut::<LANES>().0.iter_mut().zip(im.as_chunks_mut::<LANES>().0) {
        for h in 0..PARTS {
            let (re, im) = (&mut re[h * D::COUNT..], &mut im[h * D::COUNT..]);
            let (mut sum_re, mut sum_im) = (D::load(re), D::load(im));
            for g in 0..N {
                sum_re = sum_re.add(r[g][h]);
                sum_im = sum_im.add(s[g][h]);
                let turned = r[g][h].mul(a[g]).sub(s[g][h].mul(b[g]));
                s[g][h] = r[g][h].mul(b[g]).add(s[g][h].mul(a[g]));
                r[g][h] = turned;
            }
            sum_re.store(re);
            sum_im.store(im);
        }
    }
}

/// Eight samples as vectors.
#[inline(always)]
fn load<D: Doubles, const PARTS: usize>(from: &[f64; LANES]) -> [D; PARTS] {
    let mut out = [D::splat(0.0); PARTS];
    for (h, out) in out.iter_mut().enumerate() {
        *out = D::load(&from[h * D::COUNT..]);
    }
    out
}
