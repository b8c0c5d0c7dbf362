//! A tree of boxes around triangles that move: which of them stands in the way of a segment.
//!
//! The tree (parry3d) lives in f32 and only narrows the choice: its boxes are wide enough for every rounding, and the test of a
//! triangle itself is in f64. So the answer depends on the triangles alone, not on when the tree was built.

use super::error::VisibilityError;
use crate::base::Vec3;
use parry3d::bounding_volume::Aabb;
use parry3d::math::Vector;
use parry3d::partitioning::{Bvh, BvhBuildStrategy, BvhNode, BvhWorkspace};

/// Share of a segment next to its end in which nothing blocks: a facet does not hide its own centre.
const AT_THE_END: f64 = 1e-9;
/// Boxes grow by this share of the largest coordinate: sixteen roundings of an f32.
const MARGIN: f64 = 16.0 * f32::EPSILON as f64;

/// Triangles at one moment, ready to be asked; the memory and the tree are kept from one moment to the next.
#[derive(Default)]
pub struct Blockers {
    tree: Bvh,
    workspace: BvhWorkspace,
    triangles: Vec<[Vec3; 3]>,
    /// Largest coordinate that the boxes allow for, m.
    reach: f64,
}

impl Blockers {
    /// No triangles.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of triangles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.triangles.len()
    }

    /// Whether nothing can block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// Puts the triangles where they are now. As long as their number stays the tree is refitted, not built anew.
    ///
    /// # Shapes
    /// `vertices`: `[vertex]`, m; `faces`: `[face][corner]`. Segments may start and end anywhere within `reach` m of the origin.
    ///
    /// # Errors
    /// A face that names a missing vertex, a vertex that is not finite.
    pub fn set(&mut self, vertices: &[Vec3], faces: &[[u32; 3]], reach: f64) -> Result<(), VisibilityError> {
        let before = self.triangles.len();
        gather(vertices, faces, &mut self.triangles)?;
        self.grow(before, vertices.iter().map(Vec3::amax).fold(reach, f64::max));
        Ok(())
    }

    /// The same with triangles that are known to be finite, none further from the origin than `reach`.
    pub(super) fn set_triangles(&mut self, triangles: &[[Vec3; 3]], reach: f64) {
        let before = self.triangles.len();
        self.triangles.clear();
        self.triangles.extend_from_slice(triangles);
        self.grow(before, reach);
    }

    /// Puts the boxes of the tree around the triangles, of which there were `before`.
    fn grow(&mut self, before: usize, reach: f64) {
        self.reach = reach;
        let margin = reach * MARGIN;
        let box_of = |t: &[Vec3; 3]| {
            let low = t[0].inf(&t[1]).inf(&t[2]).add_scalar(-margin);
            let high = t[0].sup(&t[1]).sup(&t[2]).add_scalar(margin);
            Aabb::new(to_parry(low), to_parry(high))
        };
        if before == self.triangles.len() && before > 0 {
            for (i, triangle) in self.triangles.iter().enumerate() {
                self.tree.insert_or_update_partially(box_of(triangle), i as u32, 0.0);
            }
            self.tree.refit(&mut self.workspace);
        } else {
            let boxes: Vec<Aabb> = self.triangles.iter().map(box_of).collect();
            self.tree = Bvh::from_leaves(BvhBuildStrategy::Binned, &boxes);
        }
    }

    /// Whether a triangle other than `except` crosses the segment from `from` to `to` before it arrives. Both sides of a triangle
    /// block; one without area does not. Nothing blocks a segment that is not finite.
    #[must_use]
    pub fn blocked(&self, from: Vec3, to: Vec3, except: Option<u32>) -> bool {
        if self.triangles.is_empty() || from.amax().max(to.amax()) > self.reach {
            // Beyond what the boxes allow for: slow but right.
            return self.triangles.iter().enumerate().any(|(i, t)| except != Some(i as u32) && blocks(from, to, t));
        }
        let segment = Slabs::new(from, to);
        self.tree
            .leaves(|node| segment.meets(node))
            .any(|i| except != Some(i) && blocks(from, to, &self.triangles[i as usize]))
    }
}

/// Writes the corners of faces into `triangles`.
///
/// # Errors
/// A face that names a missing vertex, a vertex that is not finite.
pub(super) fn gather(
    vertices: &[Vec3],
    faces: &[[u32; 3]],
    triangles: &mut Vec<[Vec3; 3]>,
) -> Result<(), VisibilityError> {
    if let Some(index) = vertices.iter().position(|v| !(v.x.is_finite() && v.y.is_finite() && v.z.is_finite())) {
        return Err(VisibilityError::NotFinite { array: "vertices", index });
    }
    triangles.clear();
    for (face, corners) in faces.iter().enumerate() {
        if let Some(&vertex) = corners.iter().find(|&&c| c as usize >= vertices.len()) {
            return Err(VisibilityError::VertexIndex { face, vertex, vertices: vertices.len() });
        }
        triangles.push(corners.map(|c| vertices[c as usize]));
    }
    Ok(())
}

/// Whether the segment crosses the triangle (Möller, Trumbore 1997, "Fast, minimum storage ray/triangle intersection").
pub(crate) fn blocks(from: Vec3, to: Vec3, [a, b, c]: &[Vec3; 3]) -> bool {
    let (direction, ab, ac) = (to - from, b - a, c - a);
    let p = direction.cross(&ac);
    let determinant = ab.dot(&p);
    if determinant == 0.0 {
        return false;
    }
    let from_a = from - a;
    let u = from_a.dot(&p) / determinant;
    let q = from_a.cross(&ab);
    let v = direction.dot(&q) / determinant;
    let t = ac.dot(&q) / determinant;
    u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0 && t < 1.0 - AT_THE_END
}

/// Whether a place is within a closed surface of triangles that lies within `radius_m` of it: a ray from there meets the skin an odd number of
/// times.
pub(crate) fn is_within(place: Vec3, triangles: impl Iterator<Item = [Vec3; 3]>, radius_m: f64) -> bool {
    // In no direction that edges have.
    let far = place + Vec3::new(0.713, 0.527, 0.4621) * (2.0 * radius_m + 10.0);
    triangles.filter(|t| blocks(place, far, t)).count() % 2 == 1
}

/// A segment as the test of boxes wants it (Kay and Kajiya 1986).
struct Slabs {
    from: Vector,
    inverse: Vector,
}

impl Slabs {
    fn new(from: Vec3, to: Vec3) -> Self {
        Self { from: to_parry(from), inverse: to_parry((to - from).map(|d| 1.0 / d)) }
    }

    fn meets(&self, node: &BvhNode) -> bool {
        let (low, high) = ((node.mins() - self.from) * self.inverse, (node.maxs() - self.from) * self.inverse);
        // A segment along a slab's side gives NaN there, which min and max pass over.
        let enter = low.x.min(high.x).max(low.y.min(high.y)).max(low.z.min(high.z));
        let leave = low.x.max(high.x).min(low.y.max(high.y)).min(low.z.max(high.z));
        enter.max(0.0) <= leave.min(1.0)
    }
}

/// The one place where this program's vectors become parry's.
fn to_parry(v: Vec3) -> Vector {
    Vector::new(v.x as f32, v.y as f32, v.z as f32)
}
