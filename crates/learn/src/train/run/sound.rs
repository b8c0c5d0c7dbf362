//! Weights and losses that are no numbers: found before a checkpoint is lost to them, and told with step and samples.

use super::Run;
use crate::train::TrainError;
use crate::train::batches::Draw;
use crate::train::checkpoint::{self, map_columns};
use crate::train::embed::read_chosen;
use crate::train::gradient::Batch;
use crate::train::learner::StepFailure;
use ndarray::{Array4, s};

impl Run<'_> {
    /// What failed, at which step and with which samples.
    pub(super) fn describe(&self, failure: StepFailure, step: u64, batch: &Batch, draws: &[Draw]) -> TrainError {
        let (quantity, value) = match failure {
            StepFailure::Error(error) => return error,
            StepFailure::NotFinite { quantity, value } => (quantity, value),
        };
        // The samples whose own embedding is no number; all of the batch when each alone is sound.
        let per_sample: usize = batch.shape[1..].iter().product();
        let [_, maps, rows, columns] = batch.shape;
        let unsound = |row: &usize| {
            let values = batch.maps[row * per_sample..(row + 1) * per_sample].to_vec();
            let Ok(one) = Array4::from_shape_vec((1, maps, rows, columns), values) else { return true };
            let embedded = self.learner.model.embed_signals(one.view(), 1);
            embedded.map_or(true, |e| e.class.iter().chain(&e.attributes).any(|v| !v.is_finite()))
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
        let config = model.config();
        let columns = map_columns(config, source.name, source.samples)?;
        let mut values = Vec::new();
        read_chosen(source.samples, source.name, 0, &columns, &mut values)?;
        let maps = Array4::from_shape_vec((1, columns.len(), config.rows, config.columns), values)
            .map_err(|e| TrainError::data(source.name, e.to_string()))?;
        let signal = model.embed_signals(maps.view(), 1)?;
        let text = model.embed_texts(self.data.prompts.vectors.slice(s![..1, .., ..]))?;
        let mut all = signal.class.iter().chain(&signal.attributes).chain(&text.class);
        match all.find(|value| !value.is_finite()) {
            Some(&value) => Err(TrainError::NotFinite {
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
