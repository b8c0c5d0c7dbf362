//! Signals as arrays of a corpus, and back.

use super::array::{ArrayData, NamedArray};
use crate::base::Vec3;
use crate::base::axis::{ArrayInfo, Axis};
use crate::base::cube::{CubeInfo, IfCube};
use crate::corpus::error::CorpusError;
use crate::signal::{Iq, IqInfo, Point, PointCloud, PointFrame};
use ndarray::{Array2, Ix2, Ix5};
use serde_json::{Value, json};

/// The columns of a point array, in order; their units are in the names.
const POINT_COLUMNS: [&str; 8] = ["frame", "time_s", "x_m", "y_m", "z_m", "range_m", "velocity_mps", "intensity_db"];

/// The IF cube as an array, with the sensor's settings as calibration.
///
/// # Shapes
/// `[frame, chirp, tx, rx, sample]`, complex64.
pub fn cube_array(cube: IfCube) -> Result<NamedArray, CorpusError> {
    let info = cube.array_info();
    let settings = serde_json::to_value(&cube.info).map_err(|e| array_error("cube", e))?;
    Ok(NamedArray::new(info, ArrayData::C64(cube.data.into_dyn()))?.calibrated("sensor", settings))
}

/// The IF cube that `cube_array` made an array of.
pub fn cube_from_array(array: NamedArray) -> Result<IfCube, CorpusError> {
    let settings = array.calibration.get("sensor").cloned().unwrap_or(Value::Null);
    let unit = array.info.unit.clone();
    let info: CubeInfo = serde_json::from_value(settings)
        .map_err(|e| array_error("cube", format!("its calibration `sensor` is not an FMCW sensor: {e}")))?;
    let ArrayData::C64(data) = array.data else {
        return Err(array_error("cube", format!("complex64 expected, not {}", array.data.dtype())));
    };
    let data = data.into_dimensionality::<Ix5>().map_err(|e| array_error("cube", e))?;
    Ok(IfCube { data, info, unit })
}

/// I and Q as an array, with how they were sampled as calibration.
///
/// # Shapes
/// `[rx, time]`, complex64.
pub fn iq_array(iq: Iq) -> Result<NamedArray, CorpusError> {
    let info = iq.array_info();
    let settings = serde_json::to_value(&iq.info).map_err(|e| array_error("iq", e))?;
    Ok(NamedArray::new(info, ArrayData::C64(iq.data.into_dyn()))?.calibrated("sensor", settings))
}

/// The I and Q that `iq_array` made an array of.
pub fn iq_from_array(array: NamedArray) -> Result<Iq, CorpusError> {
    let settings = array.calibration.get("sensor").cloned().unwrap_or(Value::Null);
    let unit = array.info.unit.clone();
    let info: IqInfo = serde_json::from_value(settings)
        .map_err(|e| array_error("iq", format!("its calibration `sensor` is not a CW sensor: {e}")))?;
    let ArrayData::C64(data) = array.data else {
        return Err(array_error("iq", format!("complex64 expected, not {}", array.data.dtype())));
    };
    let data = data.into_dimensionality::<Ix2>().map_err(|e| array_error("iq", e))?;
    Ok(Iq { data, info, unit })
}

/// The detections as an array, one row a detection.
///
/// # Shapes
/// `[point, column]`, float64, columns `frame, time_s, x_m, y_m, z_m, range_m, velocity_mps, intensity_db`. Frames without
/// detections leave no row; their times are in the calibration `frame_times_s`.
pub fn points_array(cloud: &PointCloud) -> Result<NamedArray, CorpusError> {
    let rows: Vec<[f64; 8]> = cloud
        .frames
        .iter()
        .enumerate()
        .flat_map(|(i, frame)| {
            frame.points.iter().map(move |p| {
                let v = p.position;
                [i as f64, frame.time_s, v.x, v.y, v.z, p.range_m, p.velocity_mps, p.intensity_db]
            })
        })
        .collect();
    let data = Array2::from(rows);
    let info = ArrayInfo {
        quantity: "detections".into(),
        unit: "see calibration.columns".into(),
        dtype: "float64".into(),
        axes: vec![Axis::index("point", data.nrows()), Axis::index("column", POINT_COLUMNS.len())],
    };
    let times: Vec<f64> = cloud.frames.iter().map(|f| f.time_s).collect();
    Ok(NamedArray::new(info, ArrayData::F64(data.into_dyn()))?
        .calibrated("columns", json!(POINT_COLUMNS))
        .calibrated("frame_times_s", json!(times))
        .calibrated("frame_period_s", cloud.frame_period_s)
        .calibrated("range_bin_m", cloud.range_bin_m)
        .calibrated("velocity_bin_mps", cloud.velocity_bin_mps)
        .calibrated("doppler_bins", cloud.doppler_bins))
}

/// The detections that `points_array` made an array of.
pub fn points_from_array(array: &NamedArray) -> Result<PointCloud, CorpusError> {
    let fact = |name: &str| {
        let value = array.calibration.get(name);
        value.ok_or_else(|| array_error("points", format!("its calibration lacks `{name}`")))
    };
    let number =
        |name: &str| fact(name)?.as_f64().ok_or_else(|| array_error("points", format!("`{name}` is not a number")));
    let ArrayData::F64(data) = &array.data else {
        return Err(array_error("points", format!("float64 expected, not {}", array.data.dtype())));
    };
    let data = data.view().into_dimensionality::<Ix2>().map_err(|e| array_error("points", e))?;
    if fact("columns")? != &json!(POINT_COLUMNS) || data.ncols() != POINT_COLUMNS.len() {
        return Err(array_error("points", format!("columns {POINT_COLUMNS:?} expected")));
    }
    let times: Vec<f64> =
        serde_json::from_value(fact("frame_times_s")?.clone()).map_err(|e| array_error("points", e))?;
    let mut frames: Vec<PointFrame> =
        times.into_iter().map(|time_s| PointFrame { time_s, points: Vec::new() }).collect();
    for (row, r) in data.rows().into_iter().enumerate() {
        let frame = if r[0] >= 0.0 { frames.get_mut(r[0] as usize) } else { None };
        let frame =
            frame.ok_or_else(|| array_error("points", format!("row {row} names frame {}, which is none", r[0])))?;
        frame.points.push(Point {
            position: Vec3::new(r[2], r[3], r[4]),
            range_m: r[5],
            velocity_mps: r[6],
            intensity_db: r[7],
        });
    }
    Ok(PointCloud {
        frames,
        frame_period_s: number("frame_period_s")?,
        range_bin_m: number("range_bin_m")?,
        velocity_bin_mps: number("velocity_bin_mps")?,
        doppler_bins: number("doppler_bins")? as usize,
    })
}

fn array_error(array: &str, problem: impl ToString) -> CorpusError {
    CorpusError::Array { array: array.into(), problem: problem.to_string() }
}
