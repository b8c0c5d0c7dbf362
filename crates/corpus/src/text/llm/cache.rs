//! Answers on disk: one YAML file a label, to be read and edited by people.

use super::answer::check;
use super::error::LlmError;
use crate::base::atomic_file;
use crate::text::describe::normalise;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A folder of answers.
#[derive(Clone, Debug)]
pub struct AnswerCache {
    dir: PathBuf,
}

/// What a file of the folder holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CachedAnswer {
    /// The label.
    pub label: String,
    /// The model that wrote the sentences, or whoever edited them.
    pub author: String,
    /// As a whole.
    pub general: String,
    /// Trunk, pelvis and head.
    pub torso: String,
    /// Shoulders, elbows and hands.
    pub arms: String,
    /// Hips, knees and feet.
    pub legs: String,
    /// The way through the room.
    pub location: String,
}

impl CachedAnswer {
    /// The sentences in the order of [`ATTRIBUTES`](crate::text::ATTRIBUTES).
    pub fn into_text(self) -> [String; 5] {
        [self.general, self.torso, self.arms, self.legs, self.location]
    }
}

impl AnswerCache {
    /// The answers in a folder, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The file of a label: its words, shortened, and a hash that tells apart what shortening made equal.
    pub fn path(&self, label: &str) -> PathBuf {
        let words = normalise(label);
        let hash = blake3::hash(words.as_bytes()).to_hex();
        let plain: String = words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect();
        self.dir.join(format!("{plain}-{:.8}.yaml", hash))
    }

    pub(super) fn get(&self, label: &str) -> Result<Option<CachedAnswer>, LlmError> {
        let path = self.path(label);
        let wrong = |problem: String| LlmError::File { path: path.clone(), problem };
        let text = match std::fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|e| wrong(format!("cannot be read: {e}")))?,
        };
        let kept: CachedAnswer =
            serde_yaml::from_str(&text).map_err(|e| wrong(format!("{e}; mend the file, or remove it to ask again")))?;
        if normalise(&kept.label) != normalise(label) {
            return Err(wrong(format!("is the answer to {:?}, not to {label:?}", kept.label)));
        }
        for (name, sentence) in crate::text::ATTRIBUTES.iter().zip(kept.clone().into_text()) {
            check(&sentence).map_err(|problem| wrong(format!("{name} {problem}")))?;
        }
        Ok(Some(kept))
    }

    pub(super) fn put(&self, label: &str, author: &str, text: &[String; 5]) -> Result<(), LlmError> {
        let [general, torso, arms, legs, location] = text.clone();
        let kept = CachedAnswer { label: label.into(), author: author.into(), general, torso, arms, legs, location };
        let path: &Path = &self.path(label);
        let yaml = serde_yaml::to_string(&kept)
            .map_err(|e| LlmError::File { path: path.to_owned(), problem: e.to_string() })?;
        Ok(atomic_file::write(path, yaml.as_bytes())?)
    }
}
