//! The inner loop: phasors of patches and their moments in a cell, all lanes of a block at once.

use super::PORTION;
use super::lanes::{BLOCK, Lanes};
use super::series::{COSINE, SINE, horner};
use super::tables::Entry;
use super::taps::{CELL_IN_X, MOMENTS};

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
    (horner(&COSINE, z), turns.mul(horner(&SINE, z)))
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

/// Patches of a portion in one block and pair: cubics in the time u of the block, |u| ≤ 1.
pub(super) struct Lines {
    /// Constant of the phase, cycles modulo one, and its change with u, u², u³.
    pub(super) phase: [[f32; PORTION]; 4],
    /// Place in the cell at u = 0.
    pub(super) x: [f32; PORTION],
    /// Place per cycle of phase.
    pub(super) x_per_turn: f32,
    pub(super) re: [[f32; PORTION]; 4],
    pub(super) im: [[f32; PORTION]; 4],
}

impl Lines {
    pub(super) fn new() -> Box<Self> {
        let z = [0.0; PORTION];
        Box::new(Self { phase: [z; 4], x: z, x_per_turn: 0.0, re: [z; 4], im: [z; 4] })
    }
}

/// A stretch of loops of a patch in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    /// The cell before it is folded into the grid.
    pub(super) cell: i32,
    /// Whether other loops of the patch stand in other cells.
    pub(super) cut: bool,
    /// The loops are `first..end`.
    pub(super) first: u8,
    pub(super) end: u8,
    /// The patch within its portion.
    pub(super) patch: u16,
    /// How many cells above this one the patch's line is given for.
    pub(super) shift: i16,
}

/// Zeros, then ones: seen from `BLOCK − f` on it is the gate of all loops from f on.
const STEP: [f32; 2 * BLOCK] = {
    let mut step = [0.0; 2 * BLOCK];
    let mut i = BLOCK;
    while i < 2 * BLOCK {
        step[i] = 1.0;
        i += 1;
    }
    step
};

/// Moments of one cell at the times `u` of the loops.
#[inline(always)]
pub(super) fn cubics<V: Lanes>(run: &[Stretch], lines: &Lines, u: &Row, out: &mut Moments) {
    let mut lane = 0;
    while lane < BLOCK {
        let mut sums = Sums::<V>::zero();
        let u = V::load(&u[lane..]);
        let x_per_turn = V::splat(lines.x_per_turn);
        for stretch in run {
            let m = stretch.patch as usize % PORTION;
            let s = |row: &[f32; PORTION]| V::splat(row[m]);
            let turned = s(&lines.phase[3]).fma(u, s(&lines.phase[2])).fma(u, s(&lines.phase[1])).mul(u);
            let turns = turned.add(s(&lines.phase[0])).fraction();
            let x = turned.fma(x_per_turn, s(&lines.x));
            let value = |c: &[[f32; PORTION]; 4]| s(&c[3]).fma(u, s(&c[2])).fma(u, s(&c[1])).fma(u, s(&c[0]));
            let (mut x, mut re, mut im) = (x, value(&lines.re), value(&lines.im));
            if stretch.cut {
                let shift = f32::from(stretch.shift) * CELL_IN_X;
                let since = V::load(&STEP[BLOCK + lane - stretch.first as usize..]);
                let past = V::load(&STEP[BLOCK + lane - stretch.end as usize..]);
                let gate = since.sub(past);
                (x, re, im) = (x.add(V::splat(shift)).mul(gate), re.mul(gate), im.mul(gate));
            }
            sums.add(turns, x, re, im);
        }
        sums.store(lane, out);
        lane += V::COUNT;
    }
}
