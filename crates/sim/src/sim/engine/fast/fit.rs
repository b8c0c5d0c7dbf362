//! Patches of a portion over a segment of the frame: paths and amplitudes at Chebyshev nodes, and whether polynomials hold.

use super::PORTION;
use super::amplitude::{Group, Way, filter};
use super::nodes::{CUBIC, MAX_NODES, analysis, node, tail_weights, value_at};
use super::series::cis;
use super::wave::{ROUNDER, Wave};
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::kernels::{BLOCK, Lanes};
use crate::sim::engine::fast::problem::Swept;
use crate::sim::error::SimError;

/// Admissible errors by what is left out.
pub(super) struct Tolerances {
    /// Of the phase by cutting off the polynomials, rad.
    phase: f64,
    /// The same for amplitudes, relative to the patch's own and to the root mean square over all patches.
    amplitude: f32,
    /// What the high moments of a patch may add where they are left out, relative to the root mean square over all patches.
    pub(super) cut_off: f32,
    /// Patches that are left out may add up to this share of the root of the summed squares.
    pub(super) negligible: f64,
    /// Nodes of a segment, at most.
    pub(super) nodes: usize,
}

impl Tolerances {
    /// Of bundles that may miss `bundle_tolerance`, to which these add little; of patches that are followed one by one where that is zero.
    pub(super) fn of(bundle_tolerance: f64) -> Self {
        let t = bundle_tolerance;
        if t == 0.0 {
            return Self { phase: 3e-6, amplitude: 4e-6, cut_off: 2e-6, negligible: 1e-6, nodes: MAX_NODES };
        }
        let nodes = if t < 1e-3 { MAX_NODES } else { 5 };
        let above = |share: f64, least: f64| (share * t).max(least);
        Self {
            phase: above(0.1, 3e-6),
            amplitude: above(0.15, 4e-6) as f32,
            cut_off: above(0.03, 2e-6) as f32,
            negligible: above(0.01, 1e-6),
            nodes,
        }
    }
}

/// Seconds of delay per metre of path.
const PER_METRE: f64 = 1.0 / SPEED_OF_LIGHT;

/// Size of the whole sum, found in the middle of the frame with the first pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// Sum of the squared amplitudes.
    pub(super) energy: f64,
    /// Root mean square amplitude of a patch.
    pub(super) rms: f32,
    /// Patches whose amplitude never exceeds this are left out: all together they stay below a small share of the root of
    /// `energy`.
    pub(super) negligible: f32,
}

/// The pair whose phase the others are relative to: near the middle of the array.
pub(super) fn reference(n_tx: usize, n_rx: usize) -> (usize, usize) {
    (n_tx / 2, n_rx / 2)
}

/// Positions of all points at the nodes of a segment.
pub(super) struct NodePositions {
    points: Vec<Vec<Vec3>>,
    pub(super) count: usize,
}

impl NodePositions {
    pub(super) fn new() -> Self {
        Self { points: Vec::new(), count: 0 }
    }

    /// The positions of each.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Vec<Vec3>> {
        self.points[..self.count].iter()
    }

    /// Asks the motion at `times`, for all points or (in their places) for some.
    pub(super) fn ask(
        &mut self,
        problem: &Swept,
        times: impl Iterator<Item = f64>,
        some: Option<&[u32]>,
    ) -> Result<(), SimError> {
        self.count = 0;
        for time in times {
            if self.points.len() == self.count {
                self.points.push(vec![Vec3::zeros(); problem.motion.point_count()]);
            }
            let out = &mut self.points[self.count];
            match some {
                None => problem.motion.positions_at(time, out)?,
                Some(points) => problem.motion.some_positions_at(time, points, out)?,
            }
            self.count += 1;
        }
        Ok(())
    }
}

/// Complex values `[pair][node][patch]`.
pub(super) struct Parts {
    pub(super) re: Vec<[f32; PORTION]>,
    pub(super) im: Vec<[f32; PORTION]>,
}

impl Parts {
    fn new(rows: usize) -> Self {
        Self { re: vec![[0.0; PORTION]; rows], im: vec![[0.0; PORTION]; rows] }
    }

    /// Turns a row by phases in cycles.
    #[inline(always)]
    fn turn<V: Lanes>(&mut self, row: usize, turns: &[f32; PORTION], len: usize) {
        let (re, im) = (&mut self.re[row], &mut self.im[row]);
        let mut m = 0;
        while m < len {
            let (c, s) = cis(V::load(&turns[m..]));
            let (a, b) = (V::load(&re[m..]), V::load(&im[m..]));
            b.fnma(s, a.mul(c)).store(&mut re[m..]);
            b.fma(c, a.mul(s)).store(&mut im[m..]);
            m += V::COUNT;
        }
    }

