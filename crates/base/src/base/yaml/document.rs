//! A YAML text as typed, the changes that were made to it, and where each of its values came from.

use super::places::Places;
use super::shipped;
use super::upgrade::{Upgrade, UpgradeFn};
use super::words::unreadable;
use super::{Place, Problem, YamlError, typed_text, typed_value};
use serde::de::DeserializeOwned;
use serde_yaml::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A YAML text, where it came from, and the changes asked for by other files and on the command line.
#[derive(Clone, Debug)]
pub struct Document {
    source: Arc<Source>,
    value: Value,
    changes: Vec<Change>,
    /// How a document of older keys gets the newer ones, where it has some.
    upgrade: Option<Upgrade>,
}

/// A text and its file.
#[derive(Debug)]
struct Source {
    origin: PathBuf,
    text: String,
    value: Value,
    /// Whether maps are merged (`<<`) into others: then only the value has all keys, not the text.
    merged: bool,
}

impl Source {
    /// The typed form of the text. Its numbers may be taken for texts, which those of the value may not.
    fn typed<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        typed_text(&self.text).map_err(|(problem, noticed)| {
            let (line, _) = Places::of(&self.text).find(&keys(&problem.key));
            // The parser says where the value around begins: right only where the value itself is not known.
            YamlError::in_file(&self.origin, vec![(line.or(noticed), problem)])
        })
    }

    fn place<S: AsRef<str>>(&self, path: &[S]) -> (Place, bool) {
        let (line, exact) = Places::of(&self.text).find(path);
        (Place::File { path: self.origin.clone(), line }, exact)
    }
}

/// A value that was put in place of another.
#[derive(Clone, Debug)]
struct Change {
    path: Vec<String>,
    value: Value,
    assignment: String,
    by: By,
}

/// Who made a change.
#[derive(Clone, Debug)]
enum By {
    /// `--set`.
    Argument,
    /// A file that is based on this one, at these keys.
    File(Arc<Source>, Vec<String>),
    /// The document itself, at these keys.
    Itself(Vec<String>),
}

impl Change {
    fn told(&self) -> String {
        match &self.by {
            By::File(source, _) => format!("{} of {}", self.assignment, source.origin.display()),
            By::Argument => format!("--set {}", self.assignment),
            By::Itself(at) => format!("{} of {}", self.assignment, at.join(".")),
        }
    }
}

/// A file that stands for another with changes.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Based {
    based_on: PathBuf,
    #[serde(default)]
    set: std::collections::BTreeMap<String, Value>,
}

