//! A study of transfer as typed.

use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::model::cross_scene::CrossSceneConfig;
use crate::model::system::ModelSpec;
use crate::study::experiment::{Filter, Group};
use crate::study::pretraining::SourceSpec;
use crate::train::TrainConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A whole study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferStudy {
    /// Version of the format; 1.
    pub version: u32,
    /// Short name; names the run's folder.
    pub name: String,
    /// Heading of the report.
    pub title: String,
    /// What is asked and how it is answered, in a few sentences.
    #[serde(default)]
    pub summary: String,
    /// Folder in which the `folder` of the samples is; set it with `--set data=DIR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Seeds: of weights, order and validation.
    pub seeds: Vec<u64>,
    /// The model, `{cross_scene: {…}}`.
    pub model: ModelSpec,
    /// The samples of all scenes.
    pub on: SourceSpec,
    /// From where to where.
    pub transfers: Vec<TransferTask>,
    /// Asks about every subject (session) of the target in turn, whom neither side of training shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_one_out: Option<Group>,
    /// Share of the recordings of each class of the source that decides which weights are kept; the target decides nothing.
    #[serde(default = "fifth")]
    pub validation: f64,
    /// Whether people may be on the side that learns and on the side that is asked.
    #[serde(default)]
    pub shared_people: bool,
    /// Whether recordings that are asked about may be shown without their labels before.
    #[serde(default)]
    pub transductive: bool,
    /// How models learn.
    pub train: TrainConfig,
    /// Ways to adapt, each a whole run.
    pub arms: Vec<TransferArm>,
    /// The arm that all others are tested against, by paired t-tests over tasks, seeds and groups left out.
    pub main: String,
}

/// From where to where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferTask {
    /// Short name, unique among the tasks.
    pub name: String,
    /// Heading of its row.
    pub title: String,
    /// Samples whose labels are learnt from.
    pub learn: Filter,
    /// Samples that are shown without labels.
    pub unlabelled: Filter,
    /// Samples that are asked about.
    pub test: Filter,
}

/// One way to adapt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferArm {
    /// Short name.
    pub name: String,
    /// What a reader is told.
    #[serde(default)]
    pub title: String,
    /// Changes to the study: dotted key → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, serde_yaml::Value>,
}

fn fifth() -> f64 {
    0.2
}

impl TransferStudy {
    /// Whether a document is such a study.
    pub fn is_meant(document: &Document) -> bool {
        document.value_of("transfers").is_some()
    }

    /// Reads and checks a study.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let mut study: Self = document.typed()?;
        study.on.for_each_recipe(&mut |recipe| recipe.scene.beside(document.origin()));
        let problems = study.problems();
        if problems.is_empty() { Ok(study) } else { Err(document.rejected(problems)) }
    }

    /// The study of each arm: its changes are made.
    pub fn runs(document: &Document) -> Result<Vec<(TransferArm, Self)>, YamlError> {
        let study = Self::from_document(document)?;
        let with = |(i, arm): (usize, &TransferArm)| {
            let (mut changed, i) = (document.clone(), i.to_string());
            for (key, value) in &arm.set {
                changed.set_value(key, value, &["arms", &i, "set", key])?;
            }
            Ok((arm.clone(), Self::from_document(&changed)?))
        };
        study.arms.iter().enumerate().map(with).collect()
    }

    /// What the model is made of; none of another system.
    pub(super) fn network(&self) -> Option<&CrossSceneConfig> {
        match &self.model {
            ModelSpec::CrossScene(config) => Some(config),
            _ => None,
        }
    }

    /// Whether training is shown samples without labels.
    pub(super) fn adapts(&self) -> bool {
        self.train.adaptation.as_ref().is_none_or(|of| !of.alignment.is_empty())
    }

    /// All that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: String, message: String| problems.push(Problem::new(key, message));
        let plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        if self.version != 1 {
            wrong("version".into(), format!("{}; this program reads version 1", self.version));
        }
        if !plain(&self.name) {
            wrong("name".into(), format!("`{}`; expected letters, digits, _ and -", self.name));
        }
        let counts = [("seeds", self.seeds.len()), ("transfers", self.transfers.len()), ("arms", self.arms.len())];
        for (key, _) in counts.into_iter().filter(|(_, count)| *count == 0) {
            wrong(key.into(), "none; expected at least one".into());
        }
        let names: [(&str, Vec<&String>); 2] = [
            ("transfers", self.transfers.iter().map(|t| &t.name).collect()),
            ("arms", self.arms.iter().map(|a| &a.name).collect()),
        ];
        for (list, names) in &names {
            for (i, name) in names.iter().enumerate() {
                if !plain(name) || names[..i].contains(name) {
                    let message = format!("`{name}`; expected letters, digits, _ and -, each once");
                    wrong(format!("{list}.{i}.name"), message);
                }
            }
        }
        if !names[1].1.contains(&&self.main) {
            wrong("main".into(), format!("`{}`; expected the name of an arm", self.main));
        }
        if self.network().is_none() {
            let message =
                format!("{}; expected cross_scene, which adapts to samples without labels", self.model.system());
            wrong("model".into(), message);
        }
        if !(0.0..1.0).contains(&self.validation) {
            wrong("validation".into(), format!("{}; expected 0 to below 1", self.validation));
        }
        if self.train.seed != 0 {
            wrong("train.seed".into(), "the `seeds` of the study decide: leave it out".into());
        }
        if self.on.pairs.is_some() || self.on.points.is_some() {
            wrong(
                "on".into(),
                "expected a corpus or recordings that become one: pairs and points have no classes".into(),
            );
        }
        for (i, seed) in self.seeds.iter().enumerate() {
            problems.extend(seed_problem(&format!("seeds.{i}"), *seed));
        }
        if let Some(config) = self.network() {
            problems.extend(config.check().err().map(|e| e.problem().under("model.cross_scene")));
        }
        problems.extend(self.train.check().err().map(|e| e.problem().under("train")));
        problems.extend(self.on.problems(self.data.is_some()).into_iter().map(|p| p.under("on")));
        for (i, task) in self.transfers.iter().enumerate() {
            for (key, filter) in [("learn", &task.learn), ("unlabelled", &task.unlabelled), ("test", &task.test)] {
                problems.extend(filter.problem().map(|p| p.under(&format!("transfers.{i}.{key}"))));
            }
        }
        problems
    }
}
