//! MARS: point clouds of a TI IWR1443 with the joints of a Kinect V2 beside it, ten rehabilitation movements (S. An and U. Y. Ogras,
//! "MARS", ACM TECS 20(5s), 2021).
//!
//! Measured on the recordings: distances lie on multiples of 2.929 cm, velocities on multiples of 0.356 m/s, and the sensor
//! numbers ten frames a second (9.93 to 10.00 by the computer's clock, whose stamps jitter by a third of a frame; so the numbers
//! are the clock here). A number that is missing is a frame in which nothing was detected. The intensity is a whole number on
//! a linear scale; its 10 · log10 is the intensity of RadHAR, which was recorded with the same chip.

use super::arrays::{Archive, same_length};
use super::{Dropped, Recording, RecordingError, listing};
use crate::base::Vec3;
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Array2, Array3, Ix1, Ix2, Ix3};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Range step, m.
pub const RANGE_BIN_M: f64 = 0.029_29;
/// Velocity step, m/s.
pub const VELOCITY_BIN_MPS: f64 = 0.356;
/// Doppler bins: −8..=7.
pub const DOPPLER_BINS: usize = 16;
/// Time between frames, s.
pub const FRAME_PERIOD_S: f64 = 0.1;
/// Bins of the range FFT: further points are corrupt.
const RANGE_BINS: f64 = 256.0;
/// More frames without a detection in a row are a part that is missing: half a minute.
const LONGEST_SILENCE: i64 = 300;

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
struct Listed {
    file: String,
    subject: u32,
    movement_id: u32,
    frames: usize,
    points: usize,
}

/// Reads all recordings of a folder, in order of their names.
///
/// The folder holds `metadata.csv` and `movements/*.npz`, or npz files alone; what `metadata.csv` does not say is taken from the
/// name, `s{subject}_m{movement}.npz`.
pub fn read_folder(dir: &Path) -> Result<Vec<Recording>, RecordingError> {
    let metadata = dir.join("metadata.csv");
    let listed =
        if metadata.is_file() { listing::metadata(&metadata, |row: &Listed| &row.file)? } else { BTreeMap::new() };
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
    let raw = Raw::read(path, &mut Archive::open(path)?)?;
    raw.continuous(path, 0..raw.frame.len())
}

