//! The triangles of what moves, none much longer than a piece, and what is kept of each at a moment.

use crate::base::Vec3;
use crate::geometry::mesh::is_solid;
use crate::geometry::{MovingMesh, measure};
use crate::kernels::for_each_width;
use crate::propagation::curved::TriangleGrid;
use std::collections::HashMap;

/// Numbers kept of a triangle: size, moment, vector area, second moments; filled up to a vector.
pub(in crate::channel) const RECORD: usize = 16;
/// Triangles side by side.
const LANES: usize = 16;
/// Corners nearer than this are one, m.
const WELD_M: f64 = 1e-6;

/// The triangles of one mesh.
pub(in crate::channel) struct Facets {
    /// Points within faces that are larger than a piece: barycentric coordinates in a face. They are numbered behind the vertices.
    within: Vec<([u32; 3], [f64; 3])>,
    /// Corners of each triangle, by the numbers of vertices and points.
    corners: Vec<[u32; 3]>,
    /// Whether it is the other side of a sheet.
    reversed: Vec<bool>,
}

/// Triangles that share an edge.
pub(in crate::channel) struct Neighbours {
    first: Vec<u32>,
    list: Vec<u32>,
}

impl Neighbours {
    pub(in crate::channel) fn of(&self, i: usize) -> &[u32] {
        &self.list[self.first[i] as usize..self.first[i + 1] as usize]
    }
}

impl Facets {
    /// The triangles of a mesh where its vertices are, with edges of at most 1.5 times `edge_m`.
    pub(in crate::channel) fn new(mesh: &dyn MovingMesh, vertices: &[Vec3], edge_m: f64) -> Self {
        let mut out = Self { within: Vec::new(), corners: Vec::new(), reversed: Vec::new() };
        // A sheet has two sides; of what is closed, the inner one is never seen.
        let sides: &[bool] =
            if mesh.is_solid() || is_solid(vertices, mesh.faces()) { &[false] } else { &[false, true] };
        for face in mesh.faces() {
            let corners = measure::corners(vertices, face);
            let longest = (0..3).map(|i| (corners[(i + 1) % 3] - corners[i]).norm()).fold(0.0, f64::max);
            let mut triangles = vec![*face];
            if longest > 1.5 * edge_m {
                let grid = TriangleGrid::new(((longest / edge_m).ceil() as usize).min(400));
                let first = (vertices.len() + out.within.len()) as u32;
                out.within.extend(grid.points.iter().map(|p| (*face, *p)));
                triangles = grid.triangles.iter().map(|t| t.map(|i| first + i)).collect();
            }
            for &reversed in sides {
                let turned = |[a, b, c]: [u32; 3]| if reversed { [a, c, b] } else { [a, b, c] };
                out.corners.extend(triangles.iter().map(|t| turned(*t)));
                out.reversed.resize(out.corners.len(), reversed);
            }
        }
        out
    }

    /// Vertices and points, `[number]`.
    fn points(&self, vertices: &[Vec3]) -> Vec<Vec3> {
        let within = self.within.iter().map(|(face, share)| {
            let [a, b, c] = face.map(|v| vertices[v as usize]);
            a * share[0] + b * share[1] + c * share[2]
        });
        vertices.iter().copied().chain(within).collect()
    }

    /// Where the corners of each triangle are.
    pub(in crate::channel) fn corners(&self, vertices: &[Vec3]) -> Vec<[Vec3; 3]> {
        let points = self.points(vertices);
        self.corners.iter().map(|t| t.map(|i| points[i as usize])).collect()
    }

