//! One of the classes of training: cross-entropy with label smoothing.

use super::{Among, Labelling, Loss, LossInput, Task};
use crate::train::batch::Targets;
use crate::train::data::Labels;
use crate::train::evaluate::best;
use crate::train::infer::Inferred;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::{Tensor, TensorData, activation};
use ndarray::{Array2, Axis};

/// Label smoothing where the settings name none (Szegedy et al. 2016, section 7).
pub(super) const SMOOTHING: f64 = 0.1;

/// Mean cross-entropy to targets of 1 − ε on the label and ε spread evenly over all.
///
/// # Shapes
/// `logits[sample, class]`.
pub(super) fn cross_entropy(logits: Tensor<2>, labels: &[usize], smoothing: f64) -> Tensor<1> {
    let [rows, classes] = logits.dims();
    let even = (smoothing / classes as f64) as f32;
    let mut wanted = vec![even; rows * classes];
    for (row, &label) in labels.iter().enumerate() {
        wanted[row * classes + label] += (1.0 - smoothing) as f32;
    }
    let wanted = Tensor::<2>::from_data(TensorData::new(wanted, [rows, classes]), &logits.device());
    (activation::log_softmax(logits, 1) * wanted).sum().mul_scalar(-1.0 / rows as f64)
}

/// Cross-entropy to targets of 1 − ε on the class and ε spread evenly over all.
pub(crate) struct Classify<'a> {
    classes: &'a [String],
    smoothing: f64,
}

impl<'a> Classify<'a> {
    pub(crate) fn new(config: &TrainConfig, labels: Labels<'a>) -> Self {
        Self { classes: labels.names(), smoothing: config.label_smoothing.unwrap_or(SMOOTHING) }
    }
}

impl Task for Classify<'_> {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let logits: Tensor<2> = input.sample("logits")?.squeeze_dim(1);
        let total = cross_entropy(logits, &targets.labels, self.smoothing);
        let value = f64::from(total.clone().into_scalar::<f32>());
        Ok(Loss { total, parts: vec![("cross_entropy", value)], lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        false
    }
}

impl Labelling for Classify<'_> {
    fn number(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        self.classes.iter().position(|class| class == label).ok_or_else(|| {
            let problem = format!(
                "label {label:?} is none of the {} classes of the model: {}",
                self.classes.len(),
                self.classes.join(", ")
            );
            TrainError::data(source, problem)
        })
    }

    fn choices(&self, labels: &[usize], _: &str) -> Result<Among, TrainError> {
        Ok(Among { classes: self.classes.to_vec(), truth: labels.to_vec(), sentences: None })
    }

    fn answers(&self, samples: &Inferred, _: &Inferred, _: &Among) -> Result<Vec<usize>, TrainError> {
        Ok(best(&logits(samples)?))
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("classes", self.classes.join(", "))
    }
}

/// The scores of every class, `[sample, class]`.
pub(crate) fn logits(samples: &Inferred) -> Result<Array2<f64>, TrainError> {
    Ok(samples.require("logits")?.index_axis(Axis(1), 0).mapv(f64::from))
}
