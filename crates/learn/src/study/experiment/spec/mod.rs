//! An experiment as typed: what to simulate, what to adapt to, what to ask.

mod baseline;
mod older;
mod question;

pub use baseline::Baseline;
pub use question::{Adaptation, Choices, Evaluation, Examples, Filter, Group, Start, TestedOn};

use super::error::{ExperimentError, missing};
use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{Holding, ImportConfig, Recipe};
use crate::model::minilm;
use crate::model::mmclip::MmClipConfig;
use crate::recording::DataSet;
use crate::text::Vocabulary;
use crate::train::TrainConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Why crops of longer maps are refused.
const NO_CROPS: &str = "an experiment asks about the maps as they are made, which are longer than crops: leave it out, and crop by \
                        mmclip_loader of source.chain; jobs (pretrain, finetune) take it";

/// A whole experiment: pre-train on simulation, adapt, evaluate, with several seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Version of the format; 1.
    pub version: u32,
    /// Short name; names the run's folder.
    pub name: String,
    /// Heading of the report.
    pub title: String,
    /// What is asked and how it is answered, in a few sentences.
    #[serde(default)]
    pub summary: String,
    /// Folder of the recordings; set it with `--set data=DIR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Folder of further recordings in the same form; set it with `--set test_data=DIR`. Nothing is fitted on them: every evaluation
    /// is made on all of them as well, with the same models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<PathBuf>,
    /// What `test_data` is when it is another data set than the target; it is then cut and mapped like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_as: Option<Target>,
    /// Seeds of training: every number is reported as mean and spread over them.
    pub seeds: Vec<u64>,
    /// The simulated corpus of pre-training.
    pub source: Recipe,
    /// What the model is adapted to and tested on.
    pub target: Target,
    /// Classes (slugs) that neither pre-training nor any adaptation sees.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// The model.
    #[serde(default)]
    pub model: MmClipConfig,
    /// Pre-training on the simulated corpus.
    pub pretrain: TrainConfig,
    /// Adaptation to the target.
    pub adapt: TrainConfig,
    /// Other adaptations by name, for evaluations that ask for them (`adapt.with`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub adaptations: BTreeMap<String, TrainConfig>,
    /// The same experiment with changes, one whole run each; none: once as it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// A supervised model beside every question by text: it learns the labels of what the adaptation may see (of the simulation where
    /// there is none), from scratch. `classifier`, or `{model: {classifier: {…}}, train: {…}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// What is measured.
    pub evaluations: Vec<Evaluation>,
}

/// A run of the experiment with some values changed. Corpora whose recipes it does not change are shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Short name, unique in the experiment; names the folder of its runs.
    pub name: String,
    /// Heading in tables; the name without it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// New values by dotted key, as `--set` takes them.
    #[serde(default)]
    pub set: BTreeMap<String, serde_yaml::Value>,
}

/// The recordings that count; exactly one of `data_set`, `corpus` and `simulated`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Recordings of this data set, in `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_set: Option<DataSet>,
    /// How they are cut and what is made of them. Their maps must be those of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportConfig>,
    /// A corpus of recordings (`kinecho import`), from the working folder, as `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathBuf>,
    /// A second simulation, shifted against the first: a stand-in where no recordings are at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Recipe>,
}

/// Recordings of a target.
#[derive(Clone, Copy, Debug)]
pub enum Recorded<'a> {
    /// Of a data set, imported like this.
    DataSet(DataSet, &'a ImportConfig),
    /// Imported before.
    Corpus(&'a Path),
}

impl Target {
    /// Its recordings; none where it is simulated.
    pub fn recorded(&self) -> Option<Recorded<'_>> {
        static USUAL: LazyLock<ImportConfig> = LazyLock::new(ImportConfig::default);
        match (self.data_set, &self.corpus) {
            (Some(set), _) => Some(Recorded::DataSet(set, self.import.as_ref().unwrap_or(&USUAL))),
            (None, Some(corpus)) => Some(Recorded::Corpus(corpus)),
            (None, None) => None,
        }
    }

    /// What is wrong with it; `others` says what else there may be.
    fn problems(&self, key: &str, others: &str) -> Vec<Problem> {
        let given = [self.data_set.is_some(), self.corpus.is_some(), self.simulated.is_some()];
        let mut problems = Vec::new();
        if given.iter().filter(|there| **there).count() != 1 {
            problems.push(Problem::new(key, format!("expected exactly one of `data_set`, `corpus`{others}")));
        }
        if self.import.is_some() && self.data_set.is_none() {
            problems.push(Problem::new(format!("{key}.import"), "goes with `data_set`; a corpus is imported already"));
        }
        if let Some(Recorded::DataSet(set, import)) = self.recorded() {
            let found = import.problems(Holding::of_data_set(set));
            problems.extend(found.into_iter().map(|p| p.under("import").under(key)));
        }
        problems
    }
}

