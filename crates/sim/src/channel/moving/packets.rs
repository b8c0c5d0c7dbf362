//! From the sums on a clock to packets and single numbers.

use super::segment::Passage;
use super::series::Series;
use super::side::STENCIL;
use crate::base::{Complex32, Complex64, Vec3};
use crate::channel::Query;
use crate::channel::tones::weights;
use ndarray::Array4;
use rayon::prelude::*;

impl Passage<'_> {
    /// Adds what moves at the packets `which` to `data`.
    pub(super) fn add(&self, times_s: &[f64], which: &[usize], data: &mut Array4<Complex32>) {
        let series = self.all_series();
        let (n_tone, n_rx, n_tx) =
            (self.problem.link.tones_hz.len(), self.problem.link.rx.len(), self.problem.link.tx.len());
        let packet = n_tone * n_rx * n_tx;
        let Some(data) = data.as_slice_mut() else { return };
        // Each packet's place in the data, so that they can be filled side by side.
        let mut places: Vec<Option<&mut [Complex32]>> = data.chunks_exact_mut(packet).map(Some).collect();
        let out: Vec<(usize, &mut [Complex32])> = which.iter().filter_map(|i| Some((*i, places[*i].take()?))).collect();
        out.into_par_iter().for_each(|(i, out)| {
            let (first, weights) = self.clock.weights(times_s[i]);
            for series in &series {
                series.at(first, &weights, |n, k, l, z| {
                    let at = &mut out[(n * n_rx + l) * n_tx + k];
                    *at += Complex32::new(z.re as f32, z.im as f32);
                });
            }
            if self.problem.carried {
                let direct = self.problem.direct(&self.places_at(times_s[i]));
                out.iter_mut().zip(direct).for_each(|(o, z)| *o += Complex32::new(z.re as f32, z.im as f32));
            }
        });
    }

    /// The sums over all parts between all stations.
    pub(super) fn all_series(&self) -> Vec<Series> {
        let jobs = (0..self.parts.len()).flat_map(|p| (0..self.pairs.len()).map(move |q| (p, q)));
        jobs.map(|(part, pair)| self.series(part, pair)).collect()
    }

    /// What moves, of one number.
    pub(super) fn value(&self, series: &[Series], query: &Query) -> Complex64 {
        let (first, weights) = self.clock.weights(query.time_s);
        let mine = series.iter().filter_map(|s| {
            let l = s.rx.iter().position(|x| *x == query.rx)?;
            let k = s.tx.iter().position(|x| *x == query.tx)?;
            Some(s.one(first, &weights, l * s.tx.len() + k, query.tone))
        });
        mine.sum::<Complex64>() + self.carried(query)
    }

    /// From antenna to antenna of one number, where antennas are carried.
    pub(super) fn carried(&self, query: &Query) -> Complex64 {
        if !self.problem.carried {
            return Complex64::new(0.0, 0.0);
        }
        let [tx, rx] = self.places_at(query.time_s);
        self.problem.direct_one((query.tx, tx[query.tx]), (query.rx, rx[query.rx]), query.tone)
    }

    /// Where the antennas are at a time.
    fn places_at(&self, time_s: f64) -> [Vec<Vec3>; 2] {
        let moments = self.bodies.times_s.len();
        let place = (time_s - self.bodies.times_s[0]) / self.step_s;
        let first = (place.floor() as usize).saturating_sub(STENCIL / 2 - 1).min(moments - STENCIL);
        let nodes: Vec<f64> = (first..first + STENCIL).map(|i| i as f64).collect();
        let shares = weights(&nodes, place);
        [0, 1].map(|side| {
            let one = |i: usize| shares.iter().zip(first..).map(|(w, m)| self.bodies.places[m][side][i] * *w).sum();
            (0..self.bodies.places[0][side].len()).map(one).collect()
        })
    }
}
