//! The times of the truth.

use crate::sensor::sounding::Sounding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the truth is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TruthSpec {
    /// At which times.
    pub clock: TruthClock,
}

/// Times at which the truth is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TruthClock {
    /// At the start of every chirp of the cube (of transmitters in turn that of the first one), or at every sample of a CW radar.
    #[default]
    Chirp,
    /// At the start of every frame.
    Frame,
}

impl TruthClock {
    /// Number of times in a frame.
    pub(super) fn in_frame(self, sounding: &Sounding) -> usize {
        match self {
            Self::Chirp => sounding.shape()[0],
            Self::Frame => 1,
        }
    }

    /// The times of `frames` frames, s.
    pub(super) fn times(self, sounding: &Sounding, frames: usize) -> Vec<f64> {
        let slow = self.in_frame(sounding);
        let shots = match self {
            Self::Chirp => sounding.shots.count() / slow.max(1),
            Self::Frame => 0,
        };
        let in_frame: Vec<f64> = (0..slow).map(|i| sounding.shots.start_s(i * shots)).collect();
        (0..frames).flat_map(|f| in_frame.iter().map(move |t| sounding.frame_start_s(f) + t)).collect()
    }
}
