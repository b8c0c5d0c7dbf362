//! Raw ADC samples as TI's DCA1000 card writes them: `.bin` of little-endian int16 (TI application report SWRA581).

use super::RecordingError;
use crate::base::Complex32;
use crate::base::cube::{CubeInfo, IfCube};
use ndarray::Array5;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How the words of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lanes {
    /// xWR16xx, 18xx, 68xx: one receiver after another, `I0 I1 Q0 Q1 I2 I3 Q2 Q3 …`.
    Two,
    /// xWR12xx, 14xx: sample after sample, `I` of the four receivers, then `Q` of the four.
    Four,
}

/// What a `.bin` file does not say of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdcGeometry {
    /// The layout of the words.
    pub lanes: Lanes,
    /// Whether Q stands where I should (`iqSwap`).
    #[serde(default)]
    pub iq_swapped: bool,
    /// Loops of a frame, at least 1.
    pub chirps: usize,
    /// Complex samples of a chirp, at least 1 (even with two lanes).
    pub samples: usize,
    /// Sampling and antennas; their numbers are those of the transmitters and receivers in the file.
    pub cube: CubeInfo,
}

/// Reads a file of whole frames. A full-scale sample becomes 1.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`; in the file a loop is one chirp of each transmitter in turn.
pub fn read(path: &Path, geometry: &AdcGeometry) -> Result<IfCube, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    decode(path, &bytes, geometry)
}

/// The same from bytes; `origin` is named in errors.
pub fn decode(origin: &Path, bytes: &[u8], geometry: &AdcGeometry) -> Result<IfCube, RecordingError> {
    let (n_tx, n_rx) = (geometry.cube.tx_m.len(), geometry.cube.rx_m.len());
    let samples = geometry.samples;
    let fail = |what: String| Err(RecordingError::file(origin, what));
    let extents = [geometry.chirps, n_tx, n_rx, samples];
    let frame_samples = extents.iter().try_fold(1usize, |n, &e| n.checked_mul(e)).filter(|&n| n > 0);
    let Some(frame_bytes) = frame_samples.and_then(|n| n.checked_mul(4)) else {
        return fail(format!("[chirp, tx, rx, sample] = {extents:?} is no frame: each must be at least 1"));
    };
    if geometry.lanes == Lanes::Two && samples % 2 == 1 {
        return fail(format!("{samples} samples a chirp: two lanes carry samples in pairs, the number must be even"));
    }
    if geometry.lanes == Lanes::Four && n_rx != 4 {
        return fail(format!("{n_rx} receivers: four lanes carry exactly 4"));
    }
    if bytes.is_empty() || !bytes.len().is_multiple_of(frame_bytes) {
        let whole = bytes.len() / frame_bytes;
        let rest = bytes.len() % frame_bytes;
        return fail(format!(
            "{} bytes are not whole frames: {whole} frames of {frame_bytes} bytes ([chirp, tx, rx, sample] = {extents:?}) and \
             {rest} bytes; check chirps, samples and antennas, or cut the file",
            bytes.len()
        ));
    }
    let frames = bytes.len() / frame_bytes;
    let word = |i: usize| f32::from(i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]])) / 32768.0;
    let data = Array5::from_shape_fn((frames, geometry.chirps, n_tx, n_rx, samples), |(f, c, t, r, s)| {
        let chirp = (f * geometry.chirps + c) * n_tx + t;
        let (i, q) = match geometry.lanes {
            Lanes::Two => {
                let pair = 2 * (chirp * n_rx + r) * samples + 4 * (s / 2) + s % 2;
                (pair, pair + 2)
            }
            Lanes::Four => {
                let group = 2 * n_rx * (chirp * samples + s);
                (group + r, group + n_rx + r)
            }
        };
        if geometry.iq_swapped { Complex32::new(word(q), word(i)) } else { Complex32::new(word(i), word(q)) }
    });
    Ok(IfCube { data, info: geometry.cube.clone() })
}
