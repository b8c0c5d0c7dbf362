//! One process trains in a folder at a time.

use crate::base::atomic_file::WriteError;
use crate::base::lock::{self, Hold};
use crate::train::TrainError;
use std::fs;
use std::path::Path;

/// Held while a run is going on; its file goes with it.
pub(super) struct Lock(Option<lock::Lock>);

impl Lock {
    /// Makes the folder where it is missing, and refuses one in which another process trains.
    pub(super) fn take(dir: &Path) -> Result<Self, TrainError> {
        let path = dir.join(".lock");
        fs::create_dir_all(dir).map_err(|source| WriteError { path: dir.to_owned(), source })?;
        let Some(lock) = lock::Lock::take(&path, Hold::Alone)? else {
            let problem = "another process trains in this folder: wait for it, or end it";
            return Err(TrainError::data(&dir.display().to_string(), problem));
        };
        Ok(Self(Some(lock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock file that stays after all harms nothing.
        let _ = self.0.take().map(lock::Lock::remove);
    }
}
