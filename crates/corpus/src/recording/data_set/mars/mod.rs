//! MARS: point clouds of a TI IWR1443 with the joints of a Kinect V2 beside it, ten rehabilitation movements (S. An and U. Y. Ogras,
//! "MARS", ACM TECS 20(5s), 2021).
//!
//! Measured on the recordings: distances lie on multiples of 2.929 cm, velocities on multiples of 0.356 m/s, and the sensor
//! numbers ten frames a second (9.93 to 10.00 by the computer's clock, whose stamps jitter by a third of a frame; so the numbers
//! are the clock here). A number that is missing is a frame in which nothing was detected. The intensity is a whole number on
//! a linear scale; its 10 · log10 is the intensity of RadHAR, which was recorded with the same chip.

mod raw;

pub use raw::{DOPPLER_BINS, FRAME_PERIOD_S, RANGE_BIN_M, VELOCITY_BIN_MPS};

use super::reader::Reader;
use crate::recording::arrays::Archive;
use crate::recording::{Dropped, Recording, RecordingError, listing};
use crate::signal::{PointCloud, Signal};
use ndarray::{Array3, Ix3};
use raw::{LONGEST_SILENCE, MarsFile};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Joints of a Kinect V2, in the order of every file of the data set; left and right are the person's.
pub const KINECT_JOINTS: [&str; 25] = [
    "SpineBase",
    "SpineMid",
    "Neck",
    "Head",
    "ShoulderLeft",
    "ElbowLeft",
    "WristLeft",
    "HandLeft",
    "ShoulderRight",
    "ElbowRight",
    "WristRight",
    "HandRight",
    "HipLeft",
    "KneeLeft",
    "AnkleLeft",
    "FootLeft",
    "HipRight",
    "KneeRight",
    "AnkleRight",
    "FootRight",
    "SpineShoulder",
    "HandTipLeft",
    "ThumbLeft",
    "HandTipRight",
    "ThumbRight",
];

/// A stretch of radar frames with the joints of the person in each of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedStretch {
    /// Name of the file and number of the stretch.
    pub name: String,
    /// Subject, by the file's name.
    pub subject: Option<String>,
    /// The detections; frames without any are left out, so that there are joints for each.
    pub points: PointCloud,
    /// `[frame, joint, xyz]`, m, joints as in [`KINECT_JOINTS`]: x right, y away from the sensor, z up, the sensor at the origin.
    pub joints_m: Array3<f32>,
    /// What was left out.
    pub dropped: Dropped,
}

/// The slug of a movement, 1 to 10; its sentences are in `prompts/mars.yaml`.
pub fn slug(movement: u32) -> Option<&'static str> {
    Some(match movement {
        1 => "raise_left_arm_side",
        2 => "raise_right_arm_side",
        3 => "raise_both_arms_side",
        4 => "front_lunge_left",
        5 => "front_lunge_right",
        6 => "squat",
        7 => "side_lunge_left",
        8 => "side_lunge_right",
        9 => "extend_left_arm_and_leg",
        10 => "extend_right_arm_and_leg",
        _ => return None,
    })
}

/// A line of metadata.csv.
#[derive(Clone, Debug, serde::Deserialize)]
struct MarsMetadata {
    file: String,
    subject: u32,
    movement_id: u32,
    frames: usize,
    points: usize,
}

/// The reader of MARS.
pub(super) struct Mars;

impl Reader for Mars {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        read_folder(dir)
    }

    fn sniff(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        name.ends_with(".npz") && Archive::open(file).is_ok_and(|npz| npz.has("doppler_bin"))
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (points, dropped) = read_points(file)?;
        Ok((Signal::Points(points), dropped))
    }
}

/// Reads all recordings of a folder, in order of their names.
///
/// The folder holds `metadata.csv` and `movements/*.npz`, or npz files alone; what `metadata.csv` does not say is taken from the
/// name, `s{subject}_m{movement}.npz`.
pub fn read_folder(dir: &Path) -> Result<Vec<Recording>, RecordingError> {
    let metadata = dir.join("metadata.csv");
    let listed = if metadata.is_file() {
        listing::metadata(&metadata, |row: &MarsMetadata| &row.file)?
    } else {
        BTreeMap::new()
    };
    let movements = dir.join("movements");
    let root = if movements.is_dir() { movements } else { dir.to_owned() };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&root).map_err(RecordingError::read(&root))? {
        let path = entry.map_err(RecordingError::read(&root))?.path();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz")) {
            files.push(path);
        }
    }
    files.sort();
    let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for name in listed.keys() {
        if !files.iter().any(|f| name_of(f) == *name) {
            return Err(RecordingError::file(&metadata, format!("lists {name}, which is not in {}", root.display())));
        }
    }
    if files.is_empty() {
        let expected = "expected movements/*.npz with metadata.csv, or s{subject}_m{movement}.npz";
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    files.par_iter().map(|path| read_listed(path, listed.get(&name_of(path)))).collect()
}

