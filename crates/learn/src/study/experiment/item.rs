//! What is known of a sample besides its maps.

use crate::corpus::share_a_stretch;

/// What is known of a sample besides its maps.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Slug of the activity.
    pub label: String,
    /// Session of the recording.
    pub session: String,
    /// Who moved.
    pub subject: String,
    /// Split of the corpus.
    pub split: String,
    /// The recording that the sample was cut from.
    pub recording: String,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Length, s.
    pub duration_s: f64,
}

impl Item {
    /// Whether two samples share a stretch of the same recording.
    pub fn overlaps(&self, other: &Self) -> bool {
        share_a_stretch(
            (&self.recording, self.start_s, self.duration_s),
            (&other.recording, other.start_s, other.duration_s),
        )
    }
}
