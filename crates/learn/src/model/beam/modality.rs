//! The sensors of a base station.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sensor; its view has the sensor's name, and is a column of the view `available` in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BeamModality {
    /// Powers of the beams of the codebook.
    Powers,
    /// Position of the vehicle.
    Gnss,
    /// Frames of a radar.
    Radar,
    /// LiDAR from above.
    Lidar,
    /// Camera.
    Image,
}

impl BeamModality {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Powers, Self::Gnss, Self::Radar, Self::Lidar, Self::Image];

    /// Its name, which is that of its view.
    pub fn name(self) -> &'static str {
        match self {
            Self::Powers => "powers",
            Self::Gnss => "gnss",
            Self::Radar => "radar",
            Self::Lidar => "lidar",
            Self::Image => "image",
        }
    }

    /// Name of the output that holds what its decoder leaves unexplained.
    pub(crate) fn residual(self) -> &'static str {
        match self {
            Self::Powers => "residual_powers",
            Self::Gnss => "residual_gnss",
            Self::Radar => "residual_radar",
            Self::Lidar => "residual_lidar",
            Self::Image => "residual_image",
        }
    }
}

/// The sets that can be made of some sensors, smaller ones first.
pub fn sensor_sets(of: &[BeamModality]) -> Vec<Vec<BeamModality>> {
    let set = |mask: usize| of.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, m)| *m).collect();
    let mut sets: Vec<Vec<BeamModality>> = (1..1_usize << of.len()).map(set).collect();
    sets.sort_by_key(Vec::len);
    sets
}
