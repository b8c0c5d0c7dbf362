//! Adaptation that trains no weights: regression on embeddings of recordings and of the simulation.

use super::error::{ExperimentError, missing};
use super::fold::Fold;
use super::pool::Pool;
use super::runner::Runner;
use super::spec::{Adaptation, Evaluation};
use crate::model::mmclip::Embeddings;
use crate::model::system::System;
use crate::train::evaluate::{Kernel, LOGISTIC_PENALTY, Lesson, balanced, logistic, numbers};
use ndarray::{Array2, Axis, concatenate};

impl Runner<'_> {
    /// Scores of the choices for tested samples; all choices have samples to learn from ([`check_questions`](super::check_questions)).
    ///
    /// # Shapes
    /// `[sample, choice]`.
    pub(super) fn scores_by_regression(
        &self,
        model: &System,
        (of, fold, adaptation): (&Evaluation, &Fold, &Adaptation),
        tested: &Embeddings,
    ) -> Result<Array2<f64>, ExperimentError> {
        let choices = of.choices();
        let known = |pool: &Pool, indices: Vec<usize>| -> Vec<usize> {
            indices.into_iter().filter(|&i| choices.contains(&pool.items[i].label)).collect()
        };
        let target = self.asked.target;
        let recorded = known(target, self.asked.learnt_indices(adaptation, &fold.left_out));
        let mut parts = vec![(target.dataset(&recorded, &choices)?, true)];
        if let Some(source) = self.source {
            let simulated = known(source, self.source_indices("train", self.classes()));
            parts.push((source.dataset(&simulated, &choices)?, false));
        }
        parts.retain(|(data, _)| !data.labels.is_empty());
        let as_numbers = |embeddings: &Embeddings| numbers(embeddings, of.example_scoring).mapv(|v| v as f32);
        let embedded = parts.iter().map(|(data, _)| Ok(as_numbers(&self.seen(model, "lesson", data)?.embeddings)));
        let embedded = embedded.collect::<Result<Vec<_>, ExperimentError>>()?;
        let views: Vec<_> = embedded.iter().map(|part| part.view()).collect();
        let all = concatenate(Axis(0), &views).map_err(|e| missing("adapt.by", e.to_string()))?;
        let labels: Vec<usize> = parts.iter().flat_map(|(data, _)| data.labels.iter().copied()).collect();
        let groups: Vec<(&[usize], bool)> =
            parts.iter().map(|(data, recorded)| (&data.labels[..], *recorded)).collect();
        let weights = balanced(&groups, choices.len());
        let lesson = Lesson { numbers: all.view(), labels: &labels, weights: &weights };
        Ok(logistic((Kernel::Linear, LOGISTIC_PENALTY), &lesson, as_numbers(tested).view(), choices.len())?)
    }
}
