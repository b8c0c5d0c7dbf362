//! One fold of an evaluation, answered by one model.

use super::counting::{Given, Hits};
use super::error::ExperimentError;
use super::fold::{Fold, few_shot_settings};
use super::item::Item;
use super::runner::Runner;
use super::spec::{By, Evaluation, Examples};
use super::tally::FoldAnswer;
use crate::model::mmclip::Embeddings;
use crate::model::system::System;
use crate::train::evaluate::{Labelled, Outcome, best, k_shot_answers};
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;

impl Runner<'_> {
    /// The answers of one fold for each number of examples; `adapted_on` is how many samples of the target the model saw.
    pub(super) fn answer(
        &self,
        model: &System,
        of: &Evaluation,
        fold: &Fold,
        adapted_on: usize,
        seed: u64,
    ) -> Result<Vec<(usize, FoldAnswer)>, ExperimentError> {
        let pool = self.asked.tested(fold);
        let data = pool.dataset(&fold.test, &of.classes)?;
        let items: Vec<&Item> = fold.test.iter().map(|&i| &pool.items[i]).collect();
        let signal = self.seen(model, "test", &data)?;
        let choices = of.choices();
        let text = self.text(model, of)?;
        let tested = Labelled { embeddings: &signal.embeddings, labels: &data.labels };
        let elsewhere = match of.examples {
            Examples::Others if of.shots.iter().any(|&k| k > 0) => Some(self.labelled_elsewhere(model, of, fold)?),
            _ => None,
        };
        let left_out = fold.left_out.as_ref().map(|(_, value)| value.clone());
        let mut answers = Vec::new();
        for &shots in &of.shots {
            let (mut counted, mut given, mut recording_hits) = (Hits::default(), Given::default(), Hits::default());
            let mut count = |asked: &[usize], answers: &[usize]| {
                let items: Vec<&Item> = asked.iter().map(|&i| items[i]).collect();
                let truth: Vec<usize> = asked.iter().map(|&i| data.labels[i]).collect();
                counted.add(&Hits::of(&items, &truth, answers, (&choices, &of.merge)));
                given.add(&items, &truth, answers, &choices);
                Outcome::new(&choices, &truth, answers)
            };
            let (draws, recordings) = if shots == 0 {
                let scores = match of.adapt.as_ref().filter(|adaptation| adaptation.by == By::Regression) {
                    Some(adaptation) => self.scores_by_regression(model, (of, fold, adaptation), &signal.embeddings)?,
                    None => self.scores(&signal, text.as_ref(), of)?,
                };
                let all: Vec<usize> = (0..items.len()).collect();
                let windows = count(&all, &best(&scores))?;
                let recordings = by_recording(&items, &data.labels, &scores);
                for &(first, truth, answer) in &recordings {
                    given.add_recording(&first.recording, &choices[truth], &choices[answer]);
                    recording_hits.add(&Hits::of(&[first], &[truth], &[answer], (&choices, &of.merge)));
                }
                let (truth, answers): (Vec<usize>, Vec<usize>) =
                    recordings.iter().map(|&(_, truth, answer)| (truth, answer)).unzip();
                (vec![windows], Some(Outcome::new(&choices, &truth, &answers)?))
            } else {
                let examples = elsewhere.as_ref().map(|(embeddings, labels)| Labelled { embeddings, labels });
                // A query that shares a stretch of its recording with an example would have been seen.
                let overlaps = |a: usize, b: usize| items[a].overlaps(items[b]);
                let (from, queries) = match examples {
                    Some(examples) => (examples, Some(tested)),
                    None => (tested, None),
                };
                let config = few_shot_settings(of, shots, seed);
                let draws = k_shot_answers(from, queries, text.as_ref(), &of.classes, &config, &overlaps)?;
                let draws = draws.iter().map(|(draw, answers)| count(&draw.asked, answers));
                (draws.collect::<Result<_, _>>()?, None)
            };
            let draws: Vec<Outcome> = draws.iter().map(|draw| draw.merged(&of.merge)).collect();
            let recordings = recordings.map(|outcome: Outcome| outcome.merged(&of.merge));
            let (left_out, baseline, controls) = (left_out.clone(), None, Vec::new());
            answers.push((
                shots,
                FoldAnswer {
                    left_out,
                    adapted_on,
                    draws,
                    hits: counted,
                    given,
                    recordings,
                    recording_hits,
                    baseline,
                    controls,
                },
            ));
        }
        Ok(answers)
    }

    fn labelled_elsewhere(
        &self,
        model: &System,
        of: &Evaluation,
        fold: &Fold,
    ) -> Result<(Embeddings, Vec<usize>), ExperimentError> {
        let data = self.asked.target.dataset(&self.asked.examples_elsewhere(of, fold), &of.classes)?;
        Ok((self.seen(model, "examples", &data)?.embeddings, data.labels))
    }
}

/// A recording an answer: one of its windows, what it shows, and the label with the largest sum of scores over its windows.
fn by_recording<'a>(items: &[&'a Item], labels: &[usize], scores: &Array2<f64>) -> Vec<(&'a Item, usize, usize)> {
    let mut recordings: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        recordings.entry((&item.recording, labels[i])).or_default().push(i);
    }
    let mut sums = Array2::zeros((recordings.len(), scores.ncols()));
    for (mut sum, windows) in sums.outer_iter_mut().zip(recordings.values()) {
        windows.iter().for_each(|&i| sum += &scores.index_axis(Axis(0), i));
    }
    let answers = best(&sums);
    recordings.iter().zip(answers).map(|((&(_, label), windows), answer)| (items[windows[0]], label, answer)).collect()
}
