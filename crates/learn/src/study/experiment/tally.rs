//! Answers of single folds, and how they are counted together.

use super::controls::ControlAnswer;
use super::counting::{Given, Hits};
use crate::train::evaluate::{Outcome, spread};
use serde::Serialize;

/// The answers of one fold with one seed.
pub(super) struct FoldAnswer {
    pub(super) left_out: Option<String>,
    pub(super) adapted_on: usize,
    /// One for each draw of the examples.
    pub(super) draws: Vec<Outcome>,
    /// All of them by recording.
    pub(super) hits: Hits,
    /// All of them by window and recording.
    pub(super) given: Given,
    /// A recording an answer.
    pub(super) recordings: Option<Outcome>,
    /// Whether each recording was answered right.
    pub(super) recording_hits: Hits,
    /// The baseline's.
    pub(super) baseline: Option<BaselineAnswer>,
    /// The controls'.
    pub(super) controls: Vec<ControlAnswer>,
}

/// What the baseline answered to a question.
#[derive(Clone, Debug, Serialize)]
pub struct BaselineResult {
    /// System of the baseline.
    pub system: String,
    /// Mean accuracy over the seeds, among the labels to choose from that it knows; it is wrong on samples of others.
    pub accuracy: f64,
    /// Standard deviation over the seeds (n − 1).
    pub accuracy_sd: f64,
    /// Accuracy of each seed, all its folds counted together.
    pub accuracy_by_seed: Vec<f64>,
    /// How many of the labels to choose from it has learnt; the least over the folds.
    pub known_classes: usize,
}

/// The answers of one fold.
#[derive(Clone)]
pub(super) struct BaselineAnswer {
    pub(super) outcome: Outcome,
    pub(super) system: &'static str,
    pub(super) known: usize,
}

impl BaselineResult {
    /// Sums up the answers of the seeds, each a list of folds; none where a fold has no answer.
    pub(super) fn sum_up(seeds: &[Vec<Option<&BaselineAnswer>>]) -> Option<Self> {
        let seeds: Vec<Vec<&BaselineAnswer>> =
            seeds.iter().map(|folds| folds.iter().copied().collect::<Option<Vec<_>>>()).collect::<Option<_>>()?;
        let first = *seeds.first()?.first()?;
        let accuracy_by_seed: Vec<f64> =
            seeds.iter().map(|folds| share_of(folds.iter().map(|answer| &answer.outcome))).collect();
        let (accuracy, accuracy_sd) = spread(&accuracy_by_seed);
        let known_classes = seeds.iter().flatten().map(|answer| answer.known).min().unwrap_or(0);
        Some(Self { system: first.system.into(), accuracy, accuracy_sd, accuracy_by_seed, known_classes })
    }
}

/// Share of right answers.
fn share_of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> f64 {
    share(counts(outcomes))
}

/// Right and all answers of outcomes.
pub(super) fn counts<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> (usize, usize) {
    outcomes.fold((0, 0), |(right, all), o| {
        let diagonal: usize = (0..o.classes.len()).map(|i| o.confusion[i][i]).sum();
        (right + diagonal, all + o.samples)
    })
}

pub(super) fn share((right, all): (usize, usize)) -> f64 {
    right as f64 / all.max(1) as f64
}

pub(super) fn mean_recall(confusion: &[Vec<usize>]) -> f64 {
    let totals = confusion.iter().map(|row| row.iter().sum::<usize>());
    let recalls: Vec<f64> = totals
        .enumerate()
        .filter(|&(_, total)| total > 0)
        .map(|(i, total)| confusion[i][i] as f64 / total as f64)
        .collect();
    spread(&recalls).0
}