    /// Triangles that share an edge of the same side, two corners at the same places.
    pub(in crate::channel) fn neighbours(&self, vertices: &[Vec3]) -> Neighbours {
        let mut places: HashMap<[i64; 3], u32> = HashMap::new();
        let welded: Vec<u32> = (self.points(vertices).iter())
            .map(|p| {
                let next = places.len() as u32;
                *places.entry([p.x, p.y, p.z].map(|x| (x / WELD_M).round() as i64)).or_insert(next)
            })
            .collect();
        let mut edges: Vec<([u32; 2], bool, u32, u32)> = Vec::with_capacity(3 * self.corners.len());
        for (i, (corners, reversed)) in self.corners.iter().zip(&self.reversed).enumerate() {
            let ends = corners.map(|c| welded[c as usize]);
            for e in 0..3 {
                let (a, b) = (ends[e], ends[(e + 1) % 3]);
                edges.push(([a.min(b), a.max(b)], *reversed, i as u32, e as u32));
            }
        }
        edges.sort_unstable();
        let mut runs = vec![(0, 0); edges.len()];
        let mut start = 0;
        for run in edges.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            run.iter().for_each(|(_, _, i, e)| runs[3 * *i as usize + *e as usize] = (start, start + run.len()));
            start += run.len();
        }
        let (mut first, mut list) = (vec![0], Vec::new());
        for (i, runs) in runs.chunks_exact(3).enumerate() {
            let shared = runs.iter().flat_map(|(start, end)| &edges[*start..*end]).map(|edge| edge.2);
            list.extend(shared.filter(|j| *j != i as u32));
            first.push(list.len() as u32);
        }
        Neighbours { first, list }
    }

    /// What is kept of each triangle where the vertices are, about `origin`.
    pub(in crate::channel) fn records(&self, vertices: &[Vec3], origin: Vec3) -> Vec<[f32; RECORD]> {
        let near = |p: Vec3| [(p.x - origin.x) as f32, (p.y - origin.y) as f32, (p.z - origin.z) as f32];
        let points: Vec<[f32; 3]> = match self.within.is_empty() {
            true => vertices.iter().map(|v| near(*v)).collect(),
            false => self.points(vertices).into_iter().map(near).collect(),
        };
        let mut out = vec![[0.0; RECORD]; self.corners.len()];
        records_all(&points, &self.corners, &mut out);
        out
    }
}

for_each_width! {
    /// Size, moment, vector area and second moments of triangles: ∫ p pᵀ dA = A/12 (Σ pᵢ pᵢᵀ + s sᵀ) with s = Σ pᵢ.
    fn records_all(points: &[[f32; 3]], corners: &[[u32; 3]], out: &mut [[f32; RECORD]]) {
        for (corners, out) in corners.chunks(LANES).zip(out.chunks_mut(LANES)) {
            // `[corner][xyz][lane]`.
            let mut p = [[[0.0_f32; LANES]; 3]; 3];
            for (lane, t) in corners.iter().enumerate() {
                for (p, i) in p.iter_mut().zip(t) {
                    let point = points[*i as usize];
                    p[0][lane] = point[0];
                    p[1][lane] = point[1];
                    p[2][lane] = point[2];
                }
            }
            let [a, b, c] = &p;
            let mut kept = [[0.0_f32; LANES]; 13];
            for i in 0..LANES {
                let (ux, uy, uz) = (b[0][i] - a[0][i], b[1][i] - a[1][i], b[2][i] - a[2][i]);
                let (vx, vy, vz) = (c[0][i] - a[0][i], c[1][i] - a[1][i], c[2][i] - a[2][i]);
                let (nx, ny, nz) = (0.5 * (uy * vz - uz * vy), 0.5 * (uz * vx - ux * vz), 0.5 * (ux * vy - uy * vx));
                let size = (nx * nx + ny * ny + nz * nz).sqrt();
                let (sx, sy, sz) = (a[0][i] + b[0][i] + c[0][i], a[1][i] + b[1][i] + c[1][i], a[2][i] + b[2][i] + c[2][i]);
                let (third, twelfth) = (size / 3.0, size / 12.0);
                kept[0][i] = size;
                kept[1][i] = sx * third;
                kept[2][i] = sy * third;
                kept[3][i] = sz * third;
                kept[4][i] = nx;
                kept[5][i] = ny;
                kept[6][i] = nz;
                kept[7][i] = twelfth * (a[0][i] * a[0][i] + b[0][i] * b[0][i] + c[0][i] * c[0][i] + sx * sx);
                kept[8][i] = twelfth * (a[1][i] * a[1][i] + b[1][i] * b[1][i] + c[1][i] * c[1][i] + sy * sy);
                kept[9][i] = twelfth * (a[2][i] * a[2][i] + b[2][i] * b[2][i] + c[2][i] * c[2][i] + sz * sz);
                kept[10][i] = twelfth * (a[0][i] * a[1][i] + b[0][i] * b[1][i] + c[0][i] * c[1][i] + sx * sy);
                kept[11][i] = twelfth * (a[0][i] * a[2][i] + b[0][i] * b[2][i] + c[0][i] * c[2][i] + sx * sz);
                kept[12][i] = twelfth * (a[1][i] * a[2][i] + b[1][i] * b[2][i] + c[1][i] * c[2][i] + sy * sz);
            }
            for (lane, out) in out.iter_mut().enumerate() {
                for (out, kept) in out.iter_mut().zip(&kept) {
                    *out = kept[lane];
                }
            }
        }
    }
}
