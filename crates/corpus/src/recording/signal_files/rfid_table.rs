//! RFID reads as the CSV files that `import rfid` reads.

use crate::base::atomic_file;
use crate::recording::RecordingError;
use crate::signal::RfidReads;
use std::io;
use std::path::Path;

/// The columns, in order. Units: s, Hz, rad, dBm, Hz.
const COLUMNS: [&str; 8] = ["time", "epc", "antenna", "channel", "frequency", "phase", "rssi", "doppler"];

/// Writes a row a read; what a read does not say is left empty.
pub fn write_csv(path: &Path, reads: &RfidReads) -> Result<(), RecordingError> {
    let given = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
    atomic_file::write_with(path, |w| {
        let mut csv = csv::Writer::from_writer(w);
        csv.write_record(COLUMNS).map_err(io::Error::other)?;
        for read in &reads.reads {
            csv.write_record([
                format!("{:.6}", read.time_s),
                reads.tags[read.tag].clone(),
                read.antenna.to_string(),
                read.channel.map_or_else(String::new, |c| c.to_string()),
                given(read.frequency_hz),
                format!("{:.6}", read.phase_rad),
                given(Some(read.rssi_dbm).filter(|v| v.is_finite())),
                given(read.doppler_hz),
            ])
            .map_err(io::Error::other)?;
        }
        csv.flush()
    })?;
    Ok(())
}
