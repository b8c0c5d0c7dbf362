//! A place on a way.

use crate::base::Vec3;

/// Place of the body on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Station {
    /// Point of the floor below the body, m.
    pub(super) position: Vec3,
    /// Heading, radians, positive to the left; it grows without wrapping.
    pub(super) heading: f64,
}
