//! Files of a data set as they are given out: below a folder, or packed in `.tar.xz`, `.tar.gz` and `.tar` there.

use super::RecordingError;
use flate2::read::GzDecoder;
use lzma_rust2::XzReader;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// No packed file of a recording is larger.
const LARGEST: u64 = 1 << 28;

/// A file, wherever it lies.
pub(super) struct Entry {
    /// Where it is, for messages: of a packed one the archive and its name there.
    pub(super) place: PathBuf,
    /// Its name, with folders, relative to the folder or the archive.
    pub(super) name: String,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
}

/// Calls `take` for all files below a folder whose names end so, in order of their names; then for those that are packed there.
pub(super) fn each(
    dir: &Path,
    ending: &str,
    mut take: impl FnMut(Entry) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let (mut files, mut archives) = (Vec::new(), Vec::new());
    collect(dir, 0, &mut |path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if [".tar.xz", ".tar.gz", ".tgz", ".tar"].iter().any(|end| name.ends_with(end)) {
            archives.push(path);
        } else if name.ends_with(ending) {
            files.push(path);
        }
    })?;
    files.sort();
    archives.sort();
    for path in files {
        let bytes = std::fs::read(&path).map_err(RecordingError::read(&path))?;
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
        take(Entry { place: path, name, bytes })?;
    }
    archives.into_iter().try_for_each(|path| unpack(&path, ending, &mut take))
}

fn collect(dir: &Path, depth: usize, take: &mut impl FnMut(PathBuf)) -> Result<(), RecordingError> {
    for entry in std::fs::read_dir(dir).map_err(RecordingError::read(dir))? {
        let path = entry.map_err(RecordingError::read(dir))?.path();
        if !path.is_dir() {
            take(path);
        } else if depth < 6 {
            // Links in circles end here.
            collect(&path, depth + 1, take)?;
        }
    }
    Ok(())
}

fn unpack(
    path: &Path,
    ending: &str,
    take: &mut impl FnMut(Entry) -> Result<(), RecordingError>,
) -> Result<(), RecordingError> {
    let file = BufReader::new(File::open(path).map_err(RecordingError::read(path))?);
    let name = path.to_string_lossy().to_ascii_lowercase();
    let reader: Box<dyn Read> = match () {
        () if name.ends_with(".xz") => Box::new(XzReader::new(file, true)),
        () if name.ends_with("gz") => Box::new(GzDecoder::new(file)),
        () => Box::new(file),
    };
    let damaged =
        |e: std::io::Error| RecordingError::file(path, format!("cannot be unpacked ({e}); copy the file again"));
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.to_string_lossy().into_owned();
        if !entry.header().entry_type().is_file() || !name.to_ascii_lowercase().ends_with(ending) {
            continue;
        }
        if entry.size() > LARGEST {
            return Err(RecordingError::file(path, format!("{name} would have {} bytes", entry.size())));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        take(Entry { place: path.join(&name), name, bytes })?;
    }
    Ok(())
}
