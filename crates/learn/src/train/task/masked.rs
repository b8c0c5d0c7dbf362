//! Views put together again from a part of their patches: squared error of the numbers and, where the model has one, of φ.

use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::infer::Inferred;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::Tensor;
use std::collections::BTreeMap;

/// λ where the settings name none.
const WEIGHT: f64 = 0.1;

/// ‖x − x̂‖² + λ ‖φ(x) − φ(x̂)‖² (WiSwiss, section 6), both as means.
pub(crate) struct Reconstruct {
    weight: f64,
}

impl Reconstruct {
    pub(crate) fn new(config: &TrainConfig) -> Self {
        Self { weight: config.transform_weight.unwrap_or(WEIGHT) }
    }
}

impl Task for Reconstruct {
    fn loss(&self, input: &LossInput<'_>, _: &Targets) -> Result<Loss, TrainError> {
        let (original, predicted) = (input.sample("original")?, input.sample("predicted")?);
        let weights = input.sample("weights")?;
        let share = weights.clone().sum().clamp_min(1.0);
        let error: Tensor<1> = ((original - predicted).square() * weights).sum() / share;
        let mut parts = vec![("reconstruction", f64::from(error.clone().into_scalar::<f32>()))];
        let mut total = error;
        if let (Ok(original), Ok(predicted)) = (input.sample("phi_original"), input.sample("phi_predicted")) {
            let error: Tensor<1> = (original - predicted).square().mean();
            parts.push(("transform", f64::from(error.clone().into_scalar::<f32>())));
            total = total + error.mul_scalar(self.weight);
        }
        Ok(Loss { total, parts, lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        false
    }
}

impl Labelling for Reconstruct {
    fn measure(&self) -> &'static str {
        "minus the loss"
    }

    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let mean = |name: &str| samples.get(name).map(|array| f64::from(array.sum()) / truths.len().max(1) as f64);
        let reconstruction = mean("error").unwrap_or(f64::NAN);
        let mut figures = BTreeMap::from([("reconstruction".to_owned(), reconstruction)]);
        let mut loss = reconstruction;
        if let Some(error) = mean("phi_error") {
            figures.insert("transform".to_owned(), error);
            loss += self.weight * error;
        }
        Ok(Judged { score: -loss, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "masked".to_owned())
    }
}
