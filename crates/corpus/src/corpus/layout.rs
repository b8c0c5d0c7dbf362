//! Where the files of a corpus lie.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};

/// What was asked for.
pub(super) fn plan(dir: &Path) -> PathBuf {
    dir.join("corpus.yaml")
}

/// The finished shards.
pub(super) fn manifest(dir: &Path) -> PathBuf {
    dir.join("manifest.jsonl")
}

/// The samples; written last.
pub(super) fn index(dir: &Path) -> PathBuf {
    dir.join("samples.csv")
}

/// The dataset card.
pub(super) fn card(dir: &Path) -> PathBuf {
    dir.join("README.md")
}

/// The motion files that could not be used.
pub(super) fn set_aside(dir: &Path) -> PathBuf {
    dir.join("set_aside.csv")
}

/// The folder of the shards.
pub(super) fn shards(dir: &Path) -> PathBuf {
    dir.join("shards")
}

/// A shard, relative to the corpus, with `/`.
pub(super) fn shard(shard: u64) -> String {
    format!("shards/{shard:06}.tar")
}

/// The folder of what several processes that make a corpus say of their parts.
pub(super) fn parts(dir: &Path) -> PathBuf {
    dir.join("parts")
}

/// The lock of the whole corpus.
pub(super) fn lock(dir: &Path) -> PathBuf {
    dir.join(".lock")
}

/// A name for an unfinished file that no other process takes, on this machine or another.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{:016x}.part", RandomState::new().build_hasher().finish()));
    path.with_file_name(name)
}

/// The number of the shard of which `name` is an unfinished file: `000003.tar.8a31….part`.
pub(super) fn shard_of_unfinished(name: &str) -> Option<u64> {
    let (digits, rest) = name.split_once('.')?;
    (rest.starts_with("tar.") && rest.ends_with(".part")).then(|| digits.parse().ok()).flatten()
}
