//! Motion out of files: what a person did in front of cameras, read lazily and put on any body.
//!
//! Five kinds of file are read: AMASS and SMPL-X archives (`.npz`), BVH (`.bvh`), glTF (`.glb`, `.gltf`) and DeepMimic's clips
//! (`.txt`, `.json`, also with `.gz`). A [`Capture`] keeps what the file says; [`Capture::onto`] turns it into a [`Clip`] of a
//! body's own joints, in the world's axes (z up). Axes and units of the files are left behind at this door.

mod calibration;
mod excerpt;
mod floor;
mod formats;
mod hand_coefficients;
mod inspect;
mod leaps;
mod onto;
mod reading;
mod skeleton;
mod staged;

pub use calibration::person::{Known, Person};
pub use calibration::survey::Survey;
pub use excerpt::Excerpt;
pub use formats::{Format, Probe};
pub use hand_coefficients::HandCoefficients;
pub use inspect::{Inspection, MappedJoint};
pub use leaps::{FASTEST_MPS, Leap};
pub use reading::{AngleUnit, Animation, Reading, Unit, UpAxis};
pub use skeleton::joint_map::{JointMap, JointMapBook};
pub use skeleton::joint_motion::JointMotion;
pub use staged::{Staged, facing};

pub(super) use formats::is_motion_archive;

use super::clip::{Clip, Smoothness};
use super::error::MotionError;
use crate::base::{Rotation, Vec3};
use crate::body::{Pose, ShapedBody};
use calibration::calibrate;
use calibration::landmarks::{self, LEG_M};
use calibration::measured::SurveyFrames;
use calibration::person::Question;
use skeleton::joint_map::Found;
use std::ops::Range;
use std::path::Path;

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
    /// The poses that were read: those of the excerpt, and some on either side of it, which tell how fast joints move at its ends.
    pub poses: Poses,
    /// Which of them are the excerpt.
    pub shown: Range<usize>,
    /// The subject's gender, where the file names it.
    pub gender: Option<Gender>,
    /// The subject's shape coefficients, where the file has them.
    pub betas: Vec<f64>,
    /// The hands, where the file states them by principal components; the poses then leave them flat.
    pub hands: Option<HandCoefficients>,
    /// What was left out or taken for granted.
    pub notes: Vec<String>,
    /// Frames of the whole file: what is found out of them holds for every excerpt.
    pub survey: Survey,
    /// What was stated of the file.
    reading: Reading,
    /// What was found of the person, where it does not take a joint map.
    person: Option<Person>,
    /// From the file's world to the one of `poses`.
    turned: Rotation,
}

/// Poses of either kind of file.
#[derive(Clone, Debug)]
pub enum Poses {
    /// Rotations of the SMPL family's own joints in the body frame; the translation is the file's (model origin, world), m.
    Smpl(Family, Vec<Pose>),
    /// Joints of a skeleton of the file's own, in its own axes and unit.
    Joints(JointMotion),
}

impl Capture {
    /// Reads what `excerpt` asks for; of an npz the other frames are never in memory.
    pub fn read(path: &Path, excerpt: Excerpt) -> Result<Self, MotionError> {
        Self::read_as(path, excerpt, &Reading::AS_IS)
    }

    /// As [`Self::read`], with what is stated of the file.
    pub fn read_as(path: &Path, excerpt: Excerpt, reading: &Reading) -> Result<Self, MotionError> {
        formats::read(path, excerpt, reading)
    }

    /// Reads a motion from memory; `origin` names it in errors. A glTF must then hold its own buffers.
    pub fn parse(format: Format, origin: &str, bytes: &[u8], excerpt: Excerpt) -> Result<Self, MotionError> {
        Self::parse_as(format, origin, bytes, excerpt, &Reading::AS_IS)
    }

    /// As [`Self::parse`], with what is stated of the file.
    pub fn parse_as(
        format: Format,
        origin: &str,
        bytes: &[u8],
        excerpt: Excerpt,
        reading: &Reading,
    ) -> Result<Self, MotionError> {
        formats::parse(format, origin, bytes, excerpt, reading)
    }

