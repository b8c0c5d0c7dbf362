//! Where a radar stands and looks.

use crate::base::{Rotation, Vec3};
use serde::{Deserialize, Serialize};

/// Position and direction of a radar in the world frame.
///
/// With both angles zero the sensor frame is parallel to the world frame: boresight along +y.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RadarPose {
    /// Origin of the sensor frame, m.
    pub position: Vec3,
    /// Turn of the boresight about the vertical, rad, -π..π; positive towards +x (to the right, seen from above).
    pub azimuth_rad: f64,
    /// Tilt of the boresight, rad, -π/2..π/2; positive upwards.
    pub elevation_rad: f64,
}

impl Default for RadarPose {
    fn default() -> Self {
        Self { position: Vec3::zeros(), azimuth_rad: 0.0, elevation_rad: 0.0 }
    }
}

impl RadarPose {
    /// At `position`, looking along +y.
    pub fn at(position: Vec3) -> Self {
        Self { position, ..Self::default() }
    }

    /// Rotation from the sensor frame to the world frame.
    pub fn rotation(&self) -> Rotation {
        Rotation::from_axis_angle(&Vec3::z_axis(), -self.azimuth_rad)
            * Rotation::from_axis_angle(&Vec3::x_axis(), self.elevation_rad)
    }

    /// A point of the sensor frame in the world frame.
    pub fn to_world(&self, point: Vec3) -> Vec3 {
        self.position + self.rotation() * point
    }

    /// Direction of the boresight in the world frame.
    pub fn boresight(&self) -> Vec3 {
        self.rotation() * Vec3::y()
    }

    /// Whether all numbers are finite.
    pub fn is_finite(&self) -> bool {
        self.position.iter().all(|v| v.is_finite()) && self.azimuth_rad.is_finite() && self.elevation_rad.is_finite()
    }
}
