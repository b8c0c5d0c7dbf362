//! Answers without a network beside every question: what the level of a room gives away, and what a simple method makes of the views.
//!
//! ```text
//! looks.rs   the numbers of a window
//! ridge.rs   kernel ridge regression
//! ```

mod looks;
mod ridge;

use super::error::{ExperimentError, missing};
use super::fold::{Fold, few_shot_draws};
use super::hits::Hits;
use super::item::Item;
use super::pool::Pool;
use super::runner::{Pools, Runner};
use super::spec::{Controls, Evaluation, Examples, TestedOn};
use crate::train::evaluate::best;
use looks::Look;
use ndarray::{Array2, Axis, concatenate};
use ridge::{Lesson, Ridge};
use serde::Serialize;
use std::collections::HashMap;

/// What a control has learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LearntFrom {
    /// What the model was trained on.
    Training,
    /// The examples alone.
    Examples,
    /// Both; of every class, examples together weigh as much as the rest.
    Both,
}

/// How often a control was right.
#[derive(Clone, Debug, Serialize)]
pub struct ControlResult {
    /// What it looks at.
    pub look: String,
    /// Whether it sees no motion: what it is right about beyond chance is no motion in the result either.
    pub is_static: bool,
    /// What it has learnt from.
    pub learnt_from: LearntFrom,
    /// Share of right answers, a window an answer; the mean over seeds and draws.
    pub accuracy: f64,
    /// 95 % interval by recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_interval: Option<[f64; 2]>,
}

/// A control's answers in one fold.
#[derive(Clone, Debug)]
pub(super) struct ControlAnswer {
    look: Look,
    learnt_from: LearntFrom,
    hits: Hits,
}

impl ControlResult {
    /// Sums up the answers of all folds and seeds; a control that could not answer in one of them is left out.
    pub(super) fn sum_up<'a>(folds: impl Iterator<Item = &'a [ControlAnswer]> + Clone) -> Vec<Self> {
        let first = folds.clone().next().unwrap_or_default();
        let one = |of: &ControlAnswer| {
            let mut all = Hits::default();
            for answers in folds.clone() {
                let own = answers.iter().find(|a| (a.look, a.learnt_from) == (of.look, of.learnt_from))?;
                all.add(&own.hits);
            }
            Some(Self {
                look: of.look.name().into(),
                is_static: of.look.is_static(),
                learnt_from: of.learnt_from,
                accuracy: all.share(),
                accuracy_interval: all.interval(),
            })
        };
        first.iter().filter_map(one).collect()
    }
}

/// The numbers of every look at the samples of a pool; none where it cannot look.
type Numbers = [Option<Array2<f32>>; 3];

/// The numbers of all samples of an experiment.
pub(super) struct Looked {
    settings: Ridge,
    source: Option<Numbers>,
    target: Numbers,
    further: Option<Numbers>,
}

/// Where samples are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Source,
    Target,
    Further,
}

impl Looked {
    pub(super) fn new(controls: &Controls, pools: &Pools<'_>) -> Result<Self, ExperimentError> {
        let own_views = controls.chain.is_some();
        let of = |pool: &Pool, unscaled: Option<&Pool>| -> Result<Numbers, ExperimentError> {
            let order = unscaled.map(|unscaled| same_windows(pool, unscaled)).transpose()?;
            Ok(Look::ALL.map(|look| match (unscaled, &order) {
                _ if !look.is_static() => Some(look.of(pool)),
                (Some(unscaled), Some(order)) => Some(look.of(unscaled).select(Axis(0), order)),
                _ if own_views => None,
                _ => Some(look.of(pool)),
            }))
        };
        Ok(Self {
            settings: Ridge { width: controls.width, ridge: controls.ridge },
            source: pools.source.map(|pool| of(pool, None)).transpose()?,
            target: of(pools.target, pools.target_static)?,
            further: pools.further.map(|pool| of(pool, pools.further_static)).transpose()?,
        })
    }

    fn numbers(&self, place: Place, look: Look) -> Option<&Array2<f32>> {
        let numbers = match place {
            Place::Source => self.source.as_ref(),
            Place::Target => Some(&self.target),
            Place::Further => self.further.as_ref(),
        };
        numbers?[look as usize].as_ref()
    }
}

/// For each sample of a pool the place of the same window in another one.
fn same_windows(pool: &Pool, other: &Pool) -> Result<Vec<usize>, ExperimentError> {
    let key = |item: &Item| (item.recording.clone(), item.start_s.to_bits());
    let places: HashMap<_, usize> = other.items.iter().enumerate().map(|(i, item)| (key(item), i)).collect();
    let place = |item: &Item| {
        places.get(&key(item)).copied().ok_or_else(|| {
            let problem = format!(
                "its chain makes no window of recording {} at {} s, which the model's has: let max_gap_s be the same",
                item.recording, item.start_s
            );
            missing("controls.chain", problem)
        })
    };
    pool.items.iter().map(place).collect()
}

/// Samples to learn from: where, which, of which classes, and whether they are examples.
struct Learnt {
    place: Place,
    indices: Vec<usize>,
    labels: Vec<usize>,
    are_examples: bool,
}

