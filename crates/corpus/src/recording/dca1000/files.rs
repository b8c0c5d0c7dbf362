//! Captures that the recording program cut into several files: `NAME_0.bin`, `NAME_1.bin`, …

use super::super::RecordingError;
use super::super::listing::{self, Listed};
use super::geometry::geometry_path;
use std::path::{Path, PathBuf};

/// One capture: what the list says of it, and its files in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureFiles {
    /// The line of the list, of the first file.
    pub listed: Listed,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// `NAME` and number of `NAME_0.bin`.
fn numbered(file: &str) -> Option<(String, usize)> {
    let stem = file.strip_suffix(".bin").or_else(|| file.strip_suffix(".BIN"))?;
    let (base, number) = stem.rsplit_once('_')?;
    (!base.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(())?;
    Some((base.to_owned(), number.parse().ok()?))
}

/// Puts the files of each capture together.
///
/// `NAME_Raw_0.bin`, `NAME_Raw_1.bin`, … as mmWave Studio and TI's command line name them are one capture, whichever of them the list names.
/// Of other numbered files the ones that the list does not name, and that have no description of their own, belong to number 0 before
/// them; and files that it names belong together when the first is not whole frames (of `frame_bytes`) but all of them are.
pub fn group(dir: &Path, rows: Vec<Listed>, frame_bytes: Option<usize>) -> Result<Vec<CaptureFiles>, RecordingError> {
    let fault =
        |row: &Listed, what: String| RecordingError::file(&listing::path(dir), format!("`{}` {what}", row.file));
    let size = |file: &Path| std::fs::metadata(file).map_or(0, |m| m.len() as usize);
    let mut taken = vec![false; rows.len()];
    let mut out = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if taken[i] {
            continue;
        }
        let mut files = vec![dir.join(&row.file)];
        let Some((base, number)) = numbered(&row.file) else {
            out.push(CaptureFiles { listed: row.clone(), files });
            continue;
        };
        let studio = base.to_ascii_lowercase().ends_with("_raw");
        let part = |n: usize| format!("{base}_{n}.bin");
        if number > 0 {
            if studio && dir.join(part(0)).is_file() && !rows.iter().any(|r| r.file == part(0)) {
                return Err(fault(row, format!("is a later part of {}: list that one", part(0))));
            }
            if !(studio && dir.join(part(0)).is_file()) {
                out.push(CaptureFiles { listed: row.clone(), files });
            }
            // A part of a capture whose first file comes further down in the list.
            continue;
        }
        let parts: Vec<usize> = (1..).take_while(|&n| dir.join(part(n)).is_file()).collect();
        let listed = |n: usize| rows.iter().position(|r| r.file == part(n));
        let all: usize = size(&files[0]) + parts.iter().map(|&n| size(&dir.join(part(n)))).sum::<usize>();
        let cut = frame_bytes.is_some_and(|bytes| !size(&files[0]).is_multiple_of(bytes) && all.is_multiple_of(bytes));
        for n in parts {
            let place = listed(n);
            let own = geometry_path(&dir.join(part(n))).is_file();
            if !(studio || cut || (place.is_none() && !own)) {
                break;
            }
            if let Some(place) = place {
                let other = &rows[place];
                let same = |r: &Listed| (r.label.clone(), r.subject.clone(), r.session.clone(), r.split.clone());
                if same(other) != same(row) {
                    return Err(fault(other, format!("is a part of {} and says something else of it", row.file)));
                }
                taken[place] = true;
            }
            files.push(dir.join(part(n)));
        }
        out.push(CaptureFiles { listed: row.clone(), files });
    }
    // Parts that came before the first file of their capture were passed over; every other line has made a capture.
    Ok(out)
}