impl Experiment {
    /// What the further recordings are, as [`Target::recorded`] says it.
    pub fn further(&self) -> Option<Recorded<'_>> {
        match (&self.test_as, self.target.recorded()) {
            (Some(other), _) => other.recorded(),
            (None, Some(Recorded::DataSet(set, import))) => Some(Recorded::DataSet(set, import)),
            (None, _) => None,
        }
    }

    /// Reads and checks an experiment.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let document = &document.upgraded(older::upgrade, &older::NAMES)?;
        let mut experiment: Self = document.typed()?;
        let simulated = experiment.target.simulated.iter_mut();
        for recipe in std::iter::once(&mut experiment.source).chain(simulated) {
            recipe.scene.beside(document.origin());
        }
        let problems = experiment.check();
        if problems.is_empty() { Ok(experiment) } else { Err(document.rejected(problems)) }
    }

    /// The runs of an experiment: its variants, or itself.
    pub fn runs(document: &Document) -> Result<Vec<(Option<Variant>, Self)>, YamlError> {
        let experiment = Self::from_document(document)?;
        if experiment.variants.is_empty() {
            return Ok(vec![(None, experiment)]);
        }
        let with = |(i, variant): (usize, &Variant)| {
            let (mut changed, i) = (document.clone(), i.to_string());
            for (key, value) in &variant.set {
                changed.set_value(key, value, &["variants", &i, "set", key])?;
            }
            Ok((Some(variant.clone()), Self::from_document(&changed)?))
        };
        experiment.variants.iter().enumerate().map(with).collect()
    }

    /// All that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let (mut problems, mut further) = (Vec::new(), Vec::new());
        let mut wrong = |key: String, message: String| problems.push(Problem::new(key, message));
        if self.version != 1 {
            wrong("version".into(), format!("{}; this program reads version 1", self.version));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            wrong("name".into(), format!("`{}`; expected letters, digits, _ and -", self.name));
        }
        if self.seeds.is_empty() {
            wrong("seeds".into(), "none; expected at least one".into());
        }
        if let Some((i, seed)) = self.seeds.iter().enumerate().find(|(i, seed)| self.seeds[..*i].contains(seed)) {
            wrong(format!("seeds.{i}"), format!("{seed} again: it would give the same numbers, with no spread"));
        }
        let seeds = self.seeds.iter().enumerate().filter_map(|(i, &seed)| seed_problem(&format!("seeds.{i}"), seed));
        further.extend(seeds);
        further.extend(self.source.seed_problem().map(|p| p.under("source")));
        let second = self.target.simulated.as_ref().and_then(Recipe::seed_problem);
        further.extend(second.map(|p| p.under("target.simulated")));
        let planned = self.source.chain.planned();
        let looked_at = planned.iter().find(|(name, _)| self.model.maps.contains(name)).or(planned.first());
        if let Some((name, shape)) = looked_at {
            for (key, found, made) in
                [("rows", self.model.rows, shape.first()), ("columns", self.model.columns, shape.get(1))]
            {
                if made.is_some_and(|made| *made != found) {
                    wrong(
                        format!("model.{key}"),
                        format!("{found}, source.chain makes {name} with {}", made.unwrap_or(&0)),
                    );
                }
            }
        }
        if self.model.text_width != minilm::WIDTH {
            let message =
                format!("{}; sentences are embedded by MiniLM, {} wide", self.model.text_width, minilm::WIDTH);
            wrong("model.text_width".into(), message);
        }
        let target = &self.target;
        further.extend(target.problems("target", " and `simulated`"));
        let recorded = target.recorded();
        if matches!(recorded, Some(Recorded::DataSet(..))) && self.data.is_none() {
            wrong("data".into(), "is missing: name the folder of the recordings with --set data=DIR".into());
        }
        let import = |recorded| match recorded {
            Some(Recorded::DataSet(_, import)) => Some(import),
            _ => None,
        };
        if let (Some(import), Some(chain)) = (import(recorded), &self.source.chain.points)
            && import.point_maps() != Some(&chain.maps)
        {
            wrong(
                "target.import.chain.points.maps".into(),
                "differ from source.chain.points.maps: both sides need the same maps".into(),
            );
        }
        if let Some(other) = &self.test_as {
            further.extend(other.problems("test_as", ""));
            if other.simulated.is_some() {
                wrong(
                    "test_as.simulated".into(),
                    "further recordings are recorded; expected `data_set` or `corpus`".into(),
                );
            }
            if let (Some(one), Some(other)) = (import(recorded), import(other.recorded()))
                && one.point_maps() != other.point_maps()
            {
                wrong(
                    "test_as.import.chain.points.maps".into(),
                    "differ from those of the target: both sides need the same maps".into(),
                );
            }
        }
        if matches!(recorded, Some(Recorded::DataSet(..))) && self.source.chain.points.is_none() {
            wrong("source.chain".into(), "recorded points need `points`: dense heatmaps do not match them".into());
        }
        if self.test_data.is_some() && !matches!(self.further(), Some(Recorded::DataSet(..))) {
            wrong("test_data".into(), "is a folder of recordings: name their data set in test_as".into());
        }
        if self.test_as.is_some() && self.target.simulated.is_some() {
            wrong("test_as".into(), "goes with recordings: the target is simulated".into());
        }
        if self.data.is_some() && !matches!(recorded, Some(Recorded::DataSet(..))) {
            wrong("data".into(), "is a folder of recordings: name their data set in target.data_set".into());
        }
        if self.test_data.is_some() && self.target.simulated.is_some() {
            wrong("test_data".into(), "goes with recordings: the target is simulated".into());
        }
        let asks = |e: &&Evaluation| e.tested_on == Some(TestedOn::TestData);
        let is_corpus = self.test_as.as_ref().is_some_and(|other| other.corpus.is_some());
        if self.test_data.is_none()
            && !is_corpus
            && let Some(e) = self.evaluations.iter().find(asks)
        {
            let message = format!(
                "is missing: `{}` asks about these recordings; name their folder with --set test_data=DIR",
                e.name
            );
            wrong("test_data".into(), message);
        }
        let vocabulary = Vocabulary::with_data_sets();
        for (i, slug) in self.unseen.iter().enumerate().filter(|(_, s)| vocabulary.get(s).is_none()) {
            wrong(format!("unseen.{i}"), format!("`{slug}` is not in the vocabulary"));
        }
        for (i, variant) in self.variants.iter().enumerate() {
            if variant.name.is_empty() || !variant.name.chars().all(plain) {
                wrong(format!("variants.{i}.name"), format!("`{}`; expected letters, digits, _ and -", variant.name));
            }
            if variant.name == "corpora" {
                wrong(format!("variants.{i}.name"), "`corpora` is the folder of the corpora: take another".into());
            }
            if self.variants[..i].iter().any(|other| other.name == variant.name) {
                wrong(format!("variants.{i}.name"), format!("`{}` is taken", variant.name));
            }
        }
        problems.extend(further);
        let names: Vec<&str> = self.adaptations.keys().map(String::as_str).collect();
        for (i, e) in self.evaluations.iter().enumerate() {
            if self.evaluations[..i].iter().any(|other| other.name == e.name) {
                problems.push(Problem::new(format!("evaluations.{i}.name"), format!("`{}` is taken", e.name)));
            }
            let found = e.check(&names, !self.model.attributes.is_empty());
            problems.extend(found.into_iter().map(|p| p.under(&format!("evaluations.{i}"))));
        }
        if self.evaluations.is_empty() {
            problems.push(Problem::new("evaluations", "none; expected at least one"));
        }
        problems.extend(self.source.check().err().into_iter().flatten().map(|p| p.under("source")));
        if let Some(recipe) = &self.target.simulated {
            problems.extend(recipe.check().err().into_iter().flatten().map(|p| p.under("target.simulated")));
        }
        let baseline = self.baseline.iter().flat_map(Baseline::problems);
        problems.extend(baseline.map(|p| p.under("baseline")));
        problems.extend(self.model.check().err().map(|e| e.problem().under("model")));
        let named = self.adaptations.iter().map(|(name, config)| (format!("adaptations.{name}"), config));
        let all = [("pretrain".to_owned(), &self.pretrain), ("adapt".to_owned(), &self.adapt)].into_iter().chain(named);
        for (key, config) in all {
            if config.seed != 0 {
                let message = format!("{}; the `seeds` of the experiment decide: leave it out", config.seed);
                problems.push(Problem::new(format!("{key}.seed"), message));
            }
            if config.augment.mmclip_loader.is_some() {
                problems.push(Problem::new(format!("{key}.augment.mmclip_loader"), NO_CROPS));
            }
            if key != "pretrain" && config.early_stopping.is_some() {
                let message = "an adaptation has no validation set: leave it out";
                problems.push(Problem::new(format!("{key}.early_stopping"), message));
            }
            if config.label_smoothing.is_some() {
                let message = "is for classifiers: leave it out, or set it under baseline.train";
                problems.push(Problem::new(format!("{key}.label_smoothing"), message));
            }
            problems.extend(config.check().err().map(|e| e.problem().under(&key)));
        }
        problems
    }

    /// The settings of an adaptation.
    pub fn adaptation(&self, name: Option<&str>) -> &TrainConfig {
        name.and_then(|name| self.adaptations.get(name)).unwrap_or(&self.adapt)
    }

    /// Slugs of the classes that pre-training sees.
    pub fn seen(&self) -> Vec<String> {
        self.source.activity_slugs().into_iter().filter(|slug| !self.unseen.contains(slug)).collect()
    }

    /// All classes that occur: those of pre-training, then those to choose from.
    pub(super) fn classes(&self) -> Vec<String> {
        let mut classes = self.seen();
        for class in self.evaluations.iter().flat_map(Evaluation::choices) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        classes
    }

    /// All that a pre-trained model depends on, as text: runs of the same key share the model.
    pub fn pretraining_key(&self, seed: u64) -> Result<String, ExperimentError> {
        let Self { source, model, pretrain, .. } = self;
        serde_json::to_string(&(source, model, pretrain, self.seen(), self.classes(), seed))
            .map_err(|e| missing("pretrain", e.to_string()))
    }
}
