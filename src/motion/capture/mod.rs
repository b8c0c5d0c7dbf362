//! Motion out of files: what a person did in front of cameras, read lazily and put on any body.
//!
//! Five kinds of file are read: AMASS and SMPL-X archives (`.npz`), BVH (`.bvh`), glTF (`.glb`, `.gltf`) and DeepMimic's clips
//! (`.txt`, `.json`, also with `.gz`). A [`Capture`] keeps what the file says; [`Capture::onto`] turns it into a [`Clip`] of a
//! body's own joints, in the world's axes (z up). Axes and units of the files are left behind at this door.

mod amass;
mod biovision;
mod calibrate;
mod deepmimic;
mod excerpt;
mod floor;
mod gltf_accessor;
mod gltf_file;
mod gltf_track;
mod hand_coefficients;
mod joint_map;
mod joint_motion;
mod onto;
mod pose_parts;
mod staged;

pub use excerpt::Excerpt;
pub use hand_coefficients::HandCoefficients;
pub use joint_map::{JointMap, JointMapBook, UpAxis};
pub use joint_motion::JointMotion;
pub use staged::Staged;

use super::clip::{Clip, Smoothness};
use super::error::MotionError;
use crate::body::{Pose, ShapedBody};
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

/// Kind of a motion file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// AMASS or SMPL-X archive.
    Amass,
    /// Biovision hierarchy.
    Biovision,
    /// glTF 2.0, text or binary.
    Gltf,
    /// DeepMimic's JSON, plain or gzipped.
    DeepMimic,
}

/// Joints of the SMPL family that a pose vector is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 22 body joints, with two hands behind them or without.
    Smpl,
    /// 22 body joints and 30 of fingers.
    SmplH,
    /// 22 body joints, jaw, two eyes and 30 of fingers.
    SmplX,
}

/// What a file of the SMPL family calls its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Gender {
    Female,
    Male,
    Neutral,
}

/// A motion as its file has it.
#[derive(Clone, Debug)]
pub struct Capture {
    /// File name, for messages.
    pub origin: String,
    /// Frames per second.
    pub rate_hz: f64,
    /// The poses.
    pub poses: Poses,
    /// The subject's gender, where the file names it.
    pub gender: Option<Gender>,
    /// The subject's shape coefficients, where the file has them.
    pub betas: Vec<f64>,
    /// The hands, where the file states them by principal components; the poses then leave them flat.
    pub hands: Option<HandCoefficients>,
    /// What was left out or taken for granted.
    pub notes: Vec<String>,
}

/// Poses of either kind of file.
#[derive(Clone, Debug)]
pub enum Poses {
    /// Rotations of the SMPL family's own joints in the body frame; the translation is the file's (model origin, world), m.
    Smpl(Family, Vec<Pose>),
    /// Joints of a skeleton of the file's own, in its own axes and unit.
    Joints(JointMotion),
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
    /// use kinecho::motion::capture::Format;
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
            "glb" | "gltf" => Some(Self::Gltf),
            "txt" | "json" => Some(Self::DeepMimic),
            _ => None,
        }
    }

    fn expect(path: &Path) -> Result<Self, MotionError> {
        Self::of(path).ok_or_else(|| {
            let message = "not a motion file by its name; expected .npz (AMASS, SMPL-X), .bvh, .glb, .gltf, or .txt and .json \
                           (DeepMimic)";
            MotionError::file(path.display().to_string(), message)
        })
    }
}

impl Capture {
    /// Reads what `excerpt` asks for; of an npz the other frames are never in memory.
    pub fn read(path: &Path, excerpt: Excerpt) -> Result<Self, MotionError> {
        let (origin, format) = (path.display().to_string(), Format::expect(path)?);
        match format {
            Format::Amass => amass::read(&origin, BufReader::new(open(path)?), excerpt),
            Format::Gltf => gltf_file::read(&origin, &whole(path)?, path.parent(), excerpt),
            _ => Self::parse(format, &origin, &whole(path)?, excerpt),
        }
    }

