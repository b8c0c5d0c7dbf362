//! One recording of any kind that can be read, found out by its name and content; no label is asked for.

use super::signal_files::{npy_cube, point_table};
use super::ti_uart::{self, UartSettings};
use super::{DataSet, Dropped, RecordingError, coverage, dca1000};
use crate::signal::Signal;
use std::path::Path;

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
    let (points, dropped) = if let Some(set) = DataSet::of_file(path) {
        match set.reader().read_file(path)? {
            (Signal::Points(points), dropped) => (points, dropped),
            read => return Ok(read),
        }
    } else if name.ends_with(".npz") {
        if !point_table::is_ours(path)? {
            let what = "neither RadHAR's (`frame_time_ns`) nor MARS' (`doppler_bin`) nor kinecho's (`position_m`) arrays are in it; points \
                        of other data sets come in with kinecho import points --map";
            return Err(RecordingError::file(path, what));
        }
        (point_table::read(path)?, Dropped::default())
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
    } else {
        let what = "expected .npz (RadHAR, MARS, kinecho's points), .csv (kinecho's points), .txt or .txt.gz (RadHAR), .dat (TI's data \
                    port), .npy (IF cube) or .bin (DCA1000)";
        return Err(RecordingError::file(path, what));
    };
    coverage::check(path, &points)?;
    Ok((Signal::Points(points), dropped))
}
