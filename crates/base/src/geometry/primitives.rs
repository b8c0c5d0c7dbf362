//! Meshes whose area, volume and reflection are known by hand.

use super::mesh::Mesh;
use crate::base::Vec3;
use std::f64::consts::{FRAC_PI_2, TAU};

/// A sphere about the origin from an icosahedron whose triangles are cut into four `subdivisions` times.
///
/// `radius` in m, above 0; `subdivisions` at most 8 (20·4⁸ = 1.3 million faces), larger ones are taken as 8.
/// The vertices lie on the sphere, so that area and volume are a little too small.
///
/// ```
/// let sphere = kinecho_base::geometry::primitives::icosphere(0.1, 4);
/// assert_eq!(sphere.faces.len(), 20 * 4usize.pow(4));
/// assert!((sphere.total_area() / (4.0 * std::f64::consts::PI * 0.01) - 1.0).abs() < 4e-3);
/// ```
pub fn icosphere(radius: f64, subdivisions: u32) -> Mesh {
    let golden = (1.0 + 5f64.sqrt()) / 2.0;
    let mut vertices = Vec::with_capacity(12);
    for (a, b) in [(1.0, golden), (-1.0, golden), (1.0, -golden), (-1.0, -golden)] {
        vertices.extend([Vec3::new(a, b, 0.0), Vec3::new(0.0, a, b), Vec3::new(b, 0.0, a)]);
    }
    // The faces are the triples of mutual neighbours (edge length 2), turned outwards.
    let near = |i: usize, j: usize| ((vertices[i] - vertices[j]).norm() - 2.0f64).abs() < 1e-9;
    let mut faces = Vec::with_capacity(20);
    for i in 0..12 {
        for j in i + 1..12 {
            for k in j + 1..12 {
                if near(i, j) && near(j, k) && near(i, k) {
                    let outward = vertices[i].dot(&vertices[j].cross(&vertices[k])) > 0.0;
                    faces.push(if outward { [i, j, k] } else { [i, k, j] }.map(|v| v as u32));
                }
            }
        }
    }
    let mut mesh = Mesh { vertices, faces };
    project(&mut mesh, radius);
    for _ in 0..subdivisions.min(8) {
        mesh = mesh.subdivided();
        project(&mut mesh, radius);
    }
    mesh
}

fn project(mesh: &mut Mesh, radius: f64) {
    for v in &mut mesh.vertices {
        *v *= radius / v.norm();
    }
}

/// A flat rectangle about the origin in the x–z plane, facing −y (towards a sensor at negative y).
///
/// `width` along x and `height` along z in m; each is cut into `cells` (at least 1) and every cell into two triangles.
pub fn plate(width: f64, height: f64, cells: usize) -> Mesh {
    let n = cells.max(1);
    grid(n, n, |u, v| Vec3::new((u - 0.5) * width, 0.0, (v - 0.5) * height))
}

/// `n × m` cells of a surface over the unit square, counter-clockwise in (u, v).
fn grid(n: usize, m: usize, point: impl Fn(f64, f64) -> Vec3) -> Mesh {
    let mut vertices = Vec::with_capacity((n + 1) * (m + 1));
    for j in 0..=m {
        for i in 0..=n {
            vertices.push(point(i as f64 / n as f64, j as f64 / m as f64));
        }
    }
    let mut faces = Vec::with_capacity(2 * n * m);
    for j in 0..m {
        for i in 0..n {
            let a = (j * (n + 1) + i) as u32;
            let (b, c, d) = (a + 1, a + n as u32 + 2, a + n as u32 + 1);
            faces.extend([[a, b, c], [a, c, d]]);
        }
    }
    Mesh { vertices, faces }
}

/// A closed box about the origin with edges `size` along x, y and z, m: 8 vertices, 12 triangles.
pub fn cuboid(size: Vec3) -> Mesh {
    let half = size * 0.5;
    let vertices = (0..8u32)
        .map(|i| {
            let sign = |bit: u32| if i >> bit & 1 == 1 { 1.0 } else { -1.0 };
            Vec3::new(sign(0) * half.x, sign(1) * half.y, sign(2) * half.z)
        })
        .collect();
    let faces = vec![
        [0, 2, 3],
        [0, 3, 1], // z−
        [4, 5, 7],
        [4, 7, 6], // z+
        [0, 1, 5],
        [0, 5, 4], // y−
        [2, 6, 7],
        [2, 7, 3], // y+
        [0, 4, 6],
        [0, 6, 2], // x−
        [1, 3, 7],
        [1, 7, 5], // x+
    ];
    Mesh { vertices, faces }
}

/// A closed capsule along z about the origin: a cylinder of `length` m between two half spheres of `radius` m.
///
/// `segments` (at least 3) go round the axis; the half spheres have half as many rings.
pub fn capsule(radius: f64, length: f64, segments: usize) -> Mesh {
    let around = segments.max(3);
    let rings = (around / 2).max(2);
    let mut vertices = vec![Vec3::new(0.0, 0.0, -0.5 * length - radius)];
    for half in 0..2 {
        for ring in 0..rings {
            // Lower half: from just above the pole to the equator; upper half: from the equator to just below the pole.
            let latitude = match half {
                0 => FRAC_PI_2 * ((ring + 1) as f64 / rings as f64 - 1.0),
                _ => FRAC_PI_2 * (ring as f64 / rings as f64),
            };
            let shift = if half == 0 { -0.5 * length } else { 0.5 * length };
            for k in 0..around {
                let (sin, cos) = (TAU * k as f64 / around as f64).sin_cos();
                let r = radius * latitude.cos();
                vertices.push(Vec3::new(r * cos, r * sin, shift + radius * latitude.sin()));
            }
        }
    }
    let top = vertices.len() as u32;
    vertices.push(Vec3::new(0.0, 0.0, 0.5 * length + radius));
    let at = |ring: usize, k: usize| (1 + ring * around + k % around) as u32;
    let mut faces = Vec::new();
    for k in 0..around {
        faces.push([0, at(0, k + 1), at(0, k)]);
        faces.push([at(2 * rings - 1, k), at(2 * rings - 1, k + 1), top]);
    }
    for ring in 0..2 * rings - 1 {
        for k in 0..around {
            let (a, b, c, d) = (at(ring, k), at(ring, k + 1), at(ring + 1, k + 1), at(ring + 1, k));
            faces.extend([[a, b, c], [a, c, d]]);
        }
    }
    Mesh { vertices, faces }
}
