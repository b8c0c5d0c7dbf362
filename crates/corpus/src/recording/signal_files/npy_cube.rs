//! IF cubes as npy files with a JSON description beside them.

use super::cube_order::CubeOrder;
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::base::cube::{CubeInfo, IfCube};
use crate::base::npy::{self, Header, decode};
use crate::base::{Complex32, Complex64};
use crate::recording::RecordingError;
use crate::sensor::FmcwRadar;
use ndarray::{ArrayD, Axis, IxDyn, Zip};
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

/// Reads a cube and checks it against its description, whose axes may stand in any order.
///
/// The array is complex64 or complex128, or float pairs: a last axis of two for real and imaginary part. C and Fortran order.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`.
pub fn read(npy: &Path) -> Result<IfCube, RecordingError> {
    let json_path = description_path(npy);
    let bytes = std::fs::read(npy).map_err(RecordingError::read(npy))?;
    let json = match std::fs::read(&json_path) {
        Ok(json) => json,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(undescribed(npy, &bytes)),
        Err(e) => return Err(RecordingError::read(&json_path)(e)),
    };
    let description: CubeDescription = serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&json_path, e.line() as u64, format!("not a cube description: {e}")))?;
    let fail = |what: String| RecordingError::file(&json_path, what);
    let order = CubeOrder::of_names(description.array.axes.iter().map(|a| a.name.as_str())).map_err(fail)?;
    let array = samples(npy, &bytes)?;
    let described: Vec<_> = description.array.axes.iter().map(|a| a.len).collect();
    if described != array.shape() {
        return Err(fail(format!("its axes are {order} of {described:?}, the array has {:?}", array.shape())));
    }
    let data = order.arrange(array, description.cube.rx_m.len()).map_err(fail)?;
    let cube = IfCube { data, info: description.cube, unit: description.array.unit };
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

/// Reads a cube without a description: the radar says how it was sampled, `order` how its axes stand.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`.
pub fn read_ordered(npy: &Path, order: &CubeOrder, radar: &FmcwRadar) -> Result<IfCube, RecordingError> {
    let bytes = std::fs::read(npy).map_err(RecordingError::read(npy))?;
    let fail = |what: String| RecordingError::array(npy, "if_signal", what);
    let array = samples(npy, &bytes)?;
    let shape = array.shape().to_vec();
    let data = order.arrange(array, radar.n_rx()).map_err(fail)?;
    let (_, chirps, tx, rx, samples) = data.dim();
    let found = [chirps, tx, rx, samples];
    let expected = [radar.loops_per_frame, radar.n_tx(), radar.n_rx(), radar.samples_per_chirp];
    if found != expected {
        let what = format!(
            "shape {shape:?} as {order} has {found:?} chirps, tx, rx and samples, the radar `{}` {expected:?}: another --order or \
             radar",
            radar.name
        );
        return Err(fail(what));
    }
    let mut info = radar.cube_info();
    if order.is_spread() {
        info.loop_period_s = info.frame_period_s / chirps as f64;
        info.time_multiplexed = false;
    }
    Ok(IfCube { data, info, unit: "unknown".into() })
}

/// The complex numbers of a file, whatever their width.
fn samples(npy: &Path, bytes: &[u8]) -> Result<ArrayD<Complex32>, RecordingError> {
    let fail = |what: String| RecordingError::array(npy, "if_signal", what);
    let narrow = |z: Complex64| Complex32::new(z.re as f32, z.im as f32);
    let (kind, shape) = Header::parse(bytes)
        .map(|head| (head.kind, head.shape))
        .map_err(|_| fail("not a .npy array (magic, type or shape missing)".into()))?;
    let data = match kind.as_str() {
        "c8" => decode::<Complex32, IxDyn>(bytes).map_err(fail)?,
        "c16" => decode::<Complex64, IxDyn>(bytes).map_err(fail)?.mapv(narrow),
        "f4" | "f8" if shape.last() == Some(&2) => {
            let pairs = npy::numbers(bytes).map_err(fail)?.values;
            let last = Axis(pairs.ndim() - 1);
            let (re, im) = (pairs.index_axis(last, 0), pairs.index_axis(last, 1));
            Zip::from(&re).and(&im).map_collect(|re, im| Complex32::new(*re as f32, *im as f32))
        }
        _ => {
            let what = format!(
                "type {kind} of shape {shape:?}, expected complex64, complex128 or pairs of floats (a last axis of 2: real, imaginary)"
            );
            return Err(fail(what));
        }
    };
    match data.iter().position(|z| !(z.re.is_finite() && z.im.is_finite())) {
        Some(at) => Err(fail(format!("sample {at} (counted in C order) is no finite number"))),
        None => Ok(data),
    }
}

/// What to write beside a cube that nobody has described.
fn undescribed(npy: &Path, bytes: &[u8]) -> RecordingError {
    let found =
        Header::parse(bytes).map_or("no .npy array".into(), |head| format!("{} of shape {:?}", head.kind, head.shape));
    let what = format!(
        "it is {found}, and {} is missing, which says how it was sampled. Write one as `kinecho simulate --write cube` does: `array.axes` \
         with name and length of each axis in storage order (frame, chirp, tx, rx, sample, in any order), `cube` with frequencies, \
         times and antennas; or name the radar and the order of the axes: kinecho import cube --radar FILE --order rf-genesis (or \
         frame,chirp,tx,rx,sample)",
        description_path(npy).display()
    );
    RecordingError::file(npy, what)
}
