//! One recording of any kind that can be read, found out by its name and content; no label is asked for.

use super::arrays::Archive;
use super::ti_uart::{self, UartSettings};
use super::{Dropped, RecordingError, dca1000, mars, npy_cube, point_table, radhar};
use crate::signal::{PointCloud, Signal};
use std::path::Path;

/// Fewer frames than this share of what the duration holds are a recording with frames missing.
const LEAST_COVERAGE: f64 = 0.9;

/// Reads a recording: RadHAR (`.npz`, `.txt`, `.txt.gz`), MARS (`.npz`), points of kinecho's (`.csv`, `.npz`, with their `.json`), a
/// stream of TI's demos (`.dat` with its `.cfg`), an IF cube (`.npy` with its `.json`) or a raw capture (`.bin` with its geometry as `.json`).
///
/// With it comes what the reader left out. Refused are recordings in which a tenth of the frames or more are missing.
pub fn read(path: &Path) -> Result<(Signal, Dropped), RecordingError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if name.ends_with(".npy") {
        return Ok((Signal::Cube(npy_cube::read(path)?), Dropped::default()));
    }
    if name.ends_with(".bin") {
        let geometry = dca1000::read_geometry(path)?;
        let capture = dca1000::read_capture(&[path.to_owned()], &geometry, dca1000::CutFrame::Refuse)?;
        if !capture.report.is_clean() {
            tracing::warn!("{}: {}", path.display(), capture.report);
        }
        return Ok((Signal::Cube(capture.cube), Dropped::default()));
    }
    let (points, dropped) = if name.ends_with(".npz") {
        let npz = Archive::open(path)?;
        if point_table::is_ours(path)? {
            (point_table::read(path)?, Dropped::default())
        } else if npz.has("frame_time_ns") {
            radhar::read_points(path)?
        } else if npz.has("doppler_bin") {
            mars::read_points(path)?
        } else {
            let what = "neither RadHAR's (`frame_time_ns`) nor MARS' (`doppler_bin`) nor kinecho's (`position_m`) arrays are in it; points \
                        of other data sets come in with kinecho import points --map";
            return Err(RecordingError::file(path, what));
        }
    } else if name.ends_with(".csv") {
        if !point_table::is_ours(path)? {
            let what = format!(
                "its header is not {}; points of other data sets come in with kinecho import points --map",
                point_table::COLUMNS.join(",")
            );
            return Err(RecordingError::file(path, what));
        }
        (point_table::read(path)?, Dropped::default())
    } else if name.ends_with(".dat") {
        let (points, dropped, _) = ti_uart::read_points(path, &UartSettings::default())?;
        (points, dropped)
    } else if name.ends_with(".txt") || name.ends_with(".txt.gz") {
        radhar::read_points(path)?
    } else {
        let what = "expected .npz (RadHAR, MARS, kinecho's points), .csv (kinecho's points), .txt or .txt.gz (RadHAR), .dat (TI's data \
                    port), .npy (IF cube) or .bin (DCA1000)";
        return Err(RecordingError::file(path, what));
    };
    complete(path, &points)?;
    Ok((Signal::Points(points), dropped))
}

/// Refuses a recording with many frames missing.
pub(super) fn complete(path: &Path, points: &PointCloud) -> Result<(), RecordingError> {
    let (Some(first), Some(last)) = (points.frames.first(), points.frames.last()) else {
        return Err(RecordingError::file(path, "no frames"));
    };
    if points.frames.iter().all(|frame| frame.points.is_empty()) {
        let what =
            format!("{} frames without a single usable point: there is nothing to tell apart", points.frames.len());
        return Err(RecordingError::file(path, what));
    }
    let (found, seconds) = (points.frames.len(), last.time_s - first.time_s);
    let expected = (seconds / points.frame_period_s).round() + 1.0;
    if found as f64 >= LEAST_COVERAGE * expected {
        return Ok(());
    }
    let what = format!(
        "{found} frames, but its {seconds:.1} s at {:.2} frames/s make {expected}: frames are missing",
        1.0 / points.frame_period_s
    );
    Err(RecordingError::file(path, what))
}
