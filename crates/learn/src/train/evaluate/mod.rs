//! Zero-shot and few-shot recognition as pure functions of embeddings.

mod beams;
mod detection;
mod examples;
mod few_shot;
mod head;
mod nearest;
mod pose;
mod regression;

pub use beams::{
    BeamScores, CHALLENGE_DELTA, THRESHOLDS, best_beam, dba_by_thresholds, dba_of_challenge, power_loss_db, top_k,
};
pub use detection::{Detection, average_precision, detections, overlap};
pub(crate) use examples::numbers;
pub use few_shot::{Labelled, Repeated, k_shot, scores_by_examples};
pub(crate) use few_shot::{ShotDraw, k_shot_answers, shot_draws};
pub use head::{KShot, ShotHead};
pub use pose::PoseErrors;
pub(crate) use regression::{Kernel, LOGISTIC_PENALTY, Lesson, balanced, logistic, ridge};

use super::TrainError;
use crate::model::mmclip::Embeddings;
use ndarray::{Array2, ArrayView1, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much the two kinds of embedding count in a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scoring {
    /// Weight of the cosine of the class embeddings.
    pub class: f64,
    /// Weight of the mean cosine over the attributes.
    pub attributes: f64,
}

impl Scoring {
    /// Why nothing would be compared, if so.
    pub(crate) fn problem(&self, has_attributes: bool) -> Option<&'static str> {
        let sound = |weight: f64| weight >= 0.0 && weight.is_finite();
        let attributes = if has_attributes { self.attributes } else { 0.0 };
        (!(sound(self.class) && sound(self.attributes) && self.class + attributes > 0.0)).then_some(
            "nothing is compared: expected weights of 0 or more, at least one of them above 0 (a model without attributes \
             needs the class embedding)",
        )
    }
}

impl Default for Scoring {
    /// The class embedding alone, as published.
    fn default() -> Self {
        Self { class: 1.0, attributes: 0.0 }
    }
}

/// Score of every label for every sample.
///
/// # Shapes
/// `[sample, label]`.
pub fn scores(signal: &Embeddings, text: &Embeddings, scoring: &Scoring) -> Array2<f64> {
    let mut sum = Array2::zeros((signal.len(), text.len()));
    let mut add = |weight: f64, s: ndarray::ArrayView2<'_, f32>, t: ndarray::ArrayView2<'_, f32>| {
        for ((i, j), value) in sum.indexed_iter_mut() {
            *value += weight * cosine(s.row(i), t.row(j));
        }
    };
    if scoring.class != 0.0 {
        add(scoring.class, signal.class.view(), text.class.view());
    }
    let count = signal.attributes.dim().1.min(text.attributes.dim().1);
    if scoring.attributes != 0.0 {
        for k in 0..count {
            let (s, t) = (signal.attributes.index_axis(Axis(1), k), text.attributes.index_axis(Axis(1), k));
            add(scoring.attributes / count as f64, s, t);
        }
    }
    sum
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x), f64::from(y));
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    if aa == 0.0 || bb == 0.0 { 0.0 } else { ab / (aa * bb).sqrt() }
}

/// The best label for each sample: a function of the embeddings and nothing else. The first of equals wins.
pub fn zero_shot(signal: &Embeddings, text: &Embeddings, scoring: &Scoring) -> Vec<usize> {
    best(&scores(signal, text, scoring))
}

/// The label with the largest score for each sample; the first of equals.
pub fn best(scores: &Array2<f64>) -> Vec<usize> {
    let pick = |row: ArrayView1<'_, f64>| {
        row.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (i, &s)| if s > best.1 { (i, s) } else { best }).0
    };
    scores.outer_iter().map(pick).collect()
}

/// How well predictions meet the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Labels in the order of the matrix.
    pub classes: Vec<String>,
    /// Samples.
    pub samples: usize,
    /// Share of right predictions.
    pub accuracy: f64,
    /// Mean recall over the classes that occur.
    pub mean_recall: f64,
    /// Recall of each class; none where it does not occur.
    pub recall: Vec<Option<f64>>,
    /// `confusion[truth][prediction]`, counts.
    pub confusion: Vec<Vec<usize>>,
}

impl Outcome {
    /// Counts.
    pub fn new(classes: &[String], truth: &[usize], predicted: &[usize]) -> Result<Self, TrainError> {
        if truth.len() != predicted.len() {
            let sides = (("truth", truth.len()), ("predictions", predicted.len()));
            return Err(TrainError::mismatch("number of samples", sides.0, sides.1));
        }
        let n = classes.len();
        let mut confusion = vec![vec![0; n]; n];
        for (&t, &p) in truth.iter().zip(predicted) {
            if t >= n || p >= n {
                return Err(TrainError::data("evaluation", format!("label {} of {n} classes", t.max(p))));
            }
            confusion[t][p] += 1;
        }
        Ok(Self::of_counts(classes.to_vec(), confusion))
    }

    /// The same answers with classes put together: a prediction of any member of a group is right for all of its members.
    ///
    /// `groups` maps a new name to its members, which are classes; a group stands where its first member was. Members that are no
    /// classes are without effect.
    pub fn merged(&self, groups: &BTreeMap<String, Vec<String>>) -> Self {
        let mut classes: Vec<String> = Vec::new();
        let places: Vec<usize> = self
            .classes
            .iter()
            .map(|class| {
                let name = group_of(groups, class);
                classes.iter().position(|c| c == name).unwrap_or_else(|| {
                    classes.push(name.clone());
                    classes.len() - 1
                })
            })
            .collect();
        let mut confusion = vec![vec![0; classes.len()]; classes.len()];
        for (row, &t) in self.confusion.iter().zip(&places) {
            row.iter().zip(&places).for_each(|(count, &p)| confusion[t][p] += count);
        }
        Self::of_counts(classes, confusion)
    }

    /// All answers of several draws among the same classes.
    pub fn sum(draws: &[Self]) -> Self {
        let classes = draws.first().map(|d| d.classes.clone()).unwrap_or_default();
        let confusion = summed(classes.len(), draws.iter());
        Self::of_counts(classes, confusion)
    }

    fn of_counts(classes: Vec<String>, confusion: Vec<Vec<usize>>) -> Self {
        let samples: usize = confusion.iter().flatten().sum();
        let recall: Vec<Option<f64>> = confusion
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let total: usize = row.iter().sum();
                (total > 0).then(|| row[i] as f64 / total as f64)
            })
            .collect();
        let right: usize = (0..classes.len()).map(|i| confusion[i][i]).sum();
        let present: Vec<f64> = recall.iter().flatten().copied().collect();
        Self {
            classes,
            samples,
            accuracy: right as f64 / samples.max(1) as f64,
            mean_recall: present.iter().sum::<f64>() / present.len().max(1) as f64,
            recall,
            confusion,
        }
    }
}

/// `[truth][prediction]`, counts of all outcomes among the same `n` classes.
pub(crate) fn summed<'a>(n: usize, outcomes: impl Iterator<Item = &'a Outcome>) -> Vec<Vec<usize>> {
    let mut confusion = vec![vec![0; n]; n];
    for outcome in outcomes {
        for (sums, row) in confusion.iter_mut().zip(&outcome.confusion) {
            sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
    }
    confusion
}

/// The group that a class is in, or the class itself.
pub(crate) fn group_of<'a>(groups: &'a BTreeMap<String, Vec<String>>, class: &'a String) -> &'a String {
    groups.iter().find(|(_, members)| members.contains(class)).map_or(class, |(name, _)| name)
}

/// Mean and standard deviation (n − 1; 0 for a single value).
pub fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 })
}
