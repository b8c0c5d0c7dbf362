//! Raw ADC samples as TI's DCA1000 card writes them, read and written: `.bin` of little-endian int16 (TI application report
//! SWRA581).

use super::RecordingError;
use crate::base::Complex32;
use crate::base::atomic_file;
use crate::base::cube::{CubeInfo, FULL_SCALE, IfCube};
use ndarray::Array5;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

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
    /// What a sample is for each step of its code; by default 1/32768, so that a full-scale sample is 1.
    #[serde(default = "full_scale_is_one")]
    pub code_value: f64,
    /// Unit of a sample; without it shares of the full scale, or unknown where `code_value` is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Sampling and antennas; their numbers are those of the transmitters and receivers in the file.
    pub cube: CubeInfo,
}

fn full_scale_is_one() -> f64 {
    1.0 / 32768.0
}

impl AdcGeometry {
    /// What keeps a cube of this geometry from lying in a file.
    fn fault(&self) -> Option<String> {
        let n_rx = self.cube.rx_m.len();
        if self.lanes == Lanes::Two && self.samples % 2 == 1 {
            let what = "two lanes carry samples in pairs, the number must be even";
            return Some(format!("{} samples a chirp: {what}", self.samples));
        }
        if self.lanes == Lanes::Four && n_rx != 4 {
            return Some(format!("{n_rx} receivers: four lanes carry exactly 4"));
        }
        if !(self.code_value > 0.0 && self.code_value.is_finite()) {
            return Some(format!("code_value is {}, it must be above 0", self.code_value));
        }
        None
    }

    /// Unit of a sample, in words.
    fn unit(&self) -> String {
        let of_scale = if self.code_value == full_scale_is_one() { FULL_SCALE } else { "unknown" };
        self.unit.clone().unwrap_or_else(|| of_scale.into())
    }

    /// Words of the I and the Q of a sample, counted in its frame.
    fn words(&self, [chirp, tx, rx, sample]: [usize; 4]) -> (usize, usize) {
        let (n_tx, n_rx) = (self.cube.tx_m.len(), self.cube.rx_m.len());
        let chirp = chirp * n_tx + tx;
        let (i, q) = match self.lanes {
            Lanes::Two => {
                let pair = 2 * (chirp * n_rx + rx) * self.samples + 4 * (sample / 2) + sample % 2;
                (pair, pair + 2)
            }
            Lanes::Four => {
                let group = 2 * n_rx * (chirp * self.samples + sample);
                (group + rx, group + n_rx + rx)
            }
        };
        if self.iq_swapped { (q, i) } else { (i, q) }
    }
}

/// Reads a file of whole frames. A full-scale sample becomes 1 unless the geometry has another `code_value`.
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
    if let Some(what) = geometry.fault() {
        return fail(what);
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
    let unit = geometry.code_value as f32;
    let word = |i: usize| f32::from(i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]])) * unit;
    let data = Array5::from_shape_fn((frames, geometry.chirps, n_tx, n_rx, samples), |(f, c, t, r, s)| {
        let (i, q) = geometry.words([c, t, r, s]);
        let first = f * frame_bytes / 2;
        Complex32::new(word(first + i), word(first + q))
    });
    Ok(IfCube { data, info: geometry.cube.clone(), unit: geometry.unit() })
}

/// Where the geometry of a written file stands: `NAME.bin` → `NAME.json`.
pub fn geometry_path(bin: &Path) -> PathBuf {
    bin.with_extension("json")
}

/// Reads the geometry that stands beside a file.
pub fn read_geometry(bin: &Path) -> Result<AdcGeometry, RecordingError> {
    let path = geometry_path(bin);
    let json = std::fs::read(&path).map_err(RecordingError::read(&path))?;
    serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&path, e.line() as u64, format!("not the geometry of a raw capture: {e}")))
}

/// Writes a cube as `NAME.bin` and its [`AdcGeometry`] as `NAME.json`, each whole or not at all, the geometry first.
///
/// A sample becomes the nearest multiple of `code_value`; returns how many I and Q values lay beyond int16 and were set to its
/// ends. A recording holds one transmitter a chirp, so a cube of several at once is refused.
pub fn write(bin: &Path, cube: &IfCube, lanes: Lanes, code_value: f64) -> Result<u64, RecordingError> {
    let (frames, chirps, n_tx, n_rx, samples) = cube.data.dim();
    let (unit, info) = (Some(cube.unit.clone()), cube.info.clone());
    let geometry = AdcGeometry { lanes, iq_swapped: false, chirps, samples, code_value, unit, cube: info };
    let what = if n_tx > 1 && !cube.info.time_multiplexed {
        Some("transmitters that chirp at once cannot be told apart in a recording".into())
    } else if [frames, chirps, n_tx, n_rx, samples].contains(&0) {
        Some("an axis of the cube is empty".into())
    } else {
        geometry.fault()
    };
    if let Some(what) = what {
        return Err(RecordingError::file(bin, what));
    }
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
        let mut bytes = vec![0; chirps * n_tx * n_rx * samples * 4];
        for frame in cube.data.outer_iter() {
            for ((c, t, r, s), z) in frame.indexed_iter() {
                let (i, q) = geometry.words([c, t, r, s]);
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
