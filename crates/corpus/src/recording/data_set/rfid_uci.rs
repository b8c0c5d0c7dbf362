//! Older people with a batteryless tag in two rooms (R. L. Shinmoto Torres et al. 2013, 2016; UCI, CC BY 4.0): four antennas in room 1, three in
//! room 2, hopping over twelve channels.
//!
//! `S1_Dataset/d1pNNG` and `S2_Dataset/d2pNNG`: trials with a label a read. Each stretch of one label is a recording, `TRIAL N`; the session is
//! the trial. The accelerations that the tag sends along are no radio signal and are passed over.

use super::reader::Reader;
use crate::recording::rfid::{UciRow, uci_rows};
use crate::recording::{Dropped, Recording, RecordingError, rfid};
use crate::signal::Signal;
use std::path::{Path, PathBuf};

/// Activities by number, from 1.
const ACTIVITIES: [&str; 4] = ["sit on bed", "sit on chair", "lying", "ambulating"];

/// The reader.
pub(super) struct RfidUci;

impl Reader for RfidUci {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for (folder, room) in [("S1_Dataset", "room 1"), ("S2_Dataset", "room 2")] {
            let folder = dir.join(folder);
            if !folder.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&folder).map_err(RecordingError::read(&folder))? {
                let path = entry.map_err(RecordingError::read(&folder))?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.starts_with('d') && rfid::RfidFormat::Uci.sniff(&path) {
                    files.push((room.to_owned(), path));
                }
            }
        }
        files.sort_by(|a, b| a.1.cmp(&b.1));
        if files.is_empty() {
            let expected = "expected S1_Dataset/d1pNNG and S2_Dataset/d2pNNG";
            return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
        }
        let mut recordings = Vec::new();
        for (room, path) in &files {
            let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
            let (rows, mut dropped) = uci_rows(&bytes);
            let trial = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut rest = rows.as_slice();
            let mut number = 0;
            while let Some(first) = rest.first() {
                let same = rest.iter().take_while(|row| row.label == first.label).count();
                let (stretch, behind) = rest.split_at(same);
                rest = behind;
                let Some(activity) = ACTIVITIES.get((first.label as usize).wrapping_sub(1)) else {
                    dropped.lose(same, format!("reads of label {}; 1 to 4 are known", first.label));
                    continue;
                };
                number += 1;
                let read = UciRow::recordings(path, stretch.to_vec(), std::mem::take(&mut dropped))?;
                for reads in read.pieces {
                    recordings.push(Recording {
                        name: format!("{trial} {number}"),
                        activity: (*activity).to_owned(),
                        session: Some(trial.clone()),
                        subject: None,
                        room: Some(room.clone()),
                        official_split: None,
                        signal: Signal::Rfid(reads),
                        dropped: read.dropped.clone(),
                    });
                }
            }
        }
        if let Some(first) = recordings.first_mut() {
            first.dropped.say("the three columns of acceleration are passed over");
        }
        Ok(recordings)
    }

    /// Its rows are one of the [formats](rfid::RfidFormat).
    fn sniff(&self, _: &Path) -> bool {
        false
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (longest, dropped) = rfid::RfidFormat::Uci.read(file)?.longest();
        let longest = longest.ok_or_else(|| RecordingError::file(file, "holds no read"))?;
        Ok((Signal::Rfid(longest), dropped))
    }
}
