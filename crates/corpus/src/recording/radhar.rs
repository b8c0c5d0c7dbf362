//! RadHAR: point clouds of a TI IWR1443, five activities (A. D. Singh et al., "RadHAR", mmNets 2019).
//!
//! Two traps of the data are undone here. **Range:** the ROS package that recorded it multiplied range bins by the resolution of the
//! 240 samples (4.3577 cm), but the sensor transforms 256 points, so a bin is 15/16 of that; the sensor's own x, y, z, which
//! lie at |xyz| = 4.0906 cm × bin (median over the recordings), agree. **Time:** the serial port delivers frames in pairs 1.6 ms
//! apart, so stamps jitter by a whole frame; frames are put back on the sensor's clock of 30.08 frames/s, with gaps kept.

use super::arrays::{Archive, same_length};
use super::{Dropped, Recording, RecordingError};
use super::{listing, radhar_text};
use crate::base::Vec3;
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Ix1};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Range step of the sensor's 256-point FFT, m (measured: median |xyz| over range bin).
pub const RANGE_BIN_M: f64 = 0.040_906;
/// Range step that the recorded `range` was made with, m: c / 2B of the 240 samples.
pub const RECORDED_RANGE_BIN_M: f64 = 0.043_576_970_7;
/// Velocity step, m/s.
pub const VELOCITY_BIN_MPS: f64 = 0.614_668_6;
/// Doppler bins: −8..=7.
pub const DOPPLER_BINS: usize = 16;
/// Time between frames, s.
pub const FRAME_PERIOD_S: f64 = 1.0 / 30.08;
/// Points whose recorded range is further are corrupt, m.
const LARGEST_RANGE_M: f64 = 10.0;

/// A point as the sensor reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RawPoint {
    pub(super) range_bin: i32,
    pub(super) velocity_bin: i32,
    /// Away from the sensor, sideways to the right, up; m.
    pub(super) away_right_up: [f64; 3],
    pub(super) intensity_db: f64,
}

/// A recording before points are checked and frames are timed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RawFrames {
    pub(super) time_ns: Vec<i64>,
    pub(super) points: Vec<Vec<RawPoint>>,
}

