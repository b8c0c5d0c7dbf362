//! Jobs as typed.

use super::JobError;
use super::text::TextSettings;
use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{CorpusReader, SampleRow};
use crate::model::system::ModelSpec;
use crate::model::wiswiss::WiSwissTask;
use crate::train::evaluate::{Scoring, ShotHead};
use crate::train::{Adapt, TrainConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Pre-training or fine-tuning: what begins, what it sees, how it learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainJob {
    /// Version of the format; 1.
    pub version: u32,
    /// Short name; names the run's folder.
    pub name: String,
    /// Checkpoint folder to go on from (fine-tuning); none: a new model of `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
    /// What a new model is made of; not together with `from`, whose model is what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelSpec>,
    /// With `from` a WiSwiss checkpoint: a new head on its backbone, for another task.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "Option<WiSwissTask>")]
    pub head: Option<WiSwissTask>,
    /// What it learns from; several are mixed by weight.
    pub sources: Vec<Selection>,
    /// Held-out samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Selection>,
    /// Labels that no source may show, whatever the sources say.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// The words.
    #[serde(default)]
    pub text: TextSettings,
    /// How it learns. What is left out has the published values: of pre-training for a new model, of fine-tuning (LoRA) for a
    /// checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<TrainConfig>,
}

/// Which samples of a corpus: all that meet every condition; an empty list is no condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The corpus' folder.
    pub corpus: PathBuf,
    /// Splits.
    #[serde(default)]
    pub split: Vec<String>,
    /// Sessions.
    #[serde(default)]
    pub session: Vec<String>,
    /// Labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Share of every batch relative to the other sources; counts in training only.
    #[serde(default = "one")]
    pub weight: f64,
    /// A list of `kinecho corpus dedup`: samples that are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<PathBuf>,
    /// Antennas whose subcarriers are the rows of the views, one antenna behind the other; for Doppler spectra in pre-training.
    #[serde(default = "one_antenna", skip_serializing_if = "is_one")]
    pub antennas: usize,
}

/// Questions to a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateJob {
    /// Version of the format; 1.
    pub version: u32,
    /// Short name; names the run's folder.
    pub name: String,
    /// Checkpoint folder.
    pub checkpoint: PathBuf,
    /// Folder of adapters that belong on the checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<PathBuf>,
    /// Samples that are classified.
    pub test: Selection,
    /// Labels to choose from: slugs of the vocabulary or, with `text.describe`, any label. Empty: those of the test samples.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The words.
    #[serde(default)]
    pub text: TextSettings,
    /// Labelled examples a class, from the test set itself: 0 asks by text alone.
    #[serde(default = "by_text")]
    pub shots: Vec<usize>,
    /// Draws of the examples for each k > 0.
    #[serde(default = "ten")]
    pub support_draws: usize,
    /// What answers from examples: `regression`, `regression_without_text` or the nearest `mean`.
    #[serde(default)]
    pub head: ShotHead,
    /// Share of the text in the prototypes of `head: mean`, 0 to 1.
    #[serde(default)]
    pub text_share: f64,
    /// Seed of the draws.
    #[serde(default)]
    pub seed: u64,
    /// What of the embeddings is compared when asked by text.
    #[serde(default = "attributes_alone")]
    pub text_scoring: Scoring,
    /// What of the embeddings is compared with examples.
    #[serde(default = "both")]
    pub example_scoring: Scoring,
}

fn one() -> f64 {
    1.0
}

fn one_antenna() -> usize {
    1
}

fn is_one(count: &usize) -> bool {
    *count == 1
}

fn ten() -> usize {
    10
}

fn by_text() -> Vec<usize> {
    vec![0]
}

pub(super) fn attributes_alone() -> Scoring {
    Scoring { class: 0.0, attributes: 1.0 }
}

pub(super) fn both() -> Scoring {
    Scoring { class: 1.0, attributes: 1.0 }
}

impl Selection {
    fn check(&self) -> Option<Problem> {
        let sound = self.weight > 0.0 && self.weight.is_finite();
        if self.antennas == 0 {
            return Some(Problem::new("antennas", "0; expected at least 1"));
        }
        (!sound).then(|| Problem::new("weight", format!("{}; expected above 0", self.weight)))
    }

    /// Refuses a condition that no sample of the corpus meets, for example a misspelt split: it was not meant so.
    pub(super) fn require(&self, reader: &CorpusReader, key: &str) -> Result<(), JobError> {
        match self.unmet(reader.rows()) {
            Some(problem) => {
                let Problem { key, message } = problem.under(key);
                Err(JobError::part(key, message))
            }
            None => Ok(()),
        }
    }

    fn unmet(&self, rows: &[SampleRow]) -> Option<Problem> {
        type Value = fn(&SampleRow) -> &String;
        let conditions: [(&str, &[String], Value); 3] = [
            ("split", &self.split, |row| &row.split),
            ("session", &self.session, |row| &row.session),
            ("labels", &self.labels, |row| &row.label),
        ];
        conditions.into_iter().find_map(|(key, asked, value)| {
            let wrong = asked.iter().find(|asked| !rows.iter().any(|row| value(row) == *asked))?;
            let there: std::collections::BTreeSet<&str> = rows.iter().map(|row| value(row).as_str()).collect();
            let there: Vec<&str> = there.into_iter().filter(|v| !v.is_empty()).collect();
            let there =
                if there.is_empty() { "none has one: leave the condition out".into() } else { there.join(", ") };
            Some(Problem::new(key, format!("no sample of {} has `{wrong}`; there are: {there}", self.corpus.display())))
        })
    }

    /// Whether a sample is meant.
    pub fn accepts(&self, row: &SampleRow) -> bool {
        let meets = |list: &[String], value: &str| list.is_empty() || list.iter().any(|v| v == value);
        meets(&self.split, &row.split) && meets(&self.session, &row.session) && meets(&self.labels, &row.label)
    }
}

