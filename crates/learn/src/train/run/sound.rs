//! Weights and losses that are no numbers: found before a checkpoint is lost to them, and told with step and samples.

use super::Run;
use crate::model::system::InSystem;
use crate::train::TrainError;
use crate::train::batch::StepBatch;
use crate::train::checkpoint;
use crate::train::data::Draw;
use crate::train::infer::{of_batch, of_samples, of_sentences};
use crate::train::step::StepFailure;

impl<M: InSystem> Run<'_, M> {
    /// What failed, at which step and with which samples.
    pub(super) fn describe(&self, failure: StepFailure, step: u64, batch: &StepBatch, draws: &[Draw]) -> TrainError {
        let (quantity, value) = match failure {
            StepFailure::Error(error) => return error,
            StepFailure::NotFinite { quantity, value } => (quantity, value),
        };
        // The samples whose own outputs are no numbers; all of the batch when each alone is sound.
        let unsound = |row: &usize| {
            let outputs = of_batch(&self.learner.model, batch, *row..*row + 1);
            outputs.map_or(true, |outputs| outputs.unsound(0).is_some())
        };
        let mut culprits: Vec<usize> = (0..draws.len()).filter(unsound).collect();
        if culprits.is_empty() {
            culprits = (0..draws.len()).collect();
        }
        let name = |d: &Draw| {
            let source = &self.data.sources[d.source];
            format!("{}#{}", source.name, source.samples.id(d.index))
        };
        let samples = culprits.iter().map(|&i| name(&draws[i])).collect::<Vec<_>>().join(" ");
        TrainError::NotFinite { quantity, value, step, samples, last_good: self.last_good() }
    }

    fn last_good(&self) -> String {
        match self.last_good {
            Some(step) => format!("step {step} is kept in {}", checkpoint::folder(self.out_dir).display()),
            None => "no checkpoint had been written yet".into(),
        }
    }

    /// Refuses a model that a step has spoilt: the loss says so only at the next step, and the checkpoint would be lost.
    pub(super) fn require_sound(&self, step: u64) -> Result<(), TrainError> {
        let (source, model) = (&self.data.sources[0], &self.learner.model);
        let mut unsound = of_samples(model, source.name, source.samples, &[0])?.unsound(0);
        if let Some(vectors) = self.task.probe().filter(|_| unsound.is_none()) {
            unsound = of_sentences(model, vectors.view())?.unsound(0);
        }
        match unsound {
            Some(value) => Err(TrainError::NotFinite {
                quantity: "an embedding after the step",
                value: value.into(),
                step,
                samples: format!("{}#{}", source.name, source.samples.id(0)),
                last_good: self.last_good(),
            }),
            None => Ok(()),
        }
    }
}
