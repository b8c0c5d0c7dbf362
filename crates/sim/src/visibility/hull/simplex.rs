//! The first tetrahedron, or the finding that the cloud is flat.

use super::cloud::Cloud;
use super::facet::{HullFacet, NONE, dot};

/// What the points span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Span {
    /// Nothing: no points.
    Empty,
    /// All points are one.
    Point,
    /// A line, by its ends.
    Line(u32, u32),
    /// A plane, by three points.
    Plane([u32; 3]),
    /// Space, by four points; the last lies below the plane of the first three.
    Space([u32; 4]),
}

fn distance_squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    dot(d, d)
}

/// The point with the largest value, the first of equals.
fn farthest(points: &[[f64; 3]], value: impl Fn([f64; 3]) -> f64) -> (u32, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, &p) in points.iter().enumerate() {
        let v = value(p);
        if v > best.1 {
            best = (i as u32, v);
        }
    }
    best
}

/// The points furthest along the axes, two an axis. Ties are broken by the other axes, so that each is a corner.
fn axis_extremes(points: &[[f64; 3]]) -> [u32; 6] {
    let mut ends = [0_u32; 6];
    for (i, p) in points.iter().enumerate() {
        for axis in 0..3 {
            let key = |q: &[f64; 3]| [q[axis], q[(axis + 1) % 3], q[(axis + 2) % 3]];
            if key(p) < key(&points[ends[2 * axis] as usize]) {
                ends[2 * axis] = i as u32;
            }
            if key(p) > key(&points[ends[2 * axis + 1] as usize]) {
                ends[2 * axis + 1] = i as u32;
            }
        }
    }
    ends
}

/// Finds far-apart points that span the cloud.
pub(super) fn span(cloud: &Cloud) -> Span {
    let points = &cloud.points;
    if points.is_empty() {
        return Span::Empty;
    }
    let at = |i: u32| points[i as usize];
    let ends = axis_extremes(points);
    let (mut a, mut b) = (ends[0], ends[1]);
    for &p in &ends {
        for &q in &ends {
            if distance_squared(at(p), at(q)) > distance_squared(at(a), at(b)) {
                (a, b) = (p, q);
            }
        }
    }
    let length = distance_squared(at(a), at(b)).sqrt();
    if length <= cloud.tolerance {
        return Span::Point;
    }
    let along: [f64; 3] = std::array::from_fn(|axis| (at(b)[axis] - at(a)[axis]) / length);
    let (c, off_line) = farthest(points, |p| {
        let d = [p[0] - at(a)[0], p[1] - at(a)[1], p[2] - at(a)[2]];
        let t = dot(d, along);
        (0..3).map(|axis| (d[axis] - t * along[axis]).powi(2)).sum()
    });
    if off_line.sqrt() <= cloud.tolerance || c == a || c == b {
        return Span::Line(a, b);
    }
    let plane = HullFacet::new(cloud, [a, b, c], [NONE; 3]);
    let (d, off_plane) = farthest(points, |p| plane.rounded_height(p).abs());
    if off_plane <= cloud.tolerance.max(plane.guard()) {
        return Span::Plane([a, b, c]);
    }
    if plane.is_seen_from(cloud, at(d)) { Span::Space([a, c, b, d]) } else { Span::Space([a, b, c, d]) }
}
