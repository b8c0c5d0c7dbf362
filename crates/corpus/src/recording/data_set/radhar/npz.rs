//! RadHAR as arrays.

use super::raw::{RadharFrames, RadharPoint};
use crate::recording::RecordingError;
use crate::recording::arrays::{Archive, same_length};
use ndarray::{Array1, Ix1};
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<RadharFrames, RecordingError> {
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
    let mut all = (0..total).map(|i| RadharPoint {
        range_bin: range[i].into(),
        velocity_bin: velocity[i].into(),
        away_right_up: [q9(x[i]), q9(y[i]), q9(z[i])],
        intensity_db: intensity[i].into(),
    });
    let points = counts.iter().map(|&n| all.by_ref().take(n.into()).collect()).collect();
    Ok(RadharFrames { time_ns: time.to_vec(), points })
}
