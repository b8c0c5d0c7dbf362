//! Arrays of recordings out of npz files.

use super::RecordingError;
use crate::base::npz::{Npz, NpzError};
use ndarray::{Array, Dimension};
use ndarray_npy::ReadableElement;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// An open npz.
pub(super) struct Archive {
    path: PathBuf,
    npz: Npz<BufReader<File>>,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, RecordingError> {
        let file = File::open(path).map_err(RecordingError::read(path))?;
        let npz = Npz::open(&path.display().to_string(), BufReader::new(file)).map_err(|e| failed(path, "", e))?;
        Ok(Self { path: path.to_owned(), npz })
    }

    /// Whether the archive holds this array.
    pub(super) fn has(&self, name: &str) -> bool {
        self.npz.has(name)
    }

    /// The array `name`, whose element type and number of axes are those of the result.
    pub(super) fn array<T: ReadableElement + Clone, D: Dimension>(
        &mut self,
        name: &str,
    ) -> Result<Array<T, D>, RecordingError> {
        self.npz.array(name, "").map_err(|e| failed(&self.path, name, e))
    }
}

fn failed(path: &Path, array: &str, error: NpzError) -> RecordingError {
    match error {
        NpzError::Archive { what, .. } => {
            RecordingError::file(path, format!("not a whole npz archive ({what}); copy the file again"))
        }
        NpzError::Missing { found, .. } => {
            RecordingError::array(path, array, format!("it is missing; the file has {found}"))
        }
        NpzError::Unreadable { what, .. } => RecordingError::array(path, array, what),
    }
}

/// Refuses a column of points whose length is not what the points of the frames add up to.
pub(super) fn same_length(path: &Path, array: &str, found: usize, total: usize) -> Result<(), RecordingError> {
    if found == total {
        return Ok(());
    }
    Err(RecordingError::array(path, array, format!("{found} points, but n_points adds up to {total}")))
}
