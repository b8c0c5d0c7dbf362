//! Splitting of a triangle into patches on each of which the closed form holds to a tolerance.
//!
//! The closed form takes the phase as linear over a patch and its mean phasor as constant over the sweep. With k the wave
//! number in mid-sweep, Δk half its change over the sweep, d the distance from the patch's centre and δ the change of the
//! two-way path over the patch, the errors relative to the patch's coherent sum are at most
//! - curvature: `½ k ⟨d²⟩ (1/R_T + 1/R_R) · min(1, 3/2L)`, L = `k √⟨δ²⟩` being the spread of the phase over the patch: where the
//!   phase turns round, what curvature adds cancels as the patch itself does. Measured on triangles of all shapes, tilts and
//!   ranges (24,000 by quadrature; the test below holds the bound): the largest errors are 1.0 of `½ k ⟨d²⟩ (…)` up to L = ½,
//!   0.65 from 2 to 3, 0.28 from 4 to 6 and 0.1 from 9 to 15;
//! - sweep: `Δk |⟨δ exp(jkδ)⟩|`, that is at most `Δk k ⟨δ²⟩` and `Δk √⟨δ²⟩`: echoes of a patch's edges that belong a fraction
//!   of a range bin nearer or farther.
//!
//! Cutting each edge in n divides them by n² (at best; by n where L decides). Where that takes more patches than a Gauss product
//! rule of the same accuracy takes nodes, the nodes are used: each is then a point with its share of the area.

use crate::base::Vec3;

/// Largest number of cuts per edge.
pub const MAX_CUTS: usize = 256;
/// Largest number of Gauss nodes in one direction.
pub const MAX_NODES: usize = 160;
/// Times 1/L, a bound of the share of the error by curvature that is left where the phase turns round.
const TURNING: f64 = 1.5;

/// A part of a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Barycentric coordinates of the part's centre.
    pub centre: [f64; 3],
    /// Size relative to the triangle: `part corner = part centre + scale · (corner − triangle centre)`; negative for the
    /// upside-down triangles of a subdivision, zero for a quadrature node.
    pub scale: f64,
    /// Share of the triangle's area.
    pub weight: f64,
}

impl Part {
    /// The undivided triangle.
    pub const WHOLE: Part = Part { centre: [1.0 / 3.0; 3], scale: 1.0, weight: 1.0 };
    /// The undivided triangle as a point: the centre rule.
    pub const POINT: Part = Part { centre: [1.0 / 3.0; 3], scale: 0.0, weight: 1.0 };
}

/// How a triangle is to be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Division {
    /// Every edge cut into n, n² congruent triangles.
    Cuts(usize),
    /// A Gauss product rule of n × n nodes.
    Nodes(usize),
}

impl Division {
    /// Number of parts.
    pub fn len(&self) -> usize {
        match *self {
            Division::Cuts(n) | Division::Nodes(n) => n * n,
        }
    }

    /// Never true: a triangle has at least one part.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts.
    pub fn parts(&self) -> Vec<Part> {
        match *self {
            Division::Cuts(n) => cut(n.max(1)),
            Division::Nodes(n) => nodes(n.max(1)),
        }
    }
}

/// What the division depends on besides the triangle.
#[derive(Clone, Copy, Debug)]
pub struct SplitRule {
    /// Wave number in mid-sweep, rad/m: 2π f / c.
    pub wave_number: f64,
    /// Half the change of the wave number over the sweep, rad/m.
    pub half_sweep: f64,
    /// Admissible error by curvature, relative to the triangle's coherent sum; 1e-12..1.
    pub tolerance: f64,
    /// Admissible error by the sweep, relative to the triangle's coherent sum; 1e-12..1.
    pub sweep_tolerance: f64,
}

impl SplitRule {
    /// Chooses the division of the triangle with `corners` seen from `tx` and `rx`; `false` beside it when the caps of this
    /// module do not allow the tolerance.
    pub fn divide(&self, corners: [Vec3; 3], tx: Vec3, rx: Vec3) -> (Division, bool) {
        let Needs { cuts, half_span } = self.needs(corners, tx, rx);
        if cuts <= 1.0 {
            return (Division::Cuts(1), true);
        }
        // Gauss with p nodes integrates exp(jΦx) on [-1, 1] with an error of about (eΦ / 4p)^(2p).
        let p = (0.8 * half_span - 0.6 * self.tolerance.min(self.sweep_tolerance).ln() + 3.0).ceil();
        if p < cuts && p <= MAX_NODES as f64 {
            return (Division::Nodes(p as usize), true);
        }
        let met = cuts <= MAX_CUTS as f64;
        (Division::Cuts(cuts.min(MAX_CUTS as f64) as usize), met)
    }

