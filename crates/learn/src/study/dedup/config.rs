//! How duplicates are looked for, as data.

use crate::base::yaml::Problem;
use crate::model::wiswiss::{BackboneSize, EmbedHead, WiSwissConfig, WiSwissTask};
use crate::train::{Sampling, Schedule, TrainConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a search for duplicates. The defaults are the paper's, with a transformer in place of a ResNet-50 that was trained on
/// photographs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DedupConfig {
    /// Name of the view that is compared; none: the main one of the first corpus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// Lengths of a patch; none: 16 × 16, of cubes 2 × 16 × 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<Vec<usize>>,
    /// Standard deviation of the noise; views have a mean power of 1.
    pub noise: f64,
    /// Width of the vectors.
    pub width: usize,
    /// Percentile of the distances of samples to their noisy versions within which two samples are the same, 0 to 100: the larger, the more
    /// is removed. Cosines fall as distances grow, so it is the percentile 100 − p of the cosines.
    pub percentile: f64,
    /// Steps of training the encoder.
    pub steps: u64,
    /// Samples of a step.
    pub batch: usize,
    /// Learning rate.
    pub learning_rate: f64,
    /// Seed of weights, order and noise.
    pub seed: u64,
}

impl Default for DedupConfig {
    fn default() -> Self {
        Self {
            view: None,
            patch: None,
            noise: 0.5,
            width: 128,
            percentile: 10.0,
            steps: 300,
            batch: 32,
            learning_rate: 5e-4,
            seed: 0,
        }
    }
}

impl DedupConfig {
    /// All that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !(0.0..=100.0).contains(&self.percentile) {
            problems.push(Problem::new("percentile", format!("{}; expected 0 to 100", self.percentile)));
        }
        problems.extend(self.train(0).check().err().map(|e| e.problem()));
        let shape = self.patch.clone().unwrap_or_else(|| vec![16, 16]);
        problems.extend(self.model("view", &shape).check().err().map(|e| e.problem()));
        problems
    }

    /// The encoder of views like this one.
    pub(super) fn model(&self, view: &str, shape: &[usize]) -> WiSwissConfig {
        let base =
            if shape.len() == 3 { WiSwissConfig::of_cubes(BackboneSize::Tiny) } else { WiSwissConfig::default() };
        WiSwissConfig {
            view: view.to_owned(),
            shape: shape.to_vec(),
            patch: self.patch.clone().unwrap_or(base.patch),
            task: WiSwissTask::Embed(EmbedHead { width: self.width, noise: self.noise }),
            ..base
        }
    }

    pub(super) fn train(&self, threads: usize) -> TrainConfig {
        TrainConfig {
            seed: self.seed,
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            schedule: Schedule::Cosine,
            warmup_steps: self.steps / 20,
            sampling: Sampling::Balanced,
            threads,
            log_every: (self.steps / 20).max(1),
            ..TrainConfig::default()
        }
    }
}
