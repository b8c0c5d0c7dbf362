//! Files and folders of points, and what is done in each.

use super::super::signal_files::point_table;
use super::super::{Dropped, Recording, RecordingError, listing};
use super::clock::{Cuts, RawFrame, stretches};
use super::frames::{RawRecording, of_columns};
use super::names::{NamePattern, Named};
use super::{Clocked, Field, PointLayout};
use crate::signal::Signal;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Endings of files of points.
const ENDINGS: [&str; 5] = ["csv", "txt", "tsv", "npz", "npy"];

/// What says the label.
const UNLABELLED: &str =
    "nothing says what is done: recordings.csv (file,label), --names with {label}, a column (label=COLUMN) or --label";

/// A recording, or a file of several: where it stands, its name, and what is said of it outside of the file.
struct NamedFile {
    path: PathBuf,
    name: String,
    named: Named,
}

/// Reads one file, or all of a folder, in order of the list or of their names.
pub(super) fn read(
    path: &Path,
    layout: &PointLayout,
    names: Option<&NamePattern>,
    label: Option<&str>,
) -> Result<Vec<Clocked>, RecordingError> {
    let files = files(path, layout, names)?;
    let read: Vec<Vec<Clocked>> =
        files.par_iter().map(|file| read_named(file, layout, label)).collect::<Result<_, _>>()?;
    Ok(read.into_iter().flatten().collect())
}

/// Reads files that kinecho wrote: one, or all of a folder. Of `NAME.csv` beside `NAME.npz` the latter is read, they hold the same.
pub(super) fn read_own(
    path: &Path,
    names: Option<&NamePattern>,
    label: Option<&str>,
) -> Result<Vec<Recording>, RecordingError> {
    let files = files(path, &PointLayout::default(), names)?;
    let twice = |file: &NamedFile| {
        let npz = file.path.with_extension("npz");
        npz != file.path && files.iter().any(|other| other.path == npz)
    };
    files
        .iter()
        .filter(|file| !twice(file))
        .map(|file| {
            if !point_table::is_ours(&file.path)? {
                let what = "kinecho did not write these points: say with --map which column is what";
                return Err(RecordingError::file(&file.path, what));
            }
            let points = point_table::read(&file.path)?;
            let named = file.named.clone();
            let Some(activity) = named.label.or_else(|| label.map(str::to_owned)) else {
                return Err(RecordingError::file(&file.path, UNLABELLED));
            };
            let (name, dropped) = (file.name.clone(), Dropped::default());
            let (subject, session, official_split) = (named.subject, named.session, named.split);
            let signal = Signal::Points(points);
            Ok(Recording { name, activity, session, subject, room: None, official_split, signal, dropped })
        })
        .collect()
}

fn files(dir: &Path, layout: &PointLayout, names: Option<&NamePattern>) -> Result<Vec<NamedFile>, RecordingError> {
    let by_pattern = |path: &Path, name: &str| match names {
        Some(pattern) => pattern.read(name).map_err(|what| RecordingError::file(path, format!("--names: {what}"))),
        None => Ok(Named::default()),
    };
    if dir.is_file() {
        if layout.is_frame_a_file() {
            return Err(RecordingError::file(dir, "frame=@file: expected the folder of the frames' files"));
        }
        let name = dir.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![NamedFile { path: dir.to_owned(), named: by_pattern(dir, &name)?, name }]);
    }
    if listing::path(dir).is_file() {
        if names.is_some() {
            return Err(RecordingError::file(
                &listing::path(dir),
                "it says what is done: leave out --names, or remove it",
            ));
        }
        let listed = if layout.is_frame_a_file() { listing::read_folders(dir)? } else { listing::read(dir)? };
        let said = |text: String| Some(text).filter(|t| !t.is_empty());
        return Ok(listed
            .into_iter()
            .map(|row| NamedFile {
                path: dir.join(&row.file),
                name: row.name(),
                named: Named {
                    label: said(row.label),
                    subject: said(row.subject),
                    session: said(row.session),
                    split: said(row.split),
                },
            })
            .collect());
    }
    let mut found = Vec::new();
    collect(dir, 0, &mut found)?;
    if layout.is_frame_a_file() {
        found = found.iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        let expected = "expected files of points (.csv, .txt, .tsv, .npz, .npy)";
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    found
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(dir).unwrap_or(&path);
            let stem = if layout.is_frame_a_file() { inside.to_owned() } else { inside.with_extension("") };
            let parts: Vec<_> = stem.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
            let own = || dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = if parts.is_empty() { own() } else { parts.join("/") };
            Ok(NamedFile { named: by_pattern(&path, &name)?, path, name })
        })
        .collect()
}

