//! Channel state information as npy files with a JSON description beside them.

use super::npy_iq::describe;
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::recording::RecordingError;
use crate::signal::{Csi, CsiInfo};
use ndarray_npy::WriteNpyExt;
use serde::Serialize;
use std::io;
use std::path::Path;

/// The description beside channel state information.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
        },
    )?;
    atomic_file::write_with(npy, |w| csi.data.write_npy(w).map_err(io::Error::other))?;
    Ok(())
}