impl Document {
    /// Reads a file, or that of its name which comes with the program ([`super::ship`]) where there is none.
    pub fn read(path: &Path) -> Result<Self, YamlError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(source) => match shipped::text(path).filter(|_| source.kind() == std::io::ErrorKind::NotFound) {
                Some(text) => Self::parse(text, path),
                None => Err(YamlError::Read { path: path.to_owned(), source }),
            },
        }
    }

    /// Takes a text that is already in memory; `origin` is what errors call it.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, YamlError> {
        // Some editors begin a text with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let fail = |e: serde_yaml::Error| unreadable(text, origin, &e);
        let mut value: Value = serde_yaml::from_str(text).map_err(fail)?;
        let merged = has_merges(&value);
        if merged {
            value.apply_merge().map_err(fail)?;
        }
        let source = Source { origin: origin.to_owned(), text: text.to_owned(), value: value.clone(), merged };
        Ok(Self { source: Arc::new(source), value, changes: Vec::new(), upgrade: None })
    }

    /// The document that this one is based on, with its changes; this one itself where it is based on none.
    ///
    /// A file of `based_on: OTHER.yaml` (relative to itself) and `set:` (dotted keys to values) stands for the other file with
    /// these values; what the other names relative to itself stays so.
    ///
    /// # Errors
    /// The other file cannot be read, a key does not fit, or there are more than eight files in a row (or a circle).
    pub fn resolved(self) -> Result<Self, YamlError> {
        self.resolved_within(8)
    }

    fn resolved_within(self, files: usize) -> Result<Self, YamlError> {
        if self.value.get("based_on").is_none() {
            return Ok(self);
        }
        if files == 0 {
            let problem = Problem::new("based_on", "more than eight files in a row; is one based on itself?");
            return Err(self.rejected(vec![problem]));
        }
        let based: Based = self.typed()?;
        let origin = self.origin();
        let beside = origin.parent().map_or_else(|| based.based_on.clone(), |dir| dir.join(&based.based_on));
        let mut base = Self::read(&beside)?.resolved_within(files - 1)?;
        for (key, value) in &based.set {
            let at = vec!["set".to_owned(), key.clone()];
            base.change(key, value, By::File(self.source.clone(), at.clone())).map_err(|message| {
                let problem = Problem::new(key, format!("{message} of {}", beside.display()));
                YamlError::Rejected { problems: vec![(self.locate(&at, self.changes.len()), problem)] }
            })?;
        }
        Ok(base)
    }

    /// The same with newer keys in place of older ones. Errors keep calling values by the names that were typed: `names` has newer
    /// paths and the older ones that stood for them, the longer before those that they begin with; `*` is any entry of a list.
    ///
    /// # Errors
    /// Older keys that contradict newer ones, or that nothing stands for.
    pub fn upgraded(&self, by: UpgradeFn, names: &'static [(&'static str, &'static str)]) -> Result<Self, YamlError> {
        let mut new = self.clone();
        if by(&mut new.value).map_err(|problem| self.rejected(vec![problem]))? {
            new.upgrade = Some(Upgrade { by, names, before: Arc::new(self.value.clone()) });
        }
        Ok(new)
    }

    /// The value at a dotted path of mappings, as typed and changed; none where there is nothing, or null.
    pub fn value_of(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.value, |at, key| at.get(key)).filter(|value| !value.is_null())
    }

    /// What errors call this document: the file that all others are based on.
    pub fn origin(&self) -> &Path {
        &self.source.origin
    }

    /// The text as typed, followed by the changes that were made to it, as comments.
    pub fn as_changed(&self) -> String {
        let text = &self.source.text;
        let changes: Vec<String> = self.changes.iter().map(|c| format!("# {}\n", c.told())).collect();
        let gap = if changes.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        format!("{text}{gap}{}", changes.concat())
    }

    /// Applies `a.b=value` (the value is YAML; list entries are addressed by number).
    ///
    /// ```
    /// use kinecho_base::base::yaml::Document;
    /// let mut doc = Document::parse("a: {b: 1}", "example".as_ref()).unwrap();
    /// doc.set("a.b=3").unwrap();
    /// let typed: std::collections::BTreeMap<String, std::collections::BTreeMap<String, i32>> = doc.typed().unwrap();
    /// assert_eq!(typed["a"]["b"], 3);
    /// ```
    pub fn set(&mut self, assignment: &str) -> Result<(), YamlError> {
        let fail = |message: String| YamlError::Set { assignment: assignment.to_owned(), message };
        let (path, text) = assignment
            .split_once('=')
            .ok_or_else(|| fail("expected KEY.KEY=VALUE, for example model.depth=2".into()))?;
        let new: Value = serde_yaml::from_str(text).map_err(|e| fail(e.to_string()))?;
        self.change(path, &new, By::Argument).map_err(fail)?;
        self.changes.last_mut().into_iter().for_each(|change| change.assignment = assignment.to_owned());
        Ok(())
    }

    /// Puts a value at a dotted path, as [`Self::set`] does; the document itself asks for it, at the keys `at`.
    pub fn set_value(&mut self, path: &str, new: &Value, at: &[&str]) -> Result<(), YamlError> {
        let at: Vec<String> = at.iter().map(|&key| key.to_owned()).collect();
        let place = self.locate(&at, self.changes.len());
        self.change(path, new, By::Itself(at))
            .map_err(|message| YamlError::Rejected { problems: vec![(place, Problem::new(path, message))] })
    }

    fn change(&mut self, path: &str, new: &Value, by: By) -> Result<(), String> {
        let shown = serde_yaml::to_string(new).unwrap_or_default();
        let assignment = format!("{path}={}", shown.trim_end().replace('\n', " "));
        let path = keys(path);
        put(&mut self.value, &path, new)?;
        self.changes.push(Change { path, value: new.clone(), assignment, by });
        Ok(())
    }

    /// The typed form. Errors name the file and line, or the argument, that the value came from.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        if self.changes.is_empty() && !self.source.merged && self.upgrade.is_none() {
            return self.source.typed();
        }
        typed_value(&self.value).map_err(|Problem { key, message }| {
            let key = self.as_typed(&key);
            let path = keys(&key);
            let culprit = self.culprit::<T>(&path);
            let place = self.locate(culprit.map_or(&path, |change| &change.path), self.changes.len());
            let message = self.with_changes_below(&path, message);
            YamlError::Rejected { problems: vec![(place, Problem { key, message })] }
        })
    }

    /// The change below a path without which the document has a typed form.
    fn culprit<T: DeserializeOwned>(&self, path: &[String]) -> Option<&Change> {
        self.changes.iter().enumerate().find_map(|(left_out, change)| {
            if !is_below(&change.path, path) {
                return None;
            }
            let mut value = self.source.value.clone();
            let others = self.changes.iter().enumerate().filter(|(i, _)| *i != left_out);
            for (_, other) in others {
                put(&mut value, &other.path, &other.value).ok()?;
            }
            if let Some(upgrade) = &self.upgrade {
                (upgrade.by)(&mut value).ok()?;
            }
            typed_value::<T>(&value).is_ok().then_some(change)
        })
    }

    /// A path as it was typed.
    fn as_typed(&self, path: &str) -> String {
        self.upgrade.as_ref().map_or_else(|| path.to_owned(), |upgrade| upgrade.typed(path))
    }

    /// The error for values that were checked and found wrong, each with the place that it came from.
    pub fn rejected(&self, problems: Vec<Problem>) -> YamlError {
        let located = problems.into_iter().map(|Problem { key, message }| {
            let key = self.as_typed(&key);
            let path = keys(&key);
            let message = self.with_changes_below(&path, message);
            (self.locate(&path, self.changes.len()), Problem { key, message })
        });
        YamlError::Rejected { problems: located.collect() }
    }

    /// The message, with the changes that were made to parts of the value at a path.
    fn with_changes_below(&self, path: &[String], message: String) -> String {
        let below = self.changes.iter().filter(|change| is_below(&change.path, path));
        let told: Vec<String> = below.map(Change::told).collect();
        if told.is_empty() { message } else { format!("{message} (with {})", told.join(", ")) }
    }

    /// Where the value at a path was typed, or the nearest value around it, before the change of number `until`.
    fn locate(&self, path: &[String], until: usize) -> Place {
        for (i, change) in self.changes[..until].iter().enumerate().rev() {
            let Some(rest) = path.strip_prefix(change.path.as_slice()) else { continue };
            let inside = |at: &[String]| [at, rest].concat();
            return match &change.by {
                By::Argument => Place::Argument { assignment: change.assignment.clone() },
                By::File(source, at) => source.place(&inside(at)).0,
                By::Itself(at) => self.locate(&inside(at), i),
            };
        }
        let (place, exact) = self.source.place(path);
        // What the text does not have may have come with a change.
        let made = self.changes[..until].iter().rposition(|change| is_below(&change.path, path));
        match made.filter(|_| !exact) {
            Some(i) => self.locate(&self.changes[i].path, i + 1),
            None => place,
        }
    }
}

