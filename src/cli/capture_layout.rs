//! How the words of a raw capture are laid out, as typed on the command line and in scenes.

use crate::recording::dca1000::Lanes;
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Layouts of a raw capture.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LaneCount {
    /// xWR16xx, 18xx, 68xx.
    #[value(name = "2")]
    Two,
    /// xWR12xx, 14xx.
    #[value(name = "4")]
    Four,
}

impl From<LaneCount> for Lanes {
    fn from(count: LaneCount) -> Self {
        match count {
            LaneCount::Two => Self::Two,
            LaneCount::Four => Self::Four,
        }
    }
}

/// Orders of the parts of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum IqOrder {
    /// In phase, then quadrature.
    #[default]
    IFirst,
    /// Quadrature, then in phase.
    QFirst,
}