    /// Reads a motion from memory; `origin` names it in errors. A glTF must then hold its own buffers.
    pub fn parse(format: Format, origin: &str, bytes: &[u8], excerpt: Excerpt) -> Result<Self, MotionError> {
        match format {
            Format::Amass => amass::read(origin, Cursor::new(bytes), excerpt),
            Format::Biovision => biovision::read(origin, bytes, excerpt),
            Format::Gltf => gltf_file::read(origin, bytes, None, excerpt),
            Format::DeepMimic => deepmimic::read(origin, bytes, excerpt),
        }
    }

    /// Length and rate of a motion file; of an npz and a BVH only the head is read.
    pub fn probe(path: &Path) -> Result<Probe, MotionError> {
        let (origin, format) = (path.display().to_string(), Format::expect(path)?);
        let (frames, rate_hz) = match format {
            Format::Amass => amass::probe(&origin, BufReader::new(open(path)?))?,
            Format::Biovision => biovision::probe(&origin, BufReader::new(open(path)?))?,
            _ => {
                let all = Self::read(path, Excerpt::WHOLE)?;
                (all.frames(), all.rate_hz)
            }
        };
        Ok(Probe { format, frames, rate_hz })
    }

    /// Number of frames.
    pub fn frames(&self) -> usize {
        match &self.poses {
            Poses::Smpl(_, poses) => poses.len(),
            Poses::Joints(motion) => motion.frames.len(),
        }
    }

    /// Time of the last frame, s.
    pub fn duration_s(&self) -> f64 {
        self.frames().saturating_sub(1) as f64 / self.rate_hz
    }

    /// The motion on a body that is not the captured one: turned into the body's joints, scaled to its legs, and set on the floor.
    ///
    /// `maps` says which joints of a foreign skeleton are which; files of the SMPL family need none. Frames may be sparse against
    /// the motion: between them joints and root run with a continuous acceleration ([`Smoothness::Acceleration`]).
    pub fn onto(&self, body: &ShapedBody, maps: &JointMapBook) -> Result<Clip, MotionError> {
        let mut poses = match &self.poses {
            Poses::Smpl(family, poses) => onto::from_smpl(&self.origin, *family, poses, body)?,
            Poses::Joints(motion) => onto::from_joints(&self.origin, motion, body, maps)?,
        };
        if let Some(hands) = &self.hands {
            hands.bend(&self.origin, body, &mut poses)?;
        }
        Clip::with_smoothness(self.rate_hz, floor::settle(body, poses), Smoothness::Acceleration)
    }

    /// The motion on the captured body itself: `root_offset` is where the model's root joint lies for the file's betas
    /// ([`crate::body::BodyModel::root_offset`]). Height and place stay as they were captured.
    pub fn onto_own(&self, body: &ShapedBody, root_offset: crate::base::Vec3) -> Result<Clip, MotionError> {
        match &self.poses {
            Poses::Smpl(family, poses) => {
                let mut poses = onto::from_smpl_exactly(&self.origin, *family, poses, body, root_offset)?;
                if let Some(hands) = &self.hands {
                    hands.bend(&self.origin, body, &mut poses)?;
                }
                Clip::with_smoothness(self.rate_hz, poses, Smoothness::Acceleration)
            }
            Poses::Joints(_) => Err(MotionError::file(
                &self.origin,
                "the file has a skeleton of its own and no shape coefficients; leave out `betas: motion`",
            )),
        }
    }
}

/// Whether an npz has poses; AMASS puts files of shape alone beside its motions.
pub(super) fn is_motion_archive(file: File) -> bool {
    amass::has_poses("archive", BufReader::new(file))
}

fn open(path: &Path) -> Result<File, MotionError> {
    File::open(path).map_err(|source| MotionError::Read { path: path.to_owned(), source })
}

/// No single text or glTF of motion is larger; longer recordings come in several files.
const LARGEST_FILE_BYTES: u64 = 2 << 30;

fn whole(path: &Path) -> Result<Vec<u8>, MotionError> {
    let fail = |source| MotionError::Read { path: PathBuf::from(path), source };
    let size = std::fs::metadata(path).map_err(fail)?.len();
    if size > LARGEST_FILE_BYTES {
        return Err(MotionError::file(path.display().to_string(), format!("{size} bytes; at most 2 GiB are read")));
    }
    std::fs::read(path).map_err(fail)
}
