//! The inner loop: phasors of patches and their moments in a cell, all lanes of a block at once.

use super::lanes::{BLOCK, Lanes};
use super::series::{COSINE, SINE};
use super::tables::Entry;
use super::taps::MOMENTS;

/// A quantity at the loops of a block.
pub(super) type Row = [f32; BLOCK];

/// A patch with its values written out for every loop.
#[derive(Clone, Copy)]
pub(super) struct Tabulated {
    /// Phase in the middle sample, cycles.
    pub(super) phase: Row,
    /// Place in the cell.
    pub(super) x: Row,
    /// Amplitude.
    pub(super) re: Row,
    pub(super) im: Row,
}

/// Moments `Σ c x^p` of a cell: real and imaginary part.
pub(super) type Moments = [[Row; 2]; MOMENTS];

/// Cosine and sine of `turns` cycles, |turns| ≤ ½, by the polynomials of [`super::series`].
#[inline(always)]
pub(super) fn cis<V: Lanes>(turns: V) -> (V, V) {
    let z = turns.mul(turns);
    let horner = |coefficients: &[f64]| {
        let mut sum = V::splat(coefficients[coefficients.len() - 1] as f32);
        for c in coefficients.iter().rev().skip(1) {
            sum = sum.fma(z, V::splat(*c as f32));
        }
        sum
    };
    (horner(&COSINE), turns.mul(horner(&SINE)))
}

/// Accumulates moments in registers.
#[derive(Clone, Copy)]
pub(super) struct Sums<V>([(V, V); MOMENTS]);

impl<V: Lanes> Sums<V> {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self([(V::splat(0.0), V::splat(0.0)); MOMENTS])
    }

    /// Adds `a exp(j2π turns) x^p` for a complex amplitude a.
    #[inline(always)]
    pub(super) fn add(&mut self, turns: V, x: V, re: V, im: V) {
        let (c, s) = cis(turns);
        let (cr, ci) = (im.fnma(s, re.mul(c)), im.fma(c, re.mul(s)));
        let mut power = x;
        self.0[0] = (self.0[0].0.add(cr), self.0[0].1.add(ci));
        for p in 1..MOMENTS {
            self.0[p] = (cr.fma(power, self.0[p].0), ci.fma(power, self.0[p].1));
            if p + 1 < MOMENTS {
                power = power.mul(x);
            }
        }
    }

    #[inline(always)]
    pub(super) fn store(&self, lane: usize, out: &mut Moments) {
        for (sum, out) in self.0.iter().zip(out) {
            sum.0.store(&mut out[0][lane..]);
            sum.1.store(&mut out[1][lane..]);
        }
    }
}

/// No moments.
pub(super) const EMPTY: Moments = [[[0.0; BLOCK]; 2]; MOMENTS];

/// Moments of tabulated patches of one cell.
#[inline(always)]
pub(super) fn tabulated<V: Lanes>(entries: &[Entry], out: &mut Moments) {
    let mut lane = 0;
    while lane < BLOCK {
        let mut sums = Sums::<V>::zero();
        for entry in entries {
            let t = &entry.table;
            let at = |row: &Row| V::load(&row[lane..]);
            sums.add(at(&t.phase), at(&t.x), at(&t.re), at(&t.im));
        }
        sums.store(lane, out);
        lane += V::COUNT;
    }
}
