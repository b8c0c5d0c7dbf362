//! Patches of a portion over a segment of the frame: paths and amplitudes at Chebyshev nodes, and whether polynomials hold.

use super::PORTION;
use super::amplitude::{Group, Way};
use super::lanes::{BLOCK, Lanes};
use super::nodes::{MAX_NODES, analysis, tail_weights};
use super::wave::Wave;
use crate::base::Vec3;
use crate::sim::engine::FrameProblem;
use crate::sim::error::SimError;

/// Admissible error of the phase by cutting off the polynomials, rad.
const PHASE_TOLERANCE: f64 = 1e-5;
/// The same for amplitudes, relative to the patch's own and to the root mean square over all patches.
const AMPLITUDE_TOLERANCE: f32 = 3e-6;

/// Size of the whole sum, found in the middle of the frame with the first pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// Sum of the squared amplitudes.
    pub(super) energy: f64,
    /// Root mean square amplitude of a patch.
    pub(super) rms: f32,
    /// Patches whose amplitude never exceeds this are left out: all together they stay below 1e-6 of the root of `energy`.
    pub(super) negligible: f32,
}

/// Positions of all points at the nodes of a segment.
pub(super) struct Moments {
    points: Vec<Vec<Vec3>>,
    count: usize,
}

impl Moments {
    pub(super) fn new() -> Self {
        Self { points: Vec::new(), count: 0 }
    }

    /// Asks the motion at `times`.
    pub(super) fn ask(&mut self, problem: &FrameProblem, times: impl Iterator<Item = f64>) -> Result<(), SimError> {
        self.count = 0;
        for time in times {
            if self.points.len() == self.count {
                self.points.push(vec![Vec3::zeros(); problem.motion.point_count()]);
            }
            problem.motion.positions_at(time, &mut self.points[self.count])?;
            self.count += 1;
        }
        Ok(())
    }
}

/// Values at the nodes: `[antenna][node][patch]` with the transmitters first, and `[pair][node][patch]`.
pub(super) struct Fit {
    pub(super) nodes: usize,
    pub(super) length: Vec<[f64; PORTION]>,
    pub(super) re: Vec<[f32; PORTION]>,
    pub(super) im: Vec<[f32; PORTION]>,
    /// Whether cubics of the blocks hold.
    pub(super) holds: [bool; PORTION],
    /// Largest squared amplitude.
    pub(super) peak: [f32; PORTION],
    ways: Vec<Way>,
}

impl Fit {
    pub(super) fn new(antennas: usize, pairs: usize) -> Self {
        Self {
            nodes: 0,
            length: vec![[0.0; PORTION]; antennas * MAX_NODES],
            re: vec![[0.0; PORTION]; pairs * MAX_NODES],
            im: vec![[0.0; PORTION]; pairs * MAX_NODES],
            holds: [false; PORTION],
            peak: [0.0; PORTION],
            ways: Vec::new(),
        }
    }

    /// Evaluates the first transmitters and receivers `antennas` at all moments.
    #[inline(always)]
    pub(super) fn evaluate<V: Lanes>(
        &mut self,
        problem: &FrameProblem,
        wave: &Wave,
        antennas: (&[Vec3], &[Vec3]),
        moments: &Moments,
        patches: &[u32],
    ) {
        let (tx, rx) = antennas;
        let surface = problem.surface;
        self.nodes = moments.count;
        let mut group = Group::EMPTY;
        for (first, chunk) in patches.chunks(BLOCK).enumerate().map(|(i, c)| (i * BLOCK, c)) {
            for (node, points) in moments.points[..moments.count].iter().enumerate() {
                let mut formed = false;
                for i in 0..BLOCK {
                    // A short group is filled up with copies of its last patch.
                    let patch = &surface.patches[chunk[i.min(chunk.len() - 1)] as usize];
                    formed |= patch.part.scale != 0.0;
                    group.set(i, wave, &surface.facets[patch.facet as usize], patch, points);
                }
                self.ways.clear();
                self.ways.extend(tx.iter().map(|a| group.way::<V>(*a, 1.0, true)));
                self.ways.extend(rx.iter().map(|a| group.way::<V>(*a, -1.0, false)));
                for (antenna, way) in self.ways.iter().enumerate() {
                    self.length[antenna * self.nodes + node][first..first + BLOCK].copy_from_slice(&way.length);
                }
                let (there, back) = self.ways.split_at(tx.len());
                for (k, t) in there.iter().enumerate() {
                    for (l, r) in back.iter().enumerate() {
                        let row = (k * rx.len() + l) * self.nodes + node;
                        let (re, im) = (&mut self.re[row][first..], &mut self.im[row][first..]);
                        group.amplitude::<V>(t, r, formed, re, im);
                    }
                }
            }
        }
    }

    /// Finds out whether cubics hold in blocks that are `ratio` of the segment.
    #[inline(always)]
    pub(super) fn judge(&mut self, wave: &Wave, survey: &Survey, ratio: f64, len: usize) {
        let n = self.nodes;
        let weights = tail_weights(n, ratio);
        let orders: Vec<[f64; MAX_NODES]> =
            (0..n).map(|order| analysis(order, n).map(|w| w * weights[order])).collect();
        let mut bend = [0.0_f64; PORTION];
        for lengths in self.length.chunks(n).take(self.length.len() / MAX_NODES) {
            let mut tail = [0.0_f64; PORTION];
            for order in &orders[super::nodes::CUBIC..] {
                let mut sum = [0.0_f64; PORTION];
                for (row, w) in lengths.iter().zip(order) {
                    for m in 0..len {
                        sum[m] += w * row[m];
                    }
                }
                for m in 0..len {
                    tail[m] += sum[m].abs();
                }
            }
            for m in 0..len {
                bend[m] = bend[m].max(tail[m]);
            }
        }
        let mut swing = [0.0_f32; PORTION];
        let pairs = self.re.len() / MAX_NODES;
        self.peak = [0.0; PORTION];
        for rows in self.re.chunks(n).take(pairs).zip(self.im.chunks(n).take(pairs)) {
            for (part, rows) in [rows.0, rows.1].into_iter().enumerate() {
                let mut tail = [0.0_f32; PORTION];
                for order in &orders[super::nodes::CUBIC..] {
                    let mut sum = [0.0_f32; PORTION];
                    for (row, w) in rows.iter().zip(order) {
                        let w = *w as f32;
                        for m in 0..len {
                            sum[m] += w * row[m];
                        }
                    }
                    for m in 0..len {
                        tail[m] += sum[m].abs();
                    }
                }
                for m in 0..len {
                    swing[m] = swing[m].max(tail[m]);
                }
                let _ = part;
            }
            for (re, im) in rows.0.iter().zip(rows.1) {
                for m in 0..len {
                    self.peak[m] = self.peak[m].max(re[m] * re[m] + im[m] * im[m]);
                }
            }
        }
        let limit = PHASE_TOLERANCE / (std::f64::consts::TAU * wave.frequency / crate::base::constants::SPEED_OF_LIGHT);
        for m in 0..len {
            let admissible = AMPLITUDE_TOLERANCE * (survey.rms + self.peak[m].sqrt());
            // The negation of "holds" is also true for what is not a number.
            self.holds[m] = bend[m] <= limit && swing[m] <= admissible;
        }
    }
}
