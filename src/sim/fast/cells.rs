//! A portion in one block: cubics of the paths, the cells of its patches, and the lines of each pair.

use super::PORTION;
use super::fit::Fit;
use super::lanes::{BLOCK, Lanes};
use super::moments::{Lines, Reference, Row, Stretch};
use super::nodes::{CUBIC, MAX_NODES};
use super::taps::{CELLS_PER_POINT, REACH};
use super::wave::{ROUNDER, Wave};
use crate::base::constants::SPEED_OF_LIGHT;

/// Cubics of the paths of all antennas in a block, `[antenna][power][patch]`, m.
pub(super) struct Paths {
    constant: Vec<[f64; PORTION]>,
    change: Vec<[[f32; PORTION]; CUBIC - 1]>,
    /// Cell of each patch at the middle of the block, before it is folded into the grid.
    cell: [i32; PORTION],
}

impl Paths {
    pub(super) fn new(antennas: usize) -> Self {
        Self {
            constant: vec![[0.0; PORTION]; antennas],
            change: vec![[[0.0; PORTION]; CUBIC - 1]; antennas],
            cell: [0; PORTION],
        }
    }

    /// Takes the cubics of the first `len` patches from the values at the nodes.
    #[inline(always)]
    pub(super) fn take(&mut self, fit: &Fit, map: &[[f64; MAX_NODES]; CUBIC], len: usize) {
        for (antenna, rows) in fit.length.chunks(fit.nodes).take(self.constant.len()).enumerate() {
            for m in (0..len).step_by(8) {
                let mut c = [[0.0_f64; 8]; CUBIC];
                for (node, row) in rows.iter().enumerate() {
                    for i in 0..8 {
                        for power in 0..CUBIC {
                            c[power][i] += map[power][node] * row[m + i];
                        }
                    }
                }
                self.constant[antenna][m..m + 8].copy_from_slice(&c[0]);
                for power in 1..CUBIC {
                    for i in 0..8 {
                        self.change[antenna][power - 1][m + i] = c[power][i] as f32;
                    }
                }
            }
        }
    }

