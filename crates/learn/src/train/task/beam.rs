//! The beam with the greatest power: cross-entropy, judged by the measures of beam prediction.

use super::{Among, Judged, Labelling, Loss, LossInput, Task, logits};
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::evaluate::{BeamScores, best_beam};
use crate::train::infer::Inferred;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::{Tensor, TensorData, activation};
use std::collections::BTreeMap;

/// Cross-entropy to targets of 1 − ε on the best beam and ε spread evenly over all.
pub(crate) struct BestBeam {
    smoothing: f64,
}

impl BestBeam {
    pub(crate) fn new(config: &TrainConfig) -> Self {
        Self { smoothing: config.label_smoothing.unwrap_or(0.0) }
    }
}

/// The powers that a sample shows, none where nothing is known; refuses other numbers of beams than the model has.
pub(super) fn powers(row: usize, truth: &Truth, beams: usize) -> Result<Option<&[f32]>, TrainError> {
    match truth {
        Truth::Beams(powers) if powers.len() == beams => Ok(Some(powers)),
        Truth::Beams(powers) => {
            let problem =
                format!("sample {row} of the batch has powers of {} beams, the model has {beams}", powers.len());
            Err(TrainError::data("samples", problem))
        }
        _ => Ok(None),
    }
}

/// The same, where they cannot be done without.
fn required(truths: &[Truth], beams: usize) -> Result<Vec<&[f32]>, TrainError> {
    let of = |(row, truth): (usize, &'_ Truth)| {
        let problem = || TrainError::data("samples", format!("sample {row} of the batch has no powers to answer with"));
        powers(row, truth, beams).map(|_| ()).and_then(|()| match truth {
            Truth::Beams(_) => Ok(()),
            _ => Err(problem()),
        })
    };
    truths.iter().enumerate().try_for_each(of)?;
    Ok(truths.iter().filter_map(|t| if let Truth::Beams(powers) = t { Some(&powers[..]) } else { None }).collect())
}

/// Mean of `log p` over samples, with targets `[row][beam]` that are shares.
pub(super) fn log_likelihood(logits: Tensor<2>, wanted: Vec<f32>) -> Tensor<1> {
    let [rows, beams] = logits.dims();
    let wanted = Tensor::<2>::from_data(TensorData::new(wanted, [rows, beams]), &logits.device());
    (activation::log_softmax(logits, 1) * wanted).sum().div_scalar(rows as f64)
}

impl Task for BestBeam {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let logits: Tensor<2> = input.sample("logits")?.squeeze_dim(1);
        let [rows, beams] = logits.dims();
        let mut wanted = vec![(self.smoothing / beams as f64) as f32; rows * beams];
        for (row, powers) in required(&targets.truths, beams)?.into_iter().enumerate() {
            wanted[row * beams + best_beam(powers).unwrap_or(0)] += (1.0 - self.smoothing) as f32;
        }
        let total = log_likelihood(logits, wanted).neg();
        let value = f64::from(total.clone().into_scalar::<f32>());
        Ok(Loss { total, parts: vec![("cross_entropy", value)], lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        false
    }
}

impl Labelling for BestBeam {
    fn measure(&self) -> &'static str {
        "DBA of the challenge"
    }

    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let scores = logits(samples)?;
        let powers = required(truths, scores.ncols())?;
        let found = BeamScores::new(scores.view(), &powers);
        let figures = BTreeMap::from([
            ("top_1".to_owned(), found.top_1),
            ("top_3".to_owned(), found.top_3),
            ("dba_challenge".to_owned(), found.dba_challenge),
            ("dba_thresholds".to_owned(), found.dba_thresholds),
            ("power_loss_db".to_owned(), found.power_loss_db),
        ]);
        Ok(Judged { score: found.dba_challenge, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "best beam".to_owned())
    }
}
