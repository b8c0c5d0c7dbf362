//! What can go wrong with a corpus.

use crate::base::atomic_file::WriteError;
use std::io;
use std::path::{Path, PathBuf};

/// A corpus cannot be written, read or trusted.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The system refused to read or list a file.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system refused to write a file.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A text file of the corpus does not say what it must.
    #[error("{}:{line}: {problem}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What was expected, and what to do.
        problem: String,
    },
    /// The folder is not, or not yet, the corpus that was expected.
    #[error("{}: {problem}", path.display())]
    Folder {
        /// The folder or one of its files.
        path: PathBuf,
        /// What was expected, and what to do.
        problem: String,
    },
    /// A shard is damaged or foreign.
    #[error("{}: {problem}", path.display())]
    Shard {
        /// The shard.
        path: PathBuf,
        /// What was expected, and what to do.
        problem: String,
    },
    /// A sample of a shard is damaged or does not fit the corpus.
    #[error("{}, sample {id}{}: {problem}", path.display(), array.as_ref().map(|a| format!(", array `{a}`")).unwrap_or_default())]
    Sample {
        /// The shard.
        path: PathBuf,
        /// The sample.
        id: u64,
        /// The array, where it is one.
        array: Option<String>,
        /// What was expected, and what to do.
        problem: String,
    },
    /// An array and its description disagree.
    #[error("array `{array}`: {problem}")]
    Array {
        /// Name or quantity of the array.
        array: String,
        /// What was expected.
        problem: String,
    },
    /// The plan of a corpus makes no sense.
    #[error("corpus plan: {0}")]
    Plan(String),
    /// No such part of a corpus.
    #[error("--shard: {0}")]
    Part(String),
    /// What was there is damaged, and mending it was not asked for.
    #[error("{}", list_damage(path, damage))]
    Damaged {
        /// The corpus.
        path: PathBuf,
        /// The shards and what is wrong with each.
        damage: Vec<(u64, String)>,
    },
    /// The corpus is not whole yet.
    #[error("{}: {problem}", path.display())]
    Unfinished {
        /// The corpus.
        path: PathBuf,
        /// What is missing, and how to make it.
        problem: String,
    },
    /// Something is asked for that the corpus does not hold.
    #[error("{}: {problem}", path.display())]
    Absent {
        /// The corpus.
        path: PathBuf,
        /// What is not there, and what is.
        problem: String,
    },
}

fn list_damage(path: &Path, damage: &[(u64, String)]) -> String {
    let lines: Vec<String> = damage.iter().map(|(shard, problem)| format!("\n  shard {shard}: {problem}")).collect();
    let advice = "build with --resume to make them again";
    format!("{}: {} finished shards are damaged; {advice}:{}", path.display(), damage.len(), lines.concat())
}

impl CorpusError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Write(WriteError { path: path.to_owned(), source })
    }

    /// A corpus folder that does not hold what is needed of it.
    pub fn folder(path: &Path, problem: impl Into<String>) -> Self {
        Self::Folder { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn shard(path: &Path, problem: impl Into<String>) -> Self {
        Self::Shard { path: path.to_owned(), problem: problem.into() }
    }

    pub(super) fn sample(path: &Path, id: u64, array: Option<&str>, problem: impl Into<String>) -> Self {
        Self::Sample { path: path.to_owned(), id, array: array.map(Into::into), problem: problem.into() }
    }

    pub(super) fn text(path: &Path, line: usize, problem: impl Into<String>) -> Self {
        Self::Text { path: path.to_owned(), line, problem: problem.into() }
    }
}