    /// The rows of the first `pairs` pairs at `nodes` nodes, real and imaginary ones.
    fn rows(&self, pairs: usize, nodes: usize) -> impl Iterator<Item = &[[f32; PORTION]]> {
        self.re.chunks(nodes).take(pairs).chain(self.im.chunks(nodes).take(pairs))
    }
}

/// Values at the nodes: lengths `[antenna][node][patch]` with the transmitters first, and amplitudes `[pair][node][patch]`.
pub(super) struct Fit {
    pub(super) nodes: usize,
    pub(super) length: Vec<[f64; PORTION]>,
    /// Path of the reference pair, `[node][patch]`, m.
    pub(super) path: [[f64; PORTION]; MAX_NODES],
    /// How much longer the way of an antenna is than that of the reference on its side, `[antenna][node][patch]`, m.
    pub(super) more: Vec<[f32; PORTION]>,
    /// Amplitudes; after [`Fit::demodulate`] with the phase of their pair relative to the reference.
    pub(super) amplitude: Parts,
    /// First moments of bundles, the same way; none where patches are followed one by one.
    pub(super) moment: Parts,
    pub(super) bundled: bool,
    /// Whether cubics of the blocks hold.
    pub(super) holds: [bool; PORTION],
    /// Largest squared amplitude.
    pub(super) peak: [f32; PORTION],
    pub(super) ways: Vec<Way>,
}

impl Fit {
    pub(super) fn new(antennas: usize, pairs: usize, bundled: bool) -> Self {
        Self {
            nodes: 0,
            length: vec![[0.0; PORTION]; antennas * MAX_NODES],
            path: [[0.0; PORTION]; MAX_NODES],
            more: vec![[0.0; PORTION]; antennas * MAX_NODES],
            amplitude: Parts::new(pairs * MAX_NODES),
            moment: Parts::new(if bundled { pairs * MAX_NODES } else { 0 }),
            bundled,
            holds: [false; PORTION],
            peak: [0.0; PORTION],
            ways: Vec::new(),
        }
    }

    /// Evaluates the transmitters and receivers `antennas` at all moments; amplitudes without the form factor unless `form`.
    #[inline(always)]
    pub(super) fn evaluate<V: Lanes>(
        &mut self,
        problem: &Swept,
        wave: &Wave,
        antennas: (&[Vec3], &[Vec3]),
        at: &NodePositions,
        patches: &[u32],
        form: bool,
    ) {
        let (tx, rx) = antennas;
        let surface = problem.surface;
        self.nodes = at.count;
        let mut group = Group::EMPTY;
        for (first, chunk) in patches.chunks(BLOCK).enumerate().map(|(i, c)| (i * BLOCK, c)) {
            group.choose(wave, surface, chunk);
            for (node, points) in at.points[..at.count].iter().enumerate() {
                group.place(wave, surface, chunk, points);
                self.ways.clear();
                for antenna in tx {
                    self.ways.push(group.way::<V>(*antenna, 1.0, true));
                }
                for antenna in rx {
                    self.ways.push(group.way::<V>(*antenna, -1.0, false));
                }
                for (antenna, way) in self.ways.iter().enumerate() {
                    self.length[antenna * self.nodes + node][first..first + BLOCK].copy_from_slice(&way.length);
                }
                let (there, back) = self.ways.split_at(tx.len());
                for (k, t) in there.iter().enumerate() {
                    for (l, r) in back.iter().enumerate() {
                        let row = (k * rx.len() + l) * self.nodes + node;
                        let Parts { re, im } = &mut self.amplitude;
                        let (re, im) = (&mut re[row][first..], &mut im[row][first..]);
                        group.amplitude::<V>(t, r, form, re, im);
                        filter(wave, t, r, re, im);
                    }
                }
            }
        }
    }

    /// Splits the lengths into the path of the reference pair and what the other antennas have more.
    #[inline(always)]
    pub(super) fn compare(&mut self, n_tx: usize, n_rx: usize, len: usize) {
        let n = self.nodes;
        let (tx, rx) = reference(n_tx, n_rx);
        for j in 0..n {
            let (there, back) = (&self.length[tx * n + j], &self.length[(n_tx + rx) * n + j]);
            for m in 0..len {
                self.path[j][m] = there[m] + back[m];
            }
            for antenna in 0..n_tx + n_rx {
                let from = if antenna < n_tx { there } else { back };
                let (length, more) = (&self.length[antenna * n + j], &mut self.more[antenna * n + j]);
                for m in 0..len {
                    more[m] = (length[m] - from[m]) as f32;
                }
            }
        }
    }