impl Runner<'_> {
    /// The answers of all controls to a question.
    pub(super) fn control_answers(
        &self,
        looked: &Looked,
        of: &Evaluation,
        fold: &Fold,
        (shots, seed): (usize, u64),
    ) -> Result<Vec<ControlAnswer>, ExperimentError> {
        let choices = of.choices();
        let (place, pool) = match fold.tested_on {
            TestedOn::TestData => (Place::Further, self.asked.tested(fold)),
            TestedOn::Data => (Place::Target, self.asked.target),
        };
        let class = |pool: &Pool, i: usize| choices.iter().position(|choice| *choice == pool.items[i].label);
        let training = match &of.adapt {
            Some(adaptation) => {
                let indices = self.asked.learnt_indices(adaptation, &fold.left_out);
                Some((Place::Target, self.asked.target, indices))
            }
            None => self.source.map(|source| (Place::Source, source, self.source_indices("train", self.classes()))),
        };
        let training = training.map(|(place, pool, indices)| {
            let known: Vec<(usize, usize)> = indices.into_iter().filter_map(|i| Some((i, class(pool, i)?))).collect();
            let (indices, labels) = known.into_iter().unzip();
            Learnt { place, indices, labels, are_examples: false }
        });
        let training = training.filter(|training| !training.indices.is_empty());
        let truth: Vec<usize> = fold.test.iter().filter_map(|&i| class(pool, i)).collect();
        let mut answers = Vec::new();
        let mut answer =
            |look: Look, learnt_from, lessons: &[&Learnt], asked: &[usize]| -> Result<(), ExperimentError> {
                let queries: Vec<usize> = asked.iter().map(|&i| fold.test[i]).collect();
                let Some(scores) = looked.scores(look, lessons, (place, &queries), choices.len())? else {
                    return Ok(());
                };
                let truth: Vec<usize> = asked.iter().map(|&i| truth[i]).collect();
                let items: Vec<&Item> = queries.iter().map(|&i| &pool.items[i]).collect();
                let found = Hits::of(&items, &truth, &best(&scores), (&choices, &of.merge));
                match answers.iter_mut().find(|a: &&mut ControlAnswer| (a.look, a.learnt_from) == (look, learnt_from)) {
                    Some(known) => known.hits.add(&found),
                    None => answers.push(ControlAnswer { look, learnt_from, hits: found }),
                }
                Ok(())
            };
        if shots == 0 {
            let all: Vec<usize> = (0..fold.test.len()).collect();
            for look in Look::ALL {
                if let Some(training) = &training {
                    answer(look, LearntFrom::Training, &[training], &all)?;
                }
            }
            return Ok(answers);
        }
        let (example_place, example_pool, from) = match of.examples {
            Examples::Tested => (place, pool, fold.test.clone()),
            Examples::Others => (Place::Target, self.asked.target, self.asked.examples_elsewhere(of, fold)),
        };
        let labels: Vec<usize> = from.iter().filter_map(|&i| class(example_pool, i)).collect();
        let items: Vec<&Item> = fold.test.iter().map(|&i| &pool.items[i]).collect();
        for draw in few_shot_draws(of, shots, seed, &labels, &items)? {
            let indices: Vec<usize> = draw.support.iter().flatten().map(|&i| from[i]).collect();
            let classes = draw.support.iter().enumerate();
            let labels = classes.flat_map(|(class, support)| std::iter::repeat_n(class, support.len())).collect();
            let examples = Learnt { place: example_place, indices, labels, are_examples: true };
            for look in [Look::Mean, Look::Numbers] {
                answer(look, LearntFrom::Examples, &[&examples], &draw.asked)?;
                if let Some(training) = &training {
                    answer(look, LearntFrom::Both, &[training, &examples], &draw.asked)?;
                }
            }
        }
        Ok(answers)
    }
}

impl Looked {
    /// Scores of all classes; none where the look sees nothing of some of the samples.
    fn scores(
        &self,
        look: Look,
        lessons: &[&Learnt],
        (place, queries): (Place, &[usize]),
        classes: usize,
    ) -> Result<Option<Array2<f64>>, ExperimentError> {
        let Some(asked) = self.numbers(place, look) else { return Ok(None) };
        let of = |lesson: &&Learnt| Some(self.numbers(lesson.place, look)?.select(Axis(0), &lesson.indices));
        let Some(parts) = lessons.iter().map(of).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        let numbers =
            concatenate(Axis(0), &views).map_err(|e| missing("controls", format!("views of several sizes: {e}")))?;
        let labels: Vec<usize> = lessons.iter().flat_map(|lesson| lesson.labels.iter().copied()).collect();
        let weights = weights(lessons, classes);
        let lesson = Lesson { numbers: numbers.view(), labels: &labels, weights: &weights };
        Ok(Some(self.settings.scores(&lesson, asked.select(Axis(0), queries).view(), classes)?))
    }
}

/// Every class weighs the same, and within it examples as much as all other samples; the mean is 1.
fn weights(lessons: &[&Learnt], classes: usize) -> Vec<f64> {
    let count = |examples: bool, class: usize| {
        let own = lessons.iter().filter(|lesson| lesson.are_examples == examples);
        own.flat_map(|lesson| &lesson.labels).filter(|label| **label == class).count()
    };
    let counts: Vec<[usize; 2]> = (0..classes).map(|class| [count(false, class), count(true, class)]).collect();
    let weight = |class: usize, examples: bool| {
        let [others, own] = counts[class];
        let groups = usize::from(others > 0) + usize::from(own > 0);
        1.0 / (groups * if examples { own } else { others }).max(1) as f64
    };
    let all = lessons.iter().flat_map(|lesson| lesson.labels.iter().map(|&class| weight(class, lesson.are_examples)));
    let all: Vec<f64> = all.collect();
    let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
    all.into_iter().map(|w| w / mean).collect()
}
