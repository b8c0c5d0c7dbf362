//! Triangles as what they stand for: pieces of a smooth surface.
//!
//! A body bends by several wavelengths of path within one of its triangles. A triangle with the normals of that surface at its corners is
//! therefore taken as a PN triangle (Vlachos, Peters, Boyd and Mitchell 2001, "Curved PN triangles", section 3: a cubic Bézier patch
//! through the corners whose tangents there are across the normals), and cut into flat ones fine enough for the wave.
//!
//! How fine: where the normals turn by Δn along an edge e, the surface stands e·Δn / 8 over its middle (a circle's sagitta), which is
//! `k |g| e·Δn / 8` of phase, g being the gradient of the path. Cutting every edge in n divides it by n². What is left of it is set off
//! on average: all cuts are moved outwards by the mean height of the surface over them, a third of the sum of those over the three edges.
//! (Rows along the edge that bends least, for limbs, saved a tenth of the pieces and lost as much accuracy: counted, not kept.)

use super::specular::mirrored;
use crate::base::Vec3;

/// Largest number of cuts per edge.
pub const MAX_CUTS: usize = 16;
/// Phases below this of the tolerance need no bending, share.
const FLAT: f64 = 0.1;

/// A piece of a smooth surface over a triangle.
pub struct CurvedTriangle {
    corners: [Vec3; 3],
    normals: [Vec3; 3],
}

impl CurvedTriangle {
    /// The piece over `corners`, m, where the surface has the unit `normals`; `None` where it has none, as beside triangles without area.
    pub fn new(corners: [Vec3; 3], normals: [Vec3; 3]) -> Option<Self> {
        normals.iter().all(|n| *n != Vec3::zeros()).then_some(Self { corners, normals })
    }

    /// Its corners.
    pub fn corners(&self) -> [Vec3; 3] {
        self.corners
    }

    /// Heights of the surface over the middles of the three edges, m, by the turn of the normals; positive where it bends outwards.
    pub fn heights(&self) -> [f64; 3] {
        let ([a, b, c], [n, m, l]) = (&self.corners, &self.normals);
        [(b - a).dot(&(m - n)), (c - b).dot(&(l - m)), (a - c).dot(&(n - l))].map(|turn| turn / 8.0)
    }

    /// The Bézier patch.
    pub fn patch(&self) -> BezierTriangle {
        let ([a, b, c], [n, m, l]) = (self.corners, self.normals);
        // A third of the way along an edge, in the tangent plane of its first end.
        let next = |from: Vec3, to: Vec3, normal: Vec3| (from * 2.0 + to - normal * (to - from).dot(&normal)) / 3.0;
        let edges = [next(a, b, n), next(b, a, m), next(b, c, m), next(c, b, l), next(c, a, l), next(a, c, n)];
        let mean = edges.iter().sum::<Vec3>() / 6.0;
        let middle = mean + (mean - (a + b + c) / 3.0) * 0.5;
        BezierTriangle { corners: self.corners, edges, middle }
    }
}

/// A cubic Bézier triangle.
pub struct BezierTriangle {
    corners: [Vec3; 3],
    /// Control points beside a towards b, b towards a, b–c, c–b, c–a, a–c.
    edges: [Vec3; 6],
    middle: Vec3,
}

impl BezierTriangle {
    /// The point with the barycentric coordinates `at`.
    pub fn at(&self, [u, v, w]: [f64; 3]) -> Vec3 {
        let [a, b, c] = &self.corners;
        let [ab, ba, bc, cb, ca, ac] = &self.edges;
        a * (u * u * u)
            + b * (v * v * v)
            + c * (w * w * w)
            + (ab * (u * u * v)
                + ba * (u * v * v)
                + bc * (v * v * w)
                + cb * (v * w * w)
                + ca * (w * w * u)
                + ac * (w * u * u))
                * 3.0
            + self.middle * (6.0 * u * v * w)
    }
}

/// How facets are bent.
#[derive(Clone, Copy, Debug)]
pub struct BendRule {
    /// Wave number in mid-sweep, rad/m.
    pub wave_number: f64,
    /// Admissible phase of the surface over a cut where the lobe is one, rad. It rises as the lobe falls, which costs nothing in the sum.
    pub tolerance_rad: f64,
    /// Width of the lobe, rad; 0 for none.
    pub sigma_rad: f64,
    /// Facets whose lobe stays below this are left out.
    pub weakest_lobe: f64,
}

/// What a facet becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bend {
    /// It reflects next to nothing into the receiver.
    Faint,
    /// It stays as it is.
    Flat,
    /// It is cut.
    Cut {
        /// Into how many every edge is cut.
        edge: usize,
        /// By how much all are moved outwards, m.
        outwards: f64,
        /// Whether the caps of this module allow the tolerances.
        met: bool,
    },
}

impl BendRule {
    /// Angle between mirror direction and receiver beyond which the lobe is below the weakest, rad.
    pub fn widest_rad(&self) -> f64 {
        if self.sigma_rad > 0.0 && self.weakest_lobe > 0.0 {
            self.sigma_rad * (-2.0 * self.weakest_lobe.ln()).sqrt()
        } else {
            f64::INFINITY
        }
    }

