//! What a motion file is taken for: everything that is read or guessed of it, in one place.

use super::super::error::MotionError;
use super::calibration::person::Person;
use super::excerpt::MOST_FRAMES;
use super::formats::{gltf, whole};
use super::leaps::Leap;
use super::reading::Reading;
use super::skeleton::joint_map::word;
use super::{Capture, Excerpt, Format, JointMapBook, Poses};
use crate::body::Joint;
use serde::Serialize;
use std::path::Path;

/// A motion file, as it is read.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The file.
    pub file: String,
    /// Kind of file.
    pub format: Format,
    /// Frames of the whole file.
    pub frames: usize,
    /// Frames per second.
    pub rate_hz: f64,
    /// Time of the last frame, s.
    pub length_s: f64,
    /// Joints of the SMPL family, or `joints` for a skeleton of the file's own.
    pub skeleton: &'static str,
    /// The map that names the joints of a skeleton of the file's own.
    pub joint_map: Option<String>,
    /// What stands before the names of all joints.
    pub prefix: Option<String>,
    /// Joints of the file and ours that they move.
    pub joints: Vec<MappedJoint>,
    /// Joints of the file that move none of ours.
    pub unmapped: Vec<String>,
    /// Names of the animations of a glTF.
    pub animations: Vec<String>,
    /// Axes, scale, heights and speeds; absent where there is a `problem`.
    pub person: Option<Person>,
    /// Steps from one frame to the next that nobody makes, of the first 432 000 frames.
    pub leaps: Vec<Leap>,
    /// What was left out, taken for granted or mended.
    pub notes: Vec<String>,
    /// Why no body can be moved by it.
    pub problem: Option<String>,
}

/// A joint of a file and the one of SMPL's that it moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappedJoint {
    /// Name in the file.
    pub file: String,
    /// Our joint.
    pub joint: Joint,
}

impl Inspection {
    /// Reads a file and looks at it. An error only where it cannot be read at all; one that moves no body has a `problem`.
    pub fn of(path: &Path, reading: &Reading, maps: &JointMapBook) -> Result<Self, MotionError> {
        // One frame: what is told of the file comes from its survey.
        let capture = Capture::read_as(path, Excerpt::new(0.0, 0.0), reading)?;
        let format = Format::expect(path)?;
        let origin = path.display().to_string();
        let animations = match format {
            Format::Gltf => gltf::animations(&origin, &whole(path)?)?,
            _ => Vec::new(),
        };
        let frames = capture.survey.of;
        let (mut joints, mut unmapped, mut joint_map, mut prefix) = (Vec::new(), Vec::new(), None, None);
        if let Poses::Joints(motion) = &capture.poses {
            match maps.find(&origin, &motion.names) {
                Ok(found) => {
                    for joint in Joint::ALL {
                        let name = found.joints[joint as usize].and_then(|j| motion.names.get(j));
                        joints.extend(name.map(|file| MappedJoint { file: file.clone(), joint }));
                    }
                    let names = motion.names.iter().enumerate();
                    unmapped.extend(names.filter(|(j, _)| !found.joints.contains(&Some(*j))).map(|(_, n)| n.clone()));
                    (joint_map, prefix) = (Some(found.map), Some(found.prefix).filter(|p| !p.is_empty()));
                }
                Err(_) => unmapped.clone_from(&motion.names),
            }
        }
        let mut notes = capture.notes.clone();
        let mut leaps = Vec::new();
        let (person, problem) = match capture.person(maps) {
            Ok(person) => {
                let unsaid: Vec<String> = person.notes.iter().filter(|n| !notes.contains(n)).cloned().collect();
                notes.extend(unsaid);
                // Leaps are between any two frames; all else is told by some of them.
                let all = Excerpt::new(0.0, (MOST_FRAMES - 2) as f64 / capture.rate_hz);
                leaps = Capture::read_as(path, all, reading)?.leaps(&person, maps)?;
                (Some(person), None)
            }
            Err(e) => (None, Some(e.to_string())),
        };
        Ok(Self {
            file: origin,
            format,
            frames,
            rate_hz: capture.rate_hz,
            length_s: frames.saturating_sub(1) as f64 / capture.rate_hz,
            skeleton: capture.skeleton(),
            joint_map,
            prefix,
            joints,
            unmapped,
            animations,
            person,
            leaps,
            notes,
            problem,
        })
    }
}

impl MappedJoint {
    /// The word for our joint.
    pub fn word(&self) -> String {
        word(self.joint)
    }
}
