//! Answers without a network beside every question: what the level of a room gives away, and what simple methods make of the views and of the
//! points that these were made of.

mod looks;

use super::counting::{Hits, harmonic};
use super::error::{ExperimentError, missing};
use super::fold::{Fold, few_shot_draws};
use super::item::Item;
use super::pool::Pool;
use super::runner::{Pools, Runner};
use super::spec::{Controls, Evaluation, Examples, Experiment, TestedOn, Yardstick};
use crate::train::evaluate::{Kernel, LOGISTIC_PENALTY, Lesson, balanced, best, logistic, ridge};
use looks::Look;
use ndarray::{Array2, Axis, concatenate};
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
    /// What the adaptation sees, and the simulation of all classes; of every class, the one weighs as much as the other.
    WithSimulation,
}

/// How a control answers from the numbers that it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Kernel ridge regression with a Gaussian kernel.
    KernelRidge,
    /// Logistic regression.
    Logistic,
}

impl Method {
    /// Its words.
    pub fn name(self) -> &'static str {
        match self {
            Self::KernelRidge => "kernel ridge regression",
            Self::Logistic => "logistic regression",
        }
    }
}

/// One way to look and to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Control {
    yardstick: Option<Yardstick>,
    look: Look,
    method: Method,
}

/// What an experiment has answered without a network.
fn controls_of(experiment: &Experiment) -> Vec<Control> {
    let mut all = Vec::new();
    for yardstick in &experiment.yardsticks {
        let (look, methods) = match yardstick {
            Yardstick::MapsRegression => (Look::Numbers, &[Method::Logistic][..]),
            Yardstick::HandFeatures => (Look::Points, &[Method::Logistic, Method::KernelRidge][..]),
        };
        all.extend(methods.iter().map(|&method| Control { yardstick: Some(*yardstick), look, method }));
    }
    if experiment.controls.is_some() {
        let looks = [Look::Start, Look::Mean, Look::Numbers];
        all.extend(looks.map(|look| Control { yardstick: None, look, method: Method::KernelRidge }));
    }
    all
}

/// How often a control was right.
#[derive(Clone, Debug, Serialize)]
pub struct ControlResult {
    /// The yardstick that it is; none of those of `controls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yardstick: Option<Yardstick>,
    /// How it answers.
    pub method: Method,
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
    /// Share on the classes that the adaptation did not see, choosing among all; none where it saw all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out_accuracy: Option<f64>,
    /// Share on the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_accuracy: Option<f64>,
    /// Harmonic mean of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harmonic_mean: Option<f64>,
}

/// A control's answers in one fold.
#[derive(Clone, Debug)]
pub(super) struct ControlAnswer {
    control: Control,
    learnt_from: LearntFrom,
    hits: Hits,
    /// Those on classes that the adaptation did not see, and the others.
    apart: [Hits; 2],
}

impl ControlResult {
    /// Sums up the answers of all folds and seeds; a control that could not answer in one of them is left out.
    pub(super) fn sum_up<'a>(folds: impl Iterator<Item = &'a [ControlAnswer]> + Clone) -> Vec<Self> {
        let first = folds.clone().next().unwrap_or_default();
        let one = |of: &ControlAnswer| {
            let (mut all, mut held, mut seen) = (Hits::default(), Hits::default(), Hits::default());
            for answers in folds.clone() {
                let own = answers.iter().find(|a| (a.control, a.learnt_from) == (of.control, of.learnt_from))?;
                all.add(&own.hits);
                held.add(&own.apart[0]);
                seen.add(&own.apart[1]);
            }
            let held_out_accuracy = held.some_share();
            let seen_accuracy = seen.some_share().filter(|_| held_out_accuracy.is_some());
            Some(Self {
                yardstick: of.control.yardstick,
                method: of.control.method,
                look: of.control.look.name().into(),
                is_static: of.control.look.is_static(),
                learnt_from: of.learnt_from,
                accuracy: all.share(),
                accuracy_interval: all.interval(),
                held_out_accuracy,
                seen_accuracy,
                harmonic_mean: held_out_accuracy.zip(seen_accuracy).map(harmonic),
            })
        };
        first.iter().filter_map(one).collect()
    }
}

/// The numbers of every look at the samples of a pool; none where it cannot look.
type Numbers = [Option<Array2<f32>>; Look::ALL.len()];

