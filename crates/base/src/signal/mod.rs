//! What sensors measure, recorded or simulated: the same types for both.

mod points;

pub use crate::base::cube::IfCube;
pub use points::{Point, PointCloud, PointFrame};

/// What a sensor measured.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // there is one of it in memory, not a list
pub enum Signal {
    /// Samples of an FMCW radar's receivers.
    Cube(IfCube),
    /// Detections of a radar.
    Points(PointCloud),
}

impl Signal {
    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cube(_) => "IF cubes",
            Self::Points(_) => "points",
        }
    }

    /// Its length, s.
    pub fn duration_s(&self) -> f64 {
        match self {
            Self::Cube(cube) => cube.data.dim().0 as f64 * cube.info.frame_period_s,
            Self::Points(points) => points.frames.last().map_or(0.0, |f| f.time_s + points.frame_period_s),
        }
    }
}
