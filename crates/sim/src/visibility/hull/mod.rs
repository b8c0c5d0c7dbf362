//! Convex hulls in space that know which input points their vertices are.

mod cloud;
mod extreme;
mod facet;
mod flat;
mod grow;
mod predicate;
mod simplex;

use cloud::Cloud;
use grow::Growth;
use simplex::{Span, span};

use super::error::VisibilityError;
use crate::base::Vec3;

/// A convex hull; all ids are indices into the input points.
///
/// Points are told apart down to 1e-13 of the extent of the cloud (plus its rounding errors, if it lies far from the
/// origin): whatever sticks out by less is no vertex.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConvexHull {
    /// What the points span: 0 a point (or nothing), 1 a line, 2 a plane, 3 space.
    pub dimension: usize,
    /// Corners of the hull, in ascending order (of a polygon: counter-clockwise around its plane).
    pub vertices: Vec<u32>,
    /// Triangles of a hull in space, counter-clockwise seen from outside; empty below dimension 3. A flat side of more
    /// than three corners is cut into several, and these may touch points on the side that are no corners.
    pub faces: Vec<[u32; 3]>,
    /// Points left out because a corner lies at the same place: (left out, corner).
    pub twins: Vec<(u32, u32)>,
}

/// Builds hulls one after the other in the same memory.
#[derive(Clone, Debug, Default)]
pub struct HullBuilder {
    cloud: Cloud,
    growth: Growth,
    creases: Vec<u32>,
    hull: ConvexHull,
}

impl HullBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The hull of `points`, without its faces. Any number and position of finite points has one.
    ///
    /// # Errors
    /// A coordinate that is NaN or infinite; 2³² − 1 points or more.
    pub fn corners(&mut self, points: &[Vec3]) -> Result<&ConvexHull, VisibilityError> {
        self.hull.vertices.clear();
        self.hull.faces.clear();
        self.growth.clear();
        self.hull.dimension = 0;
        self.cloud.load(points)?;
        match span(&self.cloud) {
            Span::Empty => {}
            Span::Point => self.hull.vertices.push(0),
            Span::Line(a, b) => {
                self.hull.dimension = 1;
                self.hull.vertices.extend([a.min(b), a.max(b)]);
            }
            Span::Plane(frame) => {
                self.hull.dimension = 2;
                let polygon = flat::polygon(&self.cloud, frame, &mut self.growth.twins);
                self.hull.vertices.extend(polygon);
            }
            Span::Space(corners) => {
                self.hull.dimension = 3;
                self.growth.run(&self.cloud, corners);
                extreme::count_creases(&self.cloud, &self.growth.facets, &mut self.creases);
                let creases = self.creases.iter().enumerate();
                self.hull.vertices.extend(creases.filter(|&(_, &n)| n >= 3).map(|(i, _)| i as u32));
            }
        }
        if self.hull.dimension < 2 {
            flat::find_twins(&self.cloud, &self.hull.vertices, &mut self.growth.twins);
        }
        self.hull.twins.clear();
        let creases = &self.creases;
        let spatial = self.hull.dimension == 3;
        let kept = self.growth.twins.iter().filter(|&&(_, corner)| !spatial || creases[corner as usize] >= 3);
        self.hull.twins.extend(kept);
        Ok(&self.hull)
    }

    /// The hull of `points` with its faces.
    ///
    /// # Errors
    /// As [`Self::corners`].
    pub fn build(&mut self, points: &[Vec3]) -> Result<&ConvexHull, VisibilityError> {
        self.corners(points)?;
        if self.hull.dimension == 3 {
            self.hull.faces.extend(self.growth.facets.iter().filter(|f| f.alive()).map(|f| f.corners));
        }
        Ok(&self.hull)
    }
}

/// The convex hull of `points`.
///
/// # Errors
/// As [`HullBuilder::corners`].
///
/// ```
/// use kinecho_base::base::Vec3;
/// use kinecho_sim::visibility::hull::convex_hull;
///
/// let mut points: Vec<Vec3> = (0..8).map(|i| Vec3::new((i & 1) as f64, (i >> 1 & 1) as f64, (i >> 2) as f64)).collect();
/// points.insert(0, Vec3::new(0.5, 0.5, 1.0)); // on a side: no corner
/// let hull = convex_hull(&points)?;
/// assert_eq!(hull.vertices, [1, 2, 3, 4, 5, 6, 7, 8]);
/// # Ok::<(), kinecho_sim::visibility::VisibilityError>(())
/// ```
pub fn convex_hull(points: &[Vec3]) -> Result<ConvexHull, VisibilityError> {
    let mut builder = HullBuilder::new();
    builder.build(points)?;
    Ok(builder.hull)
}