    /// What becomes of the facet with the unit `normal`, where the surface is `curved`; `there` and `back` are the
    /// unit directions of travel to it and from it, and other tolerances ask for `least` cuts an edge.
    pub fn bend(
        &self,
        curved: Option<&CurvedTriangle>,
        normal: Vec3,
        (there, back): (Vec3, Vec3),
        least: impl FnOnce() -> f64,
    ) -> Bend {
        let off = mirrored(there, normal).dot(&back).clamp(-1.0, 1.0).acos();
        // The mirror direction turns by at most twice the normal.
        let spread = curved.map_or(0.0, |c| {
            let farthest = c.normals.iter().map(|n| (n - normal).norm()).fold(0.0, f64::max);
            4.0 * (0.5 * farthest).min(1.0).asin()
        });
        let nearest = (off - spread).max(0.0);
        if nearest > self.widest_rad() {
            return Bend::Faint;
        }
        let Some(curved) = curved else { return Bend::Flat };
        let heights = curved.heights();
        let per_metre = self.wave_number * (there - back).norm();
        let lobe = if self.sigma_rad > 0.0 { (-0.5 * (nearest / self.sigma_rad).powi(2)).exp() } else { 1.0 };
        let most = heights.iter().fold(0.0, |most: f64, h| most.max(h.abs()));
        let over = most * per_metre * lobe / self.tolerance_rad;
        if over < FLAT {
            return Bend::Flat;
        }
        let wanted = over.sqrt().ceil().max(least());
        let edge = wanted.clamp(1.0, MAX_CUTS as f64) as usize;
        let outwards = heights.iter().sum::<f64>() / (3 * edge * edge) as f64;
        Bend::Cut { edge, outwards, met: wanted <= MAX_CUTS as f64 }
    }
}

/// A triangle cut into equal ones.
pub struct TriangleGrid {
    /// Barycentric coordinates of the corners.
    pub points: Vec<[f64; 3]>,
    /// Numbers of the corners of each cut, turned as the triangle is.
    pub triangles: Vec<[u32; 3]>,
}

impl TriangleGrid {
    /// Every edge in `n`.
    pub fn new(n: usize) -> Self {
        let number = |i: usize, j: usize| (i * (n + 1) - i * i.saturating_sub(1) / 2 + j) as u32;
        let (mut points, mut triangles) = (Vec::new(), Vec::with_capacity(n * n));
        for i in 0..=n {
            for j in 0..=n - i {
                points.push([n - i - j, i, j].map(|x| x as f64 / n as f64));
                if i + j < n {
                    triangles.push([number(i, j), number(i + 1, j), number(i, j + 1)]);
                }
                if i + j + 1 < n {
                    triangles.push([number(i + 1, j), number(i + 1, j + 1), number(i, j + 1)]);
                }
            }
        }
        Self { points, triangles }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A triangle on a ball of radius one.
    fn on_a_ball() -> ([Vec3; 3], CurvedTriangle) {
        let normals = [[0.0, 0.1, 1.0], [0.4, 0.0, 1.0], [0.1, 0.5, 1.0]].map(|n| Vec3::from(n).normalize());
        (normals, CurvedTriangle::new(normals, normals).unwrap())
    }

    #[test]
    fn a_piece_of_a_ball_lies_on_it() {
        let (corners, curved) = on_a_ball();
        let patch = curved.patch();
        let chord = |at: [f64; 3]| (corners[0] * at[0] + corners[1] * at[1] + corners[2] * at[2]).norm();
        for at in TriangleGrid::new(6).points {
            let off = (patch.at(at).norm() - 1.0).abs();
            // Of triangles of 30° a PN triangle misses the ball by 0.053 of what the flat one does, at most.
            assert!(off <= 0.053 * (1.0 - chord(at)) + 1e-15, "{at:?}: {off}");
        }
        for (height, (i, j)) in curved.heights().iter().zip([(0, 1), (1, 2), (2, 0)]) {
            let sagitta = 1.0 - (0.5 * (corners[i] + corners[j])).norm();
            assert!((height / sagitta - 1.0).abs() < 0.05, "{height} {sagitta}");
        }
    }

    #[test]
    fn cuts_cover_the_triangle_once_and_keep_its_turn() {
        for n in [1, 2, 3, 7] {
            let cuts = TriangleGrid::new(n);
            assert_eq!((cuts.points.len(), cuts.triangles.len()), ((n + 1) * (n + 2) / 2, n * n));
            for t in &cuts.triangles {
                let [a, b, c] = t.map(|i| cuts.points[i as usize]);
                let twice = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1]);
                assert!((twice * (n * n) as f64 - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_the_lobe_cannot_reach_is_faint() {
        let rule = BendRule { wave_number: 1600.0, tolerance_rad: 0.3, sigma_rad: 0.3, weakest_lobe: 0.02 };
        assert!((super::super::specular::lobe(rule.widest_rad().cos(), 0.5 / 0.09) - 0.02).abs() < 1e-9);
        let there = -Vec3::z();
        let tilted = |angle: f64| Vec3::new(angle.sin(), 0.0, angle.cos());
        let bend = |angle: f64| rule.bend(None, tilted(angle), (there, -there), || 1.0);
        assert_eq!((bend(0.41), bend(0.43)), (Bend::Flat, Bend::Faint));
        let (_, curved) = on_a_ball();
        let Bend::Cut { edge, outwards, met } = rule.bend(Some(&curved), Vec3::z(), (there, -there), || 1.0) else {
            panic!()
        };
        assert!(edge == MAX_CUTS && outwards > 0.0 && !met);
    }
}
