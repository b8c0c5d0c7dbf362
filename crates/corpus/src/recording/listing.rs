//! `recordings.csv`: what is done in the recordings of a folder whose files do not say it themselves.

use super::RecordingError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One line: `file,label` and, where known, `subject`, `session` and `split`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The file, relative to the folder.
    pub file: String,
    /// The activity, as a slug or label.
    pub label: String,
    /// Who moved.
    #[serde(default)]
    pub subject: String,
    /// The session.
    #[serde(default)]
    pub session: String,
    /// For example `train`.
    #[serde(default)]
    pub split: String,
}

impl Listed {
    /// Name of the recording: the file without its ending.
    pub fn name(&self) -> String {
        Path::new(&self.file).with_extension("").display().to_string()
    }
}

/// Where the list of a folder stands.
pub fn path(dir: &Path) -> PathBuf {
    dir.join("recordings.csv")
}

/// Reads the list of a folder; every file that it names must be there and must lie within the folder.
pub fn read(dir: &Path) -> Result<Vec<Listed>, RecordingError> {
    read_kind(dir, "file", Path::is_file)
}

/// The same where a recording is a folder.
pub fn read_folders(dir: &Path) -> Result<Vec<Listed>, RecordingError> {
    read_kind(dir, "folder", Path::is_dir)
}

fn read_kind(dir: &Path, kind: &str, there: fn(&Path) -> bool) -> Result<Vec<Listed>, RecordingError> {
    let path = path(dir);
    let text = std::fs::read(&path).map_err(RecordingError::read(&path))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_slice());
    let mut rows: Vec<Listed> = Vec::new();
    for (i, row) in reader.deserialize::<Listed>().enumerate() {
        let at = |e: &csv::Error| e.position().map_or(i as u64 + 2, csv::Position::line);
        let row = row.map_err(|e| {
            RecordingError::line(
                &path,
                at(&e),
                format!("{e}; expected file,label and, if known, subject,session,split"),
            )
        })?;
        let line = i as u64 + 2;
        let inside = Path::new(&row.file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !inside || !there(&dir.join(&row.file)) {
            return Err(RecordingError::line(&path, line, format!("`{}` is no {kind} of {}", row.file, dir.display())));
        }
        if row.label.is_empty() {
            return Err(RecordingError::line(&path, line, format!("`{}` has no label", row.file)));
        }
        if rows.iter().any(|other| other.file == row.file) {
            return Err(RecordingError::line(&path, line, format!("`{}` is listed twice", row.file)));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected: "recordings.csv names none" });
    }
    Ok(rows)
}

/// Reads the `metadata.csv` of a data set by the names of its files; one that lists a file twice, or none, is refused.
pub(super) fn metadata<T: DeserializeOwned>(
    path: &Path,
    file: impl Fn(&T) -> &str,
) -> Result<BTreeMap<String, T>, RecordingError> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| RecordingError::file(path, e.to_string()))?;
    let mut listed = BTreeMap::new();
    for (i, row) in reader.deserialize::<T>().enumerate() {
        let place = i as u64 + 2;
        let at = |e: &csv::Error| e.position().map_or(place, csv::Position::line);
        let row = row.map_err(|e| RecordingError::line(path, at(&e), e.to_string()))?;
        let name = file(&row).to_owned();
        if listed.contains_key(&name) {
            return Err(RecordingError::line(path, place, format!("{name} is listed twice")));
        }
        listed.insert(name, row);
    }
    if listed.is_empty() {
        return Err(RecordingError::file(path, "lists no recording: remove it to take the files by their names"));
    }
    Ok(listed)
}
