//! What people wrote about captured motions: BABEL, HumanML3D and KIT, or the names of folders.
//!
//! All of them point at AMASS sequences. A sequence is known by the last three parts of its path (data set, subject, name), in
//! lower case and without `_poses`, `_stageii` and the extension, which all releases share. Labels of one's own may name a sequence by
//! fewer parts.

mod annotations;
mod humanml;
mod names;

pub use names::folder_label;

use super::error::MotionError;
use super::set_aside::SetAside;
use std::collections::BTreeMap;
use std::path::Path;

/// A stretch of a motion and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelSpan {
    /// Start, s from the beginning of the file.
    pub start_s: f64,
    /// End, s; `None` for the end of the file.
    pub end_s: Option<f64>,
    /// The words as people wrote them; at least one.
    pub raw: Vec<String>,
    /// BABEL's tidied wording.
    pub processed: Option<String>,
    /// BABEL's action categories.
    pub categories: Vec<String>,
    /// Length of the motion that was labelled, s, where the labels state it.
    pub of_s: Option<f64>,
}

/// The labels of many motions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelBook {
    spans: BTreeMap<String, Vec<LabelSpan>>,
    set_aside: Vec<SetAside>,
}

impl LabelBook {
    /// Reads labels: a BABEL or KIT file (`.json`, `.json.gz`), a folder of such files, or HumanML3D's folder with `index.csv`
    /// and `texts/`.
    pub fn read(path: &Path) -> Result<Self, MotionError> {
        let io = |source| MotionError::Read { path: path.to_owned(), source };
        if !std::fs::metadata(path).map_err(io)?.is_dir() {
            return Self::parse(&path.display().to_string(), &std::fs::read(path).map_err(io)?);
        }
        if path.join("index.csv").is_file() {
            return humanml::read(path);
        }
        let mut files: Vec<_> = std::fs::read_dir(path).map_err(io)?.filter_map(|e| Some(e.ok()?.path())).collect();
        files.retain(|f| f.to_str().is_some_and(|n| n.ends_with(".json") || n.ends_with(".json.gz")));
        files.sort();
        if files.is_empty() {
            let message = "has neither index.csv (HumanML3D) nor .json files (BABEL, KIT)";
            return Err(MotionError::file(path.display().to_string(), message));
        }
        let mut book = Self::default();
        for file in files {
            match Self::read(&file) {
                Ok(one) => {
                    for (key, spans) in one.spans {
                        book.spans.entry(key).or_default().extend(spans);
                    }
                    book.set_aside.extend(one.set_aside);
                }
                // Of several files, one that is damaged costs its own labels and no others.
                Err(error) => book.leave_out(file.display(), &error),
            }
        }
        if book.spans.is_empty()
            && let Some(first) = book.set_aside.first()
        {
            return Err(MotionError::file(path.display().to_string(), format!("no labels: {}", first.reason)));
        }
        Ok(book)
    }

    /// Reads BABEL's or KIT's JSON from memory, plain or gzipped; `origin` names it in errors.
    pub fn parse(origin: &str, bytes: &[u8]) -> Result<Self, MotionError> {
        annotations::parse(origin, bytes)
    }

    /// The stretches of the motion at `path`; none when nobody wrote about it.
    pub fn of(&self, path: &Path) -> &[LabelSpan] {
        (1..=PARTS).rev().find_map(|parts| self.spans.get(&key(path, parts))).map_or(&[], Vec::as_slice)
    }

    /// Number of motions with labels.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Labels that make no sense, and why: they are left out, the others stay.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    fn leave_out(&mut self, file: impl std::fmt::Display, error: &MotionError) {
        self.set_aside.push(SetAside { file: file.to_string(), reason: error.to_string() });
    }

    /// Adds a stretch; one that is there already takes over the words.
    fn add(&mut self, path: &str, span: LabelSpan) {
        let spans = self.spans.entry(key(Path::new(path), PARTS)).or_default();
        match spans.iter_mut().find(|s| s.start_s == span.start_s && s.end_s == span.end_s && s.processed.is_none()) {
            Some(same) if span.processed.is_none() => {
                same.raw.extend(span.raw);
                let mut seen = std::collections::BTreeSet::new();
                // Some recordings are listed under several numbers with the same sentences.
                same.raw.retain(|words| seen.insert(words.clone()));
            }
            _ => spans.push(span),
        }
    }
}

/// Parts of a path that name a sequence: data set, subject, name.
const PARTS: usize = 3;

/// What all releases of a sequence have in common of its path: its last parts.
fn key(path: &Path, most: usize) -> String {
    let parts: Vec<String> = path
        .components()
        .filter_map(|c| match c {
            std::path::Component::Normal(part) => Some(part.to_string_lossy().to_lowercase()),
            _ => None,
        })
        .collect();
    let mut last: Vec<String> = parts[parts.len().saturating_sub(most)..].to_vec();
    if let Some(name) = last.last_mut() {
        *name = names::stem(name).to_owned();
    }
    last.join("/")
}

/// A time in s that makes sense.
fn checked(origin: &str, entry: &str, start_s: f64, end_s: f64) -> Result<(), MotionError> {
    if start_s.is_finite() && end_s.is_finite() && start_s >= 0.0 && end_s >= start_s {
        return Ok(());
    }
    Err(MotionError::file(
        origin,
        format!("`{entry}`: from {start_s} to {end_s} s; expected 0 or later, the start first"),
    ))
}
