//! Readers of real recordings, which give the same types as the simulator, and writers of what other programs read.

pub mod any;
mod arrays;
pub mod capture_yaml;
mod coverage;
mod data_set;
pub mod dca1000;
mod error;
pub mod listing;
pub mod mmclip;
pub mod points;
mod signal_files;
pub mod ti_chain;
pub mod ti_uart;
#[cfg(feature = "hdf5")]
pub mod wiswiss;

pub use data_set::{DataSet, Reader, mars, radhar};
pub use error::RecordingError;
pub use signal_files::{cube_order, iq_track, npy_cube, npy_iq, npy_spectrogram, point_table};

use crate::signal::{PointCloud, Signal};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
}

impl Dropped {
    /// All points that were left out.
    pub fn total(self) -> usize {
        self.beyond_range + self.beyond_velocity + self.contradictory + self.not_finite
    }

    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: Self) {
        self.beyond_range += other.beyond_range;
        self.beyond_velocity += other.beyond_velocity;
        self.contradictory += other.contradictory;
        self.not_finite += other.not_finite;
        self.padding += other.padding;
    }

    /// The reasons with their numbers, as long as there are any.
    pub fn reasons(self) -> String {
        let all = [
            (self.beyond_range, "beyond the range"),
            (self.beyond_velocity, "beyond the velocity"),
            (self.contradictory, "contradictory"),
            (self.not_finite, "no number"),
        ];
        let found: Vec<String> = all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        found.join(", ")
    }
}