    /// Assigns patches to cells, such that every pair stays within the reach of the cell in all loops at the times `u[tx]`; cuts
    /// the loops into stretches where one cell is not enough. Patches whose pairs are too far apart for that go to `out_of_reach`.
    #[inline(always)]
    pub(super) fn assign(
        &mut self,
        wave: &Wave,
        n_tx: usize,
        u: &[Row],
        wanted: impl Iterator<Item = usize>,
        stretches: &mut Vec<Stretch>,
        out_of_reach: &mut Vec<usize>,
    ) {
        let x_per_metre = wave.points_per_second / (SPEED_OF_LIGHT * REACH);
        let cell_in_x = 1.0 / (CELLS_PER_POINT as f64 * REACH);
        for m in wanted {
            // Mean over the antennas of a side, and how far they are from it.
            let (mut place, mut spread) = (0.0, 0.0);
            let mut change = [0.0_f64; CUBIC - 1];
            for side in [0..n_tx, n_tx..self.constant.len()] {
                let count = side.len() as f64;
                let mean = side.clone().map(|a| self.constant[a][m]).sum::<f64>() / count;
                place += mean;
                spread += side.clone().map(|a| (self.constant[a][m] - mean).abs()).fold(0.0, f64::max);
                for (power, change) in change.iter_mut().enumerate() {
                    let of = |a: usize| f64::from(self.change[a][power][m]);
                    let mean = side.clone().map(of).sum::<f64>() / count;
                    *change += mean;
                    spread += side.clone().map(|a| (of(a) - mean).abs()).fold(0.0, f64::max);
                }
            }
            let (place, spread, change) = (place * x_per_metre, spread * x_per_metre, change.map(|c| c * x_per_metre));
            let cell = (place / cell_in_x).floor();
            self.cell[m] = cell as i32;
            let x = place - (cell + 0.5) * cell_in_x;
            if x.abs() + change.iter().map(|c| c.abs()).sum::<f64>() + spread <= 1.0 {
                stretches.push(Stretch {
                    cell: cell as i32,
                    cut: false,
                    first: 0,
                    end: BLOCK as u8,
                    patch: m as u16,
                    shift: 0,
                });
                continue;
            }
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

    /// The phase of the reference pair (antennas numbered as here) for the first `len` patches.
    #[inline(always)]
    pub(super) fn reference(&self, wave: &Wave, (tx, rx): (usize, usize), len: usize, out: &mut Reference) {
        let (there, back) = (&self.constant[tx], &self.constant[rx]);
        let per_metre = 1.0 / SPEED_OF_LIGHT;
        // All patches of a portion stand at about the same range: the first stands for the small curvature of the phase over
        // the delay.
        let curvature = 2.0 * wave.half_slope;
        let slope = wave.frequency - curvature * (there[0] + back[0]) * per_metre;
        out.x_per_turn = (wave.points_per_second / REACH / slope) as f32;
        let bend = (wave.half_slope * per_metre * per_metre) as f32;
        let (change_tx, change_rx) = (&self.change[tx], &self.change[rx]);
        for m in 0..len {
            let delay = (there[m] + back[m]) * per_metre;
            let turns = wave.turns(delay);
            let turns_per_metre = ((wave.frequency - curvature * delay) * per_metre) as f32;
            let mut change = [0.0; CUBIC - 1];
            for p in 0..CUBIC - 1 {
                change[p] = change_tx[p][m] + change_rx[p][m];
            }
            out.phase[0][m] = (turns - ((turns + ROUNDER) - ROUNDER)) as f32;
            out.phase[1][m] = turns_per_metre * change[0];
            out.phase[2][m] = turns_per_metre * change[1] - bend * change[0] * change[0];
            out.phase[3][m] = turns_per_metre * change[2];
        }
    }

    /// Lines of the pair of transmitter `tx` and receiver `rx` against those of the reference; `shift` is the time of the
    /// pair's ramps after the reference's, in units of u.
    #[inline(always)]
    pub(super) fn lines<V: Lanes>(
        &self,
        wave: &Wave,
        fit: &Fit,
        map: &[[f64; MAX_NODES]; CUBIC],
        pair: Pair,
        reference: (usize, usize),
        len: usize,
        lines: &mut Lines,
    ) {
        let (there, back) = (&self.constant[pair.tx], &self.constant[pair.rx]);
        let x_per_metre = wave.points_per_second / (SPEED_OF_LIGHT * REACH);
        let half_cell = 0.5 / (CELLS_PER_POINT as f64 * REACH);
        let (change_tx, change_rx) = (&self.change[pair.tx], &self.change[pair.rx]);
        let (from_tx, from_rx) = (&self.change[reference.0], &self.change[reference.1]);
        let (scale, shift) = (x_per_metre as f32, pair.shift);
        for m in 0..len {
            let x = (there[m] + back[m]) * x_per_metre - (2.0 * f64::from(self.cell[m]) + 1.0) * half_cell;
            let first = change_tx[0][m] + change_rx[0][m];
            let second = change_tx[1][m] + change_rx[1][m];
            // c(u + shift) − c_ref(u) to the first order in u.
            lines.x[0][m] = x as f32 + scale * shift * (first + shift * second);
            lines.x[1][m] = scale * (first - from_tx[0][m] - from_rx[0][m] + 2.0 * shift * second);
        }
        for (from, to) in [(&fit.re, &mut lines.re), (&fit.im, &mut lines.im)] {
            let rows = &from[pair.number * fit.nodes..(pair.number + 1) * fit.nodes];
            let mut m = 0;
            while m < len {
                let mut c = [V::splat(0.0); CUBIC];
                for (node, row) in rows.iter().enumerate() {
                    let value = V::load(&row[m..]);
                    for power in 0..CUBIC {
                        c[power] = value.fma(V::splat(map[power][node] as f32), c[power]);
                    }
                }
                for power in 0..CUBIC {
                    c[power].store(&mut to[power][m..]);
                }
                m += V::COUNT;
            }
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
