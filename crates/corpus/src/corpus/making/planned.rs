//! What is decided of a sample before it is made.

/// A sample before it is made: who does what where, and in which split it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSample {
    /// Number of the sample.
    pub id: u64,
    /// Slug of the activity.
    pub activity: String,
    /// Number of the subject.
    pub subject: u64,
    /// Number of the place.
    pub place: usize,
    /// Name of the place; empty when the recipe names none.
    pub place_name: String,
    /// Number of the recording of this activity by this subject in this place.
    pub repetition: u64,
    /// `train`, or the name of the rule of the recipe that takes the sample.
    pub split: String,
}

impl PlannedSample {
    /// The subject as samples name it.
    pub fn subject_name(&self) -> String {
        format!("simulated {:05}", self.subject)
    }
}
