//! StationLegs of one side over a block: polynomials in time, and phasors from them.

use crate::channel::nodes::{BodyPart, StationLegs};
use crate::channel::sum::{LANES, LegPhasors, phasors};

/// Moments through which a polynomial goes.
pub(super) const STENCIL: usize = 6;

/// Memory of a thread.
#[derive(Default)]
pub(super) struct BlockScratch {
    /// Pieces that count in this block.
    pub(super) active: Vec<usize>,
    /// Their number, filled up to whole vectors.
    pub(super) padded: usize,
    /// `[trip][active]`: amplitudes at the start, and what they change by.
    pub(super) start: Vec<f32>,
    pub(super) change: Vec<f32>,
    /// `[trip]`: where vectors begin in which anything counts.
    pub(super) firsts: Vec<Vec<u32>>,
}

impl BlockScratch {
    pub(super) fn choose(&mut self, n: usize, before: &[f32], behind: &[f32], least: f32) {
        let mut counts = vec![false; n];
        for list in before.chunks_exact(n.max(1)).chain(behind.chunks_exact(n.max(1))) {
            counts.iter_mut().zip(list).for_each(|(c, a)| *c |= a.abs() > least);
        }
        self.active.clear();
        self.active.extend((0..n).filter(|i| counts[*i]));
        self.padded = self.active.len().div_ceil(LANES) * LANES;
    }

    pub(super) fn amplitudes(&mut self, n: usize, trips: usize, (before, behind): (&[f32], &[f32]), least: f32) {
        self.firsts.resize(trips, Vec::new());
        for list in [&mut self.start, &mut self.change] {
            list.clear();
            list.resize(trips * self.padded, 0.0);
        }
        for t in 0..trips {
            let (a, b) = (&before[t * n..(t + 1) * n], &behind[t * n..(t + 1) * n]);
            for (j, i) in self.active.iter().enumerate() {
                if a[*i].abs().max(b[*i].abs()) > least {
                    self.start[t * self.padded + j] = a[*i];
                    self.change[t * self.padded + j] = b[*i] - a[*i];
                }
            }
            let these = t * self.padded..(t + 1) * self.padded;
            let vectors = self.start[these.clone()].chunks_exact(LANES).zip(self.change[these].chunks_exact(LANES));
            let counts = |v: &[f32]| v.iter().any(|x| *x != 0.0);
            self.firsts[t].clear();
            let kept = vectors.enumerate().filter(|(_, (a, b))| counts(a) || counts(b));
            self.firsts[t].extend(kept.map(|(i, _)| (i * LANES) as u32));
        }
    }
}

/// One side of a pair of stations in a block.
pub(super) struct Side {
    antennas: usize,
    padded: usize,
    /// `[way][antenna][power][active]`.
    coefficients: Vec<f32>,
    /// `[way][power]`.
    references: Vec<[f64; STENCIL]>,
    /// `[way][start, change][active]`.
    turns: Vec<f32>,
    /// `[way][antenna]`.
    pub(super) now: Vec<LegPhasors>,
    /// The coefficients of one leg beyond the ends of the recording.
    line: Vec<f32>,
}

impl Side {
    pub(super) fn new(
        legs: &[&StationLegs],
        position: usize,
        basis: &[[f64; STENCIL]; STENCIL],
        scratch: &BlockScratch,
        part: &BodyPart,
        antennas: usize,
    ) -> Self {
        let (n, padded, ways) = (part.tiles(), scratch.padded, part.ways);
        let mut coefficients = vec![0.0; ways * antennas * STENCIL * padded];
        for leg in 0..ways * antennas {
            let nodes: [&[f32]; STENCIL] = std::array::from_fn(|m| &legs[m].length_m[leg * n..(leg + 1) * n]);
            for (power, row) in basis.iter().enumerate() {
                let at = (leg * STENCIL + power) * padded;
                let row = row.map(|x| x as f32);
                for (out, i) in coefficients[at..at + scratch.active.len()].iter_mut().zip(&scratch.active) {
                    *out = (0..STENCIL).map(|m| row[m] * nodes[m][*i]).sum();
                }
            }
        }
        let reference = |way: usize| -> [f64; STENCIL] {
            std::array::from_fn(|power| (0..STENCIL).map(|m| basis[power][m] * legs[m].reference_m[way]).sum())
        };
        let mut turns = vec![0.0; ways * 2 * padded];
        for way in 0..ways {
            let of = |m: usize, i: usize| legs[m].turn[way * part.groups() + part.group()[i]];
            for (j, i) in scratch.active.iter().enumerate() {
                let (start, end) = (of(position, *i), of(position + 1, *i));
                let change = end - start;
                turns[way * 2 * padded + j] = start;
                turns[(way * 2 + 1) * padded + j] = change - change.round();
            }
        }
        let now = (0..ways * antennas).map(|_| {
            let mut phasors = LegPhasors::default();
            phasors.resize(padded);
            phasors
        });
        Self {
            antennas,
            padded,
            coefficients,
            references: (0..ways).map(reference).collect(),
            turns,
            now: now.collect(),
            line: Vec::new(),
        }
    }

