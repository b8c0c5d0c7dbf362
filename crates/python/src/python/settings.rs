//! Settings as they come from Python: a file by its path, or YAML in memory, with changes.

use super::fail::Failure;
use kinecho::base::yaml::Document;
use kinecho::cli::{Changes, FileKind};
use pyo3::FromPyObject;
use std::path::PathBuf;

/// Where settings are.
#[derive(FromPyObject)]
pub(crate) enum Settings {
    /// A text and what errors call it.
    Text(String, PathBuf),
    /// A file.
    File(PathBuf),
}

impl Settings {
    /// Reads them and applies the changes `set` (`a.b=3`) and the seed, which stands at `seed_key`.
    pub(crate) fn read(
        &self,
        (set, seed): (Vec<String>, Option<u64>),
        seed_key: &str,
        kind: FileKind,
    ) -> Result<Document, Failure> {
        let changes = Changes::new(set, seed);
        Ok(match self {
            Self::Text(text, origin) => changes.take(text, origin, seed_key, kind)?,
            Self::File(path) => changes.read(path, seed_key, kind)?,
        })
    }
}
