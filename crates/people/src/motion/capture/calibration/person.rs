//! Axes, unit and rate of a file held against what a person can be and do.
//!
//! People are upright most of the time, or lie on the floor; they walk on the ground and do not fly; hands and feet move at a few metres a
//! second. Where a file read as its kind says breaks this and just one other reading does not, it is read that way, and a note says so;
//! where none or several make sense it is refused with the value to state.

use super::landmarks::{Landmarks, quantile};
use super::survey;
use crate::base::Vec3;
use crate::motion::capture::reading::{Unit, UpAxis, how_to_state};
use crate::motion::error::MotionError;
use serde::Serialize;

/// Fastest that hands and feet move against the pelvis for a twentieth of a recording, m/s.
const FASTEST_LIMB: f64 = 15.0;
/// Floors of files whose zero is at a floor, m.
const FLOOR_IS_ZERO: f64 = 1.0;
/// Frames from which speeds are told: fewer are postures that somebody put together.
const FEWEST: usize = 10;

/// What was found of a person in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Person {
    /// Which way is up.
    pub up: UpAxis,
    /// How that is known.
    pub up_from: Known,
    /// Factor of the way against the body, where they are in different units.
    pub way_scale: f64,
    /// Lengths of a person of 1.70 m over those of the file, or of the SMPL family's mean body over itself.
    pub metres_per_unit: f64,
    /// The unit in which the person is 1.0 to 2.3 m tall, where there is one.
    pub unit: Option<Unit>,
    /// Stature in that unit, m.
    pub stature_m: Option<f64>,
    /// Share of the frames in which the person is upright.
    pub upright: f64,
    /// Height of the pelvis over the lowest point of the whole file, m: lowest, median, highest.
    pub pelvis_m: [f64; 3],
    /// Speed over the ground, m/s: median, and 19 of 20 frames below.
    pub speed_mps: [f64; 2],
    /// Speed of the fastest of hands and feet against the pelvis, m/s: median, and 19 of 20 frames below.
    pub limbs_mps: [f64; 2],
    /// What was mended.
    pub notes: Vec<String>,
}

/// How something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It was stated.
    Stated,
    /// The kind of file has it so, or the skeleton at rest shows it.
    Kind,
    /// The person moves like one just this way.
    Motion,
}

/// What a file is to be held against.
pub(in crate::motion::capture) struct Question<'a> {
    pub(in crate::motion::capture) origin: &'a str,
    /// Frames of the whole file.
    pub(in crate::motion::capture) frames: &'a [Landmarks],
    /// Their numbers.
    pub(in crate::motion::capture) numbers: &'a [usize],
    pub(in crate::motion::capture) rate_hz: f64,
    /// What was stated.
    pub(in crate::motion::capture) stated_up: Option<UpAxis>,
    /// What the kind of file has.
    pub(in crate::motion::capture) usual_up: UpAxis,
    /// Factor of the way, where the unit was stated.
    pub(in crate::motion::capture) stated_way: Option<f64>,
    /// Our metres over the file's lengths.
    pub(in crate::motion::capture) scale: f64,
    /// Whether its zero is near a floor: files with skeletons of their own may have it anywhere, in any unit.
    pub(in crate::motion::capture) zero_is_near: bool,
}

