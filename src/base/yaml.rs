//! YAML input with errors that name file and line, all of them at once.
//!
//! Two layers: a [`Document`] is what the user typed (text plus `--set` changes); [`Document::typed`] makes the typed form of
//! it; the room that owns the type checks the values and hands its [`Problem`]s back to [`Document::rejected`] to be located.

use serde::de::DeserializeOwned;
use serde_yaml::Value;
use std::path::{Path, PathBuf};

/// YAML that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Not YAML, an unknown key, or a value of the wrong type.
    #[error("{}: {message}", origin.display())]
    Parse {
        /// The file.
        origin: PathBuf,
        /// What is wrong, with line and column where known.
        message: String,
    },
    /// A `--set` that cannot be applied.
    #[error("--set {assignment}: {message}")]
    Set {
        /// The assignment as typed.
        assignment: String,
        /// What is wrong with it.
        message: String,
    },
    /// Values outside their admissible range: all of them.
    #[error("{}", list(origin, problems))]
    Rejected {
        /// The file.
        origin: PathBuf,
        /// Line (where found), key and what is wrong.
        problems: Vec<(Option<usize>, Problem)>,
    },
}

/// One value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the key, for example `radar.sample_rate_hz`.
    pub key: String,
    /// What is wrong and what is admissible.
    pub message: String,
}

impl Problem {
    /// A problem with the value at `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    /// The same problem seen from one level further out.
    pub fn under(mut self, outer: &str) -> Self {
        self.key = if self.key.is_empty() { outer.to_string() } else { format!("{outer}.{}", self.key) };
        self
    }
}

fn list(origin: &Path, problems: &[(Option<usize>, Problem)]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|(line, p)| match line {
            Some(line) => format!("{}:{line}: {}: {}", origin.display(), p.key, p.message),
            None => format!("{}: {}: {}", origin.display(), p.key, p.message),
        })
        .collect();
    lines.join("\n")
}

/// A YAML text, where it came from, and the changes asked for on the command line.
#[derive(Clone, Debug)]
pub struct Document {
    origin: PathBuf,
    text: String,
    value: Value,
    changes: Vec<Change>,
}

/// A value that was put in place of another: by `--set`, or by the file that is based on this one.
#[derive(Clone, Debug)]
struct Change {
    assignment: String,
    by: Option<PathBuf>,
}

