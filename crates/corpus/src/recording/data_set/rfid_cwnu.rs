//! CWNU-RDA: reads of sixteen tags on the body, 21 activities, twelve people (IEEE TMC 2024): an Impinj R420, 5 s a recording.
//!
//! `NNNN/INDEX_LABEL.txt`, plain or in a `.tar.xz`. Who wore the tags stands in the rows, not in the folder: three folders of the origin hold
//! the recordings of others once more, and are named with their subject here. Rows of another label than the file's are left out and
//! counted; a pause of a second cuts a recording.

use super::reader::Reader;
use crate::recording::labelled::{share_tags, with_tags};
use crate::recording::rfid::{CwnuRow, cwnu_rows};
use crate::recording::tarballs;
use crate::recording::{Dropped, Recording, RecordingError, rfid};
use crate::signal::Signal;
use std::collections::BTreeMap;
use std::path::Path;

/// Tags on the body.
const TAGS: u32 = 16;

/// The reader.
pub(super) struct RfidCwnu;

impl Reader for RfidCwnu {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let all: Vec<String> = (0..TAGS).map(|tag| format!("{tag:04}")).collect();
        let mut recordings = Vec::new();
        tarballs::each(dir, ".txt", |entry| {
            let stem = entry.name.rsplit('/').next().unwrap_or_default().trim_end_matches(".txt");
            // Notes beside the data are no recordings.
            let Some((_, label)) = stem.split_once('_') else { return Ok(()) };
            let Ok(label) = label.parse::<u32>() else { return Ok(()) };
            let (rows, mut dropped) = cwnu_rows(&entry.bytes);
            let mut people: BTreeMap<String, usize> = BTreeMap::new();
            rows.iter().for_each(|row| *people.entry(row.person.clone()).or_default() += 1);
            let person = people.iter().max_by_key(|(_, n)| **n).map(|(person, _)| person.clone());
            let there = rows.len();
            let own: Vec<CwnuRow> = rows.into_iter().filter(|row| row.label == label).collect();
            dropped.lose(there - own.len(), "reads of another label than the file's");
            if own.is_empty() {
                let reasons = dropped.reasons();
                return Err(RecordingError::file(&entry.place, format!("no read of its label {label} ({reasons})")));
            }
            let read = CwnuRow::recordings(&entry.place, own, dropped)?;
            let name = entry.name.trim_end_matches(".txt");
            let several = read.pieces.len() > 1;
            for (i, mut reads) in read.pieces.into_iter().enumerate() {
                if reads.tags.iter().all(|tag| all.contains(tag)) {
                    with_tags(&mut reads, &all);
                }
                recordings.push(Recording {
                    name: if several { format!("{name} {}", i + 1) } else { name.to_owned() },
                    activity: format!("activity {label}"),
                    session: None,
                    subject: person.clone(),
                    room: None,
                    official_split: None,
                    signal: Signal::Rfid(reads),
                    // What was left out is counted once.
                    dropped: if i == 0 { read.dropped.clone() } else { Dropped::default() },
                });
            }
            Ok(())
        })?;
        if recordings.is_empty() {
            let expected = "expected NNNN/INDEX_LABEL.txt, or NNNN.tar.xz of them";
            return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
        }
        share_tags(&mut recordings);
        Ok(recordings)
    }

    /// Its rows are one of the [formats](rfid::RfidFormat).
    fn sniff(&self, _: &Path) -> bool {
        false
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (longest, dropped) = rfid::RfidFormat::Cwnu.read(file)?.longest();
        let longest = longest.ok_or_else(|| RecordingError::file(file, "holds no read"))?;
        Ok((Signal::Rfid(longest), dropped))
    }
}
