//! An experiment as typed: what to simulate, what to adapt to, what to ask.

use super::pool::Item;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::corpus::{ImportConfig, Recipe};
use crate::model::mmclip::MmClipConfig;
use crate::text::Vocabulary;
use crate::train::TrainConfig;
use crate::train::evaluate::Scoring;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

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
    /// What is measured.
    pub evaluations: Vec<Evaluation>,
}

/// The recordings that count; exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// RadHAR recordings in `data`, cut and mapped like this. Its maps must be those of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radhar: Option<ImportConfig>,
    /// A second simulation, shifted against the first: a stand-in where no recordings are at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Recipe>,
}

/// Which samples of the target: all that meet every condition; an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Sessions.
    pub session: Vec<String>,
    /// Subjects.
    pub subject: Vec<String>,
    /// Splits.
    pub split: Vec<String>,
}

/// One question to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Short name, unique in the experiment.
    pub name: String,
    /// Heading of its table.
    pub title: String,
    /// Adaptation before the test; none: the model as pre-trained on simulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<Adaptation>,
    /// Samples that are classified.
    pub test: Filter,
    /// Classes (slugs) to choose from; samples of other classes are left out.
    pub classes: Vec<String>,
    /// Labelled examples a class: 0 asks by text alone; k > 0 compares with the mean embedding of k examples.
    #[serde(default = "by_text")]
    pub shots: Vec<usize>,
    /// Draws of the examples, for each k > 0 and each seed.
    #[serde(default = "draws")]
    pub support_draws: usize,
    /// What of the embeddings is compared when asked by text. Default: the attributes alone, each with its own sentence. The
    /// class embedding (as published) has only ever met the classes of training and carries over worse to others.
    #[serde(default = "attributes_alone")]
    pub text_scoring: Scoring,
    /// What of the embeddings is compared with examples. Default: class embedding and attributes alike.
    #[serde(default = "class_and_attributes")]
    pub example_scoring: Scoring,
}

/// What an adaptation may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adaptation {
    /// Samples of the target that are trained on.
    pub on: Filter,
    /// Classes (slugs) kept from it, besides the experiment's unseen ones.
    #[serde(default)]
    pub hold_out: Vec<String>,
}

fn by_text() -> Vec<usize> {
    vec![0]
}

fn draws() -> usize {
    10
}

fn attributes_alone() -> Scoring {
    Scoring { class: 0.0, attributes: 1.0 }
}

fn class_and_attributes() -> Scoring {
    Scoring { class: 1.0, attributes: 1.0 }
}

impl Filter {
    /// Whether this sample is meant.
    pub fn accepts(&self, item: &Item) -> bool {
        let meets = |list: &[String], value: &str| list.is_empty() || list.iter().any(|v| v == value);
        meets(&self.session, &item.session) && meets(&self.subject, &item.subject) && meets(&self.split, &item.split)
    }
}

impl Experiment {
    /// Reads and checks an experiment.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let mut experiment: Self = document.typed()?;
        let simulated = experiment.target.simulated.iter_mut();
        for recipe in std::iter::once(&mut experiment.source).chain(simulated) {
            recipe.scene.beside(document.origin());
        }
        let problems = experiment.check();
        if problems.is_empty() { Ok(experiment) } else { Err(document.rejected(problems)) }
    }

    /// All that is wrong with it.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
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
        if self.target.radhar.is_some() == self.target.simulated.is_some() {
            wrong("target".into(), "expected exactly one of `radhar` and `simulated`".into());
        }
        if self.target.radhar.is_some() && self.data.is_none() {
            wrong("data".into(), "is missing: name the folder of the recordings with --set data=DIR".into());
        }
        if let (Some(import), Some(chain)) = (&self.target.radhar, &self.source.output.points)
            && import.maps != chain.maps
        {
            wrong(
                "target.radhar.maps".into(),
                "differ from source.output.points.maps: both sides need the same maps".into(),
            );
        }
        if self.target.radhar.is_some() && self.source.output.points.is_none() {
            wrong("source.output".into(), "recorded points need `points`: dense heatmaps do not match them".into());
        }
        let vocabulary = Vocabulary::with_data_sets();
        let mut known = |key: String, slugs: &[String]| {
            for (i, slug) in slugs.iter().enumerate().filter(|(_, s)| vocabulary.get(s).is_none()) {
                wrong(format!("{key}.{i}"), format!("`{slug}` is not in the vocabulary"));
            }
        };
        known("unseen".into(), &self.unseen);
        for (i, e) in self.evaluations.iter().enumerate() {
            known(format!("evaluations.{i}.classes"), &e.classes);
            if let Some(adaptation) = &e.adapt {
                known(format!("evaluations.{i}.adapt.hold_out"), &adaptation.hold_out);
            }
        }
        for (i, e) in self.evaluations.iter().enumerate() {
            let key = |field: &str| format!("evaluations.{i}.{field}");
            if e.classes.len() < 2 {
                problems.push(Problem::new(key("classes"), format!("{}; expected at least two", e.classes.len())));
            }
            if self.evaluations[..i].iter().any(|other| other.name == e.name) {
                problems.push(Problem::new(key("name"), format!("`{}` is taken", e.name)));
            }
            for (field, scoring) in [("text_scoring", e.text_scoring), ("example_scoring", e.example_scoring)] {
                let attributes = if self.model.attributes.is_empty() { 0.0 } else { scoring.attributes };
                let sound = |w: f64| w >= 0.0 && w.is_finite();
                if !(sound(scoring.class) && sound(attributes) && scoring.class + attributes > 0.0) {
                    let message = "nothing is compared: expected weights of 0 or more, at least one of them above 0 (a model \
                                   without attributes needs the class embedding)";
                    problems.push(Problem::new(key(field), message));
                }
            }
            if e.shots.is_empty() || e.support_draws == 0 {
                problems.push(Problem::new(key("shots"), "expected at least one number of shots and one draw"));
            }
        }
        if self.evaluations.is_empty() {
            problems.push(Problem::new("evaluations", "none; expected at least one"));
        }
        problems.extend(self.source.check().err().into_iter().flatten().map(|p| p.under("source")));
        if let Some(recipe) = &self.target.simulated {
            problems.extend(recipe.check().err().into_iter().flatten().map(|p| p.under("target.simulated")));
        }
        problems.extend(self.model.check().err().map(|e| Problem::new("model", e.to_string())));
        for (key, config) in [("pretrain", &self.pretrain), ("adapt", &self.adapt)] {
            problems.extend(config.check().err().map(|e| Problem::new(key, e.to_string())));
        }
        problems
    }

    /// Slugs of the classes that pre-training sees.
    pub fn seen(&self) -> Vec<String> {
        self.source.activity_slugs().into_iter().filter(|slug| !self.unseen.contains(slug)).collect()
    }
}
