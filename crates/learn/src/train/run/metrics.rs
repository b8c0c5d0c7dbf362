//! `metrics.jsonl`: one line a logged step or validation.

use crate::base::atomic_file;
use crate::train::TrainError;
use crate::train::task::{ACCURACY, Judged, LossParts};
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
    /// What a person at the terminal wants to know; `validation` is the last one, as (step, score) of a measure.
    pub(crate) fn at_a_glance(&self, measure: &str, validation: Option<&(u64, f64)>) -> String {
        let (rate, waiting) = (self.learning_rate, 100.0 * self.data_share);
        let mut text = format!(
            "loss {:.4}, lr {rate:.1e}, {:.1} samples/s, waiting {waiting:.1} %",
            self.loss, self.samples_per_s
        );
        match validation {
            Some((step, accuracy)) if measure == ACCURACY => {
                text += &format!(", validation {:.1} % at {step}", 100.0 * accuracy);
            }
            Some((step, score)) => text += &format!(", validation {score:.4} ({measure}) at {step}"),
            None => {}
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
    /// Accuracy on the validation set: by text among its labels, of a classifier among all that it learns. Of tasks with labels alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Mean of the recalls of the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_recall: Option<f64>,
    /// Of other tasks: what decides which weights are kept, the more the better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Of other tasks: numbers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// Samples.
    pub samples: usize,
}

impl ValidationLine {
    pub(crate) fn new(step: u64, judged: &Judged) -> Self {
        let outcome = judged.outcome.as_ref();
        Self {
            kind: "validation".into(),
            step,
            accuracy: outcome.map(|o| o.accuracy),
            mean_recall: outcome.map(|o| o.mean_recall),
            score: outcome.is_none().then_some(judged.score),
            figures: judged.figures.clone(),
            samples: judged.samples,
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
            let score = value["accuracy"].as_f64().or_else(|| value["score"].as_f64());
            accuracies.extend(score.map(|score| (at, score)));
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