    /// Path from the station's image to the middle of the body, m.
    pub(super) fn reference(&self, way: usize, u: f64) -> f64 {
        let c = &self.references[way];
        let at = |u: f64| c.iter().rev().fold(0.0, |sum, c| sum * u + c);
        let inside = u.clamp(0.0, 1.0);
        let slope = c.iter().enumerate().skip(1).rev().fold(0.0, |sum, (p, c)| sum * inside + p as f64 * c);
        at(inside) + slope * (u - inside)
    }

    pub(super) fn phasors(&mut self, u: f64, per_metre: [f32; 2]) {
        for leg in 0..self.now.len() {
            let way = leg / self.antennas;
            let reference = self.reference(way, u) as f32;
            let coefficients = &self.coefficients[leg * STENCIL * self.padded..(leg + 1) * STENCIL * self.padded];
            let turns = [0, 1].map(|i| &self.turns[(way * 2 + i) * self.padded..(way * 2 + i + 1) * self.padded]);
            // Samples before the first moment and behind the last serve the resampling alone: there all goes on as it goes at the end, since a
            // polynomial would run away.
            let inside = u.clamp(0.0, 1.0) as f32;
            let coefficients = match u == f64::from(inside) || (0.0..=1.0).contains(&u) {
                true => coefficients,
                false => {
                    tangent(coefficients, self.padded, inside, &mut self.line);
                    &self.line
                }
            };
            phasors(u as f32, coefficients, turns, per_metre, reference, &mut self.now[leg]);
        }
    }
}

/// Coefficients `[power][tile]` of the tangents of polynomials at the place `at`.
fn tangent(coefficients: &[f32], tiles: usize, at: f32, out: &mut Vec<f32>) {
    out.clear();
    out.resize(coefficients.len(), 0.0);
    for i in 0..tiles {
        let c = |p: usize| coefficients[p * tiles + i];
        let (mut value, mut slope) = (0.0, 0.0);
        for p in (0..STENCIL).rev() {
            slope = slope * at + value;
            value = value * at + c(p);
        }
        out[i] = value - slope * at;
        out[tiles + i] = slope;
    }
}

/// `[power][node]`: what the values at the nodes of a stencil give to the powers of u, where u is 0 at the node `position` and 1 at the next.
pub(super) fn basis(position: usize) -> [[f64; STENCIL]; STENCIL] {
    let mut out = [[0.0; STENCIL]; STENCIL];
    let at = |node: usize| node as f64 - position as f64;
    for (node, _) in [(); STENCIL].iter().enumerate() {
        // The Lagrange polynomial of the node, multiplied out.
        let mut poly = [0.0; STENCIL];
        poly[0] = 1.0;
        for other in (0..STENCIL).filter(|o| *o != node) {
            let scale = 1.0 / (at(node) - at(other));
            for power in (0..STENCIL).rev() {
                let below = if power > 0 { poly[power - 1] } else { 0.0 };
                poly[power] = (below - at(other) * poly[power]) * scale;
            }
        }
        out.iter_mut().zip(poly).for_each(|(row, value)| row[node] = value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_go_through_their_nodes() {
        for position in 0..STENCIL - 1 {
            let basis = basis(position);
            let f = |x: f64| 0.3 - x + 0.2 * x.powi(3) - 0.05 * x.powi(5);
            let nodes: Vec<f64> = (0..STENCIL).map(|i| f(i as f64 - position as f64)).collect();
            for u in [0.0, 0.25, 0.9, 1.0, -0.4] {
                let powers: Vec<f64> =
                    basis.iter().map(|row| row.iter().zip(&nodes).map(|(b, v)| b * v).sum()).collect();
                let got = powers.iter().rev().fold(0.0, |sum, c| sum * u + c);
                assert!((got - f(u)).abs() < 1e-12, "{position}, {u}: {got}");
            }
        }
    }
}
