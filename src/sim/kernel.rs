//! Sums up rotating phasors over the samples of a chirp.

/// Samples that advance together.
const LANES: usize = 8;
/// Phasors that advance together, so that their chains of multiplications overlap.
const GROUP: usize = 4;
/// Samples after which a phasor is set anew: 64 steps of eight samples keep its error below 1e-13.
pub(super) const SEGMENT: usize = 512;

/// Sums of one antenna pair, real and imaginary apart; lengths are multiples of eight.
pub(super) struct Accumulator {
    re: Vec<f64>,
    im: Vec<f64>,
}

/// A phasor at the first sample of a segment with its rotation by one and by eight samples.
#[derive(Clone, Copy, Default)]
pub(super) struct Phasor {
    pub(super) re: f64,
    pub(super) im: f64,
    pub(super) step: (f64, f64),
    pub(super) leap: (f64, f64),
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

    /// Adds phasors over the samples from `first` to the end of the segment.
    #[inline(always)]
    pub(super) fn add(&mut self, phasors: &[Phasor], first: usize) {
        let end = (first + SEGMENT).min(self.re.len());
        let mut groups = phasors.chunks_exact(GROUP);
        let (re, im) = (&mut self.re[first..end], &mut self.im[first..end]);
        for group in &mut groups {
            run::<GROUP>(group, re, im);
        }
        for single in groups.remainder() {
            run::<1>(std::slice::from_ref(single), re, im);
        }
    }
}

/// One group of phasors. The order of additions depends on nothing but the order of the phasors.
#[inline(always)]
fn run<const N: usize>(phasors: &[Phasor], re: &mut [f64], im: &mut [f64]) {
    let mut zr = [[0.0; LANES]; N];
    let mut zi = [[0.0; LANES]; N];
    let mut lr = [0.0; N];
    let mut li = [0.0; N];
    for g in 0..N {
        let p = &phasors[g];
        (lr[g], li[g]) = p.leap;
        let (mut r, mut i) = (p.re, p.im);
        for k in 0..LANES {
            zr[g][k] = r;
            zi[g][k] = i;
            (r, i) = (r * p.step.0 - i * p.step.1, r * p.step.1 + i * p.step.0);
        }
    }
    for (out_re, out_im) in re.chunks_exact_mut(LANES).zip(im.chunks_exact_mut(LANES)) {
        for k in 0..LANES {
            let (mut sum_re, mut sum_im) = (out_re[k], out_im[k]);
            for g in 0..N {
                sum_re += zr[g][k];
                sum_im += zi[g][k];
            }
            out_re[k] = sum_re;
            out_im[k] = sum_im;
        }
        for g in 0..N {
            for k in 0..LANES {
                let (r, i) = (zr[g][k], zi[g][k]);
                zr[g][k] = r * lr[g] - i * li[g];
                zi[g][k] = r * li[g] + i * lr[g];
            }
        }
    }
}