/// Reads one recording; subject and movement are taken from its name.
pub fn read_file(path: &Path) -> Result<Recording, RecordingError> {
    read_listed(path, None)
}

/// Reads the detections of one recording, whatever its name.
pub fn read_points(path: &Path) -> Result<(PointCloud, Dropped), RecordingError> {
    let raw = MarsFile::read(path, &mut Archive::open(path)?)?;
    raw.continuous(path, 0..raw.frame.len())
}

/// Reads a file with radar frames and Kinect joints side by side (`paired/*.npz`), cut where the frame numbers leap: there the next
/// movement begins.
pub fn read_paired(path: &Path) -> Result<Vec<PairedStretch>, RecordingError> {
    let mut npz = Archive::open(path)?;
    let raw = MarsFile::read(path, &mut npz)?;
    let joints: Array3<f32> = npz.array::<_, Ix3>("joints_xyz")?;
    let expected = (raw.frame.len(), KINECT_JOINTS.len(), 3);
    if joints.dim() != expected {
        let what = format!("shape {:?}, expected {expected:?}: frames, joints, x y z", joints.dim());
        return Err(RecordingError::array(path, "joints_xyz", what));
    }
    if let Some(((frame, ..), _)) = joints.indexed_iter().find(|(_, v)| !v.is_finite()) {
        return Err(RecordingError::array(path, "joints_xyz", format!("not a number in frame {frame}")));
    }
    let (stem, subject) = (stem(path), name_parts(path).0);
    let mut cuts = vec![0];
    cuts.extend((1..raw.frame.len()).filter(|&i| raw.frame[i] - raw.frame[i - 1] > LONGEST_SILENCE));
    cuts.push(raw.frame.len());
    cuts.windows(2)
        .enumerate()
        .map(|(number, cut)| {
            let (points, dropped) = raw.cloud(path, cut[0]..cut[1])?;
            let joints_m = joints.slice(ndarray::s![cut[0]..cut[1], .., ..]).to_owned();
            let name = format!("{stem} {}", number + 1);
            Ok(PairedStretch { name, subject: subject.clone(), points, joints_m, dropped })
        })
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Subject and movement by the name `s{subject}_m{movement}`.
fn name_parts(path: &Path) -> (Option<String>, Option<u32>) {
    let stem = stem(path).to_ascii_lowercase();
    let mut words = stem.split('_');
    let number = |word: Option<&str>, letter: char| word.and_then(|w| w.strip_prefix(letter)?.parse::<u32>().ok());
    (number(words.next(), 's').map(|s| s.to_string()), number(words.next(), 'm'))
}

fn read_listed(path: &Path, listed: Option<&MarsMetadata>) -> Result<Recording, RecordingError> {
    let raw = MarsFile::read(path, &mut Archive::open(path)?)?;
    let (subject, movement) = match listed {
        Some(row) => {
            let found = raw.size();
            if found != (row.frames, row.points) {
                let (f, p) = found;
                let what =
                    format!("{f} frames and {p} points, but metadata.csv says {} and {}", row.frames, row.points);
                return Err(RecordingError::file(path, what));
            }
            (Some(row.subject.to_string()), Some(row.movement_id))
        }
        None => name_parts(path),
    };
    let activity = movement.and_then(slug).ok_or_else(|| {
        let found = movement.map_or_else(|| "none".into(), |m| m.to_string());
        let what = format!(
            "its movement is {found}, expected 1 to 10, by metadata.csv or by the name s{{subject}}_m{{movement}}.npz"
        );
        RecordingError::file(path, what)
    })?;
    let (points, dropped) = raw.continuous(path, 0..raw.frame.len())?;
    Ok(Recording {
        name: stem(path),
        activity: activity.into(),
        session: None,
        subject,
        room: None,
        official_split: None,
        signal: Signal::Points(points),
        dropped,
    })
}
