//! The list of duplicates as a file: `corpus,id,kept,cosine`.

use super::DedupError;
use crate::base::atomic_file;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A sample that says the same as another one.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Duplicate {
    /// The corpus' folder.
    pub corpus: String,
    /// The sample that may go.
    pub id: u64,
    /// The one that stays.
    pub kept: u64,
    /// Cosine of their vectors.
    pub cosine: f64,
}

/// Samples that training leaves out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DuplicateList(BTreeSet<(PathBuf, u64)>);

const HEADER: &str = "corpus,id,kept,cosine";

impl DuplicateList {
    /// Of what was found.
    pub fn of<'a>(duplicates: impl IntoIterator<Item = &'a Duplicate>) -> Self {
        Self(duplicates.into_iter().map(|d| (resolved(Path::new(&d.corpus)), d.id)).collect())
    }

    /// Writes a list whole or not at all.
    pub fn write<'a>(path: &Path, duplicates: impl IntoIterator<Item = &'a Duplicate>) -> Result<(), DedupError> {
        let mut text = format!("{HEADER}\n");
        for Duplicate { corpus, id, kept, cosine } in duplicates {
            let corpus = if corpus.contains([',', '"', '\n']) {
                format!("\"{}\"", corpus.replace('"', "\"\""))
            } else {
                corpus.clone()
            };
            text += &format!("{corpus},{id},{kept},{cosine:.6}\n");
        }
        Ok(atomic_file::write(path, text.as_bytes())?)
    }

    /// Reads a list.
    pub fn read(path: &Path) -> Result<Self, DedupError> {
        let text = std::fs::read_to_string(path).map_err(|source| DedupError::Read { path: path.into(), source })?;
        let mut lines = text.lines().zip(1..);
        let fail = |line: u64, problem: String| Err(DedupError::List { path: path.into(), line, problem });
        match lines.next() {
            Some((header, _)) if header == HEADER => {}
            found => return fail(1, format!("{:?}; expected {HEADER}", found.map_or("", |(line, _)| line))),
        }
        let mut all = BTreeSet::new();
        for (row, line) in lines {
            // From behind: folders may have commas in their names.
            let mut parts = row.rsplitn(4, ',');
            let (Some(_), Some(_), Some(id), Some(corpus)) = (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                return fail(line, format!("`{row}`; expected {HEADER}"));
            };
            let Ok(id) = id.parse::<u64>() else {
                return fail(line, format!("id `{id}`; expected the number of a sample"));
            };
            let corpus = match corpus.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
                Some(quoted) => quoted.replace("\"\"", "\""),
                None => corpus.to_owned(),
            };
            all.insert((resolved(Path::new(&corpus)), id));
        }
        Ok(Self(all))
    }

    /// Whether a sample of a corpus is left out.
    pub fn leaves_out(&self, corpus: &Path, id: u64) -> bool {
        self.0.contains(&(resolved(corpus), id))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The folder under its one name, where it is there.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_comes_back_whatever_folders_are_called() {
        let path = std::env::temp_dir().join(format!("kinecho-duplicates-{}.csv", std::process::id()));
        let one = |corpus: &str, id| Duplicate { corpus: corpus.into(), id, kept: 0, cosine: 0.99 };
        let all = [one("a/b", 3), one("one, two", 4), one("say \"x\", y", 5)];
        DuplicateList::write(&path, &all).unwrap();
        let list = DuplicateList::read(&path).unwrap();
        assert_eq!(list, DuplicateList::of(&all));
        assert!(list.leaves_out(Path::new("one, two"), 4) && !list.leaves_out(Path::new("a/b"), 4));
        std::fs::write(&path, format!("{HEADER}\na,x,0,1\n")).unwrap();
        let error = DuplicateList::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("id `x`"), "{error}");
        std::fs::remove_file(&path).unwrap();
    }
}
