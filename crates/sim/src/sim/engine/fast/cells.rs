//! A portion in one block: cubics of the paths, the cells of its patches, and the lines of each pair.

use super::PORTION;
use super::blocks::Row;
use super::fit::{Fit, Parts};
use super::moments::{Cubics, Lines, Reference, Stretch};
use super::nodes::{CUBIC, MAX_NODES};
use super::taps::{BEYOND_WEAK, CELLS_PER_POINT, REACH};
use super::wave::{ROUNDER, Wave};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::kernels::{BLOCK, Lanes};

/// Paths of a portion in a block: the reference pair's as a cubic, the other antennas' as lines against it, m.
pub(super) struct Paths {
    /// The reference pair at u = 0, and its change with u, u², u³.
    constant: [f64; PORTION],
    change: [[f32; PORTION]; CUBIC - 1],
    /// How much longer the way of an antenna is than that of the reference on its side, `[antenna][power][patch]`.
    more: Vec<[[f32; PORTION]; 2]>,
    /// From the reference pair to the middle of all pairs at u = 0.
    middle: [f32; PORTION],
    /// How far pairs may be from that.
    spread: [f32; PORTION],
    /// Cell of each patch at the middle of the block, before it is folded into the grid.
    cell: [i32; PORTION],
    /// Place of the reference in that cell at u = 0.
    place: [f32; PORTION],
    /// Largest |x| of any pair in any loop.
    farthest: [f32; PORTION],
}

impl Paths {
    pub(super) fn new(antennas: usize) -> Self {
        let z = [0.0; PORTION];
        Self {
            constant: [0.0; PORTION],
            change: [z; CUBIC - 1],
            more: vec![[z; 2]; antennas],
            middle: z,
            spread: z,
            cell: [0; PORTION],
            place: z,
            farthest: z,
        }
    }

    /// Takes the polynomials of the first `len` patches from the values at the nodes.
    #[inline(always)]
    pub(super) fn take<V: Lanes>(&mut self, fit: &Fit, map: &[[f64; MAX_NODES]; CUBIC], n_tx: usize, len: usize) {
        for m in (0..len).step_by(8) {
            let mut c = [[0.0_f64; 8]; CUBIC];
            for (node, row) in fit.path.iter().enumerate().take(fit.nodes) {
                for i in 0..8 {
                    for power in 0..CUBIC {
                        c[power][i] += map[power][node] * row[m + i];
                    }
                }
            }
            self.constant[m..m + 8].copy_from_slice(&c[0]);
            for power in 1..CUBIC {
                for i in 0..8 {
                    self.change[power - 1][m + i] = c[power][i] as f32;
                }
            }
        }
        let narrow = map.map(|row| row.map(|w| w as f32));
        let zero = V::splat(0.0);
        let mut m = 0;
        while m < len {
            let (mut middle, mut spread) = (zero, zero);
            for side in [0..n_tx, n_tx..self.more.len()] {
                let (mut low, mut high, mut steep) = (V::splat(f32::INFINITY), V::splat(f32::NEG_INFINITY), zero);
                for antenna in side {
                    let (mut constant, mut slope) = (zero, zero);
                    let rows = &fit.more[antenna * fit.nodes..(antenna + 1) * fit.nodes];
                    for (node, row) in rows.iter().enumerate() {
                        let value = V::load(&row[m..]);
                        constant = value.fma(V::splat(narrow[0][node]), constant);
                        slope = value.fma(V::splat(narrow[1][node]), slope);
                    }
                    constant.store(&mut self.more[antenna][0][m..]);
                    slope.store(&mut self.more[antenna][1][m..]);
                    (low, high) = (low.min(constant), high.max(constant));
                    steep = steep.max(slope).max(zero.sub(slope));
                }
                let half = V::splat(0.5);
                middle = low.add(high).fma(half, middle);
                spread = high.sub(low).fma(half, spread).add(steep);
            }
            middle.store(&mut self.middle[m..]);
            spread.store(&mut self.spread[m..]);
            m += V::COUNT;
        }
    }

