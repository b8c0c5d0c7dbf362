//! The kinds of radio, and sets of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of radio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Channel state information.
    Wifi,
    /// Phases of tags.
    Rfid,
    /// Maps of a radar.
    Radar,
}

impl Modality {
    /// All of them, in the order in which models hold them.
    pub const ALL: [Self; 3] = [Self::Wifi, Self::Rfid, Self::Radar];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wifi => "wifi",
            Self::Rfid => "rfid",
            Self::Radar => "radar",
        }
    }

    /// Its place among [`ALL`](Self::ALL).
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

/// A set of kinds for messages and tables: `wifi + radar`.
pub fn set_name(set: &[Modality]) -> String {
    set.iter().map(|m| m.name()).collect::<Vec<_>>().join(" + ")
}

/// All sets of one or more of some kinds, the smaller ones first.
pub fn all_sets(of: &[Modality]) -> Vec<Vec<Modality>> {
    let mut sets: Vec<Vec<Modality>> = (1..1_usize << of.len())
        .map(|mask| of.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, m)| *m).collect())
        .collect();
    sets.sort_by_key(|set: &Vec<Modality>| (set.len(), set.iter().map(|m| m.place()).collect::<Vec<_>>()));
    sets
}
