//! Who may write a corpus: one process the whole of it, or many their own parts.
//!
//! `.lock` is held shared by every process that makes a part and alone by one that makes or merges the whole;
//! `parts/I-of-N.lock` is held alone by the process that makes part I of N.

use crate::base::lock::{Hold, Lock, is_held};
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::corpus::plan::part::Part;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn part_path(dir: &Path, part: Part) -> PathBuf {
    layout::parts(dir).join(format!("{}.lock", part.file_stem()))
}

/// Held as long as it lives.
pub(in crate::corpus) struct Locks {
    dir: PathBuf,
    part: Part,
    whole: Lock,
    _part: Option<Lock>,
}

impl Locks {
    /// Takes the locks for a part, or refuses with the name of who holds them.
    pub(in crate::corpus) fn take(dir: &Path, part: Part) -> Result<Self, CorpusError> {
        let busy = |what: String| CorpusError::folder(dir, what);
        let hold = if part.is_whole() { Hold::Alone } else { Hold::Shared };
        let whole = Lock::take(&layout::lock(dir), hold)?.ok_or_else(|| {
            let running = running(dir).unwrap_or_default();
            busy(match running.first() {
                Some(other) => {
                    format!("another process is writing part {other} of this corpus: wait for it, or end it")
                }
                None => "another process is writing this corpus: wait for it, or end it".into(),
            })
        })?;
        if part.is_whole() {
            return Ok(Self { dir: dir.to_owned(), part, whole, _part: None });
        }
        fs::create_dir_all(layout::parts(dir)).map_err(CorpusError::write(&layout::parts(dir)))?;
        let own = Lock::take(&part_path(dir, part), Hold::Alone)?.ok_or_else(|| {
            busy(format!("another process is writing part {part} of this corpus: wait for it, or end it"))
        })?;
        if let Some(other) = running(dir)?.into_iter().find(|p| p.of() != part.of()) {
            // Parts of different divisions share shards.
            let problem =
                format!("part {other} is being written, of another division than {part}: wait for it, or end it");
            return Err(busy(problem));
        }
        Ok(Self { dir: dir.to_owned(), part, whole, _part: Some(own) })
    }

    /// Removes the files of all locks when the corpus is finished; only the holder of the whole may.
    pub(in crate::corpus) fn clear(self) -> Result<(), CorpusError> {
        debug_assert!(self.part.is_whole());
        match fs::remove_dir_all(layout::parts(&self.dir)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(CorpusError::write(&layout::parts(&self.dir))(e));
            }
            _ => {}
        }
        Ok(self.whole.remove()?)
    }

    /// Whether the file system has locks at all.
    pub(in crate::corpus) fn are_supported(&self) -> bool {
        self.whole.is_supported()
    }
}

/// Whether a process makes or merges the whole corpus right now; `None` where the file system has no locks.
pub(in crate::corpus) fn whole_is_held(dir: &Path) -> Option<bool> {
    is_held(&layout::lock(dir))
}

/// Every part that was ever begun in this folder, in order.
pub(in crate::corpus) fn begun(dir: &Path) -> Result<Vec<Part>, CorpusError> {
    let folder = layout::parts(dir);
    let entries = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(CorpusError::read(&folder))?,
    };
    let mut parts = Vec::new();
    for entry in entries {
        let name = entry.map_err(CorpusError::read(&folder))?.file_name();
        let part = name.to_str().and_then(|n| n.strip_suffix(".lock")).and_then(|n| n.split_once("-of-"));
        parts.extend(part.and_then(|(i, n)| Part::new(i.parse().ok()?, n.parse().ok()?).ok()));
    }
    parts.sort_unstable();
    Ok(parts)
}

/// The parts that are being made right now.
pub(in crate::corpus) fn running(dir: &Path) -> Result<Vec<Part>, CorpusError> {
    Ok(begun(dir)?.into_iter().filter(|&part| is_held(&part_path(dir, part)) == Some(true)).collect())
}