/// Reads all recordings below a folder, in order of their names.
///
/// The folder holds `metadata.csv` and `points/*.npz`, or npz files alone, or the original text files (`.txt`, `.txt.gz`) in any
/// sub-folders. What `metadata.csv` does not say is taken from the name (`s{session}_{activity}_…`) and the folders
/// (`Train`, `Test`, the activity).
pub fn read_folder(dir: &Path) -> Result<Vec<Recording>, RecordingError> {
    let listed = if dir.join("metadata.csv").is_file() {
        listing::metadata(&dir.join("metadata.csv"), |row: &Listed| &row.file)?
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

fn read_raw(path: &Path) -> Result<RawFrames, RecordingError> {
    let is_npz = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz"));
    if is_npz { read_npz(path) } else { radhar_text::read(path) }
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
struct Listed {
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

fn read_one(path: &Path, listed: Option<&Listed>) -> Result<Recording, RecordingError> {
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
    Ok(Recording { name, activity: activity.into(), session, subject: None, official_split, points, dropped })
}

fn split_from(path: &Path) -> Option<String> {
    let mut folders = path.ancestors().skip(1).filter_map(|p| p.file_name());
    folders.find(|n| *n == "Train" || *n == "Test").map(|n| n.to_string_lossy().to_lowercase())
}

fn read_npz(path: &Path) -> Result<RawFrames, RecordingError> {
    let mut npz = Archive::open(path)?;
    let time: Array1<i64> = npz.array::<_, Ix1>("frame_time_ns")?;
    let counts: Array1<u16> = npz.array::<_, Ix1>("n_points")?;
    if counts.len() != time.len() {
        let what = format!("{} frames, but frame_time_ns has {}", counts.len(), time.len());
        return Err(RecordingError::array(path, "n_points", what));
    }
    let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
    let mut column = |name: &str| -> Result<Vec<i16>, RecordingError> {
        let values: Array1<i16> = npz.array::<_, Ix1>(name)?;
        same_length(path, name, values.len(), total)?;
        Ok(values.to_vec())
    };
    let (range, velocity) = (column("range_bin")?, column("velocity_bin")?);
    let (x, y, z) = (column("x_q9")?, column("y_q9")?, column("z_q9")?);
    let intensity: Array1<f32> = npz.array::<_, Ix1>("intensity_db")?;
    same_length(path, "intensity_db", intensity.len(), total)?;
    let q9 = |v: i16| f64::from(v) / 512.0;
    let mut all = (0..total).map(|i| RawPoint {
        range_bin: range[i].into(),
        velocity_bin: velocity[i].into(),
        away_right_up: [q9(x[i]), q9(y[i]), q9(z[i])],
        intensity_db: intensity[i].into(),
    });
    let points = counts.iter().map(|&n| all.by_ref().take(n.into()).collect()).collect();
    Ok(RawFrames { time_ns: time.to_vec(), points })
}

/// Whether the place lies far off the range: fixed-point rounding and directions outside the unit circle explain 2 % and 0.1 m.
fn contradicts_range(p: &RawPoint) -> bool {
    let range = f64::from(p.range_bin) * RANGE_BIN_M;
    let distance = Vec3::from(p.away_right_up).norm();
    (distance - range).abs() > 0.1 + 0.02 * range
}

/// Drops corrupt points, turns the axes into the radar frame and puts the frames on the sensor's clock.
fn checked(path: &Path, raw: RawFrames) -> Result<(PointCloud, Dropped), RecordingError> {
    let mut dropped = Dropped::default();
    let mut frames: Vec<PointFrame> = Vec::with_capacity(raw.points.len());
    let (mut last_slot, mut last_nearest): (Option<i64>, i64) = (None, 0);
    let unchecked: Vec<RawPoint> = raw.points.iter().flatten().copied().collect();
    for (i, (&time, points)) in raw.time_ns.iter().zip(raw.points).enumerate() {
        if i > 0 && time < raw.time_ns[i - 1] {
            let what =
                format!("frame {i} is earlier than the frame before it ({time} after {} ns)", raw.time_ns[i - 1]);
            return Err(RecordingError::array(path, "frame_time_ns", what));
        }
        let elapsed = time.checked_sub(raw.time_ns[0]).filter(|&ns| ns < 1_000_000_000_000_000).ok_or_else(|| {
            let what = format!("frame {i} is more than eleven days after the first");
            RecordingError::array(path, "frame_time_ns", what)
        })?;
        let nearest = (elapsed as f64 * 1e-9 / FRAME_PERIOD_S).round() as i64;
        let slot = last_slot.map_or(nearest, |last| nearest.max(last + 1));
        (last_slot, last_nearest) = (Some(slot), nearest);
        let mut kept = Vec::with_capacity(points.len());
        for p in points {
            if !(0.0..=LARGEST_RANGE_M).contains(&(f64::from(p.range_bin) * RECORDED_RANGE_BIN_M)) {
                dropped.beyond_range += 1;
            } else if p.velocity_bin.unsigned_abs() as usize > DOPPLER_BINS / 2 {
                dropped.beyond_velocity += 1;
            } else if contradicts_range(&p) {
                dropped.contradictory += 1;
            } else if !p.intensity_db.is_finite() {
                return Err(RecordingError::array(path, "intensity_db", format!("not a number in frame {i}")));
            } else {
                let [away, right, up] = p.away_right_up;
                kept.push(Point {
                    position: Vec3::new(right, away, up),
                    range_m: f64::from(p.range_bin) * RANGE_BIN_M,
                    velocity_mps: f64::from(p.velocity_bin) * VELOCITY_BIN_MPS,
                    intensity_db: p.intensity_db,
                });
            }
        }
        frames.push(PointFrame { time_s: slot as f64 * FRAME_PERIOD_S, points: kept });
    }
    // Stamps come in pairs and late, by a few frames; a clock that hardly moves would make frames twice as fast as the sensor is.
    let ahead = last_slot.unwrap_or(0) - last_nearest;
    if ahead > 5 + frames.len() as i64 / 2 {
        let (count, seconds) = (frames.len(), last_nearest as f64 * FRAME_PERIOD_S);
        let rate = 1.0 / FRAME_PERIOD_S;
        let what = format!(
            "{count} frames within {seconds:.2} s, at most {rate:.1} a second are possible: the clock stands still"
        );
        return Err(RecordingError::array(path, "frame_time_ns", what));
    }
    check_units(path, &unchecked, dropped)?;
    let cloud = PointCloud {
        frames,
        frame_period_s: FRAME_PERIOD_S,
        range_bin_m: RANGE_BIN_M,
        velocity_bin_mps: VELOCITY_BIN_MPS,
        doppler_bins: DOPPLER_BINS,
    };
    Ok((cloud, dropped))
}

/// A file most of whose points contradict themselves was made with another range step: nothing of it can be trusted.
fn check_units(path: &Path, points: &[RawPoint], dropped: Dropped) -> Result<(), RecordingError> {
    if 2 * dropped.total() <= points.len() || points.len() < 10 {
        return Ok(());
    }
    let mut steps: Vec<f64> = points
        .iter()
        .filter(|p| p.range_bin > 0)
        .map(|p| Vec3::from(p.away_right_up).norm() / f64::from(p.range_bin))
        .collect();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(f64::NAN);
    let what = format!(
        "{} of {} points are corrupt: their range bins are {median:.4} m (median distance over bin), RadHAR's are {RANGE_BIN_M:.4} m; \
         a recording of another sensor or in another unit",
        dropped.total(),
        points.len()
    );
    Err(RecordingError::file(path, what))
}
