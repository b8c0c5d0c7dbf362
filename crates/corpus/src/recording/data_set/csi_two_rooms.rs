//! CSI of eleven activities in two rooms (Hu et al., "Proto-CSNet", MSN 2024): an Intel 5300 with three antennas, 20 packets/s.
//!
//! `ROOM/aAA/uU_SS.dat`. Antennas are in the order of their letters in every packet (the tool's files are not). Where the clock steps back,
//! packets of an earlier capture were left in the driver: the longest piece is the recording, the rest is counted.

use super::files::{checked, named_files};
use super::reader::Reader;
use crate::recording::{Dropped, Recording, RecordingError, csi};
use crate::signal::Signal;
use rayon::prelude::*;
use std::path::Path;

/// Activities by number, from 1.
const ACTIVITIES: [&str; 11] = [
    "lying",
    "sitting",
    "running",
    "walking",
    "pick up",
    "wave hand",
    "jump",
    "squat",
    "sit down",
    "stand up",
    "fall down",
];

/// The reader.
pub(super) struct CsiTwoRooms;

impl Reader for CsiTwoRooms {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let files = named_files(dir, "dat", "expected ROOM/aAA/uU_SS.dat")?;
        checked(dir, &files)?;
        let read = |(path, parts): &(std::path::PathBuf, Vec<String>)| {
            let [.., room, activity, name] = parts.as_slice() else {
                return Err(RecordingError::file(path, "lies in no ROOM/aAA of the data set"));
            };
            let number = activity.strip_prefix('a').and_then(|n| n.parse::<usize>().ok());
            let Some(activity) = number.and_then(|n| ACTIVITIES.get(n.checked_sub(1)?)) else {
                return Err(RecordingError::file(path, format!("lies in `{activity}`; expected a01 to a11")));
            };
            let (signal, dropped) = self.read_file(path)?;
            let subject = name.split('_').next().map(str::to_owned);
            Ok(Recording {
                name: parts.join("/"),
                activity: (*activity).to_owned(),
                // Each room was recorded on a day of its own.
                session: Some(room.clone()),
                subject,
                room: Some(room.clone()),
                official_split: None,
                signal,
                dropped,
            })
        };
        files.par_iter().map(read).collect()
    }

    /// A file of it is one of the Intel 5300 like any other.
    fn sniff(&self, _: &Path) -> bool {
        false
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (longest, dropped) = csi::CsiFormat::Intel5300.read(file)?.longest();
        let longest = longest.ok_or_else(|| RecordingError::file(file, "holds no packet"))?;
        Ok((Signal::Csi(longest), dropped))
    }
}
