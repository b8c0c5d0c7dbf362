//! What the targets share: files in a folder of the process's own, and archives whose checksums are sound.
//!
//! An input of several files is cut at [`CUT`]; the fuzzer learns the mark from the seeds.

use kinecho::body::{BodyModel, BodyShape, ShapedBody};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use zip::write::SimpleFileOptions;

/// What stands between the files of an input.
pub const CUT: &[u8] = b"\n8<---\n";

static BODY: LazyLock<ShapedBody> =
    LazyLock::new(|| BodyModel::cc0().shaped(&BodyShape::default()).expect("the default body"));

/// A folder in memory where the system has one, so that no disk wears out.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let above = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    above.join(format!("kinecho-fuzz-{}", std::process::id()))
});

/// Reads a motion and puts it on a body: whatever was read must also be playable or refused.
pub fn capture(format: Format, bytes: &[u8]) {
    if let Ok(capture) = Capture::parse(format, "fuzz", bytes, Excerpt::new(0.0, 1.0))
        && capture.frames() < 1000
    {
        let _ = capture.onto(&BODY, JointMapBook::builtin());
    }
}

/// The files of an input.
pub fn files(bytes: &[u8]) -> Vec<&[u8]> {
    let mut files = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(CUT.len()).position(|w| w == CUT) {
        files.push(&rest[..at]);
        rest = &rest[at + CUT.len()..];
    }
    files.push(rest);
    files
}

/// An npz: the input itself where it is one, otherwise one of its files, each `NAME\n` and the bytes of an npy. A checksum that the
/// fuzzer would have to guess would keep it out of everything behind.
pub fn archive(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"PK") {
        return bytes.to_vec();
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for file in files(bytes) {
        let end = file.iter().position(|b| *b == b'\n').unwrap_or(file.len());
        let name = String::from_utf8_lossy(&file[..end]).into_owned();
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        // Two entries of one name are refused by the writer.
        if zip.start_file(format!("{name}.npy"), stored).is_ok() {
            let _ = zip.write_all(file.get(end + 1..).unwrap_or_default());
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Writes the files into an empty folder, which `act` is given.
pub fn in_folder(files: &[(&str, &[u8])], act: impl FnOnce(&Path)) {
    let _ = std::fs::remove_dir_all(&*FOLDER);
    for (name, bytes) in files {
        let path = FOLDER.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&FOLDER)).expect("a folder for the files of the fuzzer");
        std::fs::write(path, bytes).expect("a file of the fuzzer");
    }
    act(&FOLDER);
}

/// The same for the files of one input, under these names.
pub fn named(bytes: &[u8], names: &[&str], act: impl FnOnce(&Path)) {
    let parts = files(bytes);
    let files: Vec<(&str, &[u8])> = names.iter().copied().zip(parts).collect();
    in_folder(&files, act);
}

/// The input as text, where it is one.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
