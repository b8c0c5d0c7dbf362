//! The input points as the hull works on them: centred, scaled to the unit box.

use crate::base::Vec3;
use crate::visibility::error::VisibilityError;

/// Two points closer than this, relative to the extent of the cloud, are not told apart. Some hundred rounding errors:
/// far below anything a mesh means, far above what arithmetic on the points makes up.
const RELATIVE_TOLERANCE: f64 = 1e-13;

/// Points with all coordinates in −1 … 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Cloud {
    pub(super) points: Vec<[f64; 3]>,
    /// Distance below which a point counts as lying on a plane, in units of the box.
    pub(super) tolerance: f64,
}

impl Cloud {
    /// Takes over `points`; the buffer is reused.
    pub(super) fn load(&mut self, points: &[Vec3]) -> Result<(), VisibilityError> {
        let limit = u32::MAX as usize;
        if points.len() >= limit {
            return Err(VisibilityError::TooManyPoints { got: points.len(), limit });
        }
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for (index, p) in points.iter().enumerate() {
            if !(p.x.is_finite() && p.y.is_finite() && p.z.is_finite()) {
                return Err(VisibilityError::NotFinite { array: "points", index });
            }
            for axis in 0..3 {
                low[axis] = low[axis].min(p[axis]);
                high[axis] = high[axis].max(p[axis]);
            }
        }
        // Halves first: the extent of a finite cloud may overflow.
        let centre: [f64; 3] = std::array::from_fn(|axis| 0.5 * low[axis] + 0.5 * high[axis]);
        let half = (0..3).map(|axis| 0.5 * high[axis] - 0.5 * low[axis]).fold(0.0, f64::max);
        let farthest = (0..3).map(|axis| low[axis].abs().max(high[axis].abs())).fold(0.0, f64::max);
        // A power of two keeps the digits. Subnormal extents are one point.
        let scale = if half > 1e-300 { (-half.log2().ceil()).exp2() } else { 0.0 };
        self.points.clear();
        self.points.extend(points.iter().map(|p| std::array::from_fn(|axis| (p[axis] - centre[axis]) * scale)));
        self.tolerance = RELATIVE_TOLERANCE + 4.0 * f64::EPSILON * farthest * scale;
        Ok(())
    }
}