/// The numbers of all samples of an experiment.
pub(super) struct Looked {
    controls: Vec<Control>,
    settings: Controls,
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
    /// None where nothing is to be answered without a network.
    pub(super) fn new(experiment: &Experiment, pools: &Pools<'_>) -> Result<Option<Self>, ExperimentError> {
        let controls = controls_of(experiment);
        if controls.is_empty() {
            return Ok(None);
        }
        let settings = experiment.controls.clone().unwrap_or_default();
        let own_views = settings.chain.is_some();
        let of = |pool: &Pool, unscaled: Option<&Pool>| -> Result<Numbers, ExperimentError> {
            let order = unscaled.map(|unscaled| same_windows(pool, unscaled)).transpose()?;
            Ok(Look::ALL.map(|look| match (unscaled, &order) {
                _ if !controls.iter().any(|control| control.look == look) => None,
                _ if !look.is_static() => look.of(pool),
                (Some(unscaled), Some(order)) => look.of(unscaled).map(|numbers| numbers.select(Axis(0), order)),
                _ if own_views => None,
                _ => look.of(pool),
            }))
        };
        let source = pools.source.map(|pool| of(pool, None)).transpose()?;
        let target = of(pools.target, pools.target_static)?;
        let further = pools.further.map(|pool| of(pool, pools.further_static)).transpose()?;
        Ok(Some(Self { controls, settings, source, target, further }))
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
        let simulated = of.adapt.as_ref().and(self.source).map(|source| {
            let indices = self.source_indices("train", self.classes());
            let known: Vec<(usize, usize)> = indices.into_iter().filter_map(|i| Some((i, class(source, i)?))).collect();
            let (indices, labels) = known.into_iter().unzip();
            Learnt { place: Place::Source, indices, labels, are_examples: true }
        });
        let held = self.held_out(of);
        let truth: Vec<usize> = fold.test.iter().filter_map(|&i| class(pool, i)).collect();
        let mut answers = Vec::new();
        let mut answer =
            |control: Control, learnt_from, lessons: &[&Learnt], asked: &[usize]| -> Result<(), ExperimentError> {
                let queries: Vec<usize> = asked.iter().map(|&i| fold.test[i]).collect();
                let Some(scores) = looked.scores(control, lessons, (place, &queries), choices.len())? else {
                    return Ok(());
                };
                let truth: Vec<usize> = asked.iter().map(|&i| truth[i]).collect();
                let items: Vec<&Item> = queries.iter().map(|&i| &pool.items[i]).collect();
                let answered = best(&scores);
                let found = Hits::of(&items, &truth, &answered, (&choices, &of.merge));
                let part = |of_held: bool| {
                    let own = |&i: &usize| held.contains(&choices[truth[i]]) == of_held;
                    let places: Vec<usize> = (0..truth.len()).filter(own).collect();
                    let items: Vec<&Item> = places.iter().map(|&i| items[i]).collect();
                    let of_place = |all: &[usize]| places.iter().map(|&i| all[i]).collect::<Vec<_>>();
                    Hits::of(&items, &of_place(&truth), &of_place(&answered), (&choices, &of.merge))
                };
                let apart = [part(true), part(false)];
                let same = |a: &&mut ControlAnswer| (a.control, a.learnt_from) == (control, learnt_from);
                match answers.iter_mut().find(same) {
                    Some(known) => {
                        known.hits.add(&found);
                        known.apart.iter_mut().zip(&apart).for_each(|(all, own)| all.add(own));
                    }
                    None => answers.push(ControlAnswer { control, learnt_from, hits: found, apart }),
                }
                Ok(())
            };
        if shots == 0 {
            let all: Vec<usize> = (0..fold.test.len()).collect();
            for &control in &looked.controls {
                if let Some(training) = &training {
                    answer(control, LearntFrom::Training, &[training], &all)?;
                    if let (Some(simulated), Some(_)) = (&simulated, control.yardstick) {
                        answer(control, LearntFrom::WithSimulation, &[training, simulated], &all)?;
                    }
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
            for &control in looked.controls.iter().filter(|control| control.look != Look::Start) {
                answer(control, LearntFrom::Examples, &[&examples], &draw.asked)?;
                // A yardstick is what somebody would do who has the examples alone.
                if let (Some(training), None) = (&training, control.yardstick) {
                    answer(control, LearntFrom::Both, &[training, &examples], &draw.asked)?;
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
        control: Control,
        lessons: &[&Learnt],
        (place, queries): (Place, &[usize]),
        classes: usize,
    ) -> Result<Option<Array2<f64>>, ExperimentError> {
        let look = control.look;
        let Some(asked) = self.numbers(place, look) else { return Ok(None) };
        let of = |lesson: &&Learnt| Some(self.numbers(lesson.place, look)?.select(Axis(0), &lesson.indices));
        let Some(parts) = lessons.iter().map(of).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        let numbers =
            concatenate(Axis(0), &views).map_err(|e| missing("controls", format!("views of several sizes: {e}")))?;
        let labels: Vec<usize> = lessons.iter().flat_map(|lesson| lesson.labels.iter().copied()).collect();
        let groups: Vec<(&[usize], bool)> = lessons.iter().map(|l| (l.labels.as_slice(), l.are_examples)).collect();
        let weights = balanced(&groups, classes);
        let lesson = Lesson { numbers: numbers.view(), labels: &labels, weights: &weights };
        let queries = asked.select(Axis(0), queries);
        let Controls { width, ridge: penalty, .. } = self.settings;
        Ok(Some(match control.method {
            Method::KernelRidge => ridge((Kernel::Gaussian { width }, penalty), &lesson, queries.view(), classes)?,
            Method::Logistic => logistic((Kernel::Linear, LOGISTIC_PENALTY), &lesson, queries.view(), classes)?,
        }))
    }
}
