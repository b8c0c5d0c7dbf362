//! One process trains in a folder at a time.

use super::TrainError;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Held while a run is going on. The lock is the system's (flock), so it vanishes with its process whatever ends it.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Makes the folder where it is missing, and refuses one in which another process trains.
    pub(super) fn take(dir: &Path) -> Result<Self, TrainError> {
        let path = dir.join(".lock");
        let write = |source| crate::base::atomic_file::WriteError { path: path.clone(), source };
        fs::create_dir_all(dir).map_err(write)?;
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(write)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let problem = "another process trains in this folder: wait for it, or end it";
                Err(TrainError::data(&dir.display().to_string(), problem))
            }
            // Some network file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { path, _file: file }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock file that stays after all harms nothing.
        let _ = fs::remove_file(&self.path);
    }
}
