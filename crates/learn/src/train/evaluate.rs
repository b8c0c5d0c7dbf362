//! Zero-shot and few-shot recognition as pure functions of embeddings.

use super::TrainError;
use super::data::shuffled;
use crate::base::random::RandomTree;
use crate::model::mmclip::Embeddings;
use ndarray::{Array2, Array3, ArrayView1, Axis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much the two kinds of embedding count in a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
fn group_of<'a>(groups: &'a BTreeMap<String, Vec<String>>, class: &'a String) -> &'a String {
    groups.iter().find(|(_, members)| members.contains(class)).map_or(class, |(name, _)| name)
}

/// Settings of few-shot recognition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KShot {
    /// Support samples of each class.
    pub shots: usize,
    /// Draws of the support.
    pub repeats: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Share of the text in a class prototype, 0 (support only) to 1 (text only).
    pub text_share: f64,
    /// Weights of class and attribute embeddings.
    pub scoring: Scoring,
}

impl Default for KShot {
    fn default() -> Self {
        Self { shots: 5, repeats: 10, seed: 0, text_share: 0.0, scoring: Scoring::default() }
    }
}

/// Labelled embeddings.
#[derive(Clone, Copy)]
pub struct Labelled<'a> {
    /// Embeddings.
    pub embeddings: &'a Embeddings,
    /// Class of each.
    pub labels: &'a [usize],
}

/// Outcomes of several draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    /// Mean accuracy.
    pub mean: f64,
    /// Standard deviation of the accuracy over the draws (n − 1).
    pub deviation: f64,
    /// Each draw.
    pub outcomes: Vec<Outcome>,
}

/// Few-shot recognition by the nearest class prototype: the mean of the unit embeddings of `shots` support samples, mixed
/// with the text by `text_share`.
///
/// Support comes from `pool`. Queries are `queries`, or, without them, the rest of the pool, without those that `related` says
/// share something with a support sample (a stretch of the same recording): they would be as good as seen.
pub fn k_shot(
    pool: Labelled<'_>,
    queries: Option<Labelled<'_>>,
    text: Option<&Embeddings>,
    classes: &[String],
    config: &KShot,
    related: &dyn Fn(usize, usize) -> bool,
) -> Result<Repeated, TrainError> {
    let fail = |problem: String| Err(TrainError::data("k-shot", problem));
    if config.repeats == 0 || !(0.0..=1.0).contains(&config.text_share) {
        return fail(format!(
            "repeats {} and text_share {}: expected ≥ 1 and 0 to 1",
            config.repeats, config.text_share
        ));
    }
    if text.is_none() && (config.text_share > 0.0 || config.shots == 0) {
        return fail("text embeddings are needed for text_share above 0 or no shots".into());
    }
    if text.is_some_and(|t| t.len() != classes.len()) {
        return fail(format!("{} text embeddings for {} classes", text.map_or(0, Embeddings::len), classes.len()));
    }
    let members: Vec<Vec<usize>> =
        (0..classes.len()).map(|class| (0..pool.labels.len()).filter(|&i| pool.labels[i] == class).collect()).collect();
    if let Some(class) = members.iter().position(|m| m.len() < config.shots) {
        return fail(format!(
            "class {} has {} samples, {} shots asked for",
            classes[class],
            members[class].len(),
            config.shots
        ));
    }
    let tree = RandomTree::new(config.seed).subtree(config.shots as u64, "k-shot support");
    let mut outcomes = Vec::with_capacity(config.repeats);
    for repeat in 0..config.repeats {
        let key = tree.subtree(repeat as u64, "repeat");
        let support: Vec<Vec<usize>> = members
            .iter()
            .enumerate()
            .map(|(class, members)| {
                let mut chosen = shuffled(members.clone(), &mut key.stream(class as u64, "class"));
                chosen.truncate(config.shots);
                chosen
            })
            .collect();
        let prototypes = prototypes(pool.embeddings, &support, text, config);
        let outcome = match queries {
            Some(queries) => {
                let predicted = zero_shot(queries.embeddings, &prototypes, &config.scoring);
                Outcome::new(classes, queries.labels, &predicted)?
            }
            None => {
                let seen = |i: usize| support.iter().flatten().any(|&s| s == i || related(i, s));
                let rest: Vec<usize> = (0..pool.labels.len()).filter(|&i| !seen(i)).collect();
                if rest.is_empty() {
                    return fail(format!(
                        "with {} examples a class nothing is left to ask that shares no stretch of a recording with an example; ask \
                         for fewer, or add samples",
                        config.shots
                    ));
                }
                let truth: Vec<usize> = rest.iter().map(|&i| pool.labels[i]).collect();
                Outcome::new(classes, &truth, &zero_shot(&pool.embeddings.select(&rest), &prototypes, &config.scoring))?
            }
        };
        outcomes.push(outcome);
    }
    let (mean, deviation) = spread(&outcomes.iter().map(|o| o.accuracy).collect::<Vec<_>>());
    Ok(Repeated { mean, deviation, outcomes })
}

/// Mean and standard deviation (n − 1; 0 for a single value).
pub fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (mean, if values.len() > 1 { (square / (n - 1.0)).sqrt() } else { 0.0 })
}

fn prototypes(pool: &Embeddings, support: &[Vec<usize>], text: Option<&Embeddings>, config: &KShot) -> Embeddings {
    let (_, count, width) = pool.attributes.dim();
    let mut class = Array2::zeros((support.len(), width.max(pool.class.ncols())));
    let mut attributes = Array3::zeros((support.len(), count, width));
    let share = if config.shots == 0 { 1.0 } else { config.text_share } as f32;
    for (c, members) in support.iter().enumerate() {
        let each = (1.0 - share) / members.len().max(1) as f32;
        for &i in members {
            class.row_mut(c).scaled_add(each, &unit(pool.class.row(i)));
            for k in 0..count {
                let vector = unit(pool.attributes.index_axis(Axis(0), i).index_axis_move(Axis(0), k));
                attributes.index_axis_mut(Axis(0), c).index_axis_mut(Axis(0), k).scaled_add(each, &vector);
            }
        }
        if let Some(text) = text.filter(|_| share > 0.0) {
            class.row_mut(c).scaled_add(share, &unit(text.class.row(c)));
            for k in 0..count.min(text.attributes.dim().1) {
                let vector = unit(text.attributes.index_axis(Axis(0), c).index_axis_move(Axis(0), k));
                attributes.index_axis_mut(Axis(0), c).index_axis_mut(Axis(0), k).scaled_add(share, &vector);
            }
        }
    }
    Embeddings { attributes, class }
}

fn unit(vector: ArrayView1<'_, f32>) -> ndarray::Array1<f32> {
    let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    vector.mapv(|v| if norm > 0.0 { v / norm } else { 0.0 })
}
