//! A study of beam prediction as typed.

use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{Holding, ImportConfig};
use crate::model::beam::{BeamConfig, BeamTask};
use crate::recording::DataSet;
use crate::train::TrainConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A whole study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeamStudy {
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
    /// A corpus that is there, in place of recordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathBuf>,
    /// How recordings become sequences.
    #[serde(default)]
    pub import: ImportConfig,
    /// Scenarios that are taken; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
    /// Seeds: of the draw of passages, weights and order.
    pub seeds: Vec<u64>,
    /// Which passages are learnt from and asked about.
    #[serde(default)]
    pub split: BeamSplit,
    /// Share of the passages to learn from that stage II and the task see, 0 to 1, without 0; stage I sees all of them, sensor by sensor.
    #[serde(default = "whole")]
    pub aligned_share: f64,
    /// Whether there is a stage II; without, the experts are joined as they are.
    #[serde(default = "yes")]
    pub align: bool,
    /// The model, of stage I.
    pub model: BeamConfig,
    /// How each stage learns.
    pub stages: BeamStages,
    /// Changes to the study, each a whole run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<BeamArm>,
}

/// How each stage learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeamStages {
    /// Stage I, each sensor alone.
    pub alone: TrainConfig,
    /// Stage II, all of them.
    pub aligned: TrainConfig,
    /// The task network.
    pub predict: TrainConfig,
}

/// Which passages are learnt from: shares of all, drawn by the seed, or lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeamSplit {
    /// Share of the passages that is asked about, above 0.
    pub test: f64,
    /// Share of the passages that decides which weights are kept, above 0.
    pub validation: f64,
    /// Passages (sessions) that are asked about, in place of a share.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test_passages: Vec<String>,
    /// Passages that decide which weights are kept, in place of a share.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub validation_passages: Vec<String>,
    /// Passages that are learnt from, where others are named; none: the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub learn_passages: Vec<String>,
}

/// A change to the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeamArm {
    /// Short name.
    pub name: String,
    /// What a reader is told.
    #[serde(default)]
    pub title: String,
    /// Dotted key → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, serde_yaml::Value>,
}

fn whole() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

impl Default for BeamSplit {
    fn default() -> Self {
        Self {
            test: 0.2,
            validation: 0.1,
            test_passages: Vec::new(),
            validation_passages: Vec::new(),
            learn_passages: Vec::new(),
        }
    }
}

impl BeamSplit {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, share) in [("test", self.test), ("validation", self.validation)] {
            if !(share > 0.0 && share < 1.0) {
                problems.push(Problem::new(key, format!("{share}; expected above 0 and below 1")));
            }
        }
        if self.test + self.validation >= 1.0 {
            problems.push(Problem::new("validation", "with `test` leaves nothing to learn from"));
        }
        let lists = [
            ("test_passages", &self.test_passages),
            ("validation_passages", &self.validation_passages),
            ("learn_passages", &self.learn_passages),
        ];
        for (i, (key, list)) in lists.iter().enumerate() {
            for (other_key, other) in &lists[i + 1..] {
                if let Some(both) = list.iter().find(|passage| other.contains(passage)) {
                    let message = format!("{both} stands in {other_key} as well: a passage is never on two sides");
                    problems.push(Problem::new(*key, message));
                }
            }
        }
        if self.test_passages.is_empty() != self.validation_passages.is_empty() {
            problems.push(Problem::new("validation_passages", "and test_passages go together"));
        }
        if self.test_passages.is_empty() && !self.learn_passages.is_empty() {
            problems.push(Problem::new("learn_passages", "go with test_passages"));
        }
        problems
    }
}

impl BeamStudy {
    /// Whether a document is such a study.
    pub fn is_meant(document: &Document) -> bool {
        document.value_of("stages").is_some()
    }

    /// Reads and checks a study.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let study: Self = document.typed()?;
        let problems = study.problems();
        if problems.is_empty() { Ok(study) } else { Err(document.rejected(problems)) }
    }

    /// The study of each arm: its changes are made. Without arms the study itself.
    pub fn runs(document: &Document) -> Result<Vec<(BeamArm, Self)>, YamlError> {
        let study = Self::from_document(document)?;
        if study.arms.is_empty() {
            let alone = BeamArm { name: "study".into(), title: study.title.clone(), set: BTreeMap::new() };
            return Ok(vec![(alone, study)]);
        }
        let with = |(i, arm): (usize, &BeamArm)| {
            let (mut changed, i) = (document.clone(), i.to_string());
            for (key, value) in &arm.set {
                changed.set_value(key, value, &["arms", &i, "set", key])?;
            }
            Ok((arm.clone(), Self::from_document(&changed)?))
        };
        study.arms.iter().enumerate().map(with).collect()
    }

    /// All that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(key, message));
        let plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        if self.version != 1 {
            wrong("version", format!("{}; this program reads version 1", self.version));
        }
        if !plain(&self.name) {
            wrong("name", format!("`{}`; expected letters, digits, _ and -", self.name));
        }
        if self.data.is_some() == self.corpus.is_some() {
            wrong("data", "expected either `data` (set it with --set data=DIR) or `corpus`".into());
        }
        if self.seeds.is_empty() {
            wrong("seeds", "none; expected at least one".into());
        }
        if !(self.aligned_share > 0.0 && self.aligned_share <= 1.0) {
            wrong("aligned_share", format!("{}; expected above 0, at most 1", self.aligned_share));
        }
        if self.model.task != BeamTask::Unimodal {
            wrong("model.task", "expected unimodal, as by default: the stages set the tasks".into());
        }
        if self.model.modalities.is_empty() {
            wrong("model.modalities", "none; expected the sensors".into());
        }
        for (i, arm) in self.arms.iter().enumerate() {
            if !plain(&arm.name) || self.arms[..i].iter().any(|other| other.name == arm.name) {
                wrong(
                    &format!("arms.{i}.name"),
                    format!("`{}`; expected letters, digits, _ and -, each once", arm.name),
                );
            }
        }
        // Several sensors are what stage II looks at; stage I takes them one by one.
        let checked = self.model.with_task(BeamTask::Aligned).check();
        problems.extend(checked.err().map(|e| e.problem().under("model")));
        let stages = &self.stages;
        for (key, train) in [("alone", &stages.alone), ("aligned", &stages.aligned), ("predict", &stages.predict)] {
            problems.extend(train.check().err().map(|e| e.problem().under(&format!("stages.{key}"))));
            if train.seed != 0 {
                let message = "the `seeds` of the study decide: leave it out";
                problems.push(Problem::new(format!("stages.{key}.seed"), message));
            }
        }
        for (i, seed) in self.seeds.iter().enumerate() {
            problems.extend(seed_problem(&format!("seeds.{i}"), *seed));
        }
        problems.extend(self.split.problems().into_iter().map(|p| p.under("split")));
        if self.data.is_some() {
            problems.extend(
                self.import.problems(Holding::of_data_set(DataSet::DeepSense)).into_iter().map(|p| p.under("import")),
            );
        }
        problems
    }
}
