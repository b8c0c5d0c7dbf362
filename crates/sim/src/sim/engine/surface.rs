//! What reflects in one frame, in the form that engines sum up.

use crate::base::Vec3;
use crate::propagation::split::Part;

/// A triangle between three points of the motion, or a single point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facet {
    /// Points of the corners; three times the same for a point target.
    pub corners: [u32; 3],
    /// Gain of a point target, m²; `None` for a triangle, whose area is its gain and which has the lobe.
    pub point_gain: Option<f64>,
}

/// A part of a facet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    /// The facet.
    pub facet: u32,
    /// Place, size and share of the area. With a `scale` other than zero the amplitude has the form factor.
    pub part: Part,
}

/// What reflects in one frame.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    /// Facets.
    pub facets: Vec<Facet>,
    /// Patches in the order of their facets.
    pub patches: Vec<Patch>,
}

/// A facet at one moment.
#[derive(Clone, Copy, Debug)]
pub struct FacetState {
    /// Corners, m.
    pub corners: [Vec3; 3],
    /// Unit normal; zero for points.
    pub normal: Vec3,
    /// Area of a triangle or gain of a point, m².
    pub gain: f64,
    /// 1 for a triangle, 0 for a point, which has no lobe.
    pub lobed: f64,
}

impl Facet {
    /// The facet with its corners at `points`.
    #[inline(always)]
    pub fn at(&self, points: &[Vec3]) -> FacetState {
        let corners = self.corners.map(|c| points[c as usize]);
        if let Some(gain) = self.point_gain {
            return FacetState { corners, normal: Vec3::zeros(), gain, lobed: 0.0 };
        }
        let cross = (corners[1] - corners[0]).cross(&(corners[2] - corners[0]));
        let twice = cross.norm();
        // A triangle that collapses within the frame has no normal, and no area either.
        let normal = if twice > 0.0 { cross / twice } else { Vec3::zeros() };
        FacetState { corners, normal, gain: 0.5 * twice, lobed: 1.0 }
    }
}
