//! Trains the baseline of a question and asks it.

use super::error::{ExperimentError, missing};
use super::fold::{Fold, LeftOut};
use super::runner::Runner;
use super::spec::Baseline;
use super::spec::{Adaptation, Evaluation};
use super::tally::BaselineAnswer;
use crate::model::system::System;
use crate::train::evaluate::{Outcome, best};
use crate::train::{Dataset, Labels, Samples, Source, TrainConfig, TrainData, infer, logits};
use ndarray::Axis;
use std::collections::BTreeSet;

/// A trained baseline and the labels that it knows.
#[derive(Clone)]
pub(super) struct Supervised {
    model: System,
    classes: Vec<String>,
}

impl Runner<'_> {
    /// The samples that the baseline of a question learns from, and their labels: those of the target that the adaptation may see, or the
    /// simulated ones where there is none.
    fn lesson(&self, adapt: Option<&Adaptation>, left_out: &LeftOut) -> Result<Dataset, ExperimentError> {
        let (pool, indices) = match adapt {
            Some(adaptation) => (self.asked.target, self.asked.learnt_indices(adaptation, left_out)),
            None => {
                let source = self.source.ok_or_else(|| missing("baseline", "there is nothing to learn from"))?;
                (source, self.source_indices("train", self.classes()))
            }
        };
        let labels: BTreeSet<&String> = indices.iter().map(|&i| &pool.items[i].label).collect();
        let classes: Vec<String> = labels.into_iter().cloned().collect();
        Ok(pool.dataset(&indices, &classes)?)
    }

    /// Trains the baseline of a question in a folder of its own.
    pub(super) fn supervised(
        &self,
        baseline: &Baseline,
        (adapt, left_out): (Option<&Adaptation>, &LeftOut),
        seed: u64,
        folder: &str,
    ) -> Result<Supervised, ExperimentError> {
        let data = self.lesson(adapt, left_out)?;
        let model = baseline.model.clone().fitted(data.views(), data.classes.len())?.init(seed)?;
        let config = TrainConfig { seed, ..baseline.train.clone() };
        let sources = [Source { name: "labelled", samples: &data, weight: 1.0 }];
        let dir = self.dir.join(format!("seed{seed}/{folder}"));
        let labels = Labels::Names(&data.classes);
        let on = TrainData { sources: &sources, labels, validation: None, seen_before: &[] };
        let trained = self.phase(model, &config, on, &dir)?;
        Ok(Supervised { model: trained.model, classes: data.classes })
    }

    /// The baseline's answers in a fold; none where it knows none of the labels to choose from.
    pub(super) fn baseline_answer(
        &self,
        baseline: &Supervised,
        of: &Evaluation,
        fold: &Fold,
    ) -> Result<Option<BaselineAnswer>, ExperimentError> {
        let choices = of.choices();
        let known: Vec<(usize, usize)> = choices
            .iter()
            .enumerate()
            .filter_map(|(choice, label)| Some((choice, baseline.classes.iter().position(|c| c == label)?)))
            .collect();
        if known.is_empty() {
            return Ok(None);
        }
        let data = self.asked.tested(fold).dataset(&fold.test, &of.classes)?;
        let scores = logits(&infer(&baseline.model, "test", &data, 0)?)?;
        let places: Vec<usize> = known.iter().map(|&(_, place)| place).collect();
        let answers: Vec<usize> = best(&scores.select(Axis(1), &places)).into_iter().map(|k| known[k].0).collect();
        // The tested classes are the first choices.
        let outcome = Outcome::new(&choices, &data.labels, &answers)?.merged(&of.merge);
        Ok(Some(BaselineAnswer { outcome, system: baseline.model.name(), known: known.len() }))
    }
}
