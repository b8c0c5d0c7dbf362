//! Files of motion, one module a kind of file, and which of them reads a file.

mod amass;
mod biovision;
mod deepmimic;
pub(super) mod gltf;
mod pose_arrays;
mod pose_parts;

use super::{Capture, Excerpt, Reading};
use crate::motion::error::MotionError;
pub(super) use amass::smpl_landmarks;
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

/// Kind of a motion file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// AMASS or SMPL-X archive.
    Amass,
    /// Biovision hierarchy.
    #[serde(rename = "bvh")]
    Biovision,
    /// glTF 2.0, text or binary.
    Gltf,
    /// DeepMimic's JSON, plain or gzipped.
    #[serde(rename = "deepmimic")]
    DeepMimic,
}

/// What can be known of a motion file without reading its poses.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Kind of file.
    pub format: Format,
    /// Number of frames.
    pub frames: usize,
    /// Frames per second.
    pub rate_hz: f64,
}

impl Probe {
    /// Time of the last frame, s.
    pub fn duration_s(&self) -> f64 {
        self.frames.saturating_sub(1) as f64 / self.rate_hz
    }
}

impl Format {
    /// The kind of a file by its name.
    ///
    /// ```
    /// use kinecho_people::motion::capture::Format;
    /// assert_eq!(Format::of("walk.BVH".as_ref()), Some(Format::Biovision));
    /// assert_eq!(Format::of("kick.txt.gz".as_ref()), Some(Format::DeepMimic));
    /// assert_eq!(Format::of("notes.md".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let kind = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?.1;
        match kind {
            "npz" => Some(Self::Amass),
            "bvh" => Some(Self::Biovision),
            "glb" | "gltf" | "vrm" | "vrma" => Some(Self::Gltf),
            "txt" | "json" => Some(Self::DeepMimic),
            _ => None,
        }
    }

    /// The kind of a file that should be one of motion.
    pub(super) fn expect(path: &Path) -> Result<Self, MotionError> {
        Self::of(path).ok_or_else(|| {
            let message = "not a motion file by its name; expected .npz (AMASS, SMPL-X), .bvh, .glb, .gltf, .vrm, .vrma, or .txt and \
                           .json (DeepMimic)";
            MotionError::file(path.display().to_string(), message)
        })
    }
}

/// Reads what `excerpt` asks for; of an npz the other frames are never in memory.
pub(super) fn read(path: &Path, excerpt: Excerpt, reading: &Reading) -> Result<Capture, MotionError> {
    let (origin, format) = (path.display().to_string(), Format::expect(path)?);
    match format {
        Format::Amass => amass::read(&origin, BufReader::new(open(path)?), excerpt, reading),
        Format::Gltf => gltf::read(&origin, &whole(path)?, path.parent(), excerpt, reading),
        _ => parse(format, &origin, &whole(path)?, excerpt, reading),
    }
}

/// Reads a motion from memory.
pub(super) fn parse(
    format: Format,
    origin: &str,
    bytes: &[u8],
    excerpt: Excerpt,
    reading: &Reading,
) -> Result<Capture, MotionError> {
    match format {
        Format::Amass => amass::read(origin, Cursor::new(bytes), excerpt, reading),
        Format::Biovision => biovision::read(origin, bytes, excerpt, reading),
        Format::Gltf => gltf::read(origin, bytes, None, excerpt, reading),
        Format::DeepMimic => deepmimic::read(origin, bytes, excerpt, reading),
    }
}

/// Length and rate of a file; of an npz and a BVH only the head is read.
pub(super) fn probe(path: &Path, reading: &Reading) -> Result<Probe, MotionError> {
    let (origin, format) = (path.display().to_string(), Format::expect(path)?);
    let (frames, rate_hz) = match format {
        Format::Amass => amass::probe(&origin, BufReader::new(open(path)?), reading)?,
        Format::Biovision => biovision::probe(&origin, BufReader::new(open(path)?), reading)?,
        _ => {
            let capture = read(path, Excerpt { start_s: 0.0, length_s: None }, reading)?;
            (capture.frames(), capture.rate_hz)
        }
    };
    Ok(Probe { format, frames, rate_hz })
}

/// Whether an npz has poses; AMASS puts files of shape alone beside its motions.
pub(in crate::motion) fn is_motion_archive(file: File) -> bool {
    amass::has_poses("archive", BufReader::new(file))
}

fn open(path: &Path) -> Result<File, MotionError> {
    File::open(path).map_err(|source| MotionError::Read { path: path.to_owned(), source })
}

/// No single text or glTF of motion is larger; longer recordings come in several files.
const LARGEST_FILE_BYTES: u64 = 2 << 30;

pub(super) fn whole(path: &Path) -> Result<Vec<u8>, MotionError> {
    let fail = |source| MotionError::Read { path: PathBuf::from(path), source };
    let size = std::fs::metadata(path).map_err(fail)?.len();
    if size > LARGEST_FILE_BYTES {
        return Err(MotionError::file(path.display().to_string(), format!("{size} bytes; at most 2 GiB are read")));
    }
    std::fs::read(path).map_err(fail)
}
