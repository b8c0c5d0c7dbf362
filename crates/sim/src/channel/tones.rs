//! Few tones for each trip and for all, and all tones from them.
//!
//! A body is metres deep, a room tens of metres: over a band, the sum over a body's pieces on one trip turns slowly once the delay of its middle is taken
//! out, and the sum over all trips faster. Trips are therefore summed up at few equally spaced tones, carried over to more Chebyshev tones
//! with the delays of their middles, and from there to the subcarriers by the polynomial through them (barycentric formula, Berrut & Trefethen 2004).

use crate::base::Complex64;
use crate::base::constants::SPEED_OF_LIGHT;
use std::f64::consts::{PI, TAU};

/// Tolerance of the polynomials, relative to the sum.
const TOLERANCE: f64 = 3e-4;

/// TripTones at which the sums of one mesh are known.
pub(super) struct TripTones {
    /// Equally spaced tones of each trip, Hz.
    pub(super) few_hz: Vec<f64>,
    /// TripTones of the sum over trips, Hz.
    pub(super) some_hz: Vec<f64>,
    /// `[some][few]`: from the tones of trips.
    from_few: Vec<Vec<f64>>,
    /// `[tone][some]`: to all tones.
    to_all: Vec<Vec<f64>>,
    /// Path in the middle of all trips, which is taken out before the last step, m.
    middle_m: f64,
    all_hz: Vec<f64>,
}

impl TripTones {
    /// For paths that are within `trip_m` of the middle of their trip, and trips whose middles have paths from `shortest_m` to `longest_m`.
    pub(super) fn new(all_hz: &[f64], trip_m: f64, (shortest_m, longest_m): (f64, f64)) -> Self {
        let (low, high) = (all_hz[0], all_hz[all_hz.len() - 1]);
        let half = |path_m: f64| PI * (high - low) * path_m / SPEED_OF_LIGHT;
        let few = needed(half(trip_m), false);
        let step = if few > 1 { (high - low) / (few - 1) as f64 } else { 0.0 };
        let first = if few > 1 { low } else { 0.5 * (low + high) };
        let few_hz: Vec<f64> = (0..few).map(|i| first + step * i as f64).collect();
        let spread_m = 0.5 * (longest_m - shortest_m) + trip_m;
        let some = needed(half(spread_m), true);
        let some_hz: Vec<f64> = if some >= all_hz.len() {
            all_hz.to_vec()
        } else {
            let node = |i: usize| ((2 * i + 1) as f64 * PI / (2 * some) as f64).cos();
            (0..some).rev().map(|i| 0.5 * (low + high) + 0.5 * (high - low) * node(i)).collect()
        };
        let from_few = some_hz.iter().map(|hz| weights(&few_hz, *hz)).collect();
        let to_all = all_hz.iter().map(|hz| weights(&some_hz, *hz)).collect();
        let middle_m = 0.5 * (shortest_m + longest_m);
        Self { few_hz, some_hz, from_few, to_all, middle_m, all_hz: all_hz.to_vec() }
    }

    /// Adds a trip whose middle has the path `path_m`: `few[tone]`, the sum with that path taken out, to `some[tone]`.
    pub(super) fn add_trip(&self, few: &[Complex64], path_m: f64, some: &mut [Complex64]) {
        for ((out, weights), hz) in some.iter_mut().zip(&self.from_few).zip(&self.some_hz) {
            let sum: Complex64 = weights.iter().zip(few).map(|(w, z)| z * *w).sum();
            // The path in the middle stays out: it comes back with all tones.
            *out += sum * turn(*hz, path_m, self.middle_m, self.some_hz[0]);
        }
    }

    /// What `add_trip` gathered, at all tones.
    pub(super) fn all(&self, some: &[Complex64], mut each: impl FnMut(usize, Complex64)) {
        (0..self.all_hz.len()).for_each(|n| each(n, self.one(some, n)));
    }

    /// The same at one tone.
    pub(super) fn one(&self, some: &[Complex64], tone: usize) -> Complex64 {
        let sum: Complex64 = self.to_all[tone].iter().zip(some).map(|(w, z)| z * *w).sum();
        sum * back(self.all_hz[tone], self.middle_m, self.some_hz[0])
    }
}

