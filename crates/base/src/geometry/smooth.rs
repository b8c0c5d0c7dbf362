//! Normals at the corners of triangles: smooth over the surface, but not over its creases.

use crate::base::Vec3;
use std::collections::HashMap;
use std::f64::consts::PI;

/// Edges where two triangles meet at a larger angle than this are creases, unless a mesh says otherwise; rad. Eight-sided columns are
/// angular by it, and a ball of 12 facets around its equator is round.
pub const CREASE_RAD: f64 = 0.7;

/// Which corners of triangles have a normal in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Smoothing {
    /// Number of the normal of each corner, `[face][corner]`.
    pub corners: Vec<[u32; 3]>,
    /// How many normals there are.
    pub count: usize,
}

impl Smoothing {
    /// Finds them: around a vertex, triangles that meet in edges of at most `crease_rad` have one normal. Vertices at the same place
    /// count as one, as files split them at seams of their textures. From half a turn on nothing is a crease: each vertex has one normal.
    pub fn of(vertices: &[Vec3], faces: &[[u32; 3]], crease_rad: f64) -> Self {
        if crease_rad >= PI {
            return Self { corners: faces.to_vec(), count: vertices.len() };
        }
        let mut welded = HashMap::with_capacity(vertices.len());
        // Adding zero makes −0 the same place as 0.
        let bits = |v: &Vec3| [v.x, v.y, v.z].map(|c| (c + 0.0).to_bits());
        let place: Vec<u32> =
            vertices.iter().enumerate().map(|(i, v)| *welded.entry(bits(v)).or_insert(i as u32)).collect();
        let normals: Vec<Vec3> = faces
            .iter()
            .map(|face| {
                let [a, b, c] = face.map(|v| vertices[v as usize]);
                (b - a).cross(&(c - a)).try_normalize(0.0).unwrap_or_default()
            })
            .collect();
        let mut around: Vec<Vec<(u32, u8)>> = vec![Vec::new(); vertices.len()];
        for (f, face) in faces.iter().enumerate() {
            for (corner, &v) in face.iter().enumerate() {
                around[place[v as usize] as usize].push((f as u32, corner as u8));
            }
        }
        let least = crease_rad.cos() - 1e-12;
        let meet = |f: u32, g: u32, at: usize| {
            let others =
                |f: u32| faces[f as usize].map(|v| place[v as usize]).into_iter().filter(move |v| *v != at as u32);
            others(f).any(|v| others(g).any(|w| v == w)) && normals[f as usize].dot(&normals[g as usize]) >= least
        };
        let mut out = Self { corners: vec![[0; 3]; faces.len()], count: 0 };
        for (at, around) in around.iter().enumerate() {
            let mut left = around.clone();
            while let Some(first) = left.pop() {
                let mut group = vec![first];
                let mut next = 0;
                while next < group.len() {
                    let (f, _) = group[next];
                    left.retain(|&(g, corner)| {
                        let joins = meet(f, g, at);
                        if joins {
                            group.push((g, corner));
                        }
                        !joins
                    });
                    next += 1;
                }
                for (f, corner) in group {
                    out.corners[f as usize][usize::from(corner)] = out.count as u32;
                }
                out.count += 1;
            }
        }
        out
    }

    /// Puts another mesh behind it.
    pub fn extend(&mut self, other: Self) {
        let first = self.count as u32;
        self.corners.extend(other.corners.into_iter().map(|face| face.map(|n| n + first)));
        self.count += other.count;
    }

    /// The unit normals at `vertices`, `[number]`; zero where all triangles are degenerate. Triangles weigh as by Max (1999, "Weights for
    /// computing vertex normals from facet normals"), which is exact on a sphere.
    pub fn normals(&self, vertices: &[Vec3], faces: &[[u32; 3]]) -> Vec<Vec3> {
        let mut out = vec![Vec3::zeros(); self.count];
        for (face, numbers) in faces.iter().zip(&self.corners) {
            let [a, b, c] = face.map(|v| vertices[v as usize]);
            let (ab, bc, ca) = (b - a, c - b, a - c);
            let cross = ab.cross(&bc);
            let [x, y, z] = [ab, bc, ca].map(|edge| edge.norm_squared());
            // Twice the area over the squares of the two edges that meet; a triangle without area adds nothing.
            if x * y * z > 0.0 {
                for (number, square) in numbers.iter().zip([x * z, x * y, y * z]) {
                    out[*number as usize] += cross / square;
                }
            }
        }
        for normal in &mut out {
            *normal = normal.try_normalize(0.0).unwrap_or_default();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::primitives::{cuboid, icosphere};

    #[test]
    fn a_ball_has_its_radii_for_normals_and_a_box_those_of_its_sides() {
        let ball = icosphere(0.075, 2);
        let smooth = Smoothing::of(&ball.vertices, &ball.faces, CREASE_RAD);
        assert_eq!(smooth.count, ball.vertices.len());
        let normals = smooth.normals(&ball.vertices, &ball.faces);
        for (face, numbers) in ball.faces.iter().zip(&smooth.corners) {
            for (v, n) in face.iter().zip(numbers) {
                assert!((normals[*n as usize] - ball.vertices[*v as usize] / 0.075).norm() < 1e-12);
            }
        }
        let cube = cuboid(Vec3::new(1.0, 2.0, 0.5));
        let sharp = Smoothing::of(&cube.vertices, &cube.faces, CREASE_RAD);
        assert_eq!(sharp.count, 24);
        let normals = sharp.normals(&cube.vertices, &cube.faces);
        for (face, numbers) in cube.faces.iter().zip(&sharp.corners) {
            let [a, b, c] = face.map(|v| cube.vertices[v as usize]);
            let flat = (b - a).cross(&(c - a)).normalize();
            assert!(numbers.iter().all(|n| (normals[*n as usize] - flat).norm() < 1e-12));
        }
        // With every edge smooth a corner of the box has one normal.
        assert_eq!(Smoothing::of(&cube.vertices, &cube.faces, PI).count, 8);
    }

    #[test]
    fn vertices_at_one_place_count_as_one() {
        let ball = icosphere(1.0, 1);
        let vertices: Vec<Vec3> = ball.faces.iter().flatten().map(|v| ball.vertices[*v as usize]).collect();
        let faces: Vec<[u32; 3]> = (0..ball.faces.len() as u32).map(|f| [3 * f, 3 * f + 1, 3 * f + 2]).collect();
        assert_eq!(Smoothing::of(&vertices, &faces, CREASE_RAD).count, ball.vertices.len());
    }
}
