//! An experiment as typed: what to simulate, what to adapt to, what to ask.

mod baseline;
mod check;
mod controls;
mod older;
mod question;

pub use baseline::Baseline;
pub use controls::{Controls, Yardstick};
pub use question::{Adaptation, By, Choices, Evaluation, Examples, Filter, Group, Start, TestedOn};

use super::error::{ExperimentError, missing};
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{Holding, ImportConfig, Recipe};
use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use crate::model::mmclip::MmClipConfig;
use crate::model::system::ModelSpec;
use crate::recording::DataSet;
use crate::train::TrainConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Why crops of longer maps are refused.
const NO_CROPS: &str = "an experiment asks about the maps as they are made, which are longer than crops: leave it out, and crop by \
                        mmclip_loader of source.chain; jobs (pretrain, finetune) take it";

/// A whole experiment: pre-train on simulation, adapt, evaluate, with several seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The simulated corpus of pre-training; without it models learn from recordings alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Recipe>,
    /// What the model is adapted to and tested on.
    pub target: Target,
    /// Classes (slugs) that neither pre-training nor any adaptation sees.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// The model: `{classifier: {…}}`, `{mmclip: {…}}`, or the settings of mmCLIP alone.
    #[serde(default = "usual_model")]
    pub model: ModelSpec,
    /// Pre-training on the simulated corpus; there where `source` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrain: Option<TrainConfig>,
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
    /// Simple methods that every question is put to as well, each a line of its own; all of them where nothing is said.
    #[serde(default = "Yardstick::all")]
    pub yardsticks: Vec<Yardstick>,
    /// Answers without a network beside every question: by what shows no motion, and by simple numbers of the views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controls: Option<Controls>,
    /// What is measured.
    pub evaluations: Vec<Evaluation>,
}

fn usual_model() -> ModelSpec {
    MmClipConfig::default().into()
}

/// A run of the experiment with some values changed. Corpora whose recipes it does not change are shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Short name, unique in the experiment; names the folder of its runs.
    pub name: String,
    /// Heading in tables; the name without it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// New values by dotted key, as `--set` takes them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, serde_yaml::Value>,
}

/// The recordings that count; exactly one of `data_set`, `corpus` and `simulated`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
        for recipe in experiment.source.iter_mut().chain(simulated) {
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

    /// The settings of an adaptation.
    pub fn adaptation(&self, name: Option<&str>) -> &TrainConfig {
        name.and_then(|name| self.adaptations.get(name)).unwrap_or(&self.adapt)
    }

    /// Slugs of the classes that training sees: those of the simulation, or, without one, those that are asked about.
    pub fn seen(&self) -> Vec<String> {
        let all = match &self.source {
            Some(source) => source.activity_slugs(),
            None => self.asked_about(),
        };
        all.into_iter().filter(|slug| !self.unseen.contains(slug)).collect()
    }

    /// All classes that occur: those that training sees, then those to choose from.
    pub(super) fn classes(&self) -> Vec<String> {
        let mut classes = self.seen();
        for class in self.asked_about() {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        classes
    }

    /// The classes to choose from of all questions, each once.
    fn asked_about(&self) -> Vec<String> {
        let mut classes = Vec::new();
        for class in self.evaluations.iter().flat_map(Evaluation::choices) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        classes
    }

    /// Names of the views that the model looks at; none: all that there are.
    pub(super) fn looked_at(&self) -> Vec<String> {
        match &self.model {
            ModelSpec::MmClip(config) => config.maps.clone(),
            ModelSpec::Classifier(config) => config.views.iter().map(|view| view.name.clone()).collect(),
            ModelSpec::WiSwiss(config) => vec![config.view.clone()],
            ModelSpec::Beam(config) => {
                let sensors = config.modalities.iter().map(|m| m.sensor.name());
                std::iter::once("available").chain(sensors).map(str::to_owned).collect()
            }
            ModelSpec::CrossScene(config) => config.views().into_iter().map(str::to_owned).collect(),
            ModelSpec::RFusion(config) => {
                config.used().into_iter().flat_map(|m| config.views_of(m)).map(str::to_owned).collect()
            }
        }
    }

    /// The model on these views, with all that follows from them filled in.
    pub(super) fn fitted_model(&self, views: &[ViewInfo]) -> Result<ModelSpec, ModelError> {
        self.model.clone().fitted(views, self.classes().len())
    }

    /// All that a pre-trained model depends on, as text: runs of the same key share the model. None without pre-training.
    pub fn pretraining_key(&self, seed: u64) -> Result<Option<String>, ExperimentError> {
        let Self { source, model, pretrain, .. } = self;
        let (Some(source), Some(pretrain)) = (source, pretrain) else { return Ok(None) };
        serde_json::to_string(&(source, model, pretrain, self.seen(), self.classes(), seed))
            .map(Some)
            .map_err(|e| missing("pretrain", e.to_string()))
    }
}