fn keys(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

/// Whether a path leads to a part of the value at another.
fn is_below(path: &[String], outer: &[String]) -> bool {
    path.len() > outer.len() && path.starts_with(outer)
}

fn put(value: &mut Value, path: &[String], new: &Value) -> Result<(), String> {
    let mut at = value;
    for key in path {
        if key.is_empty() {
            return Err("an empty key".into());
        }
        at = match at {
            Value::Sequence(items) => {
                let n = items.len();
                key.parse::<usize>()
                    .ok()
                    .and_then(|i| items.get_mut(i))
                    .ok_or_else(|| format!("`{key}` is not a place in a list of {n} (from 0)"))?
            }
            other => {
                if other.is_null() {
                    *other = Value::Mapping(Default::default());
                }
                let Value::Mapping(map) = other else {
                    return Err(format!("`{key}` lies below a plain value"));
                };
                map.entry(Value::String(key.to_owned())).or_insert(Value::Null)
            }
        };
    }
    *at = new.clone();
    Ok(())
}

fn has_merges(value: &Value) -> bool {
    match value {
        Value::Mapping(map) => map.iter().any(|(key, value)| key.as_str() == Some("<<") || has_merges(value)),
        Value::Sequence(items) => items.iter().any(has_merges),
        Value::Tagged(tagged) => has_merges(&tagged.value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version: 1\nradar:\n  preset: awr1843 # not samples: here\n  samples: 0\npeople:\n  - motion: kick\n  - motion: bow\n    range_m: [9, 1]\n";

    #[test]
    fn lines_are_found_below_their_parents() {
        let doc = Document::parse(TEXT, "scene.yaml".as_ref()).unwrap();
        let line = |key: &str| match doc.rejected(vec![Problem::new(key, "")]) {
            YamlError::Rejected { problems } => problems[0].0.clone(),
            other => panic!("{other}"),
        };
        let at = |line| Place::File { path: "scene.yaml".into(), line };
        assert_eq!(line("radar.samples"), at(Some(4)));
        assert_eq!(line("people.1.range_m"), at(Some(8)));
        assert_eq!(line("radar.nowhere"), at(Some(2)));
        assert_eq!(line("nowhere"), at(None));
        let error = doc.rejected(vec![Problem::new("radar.samples", "0 samples; at least 2")]).to_string();
        assert_eq!(error, "scene.yaml:4: radar.samples: 0 samples; at least 2");
    }

    #[test]
    fn unknown_keys_name_file_and_line() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Spec {
            version: u32,
        }
        let doc = Document::parse("version: 1\nverison: 2\n", "a.yaml".as_ref()).unwrap();
        let error = doc.typed::<Spec>().unwrap_err().to_string();
        assert!(error.starts_with("a.yaml:2: verison: unknown field"), "{error}");
    }

    #[test]
    fn a_file_may_stand_for_another_with_changes() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("base.yaml", TEXT);
        write("changed.yaml", "based_on: base.yaml\nset: {radar.samples: 7, people.1.motion: jump}\n");
        let doc = Document::read(&dir.path().join("changed.yaml")).unwrap().resolved().unwrap();
        assert_eq!((&doc.value["radar"]["samples"], &doc.value["people"][1]["motion"]), (&7.into(), &"jump".into()));
        assert_eq!(doc.value["radar"]["preset"], Value::String("awr1843".into()));
        write("circle.yaml", "based_on: circle.yaml\n");
        let error = Document::read(&dir.path().join("circle.yaml")).unwrap().resolved().unwrap_err().to_string();
        assert!(error.contains("circle.yaml") && error.contains("based on itself"), "{error}");
        write("wrong.yaml", "based_on: base.yaml\nset: {people.9.motion: jump}\n");
        let error = Document::read(&dir.path().join("wrong.yaml")).unwrap().resolved().unwrap_err().to_string();
        assert!(error.contains("wrong.yaml") && error.contains("place in a list of 2"), "{error}");
    }

    #[test]
    fn older_keys_get_newer_ones_and_keep_their_names_in_errors() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Spec {
            new: std::collections::BTreeMap<String, u32>,
        }
        fn upgrade(value: &mut Value) -> Result<bool, Problem> {
            let Some(map) = value.as_mapping_mut() else { return Ok(false) };
            let Some(old) = map.remove("old") else { return Ok(false) };
            map.insert("new".into(), old);
            Ok(true)
        }
        let names: &[(&str, &str)] = &[("new", "old")];
        let doc = Document::parse("# first\nold:\n  a: 1\n  b: x\n", "a.yaml".as_ref()).unwrap();
        let upgraded = doc.upgraded(upgrade, names).unwrap();
        let error = upgraded.typed::<Spec>().unwrap_err().to_string();
        assert!(error.starts_with("a.yaml:4: old.b: "), "{error}");
        let error = upgraded.rejected(vec![Problem::new("new.a", "too small")]).to_string();
        assert_eq!(error, "a.yaml:3: old.a: too small");
        let mut set = doc.clone();
        set.set("old.b=2").unwrap();
        assert_eq!(set.upgraded(upgrade, names).unwrap().typed::<Spec>().unwrap().new["b"], 2);
        let newer = Document::parse("new: {a: 1}\n", "a.yaml".as_ref()).unwrap().upgraded(upgrade, names).unwrap();
        assert_eq!(newer.rejected(vec![Problem::new("new.a", "too small")]).to_string(), "a.yaml:1: new.a: too small");
    }

    #[test]
    fn set_reaches_into_lists_and_refuses_nonsense() {
        let mut doc = Document::parse(TEXT, "scene.yaml".as_ref()).unwrap();
        doc.set("people.0.motion=jump").unwrap();
        assert_eq!(doc.value["people"][0]["motion"], Value::String("jump".into()));
        assert!(doc.set("people.7.motion=jump").is_err());
        assert!(doc.set("version.deeper=1").is_err());
        assert!(doc.set("no equals sign").is_err());
    }
}
