//! A cube to a file.

use super::super::RecordingError;
use super::geometry::{AdcGeometry, CaptureFormat, geometry_path};
use crate::base::atomic_file;
use crate::base::cube::IfCube;
use std::io::Write;
use std::path::Path;

/// Writes a cube as `NAME.bin` and its [`AdcGeometry`] as `NAME.json`, each whole or not at all, the geometry first.
///
/// A sample becomes the nearest multiple of `code_value`; returns how many I and Q values lay beyond int16 and were set to its
/// ends. A recording holds one transmitter a chirp, so a cube of several at once is refused.
pub fn write(bin: &Path, cube: &IfCube, format: CaptureFormat, code_value: f64) -> Result<u64, RecordingError> {
    let (frames, chirps, n_tx, n_rx, samples) = cube.data.dim();
    let geometry = AdcGeometry {
        lanes: format.lanes,
        iq_swapped: format.q_first,
        bits: 16,
        real: false,
        receiver_lanes: Vec::new(),
        range_bias_m: 0.0,
        chirps,
        samples,
        code_value: Some(code_value),
        unit: Some(cube.unit.clone()),
        cube: cube.info.clone(),
    };
    let what = if n_tx > 1 && !cube.info.time_multiplexed {
        Some("transmitters that chirp at once cannot be told apart in a recording".into())
    } else if [frames, chirps, n_tx, n_rx, samples].contains(&0) {
        Some("an axis of the cube is empty".into())
    } else {
        geometry.fault()
    };
    let words = match (what, geometry.frame_words()) {
        (None, Some(words)) => words,
        (what, _) => return Err(RecordingError::file(bin, what.unwrap_or_else(|| "its frames are too large".into()))),
    };
    let json = serde_json::to_vec_pretty(&geometry)
        .map_err(|e| RecordingError::file(bin, format!("its geometry is not JSON: {e}")))?;
    atomic_file::write(&geometry_path(bin), &json)?;
    let mut clipped = 0;
    let mut code = |value: f32| {
        let code = (f64::from(value) / code_value).round();
        clipped += u64::from(!(-32768.0..=32767.0).contains(&code));
        (code as i16).to_le_bytes()
    };
    atomic_file::write_with(bin, |w| {
        let mut bytes = vec![0; 2 * words];
        for frame in cube.data.outer_iter() {
            for ((c, t, r, s), z) in frame.indexed_iter() {
                let (i, q) = geometry.words(0, [c, t, r, s]);
                bytes[2 * i..2 * i + 2].copy_from_slice(&code(z.re));
                bytes[2 * q..2 * q + 2].copy_from_slice(&code(z.im));
            }
            w.write_all(&bytes)?;
        }
        Ok(())
    })?;
    Ok(clipped)
}

/// A `code_value` by which the largest I or Q of a cube fills half the scale of int16; one for an empty cube.
pub fn half_scale(cube: &IfCube) -> f64 {
    let peak = cube.data.iter().fold(0.0_f32, |most, z| most.max(z.re.abs()).max(z.im.abs()));
    if peak > 0.0 { f64::from(peak) / 16384.0 } else { 1.0 }
}
