//! The vocabulary: which activities there are, their words, and which of them training never sees.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::describe::{describe, normalise};
use super::{Activity, DESCRIBED_ID_BASE, TextError};
use crate::base::names::nearest;
use crate::base::yaml::line_of;

pub use super::activity::ATTRIBUTES;

/// The version of the file format that this build reads.
const VERSION: u32 = 1;
const BUILTIN_YAML: &str = include_str!("../../../../prompts/activities.yaml");
/// Beside the sixty.
const FURTHER_YAML: [(&str, &str); 4] = [
    ("prompts/mars.yaml", include_str!("../../../../prompts/mars.yaml")),
    ("prompts/falls.yaml", include_str!("../../../../prompts/falls.yaml")),
    ("prompts/gestures.yaml", include_str!("../../../../prompts/gestures.yaml")),
    ("prompts/csi.yaml", include_str!("../../../../prompts/csi.yaml")),
];

static BUILTIN: LazyLock<Vocabulary> = LazyLock::new(|| {
    match Vocabulary::parse(BUILTIN_YAML, Path::new("prompts/activities.yaml")) {
        Ok(vocabulary) => vocabulary,
        // Part of the program, not input: a test reads it on every change.
        Err(error) => panic!("the embedded vocabulary is broken: {error}"),
    }
});

static WITH_DATA_SETS: LazyLock<Vocabulary> = LazyLock::new(|| {
    let extended = FURTHER_YAML.iter().try_fold(BUILTIN.clone(), |all, (name, yaml)| {
        Vocabulary::parse(yaml, Path::new(name)).and_then(|own| all.extended(&own))
    });
    match extended {
        Ok(vocabulary) => vocabulary,
        // As above: part of the program, and read by a test.
        Err(error) => panic!("the embedded vocabulary is broken: {error}"),
    }
});

/// A checked list of activities with its zero-shot groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    activities: Vec<Activity>,
    groups: BTreeMap<u8, Vec<u32>>,
    excluded: Vec<Excluded>,
    by_slug: HashMap<String, usize>,
    by_label: HashMap<String, usize>,
}

/// An id of the published label map that this vocabulary leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excluded {
    /// The id, which no activity may take.
    pub id: u32,
    /// Its label in the published map.
    pub label: String,
}

/// The file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    version: u32,
    #[serde(default)]
    groups: BTreeMap<u8, Vec<u32>>,
    activities: Vec<Activity>,
    #[serde(default)]
    excluded: Vec<Excluded>,
}

impl Vocabulary {
    /// The 60 activities that ship with the program, with three groups of ten unseen classes.
    ///
    /// ```
    /// use kinecho_corpus::text::Vocabulary;
    /// let vocabulary = Vocabulary::builtin();
    /// assert_eq!(vocabulary.activities().len(), 60);
    /// assert_eq!(vocabulary.unseen_group(2).len(), 10);
    /// assert_eq!(vocabulary.get("drink_water").map(|a| a.id), Some(7));
    /// ```
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The same, the classes of data sets that the sixty do not hold (`prompts/mars.yaml`, `prompts/csi.yaml`) falls (`prompts/falls.yaml`) and gestures (`prompts/gestures.yaml`). They are in
    /// no zero-shot group.
    pub fn with_data_sets() -> &'static Self {
        &WITH_DATA_SETS
    }

    /// This vocabulary and the activities of another, whose ids, slugs and labels must be new; the groups stay as they are.
    pub fn extended(&self, other: &Self) -> Result<Self, TextError> {
        let mut all = self.clone();
        for activity in &other.activities {
            let label = normalise(&activity.label);
            if self.by_id(activity.id).is_some()
                || self.get(&activity.slug).is_some()
                || self.by_label.contains_key(&label)
            {
                return Err(TextError::text(
                    0,
                    &activity.slug,
                    "is in the vocabulary already: id, slug and label must be new",
                ));
            }
            all.by_slug.insert(activity.slug.clone(), all.activities.len());
            all.by_label.insert(label, all.activities.len());
            all.activities.push(activity.clone());
        }
        Ok(all)
    }

    /// Reads a vocabulary file of the built-in file's form.
    pub fn read(path: &Path) -> Result<Self, TextError> {
        let yaml = std::fs::read_to_string(path).map_err(|source| TextError::Read { path: path.to_owned(), source })?;
        Self::parse(&yaml, path)
    }

    /// Reads a vocabulary from text; `origin` is the file to name in errors.
    pub fn parse(yaml: &str, origin: &Path) -> Result<Self, TextError> {
        let at = |line: usize, problem: String| TextError::File { path: origin.to_owned(), line, problem };
        let line = |path: &[&str]| line_of(yaml, path).unwrap_or(1);
        let typed: Typed = serde_yaml::from_str(yaml)
            .map_err(|error| at(error.location().map_or(1, |l| l.line()), error.to_string()))?;
        if typed.version != VERSION {
            let problem = format!("version {} is not known, expected {VERSION}", typed.version);
            return Err(at(line(&["version"]), problem));
        }
        if typed.activities.is_empty() {
            return Err(at(line(&["activities"]), "activities is empty, expected at least one".into()));
        }
        check(&typed).map_err(|fault| at(line(&fault.at.each_ref().map(String::as_str)), fault.problem))?;

        let by_slug = typed.activities.iter().enumerate().map(|(i, a)| (a.slug.clone(), i)).collect();
        let by_label = typed.activities.iter().enumerate().map(|(i, a)| (normalise(&a.label), i)).collect();
        let Typed { groups, activities, excluded, .. } = typed;
        Ok(Self { activities, groups, excluded, by_slug, by_label })
    }

    /// All activities in the order of the file.
    pub fn activities(&self) -> &[Activity] {
        &self.activities
    }

    /// Ids of the published label map that are left out.
    pub fn excluded(&self) -> &[Excluded] {
        &self.excluded
    }

    /// The numbers of the zero-shot groups.
    pub fn groups(&self) -> impl Iterator<Item = u8> + '_ {
        self.groups.keys().copied()
    }

    /// The activity with this slug.
    pub fn get(&self, slug: &str) -> Option<&Activity> {
        self.by_slug.get(slug).map(|&i| &self.activities[i])
    }

    /// The activity with this label; case, `_`, `-` and surrounding blanks do not matter.
    pub fn by_label(&self, label: &str) -> Option<&Activity> {
        self.by_label.get(&normalise(label)).map(|&i| &self.activities[i])
    }

    /// The activity with this id.
    pub fn by_id(&self, id: u32) -> Option<&Activity> {
        self.activities.iter().find(|a| a.id == id)
    }

    /// The activity with this slug or label, or an error that names the nearest slug.
    pub fn find(&self, name: &str) -> Result<&Activity, TextError> {
        self.get(name).or_else(|| self.by_label(name)).ok_or_else(|| TextError::UnknownActivity {
            name: name.to_owned(),
            size: self.activities.len(),
            hint: self.nearest_slug(name).map_or_else(String::new, |slug| format!(", did you mean {slug:?}?")),
        })
    }

    /// The activity with this slug or label; a label outside of the vocabulary is described by rule.
    pub fn find_or_describe(&self, name: &str) -> Result<Activity, TextError> {
        match self.get(name).or_else(|| self.by_label(name)) {
            Some(activity) => Ok(activity.clone()),
            None => Ok(describe(name)?.into_activity()),
        }
    }

    /// The classes that zero-shot group `group` holds out from training; empty for a group that does not exist.
    pub fn unseen_group(&self, group: u8) -> Vec<&Activity> {
        let ids = self.groups.get(&group).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|&id| self.by_id(id)).collect()
    }

    /// The classes that may be trained on when zero-shot group `group` is held out.
    pub fn seen_by_group(&self, group: u8) -> Vec<&Activity> {
        self.activities.iter().filter(|a| a.unseen_group != Some(group)).collect()
    }

    fn nearest_slug(&self, name: &str) -> Option<&str> {
        nearest(&normalise(name), self.activities.iter().map(|a| a.slug.as_str())).first().copied()
    }
}

