//! RadHAR: point clouds of a TI IWR1443, five activities (A. D. Singh et al., "RadHAR", mmNets 2019).
//!
//! Two traps of the data are undone here. **Range:** the ROS package that recorded it multiplied range bins by the resolution of the
//! 240 samples (4.3577 cm), but the sensor transforms 256 points, so a bin is 15/16 of that; the sensor's own x, y, z, which
//! lie at |xyz| = 4.0906 cm × bin (median over the recordings), agree. **Time:** the serial port delivers frames in pairs 1.6 ms
//! apart, so stamps jitter by a whole frame; frames are put back on the sensor's clock of 30.08 frames/s, with gaps kept.

mod check;
mod npz;
mod raw;
mod text;

pub use raw::{DOPPLER_BINS, FRAME_PERIOD_S, RANGE_BIN_M, RECORDED_RANGE_BIN_M, VELOCITY_BIN_MPS};

use super::reader::Reader;
use crate::recording::arrays::Archive;
use crate::recording::{Dropped, Recording, RecordingError, listing};
use crate::signal::{PointCloud, Signal};
use check::checked;
use raw::RadharFrames;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The reader of RadHAR.
pub(super) struct Radhar;

impl Reader for Radhar {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        read_folder(dir)
    }

    fn sniff(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let text = name.ends_with(".txt") || name.ends_with(".txt.gz");
        text || (name.ends_with(".npz") && Archive::open(file).is_ok_and(|npz| npz.has("frame_time_ns")))
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (points, dropped) = read_points(file)?;
        Ok((Signal::Points(points), dropped))
    }
}

/// Reads all recordings below a folder, in order of their names.
///
/// The folder holds `metadata.csv` and `points/*.npz`, or npz files alone, or the original text files (`.txt`, `.txt.gz`) in any
/// sub-folders. What `metadata.csv` does not say is taken from the name (`s{session}_{activity}_…`) and the folders
/// (`Train`, `Test`, the activity).
pub fn read_folder(dir: &Path) -> Result<Vec<Recording>, RecordingError> {
    let listed = if dir.join("metadata.csv").is_file() {
        listing::metadata(&dir.join("metadata.csv"), |row: &RadharMetadata| &row.file)?
    } else {
        BTreeMap::new()
    };
    let points = dir.join("points");
    let root = if points.is_dir() { points } else { dir.to_owned() };
    let mut files = Vec::new();
    collect_files(&root, 0, &mut files)?;
    files.sort();
    for name in listed.keys() {
        if !files.iter().any(|f| f.file_name().is_some_and(|n| n.to_string_lossy() == *name)) {
            let what = format!("lists {name}, which is not in {}", root.display());
            return Err(RecordingError::file(&dir.join("metadata.csv"), what));
        }
    }
    if files.is_empty() {
        let expected = "expected points/*.npz with metadata.csv, or *.npz, or the original *.txt or *.txt.gz";
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    files
        .par_iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            read_one(path, listed.get(&name))
        })
        .collect()
}

/// Reads one recording (`.npz`, `.txt` or `.txt.gz`); activity and session are taken from its name.
pub fn read_file(path: &Path) -> Result<Recording, RecordingError> {
    read_one(path, None)
}

/// Reads the detections of one recording, whatever its name.
pub fn read_points(path: &Path) -> Result<(PointCloud, Dropped), RecordingError> {
    checked(path, read_raw(path)?)
}

fn read_raw(path: &Path) -> Result<RadharFrames, RecordingError> {
    let is_npz = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz"));
    if is_npz { npz::read(path) } else { text::read(path) }
}

/// The vocabulary's slug for an activity of RadHAR.
pub fn slug(activity: &str) -> Option<&'static str> {
    match activity {
        "boxing" => Some("punch"),
        "jack" | "jacks" => Some("jumping_jack"),
        "jump" => Some("jump"),
        "squats" => Some("squat"),
        "walk" => Some("walk_forward_backward"),
        _ => None,
    }
}

/// A line of metadata.csv.
#[derive(Clone, Debug, serde::Deserialize)]
struct RadharMetadata {
    file: String,
    activity: String,
    session: u32,
    official_split: String,
    frames: usize,
    points: usize,
}

fn collect_files(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), RecordingError> {
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if path.is_dir() {
            // Deep enough for the origin's Data/Train/boxing; links in circles end here.
            if depth < 4 {
                collect_files(&path, depth + 1, files)?;
            }
        } else if name.ends_with(".npz")
            || (name.ends_with(".txt") || name.ends_with(".txt.gz")) && name_parts(&path).is_some()
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Activity and session according to the file's name or its folders.
fn name_parts(path: &Path) -> Option<(&'static str, Option<String>)> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let mut words: Vec<&str> = name.split(['_', '.']).filter(|w| !w.is_empty()).collect();
    let session = words.first().and_then(|w| w.strip_prefix('s')).and_then(|w| w.parse::<u32>().ok());
    words.retain(|w| w.parse::<u32>().is_err());
    let named = words.iter().find_map(|w| slug(w));
    let in_folder = || path.parent()?.file_name().and_then(|n| slug(&n.to_string_lossy().to_ascii_lowercase()));
    Some((named.or_else(in_folder)?, session.map(|s| s.to_string())))
}

fn read_one(path: &Path, listed: Option<&RadharMetadata>) -> Result<Recording, RecordingError> {
    let raw = read_raw(path)?;
    let (activity, session, official_split) = match listed {
        Some(row) => {
            let known = slug(&row.activity).ok_or_else(|| {
                let expected = "expected boxing, jack, jump, squats or walk";
                RecordingError::file(path, format!("metadata.csv calls it `{}`; {expected}", row.activity))
            })?;
            let points: usize = raw.points.iter().map(Vec::len).sum();
            if (row.frames, row.points) != (raw.time_ns.len(), points) {
                let (f, p) = (raw.time_ns.len(), points);
                let what =
                    format!("{f} frames and {p} points, but metadata.csv says {} and {}", row.frames, row.points);
                return Err(RecordingError::file(path, what));
            }
            (known, Some(row.session.to_string()), Some(row.official_split.clone()))
        }
        None => {
            let (activity, session) = name_parts(path).ok_or_else(|| {
                let what = "no metadata.csv names it, and its name holds no activity (s{session}_{activity}_…, with boxing, jack, \
                            jump, squats or walk)";
                RecordingError::file(path, what)
            })?;
            (activity, session, split_from(path))
        }
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = [".npz", ".gz", ".txt"].iter().fold(name.as_ref(), |n, end| n.strip_suffix(end).unwrap_or(n)).to_owned();
    let (points, dropped) = checked(path, raw)?;
    Ok(Recording {
        name,
        activity: activity.into(),
        session,
        subject: None,
        room: None,
        official_split,
        signal: Signal::Points(points),
        dropped,
    })
}

fn split_from(path: &Path) -> Option<String> {
    let mut folders = path.ancestors().skip(1).filter_map(|p| p.file_name());
    folders.find(|n| *n == "Train" || *n == "Test").map(|n| n.to_string_lossy().to_lowercase())
}