    /// Assigns patches to cells, such that every pair stays within the reach of the cell in all loops at the times `u[tx]`; cuts
    /// the loops into stretches where one cell is not enough. Where `limit` is more than what the high moments of a patch of the
    /// squared amplitude `peak` add, they are left out. Patches whose pairs are too far apart for that go to `out_of_reach`.
    #[inline(always)]
    pub(super) fn assign(
        &mut self,
        wave: &Wave,
        u: &[Row],
        len: usize,
        wanted: impl Iterator<Item = usize>,
        (peak, limit): (&[f32; PORTION], f32),
        stretches: &mut Vec<Stretch>,
        out_of_reach: &mut Vec<usize>,
    ) {
        let x_per_metre = wave.points_per_second / (SPEED_OF_LIGHT * REACH);
        let scale = x_per_metre as f32;
        let cell_in_x = 1.0 / (CELLS_PER_POINT as f64 * REACH);
        for m in 0..len {
            let middle = (self.constant[m] + f64::from(self.middle[m])) * x_per_metre;
            // The nearest centre of a cell: all stand half a cell beside whole numbers of cells.
            let cell = ((middle / cell_in_x - 0.5) + ROUNDER) - ROUNDER;
            let centre = (cell + 0.5) * cell_in_x;
            let moved = self.change[0][m].abs() + self.change[1][m].abs() + self.change[2][m].abs();
            self.cell[m] = cell as i32;
            self.place[m] = (self.constant[m] * x_per_metre - centre) as f32;
            self.farthest[m] = (middle - centre).abs() as f32 + scale * (moved + self.spread[m]);
        }
        for m in wanted {
            if self.farthest[m] <= 1.0 {
                let cell = self.cell[m];
                let beyond = BEYOND_WEAK * self.farthest[m].powi(4);
                let weak = peak[m] * beyond * beyond < limit * limit;
                let (first, end, patch) = (0, BLOCK as u8, m as u16);
                stretches.push(Stretch { cell, weak, cut: false, first, end, patch, shift: 0 });
                continue;
            }
            let cell = f64::from(self.cell[m]);
            let place = (self.constant[m] + f64::from(self.middle[m])) * x_per_metre;
            let spread = f64::from(self.spread[m]) * x_per_metre;
            let change: [f64; CUBIC - 1] = std::array::from_fn(|p| f64::from(self.change[p][m]) * x_per_metre);
            let at = |u: f32| {
                let u = f64::from(u);
                place + ((change[2] * u + change[1]) * u + change[0]) * u
            };
            // Longest stretches, from the front.
            let mut first = 0;
            let before = stretches.len();
            while first < BLOCK {
                let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
                let mut end = first;
                let mut found = cell;
                while end < BLOCK {
                    let values = u.iter().map(|u| at(u[end]));
                    let (l, h) = values.fold((low, high), |(l, h), v| (l.min(v), h.max(v)));
                    let middle = (0.5 * (l + h) / cell_in_x).floor();
                    let centre = (middle + 0.5) * cell_in_x;
                    if (h - centre).max(centre - l) + spread > 1.0 {
                        break;
                    }
                    (low, high, found, end) = (l, h, middle, end + 1);
                }
                if end == first || (cell - found).abs() > f64::from(i16::MAX) {
                    stretches.truncate(before);
                    out_of_reach.push(m);
                    break;
                }
                stretches.push(Stretch {
                    cell: found as i32,
                    weak: false,
                    cut: true,
                    first: first as u8,
                    end: end as u8,
                    patch: m as u16,
                    shift: (cell - found) as i16,
                });
                first = end;
            }
        }
    }

