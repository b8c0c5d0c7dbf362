//! Vectors that noise does not change and that differ between the labels of a data set (WiSwiss, section 4.1).

use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::train::TrainError;
use crate::train::batch::Targets;
use crate::train::data::{Labels, Truth};
use crate::train::infer::Inferred;
use burn::tensor::{Tensor, TensorData};
use std::collections::BTreeMap;

/// τ (WiSwiss, section 4.1).
const TEMPERATURE: f64 = 0.07;

/// InfoNCE: of a sample, its noisy version and the samples with other labels of the same source.
pub(crate) struct Invariant {
    classes: Vec<String>,
}

impl Invariant {
    pub(crate) fn new(labels: Labels<'_>) -> Self {
        Self { classes: labels.names().to_vec() }
    }
}

/// Rows of length 1.
fn directions(x: Tensor<3>) -> Tensor<2> {
    let x: Tensor<2> = x.squeeze_dim(1);
    let length = x.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
    x / length
}

impl Task for Invariant {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let (clean, noisy) = (directions(input.sample("embedding")?), directions(input.sample("noisy")?));
        let [rows, _] = clean.dims();
        let alike = |i: usize, j: usize| {
            let sources = &targets.sources;
            targets.labels[i] == targets.labels[j] || sources.get(i) != sources.get(j)
        };
        // A sample's own label, and those of other data sets, count as if they were infinitely far away.
        let far: Vec<f32> = (0..rows * rows).map(|k| if alike(k / rows, k % rows) { -1e4 } else { 0.0 }).collect();
        let far = Tensor::<2>::from_data(TensorData::new(far, [rows, rows]), input.device);
        let positive = (clean.clone() * noisy).sum_dim(1).div_scalar(TEMPERATURE);
        let negative = clean.clone().matmul(clean.transpose()).div_scalar(TEMPERATURE) + far;
        let logits = Tensor::cat(vec![positive, negative], 1);
        let log = burn::tensor::activation::log_softmax(logits, 1).slice([0..rows, 0..1]);
        let total: Tensor<1> = log.mean().neg();
        let value = f64::from(total.clone().into_scalar::<f32>());
        Ok(Loss { total, parts: vec![("info_nce", value)], lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}

impl Labelling for Invariant {
    fn number(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        self.classes
            .iter()
            .position(|class| class == label)
            .ok_or_else(|| TrainError::data(source, format!("label {label:?} is none of {}", self.classes.join(", "))))
    }

    fn choices(&self, labels: &[usize], _: &str) -> Result<Among, TrainError> {
        Ok(Among { classes: self.classes.clone(), truth: labels.to_vec(), sentences: None })
    }

    fn measure(&self) -> &'static str {
        "none"
    }

    fn judged(&self, _: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        Ok(Judged { score: 0.0, outcome: None, figures: BTreeMap::new(), samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("classes", self.classes.join(", "))
    }
}
