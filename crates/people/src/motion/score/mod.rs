//! Scores: motions written as key poses in anatomical words, or as a gait along a path.
//!
//! The format is described at the head of `scenes/motions/examples.yaml`. A score is read and checked once
//! ([`ScoreBook::parse`]), one person's way to do it is drawn ([`Rendition::draw`]), and the player turns both and a skeleton
//! into a clip ([`Score::play`]): tracks of channel values over time → a posture per frame → joint rotations by analytic
//! inverse kinematics.
//!
//! ```
//! use kinecho_base::base::random::RandomTree;
//! use kinecho_people::motion::score::{Rendition, ScoreBook};
//! let book = ScoreBook::builtin();
//! let squat = book.get("squat").ok_or("no such motion")?;
//! let rendition = Rendition::draw(squat, &mut RandomTree::new(1).stream(0, "rendition"));
//! assert!(rendition.tempo > 0.81 && rendition.tempo < 1.19);
//! # Ok::<(), &str>(())
//! ```

mod channel;
mod curve;
mod floor_contact;
mod gait;
mod hands;
mod key;
mod perform;
mod posture;
mod repetition;
mod rig;
mod rules;
mod solve;
mod spec;
mod tracks;
mod vary;
mod walk;

pub use gait::Waypoint;
pub use key::{Arm, Foot, Grip, Hand, Head, Key, Leg, Pelvis, Place, Spine, Travel};
pub use perform::{Contact, Performance};
pub use spec::{
    Breath, Direction, Draw, Ending, Gait, GaitStyle, Hands, Idle, Kind, Limits, PathShape, PathSpec, PlaceSpec, Shape,
    SideRule, Spread, Sway,
};
pub use vary::{IdleDraw, Rendition, Side, Vary};

pub(super) use rig::Rig;

use floor_contact::above_floor;

use super::clip::Clip;
use super::error::MotionError;
use crate::body::{ShapedBody, Skeleton};
use std::path::Path;
use std::sync::LazyLock;

/// A checked motion.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Number of the activity in the vocabulary.
    pub id: u32,
    /// Name of the activity in the vocabulary.
    pub slug: String,
    /// Name of another way to do it; `None` for the one that stands for the activity.
    pub way: Option<String>,
    /// How many of the recordings of an activity are in this way, against the shares of its other ways; 1..100.
    pub share: u32,
    /// Time line.
    pub timing: Timing,
    /// Values of channels that no key names.
    pub stance: Key,
    /// Key poses in order of time; a gait has none.
    pub keys: Vec<Key>,
    /// A shape that a hand runs along.
    pub draw: Option<Draw>,
    /// How far below the stand a chair bears the hips, m for a person of 1.75 m; `None` without a chair.
    pub seat_m: Option<f64>,
    /// What differs between people and repetitions.
    pub vary: Vary,
    /// Sway and breathing.
    pub idle: Idle,
    /// What a played clip must keep.
    pub limits: Limits,
}

/// Time line of a score.
#[derive(Clone, Debug, PartialEq)]
pub enum Timing {
    /// Keys wrap round one period.
    Cycle {
        /// Seconds, 0.1..120.
        period_s: f64,
    },
    /// Keys lie in one duration, then comes a rest.
    Once {
        /// Seconds, 0.1..120.
        duration_s: f64,
        /// Seconds, 0..60.
        pause_s: f64,
        /// What comes after that.
        ends: Ending,
    },
    /// Steps along a path.
    Gait {
        /// How the person steps.
        gait: Gait,
        /// Where to.
        path: PathSpec,
    },
}

impl Score {
    /// Slug, and after a slash the way where it is not the one that stands for the activity.
    pub fn name(&self) -> String {
        self.way.as_ref().map_or_else(|| self.slug.clone(), |way| format!("{}/{way}", self.slug))
    }

    /// Whether both cannot be in one book: the same activity in the same way, or one number for two activities.
    fn clashes(&self, other: &Self) -> bool {
        (self.slug == other.slug || self.id == other.id)
            && (self.way == other.way || self.slug != other.slug || self.id != other.id)
    }

    /// Plays `rendition` for `duration_s` (above 0, at most 3600 s) at `rate_hz` (1..2000 frames per second).
    ///
    /// The clip has poses from time 0 to at least `duration_s`; the motion repeats as often as fits.
    pub fn play(
        &self,
        skeleton: &Skeleton,
        rendition: &Rendition,
        duration_s: f64,
        rate_hz: f64,
    ) -> Result<Clip, MotionError> {
        Ok(self.perform(skeleton, rendition, duration_s, rate_hz)?.clip)
    }

