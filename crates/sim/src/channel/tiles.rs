//! The skin of what moves, in pieces of about half a wavelength.
//!
//! A body's triangles are smaller than the waves here are long. Neighbours that look in about the same direction are put together once, of the mesh at
//! time zero; at any moment a piece is a sum of triangles: vector area, centre, and how its area is spread about it. Pieces blend into each other: a
//! triangle belongs to all that are near, by normal weights that add up to one. Their mean phasors are then those of a normal spread, `exp(−½ gᵀSg)` with the
//! second moments S and the gradient g of the phase, and fall off fast away from the mirror direction, as those of a smooth surface do; pieces with edges
//! would each radiate by its rim.

use super::grouping::{grouped, neighbours, shares};
use crate::base::Vec3;
use crate::geometry::mesh::is_solid;
use crate::geometry::{MovingMesh, measure};
use crate::propagation::curved::TriangleGrid;

/// Width of the weights by which pieces blend, edges: sums of such a lattice are even within 2 %.
const WIDTH: f64 = 0.45;

/// A triangle of the mesh, or a part of one that is larger than a piece.
struct Facelet {
    face: [u32; 3],
    /// Barycentric coordinates of its corners in the face; `None` where it is the face.
    part: Option<[[f64; 3]; 3]>,
    /// Whether it is the other side of a sheet.
    reversed: bool,
}

impl Facelet {
    fn corners(&self, vertices: &[Vec3]) -> [Vec3; 3] {
        let [a, b, c] = self.face.map(|v| vertices[v as usize]);
        let [a, b, c] = match &self.part {
            None => [a, b, c],
            Some(part) => part.map(|[u, v, w]| a * u + b * v + c * w),
        };
        if self.reversed { [a, c, b] } else { [a, b, c] }
    }
}

/// The pieces of one mesh.
pub(super) struct Tiling {
    elements: Vec<Facelet>,
    /// Elements of each piece and their shares, those of a piece behind each other.
    shares: Vec<(u32, f32)>,
    /// Where those of each piece begin, and the end.
    first: Vec<usize>,
}

/// A piece at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tile {
    /// Mean of its area, m.
    pub(super) centre: Vec3,
    /// Vector area outwards, m².
    pub(super) area: Vec3,
    /// Second moments xx, yy, zz, xy, xz, yz of its area about the centre, m².
    pub(super) spread: [f64; 6],
}

impl Tiling {
    /// Pieces with edges of about `edge_m`, of the mesh where its vertices are now.
    pub(super) fn new(mesh: &dyn MovingMesh, vertices: &[Vec3], edge_m: f64) -> Self {
        let wanted = edge_m * edge_m;
        let mut elements = Vec::new();
        // A sheet has two sides; of what is closed, the inner one is never seen.
        let solid = mesh.is_solid() || is_solid(vertices, mesh.faces());
        for face in mesh.faces() {
            let corners = measure::corners(vertices, face);
            let longest = (0..3).map(|i| (corners[(i + 1) % 3] - corners[i]).norm()).fold(0.0, f64::max);
            for reversed in [false, true] {
                if reversed && solid {
                    continue;
                }
                if longest <= 1.5 * edge_m {
                    elements.push(Facelet { face: *face, part: None, reversed });
                    continue;
                }
                let grid = TriangleGrid::new(((longest / edge_m).ceil() as usize).min(400));
                let part = |t: &[u32; 3]| Some(t.map(|i| grid.points[i as usize]));
                elements.extend(grid.triangles.iter().map(|t| Facelet { face: *face, part: part(t), reversed }));
            }
        }
        let corners: Vec<[Vec3; 3]> = elements.iter().map(|e| e.corners(vertices)).collect();
        let reversed: Vec<bool> = elements.iter().map(|e| e.reversed).collect();
        let neighbours = neighbours(&corners, &reversed);
        let groups = grouped(&corners, &neighbours, wanted);
        let mut pieces = shares(&corners, &neighbours, &groups, WIDTH * edge_m);
        in_order(&mut pieces, &corners);
        let mut first = vec![0];
        first.extend(pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        }));
        Self { elements, shares: pieces.into_iter().flatten().collect(), first }
    }

    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// The pieces where the vertices are.
    pub(super) fn at(&self, vertices: &[Vec3]) -> Vec<Tile> {
        let origin = vertices.first().copied().unwrap_or_else(Vec3::zeros);
        let records: Vec<[f32; RECORD]> = self.elements.iter().map(|e| record(&e.corners(vertices), origin)).collect();
        let piece = |w: &[usize]| {
            let mut sum = [0.0; RECORD];
            for (element, share) in &self.shares[w[0]..w[1]] {
                let record = &records[*element as usize];
                for i in 0..RECORD {
                    sum[i] += share * record[i];
                }
            }
            tile(&sum, origin)
        };
        self.first.windows(2).map(piece).collect()
    }
}

