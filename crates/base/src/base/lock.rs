//! Files that say who works in a folder: one process alone, or several side by side.
//!
//! The locks are the system's (flock), so they vanish with their process whatever ends it. The files may be removed by who holds
//! them exclusively; a lock on a file that lies under its name no more locks nothing, so that is looked at after every lock.

use super::atomic_file::WriteError;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A look at a lock ([`is_held`]) holds it for a moment: as often and as long is waited before a process gives up.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(100);

/// Who else may hold a lock meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// All who hold it shared.
    Shared,
    /// Nobody.
    Alone,
}

/// A lock that is held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
    supported: bool,
}

/// What came of one attempt.
enum Attempt {
    Got(Lock),
    Busy,
    /// Who held it before has removed the file meanwhile.
    Gone,
}

impl Lock {
    /// Takes the lock of the file at `path`, which is made where it is missing; `None` when another process holds it.
    ///
    /// # Errors
    /// The file cannot be made or opened.
    pub fn take(path: &Path, hold: Hold) -> Result<Option<Self>, WriteError> {
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            if let Attempt::Got(lock) = Self::attempt(path, hold)? {
                return Ok(Some(lock));
            }
        }
        Ok(None)
    }

    fn attempt(path: &Path, hold: Hold) -> Result<Attempt, WriteError> {
        let fail = |source| WriteError { path: path.to_owned(), source };
        // Read and write: on NFS an exclusive lock wants a file open for writing, a shared one a file open for reading.
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(fail)?;
        let got = |file, supported| Attempt::Got(Self { path: path.to_owned(), _file: file, supported });
        let locked = match hold {
            Hold::Shared => file.try_lock_shared(),
            Hold::Alone => file.try_lock(),
        };
        match locked {
            Ok(()) if same_file(&file, path) => Ok(got(file, true)),
            Ok(()) => Ok(Attempt::Gone),
            Err(TryLockError::WouldBlock) => Ok(Attempt::Busy),
            Err(TryLockError::Error(e)) if has_no_locks(&e) => Ok(got(file, false)),
            Err(TryLockError::Error(e)) => Err(fail(e)),
        }
    }

    /// Whether the file system has locks at all; some network file systems do not, and nobody is kept out there.
    pub fn is_supported(&self) -> bool {
        self.supported
    }

    /// Removes the file and lets go of the lock, in this order: whoever waits for it then finds that the file is gone.
    ///
    /// Only for locks that are held [`Hold::Alone`].
    ///
    /// # Errors
    /// The file cannot be removed; that it is gone already is none.
    pub fn remove(self) -> Result<(), WriteError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(WriteError { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// Whether a process holds the lock exclusively; `None` where that cannot be told.
pub fn is_held(path: &Path) -> Option<bool> {
    let Ok(file) = File::open(path) else { return Some(false) };
    match file.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

fn has_no_locks(error: &io::Error) -> bool {
    // NFS without its lock service says ENOLCK, which Rust has no name for.
    const NO_LOCK_SERVICE: i32 = 37;
    error.kind() == io::ErrorKind::Unsupported
        || cfg!(target_os = "linux") && error.raw_os_error() == Some(NO_LOCK_SERVICE)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn of_many_who_take_and_remove_a_lock_one_is_inside_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        let Attempt::Got(lock) = Lock::attempt(&path, Hold::Alone).unwrap() else { continue };
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold the lock");
                        taken.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        lock.remove().unwrap();
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) >= 8, "{taken:?}");
        assert!(!path.exists());
    }

    #[test]
    fn a_lock_is_shared_or_held_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert_eq!(is_held(&path), Some(false));
        let first = Lock::take(&path, Hold::Shared).unwrap().unwrap();
        let second = Lock::take(&path, Hold::Shared).unwrap().unwrap();
        assert_eq!(is_held(&path), Some(false));
        assert!(Lock::take(&path, Hold::Alone).unwrap().is_none());
        drop((first, second));
        let alone = Lock::take(&path, Hold::Alone).unwrap().unwrap();
        assert!(alone.is_supported());
        assert_eq!(is_held(&path), Some(true));
        assert!(Lock::take(&path, Hold::Shared).unwrap().is_none());
        alone.remove().unwrap();
        assert!(!path.exists());
        let error = Lock::take(&path.join("deeper"), Hold::Alone).unwrap_err().to_string();
        assert!(error.contains("cannot write") && error.contains("deeper"), "{error}");
    }
}
