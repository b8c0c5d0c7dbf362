//! I/Q signals as npy files with a JSON description beside them, and as sound.

use super::iq_track::write_wav;
use crate::base::Complex32;
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::base::npy::decode;
use crate::recording::RecordingError;
use crate::signal::{Iq, IqInfo};
use ndarray::Ix2;
use ndarray_npy::WriteNpyExt;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The description beside an I/Q array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IqDescription {
    /// The array: axes, unit, type.
    pub array: ArrayInfo,
    /// How it was sampled.
    pub iq: IqInfo,
}

/// What the WAV file of a receiver does not say of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IqWavDescription {
    /// Left and right channel.
    pub channels: [String; 2],
    /// Receiver, from 0.
    pub rx: usize,
    /// How it was sampled; the WAV header holds the nearest whole sample rate.
    pub iq: IqInfo,
    /// Value of full scale in `unit`.
    pub full_scale: f64,
    /// Unit of the signal.
    pub unit: String,
    /// Direction of rotation.
    pub sign: String,
}

/// Writes `NAME.npy` (complex64) and `NAME.json`, each whole or not at all, the description first.
///
/// # Shapes
/// `[rx, time]`.
pub fn write(npy: &Path, iq: &Iq) -> Result<(), RecordingError> {
    describe(npy, &IqDescription { array: iq.array_info(), iq: iq.info.clone() })?;
    atomic_file::write_with(npy, |w| iq.data.write_npy(w).map_err(io::Error::other))?;
    Ok(())
}

/// Reads what [`write()`] wrote and holds it against its description.
///
/// # Shapes
/// → `[rx, time]`.
pub fn read(npy: &Path) -> Result<Iq, RecordingError> {
    let json_path = npy.with_extension("json");
    let bytes = std::fs::read(npy).map_err(RecordingError::read(npy))?;
    let json = std::fs::read(&json_path).map_err(RecordingError::read(&json_path))?;
    let about: IqDescription = serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&json_path, e.line() as u64, format!("not an I/Q description: {e}")))?;
    let fail = |what: String| RecordingError::array(npy, "iq", what);
    let data = decode::<Complex32, Ix2>(&bytes).map_err(fail)?;
    let described: Vec<usize> = about.array.axes.iter().map(|axis| axis.len).collect();
    if described != data.shape() || about.iq.rx_m.len() != data.nrows() {
        let what = format!(
            "shape {:?}, but its description has axes of {described:?} and {} receivers",
            data.shape(),
            about.iq.rx_m.len()
        );
        return Err(fail(what));
    }
    if !(about.iq.carrier_hz > 0.0 && about.iq.sample_rate_hz > 0.0 && about.iq.start_s.is_finite()) {
        let what = "carrier and sample rate must be above zero, the start a number".to_owned();
        return Err(RecordingError::file(&json_path, what));
    }
    match data.iter().position(|z| !(z.re.is_finite() && z.im.is_finite())) {
        Some(at) => Err(fail(format!("sample {at} (counted in C order) is no finite number"))),
        None => Ok(Iq { data, info: about.iq, unit: about.array.unit }),
    }
}

/// Writes receiver `rx` as `NAME.wav` (I left, Q right, float32, largest value 1) and `NAME.json`.
pub fn write_sound(wav: &Path, iq: &Iq, rx: usize) -> Result<(), RecordingError> {
    if rx >= iq.data.nrows() {
        return Err(RecordingError::file(
            wav,
            format!("there is no receiver {rx}, the signal has {}", iq.data.nrows()),
        ));
    }
    let samples = iq.data.row(rx);
    let peak = samples.iter().fold(0.0_f32, |most, z| most.max(z.re.abs()).max(z.im.abs()));
    let full_scale = if peak > 0.0 { f64::from(peak) } else { 1.0 };
    let about = IqWavDescription {
        channels: ["I".into(), "Q".into()],
        rx,
        iq: iq.info.clone(),
        full_scale,
        unit: iq.unit.clone(),
        sign: "positive frequency = receding".into(),
    };
    describe(wav, &about)?;
    write_wav(wav, samples.iter().copied(), iq.info.sample_rate_hz, full_scale)
}

pub(super) fn describe(file: &Path, about: &impl Serialize) -> Result<(), RecordingError> {
    let json = serde_json::to_vec_pretty(about)
        .map_err(|e| RecordingError::file(file, format!("its description is not JSON: {e}")))?;
    Ok(atomic_file::write(&file.with_extension("json"), &json)?)
}
