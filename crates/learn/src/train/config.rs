//! Settings of a training run, as data.

use super::TrainError;
use super::adaptation::AdaptationConfig;
use super::data::{Augment, Sampling};
use super::guided_contrast::GuidedContrastConfig;
use super::losses::LossKind;
use super::lower_bound::LowerBoundConfig;
use crate::model::interface::{Model, TaskKind};
use crate::model::lora::LoraConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What of the model learns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Adapt {
    /// Everything: pre-training, training from scratch, full fine-tuning.
    #[default]
    Full,
    /// Low-rank adapters only; all else, the temperature included, stays bit by bit as it was.
    Lora(LoraConfig),
}

/// How the learning rate falls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// It does not.
    Constant,
    /// Times `factor` after every epoch (mmCLIP: 0.9). On small sets, where an epoch is a few steps, this falls fast.
    PerEpoch {
        /// Above 0, at most 1.
        factor: f64,
    },
    /// Half a cosine from the learning rate to 0 over all steps.
    Cosine,
}

/// When a run ends before its last step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Validations without gain after which the run ends, at least 1.
    pub patience: u32,
    /// Accuracy by which a validation must pass the best one so far to count as a gain, 0 to below 1.
    #[serde(default)]
    pub gain: f64,
}

/// Settings of [`train`](super::train). The defaults are mmCLIP's pre-training, except where said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Seed of order, augmentation, dropout, adapters.
    pub seed: u64,
    /// Optimiser steps. mmCLIP: 50,000 for pre-training, 1,000 for fine-tuning.
    pub steps: u64,
    /// Samples of a step.
    pub batch: usize,
    /// What learns.
    pub adapt: Adapt,
    /// The loss. mmCLIP: symmetric cross-entropy in pre-training, which counts a second sample of the same label as wrong;
    /// KL to the label matches in fine-tuning, which does not.
    pub loss: LossKind,
    /// λ_A: weight of the mean loss over the attributes.
    pub attribute_weight: f64,
    /// λ_B: weight of the loss of the class embedding.
    pub class_weight: f64,
    /// Share of the target that a classifier's cross-entropy spreads over all classes, 0 to below 1; none: 0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f64>,
    /// λ: weight of what a transformation of the whole differs by in masked reconstruction; none: 0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform_weight: Option<f64>,
    /// Contrast between kinds of radio; none: as published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guided_contrast: Option<GuidedContrastConfig>,
    /// Weights of the lower bound of what sensors measure; none: our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<LowerBoundConfig>,
    /// Alignment of samples with and without labels; none: as published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<AdaptationConfig>,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// How it falls.
    pub schedule: Schedule,
    /// Steps over which it rises from 0 at the start.
    pub warmup_steps: u64,
    /// Decoupled weight decay (AdamW) of the matrices of linear layers; 0 for plain Adam.
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; none: not clipped.
    pub clip_norm: Option<f64>,
    /// Order of samples.
    pub sampling: Sampling,
    /// Changes to the maps.
    pub augment: Augment,
    /// Parts of a batch that are worked on side by side. The same number gives the same weights bit by bit, whatever
    /// `threads`; another number changes the rounding of sums.
    pub parts: usize,
    /// Worker threads; 0: as many as the machine has.
    pub threads: usize,
    /// Steps between lines of `metrics.jsonl`.
    pub log_every: u64,
    /// Steps between validations; 0: only at the end.
    pub validate_every: u64,
    /// Steps between checkpoints; 0: only at the end.
    pub checkpoint_every: u64,
    /// Minutes between checkpoints, besides those of `checkpoint_every`; 0: none by the clock.
    pub checkpoint_minutes: f64,
    /// Ends the run when validation no longer improves, and keeps the weights of the best validation. Needs a validation
    /// set and `validate_every`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<EarlyStopping>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            steps: 50_000,
            batch: 16,
            adapt: Adapt::Full,
            loss: LossKind::SymmetricCrossEntropy,
            attribute_weight: 1.0,
            class_weight: 1.0,
            label_smoothing: None,
            transform_weight: None,
            guided_contrast: None,
            lower_bound: None,
            adaptation: None,
            learning_rate: 1e-4,
            schedule: Schedule::PerEpoch { factor: 0.9 },
            warmup_steps: 0,
            weight_decay: 0.0,
            clip_norm: Some(1.0),
            sampling: Sampling::Balanced,
            augment: Augment::default(),
            parts: 2,
            threads: 0,
            log_every: 10,
            validate_every: 0,
            checkpoint_every: 0,
            checkpoint_minutes: 0.0,
            early_stopping: None,
        }
    }
}

