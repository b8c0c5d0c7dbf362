//! Boxes of people in range and angle: each person belongs to the cell whose middle is nearest to that of the box.

use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::train::TrainError;
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::evaluate::{Detection, average_precision, detections};
use crate::train::infer::Inferred;
use burn::tensor::{Tensor, TensorData, activation};
use std::collections::BTreeMap;

/// How much a box weighs against whether there is one.
const BOXES: f64 = 2.0;

/// Focal cross-entropy of whether there is a person (Lin et al. 2017, γ = 2) and the absolute error of boxes, both for each person.
pub(crate) struct Detect;

/// The boxes of a sample; none where nobody is there.
pub(super) fn boxes(truth: &Truth) -> Result<&[[f32; 4]], TrainError> {
    match truth {
        Truth::Boxes(boxes) => Ok(boxes),
        _ => Err(TrainError::data("samples", "a sample of the batch has no boxes to learn")),
    }
}

impl Task for Detect {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let (objectness, found, middles) =
            (input.sample("objectness")?, input.sample("boxes")?, input.sample("middles")?);
        let [batch, cells, _] = objectness.dims();
        let middles = crate::model::parameters::values(middles)?;
        let (mut there, mut wanted) = (vec![0.0_f32; batch * cells], vec![0.0_f32; batch * cells * 4]);
        let mut people = 0.0_f64;
        for (row, truth) in targets.truths.iter().enumerate() {
            for of in boxes(truth)? {
                let apart = |cell: usize| {
                    let at = &middles[2 * (row * cells + cell)..][..2];
                    (at[0] - of[0]).powi(2) + (at[1] - of[1]).powi(2)
                };
                let cell = row * cells + (0..cells).min_by(|&a, &b| apart(a).total_cmp(&apart(b))).unwrap_or(0);
                there[cell] = 1.0;
                wanted[4 * cell..4 * cell + 4].copy_from_slice(of);
                people += 1.0;
            }
        }
        let tensor = |values: Vec<f32>, width| {
            Tensor::<3>::from_data(TensorData::new(values, [batch, cells, width]), input.device)
        };
        let (there, wanted) = (tensor(there, 1), tensor(wanted, 4));
        let share = 1.0 / people.max(1.0);
        // log σ(x) where somebody is, log σ(−x) where nobody is, the sure ones weighing less.
        let sign = there.clone().mul_scalar(2.0).sub_scalar(1.0);
        let right = objectness * sign;
        let unsure = activation::sigmoid(right.clone().neg());
        let presence: Tensor<1> = (unsure.square() * activation::log_sigmoid(right)).sum().mul_scalar(-share);
        let error: Tensor<1> = ((found - wanted).abs() * there).sum().mul_scalar(share);
        let number = |t: &Tensor<1>| f64::from(t.clone().into_scalar::<f32>());
        let parts = vec![("presence", number(&presence)), ("boxes", number(&error))];
        Ok(Loss { total: presence + error.mul_scalar(BOXES), parts, lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        false
    }
}

impl Labelling for Detect {
    fn measure(&self) -> &'static str {
        "AP at 0.5"
    }

    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let found: Vec<Vec<Detection>> = detections(samples.require("objectness")?, samples.require("boxes")?);
        let truths: Vec<&[[f32; 4]]> = truths.iter().map(boxes).collect::<Result<_, _>>()?;
        let precision = average_precision(&found, &truths, 0.5);
        let figures = BTreeMap::from([("ap50".to_owned(), precision)]);
        Ok(Judged { score: precision, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "detect".to_owned())
    }
}
