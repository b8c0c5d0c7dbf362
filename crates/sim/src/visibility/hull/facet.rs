//! One triangle of a growing hull, with its plane and the points above it.

use super::cloud::Cloud;
use super::predicate::orientation;

/// No facet, no point.
pub(super) const NONE: u32 = u32::MAX;

/// A triangle, counter-clockwise seen from outside. It fills one line of the cache: a hull walks over its facets all the time.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct HullFacet {
    /// Unit normal, outwards.
    pub(super) normal: [f64; 3],
    /// Plane: `normal · x = offset`. Not a number once the facet lies inside the hull; its place is then free.
    pub(super) offset: f64,
    /// Largest rounding error of [`Self::rounded_height`] over the unit box.
    guard: f32,
    /// First of the points above this facet that are not yet on the hull; it is the highest.
    pub(super) pending: u32,
    /// Vertices.
    pub(super) corners: [u32; 3],
    /// `across[i]` is the facet beyond the edge `corners[i]` → `corners[(i + 1) % 3]`.
    pub(super) across: [u32; 3],
}

const _: () = assert!(size_of::<HullFacet>() == 64);

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Normal of a triangle, not normalised, and the product of the lengths of the two sides it is made of.
fn raw_normal(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> ([f64; 3], f64) {
    let (ab, ac) = (minus(b, a), minus(c, a));
    (cross(ab, ac), (dot(ab, ab) * dot(ac, ac)).sqrt())
}

impl HullFacet {
    pub(super) fn new(cloud: &Cloud, corners: [u32; 3], across: [u32; 3]) -> Self {
        let [a, b, c] = corners.map(|i| cloud.points[i as usize]);
        let (raw, sides) = raw_normal(a, b, c);
        let length = dot(raw, raw).sqrt();
        let (normal, guard) = if length > 1e-14 * sides && length > 1e-150 {
            // The cross product is wrong by at most 14 u · sides (u = ε/2), the point is at most 2√3 away, the rest of
            // the arithmetic adds some 25 u; 48 ε covers the sum.
            (raw.map(|v| v / length), 48.0 * f64::EPSILON * sides / length)
        } else {
            // A splinter: every question goes to exact arithmetic.
            ([0.0; 3], f64::INFINITY)
        };
        let offset = dot(normal, a);
        Self { normal, offset, guard: (guard as f32).next_up(), pending: NONE, corners, across }
    }

    /// Largest rounding error of [`Self::rounded_height`] over the unit box.
    pub(super) fn guard(&self) -> f64 {
        f64::from(self.guard)
    }

    /// Whether it is part of the hull.
    pub(super) fn alive(&self) -> bool {
        !self.offset.is_nan()
    }

    /// Takes it out of the hull.
    pub(super) fn kill(&mut self) {
        self.offset = f64::NAN;
    }

    /// Puts it back.
    pub(super) fn revive(&mut self, cloud: &Cloud) {
        self.offset = dot(self.normal, cloud.points[self.corners[0] as usize]);
    }

    /// Height of a point above the plane, wrong by at most [`Self::guard`].
    pub(super) fn rounded_height(&self, x: [f64; 3]) -> f64 {
        dot(self.normal, x) - self.offset
    }

    fn volume(&self, cloud: &Cloud, x: [f64; 3]) -> f64 {
        let [a, b, c] = self.corners.map(|i| cloud.points[i as usize]);
        orientation(a, b, c, x)
    }

    /// Height of a point above the plane with the right sign, in units of the box.
    pub(super) fn height(&self, cloud: &Cloud, x: [f64; 3]) -> f64 {
        let rounded = self.rounded_height(x);
        if rounded.abs() > self.guard() || self.guard() <= cloud.tolerance {
            return rounded;
        }
        let [a, b, c] = self.corners.map(|i| cloud.points[i as usize]);
        let (raw, _) = raw_normal(a, b, c);
        self.volume(cloud, x) / dot(raw, raw).sqrt().max(f64::MIN_POSITIVE)
    }

    /// Whether a point sees this facet: lies strictly above its plane. Exact, because the rim of what it sees must be one closed ring.
    pub(super) fn is_seen_from(&self, cloud: &Cloud, x: [f64; 3]) -> bool {
        let rounded = self.rounded_height(x);
        if rounded.abs() > self.guard() { rounded > 0.0 } else { self.volume(cloud, x) > 0.0 }
    }

    /// The edge that starts at `vertex`.
    pub(super) fn edge_from(&self, vertex: u32) -> usize {
        self.corners.iter().position(|&c| c == vertex).unwrap_or(0)
    }
}
