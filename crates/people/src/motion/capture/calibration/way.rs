//! The unit of a file's way against that of its bones: exporters scale one and leave the other.
//!
//! A person's feet stand while the body goes over them, and the pelvis is carried half a person's height above a floor. A way that is too
//! long or too short breaks both, whatever its speed.

use super::landmarks::{LEG_M, Landmarks, STATURE_PER_LEG, quantile};
use super::person::Question;
use crate::base::Vec3;
use crate::motion::capture::reading::{Unit, how_to_state};
use crate::motion::error::MotionError;
use std::ops::Range;

/// Fastest that somebody travels for a twentieth of a recording, m/s: a sprinter.
const FASTEST_WAY: f64 = 12.0;
/// Feet that stand slide less than this in half of the frames, m/s; who walks on a treadmill stays below.
const FASTEST_STANCE: f64 = 2.5;
/// Heights of a recording lie within this, m: some stairs.
const HIGHEST_RISE: f64 = 4.0;
/// Floors lie this near to zero, m.
const DEEPEST_FLOOR: f64 = 20.0;
/// Half of the frames have a pelvis of this height over the floor, m: from squatting to tall.
const PELVIS: Range<f64> = 0.3..1.3;
/// Of somebody who stands or walks, m.
const STANDING_PELVIS: Range<f64> = 0.6..1.2;
/// Heights that a file counted from a floor has in no posture, m, sitting on the ground and standing on a table included.
const NO_PELVIS: [f64; 2] = [0.1, 2.2];
/// Feet slide where somebody walks whose way is missing or too long, m/s.
const SLIDING: f64 = 0.3;
/// Feet of somebody who stands still, m/s.
const STILL: f64 = 0.15;

/// A factor of the way, and the unit by which it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    pub(super) factor: f64,
    unit: Option<Unit>,
}

#[derive(Clone, Copy)]
pub(super) struct Heights {
    /// Height of the lowest point in the lowest tenth of the frames, m.
    pub(super) floor: f64,
    /// Between the lowest and the highest twentieth, m.
    pub(super) spread: f64,
}

impl Way {
    const AS_IS: Self = Self { factor: 1.0, unit: None };

    pub(super) fn is_as_is(self) -> bool {
        self == Self::AS_IS
    }
}

