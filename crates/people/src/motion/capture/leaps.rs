//! Frames between which nobody can have moved as the file says: cuts, broken frames, markers that changed places.

use super::calibration::landmarks::{self, Landmarks};
use super::calibration::person::Person;
use super::formats::smpl_landmarks;
use super::{Capture, JointMapBook, Poses};
use crate::motion::error::MotionError;
use serde::Serialize;

/// Nobody is faster, m/s: sprinters run at 12.4 (Graubner and Nixdorf, New Studies in Athletics 2011), and their pelvises sway.
pub const FASTEST_MPS: f64 = 15.0;
/// Hands and feet against the pelvis, m/s: the fastest balls that were pitched left a hand at 47 m/s (105.8 miles an hour, 2010).
const FASTEST_LIMB_MPS: f64 = 50.0;

/// A step from one frame to the next that nobody makes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leap {
    /// Time of the frame before it, s.
    pub time_s: f64,
    /// Number of that frame.
    pub frame: usize,
    /// `the person`, or `a hand or foot`.
    pub what: &'static str,
    /// How far, m.
    pub way_m: f64,
    /// How fast, m/s.
    pub speed_mps: f64,
}

impl Capture {
    /// The steps of the excerpt that nobody makes, in the order of time; `person` is what was found of the file.
    pub fn leaps(&self, person: &Person, maps: &JointMapBook) -> Result<Vec<Leap>, MotionError> {
        // Translations of the SMPL family are in metres already.
        let (frames, way) = match &self.poses {
            Poses::Smpl(family, poses) => (smpl_landmarks(&self.origin, *family, poses)?, 1.0),
            Poses::Joints(motion) => {
                let found = maps.find(&self.origin, &motion.names)?;
                let frames = landmarks::of_joints(&motion.frames, &found);
                (frames.map(|(frames, _)| frames).unwrap_or_default(), person.way_scale)
            }
        };
        let shown = frames.get(self.shown.clone()).unwrap_or_default();
        let leap = |(frame, pair): (usize, &[Landmarks])| {
            let (a, b) = (&pair[0], &pair[1]);
            let limbs = |f: &Landmarks| [f.ankles[0], f.ankles[1], f.wrists[0], f.wrists[1]].map(|p| p - f.pelvis);
            let gone = (b.pelvis_at(way) - a.pelvis_at(way)).norm();
            let swung = limbs(a).iter().zip(limbs(b)).map(|(a, b)| (b - a).norm()).fold(0.0, f64::max);
            let (what, way_m) = match (gone * self.rate_hz > FASTEST_MPS, swung * self.rate_hz > FASTEST_LIMB_MPS) {
                (true, _) => ("the person", gone),
                (false, true) => ("a hand or foot", swung),
                (false, false) => return None,
            };
            let time_s = frame as f64 / self.rate_hz;
            Some(Leap { time_s, frame, what, way_m, speed_mps: way_m * self.rate_hz })
        };
        Ok(shown.windows(2).enumerate().filter_map(leap).collect())
    }
}
