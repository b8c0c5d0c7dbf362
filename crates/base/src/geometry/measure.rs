//! Areas, normals, centres and volumes of triangles, for meshes and for vertices that move.

use crate::base::Vec3;

/// The three corners of a triangle.
#[inline]
pub fn corners(vertices: &[Vec3], face: &[u32; 3]) -> [Vec3; 3] {
    face.map(|i| vertices[i as usize])
}

/// Centre of a triangle.
#[inline]
pub fn centre([a, b, c]: &[Vec3; 3]) -> Vec3 {
    (a + b + c) / 3.0
}

/// Normal of a triangle with twice its area as length; it points to where the corners run counter-clockwise.
#[inline]
pub fn area_normal([a, b, c]: &[Vec3; 3]) -> Vec3 {
    (b - a).cross(&(c - a))
}

/// Unit normal of a triangle; zero when it has no area.
#[inline]
pub fn unit_normal(triangle: &[Vec3; 3]) -> Vec3 {
    let normal = area_normal(triangle);
    let length = normal.norm();
    if length > 0.0 { normal / length } else { Vec3::zeros() }
}

/// Area of a triangle, m².
#[inline]
pub fn area(triangle: &[Vec3; 3]) -> f64 {
    0.5 * area_normal(triangle).norm()
}

/// Area of all triangles, m².
pub fn total_area(vertices: &[Vec3], faces: &[[u32; 3]]) -> f64 {
    faces.iter().map(|f| area(&corners(vertices, f))).sum()
}

/// Volume inside a closed mesh, m³, by the divergence theorem: `Σ a·(b×c)/6` over the triangles.
///
/// Positive when the triangles face outwards. Parts that overlap count twice.
pub fn signed_volume(vertices: &[Vec3], faces: &[[u32; 3]]) -> f64 {
    faces
        .iter()
        .map(|f| {
            let [a, b, c] = corners(vertices, f);
            a.dot(&b.cross(&c))
        })
        .sum::<f64>()
        / 6.0
}

/// Lowest and highest coordinates; `None` without vertices.
pub fn bounding_box(vertices: &[Vec3]) -> Option<(Vec3, Vec3)> {
    let first = *vertices.first()?;
    Some(vertices.iter().fold((first, first), |(low, high), v| (low.inf(v), high.sup(v))))
}