impl Question<'_> {
    /// The factor of the way with which the person moves like one, and what to say of it: 1 where that does, unless another one does so much
    /// better that it can be no chance.
    pub(super) fn way(&self, up: &Vec3) -> Option<Way> {
        let others = self.other_ways();
        let found = match self.makes_sense(up, 1.0) {
            true => match self.best(others.into_iter().filter(|way| self.fits_better(up, way.factor)).collect()) {
                Some(way) => way,
                None => return Some(Way::AS_IS),
            },
            false => {
                let ways: Vec<Way> = others.into_iter().filter(|way| self.makes_sense(up, way.factor)).collect();
                // Heights tell the units apart where they were taken from a floor, otherwise feet that stand do.
                let high = |way: &&Way| PELVIS.contains(&self.pelvis_height(up, way.factor));
                let high: Vec<Way> = ways.iter().filter(high).copied().collect();
                self.best(if high.is_empty() { ways } else { high })?
            }
        };
        Some(found)
    }

    /// What was mended.
    pub(super) fn note(&self, way: Way) -> Option<String> {
        let unit = way.unit?;
        Some(format!(
            "the way fits the steps in another unit than the bones (as it stands feet slide by {:.2} m/s, so by {:.2}); it was taken for {unit}: \
             times {}",
            self.stance(1.0),
            self.stance(way.factor),
            way.factor
        ))
    }

    /// Refuses a way that was stated and that nobody goes.
    pub(super) fn check_stated(&self, way: f64) -> Result<(), MotionError> {
        let speed = quantile(self.way_speeds(way), 0.95).unwrap_or(0.0);
        let (stated, plain) = (self.stance(way), self.stance(1.0));
        if speed <= FASTEST_WAY && (way == 1.0 || stated <= 2.0 * plain + STILL) {
            return Ok(());
        }
        let message = format!(
            "in the unit as stated the person travels at {speed:.2} m/s and feet that stand slide by {stated:.2} m/s (with the way in the \
             unit of the bones by {plain:.2}); state the unit of the way, or none, to have it found ({})",
            how_to_state("unit", "--unit UNIT")
        );
        Err(MotionError::file(self.origin, message))
    }

    pub(super) fn no_way(&self, up: &Vec3) -> MotionError {
        let speed = quantile(self.way_speeds(1.0), 0.95).unwrap_or(0.0);
        let heights = self.heights(up, Some(1.0)).unwrap_or(Heights { floor: 0.0, spread: 0.0 });
        let message = format!(
            "the person travels at {speed:.1} m/s, rises by {:.1} m and stands {:.1} m over zero: no person does; state the unit of \
             lengths ({}), which way is up ({}) or the rate ({})",
            heights.spread,
            heights.floor,
            how_to_state("unit", "--unit UNIT"),
            how_to_state("up", "--up AXIS"),
            how_to_state("rate_hz", "--rate HZ")
        );
        MotionError::file(self.origin, message)
    }

    /// Where the lowest points are, in the frames of a way scaled by `way`.
    pub(super) fn heights(&self, up: &Vec3, way: Option<f64>) -> Option<Heights> {
        let way = way?;
        let lowest: Vec<f64> = self.frames.iter().map(|f| f.lowest(up, way)).collect();
        let at = |share: f64| quantile(lowest.iter().copied(), share);
        Some(Heights { floor: at(0.1)?, spread: at(0.95)? - at(0.05)? })
    }

    /// Speeds of the pelvis from frame to frame, m/s.
    pub(super) fn way_speeds(&self, way: f64) -> Vec<f64> {
        self.pairs().map(|(a, b)| (b.pelvis_at(way) - a.pelvis_at(way)).norm() * self.rate_hz).collect()
    }

    /// The unit in which the bones are those of a person.
    pub(super) fn bones(&self) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| (1.0..=2.3).contains(&self.stature_in(*unit)))
    }

    /// Stature where bones are in `unit`, m.
    pub(super) fn stature_in(&self, unit: Unit) -> f64 {
        LEG_M / self.scale * STATURE_PER_LEG * unit.metres()
    }

    /// Ways in any unit but that of the bones; of bones in no unit at all those of bones in metres.
    fn other_ways(&self) -> Vec<Way> {
        let bones = self.bones().map_or(1.0, Unit::metres);
        let way = |unit: Unit| Way { factor: unit.metres() / bones, unit: Some(unit) };
        Unit::ALL.into_iter().map(way).filter(|way| (way.factor - 1.0).abs() > 1e-9).collect()
    }

    fn pelvis_height(&self, up: &Vec3, way: f64) -> f64 {
        quantile(self.frames.iter().map(|f| f.pelvis_at(way).dot(up)), 0.5).unwrap_or(0.0)
    }

    /// Whether the file's zero lies at a floor with this way and with the way as it is in no floor's reach, and feet stand with it that slide
    /// without it. Units that are far apart are told by the height alone, as long as feet do not slide more.
    fn fits_better(&self, up: &Vec3, way: f64) -> bool {
        let (plain, other) = (self.pelvis_height(up, 1.0), self.pelvis_height(up, way));
        if !PELVIS.contains(&other) || (NO_PELVIS[0]..NO_PELVIS[1]).contains(&plain) || !self.makes_sense(up, way) {
            return false;
        }
        let (slides, stands) = (self.stance(1.0), self.stance(way));
        let walks = slides > SLIDING && stands < 0.5 * slides;
        let far = !(0.02..50.0).contains(&way) && STANDING_PELVIS.contains(&other);
        walks || (far && stands <= slides.max(STILL))
    }

    /// What to ask where the way stays as it is and feet slide as they would not with a way in another unit: heights do not tell.
    pub(super) fn doubt(&self, up: &Vec3) -> Option<String> {
        let slides = self.stance(1.0);
        let stands = |way: &Way| {
            let standing = STANDING_PELVIS.contains(&self.pelvis_height(up, way.factor));
            standing && self.makes_sense(up, way.factor) && self.stance(way.factor) < 0.25 * slides
        };
        let way = self.other_ways().into_iter().filter(|_| slides > SLIDING).find(stands)?;
        Some(format!(
            "feet that stand slide by {slides:.2} m/s, and by {:.2} were the way in {}: a treadmill, or another unit? Where it is, state the unit ({})",
            self.stance(way.factor),
            way.unit?,
            how_to_state("unit", "--unit UNIT")
        ))
    }

    /// The one of several ways with which feet stand; `None` where they stand as well with another one.
    fn best(&self, ways: Vec<Way>) -> Option<Way> {
        let mut slides: Vec<(f64, Way)> = ways.into_iter().map(|way| (self.stance(way.factor), way)).collect();
        slides.sort_by(|a, b| a.0.total_cmp(&b.0));
        match slides[..] {
            [(_, way)] => Some(way),
            [(best, way), (second, _), ..] if second > 1.5 * best + 0.05 => Some(way),
            _ => None,
        }
    }

    fn makes_sense(&self, up: &Vec3, way: f64) -> bool {
        let speed = quantile(self.way_speeds(way), 0.95).unwrap_or(0.0);
        let heights = self.heights(up, Some(way));
        speed <= FASTEST_WAY
            && self.stance(way) <= FASTEST_STANCE
            && heights
                .is_none_or(|h| h.spread <= HIGHEST_RISE && (!self.zero_is_near || h.floor.abs() <= DEEPEST_FLOOR))
    }

    /// Speed of the slower foot in half of the frames, m/s.
    fn stance(&self, way: f64) -> f64 {
        let slower = |(a, b): (&Landmarks, &Landmarks)| {
            let gone = b.pelvis_at(way) - a.pelvis_at(way);
            let foot = |k: usize| ((b.ankles[k] - b.pelvis) - (a.ankles[k] - a.pelvis) + gone).norm() * self.rate_hz;
            foot(0).min(foot(1))
        };
        quantile(self.pairs().map(slower), 0.5).unwrap_or(0.0)
    }
}
