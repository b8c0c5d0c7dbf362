//! The motion of a stage over a frame: asked at every moment, by polynomials through a few moments, or each where it belongs.

use super::engine::PointMotion;
use super::error::SimError;
use super::stage::Stage;
use super::wanted::Wanted;
use crate::base::Vec3;

/// Asks the scene at every moment anew.
pub(super) struct EveryChirp<'a> {
    pub(super) stage: &'a Stage<'a>,
    /// The surface's points.
    pub(super) wanted: &'a Wanted,
}

thread_local! {
    /// Memory only, overwritten before it is read.
    static ALL: std::cell::RefCell<Vec<Vec3>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl PointMotion for EveryChirp<'_> {
    fn point_count(&self) -> usize {
        self.wanted.len()
    }

    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        // Taken out for the call: a mesh may itself use the pool and re-enter on this thread.
        let mut all = ALL.take();
        all.resize(self.stage.len(), Vec3::zeros());
        let result = self.stage.write(time_s, &mut all);
        if result.is_ok() {
            self.wanted.write(&all, out);
        }
        ALL.set(all);
        result
    }
}

/// Polynomials for what they follow; the scene itself for what is quick.
pub(super) struct Mixed<'a> {
    stage: &'a Stage<'a>,
    /// The surface's points.
    wanted: &'a Wanted,
    slow: Chebyshev,
}

impl<'a> Mixed<'a> {
    /// `slow` are the polynomials of all that is wanted.
    pub(super) fn new(stage: &'a Stage<'a>, wanted: &'a Wanted, slow: Chebyshev) -> Self {
        Self { stage, wanted, slow }
    }

    fn write_quick(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        if !self.stage.has_quick() {
            return Ok(());
        }
        let mut all = ALL.take();
        all.resize(self.stage.len(), Vec3::zeros());
        let result = self.stage.write_quick(time_s, &mut all);
        if result.is_ok() {
            self.wanted.write_where(|v| self.stage.is_quick(v), &all, out);
        }
        ALL.set(all);
        result
    }
}

impl PointMotion for Mixed<'_> {
    fn point_count(&self) -> usize {
        self.wanted.len()
    }

    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        self.slow.positions_at(time_s, out)?;
        self.write_quick(time_s, out)
    }

    fn some_positions_at(&self, time_s: f64, points: &[u32], out: &mut [Vec3]) -> Result<(), SimError> {
        self.slow.some_positions_at(time_s, points, out)?;
        self.write_quick(time_s, out)
    }
}

/// Points whose polynomials are evaluated together.
const STRIP: usize = 256;

/// The polynomial through samples at Chebyshev nodes of the first kind.
pub(super) struct Chebyshev {
    middle_s: f64,
    half_s: f64,
    /// Nodes in [-1, 1].
    nodes: Vec<f64>,
    /// Weights of the barycentric formula.
    weights: Vec<f64>,
    /// `samples[node][point]`.
    samples: Vec<Vec<Vec3>>,
}

/// All vertices and points of a stage at the Chebyshev nodes of a span of time.
pub(super) struct Samples {
    span: (f64, f64),
    /// `[node][vertex]`.
    nodes: Vec<Vec<Vec3>>,
}

impl Samples {
    /// Asks the stage at `n` nodes over `span`, s.
    pub(super) fn take(stage: &Stage, span: (f64, f64), n: usize) -> Result<Self, SimError> {
        let (middle_s, half_s) = middle_and_half(span);
        let mut nodes = vec![vec![Vec3::zeros(); stage.len()]; n];
        for (j, out) in nodes.iter_mut().enumerate() {
            stage.write(middle_s + half_s * angle(j, n).cos(), out)?;
        }
        Ok(Self { span, nodes })
    }

    /// The polynomials of some points.
    pub(super) fn of(&self, wanted: &Wanted) -> Chebyshev {
        let (middle_s, half_s) = middle_and_half(self.span);
        let n = self.nodes.len();
        let sample = |all: &Vec<Vec3>| {
            let mut out = vec![Vec3::zeros(); wanted.len()];
            wanted.write(all, &mut out);
            out
        };
        Chebyshev {
            middle_s,
            half_s,
            nodes: (0..n).map(|j| angle(j, n).cos()).collect(),
            weights: (0..n).map(|j| angle(j, n).sin() * if j % 2 == 0 { 1.0 } else { -1.0 }).collect(),
            samples: self.nodes.iter().map(sample).collect(),
        }
    }
}

/// Middle and half of a span, the latter never zero.
fn middle_and_half((start_s, end_s): (f64, f64)) -> (f64, f64) {
    (0.5 * (start_s + end_s), (0.5 * (end_s - start_s)).max(1e-12))
}

/// The angle whose cosine is Chebyshev node `j` of `n`.
fn angle(j: usize, n: usize) -> f64 {
    std::f64::consts::PI * (2 * j + 1) as f64 / (2 * n) as f64
}

impl Chebyshev {
    /// Share of each node in the value at `time_s` (Berrut & Trefethen 2004, eq. 4.2).
    fn shares(&self, time_s: f64) -> Vec<f64> {
        let x = (time_s - self.middle_s) / self.half_s;
        if let Some(hit) = self.nodes.iter().position(|n| (x - n).abs() < 1e-14) {
            return (0..self.nodes.len()).map(|j| if j == hit { 1.0 } else { 0.0 }).collect();
        }
        let terms: Vec<f64> = self.nodes.iter().zip(&self.weights).map(|(n, w)| w / (x - n)).collect();
        let sum: f64 = terms.iter().sum();
        terms.iter().map(|t| t / sum).collect()
    }
}

impl PointMotion for Chebyshev {
    fn point_count(&self) -> usize {
        self.samples[0].len()
    }

    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        let shares = self.shares(time_s);
        // A few points at a time, which stay in the first cache over all nodes.
        for (i, out) in out.chunks_mut(STRIP).enumerate() {
            for (j, (share, sample)) in shares.iter().zip(&self.samples).enumerate() {
                let sample = &sample[i * STRIP..];
                if j == 0 {
                    out.iter_mut().zip(sample).for_each(|(o, s)| *o = s * *share);
                } else {
                    out.iter_mut().zip(sample).for_each(|(o, s)| *o += s * *share);
                }
            }
        }
        Ok(())
    }

    fn some_positions_at(&self, time_s: f64, points: &[u32], out: &mut [Vec3]) -> Result<(), SimError> {
        let shares = self.shares(time_s);
        for &point in points {
            let mut terms = shares.iter().zip(&self.samples).map(|(share, sample)| sample[point as usize] * *share);
            let first = terms.next().unwrap_or_default();
            out[point as usize] = terms.fold(first, |sum, term| sum + term);
        }
        Ok(())
    }
}
