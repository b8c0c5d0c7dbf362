//! Point clouds as files: CSV for spreadsheets, npz for NumPy.

use super::RecordingError;
use crate::base::atomic_file;
use crate::dsp::points::{Point, PointCloud};
use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use serde_json::json;
use std::io;
use std::path::{Path, PathBuf};

/// Columns of the CSV, in order; units are in the names. x to the right, y away from the sensor, z up; receding is positive.
pub const COLUMNS: [&str; 8] = ["frame", "time_s", "x_m", "y_m", "z_m", "range_m", "velocity_mps", "intensity_db"];

/// Writes one line a detection under a header of [`COLUMNS`].
pub fn write_csv(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
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
    });
    let json = serde_json::to_vec_pretty(&about)
        .map_err(|e| RecordingError::file(path, format!("its description is not JSON: {e}")))?;
    atomic_file::write(&description_path(path), &json)?;
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

/// Where the description of an npz stands: `NAME.npz` → `NAME.json`.
pub fn description_path(npz: &Path) -> PathBuf {
    npz.with_extension("json")
}

/// Every detection with its frame and that frame's time.
fn detections(cloud: &PointCloud) -> impl Iterator<Item = (usize, f64, &Point)> {
    cloud.frames.iter().enumerate().flat_map(|(i, frame)| frame.points.iter().map(move |p| (i, frame.time_s, p)))
}
