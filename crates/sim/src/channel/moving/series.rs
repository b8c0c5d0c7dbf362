//! The sum over a part between two stations at the samples of a clock, block by block.

use super::segment::Passage;
use super::side::{BlockScratch, STENCIL, Side, basis};
use crate::base::Complex64;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::channel::nodes::{Node, StationLegs};
use crate::channel::resample::REACH;
use crate::channel::sum::{MAX_FEW, trip};
use crate::channel::tones::TripTones;
use rayon::prelude::*;

/// Pieces weaker than this share of the strongest are left out.
const FAINT: f32 = 2e-3;

/// The sum over one part between two stations, on a clock.
pub(super) struct Series {
    /// `[sample][pair of antennas][tone]`.
    some: Vec<Complex64>,
    tones: TripTones,
    /// Antennas that send and that listen.
    pub(super) tx: Vec<usize>,
    pub(super) rx: Vec<usize>,
}

impl Passage<'_> {
    /// The sum over a part between two stations at all samples of the clock.
    pub(super) fn series(&self, part: usize, pair: usize) -> Series {
        let (this, nodes, [there, back]) = (&self.parts[part], &self.nodes[part], self.pairs[pair]);
        let mut range = (f64::INFINITY, 0.0_f64);
        let mut farthest = 0.0_f32;
        for node in nodes {
            let (a, b) = (&node.legs[there], &node.legs[back]);
            for &[to, from] in &this.trips {
                let path = a.reference_m[to] + b.reference_m[from];
                range = (range.0.min(path), range.1.max(path));
            }
            let largest = |legs: &StationLegs| legs.length_m.iter().fold(0.0, |m: f32, x| m.max(x.abs()));
            farthest = farthest.max(largest(a) + largest(b));
        }
        let tones = TripTones::new(&self.problem.link.tones_hz, f64::from(farthest), range);
        let (tx, rx) = (self.stations[there].members.clone(), self.stations[back].members.clone());
        let per_sample = tx.len() * rx.len() * tones.some_hz.len();
        let mut some = vec![Complex64::new(0.0, 0.0); self.clock.count * per_sample];
        // Samples of each block; those before the first and behind the last moment go with the nearest.
        let blocks = nodes.len() - 1;
        let block_of = |i: usize| {
            let place = (self.clock.time_s(i) - self.bodies.times_s[0]) / self.step_s;
            (place.max(0.0) as usize).min(blocks - 1)
        };
        let mut jobs: Vec<(usize, usize, &mut [Complex64])> = Vec::new();
        let (mut first, mut rest) = (0, some.as_mut_slice());
        while first < self.clock.count {
            let block = block_of(first);
            let count = (first..self.clock.count).take_while(|i| block_of(*i) == block).count();
            let (now, later) = rest.split_at_mut(count * per_sample);
            jobs.push((block, first, now));
            (first, rest) = (first + count, later);
        }
        jobs.into_par_iter().for_each_init(BlockScratch::default, |scratch, (block, first, out)| {
            self.block((part, pair, block), first, &tones, scratch, out);
        });
        Series { some, tones, tx, rx }
    }

    /// The samples of one block, `out[sample][pair of antennas][tone]`.
    fn block(
        &self,
        (part, pair, block): (usize, usize, usize),
        first: usize,
        tones: &TripTones,
        scratch: &mut BlockScratch,
        out: &mut [Complex64],
    ) {
        let (this, nodes, [there, back]) = (&self.parts[part], &self.nodes[part], self.pairs[pair]);
        let (n, blocks) = (this.tiles(), nodes.len() - 1);
        let stencil = block.saturating_sub(STENCIL / 2 - 1).min(blocks + 1 - STENCIL);
        let position = block - stencil;
        let basis = basis(position);
        let (before, behind) = (&nodes[block].amplitude[pair], &nodes[block + 1].amplitude[pair]);
        let strongest = before.iter().chain(behind).fold(0.0, |m: f32, a| m.max(a.abs()));
        scratch.choose(n, before, behind, FAINT * strongest);
        if scratch.active.is_empty() {
            return;
        }
        let trips = this.trips.len();
        scratch.amplitudes(n, trips, (before, behind), FAINT * strongest);
        let around: Vec<&Node> = (stencil..stencil + STENCIL).map(|m| &nodes[m]).collect();
        let mut sides = [there, back].map(|station| {
            let legs: Vec<&StationLegs> = around.iter().map(|node| &node.legs[station]).collect();
            Side::new(&legs, position, &basis, scratch, this, self.stations[station].members.len())
        });
        let (n_tx, n_rx) = (self.stations[there].members.len(), self.stations[back].members.len());
        let cycles = |hz: f64| (hz / SPEED_OF_LIGHT) as f32;
        let step = tones.few_hz.get(1).map_or(0.0, |f| f - tones.few_hz[0]);
        let per_metre = [cycles(tones.few_hz[0]), cycles(step)];
        let (few_count, some_count) = (tones.few_hz.len().min(MAX_FEW), tones.some_hz.len());
        let padded = scratch.padded;
        for (i, out) in out.chunks_exact_mut(n_tx * n_rx * some_count).enumerate() {
            let u = (self.clock.time_s(first + i) - self.bodies.times_s[block]) / self.step_s;
            sides.iter_mut().for_each(|side| side.phasors(u, per_metre));
            for (number, &[a, b]) in this.trips.iter().enumerate() {
                let these = number * padded..(number + 1) * padded;
                let amplitude = [&scratch.start[these.clone()], &scratch.change[these]];
                let firsts = &scratch.firsts[number];
                if firsts.is_empty() {
                    continue;
                }
                let path = sides[0].reference(a, u) + sides[1].reference(b, u);
                for l in 0..n_rx {
                    for k in 0..n_tx {
                        let mut few = [Complex64::new(0.0, 0.0); MAX_FEW];
                        let (p, q) = (&sides[0].now[a * n_tx + k], &sides[1].now[b * n_rx + l]);
                        trip(u.clamp(0.0, 1.0) as f32, firsts, amplitude, p, q, &mut few[..few_count]);
                        let at = (l * n_tx + k) * some_count;
                        tones.add_trip(&few[..few_count], path, &mut out[at..at + some_count]);
                    }
                }
            }
        }
    }
}

