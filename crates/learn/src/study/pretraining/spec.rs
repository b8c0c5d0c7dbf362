//! A study of pre-training as typed.

use super::backbone::BackboneSpec;
use super::source::SourceSpec;
use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::model::rfusion::{Fusion, Modality, all_sets, set_name};
use crate::study::dedup::DedupConfig;
use crate::study::experiment::{Filter, Group};
use crate::train::TrainConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A whole study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PretrainingStudy {
    /// Version of the format; 1.
    pub version: u32,
    /// Short name; names the run's folder.
    pub name: String,
    /// Heading of the report.
    pub title: String,
    /// What is asked and how it is answered, in a few sentences.
    #[serde(default)]
    pub summary: String,
    /// Folder in which the `folder`s of sources and tasks are; set it with `--set data=DIR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Seeds: of weights, order, shares and examples.
    pub seeds: Vec<u64>,
    /// The model; its task is that of pre-training, `masked` of WiSwiss, `contrast` of RFusion.
    pub model: BackboneSpec,
    /// What it is pre-trained on, without labels.
    pub pretraining: Vec<SourceSpec>,
    /// How.
    pub pretrain: TrainConfig,
    /// How samples that say the same are found, which pre-training leaves out; none: nothing is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dedup: Option<DedupConfig>,
    /// What the backbone is fine-tuned to.
    pub tasks: Vec<TaskSpec>,
    /// Ways of pre-training, each a whole run.
    pub arms: Vec<Arm>,
}

/// What is made of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// Their labels.
    Classify,
    /// The joints of a person.
    Pose,
    /// Boxes of people in range and azimuth.
    Detect,
}

/// A task with labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    /// Short name, unique among the tasks.
    pub name: String,
    /// Heading of its table.
    pub title: String,
    /// Its samples.
    pub on: SourceSpec,
    /// What is made of them.
    pub head: Head,
    /// Samples that may be learnt from; with `leave_one_out` those of the other groups.
    #[serde(default)]
    pub learn: Filter,
    /// Samples that are asked about.
    #[serde(default)]
    pub test: Filter,
    /// Asks about every subject (session) in turn, learning from the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_one_out: Option<Group>,
    /// Shares of the labelled recordings that are learnt from, one after the other.
    #[serde(default)]
    pub fractions: Vec<f64>,
    /// Numbers of windows of each class, of what is asked about, that are learnt from besides all of `learn`; what shares no stretch with them is
    /// asked.
    #[serde(default)]
    pub shots: Vec<usize>,
    /// The same numbers, learnt from alone.
    #[serde(default)]
    pub shots_alone: Vec<usize>,
    /// Share of what may be learnt from that decides which weights are kept, of recordings of their own; with examples alone nothing does.
    #[serde(default = "fifth")]
    pub validation: f64,
    /// Of RFusion: the sets of kinds that are asked about, each by itself; none: all sets of the branches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<Vec<Modality>>,
    /// Of RFusion: whether each set has a model of its own, which sees nothing of other kinds, as published; else one model answers by all.
    #[serde(default)]
    pub apart: bool,
    /// Of RFusion: what joins the branches.
    #[serde(default)]
    pub fusion: Fusion,
    /// How it learns.
    pub train: TrainConfig,
    /// Learning rate from random weights; none: the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch_learning_rate: Option<f64>,
}

/// One way of pre-training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Short name.
    pub name: String,
    /// What a reader is told.
    #[serde(default)]
    pub title: String,
    /// Whether it is pre-trained at all.
    #[serde(default = "yes")]
    pub pretrained: bool,
    /// Changes to the study: dotted key → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, serde_yaml::Value>,
}

fn fifth() -> f64 {
    0.2
}

fn yes() -> bool {
    true
}

impl PretrainingStudy {
    /// Whether a document is such a study rather than an experiment.
    pub fn is_meant(document: &Document) -> bool {
        document.value_of("pretraining").is_some()
    }

