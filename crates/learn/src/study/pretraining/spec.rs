//! A study of pre-training as typed.

use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{Holding, ImportConfig, Recipe};
use crate::model::wiswiss::{WiSwissConfig, WiSwissTask};
use crate::recording::DataSet;
use crate::study::dedup::DedupConfig;
use crate::study::experiment::{Filter, Group};
use crate::train::TrainConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A whole study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The model; its task is that of pre-training, `masked`.
    pub model: WiSwissConfig,
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

/// Samples of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Short name, unique among the sources.
    pub name: String,
    /// A data set, in `folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_set: Option<DataSet>,
    /// Where it is, below `data`; none: `data` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How its recordings become samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportConfig>,
    /// A corpus that is simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Box<Recipe>>,
    /// A corpus that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<PathBuf>,
    /// Radar points with joints beside them (MARS' `paired/*.npz`), in `folder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairMaps>,
    /// Radar points of a data set (`data_set: mars` or another one of points) as the same views, without joints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PairMaps>,
    /// Subjects whose recordings are taken; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Antennas whose subcarriers are the rows of the views.
    #[serde(default = "one")]
    pub antennas: usize,
    /// Share of the steps relative to the other sources; none: its number of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
}

/// How radar points become views `time_range_angle`: along the last axis azimuths, then elevations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairMaps {
    /// Frames of a view, up to that of the joints.
    pub frames: usize,
    /// Cells along range.
    pub ranges: usize,
    /// Cells along each angle.
    pub angles: usize,
    /// Where ranges begin and end, m.
    pub range_m: [f64; 2],
    /// Azimuths and elevations lie within ± this, degrees.
    pub widest_deg: f64,
    /// Only every n-th frame makes a sample.
    pub every: usize,
}

impl Default for PairMaps {
    fn default() -> Self {
        Self { frames: 4, ranges: 32, angles: 32, range_m: [0.6, 3.2], widest_deg: 45.0, every: 1 }
    }
}

/// What is made of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// How it learns.
    pub train: TrainConfig,
    /// Learning rate from random weights; none: the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scratch_learning_rate: Option<f64>,
}

/// One way of pre-training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub set: BTreeMap<String, serde_yaml::Value>,
}

fn one() -> usize {
    1
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
            if let Some(recipe) = &mut source.simulated {
                recipe.scene.beside(document.origin());
            }
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
        if !matches!(self.model.task, WiSwissTask::Masked(_)) {
            wrong("model.task".into(), "expected masked: what the backbone is fine-tuned to stands in `tasks`".into());
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
        }
        problems
    }

    fn trainings(&self) -> Vec<(String, &TrainConfig)> {
        let tasks = self.tasks.iter().enumerate().map(|(i, task)| (format!("tasks.{i}.train"), &task.train));
        std::iter::once(("pretrain".to_owned(), &self.pretrain)).chain(tasks).collect()
    }
}

impl SourceSpec {
    fn problems(&self, has_data: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let given = [self.data_set.is_some(), self.simulated.is_some(), self.corpus.is_some(), self.pairs.is_some()];
        if given.iter().filter(|there| **there).count() != 1 {
            problems.push(Problem::new("", "expected exactly one of `data_set`, `simulated`, `corpus` and `pairs`"));
        }
        if (self.data_set.is_some() || self.pairs.is_some()) && !has_data {
            problems.push(Problem::new("folder", "there is no `data` that it could be in: set it with --set data=DIR"));
        }
        match (self.data_set, &self.import) {
            (Some(set), _) if self.points.is_some() => {
                if Holding::of_data_set(set) != Holding::Points {
                    problems.push(Problem::new("data_set", format!("{} holds no points", set.name())));
                }
            }
            (Some(set), import) => {
                let import = import.clone().unwrap_or_default();
                problems.extend(import.problems(Holding::of_data_set(set)).into_iter().map(|p| p.under("import")));
            }
            (None, Some(_)) => problems.push(Problem::new("import", "goes with `data_set`")),
            (None, None) => {}
        }
        if self.antennas == 0 {
            problems.push(Problem::new("antennas", "0; expected at least 1"));
        }
        if let Some(weight) = self.weight.filter(|w| !(*w > 0.0 && w.is_finite())) {
            problems.push(Problem::new("weight", format!("{weight}; expected above 0")));
        }
        if self.points.is_some() && (self.data_set.is_none() || self.import.is_some()) {
            problems.push(Problem::new("points", "go with a `data_set` of points, and without `import`"));
        }
        if let Some(maps) = self.pairs.iter().chain(&self.points).next() {
            let sound = (1..=256).contains(&maps.frames)
                && (1..=512).contains(&maps.ranges)
                && (1..=512).contains(&maps.angles);
            let [near, far] = maps.range_m;
            if !sound
                || maps.every == 0
                || !(near >= 0.0 && near < far && far.is_finite())
                || !(maps.widest_deg > 0.0 && maps.widest_deg <= 90.0)
            {
                let message = "expected frames 1 to 256, ranges and angles 1 to 512, every 1 or more, range_m growing, widest_deg to 90";
                problems.push(Problem::new("pairs", message));
            }
        }
        problems
    }
}

impl TaskSpec {
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
        if !(0.0..1.0).contains(&self.validation) {
            wrong("validation", format!("{}; expected 0 to below 1", self.validation));
        }
        problems
    }
}
