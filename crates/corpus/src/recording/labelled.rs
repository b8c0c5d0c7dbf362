//! Files of CSI or of RFID reads with what is done in them: by `recordings.csv`, by their names, or one label for all.

use super::points::{NamePattern, Named};
use super::{Dropped, Recording, RecordingError, csi, listing, rfid};
use crate::signal::{RfidReads, Signal};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// What says the label.
const UNLABELLED: &str = "nothing says what is done: recordings.csv (file,label), --names with {label}, or --label";

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radio {
    /// Channel state information.
    Csi,
    /// Reads of RFID tags.
    Rfid,
}

impl Radio {
    fn is_one(self, file: &Path) -> bool {
        match self {
            Self::Csi => csi::CsiFormat::of_file(file).is_some(),
            Self::Rfid => rfid::RfidFormat::of_file(file).is_some(),
        }
    }

    fn read(self, file: &Path) -> Result<(Vec<Signal>, Dropped), RecordingError> {
        match self {
            Self::Csi => {
                let read = csi::read(file)?;
                Ok((read.pieces.into_iter().map(Signal::Csi).collect(), read.dropped))
            }
            Self::Rfid => {
                let read = rfid::read(file)?;
                Ok((read.pieces.into_iter().map(Signal::Rfid).collect(), read.dropped))
            }
        }
    }
}

/// Reads one file, or all of a folder, in order of the list or of their names. A file whose clock steps back, or that pauses, makes several
/// recordings, `NAME 1`, `NAME 2`. Of RFID all recordings have the tags of all.
pub fn read(
    path: &Path,
    radio: Radio,
    names: Option<&NamePattern>,
    label: Option<&str>,
) -> Result<Vec<Recording>, RecordingError> {
    let files = files(path, radio, names)?;
    let read: Vec<Vec<Recording>> = files
        .par_iter()
        .map(|(file, name, named)| {
            let Some(activity) = named.label.clone().or_else(|| label.map(str::to_owned)) else {
                return Err(RecordingError::file(file, UNLABELLED));
            };
            let (pieces, dropped) = radio.read(file)?;
            let several = pieces.len() > 1;
            let recording = |(i, signal): (usize, Signal)| Recording {
                name: if several { format!("{name} {}", i + 1) } else { name.clone() },
                activity: activity.clone(),
                session: named.session.clone(),
                subject: named.subject.clone(),
                room: None,
                official_split: named.split.clone(),
                signal,
                // What was left out is counted once.
                dropped: if i == 0 { dropped.clone() } else { Dropped::default() },
            };
            Ok(pieces.into_iter().enumerate().map(recording).collect())
        })
        .collect::<Result<_, _>>()?;
    let mut recordings: Vec<Recording> = read.into_iter().flatten().collect();
    share_tags(&mut recordings);
    Ok(recordings)
}

/// Gives all recordings of reads the tags of all: a tag that was never read in one of them must not move the others.
pub(super) fn share_tags(recordings: &mut [Recording]) {
    let tags = |signal: &Signal| if let Signal::Rfid(reads) = signal { reads.tags.clone() } else { Vec::new() };
    let mut all: Vec<String> = recordings.iter().flat_map(|r| tags(&r.signal)).collect();
    all.sort();
    all.dedup();
    for recording in recordings {
        if let Signal::Rfid(reads) = &mut recording.signal {
            with_tags(reads, &all);
        }
    }
}

/// Counts tags among `all`, which holds them and is sorted.
pub(super) fn with_tags(reads: &mut RfidReads, all: &[String]) {
    let place: Vec<usize> = reads.tags.iter().map(|tag| all.partition_point(|other| other < tag)).collect();
    reads.reads.iter_mut().for_each(|read| read.tag = place[read.tag]);
    reads.tags = all.to_vec();
}

type LabelledFile = (PathBuf, String, Named);

fn files(dir: &Path, radio: Radio, names: Option<&NamePattern>) -> Result<Vec<LabelledFile>, RecordingError> {
    let by_pattern = |path: &Path, name: &str| match names {
        Some(pattern) => pattern.read(name).map_err(|what| RecordingError::file(path, format!("--names: {what}"))),
        None => Ok(Named::default()),
    };
    if dir.is_file() {
        let name = dir.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let named = by_pattern(dir, &name)?;
        return Ok(vec![(dir.to_owned(), name, named)]);
    }
    if listing::path(dir).is_file() {
        if names.is_some() {
            let what = "it says what is done: leave out --names, or remove it";
            return Err(RecordingError::file(&listing::path(dir), what));
        }
        let said = |text: String| Some(text).filter(|t| !t.is_empty());
        let found = listing::read(dir)?.into_iter().map(|row| {
            let name = row.name();
            let named = Named {
                label: said(row.label),
                subject: said(row.subject),
                session: said(row.session),
                split: said(row.split),
            };
            (dir.join(&row.file), name, named)
        });
        return Ok(found.collect());
    }
    let mut found = Vec::new();
    collect(dir, 0, radio, &mut found)?;
    found.sort();
    if found.is_empty() {
        let expected = match radio {
            Radio::Csi => "expected files of CSI (.dat, .pcap, .csv, .csi)",
            Radio::Rfid => "expected tables or rows of RFID reads",
        };
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    let named = |path: PathBuf| {
        let stem = path.strip_prefix(dir).unwrap_or(&path).with_extension("");
        let parts: Vec<_> = stem.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        let name = parts.join("/");
        Ok((path.clone(), name.clone(), by_pattern(&path, &name)?))
    };
    found.into_iter().map(named).collect()
}

/// All files of the kind below a folder.
fn collect(dir: &Path, depth: usize, radio: Radio, files: &mut Vec<PathBuf>) -> Result<(), RecordingError> {
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        // Deep enough for split/room/label/subject; links in circles end here.
        if path.is_dir() {
            if depth < 6 {
                collect(&path, depth + 1, radio, files)?;
            }
        } else if radio.is_one(&path) {
            files.push(path);
        }
    }
    Ok(())
}