/// All files of points below a folder.
fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), RecordingError> {
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        // Deep enough for split/label/subject/session; links in circles end here.
        if path.is_dir() {
            if depth < 6 {
                collect(&path, depth + 1, files)?;
            }
        } else if ENDINGS.contains(&ending.as_str()) {
            files.push(path);
        } else if ["pkl", "pickle"].contains(&ending.as_str()) {
            return Err(RecordingError::file(&path, super::columns::PICKLE));
        }
    }
    Ok(())
}

fn read_named(file: &NamedFile, layout: &PointLayout, label: Option<&str>) -> Result<Vec<Clocked>, RecordingError> {
    let raw = match layout.is_frame_a_file() {
        true => vec![frames_of_files(&file.path, layout)?],
        false => of_columns(&file.path, layout)?,
    };
    let cuts = Cuts { gap_s: layout.cut_gap_s, at_restart: layout.cut_at_restart };
    let mut found = Vec::new();
    for recording in raw {
        let name = match &recording.group {
            Some(group) => format!("{} {group}", file.name),
            None => file.name.clone(),
        };
        let outside = &file.named;
        let named = Named {
            label: recording.label.or_else(|| outside.label.clone()).or_else(|| label.map(str::to_owned)),
            subject: recording.subject.or_else(|| outside.subject.clone()),
            session: recording.session.or_else(|| outside.session.clone()),
            split: outside.split.clone(),
        };
        if named.label.as_ref().is_none_or(String::is_empty) {
            return Err(RecordingError::file(&file.path, UNLABELLED));
        }
        let cut = stretches(&file.path, recording.frames, layout.frame_period_s, cuts)?;
        let several = cut.len() > 1;
        for (i, (frames, period_s)) in cut.into_iter().enumerate() {
            let name = if several { format!("{name} {}", i + 1) } else { name.clone() };
            // What was left out is counted once.
            let dropped = if i == 0 { recording.dropped.clone() } else { Default::default() };
            found.push(Clocked { name, named: named.clone(), frames, period_s, dropped });
        }
    }
    Ok(found)
}

/// One recording whose frames are files, numbered by their names.
fn frames_of_files(dir: &Path, layout: &PointLayout) -> Result<RawRecording, RecordingError> {
    let mut files: Vec<(i64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if !ENDINGS.contains(&ending.as_str()) {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let digits = stem.rsplit(|c: char| !c.is_ascii_digit()).find(|run| !run.is_empty());
        let number = digits
            .and_then(|run| run.parse().ok())
            .ok_or_else(|| RecordingError::file(&path, "frame=@file, but its name has no number"))?;
        files.push((number, path));
    }
    files.sort();
    if files.is_empty() {
        let expected = "expected the files of its frames (.csv, .txt, .tsv, .npz, .npy)";
        return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
    }
    let mut all = RawRecording::default();
    for (number, path) in files {
        let read = of_columns(&path, layout)?;
        let [recording] = &read[..] else {
            return Err(RecordingError::file(&path, "frame=@file, but it holds several groups"));
        };
        let [frame] = &recording.frames[..] else {
            return Err(RecordingError::file(&path, "frame=@file, but it holds points of several times"));
        };
        for (field, kept, new) in [
            (Field::Label, &mut all.label, &recording.label),
            (Field::Subject, &mut all.subject, &recording.subject),
            (Field::Session, &mut all.session, &recording.session),
        ] {
            match (&kept, new) {
                (Some(a), Some(b)) if a != b => {
                    return Err(RecordingError::file(
                        &path,
                        format!("{field} `{b}` within a recording of {field} `{a}`"),
                    ));
                }
                (None, Some(_)) => kept.clone_from(new),
                _ => {}
            }
        }
        let place = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.frames.push(RawFrame { number: Some(number), place, ..frame.clone() });
        all.dropped.add(&recording.dropped);
    }
    Ok(all)
}
