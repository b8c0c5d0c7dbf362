//! What a run came to.

use serde::{Deserialize, Serialize};

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// Steps done.
    pub steps: u64,
    /// Steps of an epoch.
    pub epoch_steps: u64,
    /// Loss of each logged step.
    pub losses: Vec<(u64, f64)>,
    /// Score on the validation set at each validation, in the measure.
    pub validations: Vec<(u64, f64)>,
    /// What a score is; the more, the better.
    #[serde(default = "accuracy")]
    pub measure: String,
    /// Parameters that learnt.
    pub trainable_parameters: usize,
    /// All parameters.
    pub parameters: usize,
    /// Samples a second over the whole run, validation left out.
    pub samples_per_s: f64,
    /// Milliseconds of a step, median.
    pub step_ms: f64,
    /// Share of the time spent waiting for data.
    pub data_share: f64,
    /// Time of the whole run since it was last taken up, s.
    #[serde(default)]
    pub seconds: f64,
    /// Step whose weights are kept; before `steps` when the run could stop early.
    pub kept_step: u64,
    /// Largest memory of the process so far, bytes; absent where the system does not say.
    #[serde(default)]
    pub peak_memory_bytes: Option<u64>,
}

fn accuracy() -> String {
    crate::train::task::ACCURACY.into()
}

/// A trained model.
#[derive(Clone, Debug)]
pub struct Trained<M> {
    /// The model, adapters merged.
    pub model: M,
    /// How it went.
    pub report: TrainReport,
}
