//! Point clouds as files: CSV for spreadsheets, npz for NumPy.

use crate::base::Vec3;
use crate::base::atomic_file;
use crate::recording::RecordingError;
use crate::recording::arrays::Archive;
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Array2, Ix1, Ix2};
use ndarray_npy::NpzWriter;
use serde::Deserialize;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Columns of the CSV, in order; units are in the names. x to the right, y away from the sensor, z up; receding is positive.
pub const COLUMNS: [&str; 8] = ["frame", "time_s", "x_m", "y_m", "z_m", "range_m", "velocity_mps", "intensity_db"];

/// More frames in a row without a detection are damage.
const MOST_EMPTY_FRAMES: usize = 1 << 20;

/// What stands beside points: the sensor, of which the points themselves say nothing.
#[derive(Deserialize)]
struct PointTableDescription {
    frame_period_s: f64,
    range_bin_m: f64,
    velocity_bin_mps: f64,
    doppler_bins: usize,
    /// Number of frames, those without detections too; older files do not say it.
    #[serde(default)]
    frames: Option<usize>,
}

/// Writes one line a detection under a header of [`COLUMNS`], and what they are as `NAME.json`, the description first.
pub fn write_csv(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
    write_description(path, cloud)?;
    atomic_file::write_with(path, |w| {
        let mut table = csv::Writer::from_writer(w);
        table.write_record(COLUMNS).map_err(io::Error::other)?;
        for (frame, time_s, p) in detections(cloud) {
            let v = p.position;
            table
                .serialize((frame, time_s, v.x, v.y, v.z, p.range_m, p.velocity_mps, p.intensity_db))
                .map_err(io::Error::other)?;
        }
        table.flush()
    })?;
    Ok(())
}

/// Writes the detections as arrays and what they are as `NAME.json`, each whole or not at all, the description first.
///
/// # Shapes
/// `frame[point]` u32, `position_m[point, xyz]`, `range_m[point]`, `velocity_mps[point]`, `intensity_db[point]` and
/// `frame_time_s[frame]` f64.
pub fn write_npz(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
    write_description(path, cloud)?;
    let all: Vec<(usize, f64, &Point)> = detections(cloud).collect();
    let column = |value: fn(&Point) -> f64| Array1::from_iter(all.iter().map(|(_, _, p)| value(p)));
    let frames = Array1::from_iter(all.iter().map(|(frame, _, _)| *frame as u32));
    let positions = Array2::from_shape_fn((all.len(), 3), |(i, axis)| all[i].2.position[axis]);
    let times = Array1::from_iter(cloud.frames.iter().map(|f| f.time_s));
    atomic_file::write_with(path, |w| {
        let mut npz = NpzWriter::new_compressed(w);
        npz.add_array("frame", &frames).map_err(io::Error::other)?;
        npz.add_array("position_m", &positions).map_err(io::Error::other)?;
        npz.add_array("range_m", &column(|p| p.range_m)).map_err(io::Error::other)?;
        npz.add_array("velocity_mps", &column(|p| p.velocity_mps)).map_err(io::Error::other)?;
        npz.add_array("intensity_db", &column(|p| p.intensity_db)).map_err(io::Error::other)?;
        npz.add_array("frame_time_s", &times).map_err(io::Error::other)?;
        npz.finish().map_err(io::Error::other)?;
        Ok(())
    })?;
    Ok(())
}

/// The same description for both kinds of file, so that they may stand beside each other.
fn write_description(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
    let about = json!({
        "arrays": {
            "frame": {"axes": ["point"], "unit": "1", "dtype": "uint32"},
            "position_m": {"axes": ["point", "x y z"], "unit": "m", "dtype": "float64", "sign": "x right, y away from the sensor, z up"},
            "range_m": {"axes": ["point"], "unit": "m", "dtype": "float64"},
            "velocity_mps": {"axes": ["point"], "unit": "m/s", "dtype": "float64", "sign": "positive = receding"},
            "intensity_db": {"axes": ["point"], "unit": "dB above the noise", "dtype": "float64"},
            "frame_time_s": {"axes": ["frame"], "unit": "s", "dtype": "float64"},
        },
        "frame_period_s": cloud.frame_period_s,
        "range_bin_m": cloud.range_bin_m,
        "velocity_bin_mps": cloud.velocity_bin_mps,
        "doppler_bins": cloud.doppler_bins,
        "frames": cloud.frames.len(),
    });
    let json = serde_json::to_vec_pretty(&about)
        .map_err(|e| RecordingError::file(path, format!("its description is not JSON: {e}")))?;
    Ok(atomic_file::write(&description_path(path), &json)?)
}

/// Where the description of points stands: `NAME.npz` and `NAME.csv` → `NAME.json`.
pub fn description_path(points: &Path) -> PathBuf {
    points.with_extension("json")
}

/// Whether a file is one that [`write_csv`] or [`write_npz`] wrote, by its header or arrays.
pub fn is_ours(path: &Path) -> Result<bool, RecordingError> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "npz" => {
            let npz = Archive::open(path)?;
            Ok(npz.has("position_m") && npz.has("frame_time_s"))
        }
        "csv" => {
            let mut table = csv::Reader::from_path(path).map_err(|e| RecordingError::file(path, e.to_string()))?;
            Ok(table.headers().is_ok_and(|header| header.iter().eq(COLUMNS)))
        }
        _ => Ok(false),
    }
}

