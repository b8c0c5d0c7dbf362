//! The inner loop: phasors of patches and their moments in a cell, all lanes of a block at once.

use super::PORTION;
use super::blocks::Row;
use super::series::cis;
use super::taps::{CELL_IN_X, FIRST_MOMENTS, MOMENTS, WEAK_FIRST_MOMENTS, WEAK_MOMENTS};
use crate::kernels::{BLOCK, Lanes};

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

/// A tabulated patch and its cell.
pub(super) struct Entry {
    pub(super) cell: u32,
    pub(super) table: Tabulated,
}

/// Moments `Σ c x^p` of a cell: real and imaginary part.
pub(super) type Moments = [[Row; 2]; MOMENTS];

/// Accumulates moments in registers.
#[derive(Clone, Copy)]
pub(super) struct Sums<V>([(V, V); MOMENTS]);

impl<V: Lanes> Sums<V> {
    #[inline(always)]
    pub(super) fn zero() -> Self {
        Self([(V::splat(0.0), V::splat(0.0)); MOMENTS])
    }

    /// Adds `(re + j im) (c + j s) x^p` for the powers below `P`.
    #[inline(always)]
    pub(super) fn add<const P: usize>(&mut self, c: V, s: V, x: V, re: V, im: V) {
        let (cr, ci) = (im.fnma(s, re.mul(c)), im.fma(c, re.mul(s)));
        let mut power = x;
        self.0[0] = (self.0[0].0.add(cr), self.0[0].1.add(ci));
        for p in 1..P {
            self.0[p] = (cr.fma(power, self.0[p].0), ci.fma(power, self.0[p].1));
            if p + 1 < P {
                power = power.mul(x);
            }
        }
    }

    /// Adds what first moments bring, given the sums `first` of these times x^p: `Σ m p x^(p−1)`.
    #[inline(always)]
    fn add_first(&mut self, first: &Self) {
        for p in 1..MOMENTS {
            let (m, times) = (first.0[p - 1], V::splat(p as f32));
            self.0[p] = (m.0.fma(times, self.0[p].0), m.1.fma(times, self.0[p].1));
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
            let (c, s) = cis(V::load(&t.phase[lane..]));
            sums.add::<MOMENTS>(c, s, V::load(&t.x[lane..]), V::load(&t.re[lane..]), V::load(&t.im[lane..]));
        }
        sums.store(lane, out);
        lane += V::COUNT;
    }
}

/// Patches of a portion in one block: the phase of the reference pair as a cubic in the time u of the block, |u| ≤ 1.
pub(super) struct Reference {
    /// Constant, cycles modulo one, and change with u, u², u³.
    pub(super) phase: [[f32; PORTION]; 4],
    /// Place on the grid per cycle of phase, in units of a cell's reach.
    pub(super) x_per_turn: f32,
}

/// A stretch written out for every loop: phasor of the reference pair, and how far the reference has come from its place at
/// u = 0 (in the stretch's cell).
#[derive(Clone, Copy)]
pub(super) struct Carrier {
    c: Row,
    s: Row,
    x: Row,
}

/// Complex values of a portion as cubics.
pub(super) struct Cubics {
    pub(super) re: [[f32; PORTION]; 4],
    pub(super) im: [[f32; PORTION]; 4],
}

/// Patches of a portion in one block and pair.
pub(super) struct Lines {
    /// Place in the cell: of the pair at u = 0, and what it changes with u other than the reference.
    pub(super) x: [[f32; PORTION]; 2],
    /// Amplitude relative to the reference's phasor.
    pub(super) amplitude: Cubics,
    /// First moment of bundles, relative to the same.
    pub(super) moment: Cubics,
}

impl Reference {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { phase: [[0.0; PORTION]; 4], x_per_turn: 0.0 })
    }

    /// Writes out the stretches of a block; `u` are the times of the reference's ramps.
    #[inline(always)]
    pub(super) fn write<V: Lanes>(&self, stretches: &[Stretch], u: &Row, out: &mut Vec<Carrier>) {
        out.clear();
        let x_per_turn = V::splat(self.x_per_turn);
        for stretch in stretches {
            let m = stretch.patch as usize % PORTION;
            let mut carrier = Carrier { c: [0.0; BLOCK], s: [0.0; BLOCK], x: [0.0; BLOCK] };
            let shift = V::splat(f32::from(stretch.shift) * CELL_IN_X);
            let mut lane = 0;
            while lane < BLOCK {
                let u = V::load(&u[lane..]);
                let turned = slope(&self.phase, m, u).mul(u);
                let (mut c, mut s) = cis(turned.add(V::splat(self.phase[0][m])).fraction());
                if stretch.cut {
                    let since = V::load(&STEP[BLOCK + lane - stretch.first as usize..]);
                    let past = V::load(&STEP[BLOCK + lane - stretch.end as usize..]);
                    let gate = since.sub(past);
                    (c, s) = (c.mul(gate), s.mul(gate));
                }
                c.store(&mut carrier.c[lane..]);
                s.store(&mut carrier.s[lane..]);
                turned.fma(x_per_turn, shift).store(&mut carrier.x[lane..]);
                lane += V::COUNT;
            }
            out.push(carrier);
        }
    }
}

impl Lines {
    pub(super) fn new() -> Box<Self> {
        let z = [0.0; PORTION];
        let cubics = || Cubics { re: [z; 4], im: [z; 4] };
        Box::new(Self { x: [z; 2], amplitude: cubics(), moment: cubics() })
    }
}

