//! CSI-HAR (P. F. Moshiri et al., Sensors 2021; split of B. Varga, Sensors 2024): a Raspberry Pi 4 with Nexmon, seven activities, three people.
//!
//! `train/ACTIVITY/user_U_sample_S_ACTIVITY_A.csv` and `test/…`, plain or in a `.tar.xz`: a row a packet, 52 amplitudes. They came filtered:
//! some are negative, and stay so. There are no time stamps and no phases.

use super::reader::Reader;
use crate::base::Complex32;
use crate::base::cube::BARE;
use crate::recording::csi::grids::{SPACING_HZ, legacy};
use crate::recording::tarballs;
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::{Csi, CsiInfo, Signal};
use ndarray::Array4;
use std::path::Path;

/// Amplitudes of a row.
const SUBCARRIERS: usize = 52;
/// Packets a second that times are made of: the data set says none, and recordings then last 6 to 11 s.
const RATE_HZ: f64 = 100.0;

/// The reader.
pub(super) struct CsiHarNexmon;

impl Reader for CsiHarNexmon {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let mut recordings = Vec::new();
        tarballs::each(dir, ".csv", |entry| {
            let stem = entry.name.rsplit('/').next().unwrap_or_default().trim_end_matches(".csv");
            // user_1_sample_2_lie down_A
            let parts: Vec<&str> = stem.split('_').collect();
            let ["user", user, "sample", _, activity, ..] = parts.as_slice() else {
                let what = "is not called user_U_sample_S_ACTIVITY_A.csv";
                return Err(RecordingError::file(&entry.place, what));
            };
            let split = entry.name.split('/').find(|folder| ["train", "test"].contains(folder));
            let (csi, dropped) = read(&entry.place, &entry.bytes)?;
            recordings.push(Recording {
                name: entry.name.trim_end_matches(".csv").to_owned(),
                activity: match *activity {
                    "sitdown" => "sit down",
                    "standup" => "stand up",
                    other => other,
                }
                .to_owned(),
                session: None,
                subject: Some((*user).to_owned()),
                room: None,
                official_split: split.map(str::to_owned),
                signal: Signal::Csi(csi),
                dropped,
            });
            Ok(())
        })?;
        if recordings.is_empty() {
            let expected = "expected train/ACTIVITY/user_U_sample_S_ACTIVITY_A.csv, or a .tar.xz of them";
            return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
        }
        Ok(recordings)
    }

    /// A table of numbers says nothing of where it comes from.
    fn sniff(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("user_") && name.ends_with("_A.csv")
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let bytes = std::fs::read(file).map_err(RecordingError::read(file))?;
        let (csi, dropped) = read(file, &bytes)?;
        Ok((Signal::Csi(csi), dropped))
    }
}

fn read(path: &Path, bytes: &[u8]) -> Result<(Csi, Dropped), RecordingError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let mut samples = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let line = i as u64 + 1;
        let record = record.map_err(|e| RecordingError::line(path, line, e.to_string()))?;
        if record.len() != SUBCARRIERS {
            let what = format!("{} values; expected {SUBCARRIERS} amplitudes", record.len());
            return Err(RecordingError::line(path, line, what));
        }
        for (k, text) in record.iter().enumerate() {
            let value = text.parse::<f32>().ok().filter(|v| v.is_finite());
            let value =
                value.ok_or_else(|| RecordingError::line(path, line, format!("value {k} is `{text}`, no number")))?;
            samples.push(Complex32::new(value, 0.0));
        }
    }
    let packets = samples.len() / SUBCARRIERS;
    let negative = samples.iter().filter(|z| z.re < 0.0).count();
    let mut dropped = Dropped::default();
    dropped.say(format!("no time stamps: packets are put at {RATE_HZ} a second"));
    if negative > 0 {
        dropped.say("some amplitudes are negative: these files came filtered");
    }
    let data = Array4::from_shape_vec((packets, SUBCARRIERS, 1, 1), samples);
    let data = data.map_err(|e| RecordingError::file(path, e.to_string()))?;
    let info = CsiInfo {
        device: "nexmon 43455c0".into(),
        centre_hz: None,
        bandwidth_hz: 20e6,
        spacing_hz: SPACING_HZ,
        subcarriers: legacy(),
        phase: false,
        nominal_clock: true,
    };
    let time_s = (0..packets).map(|p| p as f64 / RATE_HZ).collect();
    Ok((Csi { data, time_s, strength: Vec::new(), info, unit: BARE.into() }, dropped))
}
