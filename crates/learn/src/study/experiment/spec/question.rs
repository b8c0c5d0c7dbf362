//! What an experiment asks: which samples, after which adaptation, with which words and examples.

use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::study::experiment::item::Item;
use crate::text::{Vocabulary, describe};
use crate::train::evaluate::{Scoring, ShotHead};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which recordings were asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestedOn {
    /// The target's own.
    Data,
    /// The further ones, on which nothing was fitted.
    TestData,
}

/// Which samples of the target: all that meet every condition; an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Sessions.
    pub session: Vec<String>,
    /// Splits.
    pub split: Vec<String>,
    /// Subjects.
    pub subject: Vec<String>,
    /// Recordings by a draw from their names alone, percent from and to: `[0, 70]` and `[70, 100]` are two sides that are the same for every
    /// seed, and share people and places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn_percent: Option<[u8; 2]>,
}

/// What is left out of the adaptation and tested on, one value after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Recording sessions.
    Session,
    /// Subjects.
    Subject,
}

/// What a model is before it is adapted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The model that grew up on simulation.
    #[default]
    Pretrained,
    /// Random weights: the adaptation is all the training there is.
    Scratch,
    /// The model of another adaptation: recordings of one place, then those of another.
    After(Box<Adaptation>),
}

/// How a model is adapted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Its weights learn.
    #[default]
    Training,
    /// The model stays what it is; questions by text are answered by logistic regression on its embeddings, which learns from the samples that
    /// the adaptation may see and from the simulation of all labels to choose from. Every label weighs the same, and within it recordings as
    /// much as simulation: what only simulation knows is not forgotten.
    Regression,
}

/// What an adaptation may see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Adaptation {
    /// Samples of the target that are trained on.
    pub on: Filter,
    /// Classes (slugs) kept from it, besides the experiment's unseen ones.
    pub hold_out: Vec<String>,
    /// Name of the settings in `adaptations`; without it those of `adapt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// How.
    #[serde(skip_serializing_if = "By::is_training")]
    pub by: By,
    /// What it starts from.
    pub start: Start,
    /// Share of simulated samples in every batch, 0 to below 1 (mixed training). Held-out classes stay in them.
    pub source_share: f64,
}

impl By {
    fn is_training(&self) -> bool {
        *self == Self::Training
    }
}

impl Adaptation {
    /// This adaptation and those that it goes on from, the last one first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |adaptation| match &adaptation.start {
            Start::After(before) => Some(&**before),
            Start::Pretrained | Start::Scratch => None,
        })
    }

    /// All that is wrong with it.
    fn problems(&self, adaptations: &[&str], has_sentences: bool, has_source: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(key, message));
        let vocabulary = Vocabulary::with_data_sets();
        let unknown = |slug: &&String| has_sentences && vocabulary.get(slug).is_none();
        for (i, slug) in self.hold_out.iter().enumerate().filter(|(_, slug)| unknown(slug)) {
            wrong(&format!("hold_out.{i}"), format!("`{slug}` is not in the vocabulary"));
        }
        if let Some(name) = self.with.as_deref().filter(|name| !adaptations.contains(name)) {
            wrong("with", format!("`{name}` is none of the adaptations: {}", adaptations.join(", ")));
        }
        if !(0.0..1.0).contains(&self.source_share) {
            wrong("source_share", format!("{}; expected 0 to below 1", self.source_share));
        }
        if self.by == By::Regression {
            if self.with.is_some() || self.source_share > 0.0 {
                wrong("by", "`regression` trains no weights: leave `with` and `source_share` out".into());
            }
            if self.start == Start::Scratch {
                wrong("start", "`by: regression` needs a model that has learnt: expected pretrained or after".into());
            }
        }
        if !has_source && self.source_share > 0.0 {
            wrong("source_share", "mixes simulation in, and there is no `source`".into());
        }
        if !has_source && self.start == Start::Pretrained {
            wrong("start", "is a model that grew up on simulation, and there is no `source`: take scratch".into());
        }
        if let Start::After(before) = &self.start {
            let found = before.problems(adaptations, has_sentences, has_source);
            problems.extend(found.into_iter().map(|p| p.under("start.after")));
        }
        problems
    }
}