/// A stretch of loops of a patch in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The cell before it is folded into the grid.
    pub(super) cell: i32,
    /// Whether [`WEAK_MOMENTS`] do.
    pub(super) weak: bool,
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

impl Stretch {
    /// By cell, weak ones last.
    fn order(&self) -> i64 {
        2 * i64::from(self.cell) + i64::from(self.weak)
    }
}

/// Cells that stretches are counted by, at most; a portion is sorted by range and has a few.
const MAX_COUNTED: usize = 256;

/// Sorts by cell, weak ones last, and leaves the order otherwise, by counting.
pub(super) fn arrange(stretches: &mut Vec<Stretch>, spare: &mut Vec<Stretch>) {
    let (low, high) = stretches.iter().fold((i64::MAX, i64::MIN), |(l, h), s| (l.min(s.order()), h.max(s.order())));
    if high.saturating_sub(low) >= MAX_COUNTED as i64 {
        stretches.sort_by_key(Stretch::order);
        return;
    }
    let mut place = [0_u32; MAX_COUNTED];
    let number = |s: &Stretch| (s.order() - low) as usize;
    stretches.iter().for_each(|s| place[number(s)] += 1);
    let mut end = 0;
    for place in &mut place {
        (*place, end) = (end, end + *place);
    }
    let Some(any) = stretches.first().copied() else { return };
    spare.clear();
    spare.resize(stretches.len(), any);
    for s in stretches.iter() {
        let place = &mut place[number(s)];
        spare[*place as usize] = *s;
        *place += 1;
    }
    std::mem::swap(stretches, spare);
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

/// `(c(u) − c(0)) / u` of a cubic.
#[inline(always)]
fn slope<V: Lanes>(cubic: &[[f32; PORTION]; 4], m: usize, u: V) -> V {
    V::splat(cubic[3][m]).fma(u, V::splat(cubic[2][m])).fma(u, V::splat(cubic[1][m]))
}

/// `c(u)` of a cubic.
#[inline(always)]
fn value<V: Lanes>(cubic: &[[f32; PORTION]; 4], m: usize, u: V) -> V {
    slope(cubic, m, u).fma(u, V::splat(cubic[0][m]))
}

/// Moments of one cell; `u` are the times of the pair's ramps, `carriers` the stretches of `run` written out, weak ones last.
/// Those of bundles, which have first moments, where `B`.
#[inline(always)]
pub(super) fn cubics<V: Lanes, const B: bool>(
    run: &[Stretch],
    carriers: &[Carrier],
    lines: &Lines,
    u: &Row,
    out: &mut Moments,
) {
    let strong = run.partition_point(|stretch| !stretch.weak);
    let mut lane = 0;
    while lane < BLOCK {
        let mut sums = [Sums::<V>::zero(); 2];
        let times = V::load(&u[lane..]);
        let all = run.iter().zip(carriers);
        for (stretch, carrier) in all.clone().take(strong) {
            add::<V, MOMENTS, FIRST_MOMENTS, B>(stretch, carrier, lines, times, lane, &mut sums);
        }
        for (stretch, carrier) in all.skip(strong) {
            add::<V, WEAK_MOMENTS, WEAK_FIRST_MOMENTS, B>(stretch, carrier, lines, times, lane, &mut sums);
        }
        let [mut sums, first] = sums;
        if B {
            sums.add_first(&first);
        }
        sums.store(lane, out);
        lane += V::COUNT;
    }
}

#[inline(always)]
fn add<V: Lanes, const P: usize, const Q: usize, const B: bool>(
    stretch: &Stretch,
    carrier: &Carrier,
    lines: &Lines,
    u: V,
    lane: usize,
    [sums, first]: &mut [Sums<V>; 2],
) {
    let m = stretch.patch as usize % PORTION;
    let (c, s) = (V::load(&carrier.c[lane..]), V::load(&carrier.s[lane..]));
    let x = V::splat(lines.x[1][m]).fma(u, V::load(&carrier.x[lane..]).add(V::splat(lines.x[0][m])));
    let Cubics { re, im } = &lines.amplitude;
    sums.add::<P>(c, s, x, value(re, m, u), value(im, m, u));
    if B {
        let Cubics { re, im } = &lines.moment;
        first.add::<Q>(c, s, x, value(re, m, u), value(im, m, u));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;
    use rand::RngExt;

    #[test]
    fn counting_sorts_as_comparing_does() {
        let mut stream = RandomTree::new(1).stream(0, "test");
        for (count, spread) in [(0, 3), (1, 3), (400, 10), (400, 120), (400, 1_000_000)] {
            let mut some: Vec<Stretch> = (0..count)
                .map(|i| {
                    let (cell, weak) = (stream.random_range(-spread..spread), stream.random_bool(0.3));
                    Stretch { cell, weak, cut: false, first: 0, end: 16, patch: i, shift: 0 }
                })
                .collect();
            let mut want = some.clone();
            want.sort_by_key(|s| (s.cell, s.weak, s.patch));
            arrange(&mut some, &mut Vec::new());
            let key = |s: &Stretch| (s.cell, s.weak, s.patch);
            assert!(some.iter().map(key).eq(want.iter().map(key)), "{count} within ±{spread}");
        }
    }
}