    /// Into how many each edge must be cut.
    pub fn cuts(&self, corners: [Vec3; 3], tx: Vec3, rx: Vec3) -> f64 {
        self.needs(corners, tx, rx).cuts
    }

    fn needs(&self, corners: [Vec3; 3], tx: Vec3, rx: Vec3) -> Needs {
        let centre = (corners[0] + corners[1] + corners[2]) / 3.0;
        let (to_tx, to_rx) = (centre - tx, centre - rx);
        let (d_tx, d_rx) = (to_tx.norm(), to_rx.norm());
        let gradient = to_tx / d_tx + to_rx / d_rx;
        let arms = corners.map(|c| c - centre);
        // Over a triangle with its centre at the origin ⟨(g·d)²⟩ = Σ (g·dᵢ)² / 12.
        let mean_square: f64 = arms.iter().map(|a| a.norm_squared()).sum::<f64>() / 12.0;
        let path = arms.map(|a| gradient.dot(&a));
        let path_square = path.iter().map(|p| p * p).sum::<f64>() / 12.0;
        let curvature = 0.5 * self.wave_number * mean_square * (1.0 / d_tx + 1.0 / d_rx);
        // Cuts that bring each error below its tolerance.
        let spread = self.wave_number * path_square.sqrt();
        let need = curvature / self.tolerance;
        let for_curvature = need.sqrt().min(TURNING * need / spread);
        let by_square = (self.half_sweep * self.wave_number * path_square / self.sweep_tolerance).sqrt();
        let by_length = self.half_sweep * path_square.sqrt() / self.sweep_tolerance;
        let span = path.iter().copied().fold(f64::MIN, f64::max) - path.iter().copied().fold(f64::MAX, f64::min);
        Needs {
            cuts: for_curvature.max(by_square.min(by_length)).ceil().max(1.0),
            half_span: 0.5 * (self.wave_number + self.half_sweep) * span + 4.0 * curvature,
        }
    }
}

/// What the tolerances ask of a triangle.
struct Needs {
    /// Cuts of an edge; at least one.
    cuts: f64,
    /// Half the change of the phase over it, rad.
    half_span: f64,
}

/// `n²` congruent triangles.
fn cut(n: usize) -> Vec<Part> {
    let step = 1.0 / n as f64;
    let weight = step * step;
    let mut parts = Vec::with_capacity(n * n);
    for i in 0..n {
        for j in 0..n - i {
            let (b, c) = ((i as f64 + 1.0 / 3.0) * step, (j as f64 + 1.0 / 3.0) * step);
            parts.push(Part { centre: [1.0 - b - c, b, c], scale: step, weight });
            if i + j + 1 < n {
                let (b, c) = ((i as f64 + 2.0 / 3.0) * step, (j as f64 + 2.0 / 3.0) * step);
                parts.push(Part { centre: [1.0 - b - c, b, c], scale: -step, weight });
            }
        }
    }
    parts
}

/// A Gauss–Legendre product rule on the triangle, by the map (x, y) → (x, y (1 − x)) of the square (Duffy 1982).
fn nodes(n: usize) -> Vec<Part> {
    let rule = gauss_legendre(n);
    let mut parts = Vec::with_capacity(n * n);
    for &(x, w) in &rule {
        for &(y, v) in &rule {
            let c = y * (1.0 - x);
            parts.push(Part { centre: [1.0 - x - c, x, c], scale: 0.0, weight: 2.0 * w * v * (1.0 - x) });
        }
    }
    parts
}