/// Labels to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choices {
    /// The classes that are tested.
    #[default]
    Classes,
    /// All activities of the vocabulary besides.
    Vocabulary,
    /// These slugs besides.
    And(Vec<String>),
}

/// Where the examples of few-shot recognition come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Examples {
    /// The tested samples themselves; what shares a stretch of a recording with an example is not asked.
    #[default]
    Tested,
    /// Samples that are not tested: other sessions, other subjects.
    Others,
}

/// One question to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Short name, unique in the experiment.
    pub name: String,
    /// Heading of its table.
    pub title: String,
    /// Adaptation before the test; none: the model as pre-trained on simulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapt: Option<Adaptation>,
    /// Makes the test once for every session (subject) of the tested samples, each time without it in the adaptation, and
    /// counts all answers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_one_out: Option<Group>,
    /// Samples that are classified.
    #[serde(default)]
    pub test: Filter,
    /// Which recordings are asked about; without it the target's own, and the further ones where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested_on: Option<TestedOn>,
    /// Classes (slugs) that are tested; samples of other classes are left out.
    pub classes: Vec<String>,
    /// Labels that count as one when answers are counted: new name → members, which may be labels that are only to choose from. The model
    /// is asked for all of them as before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub merge: BTreeMap<String, Vec<String>>,
    /// Labels to choose from.
    #[serde(default)]
    pub choices: Choices,
    /// Other words for classes: slug → label as a person would put it. The rule-based describer writes its sentences.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wording: BTreeMap<String, String>,
    /// Labelled examples a class: 0 asks by text alone; k > 0 by k examples.
    #[serde(default = "by_text")]
    pub shots: Vec<usize>,
    /// Where examples come from.
    #[serde(default)]
    pub examples: Examples,
    /// Draws of the examples, for each k > 0 and each seed.
    #[serde(default = "draws")]
    pub support_draws: usize,
    /// What answers from examples: `regression` (default) begins with what the text says and goes as far with the examples as these
    /// warrant, `regression_without_text`, or the nearest `mean`.
    #[serde(default)]
    pub head: ShotHead,
    /// Share of the text in what is compared with `head: mean`, 0 (examples alone) to 1.
    #[serde(default)]
    pub text_share: f64,
    /// What of the embeddings is compared when asked by text. Default: the attributes alone, each with its own sentence. The
    /// class embedding (as published) has only ever met the classes of training and carries over worse to others.
    #[serde(default = "attributes_alone")]
    pub text_scoring: Scoring,
    /// What of the embeddings is compared with examples. Default: class embedding and attributes alike.
    #[serde(default = "class_and_attributes")]
    pub example_scoring: Scoring,
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

impl Group {
    /// The value of a sample.
    pub fn of(self, item: &Item) -> &str {
        match self {
            Self::Session => &item.session,
            Self::Subject => &item.subject,
        }
    }

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Subject => "subject",
        }
    }
}

impl Filter {
    /// Whether a sample is meant.
    pub fn accepts(&self, item: &Item) -> bool {
        let meets = |list: &[String], value: &String| list.is_empty() || list.contains(value);
        meets(&self.session, &item.session)
            && meets(&self.split, &item.split)
            && meets(&self.subject, &item.subject)
            && self.drawn_percent.is_none_or(|[from, to]| {
                let draw = RandomTree::new(0).stream(0, &item.recording).random::<f64>() * 100.0;
                (f64::from(from)..f64::from(to)).contains(&draw)
            })
    }

    /// What is wrong with it.
    pub(in crate::study) fn problem(&self) -> Option<Problem> {
        let [from, to] = self.drawn_percent?;
        let expected = "expected two growing numbers of 0 to 100";
        (from >= to || to > 100).then(|| Problem::new("drawn_percent", format!("[{from}, {to}]; {expected}")))
    }
}

