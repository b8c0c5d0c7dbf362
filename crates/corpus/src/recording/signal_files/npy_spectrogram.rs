//! Spectrograms as npy files with a JSON description beside them.

use super::npy_iq::describe;
use crate::base::atomic_file;
use crate::base::axis::ArrayInfo;
use crate::base::cube::CubeInfo;
use crate::dsp::micro_doppler::{MicroDoppler, MicroDopplerConfig};
use crate::recording::RecordingError;
use crate::signal::IqInfo;
use ndarray_npy::WriteNpyExt;
use serde::Serialize;
use std::io;
use std::path::Path;

/// The description beside a spectrogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpectrogramDescription {
    /// The array: axes, unit, type.
    pub array: ArrayInfo,
    /// How it was made, with what was left out filled in.
    pub micro_doppler: MicroDopplerConfig,
    /// How the signal was sampled.
    #[serde(flatten)]
    pub signal: Sampled,
}

/// How a signal was sampled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampled {
    /// I and Q of a CW radar.
    Iq(IqInfo),
    /// Chirps of an FMCW radar.
    Cube(CubeInfo),
}

/// Writes `NAME.npy` (float32) and `NAME.json`.
///
/// # Shapes
/// `[velocity, time]`.
pub fn write(
    npy: &Path,
    map: &MicroDoppler,
    config: &MicroDopplerConfig,
    signal: Sampled,
) -> Result<(), RecordingError> {
    describe(npy, &SpectrogramDescription { array: map.array_info(), micro_doppler: *config, signal })?;
    atomic_file::write_with(npy, |w| map.data.write_npy(w).map_err(io::Error::other))?;
    Ok(())
}
