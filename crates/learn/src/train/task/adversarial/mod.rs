//! Classes of labelled samples, by features that are alike in samples without labels (unsupervised domain adaptation).
//!
//! ```text
//! domains.rs    networks that tell scenes apart: one, or one for each class besides
//! transport.rs  entropic optimal transport
//! moments.rs    maximum mean discrepancy class by class
//! nuclear.rs    the nuclear norm of answers
//! ```
//!
//! What samples without labels show is never asked: their label is the number behind the last class, whatever they are
//! ([`Unlabelled`](crate::train::Unlabelled)).

mod domains;
mod moments;
mod nuclear;
mod transport;

use super::classify::{Classify, SMOOTHING, cross_entropy};
use super::{Among, Labelling, Loss, LossInput, Task};
use crate::train::adaptation::{AdaptationConfig, Alignment};
use crate::train::batch::Targets;
use crate::train::data::{Labels, UNLABELLED};
use crate::train::infer::Inferred;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::{Int, Tensor, TensorData, activation};

/// The loss of the classes and of what is aligned.
pub(crate) struct Adversarial<'a> {
    classes: Classify<'a>,
    names: &'a [String],
    smoothing: f64,
    adaptation: AdaptationConfig,
    steps: u64,
}

/// Rows of a batch with and without labels.
struct DomainRows {
    labelled: Vec<usize>,
    unlabelled: Vec<usize>,
}

impl DomainRows {
    fn of(labels: &[usize], classes: usize) -> Self {
        let (labelled, unlabelled) = (0..labels.len()).partition(|&row| labels[row] < classes);
        Self { labelled, unlabelled }
    }
}

fn rows_of<const D: usize>(x: &Tensor<D>, rows: &[usize]) -> Tensor<D> {
    let places: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [rows.len()]), &x.device());
    x.clone().select(0, places)
}

fn numbers(x: &Tensor<2>) -> Vec<f32> {
    x.clone().detach().into_data().try_into_vec::<f32>().unwrap_or_default()
}

fn value(x: &Tensor<1>) -> f64 {
    f64::from(x.clone().into_scalar::<f32>())
}

impl<'a> Adversarial<'a> {
    pub(crate) fn new(config: &TrainConfig, labels: Labels<'a>) -> Self {
        Self {
            classes: Classify::new(config, labels),
            names: labels.names(),
            smoothing: config.label_smoothing.unwrap_or(SMOOTHING),
            adaptation: config.adaptation.clone().unwrap_or_default(),
            steps: config.steps,
        }
    }

    /// An alignment of features `[sample, width]` and scores `[sample, class]`, and what else the log wants.
    fn aligned(
        &self,
        one: Alignment,
        input: &LossInput<'_>,
        (features, logits): (&Tensor<2>, &Tensor<2>),
        (sides, labels): (&DomainRows, &[usize]),
    ) -> Result<AlignedLoss, TrainError> {
        let of = |x: &Tensor<2>| (rows_of(x, &sides.labelled), rows_of(x, &sides.unlabelled));
        match one {
            Alignment::Adversarial => {
                let told = domains::told_apart(input.sample("domain")?.squeeze_dim(2), sides);
                let right = ("domain_accuracy", told.accuracy[0]);
                Ok((told.loss, vec![right]))
            }
            Alignment::Daan => domains::dynamic(input.sample("domain")?, input.sample("local_domains")?, sides),
            Alignment::Wasserstein => {
                let (source, target) = of(features);
                let distance = transport::distance(source, target);
                let weighted = distance.clone().mul_scalar(self.adaptation.wasserstein_weight);
                Ok((weighted, vec![("wasserstein", value(&distance))]))
            }
            Alignment::Dsan => {
                let (source, target) = of(features);
                let shares = activation::softmax(rows_of(logits, &sides.unlabelled), 1);
                let labels: Vec<usize> = sides.labelled.iter().map(|&row| labels[row]).collect();
                Ok((moments::discrepancy(source, target, &labels, shares), Vec::new()))
            }
            Alignment::Bnm => {
                let shares = activation::softmax(rows_of(logits, &sides.unlabelled), 1);
                Ok((nuclear::negative_mean(shares), Vec::new()))
            }
        }
    }
}

/// A loss, and what else the log wants.
type AlignedLoss = (Tensor<1>, Vec<(&'static str, f64)>);

fn part(of: Alignment) -> &'static str {
    match of {
        Alignment::Adversarial => "adversarial",
        Alignment::Wasserstein => "transport",
        Alignment::Daan => "daan",
        Alignment::Dsan => "dsan",
        Alignment::Bnm => "bnm",
    }
}

impl Task for Adversarial<'_> {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let logits: Tensor<2> = input.sample("logits")?.squeeze_dim(1);
        let [_, classes] = logits.dims();
        let sides = DomainRows::of(&targets.labels, classes);
        if sides.labelled.is_empty() {
            return Err(TrainError::data("batch", "holds no sample with a label: give labelled sources more weight"));
        }
        let labels: Vec<usize> = sides.labelled.iter().map(|&row| targets.labels[row]).collect();
        let mut total = cross_entropy(rows_of(&logits, &sides.labelled), &labels, self.smoothing);
        let lambda = self.adaptation.lambda(targets.step, self.steps);
        let mut parts = vec![("cross_entropy", value(&total)), ("lambda", lambda)];
        // Without samples on both sides there is nothing to align.
        if !sides.unlabelled.is_empty() {
            let features: Tensor<2> = input.sample("features")?.squeeze_dim(1);
            for &one in &self.adaptation.alignment {
                let (loss, more) = self.aligned(one, input, (&features, &logits), (&sides, &targets.labels))?;
                parts.push((part(one), value(&loss)));
                parts.extend(more);
                total = total + loss.mul_scalar(lambda);
            }
        }
        Ok(Loss { total, parts, lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}

impl Labelling for Adversarial<'_> {
    fn number(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        if label == UNLABELLED { Ok(self.names.len()) } else { self.classes.number(label, source) }
    }

    fn targets(&self, labels: &[usize], step: u64) -> Targets {
        Targets { labels: labels.to_vec(), step, ..Targets::default() }
    }

    fn choices(&self, labels: &[usize], name: &str) -> Result<Among, TrainError> {
        if labels.iter().any(|&label| label >= self.names.len()) {
            return Err(TrainError::data(
                name,
                "holds samples without labels: nothing can be said about answers for them",
            ));
        }
        self.classes.choices(labels, name)
    }

    fn answers(&self, samples: &Inferred, sentences: &Inferred, choices: &Among) -> Result<Vec<usize>, TrainError> {
        self.classes.answers(samples, sentences, choices)
    }

    fn fingerprint(&self) -> (&'static str, String) {
        self.classes.fingerprint()
    }
}

#[cfg(test)]
mod tests;