    /// Reads and checks a study.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let mut study: Self = document.typed()?;
        let tasks = study.tasks.iter_mut().map(|task| &mut task.on);
        for source in study.pretraining.iter_mut().chain(tasks) {
            source.for_each_recipe(&mut |recipe| recipe.scene.beside(document.origin()));
        }
        let problems = study.problems();
        if problems.is_empty() { Ok(study) } else { Err(document.rejected(problems)) }
    }

    /// The study of each arm: its changes are made.
    pub fn runs(document: &Document) -> Result<Vec<(Arm, Self)>, YamlError> {
        let study = Self::from_document(document)?;
        let with = |(i, arm): (usize, &Arm)| {
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
        let counts = [
            ("seeds", self.seeds.len()),
            ("pretraining", self.pretraining.len()),
            ("tasks", self.tasks.len()),
            ("arms", self.arms.len()),
        ];
        for (key, _) in counts.into_iter().filter(|(_, count)| *count == 0) {
            wrong(key.into(), "none; expected at least one".into());
        }
        if let Some((key, expected)) = self.model.misplaced_task() {
            wrong(key.into(), format!("expected {expected}: what the backbone is fine-tuned to stands in `tasks`"));
        }
        let names: [(&str, Vec<&String>); 3] = [
            ("pretraining", self.pretraining.iter().map(|s| &s.name).collect()),
            ("tasks", self.tasks.iter().map(|t| &t.name).collect()),
            ("arms", self.arms.iter().map(|a| &a.name).collect()),
        ];
        for (list, names) in &names {
            for (i, name) in names.iter().enumerate() {
                if !plain(name) || names[..i].contains(name) {
                    wrong(
                        format!("{list}.{i}.name"),
                        format!("`{name}`; expected letters, digits, _ and -, each once"),
                    );
                }
            }
        }
        for (key, train) in self.trainings() {
            if train.seed != 0 {
                wrong(format!("{key}.seed"), "the `seeds` of the study decide: leave it out".into());
            }
        }
        for (i, seed) in self.seeds.iter().enumerate() {
            problems.extend(seed_problem(&format!("seeds.{i}"), *seed));
        }
        problems.extend(self.model.check().err().map(|e| e.problem().under("model")));
        for (key, train) in self.trainings() {
            problems.extend(train.check().err().map(|e| e.problem().under(&key)));
        }
        problems.extend(self.dedup.iter().flat_map(DedupConfig::problems).map(|p| p.under("dedup")));
        for (i, source) in self.pretraining.iter().enumerate() {
            problems
                .extend(source.problems(self.data.is_some()).into_iter().map(|p| p.under(&format!("pretraining.{i}"))));
        }
        for (i, task) in self.tasks.iter().enumerate() {
            problems.extend(task.problems(self.data.is_some()).into_iter().map(|p| p.under(&format!("tasks.{i}"))));
            problems.extend(task.misfit(&self.model).map(|p| p.under(&format!("tasks.{i}"))));
        }
        problems
    }

    fn trainings(&self) -> Vec<(String, &TrainConfig)> {
        let tasks = self.tasks.iter().enumerate().map(|(i, task)| (format!("tasks.{i}.train"), &task.train));
        std::iter::once(("pretrain".to_owned(), &self.pretrain)).chain(tasks).collect()
    }
}

impl TaskSpec {
    /// The sets of kinds that are asked about; none for a model that knows no kinds.
    pub(super) fn asked_sets(&self, model: &BackboneSpec) -> Vec<Vec<Modality>> {
        match model.rfusion() {
            Some(config) if self.sets.is_empty() => all_sets(&config.branches()),
            Some(_) => self.sets.clone(),
            None => Vec::new(),
        }
    }

    /// The kinds that occur in them.
    pub(super) fn asked_kinds(&self, model: &BackboneSpec) -> Vec<Modality> {
        let sets = self.asked_sets(model);
        Modality::ALL.into_iter().filter(|kind| sets.iter().any(|set| set.contains(kind))).collect()
    }

    /// What of it the model cannot do.
    fn misfit(&self, model: &BackboneSpec) -> Option<Problem> {
        let Some(config) = model.rfusion() else {
            let said = !self.sets.is_empty() || self.apart || self.fusion != Fusion::default();
            return said.then(|| Problem::new("sets", "and `apart` and `fusion` go with a model `rfusion`"));
        };
        if self.head != Head::Classify {
            return Some(Problem::new("head", "expected classify: rfusion has no other"));
        }
        let branches = config.branches();
        let wrong = |set: &&Vec<Modality>| {
            set.is_empty() || !set.windows(2).all(|p| p[0] < p[1]) || !set.iter().all(|kind| branches.contains(kind))
        };
        let sets = self.asked_sets(model);
        if let Some(set) = sets.iter().find(wrong) {
            let expected = format!("expected some of {} in this order", set_name(&branches));
            return Some(Problem::new("sets", format!("[{}]; {expected}", set_name(set))));
        }
        let whole = self.asked_kinds(model);
        let message = format!("expected {} among them, or `apart: true`", set_name(&whole));
        (!self.apart && !sets.contains(&whole)).then(|| Problem::new("sets", message))
    }

    fn problems(&self, has_data: bool) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.on.problems(has_data).into_iter().map(|p| p.under("on")).collect();
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(key, message));
        if self.fractions.is_empty() && self.shots.is_empty() && self.shots_alone.is_empty() {
            wrong("fractions", "none, nor `shots`, nor `shots_alone`: nothing is asked".into());
        }
        if let Some((i, f)) = self.fractions.iter().enumerate().find(|(_, f)| !(**f > 0.0 && **f <= 1.0)) {
            wrong(&format!("fractions.{i}"), format!("{f}; expected above 0, at most 1"));
        }
        if self.shots_alone.contains(&0) {
            wrong("shots_alone", "0 examples are nothing to learn from".into());
        }
        let examples = !self.shots.is_empty() || !self.shots_alone.is_empty();
        if examples && self.head != Head::Classify {
            wrong("shots", "are examples of classes, and the task has none".into());
        }
        if examples && self.leave_one_out.is_some() {
            wrong("shots", "stand beside `learn` and `test`; with leave_one_out ask for fractions".into());
        }
        if self.on.pairs.is_some() && self.head != Head::Pose {
            wrong("head", "expected pose: joints are what `pairs` have".into());
        }
        if self.on.data_set.is_some() && self.head != Head::Classify {
            wrong("head", "expected classify: recordings of a data set say nothing of joints and places".into());
        }
        if self.on.simulated.as_ref().is_some_and(|recipe| !recipe.truth) && self.head != Head::Classify {
            wrong("on.simulated.truth", "expected true: the task is about where people are".into());
        }
        for (key, filter) in [("learn", &self.learn), ("test", &self.test)] {
            problems.extend(filter.problem().map(|p| p.under(key)));
        }
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(key, message));
        if !(0.0..1.0).contains(&self.validation) {
            wrong("validation", format!("{}; expected 0 to below 1", self.validation));
        }
        problems
    }
}
