//! Which signals a corpus keeps beside the views.

use super::{Applied, Chain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A signal that is kept beside the views that were made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The IF cube. 94 MB for three seconds of an AWR1843; without it a simulated cube can be made again from the seed.
    Cube,
    /// I and Q of a CW radar.
    Iq,
    /// The points, detected or recorded.
    Points,
    /// Channel state information, as it was read.
    Csi,
    /// Reads of RFID tags.
    Rfid,
}

impl Keep {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cube => "cube",
            Self::Iq => "iq",
            Self::Points => "points",
            Self::Csi => "csi",
            Self::Rfid => "rfid",
        }
    }

    /// What is kept when nothing is said: points, where the chain makes some.
    pub fn usual(chain: &Chain) -> Vec<Self> {
        if chain.points.is_some() { vec![Self::Points] } else { Vec::new() }
    }

    /// Whether `asked`, or without it the usual, keeps this.
    pub fn is_asked(self, asked: Option<&[Self]>, chain: &Chain) -> bool {
        asked.map_or_else(|| Self::usual(chain).contains(&self), |asked| asked.contains(&self))
    }

    /// Why something that is asked for cannot be kept.
    pub fn problem(asked: Option<&[Self]>, chain: &Chain) -> Option<crate::base::yaml::Problem> {
        let points = asked?.contains(&Self::Points) && chain.points.is_none();
        let message = "`points`, but the chain makes none; expected `chain.points`, or `cube` alone";
        points.then(|| crate::base::yaml::Problem::new("keep", message))
    }
}

impl Applied {
    /// The points, if they are to be kept.
    pub fn kept_points(&self, asked: Option<&[Keep]>, chain: &Chain) -> Option<&crate::signal::PointCloud> {
        self.points.as_ref().filter(|_| Keep::Points.is_asked(asked, chain))
    }
}
