//! Tones that stand: paths and amplitudes of every patch at a few moments of a frame, phasors at every shot.
//!
//! Between the moments, the Chebyshev nodes of the frame, path lengths and amplitudes are the polynomials through them (barycentric
//! formula, Berrut & Trefethen 2004, eq. 4.2), all in f64. The last two Chebyshev coefficients say how far a polynomial follows: patches for which
//! it does not (kinks of key frames, fast turns under a narrow lobe) are left to the exact engine, which asks the scene at every shot.
//! What is kept is within [`TOLERANCE`] a patch, so that the sum is within 1e-5 of the exact one.

use super::exact::{self, CHUNK, Constants, Lane, PatchBlock, Transmit, receive};
use super::frame_problem::FrameProblem;
use super::surface::{FacetState, Patch, Surface};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex64, Vec3};
use crate::propagation::elementary::cis_turns;
use crate::sensor::sounding::{Comb, Tones};
use crate::sim::error::SimError;
use rayon::prelude::*;
use std::collections::HashMap;
use std::f64::consts::{PI, TAU};

/// Moments of a frame.
const NODES: usize = 8;
/// Admissible size of the last coefficients: radians of the phase, and shares of the largest amplitude.
const TOLERANCE: f64 = 1e-6;

/// Some patches at all nodes, as seen by one antenna pair.
struct Tracks {
    len: usize,
    path: [Lane; NODES],
    re: [Lane; NODES],
    im: [Lane; NODES],
}

/// Adds the signal of `problem` to `out[loop or shot, tx, rx, tone]`.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let sounding = problem.sounding;
    let (shots, ends) = (&sounding.shots, &sounding.ends);
    let Tones::Comb(comb) = &sounding.tones else { return exact::synthesise(problem, out) };
    if shots.count() <= NODES || comb.count == 0 || problem.surface.patches.is_empty() {
        return exact::synthesise(problem, out);
    }
    let times: Vec<f64> = (0..shots.count()).map(|i| shots.start_s(i)).collect();
    let first = times.iter().copied().fold(f64::INFINITY, f64::min);
    let (middle, half) = (0.5 * (first + shots.last_s()), (0.5 * (shots.last_s() - first)).max(1e-12));
    let states = states(problem, middle, half)?;
    let pairs = ends.tx.len() * ends.rx.len();
    let consts = Constants::of(problem);
    // `[chunk][pair]`
    let mut tracks: Vec<Vec<Tracks>> = problem
        .surface
        .patches
        .par_chunks(CHUNK)
        .map(|patches| follow(problem, &states, patches, &consts, pairs))
        .collect();
    let left = leave(problem, &mut tracks);
    let shares: Vec<[f64; NODES]> = times.iter().map(|t| shares((t - middle) / half)).collect();
    let shot_len = out.len() / shots.count();
    out.par_chunks_mut(shot_len.max(1)).enumerate().with_min_len(8).for_each(|(shot, out)| {
        let n_rx = ends.rx.len();
        let per_pair = out.chunks_exact_mut(comb.count);
        for ((k, l), out) in shots.transmitters(shot).flat_map(|k| (0..n_rx).map(move |l| (k, l))).zip(per_pair) {
            tracks.iter().for_each(|chunk| chunk[k * n_rx + l].add(&shares[shot], comb, out));
        }
    });
    if let Some(surface) = left {
        tracing::debug!(patches = surface.patches.len(), "patches evaluated at every shot");
        exact::synthesise(&FrameProblem { surface: &surface, ..*problem }, out)?;
    }
    Ok(())
}

/// The facets at all nodes, `[node][facet]`.
fn states(problem: &FrameProblem, middle: f64, half: f64) -> Result<Vec<Vec<FacetState>>, SimError> {
    let mut points = vec![Vec3::zeros(); problem.motion.point_count()];
    (0..NODES)
        .map(|j| {
            problem.motion.positions_at(problem.start_s + middle + half * angle(j).cos(), &mut points)?;
            Ok(problem.surface.facets.iter().map(|f| f.at(&points)).collect())
        })
        .collect()
}

/// Some patches at all nodes, for all pairs.
fn follow(
    problem: &FrameProblem,
    states: &[Vec<FacetState>],
    patches: &[Patch],
    consts: &Constants,
    pairs: usize,
) -> Vec<Tracks> {
    let z = [[0.0; CHUNK]; NODES];
    let mut tracks: Vec<Tracks> = (0..pairs).map(|_| Tracks { len: patches.len(), path: z, re: z, im: z }).collect();
    let ends = &problem.sounding.ends;
    let mut block = PatchBlock::new();
    for (j, facets) in states.iter().enumerate() {
        block.gather(facets, patches);
        for (k, tx) in ends.tx.iter().enumerate() {
            let there = Transmit::new(&block, *tx);
            for (l, rx) in ends.rx.iter().enumerate() {
                let track = &mut tracks[k * ends.rx.len() + l];
                (track.path[j], (track.re[j], track.im[j])) = receive(&block, &there, *rx, consts);
            }
        }
    }
    tracks
}

