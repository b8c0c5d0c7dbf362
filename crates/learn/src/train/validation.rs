//! Zero-shot recognition of held-out samples while training goes on.

use super::checkpoint::map_columns;
use super::embed::embed;
use super::evaluate::{Outcome, Scoring, zero_shot};
use super::{Prompts, Samples, TrainError};
use crate::model::mmclip::MmClip;

/// The held-out samples with their labels among themselves.
pub(super) struct Validation<'a> {
    samples: &'a dyn Samples,
    truth: Vec<usize>,
    prompts: Prompts,
}

impl<'a> Validation<'a> {
    pub(super) fn new(samples: &'a dyn Samples, prompts: &Prompts, model: &MmClip) -> Result<Self, TrainError> {
        map_columns(model.config(), "validation", samples)?;
        let labels = labels_of(samples, "validation", prompts)?;
        let mut present = labels.clone();
        present.sort_unstable();
        present.dedup();
        if present.len() < 2 {
            let problem = "all samples have the same label; expected at least two labels to choose from";
            return Err(TrainError::data("validation", problem));
        }
        let names: Vec<String> = present.iter().map(|&i| prompts.classes[i].clone()).collect();
        let truth = labels.iter().map(|l| present.binary_search(l).unwrap_or(0)).collect();
        Ok(Self { samples, truth, prompts: prompts.select(&names)? })
    }

    pub(super) fn run(&self, model: &MmClip, threads: usize) -> Result<Outcome, TrainError> {
        let signal = embed(model, "validation", self.samples, threads)?;
        let text = model.embed_texts(self.prompts.vectors.view())?;
        Outcome::new(&self.prompts.classes, &self.truth, &zero_shot(&signal, &text, &Scoring::default()))
    }
}

/// The place of each sample's label in the prompts; `name` is what errors call the samples.
pub(super) fn labels_of(samples: &dyn Samples, name: &str, prompts: &Prompts) -> Result<Vec<usize>, TrainError> {
    (0..samples.len()).map(|i| prompts.require(samples.label(i), name)).collect()
}