/// Reads a file with radar frames and Kinect joints side by side (`paired/*.npz`), cut where the frame numbers leap: there the next
/// movement begins.
pub fn read_paired(path: &Path) -> Result<Vec<PairedStretch>, RecordingError> {
    let mut npz = Archive::open(path)?;
    let raw = Raw::read(path, &mut npz)?;
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

fn read_listed(path: &Path, listed: Option<&Listed>) -> Result<Recording, RecordingError> {
    let raw = Raw::read(path, &mut Archive::open(path)?)?;
    let (subject, movement) = match listed {
        Some(row) => {
            let found = (raw.frame.len(), raw.points.len());
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
        official_split: None,
        points,
        dropped,
    })
}

/// A file before its points are checked.
struct Raw {
    frame: Vec<i64>,
    counts: Vec<usize>,
    points: Vec<RawPoint>,
}

#[derive(Clone, Copy)]
struct RawPoint {
    position: Vec3,
    doppler_bin: i8,
    intensity: f32,
}

impl Raw {
    fn read(path: &Path, npz: &mut Archive) -> Result<Self, RecordingError> {
        let frame: Array1<i32> = npz.array::<_, Ix1>("frame")?;
        let counts: Array1<u16> = npz.array::<_, Ix1>("n_points")?;
        if counts.len() != frame.len() {
            let what = format!("{} frames, but `frame` has {}", counts.len(), frame.len());
            return Err(RecordingError::array(path, "n_points", what));
        }
        if frame.is_empty() {
            return Err(RecordingError::array(path, "frame", "no frames"));
        }
        if let Some(i) = (1..frame.len()).find(|&i| frame[i] <= frame[i - 1]) {
            let what = format!("time runs backwards: frame number {} after {}", frame[i], frame[i - 1]);
            return Err(RecordingError::array(path, "frame", what));
        }
        let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
        let xyz: Array2<i16> = npz.array::<_, Ix2>("xyz_q9")?;
        same_length(path, "xyz_q9", xyz.nrows(), total)?;
        if xyz.ncols() != 3 {
            return Err(RecordingError::array(path, "xyz_q9", format!("{} columns, expected x, y, z", xyz.ncols())));
        }
        let doppler: Array1<i8> = npz.array::<_, Ix1>("doppler_bin")?;
        same_length(path, "doppler_bin", doppler.len(), total)?;
        let intensity: Array1<f32> = npz.array::<_, Ix1>("intensity")?;
        same_length(path, "intensity", intensity.len(), total)?;
        if let Some(i) = intensity.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            let what = format!("point {i} has {}, expected a number above 0 on a linear scale", intensity[i]);
            return Err(RecordingError::array(path, "intensity", what));
        }
        let q9 = |v: i16| f64::from(v) / 512.0;
        let points = (0..total)
            .map(|i| RawPoint {
                position: Vec3::new(q9(xyz[[i, 0]]), q9(xyz[[i, 1]]), q9(xyz[[i, 2]])),
                doppler_bin: doppler[i],
                intensity: intensity[i],
            })
            .collect();
        Ok(Self {
            frame: frame.iter().map(|&f| f.into()).collect(),
            counts: counts.iter().map(|&n| n.into()).collect(),
            points,
        })
    }

    /// The frames of a range with detections; time starts at the first of them.
    fn cloud(&self, path: &Path, range: std::ops::Range<usize>) -> Result<(PointCloud, Dropped), RecordingError> {
        let mut dropped = Dropped::default();
        let mut at: usize = self.counts[..range.start].iter().sum();
        let first = self.frame[range.start];
        let mut frames = Vec::with_capacity(range.len());
        for i in range {
            let mut points = Vec::with_capacity(self.counts[i]);
            for raw in &self.points[at..at + self.counts[i]] {
                let bin = (raw.position.norm() / RANGE_BIN_M).round();
                if bin >= RANGE_BINS {
                    dropped.beyond_range += 1;
                } else if raw.doppler_bin.unsigned_abs() as usize > DOPPLER_BINS / 2 {
                    dropped.beyond_velocity += 1;
                } else {
                    points.push(Point {
                        position: raw.position,
                        range_m: bin * RANGE_BIN_M,
                        velocity_mps: f64::from(raw.doppler_bin) * VELOCITY_BIN_MPS,
                        intensity_db: 10.0 * f64::from(raw.intensity).log10(),
                    });
                }
            }
            at += self.counts[i];
            frames.push(PointFrame { time_s: (self.frame[i] - first) as f64 * FRAME_PERIOD_S, points });
        }
        let cloud = PointCloud {
            frames,
            frame_period_s: FRAME_PERIOD_S,
            range_bin_m: RANGE_BIN_M,
            velocity_bin_mps: VELOCITY_BIN_MPS,
            doppler_bins: DOPPLER_BINS,
        };
        check_units(path, &cloud)?;
        Ok((cloud, dropped))
    }

    /// The same with every frame that is missing put in as one without detections.
    fn continuous(&self, path: &Path, range: std::ops::Range<usize>) -> Result<(PointCloud, Dropped), RecordingError> {
        if let Some(i) = range.clone().skip(1).find(|&i| self.frame[i] - self.frame[i - 1] > LONGEST_SILENCE) {
            let what = format!(
                "{} frames are missing between number {} and {}, at most {LONGEST_SILENCE} can be empty ones; a file of several \
                 movements one after another is no single recording",
                self.frame[i] - self.frame[i - 1] - 1,
                self.frame[i - 1],
                self.frame[i]
            );
            return Err(RecordingError::array(path, "frame", what));
        }
        let numbers = &self.frame[range.clone()];
        let (cloud, dropped) = self.cloud(path, range.clone())?;
        let mut frames = Vec::new();
        for (frame, &number) in cloud.frames.iter().zip(numbers) {
            let slot = (number - numbers[0]) as usize;
            frames.extend(
                (frames.len()..slot).map(|i| PointFrame { time_s: i as f64 * FRAME_PERIOD_S, points: Vec::new() }),
            );
            frames.push(frame.clone());
        }
        Ok((PointCloud { frames, ..cloud }, dropped))
    }
}

/// Refuses a recording whose distances are not multiples of this sensor's range step: it was made with other settings.
///
/// The mean of cos(2π · distance / step) is near 0 for distances that lie anywhere and 1 for multiples; the recordings reach 0.98.
fn check_units(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
    let distances: Vec<f64> =
        cloud.frames.iter().flat_map(|f| &f.points).map(|p| p.position.norm()).filter(|d| *d < 4.0).collect();
    if distances.len() < 100 {
        return Ok(());
    }
    let on_step = |step: f64| {
        distances.iter().map(|d| (std::f64::consts::TAU * d / step).cos()).sum::<f64>() / distances.len() as f64
    };
    if on_step(RANGE_BIN_M) > 0.5 {
        return Ok(());
    }
    let steps = (200..1200).map(|i| f64::from(i) * 1e-4);
    let best = steps.max_by(|a, b| on_step(*a).total_cmp(&on_step(*b))).unwrap_or(RANGE_BIN_M);
    let fit = on_step(best);
    let found =
        if fit > 0.5 { format!("multiples of {best:.4} m") } else { "multiples of no step from 0.02 to 0.12 m".into() };
    let what =
        format!("distances are {found}, MARS has {RANGE_BIN_M} m: a recording of another sensor or in another unit");
    Err(RecordingError::array(path, "xyz_q9", what))
}