/// `exp(−j2πf p/c)` without `exp(−j2π(f − f₀) m/c)`.
fn turn(hz: f64, path_m: f64, middle_m: f64, first_hz: f64) -> Complex64 {
    let turns = hz * path_m / SPEED_OF_LIGHT - (hz - first_hz) * middle_m / SPEED_OF_LIGHT;
    Complex64::from_polar(1.0, -TAU * turns.fract())
}

fn back(hz: f64, middle_m: f64, first_hz: f64) -> Complex64 {
    Complex64::from_polar(1.0, -TAU * ((hz - first_hz) * middle_m / SPEED_OF_LIGHT).fract())
}

/// Nodes that the polynomial through exp(jx), |x| ≤ `half`, needs.
///
/// Of n Chebyshev nodes it misses at most `halfⁿ / (n! 2ⁿ⁻¹)`; of equal steps the product of the distances to the nodes takes the place of `2¹⁻ⁿ`.
fn needed(half: f64, chebyshev: bool) -> usize {
    if half < 1e-9 {
        return 1;
    }
    let mut power = 1.0;
    for n in 1..200 {
        power *= half / n as f64;
        let shape = if chebyshev || n == 1 {
            0.5_f64.powi(n - 1)
        } else {
            // The largest product of distances to n equal steps on [−1, 1] is between the outer two.
            let step = 2.0 / f64::from(n - 1);
            (1..n).map(|i| (f64::from(i) - 0.5) * step).product::<f64>() * 0.5 * step
        };
        if power * shape < TOLERANCE {
            return n as usize;
        }
    }
    200
}

/// Weights of the values at `nodes` for the value at `x` of the polynomial through them.
pub(super) fn weights(nodes: &[f64], x: f64) -> Vec<f64> {
    if let Some(i) = nodes.iter().position(|n| *n == x) {
        return (0..nodes.len()).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
    }
    let scale = (nodes[nodes.len() - 1] - nodes[0]).abs().max(f64::MIN_POSITIVE) / 4.0;
    let inverse = |i: usize| {
        let others = nodes.iter().enumerate().filter(|(j, _)| *j != i);
        others.map(|(_, n)| (nodes[i] - n) / scale).product::<f64>() * (x - nodes[i])
    };
    let terms: Vec<f64> = (0..nodes.len()).map(|i| 1.0 / inverse(i)).collect();
    let sum: f64 = terms.iter().sum();
    terms.into_iter().map(|t| t / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_tones_carry_all_of_them() {
        let all: Vec<f64> = (-57..57).map(|k| 5.2e9 + 312_500.0 * f64::from(k)).collect();
        // Trips of middles 3, 11 and 24 m, and paths about them.
        let trips = [(3.0, [-1.4, 0.2, 1.5]), (11.0, [-0.3, 0.9, 1.1]), (24.0, [-1.5, 0.0, 1.2])];
        let tones = TripTones::new(&all, 1.5, (3.0, 24.0));
        assert!(tones.few_hz.len() <= 6 && tones.some_hz.len() <= 24, "{} {}", tones.few_hz.len(), tones.some_hz.len());
        let mut some = vec![Complex64::new(0.0, 0.0); tones.some_hz.len()];
        let wave = |hz: f64, path: f64| Complex64::from_polar(1.0, -TAU * (hz * path / SPEED_OF_LIGHT).fract());
        for (middle, offs) in trips {
            let few: Vec<Complex64> =
                tones.few_hz.iter().map(|hz| offs.iter().map(|off| wave(*hz, *off)).sum()).collect();
            tones.add_trip(&few, middle, &mut some);
        }
        let mut worst = 0.0_f64;
        tones.all(&some, |n, got| {
            let want: Complex64 =
                trips.iter().flat_map(|(middle, offs)| offs.map(|off| wave(all[n], middle + off))).sum();
            worst = worst.max((got - want).norm());
        });
        assert!(worst < 9.0 * 2.0 * TOLERANCE, "{worst}");
    }

    #[test]
    fn one_tone_is_one_tone() {
        let tones = TripTones::new(&[915e6], 1.0, (2.0, 9.0));
        assert_eq!((tones.few_hz.len(), tones.some_hz.len()), (1, 1));
    }
}