/// Puts pieces that look alike behind each other: what one antenna does not see, it does not see of many in a row.
fn in_order(pieces: &mut [Vec<(u32, f32)>], corners: &[[Vec3; 3]]) {
    pieces.sort_by_cached_key(|piece| {
        let first = &corners[piece[0].0 as usize];
        let (normal, place) = (measure::unit_normal(first), measure::centre(first));
        let sector = (normal.y.atan2(normal.x) * 8.0 / std::f64::consts::PI).round() as i64;
        (sector, (place.z * 20.0) as i64)
    });
}

/// Numbers kept of an element: size, moment, vector area, second moments; filled up to a vector.
const RECORD: usize = 16;

fn record(corners: &[Vec3; 3], origin: Vec3) -> [f32; RECORD] {
    let [a, b, c] = corners.map(|p| p - origin);
    let vector = (b - a).cross(&(c - a)) * 0.5;
    let size = vector.norm();
    let sum = a + b + c;
    let third = size / 3.0;
    // ∫ p pᵀ dA over a triangle = A/12 (Σ pᵢ pᵢᵀ + s sᵀ), s = Σ pᵢ.
    let product = |i: usize, j: usize| size / 12.0 * (a[i] * a[j] + b[i] * b[j] + c[i] * c[j] + sum[i] * sum[j]);
    [
        size,
        sum.x * third,
        sum.y * third,
        sum.z * third,
        vector.x,
        vector.y,
        vector.z,
        product(0, 0),
        product(1, 1),
        product(2, 2),
        product(0, 1),
        product(0, 2),
        product(1, 2),
        0.0,
        0.0,
        0.0,
    ]
    .map(|x| x as f32)
}

fn tile(sum: &[f32; RECORD], origin: Vec3) -> Tile {
    let s = sum.map(f64::from);
    if s[0] <= 0.0 {
        return Tile { centre: origin, ..Tile::default() };
    }
    let centre = Vec3::new(s[1], s[2], s[3]) / s[0];
    let mut spread = [0.0; 6];
    for (k, (i, j)) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
        spread[k] = s[7 + k] / s[0] - centre[i] * centre[j];
    }
    Tile { centre: centre + origin, area: Vec3::new(s[4], s[5], s[6]), spread }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::primitives;

    #[test]
    fn pieces_cover_a_ball_once() {
        let ball = primitives::icosphere(0.3, 4);
        let edge = 0.06;
        let tiles = Tiling::new(&ball, &ball.vertices, edge).at(&ball.vertices);
        let sum: Vec3 = tiles.iter().map(|t| t.area).sum();
        // Summed up in single precision.
        assert!(sum.norm() < 1e-6, "{sum}");
        let total: f64 = tiles.iter().map(|t| t.area.norm()).sum::<f64>() / 0.985;
        let want = 4.0 * std::f64::consts::PI * 0.09;
        assert!((total / want - 1.0).abs() < 0.03, "{total} {want}");
        let count = want / (edge * edge);
        assert!((0.7..2.0).contains(&(tiles.len() as f64 / count)), "{} pieces for {count}", tiles.len());
        let largest = tiles.iter().map(|t| t.area.norm()).fold(0.0, f64::max);
        assert!(largest < 1.6 * edge * edge, "{largest}");
    }

    #[test]
    fn large_faces_are_cut_and_their_moments_are_those_of_a_plate() {
        let plate = primitives::plate(0.5, 0.4, 1);
        let tiling = Tiling::new(&plate, &plate.vertices, 10.0);
        let tiles = tiling.at(&plate.vertices);
        assert_eq!(tiles.len(), 2);
        let spread = tiles[0].spread;
        let mut sorted = [spread[0], spread[1], spread[2]];
        sorted.sort_by(f64::total_cmp);
        let want = [0.0, 0.16 / 12.0, 0.25 / 12.0];
        assert!(sorted.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-7), "{spread:?}");
        let fine = Tiling::new(&plate, &plate.vertices, 0.05);
        let area: f64 = fine.at(&plate.vertices).iter().map(|t| t.area.norm()).sum();
        assert!((area - 0.4).abs() < 1e-9 && fine.len() > 120, "{area} {}", fine.len());
    }
}