impl Evaluation {
    /// Slugs to choose from: the tested classes first.
    pub fn choices(&self) -> Vec<String> {
        let mut choices = self.classes.clone();
        let mut add = |slug: &String| {
            if !choices.contains(slug) {
                choices.push(slug.clone());
            }
        };
        match &self.choices {
            Choices::Classes => {}
            Choices::Vocabulary => Vocabulary::builtin().activities().iter().for_each(|a| add(&a.slug)),
            Choices::And(slugs) => slugs.iter().for_each(add),
        }
        choices
    }

    /// All that is wrong with it; `adaptations` are the names that it may ask for. The model may have no attributes, or know no sentences
    /// at all (none).
    pub(super) fn check(&self, adaptations: &[&str], has_attributes: Option<bool>, has_source: bool) -> Vec<Problem> {
        let has_sentences = has_attributes.is_some();
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(key, message));
        if let Some(problem) = self.test.problem() {
            wrong("test.drawn_percent", problem.message);
        }
        if self.classes.len() < 2 {
            wrong("classes", format!("{}; expected at least two", self.classes.len()));
        }
        if let Some((i, slug)) = self.classes.iter().enumerate().find(|(i, slug)| self.classes[..*i].contains(slug)) {
            wrong(&format!("classes.{i}"), format!("`{slug}` again"));
        }
        let vocabulary = Vocabulary::with_data_sets();
        let mut known = |key: &str, slugs: &[String]| {
            let unknown = |slug: &String| has_sentences && vocabulary.get(slug).is_none();
            for (i, slug) in slugs.iter().enumerate().filter(|(_, slug)| unknown(slug)) {
                wrong(&format!("{key}.{i}"), format!("`{slug}` is not in the vocabulary"));
            }
        };
        known("classes", &self.classes);
        if let Choices::And(slugs) = &self.choices {
            known("choices", slugs);
        }
        if !has_sentences {
            for (key, asked) in [
                ("choices", self.choices == Choices::Vocabulary),
                ("wording", !self.wording.is_empty()),
                ("text_share", self.text_share > 0.0),
            ] {
                if asked {
                    wrong(key, "is for models that read sentences, and this one knows labels by name alone".into());
                }
            }
        }
        if !has_source && self.adapt.is_none() {
            wrong("adapt", "is missing: there is no `source` that a model could have grown up on".into());
        }
        let choices = self.choices();
        let mut merged: Vec<&String> = Vec::new();
        for (name, members) in &self.merge {
            for member in members {
                if !choices.contains(member) {
                    wrong(&format!("merge.{name}"), format!("`{member}` is none of the labels to choose from"));
                }
                if merged.contains(&member) {
                    wrong(&format!("merge.{name}"), format!("`{member}` is in a group already"));
                }
                merged.push(member);
            }
        }
        if self.merge.keys().any(|name| choices.contains(name) && !merged.contains(&name)) {
            wrong("merge", "the name of a group is that of a label outside of it".into());
        }
        for (slug, label) in &self.wording {
            if !self.classes.contains(slug) {
                wrong(&format!("wording.{slug}"), "is none of the classes of the evaluation".into());
            }
            if let Err(error) = describe(label) {
                wrong(&format!("wording.{slug}"), error.to_string());
            }
        }
        for (field, scoring) in [("text_scoring", self.text_scoring), ("example_scoring", self.example_scoring)] {
            if let Some(problem) = has_attributes.and_then(|attributes| scoring.problem(attributes)) {
                wrong(field, problem.into());
            }
        }
        if self.shots.is_empty() || self.support_draws == 0 {
            wrong("shots", "expected at least one number of shots and one draw".into());
        }
        if !(0.0..=1.0).contains(&self.text_share) {
            wrong("text_share", format!("{}; expected 0 to 1", self.text_share));
        }
        if let Some(problem) = self.head.share_problem(self.text_share) {
            wrong("text_share", problem.into());
        }
        if self.shots.iter().any(|&k| k > 0) && self.choices != Choices::Classes {
            wrong("choices", "examples exist for the tested classes only: leave it out, or ask by text alone".into());
        }
        let adaptation = self.adapt.iter().flat_map(|a| a.problems(adaptations, has_sentences, has_source));
        problems.extend(adaptation.map(|p| p.under("adapt")));
        problems
    }
}