impl TrainConfig {
    /// mmCLIP's fine-tuning: LoRA (r = 16, α = 16, dropout 0.1 on qkv), KL to the label matches, 1,000 steps.
    pub fn fine_tune() -> Self {
        Self { steps: 1000, adapt: Adapt::Lora(LoraConfig::default()), loss: LossKind::LabelMatchKl, ..Self::default() }
    }

    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), TrainError> {
        let fail = |field: &str, found: String, expected: &str| {
            Err(TrainError::Config { field: field.into(), found, expected: expected.into() })
        };
        if self.steps == 0 {
            return fail("steps", "0".into(), "at least 1");
        }
        if self.batch == 0 || self.batch > 65536 {
            return fail("batch", self.batch.to_string(), "1 to 65536");
        }
        if self.parts == 0 || self.parts > 1024 {
            return fail("parts", self.parts.to_string(), "1 to 1024");
        }
        if self.threads > 1024 {
            return fail("threads", self.threads.to_string(), "0 (all) to 1024");
        }
        for (field, value) in [("attribute_weight", self.attribute_weight), ("class_weight", self.class_weight)] {
            if !(value >= 0.0 && value.is_finite()) {
                return fail(field, value.to_string(), "0 or more");
            }
        }
        if self.attribute_weight + self.class_weight == 0.0 {
            return fail("attribute_weight", "0, as is class_weight".into(), "one of them above 0");
        }
        if let Some(smoothing) = self.label_smoothing
            && !(0.0..1.0).contains(&smoothing)
        {
            return fail("label_smoothing", smoothing.to_string(), "0 to below 1");
        }
        if let Some(weight) = self.transform_weight
            && !(weight >= 0.0 && weight.is_finite())
        {
            return fail("transform_weight", weight.to_string(), "0 or more");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return fail("learning_rate", self.learning_rate.to_string(), "above 0, at most 1");
        }
        if let Schedule::PerEpoch { factor } = self.schedule
            && !(factor > 0.0 && factor <= 1.0)
        {
            return fail("schedule.factor", factor.to_string(), "above 0, at most 1");
        }
        if !(0.0..=1.0).contains(&self.weight_decay) {
            return fail("weight_decay", self.weight_decay.to_string(), "0 to 1");
        }
        if let Some(norm) = self.clip_norm
            && !(norm > 0.0 && norm.is_finite())
        {
            return fail("clip_norm", norm.to_string(), "above 0, or none");
        }
        if self.log_every == 0 {
            return fail("log_every", "0".into(), "at least 1");
        }
        if !(self.checkpoint_minutes >= 0.0 && self.checkpoint_minutes.is_finite()) {
            return fail("checkpoint_minutes", self.checkpoint_minutes.to_string(), "0 or more");
        }
        if let Some(stop) = &self.early_stopping {
            if stop.patience == 0 {
                return fail("early_stopping.patience", "0".into(), "at least 1");
            }
            if !(0.0..1.0).contains(&stop.gain) {
                return fail("early_stopping.gain", stop.gain.to_string(), "0 to below 1");
            }
            if self.validate_every == 0 {
                return fail("early_stopping", "set".into(), "validate_every above 0 with it, or nothing is validated");
            }
        }
        self.guided_contrast.iter().try_for_each(GuidedContrastConfig::check)?;
        self.lower_bound.iter().try_for_each(LowerBoundConfig::check)?;
        self.adaptation.iter().try_for_each(AdaptationConfig::check)?;
        if let Adapt::Lora(lora) = &self.adapt {
            lora.check()?;
        }
        self.augment.check()
    }

    /// Refuses settings that say nothing to the task of a model.
    pub(crate) fn check_for<M: Model>(&self, model: &M) -> Result<(), TrainError> {
        let task = model.task();
        let wrong = |field: &str, expected: &str| {
            let (field, found) = (field.to_owned(), "set".to_owned());
            Err(TrainError::Config { field, found, expected: expected.into() })
        };
        if self.label_smoothing.is_some()
            && !matches!(task, TaskKind::Classify | TaskKind::Beam | TaskKind::Adversarial)
        {
            return wrong("label_smoothing", "nothing: it is for classifiers");
        }
        if self.lower_bound.is_some() && task != TaskKind::Elbo {
            return wrong("lower_bound", "nothing: it is for the stages of a beam model before its task");
        }
        if self.guided_contrast.is_some() && task != TaskKind::GuidedContrast {
            return wrong("guided_contrast", "nothing: it is for the contrast of kinds of radio");
        }
        if self.adaptation.is_some() && task != TaskKind::Adversarial {
            return wrong("adaptation", "nothing: it is for cross_scene models");
        }
        if task == TaskKind::Adversarial && self.batch < 4 {
            let (field, found) = ("batch".to_owned(), self.batch.to_string());
            let expected = "at least 4: the model normalises over the samples of a batch".into();
            return Err(TrainError::Config { field, found, expected });
        }
        if self.transform_weight.is_some() && task != TaskKind::Masked {
            return wrong("transform_weight", "nothing: it is for masked reconstruction");
        }
        Ok(())
    }

    /// Learning rate of a step, counted from 0, when an epoch has `epoch_steps`.
    pub fn learning_rate_at(&self, step: u64, epoch_steps: u64) -> f64 {
        let warm = if step < self.warmup_steps { (step + 1) as f64 / self.warmup_steps as f64 } else { 1.0 };
        let fall = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::PerEpoch { factor } => factor.powf((step / epoch_steps.max(1)) as f64),
            Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / self.steps as f64).cos()),
        };
        self.learning_rate * warm * fall
    }
}
