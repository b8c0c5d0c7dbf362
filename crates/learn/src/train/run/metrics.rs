//! `metrics.jsonl`: one line a logged step or validation.

use crate::base::atomic_file;
use crate::train::TrainError;
use crate::train::evaluate::Outcome;
use crate::train::task::LossParts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A logged step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLine {
    /// Always `train`.
    pub kind: String,
    /// Step, counted from 1.
    pub step: u64,
    /// Epochs done, with fraction.
    pub epoch: f64,
    /// Loss, averaged over the steps since the last line.
    pub loss: f64,
    /// Parts of the loss of this step.
    pub parts: LossParts,
    /// Learning rate.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Numbers of the model, for example mmCLIP's `temperature` τ.
    #[serde(flatten)]
    pub figures: BTreeMap<String, f64>,
    /// Samples a second since the last line.
    pub samples_per_s: f64,
    /// Seconds since the start.
    pub seconds: f64,
    /// Share of the time spent waiting for data since the last line.
    pub data_share: f64,
    /// Memory of the process at this moment, bytes; absent where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

impl StepLine {
    /// What a person at the terminal wants to know; `validation` is the last one, as (step, accuracy).
    pub(crate) fn at_a_glance(&self, validation: Option<&(u64, f64)>) -> String {
        let (rate, waiting) = (self.learning_rate, 100.0 * self.data_share);
        let mut text = format!(
            "loss {:.4}, lr {rate:.1e}, {:.1} samples/s, waiting {waiting:.1} %",
            self.loss, self.samples_per_s
        );
        if let Some((step, accuracy)) = validation {
            text += &format!(", validation {:.1} % at {step}", 100.0 * accuracy);
        }
        if let Some(bytes) = self.memory_bytes {
            text += &format!(", {} MiB", bytes >> 20);
        }
        text
    }
}

/// A validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationLine {
    /// Always `validation`.
    pub kind: String,
    /// Steps done.
    pub step: u64,
    /// Accuracy on the validation set: by text among its labels, of a classifier among all that it learns.
    pub accuracy: f64,
    /// Mean of the recalls of the classes.
    pub mean_recall: f64,
    /// Samples.
    pub samples: usize,
}

impl ValidationLine {
    pub(crate) fn new(step: u64, outcome: &Outcome) -> Self {
        Self {
            kind: "validation".into(),
            step,
            accuracy: outcome.accuracy,
            mean_recall: outcome.mean_recall,
            samples: outcome.samples,
        }
    }
}

/// Values by step.
pub(crate) type Series = Vec<(u64, f64)>;

/// Appends lines.
pub(crate) struct MetricsLog {
    path: PathBuf,
}

impl MetricsLog {
    /// Starts an empty log in `dir`.
    pub(crate) fn create(dir: &Path) -> Result<Self, TrainError> {
        let path = dir.join("metrics.jsonl");
        atomic_file::write(&path, b"")?;
        Ok(Self { path })
    }

    /// Goes on with the log of a run that was stopped and continues after `step`: later lines are dropped. Gives the losses
    /// and accuracies up to there.
    pub(crate) fn resume(dir: &Path, step: u64) -> Result<(Self, Series, Series), TrainError> {
        let path = dir.join("metrics.jsonl");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| TrainError::Read { path: path.clone(), problem: error.to_string() })?;
        let (mut kept, mut losses, mut accuracies) = (String::new(), Series::new(), Series::new());
        for line in text.lines() {
            // A crash may have cut the last line.
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let Some(at) = value["step"].as_u64().filter(|&at| at <= step) else { continue };
            kept.push_str(line);
            kept.push('\n');
            losses.extend(value["loss"].as_f64().map(|loss| (at, loss)));
            accuracies.extend(value["accuracy"].as_f64().map(|accuracy| (at, accuracy)));
        }
        atomic_file::write(&path, kept.as_bytes())?;
        Ok((Self { path }, losses, accuracies))
    }

    pub(crate) fn line(&self, value: &impl Serialize) -> Result<(), TrainError> {
        let text = serde_json::to_string(value)
            .map_err(|error| TrainError::Read { path: self.path.clone(), problem: error.to_string() })?;
        Ok(atomic_file::append_line(&self.path, &text)?)
    }
}
