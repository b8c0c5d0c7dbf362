//! Channel state information and RFID reads as arrays of a corpus, and back.

use super::array::{ArrayData, NamedArray};
use crate::base::axis::{ArrayInfo, Axis};
use crate::corpus::error::CorpusError;
use crate::signal::{Csi, CsiInfo, RfidInfo, RfidRead, RfidReads, Strength};
use ndarray::{Array2, Ix2, Ix4};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The columns of an array of reads, in order; their units are in the names. What a read does not say is NaN.
const READ_COLUMNS: [&str; 8] =
    ["time_s", "tag", "antenna", "channel", "frequency_hz", "phase_rad", "rssi_dbm", "doppler_hz"];

fn array_error(array: &str, problem: impl ToString) -> CorpusError {
    CorpusError::Array { array: array.into(), problem: problem.to_string() }
}

fn fact<T: DeserializeOwned>(array: &NamedArray, name: &str, key: &str) -> Result<T, CorpusError> {
    let value = array.calibration.get(key).cloned().unwrap_or(Value::Null);
    serde_json::from_value(value).map_err(|e| array_error(name, format!("calibration `{key}`: {e}")))
}

/// Channel state information as an array, with grid, times and strengths as calibration.
///
/// # Shapes
/// `[packet, subcarrier, rx, tx]`, complex64.
pub fn csi_array(csi: Csi) -> Result<NamedArray, CorpusError> {
    let info = csi.array_info();
    // JSON has no NaN: an antenna without a strength has null.
    let strength: Vec<Value> = csi
        .strength
        .iter()
        .map(|s| {
            let rssi: Vec<Option<f32>> = s.rssi_dbm.iter().map(|v| Some(*v).filter(|v| v.is_finite())).collect();
            json!({"rssi_dbm": rssi, "agc_db": s.agc_db, "noise_dbm": s.noise_dbm})
        })
        .collect();
    let settings = serde_json::to_value(&csi.info).map_err(|e| array_error("csi", e))?;
    Ok(NamedArray::new(info, ArrayData::C64(csi.data.into_dyn()))?
        .calibrated("grid", settings)
        .calibrated("time_s", json!(csi.time_s))
        .calibrated("strength", Value::Array(strength)))
}

/// The channel state information that `csi_array` made an array of.
pub fn csi_from_array(array: NamedArray) -> Result<Csi, CorpusError> {
    #[derive(serde::Deserialize)]
    struct StoredStrength {
        rssi_dbm: Vec<Option<f32>>,
        agc_db: Option<f32>,
        noise_dbm: Option<f32>,
    }
    let info: CsiInfo = fact(&array, "csi", "grid")?;
    let time_s: Vec<f64> = fact(&array, "csi", "time_s")?;
    let strength: Vec<StoredStrength> = fact(&array, "csi", "strength")?;
    let strength = strength
        .into_iter()
        .map(|s| Strength {
            rssi_dbm: s.rssi_dbm.into_iter().map(|v| v.unwrap_or(f32::NAN)).collect(),
            agc_db: s.agc_db,
            noise_dbm: s.noise_dbm,
        })
        .collect();
    let unit = array.info.unit.clone();
    let ArrayData::C64(data) = array.data else {
        return Err(array_error("csi", format!("complex64 expected, not {}", array.data.dtype())));
    };
    let data = data.into_dimensionality::<Ix4>().map_err(|e| array_error("csi", e))?;
    let csi = Csi { data, time_s, strength, info, unit };
    match csi.problem() {
        Some(problem) => Err(array_error("csi", problem)),
        None => Ok(csi),
    }
}

/// Reads as an array, one row a read.
///
/// # Shapes
/// `[read, column]`, float64, columns `time_s, tag, antenna, channel, frequency_hz, phase_rad, rssi_dbm, doppler_hz`; names of the tags are
/// in the calibration `tags`.
pub fn rfid_array(reads: &RfidReads) -> Result<NamedArray, CorpusError> {
    let row = |r: &RfidRead| {
        [
            r.time_s,
            r.tag as f64,
            f64::from(r.antenna),
            r.channel.map_or(f64::NAN, f64::from),
            r.frequency_hz.unwrap_or(f64::NAN),
            r.phase_rad,
            r.rssi_dbm,
            r.doppler_hz.unwrap_or(f64::NAN),
        ]
    };
    let data = Array2::from(reads.reads.iter().map(row).collect::<Vec<_>>());
    let info = ArrayInfo {
        quantity: "rfid_reads".into(),
        unit: "see calibration.columns".into(),
        dtype: "float64".into(),
        axes: vec![Axis::index("read", data.nrows()), Axis::index("column", READ_COLUMNS.len())],
    };
    let settings = serde_json::to_value(&reads.info).map_err(|e| array_error("rfid", e))?;
    Ok(NamedArray::new(info, ArrayData::F64(data.into_dyn()))?
        .calibrated("columns", json!(READ_COLUMNS))
        .calibrated("tags", json!(reads.tags))
        .calibrated("reader", settings))
}

/// The reads that `rfid_array` made an array of.
pub fn rfid_from_array(array: &NamedArray) -> Result<RfidReads, CorpusError> {
    let tags: Vec<String> = fact(array, "rfid", "tags")?;
    let info: RfidInfo = fact(array, "rfid", "reader")?;
    let columns: Vec<String> = fact(array, "rfid", "columns")?;
    let ArrayData::F64(data) = &array.data else {
        return Err(array_error("rfid", format!("float64 expected, not {}", array.data.dtype())));
    };
    let data = data.view().into_dimensionality::<Ix2>().map_err(|e| array_error("rfid", e))?;
    if columns != READ_COLUMNS || data.ncols() != READ_COLUMNS.len() {
        return Err(array_error("rfid", format!("columns {READ_COLUMNS:?} expected")));
    }
    let given = |v: f64| Some(v).filter(|v| v.is_finite());
    let read = |r: ndarray::ArrayView1<'_, f64>| RfidRead {
        time_s: r[0],
        tag: r[1] as usize,
        antenna: r[2] as u16,
        channel: given(r[3]).map(|v| v as u16),
        frequency_hz: given(r[4]),
        phase_rad: r[5],
        rssi_dbm: r[6],
        doppler_hz: given(r[7]),
    };
    let reads = RfidReads { reads: data.rows().into_iter().map(read).collect(), tags, info };
    match reads.problem() {
        Some(problem) => Err(array_error("rfid", problem)),
        None => Ok(reads),
    }
}