    /// The phase of the reference pair for the first `len` patches.
    #[inline(always)]
    pub(super) fn reference(&self, wave: &Wave, len: usize, out: &mut Reference) {
        let per_metre = 1.0 / SPEED_OF_LIGHT;
        // All patches of a portion stand at about the same range: the first stands for the small curvature of the phase over
        // the delay.
        let curvature = 2.0 * wave.half_slope;
        let slope = wave.frequency - curvature * self.constant[0] * per_metre;
        out.x_per_turn = (wave.points_per_second / REACH / slope) as f32;
        let bend = (wave.half_slope * per_metre * per_metre) as f32;
        for m in 0..len {
            let delay = self.constant[m] * per_metre;
            let turns = wave.turns(delay);
            let turns_per_metre = ((wave.frequency - curvature * delay) * per_metre) as f32;
            let change = [self.change[0][m], self.change[1][m], self.change[2][m]];
            out.phase[0][m] = (turns - ((turns + ROUNDER) - ROUNDER)) as f32;
            out.phase[1][m] = turns_per_metre * change[0];
            out.phase[2][m] = turns_per_metre * change[1] - bend * change[0] * change[0];
            out.phase[3][m] = turns_per_metre * change[2];
        }
    }

    /// Lines of a pair against those of the reference.
    #[inline(always)]
    pub(super) fn lines<V: Lanes>(
        &self,
        wave: &Wave,
        fit: &Fit,
        map: &[[f32; CUBIC]; MAX_NODES],
        pair: Pair,
        len: usize,
        lines: &mut Lines,
    ) {
        let scale = (wave.points_per_second / (SPEED_OF_LIGHT * REACH)) as f32;
        let (tx, rx) = (&self.more[pair.tx], &self.more[pair.rx]);
        let shift = pair.shift;
        for m in 0..len {
            // c(u) − c(u − shift) of the reference's cubic, to the first order in u: the time u is the pair's own.
            let (first, second) = (self.change[0][m], self.change[1][m]);
            let slope = tx[1][m] + rx[1][m];
            let ahead = shift * (first - shift * second);
            lines.x[0][m] = self.place[m] + scale * (tx[0][m] + rx[0][m] + ahead);
            lines.x[1][m] = scale * (slope + 2.0 * shift * second);
        }
        cubics::<V>(&fit.amplitude, fit.nodes, map, pair, len, &mut lines.amplitude);
        if fit.bundled {
            cubics::<V>(&fit.moment, fit.nodes, map, pair, len, &mut lines.moment);
        }
    }
}

/// From the values of a pair at the nodes to cubics in its time.
#[inline(always)]
fn cubics<V: Lanes>(
    values: &Parts,
    nodes: usize,
    map: &[[f32; CUBIC]; MAX_NODES],
    pair: Pair,
    len: usize,
    out: &mut Cubics,
) {
    for (from, to) in [(&values.re, &mut out.re), (&values.im, &mut out.im)] {
        let rows = &from[pair.number * nodes..(pair.number + 1) * nodes];
        let mut m = 0;
        while m < len {
            // Two vectors at a time: every weight is read for both.
            let next = (m + V::COUNT).min(PORTION - V::COUNT);
            let mut c = [[V::splat(0.0); CUBIC]; 2];
            for (row, weights) in rows.iter().zip(map) {
                let (a, b) = (V::load(&row[m..]), V::load(&row[next..]));
                for power in 0..CUBIC {
                    let weight = V::splat(weights[power]);
                    c[0][power] = a.fma(weight, c[0][power]);
                    c[1][power] = b.fma(weight, c[1][power]);
                }
            }
            for power in 0..CUBIC {
                c[0][power].store(&mut to[power][m..]);
                c[1][power].store(&mut to[power][next..]);
            }
            m += 2 * V::COUNT;
        }
    }
}

/// A pair of antennas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) number: usize,
    /// Transmitter.
    pub(super) tx: usize,
    /// Receiver, numbered after the transmitters.
    pub(super) rx: usize,
    /// Time of its ramps after those of the reference, in units of the block's u.
    pub(super) shift: f32,
}