impl Question<'_> {
    /// Finds axes and unit.
    pub(in crate::motion::capture) fn answer(&self) -> Result<Person, MotionError> {
        let mut notes = Vec::new();
        let (up, up_from) = match self.stated_up {
            Some(up) => (up, Known::Stated),
            None => self.up(&mut notes)?,
        };
        let vector = up.vector();
        let way = match self.stated_way {
            Some(way) => {
                self.check_stated(way)?;
                way
            }
            None => {
                let way = self.way(&vector).ok_or_else(|| self.no_way(&vector))?;
                notes.extend(if way.is_as_is() { self.doubt(&vector) } else { self.note(way) });
                way.factor
            }
        };
        let limbs = self.limb_speeds();
        let fast = quantile(limbs.iter().copied(), 0.95).unwrap_or(0.0);
        if fast > FASTEST_LIMB {
            let message = format!(
                "hands and feet move at {fast:.0} m/s at {:.4} frames per second; nobody's do: state the rate ({})",
                self.rate_hz,
                how_to_state("rate_hz", "--rate HZ")
            );
            return Err(MotionError::file(self.origin, message));
        }
        let lowest: Vec<f64> = self.frames.iter().map(|f| f.lowest(&vector, way)).collect();
        let floor = quantile(lowest.iter().copied(), 0.1).unwrap_or(0.0);
        let pelvis = || self.frames.iter().map(|f| f.pelvis_at(way).dot(&vector) - floor);
        let speeds = self.way_speeds(way);
        let two = |values: &[f64]| [0.5, 0.95].map(|share| quantile(values.iter().copied(), share).unwrap_or(0.0));
        let unit = self.bones();
        if self.zero_is_near && floor.abs() > FLOOR_IS_ZERO {
            notes.push(format!("the person stands {floor:.2} m over zero; the floor is where the feet are"));
        }
        Ok(Person {
            up,
            up_from,
            way_scale: way,
            metres_per_unit: self.scale,
            unit,
            stature_m: unit.map(|unit| self.stature_in(unit)),
            upright: self.upright(&vector, LOOSE),
            pelvis_m: [0.0, 0.5, 1.0].map(|share| quantile(pelvis(), share).unwrap_or(0.0)),
            speed_mps: two(&speeds),
            limbs_mps: two(&limbs),
            notes,
        })
    }

    /// The axis that the kind of file has, or the only one that makes a person of what is in it.
    fn up(&self, notes: &mut Vec<String>) -> Result<(UpAxis, Known), MotionError> {
        let usual = self.usual_up.vector();
        if self.upright(&usual, LOOSE) >= 0.5 {
            return Ok((self.usual_up, Known::Kind));
        }
        let others = UpAxis::ALL.into_iter().filter(|axis| *axis != self.usual_up);
        let Some(other) = others.into_iter().find(|axis| self.upright(&axis.vector(), STRICT) >= 0.7) else {
            return Ok((self.usual_up, Known::Kind));
        };
        let lying = self.heights(&usual, Some(1.0));
        let standing = self.heights(&other.vector(), self.way(&other.vector()).map(|way| way.factor));
        // Ankles and balls of somebody who stands are a few cm above the floor, joints of somebody who lies in the skin's depth.
        let stands_on_zero = standing.is_some_and(|h| (-0.02..0.2).contains(&h.floor) && h.spread < 1.5);
        let lies_on_zero = lying.is_some_and(|h| (-0.03..0.3).contains(&h.floor) && h.spread < 0.8);
        if !stands_on_zero && lies_on_zero {
            return Ok((self.usual_up, Known::Kind));
        }
        if standing.is_none_or(|h| h.spread >= 1.5) {
            let message = format!(
                "the person neither stands with {} up, as files of this kind have it, nor moves over a floor with {other} up: state which \
                 way is up ({})",
                self.usual_up,
                how_to_state("up", "--up AXIS")
            );
            return Err(MotionError::file(self.origin, message));
        }
        notes.push(format!("the person stands with {other} up, not with {} up; it was turned", self.usual_up));
        Ok((other, Known::Motion))
    }

    /// Share of the frames in which trunk and legs are within an angle of the vertical.
    fn upright(&self, up: &Vec3, [trunk, legs]: [f64; 2]) -> f64 {
        let steep = |v: Vec3, least: f64| v.dot(up) >= least * v.norm().max(1e-9);
        let count = self.frames.iter().filter(|f| steep(f.trunk(), trunk) && steep(f.legs(), legs)).count();
        count as f64 / self.frames.len().max(1) as f64
    }

    /// Neighbouring frames; none of a file that is a handful of postures.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Landmarks, &Landmarks)> {
        let pairs = survey::neighbours(self.numbers).filter(|_| self.numbers.len() >= FEWEST);
        pairs.filter_map(|(a, b)| Some((self.frames.get(a)?, self.frames.get(b)?)))
    }

    fn limb_speeds(&self) -> Vec<f64> {
        let limbs = |f: &Landmarks| [f.ankles[0], f.ankles[1], f.wrists[0], f.wrists[1]].map(|p| p - f.pelvis);
        let fastest = |(a, b): (&Landmarks, &Landmarks)| {
            limbs(a).iter().zip(limbs(b)).map(|(a, b)| (b - a).norm() * self.rate_hz).fold(0.0, f64::max)
        };
        self.pairs().map(fastest).collect()
    }
}

/// Cosines of trunk and legs against the vertical of somebody who is upright, sitting included.
const LOOSE: [f64; 2] = [0.5, 0.3];
/// Of somebody who stands or walks.
const STRICT: [f64; 2] = [0.9, 0.85];