    /// Plays like [`Score::perform`] on the skeleton of `body`; where the score ends on the floor, all of the body stays above it.
    pub fn perform_on(
        &self,
        body: &ShapedBody,
        rendition: &Rendition,
        duration_s: f64,
        rate_hz: f64,
    ) -> Result<Performance, MotionError> {
        let mut played = self.perform(&body.skeleton, rendition, duration_s, rate_hz)?;
        if self.ends_on_floor() {
            played.clip = above_floor(&played.clip, &played.contacts, body)?;
        }
        Ok(played)
    }

    /// Whether it is done once at a time: with rests between the repetitions, or once and for all.
    pub fn is_single(&self) -> bool {
        matches!(self.timing, Timing::Once { .. })
    }

    /// Whether the body comes to lie on the floor and stays there.
    pub fn ends_on_floor(&self) -> bool {
        matches!(self.timing, Timing::Once { ends: Ending::OnFloor, .. })
    }
}

/// Many scores, found by slug.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreBook {
    scores: Vec<Score>,
}

static BUILTIN: LazyLock<ScoreBook> = LazyLock::new(|| {
    let files = [
        ("scenes/motions/examples.yaml", include_str!("../../../../../scenes/motions/examples.yaml")),
        ("scenes/motions/arms.yaml", include_str!("../../../../../scenes/motions/arms.yaml")),
        ("scenes/motions/body.yaml", include_str!("../../../../../scenes/motions/body.yaml")),
        ("scenes/motions/steps.yaml", include_str!("../../../../../scenes/motions/steps.yaml")),
        ("scenes/motions/whole_body.yaml", include_str!("../../../../../scenes/motions/whole_body.yaml")),
        ("scenes/motions/daily_sport.yaml", include_str!("../../../../../scenes/motions/daily_sport.yaml")),
    ];
    with_files(ScoreBook::default(), &files)
});

fn with_files(mut book: ScoreBook, files: &[(&str, &str)]) -> ScoreBook {
    for (name, yaml) in files {
        let name = Path::new(name);
        if let Err(error) = ScoreBook::parse(yaml, name).and_then(|part| book.add(part, name)) {
            // The files are compiled in and a test parses them: this is a defect of the build, not of any input.
            panic!("a built-in score is wrong: {error}");
        }
    }
    book
}

static WITH_DATA_SETS: LazyLock<ScoreBook> = LazyLock::new(|| {
    let files = [
        ("scenes/motions/rehabilitation.yaml", include_str!("../../../../../scenes/motions/rehabilitation.yaml")),
        ("scenes/motions/falls.yaml", include_str!("../../../../../scenes/motions/falls.yaml")),
        ("scenes/motions/gestures.yaml", include_str!("../../../../../scenes/motions/gestures.yaml")),
    ];
    with_files(BUILTIN.clone(), &files)
});

impl ScoreBook {
    /// The scores of the sixty activities, which are shipped with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The same, the movements of data sets that the sixty do not hold (`scenes/motions/rehabilitation.yaml`), falls
    /// (`scenes/motions/falls.yaml`) and gestures (`scenes/motions/gestures.yaml`): they are played where they are named, and are no part of "all activities".
    pub fn with_data_sets() -> &'static Self {
        &WITH_DATA_SETS
    }

    /// Reads and checks a score file's text; `origin` is named in errors.
    pub fn parse(yaml: &str, origin: &Path) -> Result<Self, MotionError> {
        rules::parse(yaml, origin).map(|scores| Self { scores })
    }

    /// Reads and checks a score file.
    pub fn read(path: &Path) -> Result<Self, MotionError> {
        let yaml =
            std::fs::read_to_string(path).map_err(|source| MotionError::Read { path: path.to_owned(), source })?;
        Self::parse(&yaml, path)
    }

    /// Adds the scores of `other`, read from `origin`; a slug or id that is there already is an error.
    pub fn add(&mut self, other: Self, origin: &Path) -> Result<(), MotionError> {
        for score in other.scores {
            if let Some(old) = self.scores.iter().find(|old| old.clashes(&score)) {
                let message = format!("id {} and slug must be new, but `{}` has id {}", score.id, old.slug, old.id);
                return Err(MotionError::Score { path: origin.to_owned(), line: 0, slug: score.slug, message });
            }
            self.scores.push(score);
        }
        Ok(())
    }

    /// The score of an activity.
    pub fn get(&self, slug: &str) -> Option<&Score> {
        self.iter().find(|score| score.slug == slug)
    }

    /// Every way to do an activity; the first stands for it.
    pub fn ways(&self, slug: &str) -> Vec<&Score> {
        let others = self.scores.iter().filter(|score| score.slug == slug && score.way.is_some());
        self.get(slug).into_iter().chain(others).collect()
    }

    /// One score an activity, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().filter(|score| score.way.is_none())
    }

    /// Number of activities.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }
}
