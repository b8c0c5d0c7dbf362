//! From antenna to antenna: line of sight and walls.

use super::{PathReport, Problem};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex64, Vec3};
use std::f64::consts::{PI, TAU};

impl Problem<'_> {
    /// All ways from antenna to antenna at all tones, `[tone, rx, tx]`, between the places `[tx, rx]`.
    pub(super) fn direct(&self, [tx, rx]: &[Vec<Vec3>; 2]) -> Vec<Complex64> {
        let (n_rx, n_tx) = (rx.len(), tx.len());
        let mut out = vec![Complex64::new(0.0, 0.0); self.link.tones_hz.len() * n_rx * n_tx];
        for way in 0..self.ways.len() {
            for (l, &at) in rx.iter().enumerate() {
                for (k, &from) in tx.iter().enumerate() {
                    let Some((amplitude, length)) = self.direct_way(way, (k, from), (l, at)) else { continue };
                    for (n, hz) in self.link.tones_hz.iter().enumerate() {
                        out[(n * n_rx + l) * n_tx + k] += amplitude * friis(*hz, length);
                    }
                }
            }
        }
        out
    }

    /// All ways between two antennas at one tone.
    pub(super) fn direct_one(&self, tx: (usize, Vec3), rx: (usize, Vec3), tone: usize) -> Complex64 {
        let ways = (0..self.ways.len()).filter_map(|way| self.direct_way(way, tx, rx));
        ways.map(|(amplitude, length)| amplitude * friis(self.link.tones_hz[tone], length)).sum()
    }

    /// Gains and walls of a way between two antennas, and its length, m.
    pub(super) fn direct_way(
        &self,
        way: usize,
        (k, from): (usize, Vec3),
        (l, at): (usize, Vec3),
    ) -> Option<(Complex64, f64)> {
        let leg = self.ways.leg(way, from, at)?;
        let arrives = match leg.points.last() {
            Some(point) => (point - at).normalize(),
            None => (from - at).normalize(),
        };
        let axis = self.ways.axis();
        let gains = self.link.tx[k].amplitude(leg.departs, axis) * self.link.rx[l].amplitude(arrives, axis);
        let length = (self.ways.image(way, from) - at).norm();
        Some((leg.coefficient * gains, length))
    }

    /// The ways between the first antennas.
    pub(super) fn paths(&self, [tx, rx]: &[Vec<Vec3>; 2]) -> Vec<PathReport> {
        let wavelength = self.wavelength_m();
        let mut paths: Vec<PathReport> = (0..self.ways.len())
            .filter_map(|way| {
                let (amplitude, length) = self.direct_way(way, (0, tx[0]), (0, rx[0]))?;
                let gain = amplitude.norm() * wavelength / (4.0 * PI * length);
                let walls = self.ways.leg(way, tx[0], rx[0])?.walls;
                Some(PathReport { walls, delay_s: length / SPEED_OF_LIGHT, gain_db: 20.0 * gain.log10() })
            })
            .collect();
        paths.sort_by(|a, b| a.delay_s.total_cmp(&b.delay_s));
        paths
    }
}

/// `λ/(4πd) exp(−j2πd/λ)`.
fn friis(hz: f64, length_m: f64) -> Complex64 {
    let wavelength = SPEED_OF_LIGHT / hz;
    Complex64::from_polar(wavelength / (4.0 * PI * length_m), -TAU * (length_m / wavelength).fract())
}