impl Series {
    /// One tone of one pair of antennas at the time of the samples' weights.
    pub(super) fn one(&self, first: usize, weights: &[f64; 2 * REACH], pair: usize, tone: usize) -> Complex64 {
        let some_count = self.tones.some_hz.len();
        let per_sample = self.tx.len() * self.rx.len() * some_count;
        let mut now = vec![Complex64::new(0.0, 0.0); some_count];
        for (j, w) in weights.iter().enumerate() {
            let at = (first + j) * per_sample + pair * some_count;
            now.iter_mut().zip(&self.some[at..at + some_count]).for_each(|(n, s)| *n += s * *w);
        }
        self.tones.one(&now, tone)
    }

    /// Calls `each(tone, tx, rx, value)` at the time of the samples' weights.
    pub(super) fn at(
        &self,
        first: usize,
        weights: &[f64; 2 * REACH],
        mut each: impl FnMut(usize, usize, usize, Complex64),
    ) {
        let some_count = self.tones.some_hz.len();
        let per_sample = self.tx.len() * self.rx.len() * some_count;
        let mut now = vec![Complex64::new(0.0, 0.0); per_sample];
        for (j, w) in weights.iter().enumerate() {
            let samples = &self.some[(first + j) * per_sample..(first + j + 1) * per_sample];
            now.iter_mut().zip(samples).for_each(|(n, s)| *n += s * *w);
        }
        for (pair, some) in now.chunks_exact(some_count).enumerate() {
            let (l, k) = (self.rx[pair / self.tx.len()], self.tx[pair % self.tx.len()]);
            self.tones.all(some, |n, z| each(n, k, l, z));
        }
    }
}
