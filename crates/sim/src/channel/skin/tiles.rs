//! The skin of what moves, in pieces of about half a wavelength.
//!
//! A body's triangles are smaller than the waves here are long. Neighbours that look in about the same direction are put together once, of the mesh at
//! time zero; at any moment a piece is a sum of triangles: vector area, centre, and how its area is spread about it. Pieces blend into each other: a
//! triangle belongs to all that are near, by normal weights that add up to one. Their mean phasors are then those of a normal spread, `exp(−½ gᵀSg)` with the
//! second moments S and the gradient g of the phase, and fall off fast away from the mirror direction, as those of a smooth surface do; pieces with edges
//! would each radiate by its rim.

use super::facets::{Neighbours, RECORD};
use super::grouping::shares;
use crate::base::Vec3;
use crate::geometry::measure;
use crate::kernels::for_each_width;

/// Width of the weights by which pieces blend, edges: sums of such a lattice are even within 2 %.
const WIDTH: f64 = 0.45;

/// The pieces of one mesh.
pub(in crate::channel) struct Tiling {
    /// Triangles of each piece and their shares, those of a piece behind each other.
    shares: Vec<(u32, f32)>,
    /// Where those of each piece begin, and the end.
    first: Vec<usize>,
}

/// A piece at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::channel) struct Tile {
    /// Mean of its area, m.
    pub(in crate::channel) centre: Vec3,
    /// Vector area outwards, m².
    pub(in crate::channel) area: Vec3,
    /// Second moments xx, yy, zz, xy, xz, yz of its area about the centre, m².
    pub(in crate::channel) spread: [f64; 6],
}

impl Tiling {
    /// Pieces of groups of triangles with these corners and neighbours, as `grouping::grouped` makes them with edges of about `edge_m`.
    pub(in crate::channel) fn new(
        corners: &[[Vec3; 3]],
        neighbours: &Neighbours,
        groups: &[Vec<usize>],
        edge_m: f64,
    ) -> Self {
        let mut pieces = shares(corners, neighbours, groups, WIDTH * edge_m);
        in_order(&mut pieces, corners);
        let mut first = vec![0];
        first.extend(pieces.iter().scan(0, |end, piece| {
            *end += piece.len();
            Some(*end)
        }));
        Self { shares: pieces.into_iter().flatten().collect(), first }
    }

    pub(in crate::channel) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// The pieces, of what is kept of the triangles about `origin`.
    pub(in crate::channel) fn at(&self, records: &[[f32; RECORD]], origin: Vec3) -> Vec<Tile> {
        let mut sums = vec![[0.0; RECORD]; self.len()];
        sums_all(records, &self.shares, &self.first, &mut sums);
        sums.iter().map(|sum| tile(sum, origin)).collect()
    }
}

for_each_width! {
    /// Sums of records by their shares, of pieces whose shares begin at `first`.
    fn sums_all(records: &[[f32; RECORD]], shares: &[(u32, f32)], first: &[usize], out: &mut [[f32; RECORD]]) {
        for (w, out) in first.windows(2).zip(out) {
            let mut sum = [0.0; RECORD];
            for (element, share) in &shares[w[0]..w[1]] {
                let record = &records[*element as usize];
                for i in 0..RECORD {
                    sum[i] += share * record[i];
                }
            }
            *out = sum;
        }
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
    use super::super::facets::Facets;
    use super::super::grouping::grouped;
    use super::*;
    use crate::geometry::{Mesh, primitives};

    /// The pieces of a mesh where it is.
    fn pieces(mesh: &Mesh, edge_m: f64) -> Vec<Tile> {
        let facets = Facets::new(mesh, &mesh.vertices, edge_m);
        let (corners, neighbours) = (facets.corners(&mesh.vertices), facets.neighbours(&mesh.vertices));
        let tiling = Tiling::new(&corners, &neighbours, &grouped(&corners, &neighbours, edge_m), edge_m);
        let origin = mesh.vertices[0];
        tiling.at(&facets.records(&mesh.vertices, origin), origin)
    }

    #[test]
    fn pieces_cover_a_ball_once() {
        let ball = primitives::icosphere(0.3, 4);
        let edge = 0.06;
        let tiles = pieces(&ball, edge);
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
        let tiles = pieces(&plate, 10.0);
        assert_eq!(tiles.len(), 2);
        let spread = tiles[0].spread;
        let mut sorted = [spread[0], spread[1], spread[2]];
        sorted.sort_by(f64::total_cmp);
        let want = [0.0, 0.16 / 12.0, 0.25 / 12.0];
        assert!(sorted.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{spread:?}");
        let fine = pieces(&plate, 0.05);
        let area: f64 = fine.iter().map(|t| t.area.norm()).sum();
        assert!((area - 0.4).abs() < 1e-6 && fine.len() > 120, "{area} {}", fine.len());
    }
}