    /// Turns amplitudes into those relative to the phase of the reference pair: `a exp(j2π(φ(t) − φ_ref(t − shift)))`, where
    /// `shift` (in units where the segment is [-1, 1]) is the time of the transmitter's ramp after the reference
    /// transmitter's.
    ///
    /// Antennas of a radar stand within some wavelengths, so that this phase changes over a frame by less than a radian: the
    /// polynomials follow it like the amplitude, and one phasor serves all pairs.
    #[inline(always)]
    pub(super) fn demodulate<V: Lanes>(&mut self, wave: &Wave, shifts: &[f64], n_rx: usize, len: usize) {
        let n = self.nodes;
        let n_tx = shifts.len();
        let mut turns = [[0.0_f64; PORTION]; MAX_NODES];
        let mut relative = [0.0_f32; PORTION];
        for (k, shift) in shifts.iter().enumerate() {
            for (j, turns) in turns.iter_mut().enumerate().take(n) {
                let mut sum = [0.0_f64; PORTION];
                if *shift == 0.0 {
                    sum[..len].copy_from_slice(&self.path[j][..len]);
                } else {
                    let weights = value_at(node(j, n) - shift, n);
                    for (path, w) in self.path.iter().zip(&weights).take(n) {
                        for m in 0..len {
                            sum[m] += w * path[m];
                        }
                    }
                }
                for m in 0..len {
                    turns[m] = wave.turns(sum[m] * PER_METRE);
                }
            }
            for l in 0..n_rx {
                for (j, turns) in turns.iter().enumerate().take(n) {
                    let (there, back) = (&self.length[k * n + j], &self.length[(n_tx + l) * n + j]);
                    for m in 0..len {
                        let more = wave.turns((there[m] + back[m]) * PER_METRE) - turns[m];
                        relative[m] = (more - ((more + ROUNDER) - ROUNDER)) as f32;
                    }
                    let row = (k * n_rx + l) * n + j;
                    self.amplitude.turn::<V>(row, &relative, len);
                    if self.bundled {
                        self.moment.turn::<V>(row, &relative, len);
                    }
                }
            }
        }
    }

    /// Finds out whether cubics hold in blocks that are `ratio` of the segment.
    #[inline(always)]
    pub(super) fn judge(&mut self, wave: &Wave, (survey, tolerances): (&Survey, &Tolerances), ratio: f64, len: usize) {
        let n = self.nodes;
        // Amplitudes that bend are few and small; a path that bends is that of a whole limb at a keyframe, so that much is allowed
        // for the coefficients that are not seen.
        let strict = weighted_orders(n, ratio, 1.0);
        let easy = weighted_orders(n, ratio, 0.25);
        let mut bend = [0.0_f64; PORTION];
        for order in &strict[CUBIC..] {
            let mut sum = [0.0_f64; PORTION];
            for (row, w) in self.path.iter().zip(order).take(n) {
                for m in 0..len {
                    sum[m] += w * row[m];
                }
            }
            for m in 0..len {
                bend[m] += sum[m].abs();
            }
        }
        let mut swing = [0.0_f32; PORTION];
        let pairs = self.amplitude.re.len() / MAX_NODES;
        let moments = if self.bundled { pairs } else { 0 };
        for rows in self.amplitude.rows(pairs, n).chain(self.moment.rows(moments, n)) {
            let mut tail = [0.0_f32; PORTION];
            for order in &easy[CUBIC..] {
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
        }
        self.peak = [0.0; PORTION];
        for (re, im) in self.amplitude.re.iter().zip(&self.amplitude.im).take(pairs * n) {
            for m in 0..len {
                self.peak[m] = self.peak[m].max(re[m] * re[m] + im[m] * im[m]);
            }
        }
        let limit = tolerances.phase / (std::f64::consts::TAU * wave.frequency / SPEED_OF_LIGHT);
        for m in 0..len {
            let admissible = tolerances.amplitude * (survey.rms + self.peak[m].sqrt());
            // The negation of "holds" is also true for what is not a number.
            self.holds[m] = bend[m] <= limit && swing[m] <= admissible;
        }
    }
}

/// Chebyshev coefficients with their [`tail_weights`], as weights of the values at the nodes.
fn weighted_orders(n: usize, ratio: f64, unseen: f64) -> Vec<[f64; MAX_NODES]> {
    let weights = tail_weights(n, ratio, unseen);
    (0..n).map(|order| analysis(order, n).map(|w| w * weights[order])).collect()
}
