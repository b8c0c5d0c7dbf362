//! One recording of any kind that can be read, found out by its name and content; no label is asked for.

use super::signal_files::{npy_csi, npy_cube, point_table};
use super::ti_uart::{self, UartSettings};
use super::{DataSet, Dropped, RecordingError, coverage, csi, dca1000, rfid};
use crate::signal::Signal;
use std::path::Path;

/// Reads a recording: RadHAR (`.npz`, `.txt`, `.txt.gz`), MARS (`.npz`), points of kinecho's (`.csv`, `.npz`, with their `.json`), a
/// stream of TI's demos (`.dat` with its `.cfg`), an IF cube (`.npy` with its `.json`), a raw capture (`.bin` with its geometry as `.json`),
/// CSI of a [tool that is known](csi::CsiFormat) or [reads of RFID tags](rfid::RfidFormat).
///
/// With it comes what the reader left out. Refused are recordings in which a tenth of the frames or more are missing.
pub fn read(path: &Path) -> Result<(Signal, Dropped), RecordingError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if let Some(set) = DataSet::of_file(path).filter(|set| set.radio().is_some()) {
        return set.reader().read_file(path);
    }
    if name.ends_with(".npy") && !npy_csi::is_ours(path) {
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
    if let Some(format) = csi::CsiFormat::of_file(path) {
        let (csi, dropped) = format.read(path)?.longest();
        let csi = csi.ok_or_else(|| RecordingError::file(path, "holds no packet"))?;
        return Ok((Signal::Csi(csi), dropped));
    }
    if let Some(format) = rfid::RfidFormat::of_file(path) {
        let (reads, dropped) = format.read(path)?.longest();
        let reads = reads.ok_or_else(|| RecordingError::file(path, "holds no read"))?;
        return Ok((Signal::Rfid(reads), dropped));
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
                    port), .npy (IF cube, or CSI of kinecho's), .bin (DCA1000), CSI (.dat of the Intel 5300, .pcap of Nexmon, .csv of an ESP32) or reads of \
                    RFID tags (.csv, .txt)";
        return Err(RecordingError::file(path, what));
    };
    coverage::check(path, &points)?;
    Ok((Signal::Points(points), dropped))
}
