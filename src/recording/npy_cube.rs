//! IF cubes as npy files with a JSON description beside them.

use super::RecordingError;
use super::arrays::decode;
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::base::cube::{CubeInfo, IfCube};
use ndarray::Ix5;
use ndarray_npy::WriteNpyExt;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// The description beside a cube.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CubeDescription {
    /// The array: axes, unit, type.
    pub array: ArrayInfo,
    /// How it was sampled.
    pub cube: CubeInfo,
}

/// Where the description of a cube stands: `NAME.npy` → `NAME.json`.
pub fn description_path(npy: &Path) -> PathBuf {
    npy.with_extension("json")
}

/// Writes `NAME.npy` (complex64) and `NAME.json`, each whole or not at all, the description first.
pub fn write(npy: &Path, cube: &IfCube) -> Result<(), RecordingError> {
    let description = CubeDescription { array: cube.array_info(), cube: cube.info.clone() };
    let json = serde_json::to_vec_pretty(&description)
        .map_err(|e| RecordingError::file(npy, format!("its description is not JSON: {e}")))?;
    atomic_file::write(&description_path(npy), &json)?;
    atomic_file::write_with(npy, |w| cube.data.write_npy(w).map_err(io::Error::other))?;
    Ok(())
}

/// Reads a cube and checks it against its description.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`.
pub fn read(npy: &Path) -> Result<IfCube, RecordingError> {
    let json_path = description_path(npy);
    let json = std::fs::read(&json_path).map_err(RecordingError::read(&json_path))?;
    let description: CubeDescription = serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&json_path, e.line() as u64, format!("not a cube description: {e}")))?;
    let bytes = std::fs::read(npy).map_err(RecordingError::read(npy))?;
    let data = decode::<_, Ix5>(&bytes).map_err(|what| RecordingError::array(npy, "if_signal", what))?;
    let cube = IfCube { data, info: description.cube, unit: description.array.unit };
    let expected: Vec<_> = cube.array_info().axes.into_iter().map(|a| (a.name, a.len)).collect();
    let found: Vec<_> = description.array.axes.into_iter().map(|a| (a.name, a.len)).collect();
    if expected != found {
        return Err(RecordingError::file(&json_path, format!("its axes are {found:?}, the array has {expected:?}")));
    }
    let (_, _, tx, rx, _) = cube.data.dim();
    if (cube.info.tx_m.len(), cube.info.rx_m.len()) != (tx, rx) {
        let what = format!(
            "it places {} tx and {} rx antennas, the array has {tx} and {rx}",
            cube.info.tx_m.len(),
            cube.info.rx_m.len()
        );
        return Err(RecordingError::file(&json_path, what));
    }
    Ok(cube)
}
