//! Corpora in the layouts of other programs.
//!
//! An export is a folder that appears under its name when all of it is on the disk.

mod cubes;
mod error;
mod features;
#[cfg(feature = "hdf5")]
mod hdf5;
mod mmclip;
mod time_range_angle;
#[cfg(feature = "zarr")]
mod zarr;

pub use error::ExportError;
pub use time_range_angle::TimeRangeAngle;

use crate::base::atomic_file::{part_path, sync_parent};
use crate::base::progress::Progress;
use crate::corpus::files::index::SampleRow;
use crate::corpus::read::CorpusReader;
use std::fs;
use std::path::Path;

/// A layout of another program.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// mmCLIP's loader: `NAME_td.npy`, `NAME_tr.npy`, `NAME_ta.npy` and a text file of sentences.
    Mmclip,
    /// WiSwiss: one HDF5 file a split with `data`, `label` and, where boxes of people are known, `raw`.
    Hdf5(Hdf5Content),
    /// One Zarr v3 group with the maps and the labels.
    Zarr,
    /// TI's DCA1000 card: `.bin` of int16 with the geometry beside it.
    Dca1000,
    /// A matrix of features, `[sample, feature]`, with labels and groups: what scikit-learn takes.
    Features,
    /// RF-Genesis: `radar_frames.npy` in the order frame, tx, rx, chirp, sample.
    RfGenesis,
}

/// What `data` of WiSwiss' files is.
#[derive(Clone, Debug, PartialEq)]
pub enum Hdf5Content {
    /// Cubes of radar signals in dB.
    Cubes(TimeRangeAngle),
    /// A view of the samples as it is, of two or three axes.
    View(String),
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Exported {
    /// Samples.
    pub samples: u64,
    /// Files.
    pub files: u64,
    /// Signals that the corpus does not keep and that were simulated again.
    pub made_again: u64,
    /// I and Q values beyond the scale of int16, set to its ends.
    pub clipped: u64,
}

/// What an export works on: these samples of a corpus, to be written into a folder that is there.
struct Job<'a> {
    corpus: &'a CorpusReader,
    rows: &'a [&'a SampleRow],
    dir: &'a Path,
    progress: &'a dyn Progress,
}

/// Writes the samples of a corpus (of one split, where given) to the new folder `output`.
pub fn export(
    corpus: &CorpusReader,
    layout: Layout,
    split: Option<&str>,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Exported, ExportError> {
    let rows: Vec<&SampleRow> = match split {
        Some(split) => corpus.split(split)?,
        None => corpus.rows().iter().collect(),
    };
    if fs::symlink_metadata(output).is_ok() {
        return Err(ExportError::Output {
            path: output.to_owned(),
            problem: "exists already: name a new folder".into(),
        });
    }
    let part = part_path(output);
    // What an interrupted export left.
    if part.exists() {
        fs::remove_dir_all(&part).map_err(ExportError::write(&part))?;
    }
    fs::create_dir_all(&part).map_err(ExportError::write(&part))?;
    progress.begin("exporting", rows.len() as u64);
    let job = Job { corpus, rows: &rows, dir: &part, progress };
    let written = match layout {
        Layout::Mmclip => mmclip::write(&job),
        Layout::Features => features::write(&job),
        Layout::Dca1000 => cubes::write_dca1000(&job),
        Layout::RfGenesis => cubes::write_rf_genesis(&job),
        #[cfg(feature = "hdf5")]
        Layout::Hdf5(content) => hdf5::write(&job, &content),
        #[cfg(not(feature = "hdf5"))]
        Layout::Hdf5(_) => Err(ExportError::Feature { layout: "HDF5", feature: "hdf5" }),
        #[cfg(feature = "zarr")]
        Layout::Zarr => zarr::write(&job),
        #[cfg(not(feature = "zarr"))]
        Layout::Zarr => Err(ExportError::Feature { layout: "Zarr", feature: "zarr" }),
    };
    let finished = written.and_then(|exported| {
        fs::rename(&part, output).and_then(|()| sync_parent(output)).map_err(ExportError::write(output))?;
        Ok(exported)
    });
    if finished.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&part);
    }
    progress.finish();
    finished
}
