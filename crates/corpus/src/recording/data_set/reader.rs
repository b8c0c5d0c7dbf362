//! What a data set must offer to be read.

use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::Signal;
use std::path::Path;

/// A reader of one data set.
pub trait Reader: Sync {
    /// All recordings of a folder, with what is known of them.
    ///
    /// # Errors
    /// A file that does not fit, with its name and what was expected. Corrupt points are dropped and counted.
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError>;

    /// Whether a file is one of its recordings, by name and content.
    fn sniff(&self, file: &Path) -> bool;

    /// One recording without its labels, and what was left out of it.
    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError>;
}
