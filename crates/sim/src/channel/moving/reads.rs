//! Single numbers at their own times: what costs less than sums on a clock where few are asked for.

use super::segment::Passage;
use super::side::STENCIL;
use crate::base::Complex64;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::channel::Query;
use crate::channel::nodes::{Node, StationLegs};
use crate::channel::stations::Station;
use crate::channel::sum::{leg_at, trip_at};
use crate::channel::tones::weights;
use std::f64::consts::TAU;

/// A read is taken to cost as much as so many samples of a clock: more phasors, no polynomials. An estimate; it decides on speed alone.
const SAMPLES: usize = 4;

/// Memory of a thread.
#[derive(Default)]
pub(super) struct ReadScratch {
    /// `[side][re, im][way][tile]`: phasors of legs, divided by the distance.
    legs: [[Vec<f32>; 2]; 2],
    lengths: Vec<f32>,
    turns: Vec<f32>,
}

impl Passage<'_> {
    /// Whether so many reads are better looked up one by one.
    pub(super) fn are_few(&self, reads: usize) -> bool {
        reads.saturating_mul(SAMPLES) < self.pairs.len() * self.clock.count
    }

    /// What moves, of one number, at its time.
    pub(super) fn read(&self, query: &Query, scratch: &mut ReadScratch) -> Complex64 {
        let moments = self.bodies.times_s.len();
        let place = ((query.time_s - self.bodies.times_s[0]) / self.step_s).clamp(0.0, (moments - 1) as f64);
        let block = (place as usize).min(moments - 2);
        let first = block.saturating_sub(STENCIL / 2 - 1).min(moments - STENCIL);
        let nodes: Vec<f64> = (first..first + STENCIL).map(|i| i as f64).collect();
        let shares = weights(&nodes, place);
        let u = place - block as f64;
        let hz = self.problem.link.tones_hz[query.tone];
        let number = |side: usize, antenna: usize| {
            let own = |s: &&Station| s.side == side && s.members.contains(&antenna);
            let at = self.stations.iter().position(|s| own(&s))?;
            Some((at, self.stations[at].members.iter().position(|m| *m == antenna)?))
        };
        let (Some(there), Some(back)) = (number(0, query.tx), number(1, query.rx)) else {
            return Complex64::new(0.0, 0.0);
        };
        let Some(pair) = self.pairs.iter().position(|p| *p == [there.0, back.0]) else {
            return Complex64::new(0.0, 0.0);
        };
        let mut total = Complex64::new(0.0, 0.0);
        for (part, nodes) in self.parts.iter().zip(&self.nodes) {
            let n = part.tiles();
            let around: Vec<&Node> = nodes[first..first + STENCIL].iter().collect();
            let mut references = [Vec::new(), Vec::new()];
            for (side, (station, member)) in [there, back].into_iter().enumerate() {
                let legs: Vec<&StationLegs> = around.iter().map(|node| &node.legs[station]).collect();
                let ends = [block, block + 1].map(|m| &nodes[m].legs[station].turn);
                let antennas = self.stations[station].members.len();
                scratch.legs[side].iter_mut().for_each(|v| v.resize(part.ways * n, 0.0));
                for way in 0..part.ways {
                    let reference: f64 = shares.iter().zip(&legs).map(|(w, l)| w * l.reference_m[way]).sum();
                    references[side].push(reference);
                    let leg = way * antennas + member;
                    scratch.lengths.clear();
                    scratch.lengths.resize(n, 0.0);
                    for (w, legs) in shares.iter().zip(&legs) {
                        let (w, lengths) = (*w as f32, &legs.length_m[leg * n..(leg + 1) * n]);
                        scratch.lengths.iter_mut().zip(lengths).for_each(|(sum, r)| *sum += w * r);
                    }
                    let turn = |group: usize| {
                        let [start, end] = ends.map(|t| t[way * part.groups() + group]);
                        let change = end - start;
                        start + u as f32 * (change - change.round())
                    };
                    let of_groups: Vec<f32> = (0..part.groups()).map(turn).collect();
                    scratch.turns.clear();
                    scratch.turns.extend(part.group().iter().map(|g| of_groups[*g]));
                    let [re, im] = &mut scratch.legs[side];
                    let (re, im) = (&mut re[way * n..(way + 1) * n], &mut im[way * n..(way + 1) * n]);
                    let per_metre = (hz / SPEED_OF_LIGHT) as f32;
                    leg_at(per_metre, reference as f32, &scratch.lengths, &scratch.turns, re, im);
                }
            }
            let amplitudes = [block, block + 1].map(|m| &nodes[m].amplitude[pair]);
            for (number, &[a, b]) in part.trips.iter().enumerate() {
                let amplitude = amplitudes.map(|list| &list[number * n..(number + 1) * n]);
                let leg = |side: usize, way: usize| {
                    scratch.legs[side].each_ref().map(|list: &Vec<f32>| &list[way * n..(way + 1) * n])
                };
                let sum = trip_at(u as f32, amplitude, leg(0, a), leg(1, b));
                let turns = hz * (references[0][a] + references[1][b]) / SPEED_OF_LIGHT;
                total += sum * Complex64::from_polar(1.0, -TAU * turns.fract());
            }
        }
        total + self.carried(query)
    }
}