/// Something inconsistent, and the keys that lead to what shows it.
struct Fault {
    at: [String; 3],
    problem: String,
}

impl Fault {
    /// A fault of the entry of number `place` in a list of the file.
    fn new(list: &str, place: usize, key: &str, problem: String) -> Self {
        Self { at: [list.to_owned(), place.to_string(), key.to_owned()], problem }
    }
}

fn check(typed: &Typed) -> Result<(), Fault> {
    let mut ids = HashMap::new();
    let mut slugs = HashMap::new();
    let mut labels = HashMap::new();
    for (place, activity) in typed.activities.iter().enumerate() {
        let id = activity.id;
        let fault = |key, problem| Err(Fault::new("activities", place, key, problem));
        if id >= DESCRIBED_ID_BASE {
            return fault("id", format!("id {id} is too large, expected less than {DESCRIBED_ID_BASE}"));
        }
        if let Some(other) = ids.insert(id, &activity.slug) {
            return fault("id", format!("id {id} is taken by {other:?} already, expected unique ids"));
        }
        if let Some(other) = slugs.insert(&activity.slug, id) {
            let problem = format!("slug {:?} is taken by id {other} already, expected unique slugs", activity.slug);
            return fault("slug", problem);
        }
        if let Some(other) = labels.insert(normalise(&activity.label), id) {
            let problem = format!("label {:?} is taken by id {other} already, expected unique labels", activity.label);
            return fault("label", problem);
        }
    }
    for (place, excluded) in typed.excluded.iter().enumerate() {
        if let Some(slug) = ids.get(&excluded.id) {
            let problem = format!("id {} is excluded and yet the id of {slug:?}", excluded.id);
            return Err(Fault::new("excluded", place, "id", problem));
        }
    }
    check_groups(typed)
}

/// Group lists and the activities' own `unseen_group` say the same, in both directions.
fn check_groups(typed: &Typed) -> Result<(), Fault> {
    for (&group, members) in &typed.groups {
        for (position, &id) in members.iter().enumerate() {
            let at = || ["groups".to_owned(), group.to_string(), position.to_string()];
            if members[..position].contains(&id) {
                return Err(Fault { at: at(), problem: format!("group {group} names id {id} twice") });
            }
            let Some(place) = typed.activities.iter().position(|a| a.id == id) else {
                let problem = format!("group {group} names id {id}, which is no activity of this file");
                return Err(Fault { at: at(), problem });
            };
            let activity = &typed.activities[place];
            if activity.unseen_group != Some(group) {
                let says = activity.unseen_group.map_or("none".to_owned(), |g| g.to_string());
                let problem = format!("{:?} is listed in group {group} and says unseen_group: {says}", activity.slug);
                return Err(Fault::new("activities", place, "unseen_group", problem));
            }
        }
    }
    for (place, activity) in typed.activities.iter().enumerate() {
        let Some(group) = activity.unseen_group else { continue };
        if !typed.groups.get(&group).is_some_and(|members| members.contains(&activity.id)) {
            let problem = format!(
                "{:?} says unseen_group: {group}, but `groups` does not list id {} there",
                activity.slug, activity.id
            );
            return Err(Fault::new("activities", place, "unseen_group", problem));
        }
    }
    Ok(())
}
