//! A supervised model beside the questions by text: what labels alone bring, without sentences and without simulation before them.

use super::answer::tested;
use super::error::ExperimentError;
use super::fold::{Fold, LeftOut};
use super::question::{Adaptation, Evaluation};
use super::results::share_of;
use super::run::Runner;
use crate::base::yaml::Problem;
use crate::model::classifier::ClassifierConfig;
use crate::model::system::{ModelSpec, System};
use crate::train::evaluate::{Outcome, best, spread};
use crate::train::{Dataset, Labels, Samples, Schedule, Source, TrainConfig, infer, logits};
use ndarray::Axis;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Which model, and how it learns. As typed: `classifier`, or the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// A classifier; views and classes follow from the data.
    pub model: ModelSpec,
    /// How it learns.
    pub train: TrainConfig,
}

impl Default for Baseline {
    fn default() -> Self {
        let train =
            TrainConfig { steps: 300, learning_rate: 1e-3, schedule: Schedule::Cosine, ..TrainConfig::default() };
        Self { model: ClassifierConfig::default().into(), train }
    }
}

impl<'de> Deserialize<'de> for Baseline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Typed)
    }
}

struct Typed;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    model: Option<ModelSpec>,
    train: Option<TrainConfig>,
}

impl<'de> Visitor<'de> for Typed {
    type Value = Baseline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`classifier`, or `model` and `train`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Baseline, E> {
        match name {
            "classifier" => Ok(Baseline::default()),
            other => Err(E::custom(format!("`{other}` is no baseline: expected classifier, or `model` and `train`"))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Baseline, A::Error> {
        let Full { model, train } = Full::deserialize(MapAccessDeserializer::new(map))?;
        let default = Baseline::default();
        Ok(Baseline { model: model.unwrap_or(default.model), train: train.unwrap_or(default.train) })
    }
}

impl Baseline {
    /// All that is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str| problems.push(Problem::new(key, message));
        if !matches!(self.model, ModelSpec::Classifier(_)) {
            wrong("model", "compares with sentences: a baseline is a classifier");
        }
        if self.train.seed != 0 {
            wrong("train.seed", "the `seeds` of the experiment decide: leave it out");
        }
        if self.train.early_stopping.is_some() {
            wrong("train.early_stopping", "a baseline has no validation set: leave it out");
        }
        problems.extend(self.model.check().err().map(|e| e.problem().under("model.classifier")));
        problems.extend(self.train.check().err().map(|e| e.problem().under("train")));
        problems
    }
}

/// A trained baseline and the labels that it knows.
#[derive(Clone)]
pub(super) struct Supervised {
    model: System,
    classes: Vec<String>,
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
    system: &'static str,
    known: usize,
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

impl Runner<'_> {
    /// The samples that the baseline of a question learns from, and their labels: those of the target that the adaptation may see, or the
    /// simulated ones where there is none.
    fn lesson(&self, adapt: Option<&Adaptation>, left_out: &LeftOut) -> Result<Dataset, ExperimentError> {
        let (pool, indices) = match adapt {
            Some(adaptation) => (self.asked.target, self.asked.adapt_indices(adaptation, left_out)),
            None => (self.source, self.source_indices("train", &self.wordings.prompts.classes)),
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
        let trained = self.phase(model, &config, (&sources, Labels::Names(&data.classes), None), &dir)?;
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
        let data = tested(&self.asked, fold).dataset(&fold.test, &of.classes)?;
        let scores = logits(&infer(&baseline.model, "test", &data, 0)?)?;
        let places: Vec<usize> = known.iter().map(|&(_, place)| place).collect();
        let answers: Vec<usize> = best(&scores.select(Axis(1), &places)).into_iter().map(|k| known[k].0).collect();
        // The tested classes are the first choices.
        let outcome = Outcome::new(&choices, &data.labels, &answers)?.merged(&of.merge);
        Ok(Some(BaselineAnswer { outcome, system: baseline.model.name(), known: known.len() }))
    }
}