impl Change {
    fn told(&self) -> String {
        match &self.by {
            Some(file) => format!("{} of {}", self.assignment, file.display()),
            None => format!("--set {}", self.assignment),
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
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, YamlError> {
        let text = std::fs::read_to_string(path).map_err(|source| YamlError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Takes a text that is already in memory; `origin` is what errors call it.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, YamlError> {
        // Some editors begin a text with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value = serde_yaml::from_str(text).map_err(|e| parse_error(origin, &e))?;
        Ok(Self { origin: origin.to_owned(), text: text.to_owned(), value, changes: Vec::new() })
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
        let fail = |message: String| YamlError::Parse { origin: self.origin.clone(), message };
        if files == 0 {
            return Err(fail("`based_on`: more than eight files in a row; is one based on itself?".into()));
        }
        let based: Based = self.typed()?;
        let beside = self.origin.parent().map_or_else(|| based.based_on.clone(), |dir| dir.join(&based.based_on));
        let mut base = Self::read(&beside)?.resolved_within(files - 1)?;
        for (key, value) in &based.set {
            base.set_value(key, value).map_err(|error| fail(error.to_string()))?;
            base.changes.last_mut().into_iter().for_each(|change| change.by = Some(self.origin.clone()));
        }
        Ok(base)
    }

    /// The value at a key of the outermost mapping, as typed and changed.
    pub fn value_of(&self, key: &str) -> Option<&Value> {
        self.value.get(key)
    }

    /// What errors call this document.
    pub fn origin(&self) -> &Path {
        &self.origin
    }

    /// The text as typed, followed by the changes that were made to it, as comments.
    pub fn as_changed(&self) -> String {
        let changes: Vec<String> = self.changes.iter().map(|c| format!("# {}\n", c.told())).collect();
        let gap = if changes.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        format!("{}{gap}{}", self.text, changes.concat())
    }

    /// Applies `a.b=value` (the value is YAML; list entries are addressed by number).
    ///
    /// ```
    /// use kinecho::base::yaml::Document;
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
        self.put(path, new).map_err(fail)?;
        self.changes.push(Change { assignment: assignment.to_owned(), by: None });
        Ok(())
    }

    /// Puts a value at a dotted path, as [`Self::set`] does.
    pub fn set_value(&mut self, path: &str, new: &Value) -> Result<(), YamlError> {
        let shown = serde_yaml::to_string(new).unwrap_or_default();
        let assignment = format!("{path}={}", shown.trim_end().replace('\n', " "));
        self.put(path, new.clone()).map_err(|message| YamlError::Set { assignment: assignment.clone(), message })?;
        self.changes.push(Change { assignment, by: None });
        Ok(())
    }

    fn put(&mut self, path: &str, new: Value) -> Result<(), String> {
        let mut at = &mut self.value;
        for key in path.split('.') {
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
        *at = new;
        Ok(())
    }

    /// The typed form. Errors of the text as typed carry its line; errors after changes name the changes.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        if self.changes.is_empty() {
            return serde_yaml::from_str(&self.text).map_err(|e| parse_error(&self.origin, &e));
        }
        serde_yaml::from_value(self.value.clone()).map_err(|e| YamlError::Parse {
            origin: self.origin.clone(),
            message: format!("with {}: {e}", self.changes.iter().map(Change::told).collect::<Vec<_>>().join(" ")),
        })
    }

    /// The error for values that were checked and found wrong, each with its line where the text has it.
    pub fn rejected(&self, problems: Vec<Problem>) -> YamlError {
        let problems = problems.into_iter().map(|p| (self.line_of(&p.key), p)).collect();
        YamlError::Rejected { origin: self.origin.clone(), problems }
    }

    /// The line (from 1) on which the key of a dotted path stands, or the nearest outer key that stands in the text.
    pub fn line_of(&self, path: &str) -> Option<usize> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut found = None;
        let mut from = 0;
        for key in path.split('.') {
            // A list entry has no key of its own: its n-th dash in the block below the line found last.
            let hit = match key.parse::<usize>() {
                Ok(n) => list_entry(&lines, found.map(|line: usize| line - 1), n),
                Err(_) => (from..lines.len()).find(|&i| names_key(lines[i], key)),
            };
            let Some(line) = hit else { break };
            found = Some(line + 1);
            from = line;
        }
        found
    }
}

/// The line of the n-th entry of the list that belongs to the key on line `owner` (from 0); none where the list is written in
/// brackets. Without an owner the whole text is the list.
fn list_entry(lines: &[&str], owner: Option<usize>, n: usize) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let dashed = |line: &str| line.trim_start().starts_with("- ");
    let first = owner.map_or(0, |i| i + 1);
    let inside = |line: &str| {
        let text = line.trim_start();
        let outer = owner.map_or(0, |i| indent(lines[i]));
        text.is_empty()
            || text.starts_with('#')
            || owner.is_none()
            || indent(line) > outer
            || (indent(line) == outer && dashed(line))
    };
    let block = (first..lines.len()).take_while(|&i| inside(lines[i]));
    let dashes: Vec<usize> = block.filter(|&i| dashed(lines[i])).collect();
    let level = dashes.first().map(|&i| indent(lines[i]))?;
    dashes.into_iter().filter(|&i| indent(lines[i]) == level).nth(n)
}

fn names_key(line: &str, key: &str) -> bool {
    let code = line.split(" #").next().unwrap_or(line);
    code.match_indices(key).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + key.len()..].trim_start();
        before.is_none_or(|c| c == ' ' || c == '{' || c == ',') && after.starts_with(':')
    }) && !line.trim_start().starts_with('#')
}

fn parse_error(origin: &Path, error: &serde_yaml::Error) -> YamlError {
    YamlError::Parse { origin: origin.to_owned(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version: 1\nradar:\n  preset: awr1843 # not samples: here\n  samples: 0\npeople:\n  - motion: kick\n  - motion: bow\n    range_m: [9, 1]\n";

    #[test]
    fn lines_are_found_below_their_parents() {
        let doc = Document::parse(TEXT, "scene.yaml".as_ref()).unwrap();
        assert_eq!(doc.line_of("radar.samples"), Some(4));
        assert_eq!(doc.line_of("people.1.range_m"), Some(8));
        assert_eq!(doc.line_of("radar.nowhere"), Some(2));
        let lists = "a:\n  angles: [3, 2]\n  gains:\n  - 1\n  - - 5\n    - 6\n  - 7\nb:\n- 1\n";
        let lists = Document::parse(lists, "lists.yaml".as_ref()).unwrap();
        assert_eq!(lists.line_of("a.angles.0"), Some(2));
        assert_eq!(lists.line_of("a.gains.2"), Some(7));
        assert_eq!(lists.line_of("b.0"), Some(9));
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
        assert!(error.contains("a.yaml") && error.contains("verison") && error.contains("line 2"), "{error}");
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
    fn set_reaches_into_lists_and_refuses_nonsense() {
        let mut doc = Document::parse(TEXT, "scene.yaml".as_ref()).unwrap();
        doc.set("people.0.motion=jump").unwrap();
        assert_eq!(doc.value["people"][0]["motion"], Value::String("jump".into()));
        assert!(doc.set("people.7.motion=jump").is_err());
        assert!(doc.set("version.deeper=1").is_err());
        assert!(doc.set("no equals sign").is_err());
    }
}
