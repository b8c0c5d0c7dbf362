//! Files to a cube.

use super::super::RecordingError;
use super::geometry::{AdcGeometry, Lanes};
use super::health::{self, CaptureReport};
use super::{packets, real};
use crate::base::Complex32;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::cube::IfCube;
use ndarray::{Array5, Zip};
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

/// What is done with a last frame that the file cuts off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutFrame {
    /// The file is refused.
    #[default]
    Refuse,
    /// The frame is dropped, and counted.
    Drop,
}

/// A capture and what was lost on the way.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The samples.
    pub cube: IfCube,
    /// What was lost.
    pub report: CaptureReport,
}

/// Reads a file of whole frames. A full-scale sample becomes 1 unless the geometry has another `code_value`.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`; in the file a loop is one chirp of each transmitter in turn.
pub fn read(path: &Path, geometry: &AdcGeometry) -> Result<IfCube, RecordingError> {
    Ok(read_capture(&[path.to_owned()], geometry, CutFrame::Refuse)?.cube)
}

/// Reads a capture that lies in one file or was cut into several, in their order; files of whole network packets are put together by
/// their numbers. Zeros, repetitions, clipped and slid samples are counted; zeros alone are refused.
///
/// # Shapes
/// → `[frame, chirp, tx, rx, sample]`.
pub fn read_capture(files: &[PathBuf], geometry: &AdcGeometry, cut: CutFrame) -> Result<Capture, RecordingError> {
    let (mut bytes, mut found) = (Vec::new(), packets::PacketReport::default());
    for path in files {
        let part = std::fs::read(path).map_err(RecordingError::read(path))?;
        match packets::payload(&part) {
            Some((payload, report)) => {
                bytes.extend(payload);
                found.add(report);
            }
            None if files.len() == 1 => bytes = part,
            None => bytes.extend(part),
        }
    }
    let Some(origin) = files.first() else {
        return Err(RecordingError::file(Path::new(""), "no file of the capture is named"));
    };
    let mut capture = decode_capture(origin, &bytes, geometry, cut)?;
    capture.report.packets = found;
    Ok(capture)
}

/// The samples of whole frames from bytes; `origin` is named in errors.
pub fn decode(origin: &Path, bytes: &[u8], geometry: &AdcGeometry) -> Result<IfCube, RecordingError> {
    Ok(decode_capture(origin, bytes, geometry, CutFrame::Refuse)?.cube)
}

fn decode_capture(
    origin: &Path,
    bytes: &[u8],
    geometry: &AdcGeometry,
    cut: CutFrame,
) -> Result<Capture, RecordingError> {
    let fail = |what: String| Err(RecordingError::file(origin, what));
    let extents = geometry.extents();
    let Some(frame_bytes) = geometry.frame_words().and_then(|n| n.checked_mul(2)) else {
        return fail(format!("[chirp, tx, rx, sample] = {extents:?} is no frame: each must be at least 1"));
    };
    if let Some(what) = geometry.fault() {
        return fail(what);
    }
    let (frames, rest) = (bytes.len() / frame_bytes, bytes.len() % frame_bytes);
    if frames == 0 || (rest > 0 && cut == CutFrame::Refuse) {
        return fail(format!(
            "{} bytes are not whole frames: {frames} frames of {frame_bytes} bytes ([chirp, tx, rx, sample] = {extents:?}) and \
             {rest} bytes; check chirps, samples and antennas, or drop what is left of a frame that was cut (--drop-cut-frame)",
            bytes.len()
        ));
    }
    let bytes = &bytes[..frames * frame_bytes];
    let mut report = health::of_words(bytes, geometry.bits, frame_bytes);
    report.cut_bytes = rest;
    if report.zero_words == bytes.len() / 2 {
        return fail(format!("all {} words are zeros: nothing was recorded", bytes.len() / 2));
    }
    if let Some(what) = unused_lanes(bytes, geometry) {
        return fail(what);
    }
    let [chirps, n_tx, n_rx, samples] = extents;
    let unit = geometry.code_value() as f32;
    let spare = 16 - u32::from(geometry.bits);
    // Shifted up and down again, so that the highest bit that counts becomes the sign.
    let word = |i: usize| f32::from((i16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]) << spare) >> spare) * unit;
    let data = Array5::from_shape_fn((frames, chirps, n_tx, n_rx, samples), |(f, c, t, r, s)| {
        let (i, q) = geometry.words(f, [c, t, r, s]);
        Complex32::new(word(i), if geometry.real { 0.0 } else { word(q) })
    });
    let mut cube = IfCube { data, info: geometry.cube.clone(), unit: geometry.unit() };
    report.slid_from_frame = if geometry.real { None } else { health::slid_from(&cube.data) };
    if geometry.real {
        cube = real::to_complex(cube);
    }
    undo_range_bias(&mut cube, geometry.range_bias_m);
    Ok(Capture { cube, report })
}

/// Data on lanes that no receiver of the geometry has.
fn unused_lanes(bytes: &[u8], geometry: &AdcGeometry) -> Option<String> {
    let [_, _, n_rx, _] = geometry.extents();
    if geometry.lanes != Lanes::Four || n_rx == 4 {
        return None;
    }
    let used = |lane: usize| match geometry.receiver_lanes.as_slice() {
        [] => lane < n_rx,
        lanes => lanes.contains(&lane),
    };
    let lanes: Vec<usize> = (0..4).filter(|&lane| !used(lane)).collect();
    let words = bytes.as_chunks::<2>().0;
    let holds = |lane: usize| words.iter().skip(lane).step_by(4).any(|w| *w != [0, 0]);
    let found: Vec<usize> = lanes.into_iter().filter(|&lane| holds(lane)).map(|lane| lane + 1).collect();
    (!found.is_empty()).then(|| {
        format!("lanes {found:?} hold samples, but the geometry has no receiver on them: other receivers were in use")
    })
}

/// Shifts every echo towards the radar: a beat note of range `bias` becomes one of range 0.
fn undo_range_bias(cube: &mut IfCube, bias_m: f64) {
    if bias_m == 0.0 {
        return;
    }
    let info = &cube.info;
    let beat_hz = 2.0 * bias_m / SPEED_OF_LIGHT * info.chirp_slope_hz_per_s;
    let turns: Vec<Complex32> = (0..cube.data.dim().4)
        .map(|n| {
            let time = info.adc_start_s + n as f64 / info.sample_rate_hz;
            let (sin, cos) = (-TAU * (beat_hz * time).fract()).sin_cos();
            Complex32::new(cos as f32, sin as f32)
        })
        .collect();
    let turns = ndarray::ArrayView1::from(&turns);
    for mut chirp in cube.data.rows_mut() {
        Zip::from(&mut chirp).and(&turns).for_each(|z, turn| *z *= turn);
    }
}
