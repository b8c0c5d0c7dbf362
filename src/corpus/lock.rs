//! Who may write a corpus: one process the whole of it, or many their own parts.
//!
//! `.lock` is held shared by every process that makes a part and exclusively by one that makes or merges the whole;
//! `parts/I-of-N.lock` is held exclusively by the process that makes part I of N. The locks are the system's (flock), so
//! they vanish with their process whatever ends it.

use super::error::CorpusError;
use super::part::Part;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A look at a lock (`corpus status`) holds it for a moment: as often and as long is waited before a process gives up.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn parts_dir(dir: &Path) -> PathBuf {
    dir.join("parts")
}

fn whole_path(dir: &Path) -> PathBuf {
    dir.join(".lock")
}

fn part_path(dir: &Path, part: Part) -> PathBuf {
    parts_dir(dir).join(format!("{}-of-{}.lock", part.index(), part.of()))
}

/// Held as long as it lives.
pub(super) struct Locks {
    dir: PathBuf,
    part: Part,
    /// Whether the file system has locks at all.
    pub(super) supported: bool,
    _whole: File,
    _part: Option<File>,
}

impl Locks {
    /// Takes the locks for a part, or refuses with the name of who holds them.
    pub(super) fn take(dir: &Path, part: Part) -> Result<Self, CorpusError> {
        let busy = |what: String| CorpusError::folder(dir, what);
        let (whole, supported) = acquire(&whole_path(dir), !part.is_whole())?.ok_or_else(|| {
            let running = running(dir).unwrap_or_default();
            busy(match running.first() {
                Some(other) => {
                    format!("another process is writing part {other} of this corpus: wait for it, or end it")
                }
                None => "another process is writing this corpus: wait for it, or end it".into(),
            })
        })?;
        if part.is_whole() {
            return Ok(Self { dir: dir.to_owned(), part, supported, _whole: whole, _part: None });
        }
        fs::create_dir_all(parts_dir(dir)).map_err(CorpusError::write(&parts_dir(dir)))?;
        let (own, _) = acquire(&part_path(dir, part), false)?.ok_or_else(|| {
            busy(format!("another process is writing part {part} of this corpus: wait for it, or end it"))
        })?;
        if let Some(other) = running(dir)?.into_iter().find(|p| p.of() != part.of()) {
            // Parts of different divisions share shards.
            let problem =
                format!("part {other} is being written, of another division than {part}: wait for it, or end it");
            return Err(busy(problem));
        }
        Ok(Self { dir: dir.to_owned(), part, supported, _whole: whole, _part: Some(own) })
    }

    /// Removes the files of all locks when the corpus is finished; only the holder of the whole may.
    pub(super) fn clear(self) -> Result<(), CorpusError> {
        debug_assert!(self.part.is_whole());
        match fs::remove_dir_all(parts_dir(&self.dir)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(CorpusError::write(&parts_dir(&self.dir))(e)),
            _ => {}
        }
        match fs::remove_file(whole_path(&self.dir)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(CorpusError::write(&whole_path(&self.dir))(e)),
            _ => Ok(()),
        }
    }
}

/// The lock and whether the file system has locks; `None` when another process holds it.
fn acquire(path: &Path, shared: bool) -> Result<Option<(File, bool)>, CorpusError> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        // Read and write: on NFS an exclusive lock wants a file open for writing, a shared one a file open for reading.
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(CorpusError::write(path))?;
        match if shared { file.try_lock_shared() } else { file.try_lock() } {
            // Whoever finished the corpus may have removed the file between the two steps: then this lock locks nothing.
            Ok(()) if same_file(&file, path) => return Ok(Some((file, true))),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            // Some network file systems have no locks; the manifest still tells whole shards from others.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => return Ok(Some((file, false))),
            Err(TryLockError::Error(e)) => return Err(CorpusError::write(path)(e)),
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |m: &fs::Metadata| (m.dev(), m.ino());
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => identity(&a) == identity(&b),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(_: &File, _: &Path) -> bool {
    // An open file cannot be removed there.
    true
}

/// Whether a process holds the lock exclusively; `None` where that cannot be told.
fn is_held(path: &Path) -> Option<bool> {
    let Ok(file) = File::open(path) else { return Some(false) };
    match file.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// Whether a process makes or merges the whole corpus right now; `None` where the file system has no locks.
pub(super) fn whole_is_held(dir: &Path) -> Option<bool> {
    is_held(&whole_path(dir))
}

/// Every part that was ever begun in this folder, in order.
pub(super) fn begun(dir: &Path) -> Result<Vec<Part>, CorpusError> {
    let folder = parts_dir(dir);
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
pub(super) fn running(dir: &Path) -> Result<Vec<Part>, CorpusError> {
    Ok(begun(dir)?.into_iter().filter(|&part| is_held(&part_path(dir, part)) == Some(true)).collect())
}
