//! Files of data sets whose names say what is in them.

use crate::recording::{RecordingError, listing};
use std::path::{Path, PathBuf};

/// A file and the parts of its name relative to the folder, without the ending.
pub(super) type DataFile = (PathBuf, Vec<String>);

/// All files below a folder that end so, in order of their names.
pub(super) fn named_files(dir: &Path, ending: &str, expected: &'static str) -> Result<Vec<DataFile>, RecordingError> {
    let mut found = Vec::new();
    collect(dir, 0, ending, &mut found)?;
    found.sort();
    if found.is_empty() {
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    let parts = |path: &Path| {
        let stem = path.strip_prefix(dir).unwrap_or(path).with_extension("");
        stem.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect()
    };
    Ok(found.into_iter().map(|path| (path.clone(), parts(&path))).collect())
}

fn collect(dir: &Path, depth: usize, ending: &str, files: &mut Vec<PathBuf>) -> Result<(), RecordingError> {
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        if path.is_dir() {
            // Links in circles end here.
            if depth < 6 {
                collect(&path, depth + 1, ending, files)?;
            }
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// Refuses a folder that lacks a file which its `metadata.csv`, where there is one, lists.
pub(super) fn checked(dir: &Path, files: &[DataFile]) -> Result<(), RecordingError> {
    #[derive(serde::Deserialize)]
    struct ListedFile {
        file: String,
    }
    let metadata = dir.join("metadata.csv");
    if !metadata.is_file() {
        return Ok(());
    }
    let listed = listing::metadata(&metadata, |row: &ListedFile| &row.file)?;
    let there: std::collections::BTreeSet<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
    match listed.keys().find(|name| !there.contains(dir.join(name).as_path())) {
        Some(name) => Err(RecordingError::file(&metadata, format!("lists {name}, which is not there"))),
        None => Ok(()),
    }
}
