//! DeepSense 6G (A. Alkhateeb et al., "DeepSense 6G", IEEE Commun. Mag. 61(9), 2023): a base station with 64 receive beams at 60 GHz and,
//! by scenario, GNSS of the vehicle, radar, LiDAR and a camera.
//!
//! Two layouts, also beside each other: the public one, `scenarioN.csv` with a path for each sensor and step, relative to it; and arrays
//! that were gathered from it (`scenarioN_unit1_pwr_60ghz_1-M.npy`, `…_unit1_loc…`, `…_unit2_loc…`, `…_seq_index…`), whose rows are those
//! of the index. A recording is one passage (`seq_index`) of one scenario.
//!
//! Best beams of the index count from 1. Gathered arrays of some scenarios have the beams in the other order: where the index says so for
//! every step they are turned back, and it is noted. Files that are listed and missing are counted and named by sensor; powers that are no
//! numbers leave their step without powers.
//!
//! ```text
//! scenario.rs  which scenarios a folder has, and their steps
//! index.rs     scenarioN.csv
//! gathered.rs  arrays of a whole scenario
//! files.rs     one measurement of one sensor
//! ply.rs       points of a LiDAR
//! ```

mod files;
mod gathered;
mod index;
mod ply;
mod scenario;

use super::reader::Reader;
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::Signal;
use std::path::Path;

/// Beams of the codebook of all scenarios.
const BEAMS: usize = 64;

/// Time between steps where the index has no stamps that rise, s: the sampling rate of the data set is about ten a second.
const NOMINAL_PERIOD_S: f64 = 0.1;

/// The reader.
pub(super) struct DeepSense;

impl Reader for DeepSense {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let found = scenario::find(dir)?;
        if found.is_empty() {
            let expected = "expected scenarioN.csv with its folders unit1 and unit2, or scenarioN_unit1_pwr_60ghz_*.npy with their like";
            return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
        }
        let read: Vec<Vec<Recording>> = found.iter().map(scenario::Scenario::read).collect::<Result<_, _>>()?;
        Ok(read.into_iter().flatten().collect())
    }

    /// A file of it holds one sensor of one step: no recording.
    fn sniff(&self, _: &Path) -> bool {
        false
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        Err(RecordingError::file(file, "is one step of one sensor; a recording of this data set is its whole folder"))
    }
}
