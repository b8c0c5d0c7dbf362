//! Files that are whole or not there: written under `NAME.part`, synced, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writing a file failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// The file under its final name.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// The name under which a file is written before it is whole.
pub fn part_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    path.with_file_name(name)
}

/// Lets `fill` write the file and gives it its final name only when all of it is on the disk.
///
/// The parent folder is made when it is missing. When `fill` fails, nothing is left behind.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), WriteError> {
    let part = part_path(path);
    let attempt = || -> io::Result<()> {
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent)?;
        }
        let mut writer = BufWriter::new(File::create(&part)?);
        fill(&mut writer)?;
        writer.flush()?;
        writer.get_ref().sync_all()?;
        fs::rename(&part, path)?;
        sync_parent(path)
    };
    attempt().map_err(|source| {
        // The first error is the one to report; a leftover part is harmless and overwritten next time.
        let _ = fs::remove_file(&part);
        WriteError { path: path.to_owned(), source }
    })
}

/// Puts the name of a new file on the disk, so that a crash of the machine does not take it back.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only on Unix can a folder be opened and synced; elsewhere the system sees to it.
    if cfg!(unix) { File::open(parent)?.sync_all() } else { Ok(()) }
}

/// Writes `bytes` as one whole file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_with(path, |w| w.write_all(bytes))
}

/// Appends one line to a log and syncs it; a crash can only lose the unfinished last line.
pub fn append_line(path: &Path, line: &str) -> Result<(), WriteError> {
    let attempt = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    };
    attempt().map_err(|source| WriteError { path: path.to_owned(), source })
}
