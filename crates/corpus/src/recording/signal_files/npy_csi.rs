//! Channel state information as npy files with a JSON description beside them.

use super::npy_cube::description_path;
use super::npy_iq::describe;
use crate::base::axis::ArrayInfo;
use crate::base::npy::{Header, decode};
use crate::base::{Complex32, Complex64, atomic_file};
use crate::recording::RecordingError;
use crate::signal::{Csi, CsiInfo, Strength};
use ndarray::Ix4;
use ndarray_npy::WriteNpyExt;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// What the array is called in its description.
const QUANTITY: &str = "csi";
/// Its axes.
const AXES: [&str; 4] = ["packet", "subcarrier", "rx", "tx"];

/// The description beside channel state information.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsiDescription {
    /// The array: axes, unit, type.
    pub array: ArrayInfo,
    /// Which subcarriers, and with what.
    pub grid: CsiInfo,
    /// Frequency of each subcarrier, Hz; null where the centre is not known.
    pub frequency_hz: Vec<Option<f64>>,
    /// When each packet was received, s.
    pub time_s: Vec<f64>,
    /// Received power of each packet at each receive antenna, dBm; empty where nothing is known.
    pub rssi_dbm: Vec<Vec<Option<f32>>>,
    /// Gain of the receiver at each packet, dB.
    pub agc_db: Vec<Option<f32>>,
    /// Noise floor at each packet, dBm.
    #[serde(default)]
    pub noise_dbm: Vec<Option<f32>>,
}

/// What tells a description of channel state information from those of other arrays.
#[derive(Deserialize)]
struct Glance {
    array: ArrayGlance,
}

#[derive(Deserialize)]
struct ArrayGlance {
    quantity: String,
}

/// Writes `NAME.npy` (complex64) and `NAME.json`.
///
/// # Shapes
/// `[packet, subcarrier, rx, tx]`.
pub fn write(npy: &Path, csi: &Csi) -> Result<(), RecordingError> {
    let finite = |v: &f32| Some(*v).filter(|v| v.is_finite());
    describe(
        npy,
        &CsiDescription {
            array: csi.array_info(),
            grid: csi.info.clone(),
            frequency_hz: (0..csi.info.subcarriers.len()).map(|i| csi.info.frequency_hz(i)).collect(),
            time_s: csi.time_s.clone(),
            rssi_dbm: csi.strength.iter().map(|s| s.rssi_dbm.iter().map(finite).collect()).collect(),
            agc_db: csi.strength.iter().map(|s| s.agc_db).collect(),
            noise_dbm: csi.strength.iter().map(|s| s.noise_dbm).collect(),
        },
    )?;
    atomic_file::write_with(npy, |w| csi.data.write_npy(w).map_err(io::Error::other))?;
    Ok(())
}

/// Whether a `.npy` has a description of channel state information beside it.
pub fn is_ours(npy: &Path) -> bool {
    let described = npy.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy"));
    let kind = || serde_json::from_slice::<Glance>(&std::fs::read(description_path(npy)).ok()?).ok();
    described && kind().is_some_and(|kind| kind.array.quantity == QUANTITY)
}

/// Reads `NAME.npy` and `NAME.json`, as [`write()`] writes them.
///
/// # Errors
/// A description that is none, an array of another shape than it has, time that runs backwards, samples that are no numbers.
pub fn read(npy: &Path) -> Result<Csi, RecordingError> {
    let json_path = description_path(npy);
    let json = std::fs::read(&json_path).map_err(RecordingError::read(&json_path))?;
    let description: CsiDescription = serde_json::from_slice(&json).map_err(|e| {
        RecordingError::line(
            &json_path,
            e.line() as u64,
            format!("not a description of channel state information: {e}"),
        )
    })?;
    let CsiDescription { array, grid, time_s, rssi_dbm, agc_db, noise_dbm, .. } = description;
    let bytes = std::fs::read(npy).map_err(RecordingError::read(npy))?;
    let fail = |what: String| RecordingError::array(npy, QUANTITY, what);
    let kind = Header::parse(&bytes).map(|head| head.kind);
    let kind = kind.map_err(|_| fail("not a .npy array (magic, type or shape missing)".into()))?;
    let data = match kind.as_str() {
        "c8" => decode::<Complex32, Ix4>(&bytes).map_err(fail)?,
        "c16" => decode::<Complex64, Ix4>(&bytes).map_err(fail)?.mapv(|z| Complex32::new(z.re as f32, z.im as f32)),
        other => return Err(fail(format!("type {other}, expected complex64 or complex128"))),
    };
    let described: Vec<usize> = array.axes.iter().map(|axis| axis.len).collect();
    let names: Vec<&str> = array.axes.iter().map(|axis| axis.name.as_str()).collect();
    if names != AXES || described != data.shape() {
        let what =
            format!("its axes are {names:?} of {described:?}, the array has {:?}; expected {AXES:?}", data.shape());
        return Err(RecordingError::file(&json_path, what));
    }
    let lists = [("rssi_dbm", rssi_dbm.len()), ("agc_db", agc_db.len()), ("noise_dbm", noise_dbm.len())];
    if let Some((name, len)) = lists.into_iter().find(|(_, len)| *len != 0 && *len != time_s.len()) {
        let what = format!("`{name}` has {len} values, `time_s` has {}", time_s.len());
        return Err(RecordingError::file(&json_path, what));
    }
    let known = lists.iter().any(|(_, len)| *len > 0);
    let strength = |i: usize| Strength {
        rssi_dbm: rssi_dbm.get(i).map_or(Vec::new(), |all| all.iter().map(|v| v.unwrap_or(f32::NAN)).collect()),
        agc_db: agc_db.get(i).copied().flatten(),
        noise_dbm: noise_dbm.get(i).copied().flatten(),
    };
    let strength = if known { (0..time_s.len()).map(strength).collect() } else { Vec::new() };
    let csi = Csi { data, time_s, strength, info: grid, unit: array.unit };
    csi.problem().map_or(Ok(csi), |what| Err(RecordingError::file(npy, what)))
}