/// Takes out the patches that the polynomials do not follow, for all pairs, and returns them.
fn leave(problem: &FrameProblem, tracks: &mut [Vec<Tracks>]) -> Option<Surface> {
    let largest = tracks.iter().flatten().map(Tracks::largest).fold(0.0, f64::max);
    let wave_number = TAU * problem.sounding.centre_hz() / SPEED_OF_LIGHT;
    let mut surface = Surface::default();
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    for (chunk, patches) in tracks.iter_mut().zip(problem.surface.patches.chunks(CHUNK)) {
        for (i, patch) in patches.iter().enumerate() {
            if chunk.iter().all(|track| track.holds(i, wave_number, largest)) {
                continue;
            }
            for track in chunk.iter_mut() {
                track.re.iter_mut().chain(&mut track.im).for_each(|lane| lane[i] = 0.0);
            }
            let facet = *numbers.entry(patch.facet).or_insert_with(|| {
                surface.facets.push(problem.surface.facets[patch.facet as usize]);
                surface.facets.len() as u32 - 1
            });
            surface.patches.push(Patch { facet, ..*patch });
        }
    }
    (!surface.patches.is_empty()).then_some(surface)
}

impl Tracks {
    /// Largest amplitude, within √2.
    fn largest(&self) -> f64 {
        let lanes = self.re.iter().chain(&self.im);
        lanes.flat_map(|lane| &lane[..self.len]).fold(0.0, |most: f64, v| most.max(v.abs()))
    }

    /// Whether the polynomials of patch `i` follow it.
    fn holds(&self, i: usize, wave_number: f64, largest: f64) -> bool {
        let size = |lanes: &[Lane; NODES]| (0..NODES).map(|j| lanes[j][i].abs()).fold(0.0, f64::max);
        let amplitude = size(&self.re).max(size(&self.im));
        // What hardly reflects may miss its phase.
        let phase = wave_number * tail(&self.path, i) * (amplitude / largest.max(f64::MIN_POSITIVE)).min(1.0);
        phase <= TOLERANCE && tail(&self.re, i).max(tail(&self.im, i)) <= TOLERANCE * largest
    }

    /// Adds the phasors at a shot to all tones.
    fn add(&self, shares: &[f64; NODES], comb: &Comb, out: &mut [Complex64]) {
        let (mut path, mut re, mut im) = ([0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
        for (j, share) in shares.iter().enumerate() {
            for i in 0..CHUNK {
                path[i] += share * self.path[j][i];
                re[i] += share * self.re[j][i];
                im[i] += share * self.im[j][i];
            }
        }
        for (n, out) in out.iter_mut().enumerate() {
            let turns_per_metre = comb.tone_hz(n as f64) / SPEED_OF_LIGHT;
            let (mut x, mut y) = ([0.0; CHUNK], [0.0; CHUNK]);
            for i in 0..CHUNK {
                let (c, s) = cis_turns(turns_per_metre * path[i]);
                x[i] = re[i] * c - im[i] * s;
                y[i] = re[i] * s + im[i] * c;
            }
            // Lanes past the end are copies of the last patch.
            let (x, y): (f64, f64) = (x[..self.len].iter().sum(), y[..self.len].iter().sum());
            *out += Complex64::new(x, y);
        }
    }
}

/// The angle whose cosine is node `j`.
fn angle(j: usize) -> f64 {
    PI * (2 * j + 1) as f64 / (2 * NODES) as f64
}

/// Sum of the magnitudes of the last two Chebyshev coefficients of lane `i`.
fn tail(lanes: &[Lane; NODES], i: usize) -> f64 {
    let coefficient =
        |m: usize| (0..NODES).map(|j| lanes[j][i] * (m as f64 * angle(j)).cos()).sum::<f64>() * (2.0 / NODES as f64);
    coefficient(NODES - 1).abs() + coefficient(NODES - 2).abs()
}

/// Share of each node in the value at `x` in [−1, 1].
fn shares(x: f64) -> [f64; NODES] {
    let nodes: [f64; NODES] = std::array::from_fn(|j| angle(j).cos());
    if let Some(hit) = nodes.iter().position(|n| (x - n).abs() < 1e-14) {
        return std::array::from_fn(|j| if j == hit { 1.0 } else { 0.0 });
    }
    let sign = |j: usize| if j.is_multiple_of(2) { 1.0 } else { -1.0 };
    let terms: [f64; NODES] = std::array::from_fn(|j| sign(j) * angle(j).sin() / (x - nodes[j]));
    let sum: f64 = terms.iter().sum();
    terms.map(|term| term / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_reproduce_polynomials_and_the_tail_says_what_they_miss() {
        let lanes = |f: &dyn Fn(f64) -> f64| -> [Lane; NODES] { std::array::from_fn(|j| [f(angle(j).cos()); CHUNK]) };
        let cubic = |x: f64| 0.3 + x * (1.5 - x * (0.7 + 0.2 * x));
        for x in [-1.0, -0.37, 0.0, angle(2).cos(), 0.99] {
            let got: f64 = shares(x).iter().enumerate().map(|(j, s)| s * cubic(angle(j).cos())).sum();
            assert!((got - cubic(x)).abs() < 1e-14, "{got} at {x}");
        }
        assert!(tail(&lanes(&cubic), 5) < 1e-14);
        assert!(tail(&lanes(&|x: f64| x.abs()), 5) > 1e-2);
    }
}
