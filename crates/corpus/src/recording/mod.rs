//! Readers of real recordings, which give the same types as the simulator, and writers of what other programs read.

pub mod any;
mod arrays;
pub mod capture_yaml;
mod clock;
mod coverage;
pub mod csi;
mod data_set;
pub mod dca1000;
mod error;
pub mod labelled;
pub mod listing;
mod matlab;
pub mod mmclip;
pub mod points;
pub mod rfid;
mod signal_files;
mod tarballs;
pub mod ti_chain;
pub mod ti_uart;
#[cfg(feature = "hdf5")]
pub mod wiswiss;

pub use data_set::{DataSet, Reader, mars, radhar};
pub use error::RecordingError;
pub use signal_files::{cube_order, iq_track, npy_csi, npy_cube, npy_iq, npy_spectrogram, point_table, rfid_table};

use crate::signal::{PointCloud, Signal};
use std::collections::BTreeMap;

/// One recording of one activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Name, without folder and ending.
    pub name: String,
    /// Activity, as a slug of the vocabulary, or any other label.
    pub activity: String,
    /// Which session it belongs to, where that is known: the same place, day and person.
    pub session: Option<String>,
    /// Who moved, where that is known.
    pub subject: Option<String>,
    /// Where it was recorded, where that is known.
    pub room: Option<String>,
    /// Part in the split that the data set was published with, for example `train`.
    pub official_split: Option<String>,
    /// What was measured.
    pub signal: Signal,
    /// What was left out.
    pub dropped: Dropped,
}

impl Recording {
    /// The points, where it holds some.
    pub fn points(&self) -> Option<&PointCloud> {
        match &self.signal {
            Signal::Points(points) => Some(points),
            _ => None,
        }
    }
}

/// What a reader left out, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// Points beyond the range that the sensor can measure.
    pub beyond_range: usize,
    /// Points of a velocity bin that the sensor does not have.
    pub beyond_velocity: usize,
    /// Points whose place and range contradict each other.
    #[serde(default)]
    pub contradictory: usize,
    /// Points with a value that is no number.
    #[serde(default)]
    pub not_finite: usize,
    /// Rows of zeros that fill an array up: no points. They are not counted in [`Self::total`].
    #[serde(default)]
    pub padding: usize,
    /// Packets, reads or lines, by the reason in words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, usize>,
    /// What else there is to know of how a recording was read: nothing was left out for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
}

impl Dropped {
    /// All that was left out.
    pub fn total(&self) -> usize {
        let points = self.beyond_range + self.beyond_velocity + self.contradictory + self.not_finite;
        points + self.other.values().sum::<usize>()
    }

    /// Counts what was left out for a reason in words, as `packets cut short`.
    pub fn lose(&mut self, count: usize, reason: impl Into<String>) {
        if count > 0 {
            *self.other.entry(reason.into()).or_default() += count;
        }
    }

    /// Notes what a user should know.
    pub fn say(&mut self, what: impl Into<String>) {
        self.said.push(what.into());
    }

    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.beyond_range += other.beyond_range;
        self.beyond_velocity += other.beyond_velocity;
        self.contradictory += other.contradictory;
        self.not_finite += other.not_finite;
        self.padding += other.padding;
        other.other.iter().for_each(|(reason, count)| self.lose(*count, reason));
        self.said.extend(other.said.iter().filter(|said| !self.said.contains(said)).cloned().collect::<Vec<_>>());
    }

    /// The reasons with their numbers, as long as there are any.
    pub fn reasons(&self) -> String {
        let points = [
            (self.beyond_range, "beyond the range"),
            (self.beyond_velocity, "beyond the velocity"),
            (self.contradictory, "contradictory"),
            (self.not_finite, "no number"),
        ];
        let other = self.other.iter().map(|(what, n)| (*n, what.as_str()));
        let all = points.into_iter().chain(other).filter(|(n, _)| *n > 0);
        all.map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
    }
}
