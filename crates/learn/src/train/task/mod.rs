//! What a model is trained for: the loss on its outputs, and what counts as its answer.

mod adversarial;
mod beam;
mod classify;
mod contrast;
mod detect;
mod elbo;
mod guided;
mod invariant;
mod masked;
mod parts;
mod pose;

pub(super) use classify::Classify;
pub(crate) use classify::logits;
pub(super) use contrast::{Balance, Contrast, contrastive};
pub use guided::alignment;
pub use parts::{LossPart, LossParts};

use super::batch::Targets;
use super::data::{Labels, Source, Truth};
use super::evaluate::Outcome;
use super::infer::Inferred;
use super::{TrainConfig, TrainError};
use crate::model::interface::{Model, Outputs, TaskKind};
use burn::tensor::{Device, Tensor};
use ndarray::Array3;
use std::collections::BTreeMap;

/// What a loss is taken of.
pub(crate) struct LossInput<'a> {
    /// Outputs of the samples.
    pub(crate) samples: &'a Outputs,
    /// Outputs of the sentences of [`LabelTable`](super::batch::LabelTable).
    pub(crate) sentences: &'a Outputs,
    /// The model's scalars.
    pub(crate) scalars: Vec<(&'static str, Tensor<1>)>,
    pub(crate) device: &'a Device,
}

impl<'a> LossInput<'a> {
    pub(crate) fn new(
        samples: &'a Outputs,
        sentences: &'a Outputs,
        scalars: Vec<(&'static str, Tensor<1>)>,
        device: &'a Device,
    ) -> Self {
        Self { samples, sentences, scalars, device }
    }

    /// An output of the samples that the task cannot do without.
    pub(crate) fn sample(&self, name: &str) -> Result<Tensor<3>, TrainError> {
        self.samples.get(name).cloned().ok_or_else(|| lacks(name))
    }

    /// The same of the sentences.
    pub(crate) fn sentence(&self, name: &str) -> Result<Tensor<3>, TrainError> {
        self.sentences.get(name).cloned().ok_or_else(|| lacks(name))
    }

    /// The same of the scalars.
    pub(crate) fn scalar(&self, name: &str) -> Result<Tensor<1>, TrainError> {
        self.scalars.iter().find(|(n, _)| *n == name).map(|(_, t)| t.clone()).ok_or_else(|| lacks(name))
    }
}

fn lacks(name: &str) -> TrainError {
    TrainError::data("model", format!("puts out no {name}, which its task needs"))
}

/// A loss and its parts by name, for the log.
pub(crate) struct Loss {
    /// What is minimised.
    pub(crate) total: Tensor<1>,
    /// Parts that are one number.
    pub(crate) parts: Vec<(&'static str, f64)>,
    /// Parts that are several.
    pub(crate) lists: Vec<(&'static str, Vec<f64>)>,
}

/// What held-out samples are recognised among.
pub(crate) struct Among {
    /// Names of the labels.
    pub(crate) classes: Vec<String>,
    /// For each sample its place among them.
    pub(crate) truth: Vec<usize>,
    /// Their sentences `[label, used part, width]`, for models that look at them.
    pub(crate) sentences: Option<Array3<f32>>,
}

/// A loss on the outputs of a model.
pub(crate) trait Task: Sync {
    /// The loss of a batch, or of a part of it where it [need not be whole](Self::needs_whole_batch): then a mean over its samples.
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError>;

    /// Whether the loss of a sample depends on the others of its batch.
    fn needs_whole_batch(&self) -> bool;
}

/// The measure of tasks that answer with labels.
pub(crate) const ACCURACY: &str = "accuracy";

/// How well held-out samples were answered.
pub(crate) struct Judged {
    /// The more, the better.
    pub(crate) score: f64,
    /// Of tasks that answer with labels.
    pub(crate) outcome: Option<Outcome>,
    /// Numbers of other tasks by name.
    pub(crate) figures: BTreeMap<String, f64>,
    /// Samples.
    pub(crate) samples: usize,
}

/// A task on labelled samples. Labels are numbers among the classes that it was made with; where nothing else is said, they are of no
/// matter.
pub(crate) trait Labelling: Task {
    /// The number of a label; `source` is named where it has none.
    fn number(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        let _ = (label, source);
        Ok(0)
    }

    /// What is asked of a batch with these labels.
    fn targets(&self, labels: &[usize], step: u64) -> Targets {
        let _ = step;
        Targets { labels: labels.to_vec(), ..Targets::default() }
    }

    /// What held-out samples with these labels are recognised among.
    fn choices(&self, labels: &[usize], name: &str) -> Result<Among, TrainError> {
        let _ = name;
        Ok(Among { classes: Vec::new(), truth: labels.to_vec(), sentences: None })
    }

    /// The answers for held-out samples; none of tasks that answer with no labels.
    fn answers(&self, samples: &Inferred, sentences: &Inferred, choices: &Among) -> Result<Vec<usize>, TrainError> {
        let _ = (samples, sentences, choices);
        Ok(Vec::new())
    }

    /// What a score of [`judged`](Self::judged) is.
    fn measure(&self) -> &'static str {
        ACCURACY
    }

    /// How well held-out samples are answered, whose `truths` are in their order.
    fn judged(
        &self,
        samples: &Inferred,
        sentences: &Inferred,
        choices: &Among,
        truths: &[Truth],
    ) -> Result<Judged, TrainError> {
        let answers = self.answers(samples, sentences, choices)?;
        let outcome = Outcome::new(&choices.classes, &choices.truth, &answers)?;
        let score = outcome.accuracy;
        Ok(Judged { score, outcome: Some(outcome), figures: BTreeMap::new(), samples: truths.len() })
    }

    /// Sentences of one label `[1, used part, width]`: what a model that looks at them must make numbers of.
    fn probe(&self) -> Option<Array3<f32>> {
        None
    }

    /// What tells what is learnt from other things of the same labels, by name.
    fn fingerprint(&self) -> (&'static str, String);
}

/// The task of a model, with these settings, on these labels.
pub(crate) fn task_for<'a, M: Model>(
    model: &M,
    config: &TrainConfig,
    labels: Labels<'a>,
    sources: &[Source<'_>],
) -> Result<Box<dyn Labelling + 'a>, TrainError> {
    config.check_for(model)?;
    match model.task() {
        TaskKind::Classify => Ok(Box::new(Classify::new(config, labels))),
        TaskKind::Contrast => Ok(Box::new(Contrast::new(model, config, labels, sources)?)),
        TaskKind::GuidedContrast => Ok(Box::new(guided::GuidedContrast::new(config))),
        TaskKind::Masked => Ok(Box::new(masked::Reconstruct::new(config))),
        TaskKind::Pose => Ok(Box::new(pose::Pose)),
        TaskKind::Detect => Ok(Box::new(detect::Detect)),
        TaskKind::Elbo => Ok(Box::new(elbo::Elbo::new(config, model.inputs().len() > 2))),
        TaskKind::Beam => Ok(Box::new(beam::BestBeam::new(config))),
        TaskKind::Invariant => Ok(Box::new(invariant::Invariant::new(labels))),
        TaskKind::Adversarial => Ok(Box::new(adversarial::Adversarial::new(config, labels))),
    }
}