    /// A motion of a skeleton of the file's own.
    fn of_joints(
        origin: &str,
        rate_hz: f64,
        motion: JointMotion,
        shown: Range<usize>,
        survey: Survey,
        reading: &Reading,
    ) -> Self {
        Self {
            origin: origin.into(),
            rate_hz,
            poses: Poses::Joints(motion),
            shown,
            gender: None,
            betas: Vec::new(),
            hands: None,
            notes: Vec::new(),
            survey,
            reading: reading.clone(),
            person: None,
            turned: Rotation::identity(),
        }
    }

    /// Length and rate of a motion file; of an npz and a BVH only the head is read.
    pub fn probe(path: &Path) -> Result<Probe, MotionError> {
        Self::probe_as(path, &Reading::AS_IS)
    }

    /// As [`Self::probe`], with what is stated of the file.
    pub fn probe_as(path: &Path, reading: &Reading) -> Result<Probe, MotionError> {
        formats::probe(path, reading)
    }

    /// Number of frames of the excerpt.
    pub fn frames(&self) -> usize {
        self.shown.len()
    }

    /// Time of the last frame, s.
    pub fn duration_s(&self) -> f64 {
        self.frames().saturating_sub(1) as f64 / self.rate_hz
    }

    /// The joints that it moves, in a word.
    fn skeleton(&self) -> &'static str {
        match &self.poses {
            Poses::Smpl(Family::Smpl, _) => "smpl",
            Poses::Smpl(Family::SmplH, _) => "smplh",
            Poses::Smpl(Family::SmplX, _) => "smplx",
            Poses::Joints(_) => "joints",
        }
    }

    /// What was found of the person: axes, scale, heights and speeds, out of frames of the whole file.
    ///
    /// `maps` says which joints of a foreign skeleton are which; files of the SMPL family need none. An error where the file makes no person
    /// as its kind has it, and it is not clear how else it is meant; the error then says what to state.
    pub fn person(&self, maps: &JointMapBook) -> Result<Person, MotionError> {
        match (&self.person, &self.poses) {
            (Some(person), _) => Ok(person.clone()),
            (None, Poses::Joints(motion)) => self.person_of(motion, &maps.find(&self.origin, &motion.names)?),
            (None, Poses::Smpl(..)) => Err(MotionError::file(&self.origin, "nothing was found out of its poses")),
        }
    }

    fn person_of(&self, motion: &JointMotion, found: &Found) -> Result<Person, MotionError> {
        let Poses::Joints(survey) = &self.survey.poses else {
            return Err(MotionError::file(&self.origin, "has no joints of its own"));
        };
        let Some((frames, scale)) = landmarks::of_joints(&survey.frames, found) else {
            return Err(MotionError::file(&self.origin, "its legs have no length, so that its scale cannot be told"));
        };
        let rest_up = motion.rests.first().and_then(|rest| calibrate::rest_up(rest, found));
        Question {
            origin: &self.origin,
            frames: &frames,
            numbers: &self.survey.numbers,
            rate_hz: self.rate_hz,
            stated_up: self.reading.up.or(found.up),
            usual_up: motion.up.or(rest_up).unwrap_or(UpAxis::Y),
            stated_way: self.reading.unit.map(|unit| self.way_of(unit, scale)).transpose()?,
            scale,
            zero_is_near: false,
        }
        .answer()
    }

    /// The factor of the way where lengths are stated to be in `unit`: 1, unless the person then has no person's height.
    fn way_of(&self, unit: Unit, scale: f64) -> Result<f64, MotionError> {
        let stature = |unit: &Unit| LEG_M / scale * landmarks::STATURE_PER_LEG * unit.metres();
        let plausible = |unit: &Unit| (0.8..2.6).contains(&stature(unit));
        if plausible(&unit) {
            return Ok(1.0);
        }
        // Bones in one unit and ways in another.
        match Unit::ALL.into_iter().find(plausible) {
            Some(bones) => Ok(unit.metres() / bones.metres()),
            None => {
                let message =
                    format!("in {unit} the person is {:.2} m tall; state the unit of its bones", stature(&unit));
                Err(MotionError::file(&self.origin, message))
            }
        }
    }

    /// The motion on a body that is not the captured one: turned into the body's joints, scaled to its legs, and set on the floor.
    ///
    /// `maps` says which joints of a foreign skeleton are which; files of the SMPL family need none. What joints and floor are is found out of
    /// the whole file, so that a frame has the same pose in every excerpt. Frames may be sparse against the motion: between them joints and
    /// root run with a continuous acceleration ([`Smoothness::Acceleration`]).
    pub fn onto(&self, body: &ShapedBody, maps: &JointMapBook) -> Result<Clip, MotionError> {
        let [mut poses, survey] = self.both_onto(body, maps)?;
        if let Some(hands) = &self.hands {
            hands.bend(&self.origin, body, &mut poses)?;
        }
        let floor = floor::height(body, &survey);
        poses.iter_mut().for_each(|pose| pose.translation.z -= floor);
        self.clip(poses)
    }

    /// The excerpt out of poses of all that was read. A person who is somewhere else in the next frame is an error: the curve between the two
    /// would be a flight.
    fn clip(&self, poses: Vec<Pose>) -> Result<Clip, MotionError> {
        let step = |(_, pair): &(usize, &[Pose])| (pair[1].translation - pair[0].translation).norm();
        let shown = poses.get(self.shown.clone()).unwrap_or_default();
        let Some((frame, leap)) =
            shown.windows(2).enumerate().map(|w| (w.0, step(&w))).find(|(_, s)| *s > LONGEST_LEAP)
        else {
            return self.smooth(poses);
        };
        let message = format!(
            "the person leaps by {leap:.0} m between the frames {frame} and {} of the excerpt ({:.3} s into it); mend the frame, or take \
             excerpts before and behind it",
            frame + 1,
            frame as f64 / self.rate_hz
        );
        Err(MotionError::file(&self.origin, message))
    }

    fn smooth(&self, poses: Vec<Pose>) -> Result<Clip, MotionError> {
        Clip::with_smoothness(self.rate_hz, poses, Smoothness::Acceleration)?.stretch(self.shown.clone())
    }

    /// The frames of the survey on a body as [`Self::onto`] puts it; fingers are flat.
    pub fn survey_onto(&self, body: &ShapedBody, maps: &JointMapBook) -> Result<Vec<Pose>, MotionError> {
        let [_, mut survey] = self.both_onto(body, maps)?;
        let floor = floor::height(body, &survey);
        survey.iter_mut().for_each(|pose| pose.translation.z -= floor);
        Ok(survey)
    }

    /// Poses of the excerpt and of the survey, wherever their floor is.
    fn both_onto(&self, body: &ShapedBody, maps: &JointMapBook) -> Result<[Vec<Pose>; 2], MotionError> {
        match (&self.poses, &self.survey.poses) {
            (Poses::Smpl(family, poses), Poses::Smpl(_, survey)) => {
                let onto = |poses: &[Pose]| onto::from_smpl(&self.origin, *family, poses, body);
                Ok([onto(poses)?, onto(survey)?])
            }
            (Poses::Joints(motion), Poses::Joints(survey)) => {
                let found = maps.find(&self.origin, &motion.names)?;
                let person = self.person_of(motion, &found)?;
                let (up, way) = (person.up.vector(), person.way_scale);
                let seen =
                    SurveyFrames { frames: &survey.frames, numbers: &self.survey.numbers, rate_hz: self.rate_hz };
                let calibration = calibrate::calibrate(&self.origin, motion, &seen, &found, &body.skeleton, up)?;
                let onto = |motion| onto::from_joints(&self.origin, motion, body, &found, &calibration, way);
                Ok([onto(motion)?, onto(survey)?])
            }
            _ => Err(MotionError::file(&self.origin, "its frames are of two kinds")),
        }
    }

    /// The motion on the captured body itself: `root_offset` is where the model's root joint lies for the file's betas
    /// ([`crate::body::BodyModel::root_offset`]). Height and place stay as they were captured.
    pub fn onto_own(&self, body: &ShapedBody, root_offset: Vec3) -> Result<Clip, MotionError> {
        match &self.poses {
            Poses::Smpl(family, poses) => {
                let root_offset = self.turned * root_offset;
                let mut poses = onto::from_smpl_exactly(&self.origin, *family, poses, body, root_offset)?;
                if let Some(hands) = &self.hands {
                    hands.bend(&self.origin, body, &mut poses)?;
                }
                self.clip(poses)
            }
            Poses::Joints(_) => Err(MotionError::file(
                &self.origin,
                "the file has a skeleton of its own and no shape coefficients; leave out `betas: motion`",
            )),
        }
    }
}

/// Nobody gets further from one frame to the next, m: recordings begin with a T-pose somewhere else and have cuts, but within a room.
const LONGEST_LEAP: f64 = 10.0;