/// Reads what [`write_csv`] or [`write_npz`] wrote, with the description beside it.
pub fn read(path: &Path) -> Result<PointCloud, RecordingError> {
    let beside = description_path(path);
    let json = match std::fs::read(&beside) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let what = format!(
                "{} is missing, which was written beside it and says the steps of the sensor; without it: kinecho import points --map \
                 frame=frame,time=time_s,x=x_m,y=y_m,z=z_m,range=range_m,doppler=velocity_mps,intensity=intensity_db (of a .csv)",
                beside.display()
            );
            return Err(RecordingError::file(path, what));
        }
        other => other.map_err(RecordingError::read(&beside))?,
    };
    let about: PointTableDescription = serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&beside, e.line() as u64, format!("no description of points: {e}")))?;
    let is_npz = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npz"));
    let (rows, times) = if is_npz { read_npz(path)? } else { read_csv(path, &about)? };
    if let Some(frames) = about.frames.filter(|n| *n != times.len()) {
        return Err(RecordingError::file(path, format!("{} frames, its description says {frames}", times.len())));
    }
    if let Some(i) = (1..times.len()).find(|&i| times[i] <= times[i - 1]) {
        let what = format!("frame {i} is at {} s, the one before at {} s: time must rise", times[i], times[i - 1]);
        return Err(RecordingError::file(path, what));
    }
    let mut frames: Vec<PointFrame> = times.iter().map(|&time_s| PointFrame { time_s, points: Vec::new() }).collect();
    let count = frames.len();
    for (row, (frame, point)) in rows.into_iter().enumerate() {
        let whole = point.position.iter().chain([&point.range_m, &point.velocity_mps, &point.intensity_db]);
        if !whole.into_iter().all(|v| v.is_finite()) {
            return Err(RecordingError::file(path, format!("detection {row} (from 0) has a value that is no number")));
        }
        match frames.get_mut(frame) {
            Some(into) => into.points.push(point),
            None => {
                let what = format!("detection {row} (from 0) is of frame {frame}, there are {count}");
                return Err(RecordingError::file(path, what));
            }
        }
    }
    let cloud = PointCloud {
        frames,
        frame_period_s: about.frame_period_s,
        range_bin_m: about.range_bin_m,
        velocity_bin_mps: about.velocity_bin_mps,
        doppler_bins: about.doppler_bins,
    };
    if let Some(problem) = cloud.problem() {
        return Err(RecordingError::file(&beside, problem));
    }
    Ok(cloud)
}

/// Detections with their frames, and the times of all frames.
type Detections = (Vec<(usize, Point)>, Vec<f64>);

fn read_npz(path: &Path) -> Result<Detections, RecordingError> {
    let mut npz = Archive::open(path)?;
    let frame: Array1<u32> = npz.array::<_, Ix1>("frame")?;
    let position: Array2<f64> = npz.array::<_, Ix2>("position_m")?;
    if position.dim() != (frame.len(), 3) {
        let what = format!("shape {:?}, expected ({}, 3): points, x y z", position.dim(), frame.len());
        return Err(RecordingError::array(path, "position_m", what));
    }
    let mut column = |name: &str| -> Result<Array1<f64>, RecordingError> {
        let values: Array1<f64> = npz.array::<_, Ix1>(name)?;
        match values.len() == frame.len() {
            true => Ok(values),
            false => {
                let what = format!("{} values, but `frame` has {}", values.len(), frame.len());
                Err(RecordingError::array(path, name, what))
            }
        }
    };
    let (range, velocity, intensity) = (column("range_m")?, column("velocity_mps")?, column("intensity_db")?);
    let times: Array1<f64> = npz.array::<_, Ix1>("frame_time_s")?;
    let rows = (0..frame.len()).map(|i| {
        let position = Vec3::new(position[[i, 0]], position[[i, 1]], position[[i, 2]]);
        let point = Point { position, range_m: range[i], velocity_mps: velocity[i], intensity_db: intensity[i] };
        (frame[i] as usize, point)
    });
    Ok((rows.collect(), times.to_vec()))
}

/// A line of the table.
type Line = (usize, f64, f64, f64, f64, f64, f64, f64);

fn read_csv(path: &Path, about: &PointTableDescription) -> Result<Detections, RecordingError> {
    let mut table = csv::Reader::from_path(path).map_err(|e| RecordingError::file(path, e.to_string()))?;
    let mut rows = Vec::new();
    let mut times: Vec<f64> = Vec::new();
    for (i, line) in table.deserialize::<Line>().enumerate() {
        let (frame, time_s, x, y, z, range_m, velocity_mps, intensity_db) =
            line.map_err(|e| RecordingError::line(path, i as u64 + 2, e.to_string()))?;
        let longest = about.frames.unwrap_or(times.len() + MOST_EMPTY_FRAMES);
        if frame >= longest || frame + 1 < times.len() {
            let what = format!("frame {frame} after {} frames of {longest} at most", times.len());
            return Err(RecordingError::line(path, i as u64 + 2, what));
        }
        if let Some(before) = times.get(frame).filter(|before| **before != time_s) {
            let what = format!("frame {frame} is at {before} s and at {time_s} s");
            return Err(RecordingError::line(path, i as u64 + 2, what));
        }
        // Frames without detections have no line.
        times.extend((times.len()..=frame).map(|n| n as f64 * about.frame_period_s));
        times[frame] = time_s;
        let position = Vec3::new(x, y, z);
        rows.push((frame, Point { position, range_m, velocity_mps, intensity_db }));
    }
    let all = about.frames.unwrap_or(times.len());
    if all > times.len() + MOST_EMPTY_FRAMES {
        return Err(RecordingError::file(path, format!("{} frames, its description says {all}", times.len())));
    }
    times.extend((times.len()..all).map(|n| n as f64 * about.frame_period_s));
    Ok((rows, times))
}

/// Every detection with its frame and that frame's time.
fn detections(cloud: &PointCloud) -> impl Iterator<Item = (usize, f64, &Point)> {
    cloud.frames.iter().enumerate().flat_map(|(i, frame)| frame.points.iter().map(move |p| (i, frame.time_s, p)))
}