/// The settings of fine-tuning with the keys that are given.
fn on_fine_tuning(given: &serde_yaml::Value) -> Result<TrainConfig, serde_yaml::Error> {
    let mut settings = serde_yaml::to_value(TrainConfig::fine_tune())?;
    for (key, value) in given.as_mapping().into_iter().flatten() {
        settings[key] = value.clone();
    }
    serde_yaml::from_value(settings)
}

fn head(version: u32, name: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if version != 1 {
        problems.push(Problem::new("version", format!("{version}; this program reads version 1")));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        problems.push(Problem::new("name", format!("`{name}`; expected letters, digits, _ and -")));
    }
    problems
}

/// Whether a document has a key, dotted.
fn is_typed(document: &Document, key: &str) -> bool {
    let mut parts = key.split('.');
    let first = parts.next().and_then(|part| document.value_of(part));
    parts.try_fold(first, |value, part| value.map(|value| value.get(part))).flatten().is_some()
}

/// Where the settings of a new model stand.
pub(super) fn model_key(spec: &ModelSpec) -> String {
    match spec {
        // mmCLIP's may stand without its name.
        ModelSpec::MmClip(_) => "model".into(),
        other => format!("model.{}", other.system()),
    }
}

impl TrainJob {
    /// Reads and checks a job.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let mut job: Self = document.typed()?;
        if let (Some(_), Some(_), Some(given)) = (&job.from, &job.train, document.value_of("train")) {
            let train = on_fine_tuning(given).map_err(|e| Problem::new("train", e.to_string()));
            job.train = Some(train.map_err(|problem| document.rejected(vec![problem]))?);
        }
        let mut problems = job.check();
        if is_typed(document, "model.mmclip") {
            for problem in &mut problems {
                if let Some(rest) = problem.key.strip_prefix("model.") {
                    problem.key = format!("model.mmclip.{rest}");
                }
            }
        }
        if let Some(ModelSpec::Classifier(_) | ModelSpec::WiSwiss(_)) = &job.model {
            // What would be without effect was meant otherwise.
            let of_text = ["text", "train.loss", "train.attribute_weight", "train.class_weight"];
            let message = "is about sentences, which this model does not look at: leave it out";
            let typed = of_text.into_iter().filter(|key| is_typed(document, key));
            problems.extend(typed.map(|key| Problem::new(key, message)));
        }
        if problems.is_empty() { Ok(job) } else { Err(document.rejected(problems)) }
    }

    /// All that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = head(self.version, &self.name);
        match (&self.from, &self.model) {
            (Some(_), Some(_)) => {
                problems.push(Problem::new("model", "stands beside `from`, whose checkpoint says what the model is"));
            }
            (None, None) => {
                let message = "is missing: say what a new model is made of, or `from` which checkpoint to go on";
                problems.push(Problem::new("model", message));
            }
            (None, Some(model)) => problems.extend(model.check().err().map(|e| e.problem().under(&model_key(model)))),
            (Some(_), None) => {}
        }
        if self.head.is_some() && self.from.is_none() {
            problems.push(Problem::new("head", "goes with `from`; a new model has its task in `model.wiswiss.task`"));
        }
        if self.head.is_some() && self.settings().adapt != Adapt::Full {
            let message = "a new head learns only where everything does: say `adapt: full` beside `head`";
            problems.push(Problem::new("train.adapt", message));
        }
        if self.sources.is_empty() {
            problems.push(Problem::new("sources", "none; expected at least one corpus"));
        }
        for (i, source) in self.sources.iter().enumerate() {
            problems.extend(source.check().map(|p| p.under(&format!("sources.{i}"))));
        }
        problems.extend(self.validation.iter().filter_map(Selection::check).map(|p| p.under("validation")));
        problems.extend(seed_problem("train.seed", self.settings().seed));
        problems.extend(self.settings().check().err().map(|e| e.problem().under("train")));
        problems
    }

    /// What is read: the sources, then the validation.
    pub(super) fn selections(&self) -> Vec<&Selection> {
        self.sources.iter().chain(&self.validation).collect()
    }

    /// How it learns, with the published settings where nothing is said.
    pub fn settings(&self) -> TrainConfig {
        match (&self.train, &self.from) {
            (Some(train), _) => train.clone(),
            (None, Some(_)) => TrainConfig::fine_tune(),
            (None, None) => TrainConfig::default(),
        }
    }
}

impl EvaluateJob {
    /// Reads and checks a job.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let job: Self = document.typed()?;
        let problems = job.check();
        if problems.is_empty() { Ok(job) } else { Err(document.rejected(problems)) }
    }

    /// All that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = head(self.version, &self.name);
        problems.extend(seed_problem("seed", self.seed));
        problems.extend(self.test.check().map(|p| p.under("test")));
        if self.shots.is_empty() || self.support_draws == 0 {
            problems.push(Problem::new("shots", "expected at least one number of shots and one draw"));
        }
        if !(0.0..=1.0).contains(&self.text_share) {
            problems.push(Problem::new("text_share", format!("{}; expected 0 to 1", self.text_share)));
        }
        if let Some(problem) = self.head.share_problem(self.text_share) {
            problems.push(Problem::new("text_share", problem));
        }
        for (key, scoring) in [("text_scoring", self.text_scoring), ("example_scoring", self.example_scoring)] {
            problems.extend(scoring.problem(true).map(|problem| Problem::new(key, problem)));
        }
        for (i, label) in self.labels.iter().enumerate() {
            if self.labels[..i].contains(label) {
                problems.push(Problem::new(format!("labels.{i}"), format!("`{label}` is there twice")));
            }
        }
        problems
    }
}