/// Nodes and weights of the Gauss–Legendre rule on [0, 1], by Newton's method on the Legendre polynomial.
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..60 {
                let (mut p0, mut p1) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (p0, p1) = (p1, ((2.0 * k - 1.0) * x * p1 - (k - 1.0) * p0) / k);
                }
                slope = n as f64 * (x * p1 - p0) / (x * x - 1.0);
                let step = p1 / slope;
                x -= step;
                if step.abs() < 1e-15 {
                    break;
                }
            }
            (0.5 * (1.0 + x), 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;
    use crate::propagation::form_factor::form_factor;
    use rand::RngExt;

    #[test]
    fn parts_cover_the_triangle_once() {
        for division in [Division::Cuts(1), Division::Cuts(5), Division::Nodes(7), Division::Nodes(1)] {
            let parts = division.parts();
            assert_eq!(parts.len(), division.len());
            let area: f64 = parts.iter().map(|p| p.weight).sum();
            assert!((area - 1.0).abs() < 1e-14, "{division:?}");
            for k in 0..3 {
                let mean: f64 = parts.iter().map(|p| p.weight * p.centre[k]).sum();
                let exact = !matches!(division, Division::Nodes(1));
                assert!(!exact || (mean - 1.0 / 3.0).abs() < 1e-14, "{division:?}: {mean}");
            }
        }
    }

    /// The phases that a patch's closed form takes, and the mean phasor of all parts of a division.
    fn by_parts(corners: [Vec3; 3], eye: Vec3, wave_number: f64, division: Division) -> (f64, f64) {
        let centre = (corners[0] + corners[1] + corners[2]) / 3.0;
        let mut sum = (0.0, 0.0);
        for part in division.parts() {
            let [a, b, c] = part.centre;
            let place = corners[0] * a + corners[1] * b + corners[2] * c - eye;
            let gradient = place.normalize() * (2.0 * wave_number * part.scale);
            let phases = corners.map(|corner| gradient.dot(&(corner - centre)));
            let (re, im) = if part.scale == 0.0 { (1.0, 0.0) } else { form_factor(phases) };
            let (s, c) = (2.0 * wave_number * place.norm()).sin_cos();
            sum.0 += part.weight * (re * c - im * s);
            sum.1 += part.weight * (re * s + im * c);
        }
        sum
    }

    #[test]
    fn the_error_stays_below_the_tolerance_at_any_tilt() {
        const TRIANGLES: usize = 500;
        let (wave_number, tolerance) = (1640.0, 0.02);
        let rule = SplitRule { wave_number, half_sweep: 0.0, tolerance, sweep_tolerance: 1.0 };
        let mut stream = RandomTree::new(11).stream(0, "triangles");
        let mut uniform = |low: f64, high: f64| low + (high - low) * stream.random::<f64>();
        let (mut worst, mut whole, mut patches, mut by_curvature_alone) = (0.0_f64, 0, 0, 0);
        for _ in 0..TRIANGLES {
            let (size, range, tilt) = (uniform(0.005, 0.03), uniform(0.7, 5.0), uniform(0.0, 1.2));
            let mut corner = || Vec3::new(uniform(-1.0, 1.0) * size, 0.0, uniform(-1.0, 1.0) * size);
            let flat = [corner(), corner(), corner()];
            let corners = flat.map(|p| Vec3::new(p.x * tilt.cos(), range + p.x * tilt.sin(), p.z));
            let (division, met) = rule.divide(corners, Vec3::zeros(), Vec3::zeros());
            assert!(met);
            let reach = corners.map(|c| c.norm());
            let half_span = wave_number
                * (reach.iter().fold(0.0_f64, |a, b| a.max(*b)) - reach.iter().fold(9.0, |a: f64, b| a.min(*b)));
            let nodes = (0.8 * half_span + 16.0).ceil() as usize;
            let truth = by_parts(corners, Vec3::zeros(), wave_number, Division::Nodes(nodes));
            let got = by_parts(corners, Vec3::zeros(), wave_number, division);
            worst = worst.max((truth.0 - got.0).hypot(truth.1 - got.1));
            whole += usize::from(division == Division::Cuts(1));
            patches += division.len();
            let centre = (corners[0] + corners[1] + corners[2]) / 3.0;
            let mean_square = corners.map(|c| (c - centre).norm_squared()).iter().sum::<f64>() / 12.0;
            let cuts = (wave_number * mean_square / range / tolerance).sqrt().ceil().max(1.0) as usize;
            by_curvature_alone += cuts * cuts;
        }
        println!(
            "largest error {worst:.4} of the coherent sum with a tolerance of {tolerance}; {whole} of {TRIANGLES} triangles whole, \
             {patches} patches, {by_curvature_alone} by curvature alone"
        );
        assert!(worst < tolerance, "{worst}");
        assert!(3 * patches < 2 * by_curvature_alone, "{patches} patches against {by_curvature_alone}");
    }

    #[test]
    fn a_tighter_tolerance_never_means_fewer_parts() {
        let corners = [Vec3::new(-0.04, 2.0, -0.03), Vec3::new(0.05, 2.01, -0.035), Vec3::new(0.045, 2.02, 0.04)];
        let mut last = 0;
        for exponent in 0..9 {
            let rule = SplitRule {
                wave_number: 1650.0,
                half_sweep: 36.0,
                tolerance: 10f64.powi(-exponent),
                sweep_tolerance: 10f64.powi(-exponent),
            };
            let (division, met) = rule.divide(corners, Vec3::zeros(), Vec3::zeros());
            assert!(met && division.len() >= last, "{exponent}: {division:?}");
            last = division.len().min(1600);
        }
    }
}
