//! One fold of an evaluation, answered by one model.

use super::asked::Asked;
use super::error::ExperimentError;
use super::fold::Fold;
use super::item::Item;
use super::pool::Pool;
use super::runner::Runner;
use super::spec::{Evaluation, Examples, TestedOn};
use super::tally::FoldAnswer;
use crate::model::mmclip::{Embeddings, MmClip};
use crate::train::evaluate::{KShot, Labelled, Outcome, best, k_shot, scores};
use crate::train::{TrainError, embed};
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;

/// The samples that a fold is about.
pub(super) fn tested<'a>(asked: &Asked<'a>, fold: &Fold) -> &'a Pool {
    match (fold.tested_on, asked.further) {
        (TestedOn::TestData, Some(further)) => further,
        _ => asked.target,
    }
}

impl Runner<'_> {
    /// The answers of one fold for each number of examples; `adapted_on` is how many samples of the target the model saw.
    pub(super) fn answer(
        &self,
        model: &MmClip,
        of: &Evaluation,
        fold: &Fold,
        adapted_on: usize,
        seed: u64,
    ) -> Result<Vec<(usize, FoldAnswer)>, ExperimentError> {
        let pool = tested(&self.asked, fold);
        let data = pool.dataset(&fold.test, &of.classes)?;
        let items: Vec<&Item> = fold.test.iter().map(|&i| &pool.items[i]).collect();
        let signal = embed(model, "test", &data, 0)?;
        let choices = of.choices();
        let text = model.embed_texts(self.wordings.of(&choices, &of.wording)?.vectors.view())?;
        let tested = Labelled { embeddings: &signal, labels: &data.labels };
        let elsewhere = match of.examples {
            Examples::Others if of.shots.iter().any(|&k| k > 0) => Some(self.labelled_elsewhere(model, of, fold)?),
            _ => None,
        };
        let left_out = fold.left_out.as_ref().map(|(_, value)| value.clone());
        let mut answers = Vec::new();
        for &shots in &of.shots {
            let (draws, recordings) = if shots == 0 {
                let scores = scores(&signal, &text, &of.text_scoring);
                let windows = Outcome::new(&choices, &data.labels, &best(&scores))?;
                (vec![windows], Some(by_recording(&items, &data.labels, &scores, &choices)?))
            } else {
                let examples = elsewhere.as_ref().map(|(embeddings, labels)| Labelled { embeddings, labels });
                (few_shot(of, shots, seed, tested, examples, &text, &items)?, None)
            };
            let draws: Vec<Outcome> = draws.iter().map(|draw| draw.merged(&of.merge)).collect();
            let recordings = recordings.map(|outcome: Outcome| outcome.merged(&of.merge));
            answers.push((
                shots,
                FoldAnswer { left_out: left_out.clone(), adapted_on, draws, recordings, baseline: None },
            ));
        }
        Ok(answers)
    }

    fn labelled_elsewhere(
        &self,
        model: &MmClip,
        of: &Evaluation,
        fold: &Fold,
    ) -> Result<(Embeddings, Vec<usize>), ExperimentError> {
        let data = self.asked.target.dataset(&self.asked.examples_elsewhere(of, fold), &of.classes)?;
        Ok((embed(model, "examples", &data, 0)?, data.labels))
    }
}

fn few_shot(
    of: &Evaluation,
    shots: usize,
    seed: u64,
    tested: Labelled<'_>,
    elsewhere: Option<Labelled<'_>>,
    text: &Embeddings,
    items: &[&Item],
) -> Result<Vec<Outcome>, TrainError> {
    // A query that shares a stretch of its recording with an example would have been seen.
    let overlaps = |a: usize, b: usize| items[a].overlaps(items[b]);
    let config =
        KShot { shots, repeats: of.support_draws, seed, text_share: of.text_share, scoring: of.example_scoring };
    let (pool, queries) = match elsewhere {
        Some(examples) => (examples, Some(tested)),
        None => (tested, None),
    };
    Ok(k_shot(pool, queries, Some(text), &of.classes, &config, &overlaps)?.outcomes)
}

/// A recording an answer: the label with the largest sum of scores over its windows.
fn by_recording(
    items: &[&Item],
    labels: &[usize],
    scores: &Array2<f64>,
    choices: &[String],
) -> Result<Outcome, TrainError> {
    let mut recordings: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
    for (i, item) in items.iter().enumerate() {
        recordings.entry((&item.recording, labels[i])).or_default().push(i);
    }
    let mut sums = Array2::zeros((recordings.len(), choices.len()));
    for (mut sum, windows) in sums.outer_iter_mut().zip(recordings.values()) {
        windows.iter().for_each(|&i| sum += &scores.index_axis(Axis(0), i));
    }
    let truth: Vec<usize> = recordings.keys().map(|&(_, label)| label).collect();
    Outcome::new(choices, &truth, &best(&sums))
}
