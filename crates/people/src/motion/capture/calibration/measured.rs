//! How the joints of a skeleton are turned against ours where its posture at rest says nothing: out of positions over a whole file.
//!
//! Pelvis and chest are frames of three joints each, unless the trunk at rest is one. Of a limb's joint it is known where its bone points in
//! its own axes; the twist about the bone is that in which knees and elbows bend as ours do. What has no bone of its own keeps, on
//! average over the file, to the joint above it.

use super::axes::{Turns, rotation_of};
use super::landmarks::{LEG_M, leg_length, quantile};
use super::survey::neighbours;
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, JointFrame, Skeleton};
use crate::motion::capture::skeleton::joint_map::Found;
use crate::motion::joint_fit::{bone, frame_turn, level};
use nalgebra::{Matrix3, Matrix4, Quaternion, Unit};

/// A limb: joint, middle and end, and the axis of our rest posture about which the middle bends.
struct Limb {
    joints: [Joint; 3],
    bends_about: Vec3,
}

/// Knees bend backwards, elbows forwards: the axis is the upper bone times the lower one.
fn limbs() -> [Limb; 4] {
    let limb = |joints, bends_about| Limb { joints, bends_about };
    [
        limb([Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle], Vec3::x()),
        limb([Joint::RightHip, Joint::RightKnee, Joint::RightAnkle], Vec3::x()),
        limb([Joint::LeftShoulder, Joint::LeftElbow, Joint::LeftWrist], -Vec3::z()),
        limb([Joint::RightShoulder, Joint::RightElbow, Joint::RightWrist], Vec3::z()),
    ]
}

/// Knee, ankle and ball of the feet.
const FEET: [(Joint, Joint, Joint); 2] =
    [(Joint::LeftKnee, Joint::LeftAnkle, Joint::LeftFoot), (Joint::RightKnee, Joint::RightAnkle, Joint::RightFoot)];
/// A foot that stands on its edge by more than this is not one that is laid wrongly, rad.
const FARTHEST_ROLL: f64 = 0.7;

/// Mean sine of the bend from which its axis is known: 8°.
const BENT: f64 = 0.14;
/// Cosine of the angle to the trunk below which neck and head at rest are not those of a standing person: 45°.
const ALONG: f64 = 0.7;

/// Angle of the line from ankle to ball below the level where the sole is flat, rad, where no foot stands. Feet that stand show 9° to 17° in
/// CMU's skeletons, 25° to 30° in Biovision's and SMPL's, 40° in Bandai Namco's.
const BALL_BELOW: f64 = 0.52;
/// Angles that feet on a floor have, rad.
const BALLS_BELOW: std::ops::Range<f64> = -0.1..0.9;
/// A foot that stands is slower, m/s of a person with legs of [`LEG_M`].
const STILL: f64 = 0.15;
/// Share of the frames in which it stands, the stillest ones, in which it counts as flat.
const STANDING: f64 = 0.4;
/// Frames from which it is told.
const FEWEST: usize = 4;
/// Cosine of the angle of a shin above which its foot may stand: 37°.
const SHIN: f64 = 0.8;
/// Angle to which the neck leans forward where the head is level, rad: assumed, neither measured nor from a source.
const NECK_LEANS: f64 = 0.21;

/// Rotation and position of our joints at rest, in our axes, where the file's trunk at rest is that of a standing person.
pub(in crate::motion::capture) type Trunk = [Option<(Rotation, Vec3)>; Joint::ALL.len()];

/// What is seen of a file: frames, their numbers, and its rate.
pub(in crate::motion::capture) struct SurveyFrames<'a> {
    pub(in crate::motion::capture) frames: &'a [Vec<JointFrame>],
    pub(in crate::motion::capture) numbers: &'a [usize],
    pub(in crate::motion::capture) rate_hz: f64,
}

struct Fit<'a> {
    survey: &'a [Vec<JointFrame>],
    /// Places of neighbouring frames in it.
    pairs: Vec<(usize, usize)>,
    /// What a foot that stands moves by from one frame to the next at most, in the file's unit.
    still: f64,
    found: &'a Found,
    carriers: &'a [Option<usize>; Joint::ALL.len()],
    ours: &'a Skeleton,
    world: Rotation,
    turn: Turns,
}

/// The turns of all joints out of frames of these numbers; `None` where the trunk has no direction.
pub(in crate::motion::capture) fn turns(
    seen: &SurveyFrames,
    found: &Found,
    carriers: &[Option<usize>; Joint::ALL.len()],
    trunk: Option<&Trunk>,
    ours: &Skeleton,
    world: Rotation,
) -> Option<Turns> {
    let mut fit = Fit::new(seen, found, carriers, ours, world, [None; Joint::ALL.len()]);
    if let Some(trunk) = trunk {
        fit.trunk_at_rest(trunk);
    }
    if !fit.trunk_follows() {
        fit.trunk_in_frames()?;
    }
    for joint in [Joint::LeftCollar, Joint::RightCollar] {
        fit.keep_to(joint, |fit, frame| fit.chest(frame));
    }
    for limb in limbs() {
        fit.limb(&limb);
    }
    for (wrist, elbow) in [(Joint::LeftWrist, Joint::LeftElbow), (Joint::RightWrist, Joint::RightElbow)] {
        fit.keep_to(wrist, |fit, frame| fit.global(frame, elbow));
    }
    for (knee, ankle, ball) in FEET {
        fit.foot(knee, ankle, ball);
        fit.level_sole(knee, ankle, ball);
        fit.keep_to(ball, |fit, frame| fit.global(frame, ankle));
    }
    Some(fit.turn)
}

/// The turns found at rest, with soles that are level where feet stand.
pub(in crate::motion::capture) fn on_soles(
    turn: Turns,
    seen: &SurveyFrames,
    found: &Found,
    carriers: &[Option<usize>; Joint::ALL.len()],
    ours: &Skeleton,
    world: Rotation,
) -> Turns {
    let mut fit = Fit::new(seen, found, carriers, ours, world, turn);
    for (knee, ankle, ball) in FEET {
        fit.level_sole(knee, ankle, ball);
    }
    fit.turn
}

impl<'a> Fit<'a> {
    fn new(
        seen: &SurveyFrames<'a>,
        found: &'a Found,
        carriers: &'a [Option<usize>; Joint::ALL.len()],
        ours: &'a Skeleton,
        world: Rotation,
        turn: Turns,
    ) -> Self {
        let still = STILL / seen.rate_hz * leg_length(seen.frames, found).unwrap_or(0.0) / LEG_M;
        let pairs = neighbours(seen.numbers).collect();
        Self { survey: seen.frames, pairs, still, found, carriers, ours, world, turn }
    }
}

impl Fit<'_> {
    /// Position of a joint in a frame, in our axes.
    fn at(&self, frame: usize, joint: Joint) -> Option<Vec3> {
        let joint = self.found.joints[joint as usize]?;
        Some(self.world * self.survey.get(frame)?.get(joint)?.position)
    }

    /// Rotation of the file's joint in a frame, in our axes.
    fn own(&self, frame: usize, joint: Joint) -> Option<Rotation> {
        let joint = self.carriers[joint as usize]?;
        Some(self.world * self.survey.get(frame)?.get(joint)?.rotation)
    }

    /// Rotation of our joint in a frame, where its turn is known.
    fn global(&self, frame: usize, joint: Joint) -> Option<Rotation> {
        Some(self.own(frame, joint)? * self.turn[joint as usize]?.1)
    }

    /// Rotation of the highest part of the spine whose turn is known.
    fn chest(&self, frame: usize) -> Option<Rotation> {
        let spine = [Joint::Spine3, Joint::Spine2, Joint::Spine1, Joint::Pelvis];
        spine.into_iter().find_map(|joint| self.global(frame, joint))
    }

    fn rest(&self, from: Joint, to: Joint) -> Vec3 {
        self.ours.rest[to as usize] - self.ours.rest[from as usize]
    }

    fn set(&mut self, joint: Joint, turn: Rotation) {
        self.turn[joint as usize] = self.carriers[joint as usize].map(|carrier| (carrier, turn));
    }

    /// The turn with which a joint is, on average, turned as `target` says. Nothing where the file lacks the joint.
    fn keep_to(&mut self, joint: Joint, target: impl Fn(&Self, usize) -> Option<Rotation>) {
        let turns = (0..self.survey.len()).filter_map(|f| Some(self.own(f, joint)?.inverse() * target(self, f)?));
        let turns: Vec<Rotation> = turns.collect();
        if let Some(mean) = mean(&turns) {
            self.set(joint, mean);
        }
    }

    /// Pelvis, spine, neck and head as they are at rest; neck and head only where they go on as the trunk does.
    fn trunk_at_rest(&mut self, trunk: &Trunk) {
        for joint in [Joint::Pelvis, Joint::Spine1, Joint::Spine2, Joint::Spine3] {
            if let Some((rotation, _)) = trunk[joint as usize] {
                self.set(joint, rotation.inverse());
            }
        }
        let along = |a: Joint, b: Joint| {
            let bone = trunk[b as usize]?.1 - trunk[a as usize]?.1;
            Some(bone.try_normalize(1e-9)?.z > ALONG)
        };
        let upright = along(Joint::Neck, Joint::Head) != Some(false);
        // A neck exactly along the trunk is one that axes were laid along, and stands as necks do.
        let straight = trunk[Joint::Neck as usize]
            .zip(trunk[Joint::Head as usize])
            .is_some_and(|((_, a), (_, b))| (b - a).try_normalize(1e-9).is_some_and(|bone| bone.xy().norm() < 1e-3));
        let lean = Rotation::from_scaled_axis(Vec3::x() * if straight { NECK_LEANS } else { 0.0 });
        for (joint, lean) in [(Joint::Neck, lean), (Joint::Head, Rotation::identity())] {
            match trunk[joint as usize].filter(|_| upright) {
                Some((rotation, _)) => self.set(joint, rotation.inverse() * lean.inverse()),
                None => self.keep_to(joint, Self::chest),
            }
        }
        if straight || !upright {
            self.look_ahead();
        }
    }

    /// Whether the trunk that the pelvis' rotation stands for is the one that its positions show.
    fn trunk_follows(&self) -> bool {
        let along = |f: usize| {
            let shoulders = self.at(f, Joint::LeftShoulder)? + self.at(f, Joint::RightShoulder)?;
            let hips = self.at(f, Joint::LeftHip)? + self.at(f, Joint::RightHip)?;
            Some((self.global(f, Joint::Pelvis)? * Vec3::z()).dot(&(shoulders - hips).try_normalize(1e-9)?))
        };
        let found: Vec<f64> = (0..self.survey.len()).filter_map(along).collect();
        !found.is_empty() && found.iter().sum::<f64>() / found.len() as f64 > ALONG
    }

    /// Pelvis and chest by three joints each, the spine in between, neck and head by where the neck points.
    fn trunk_in_frames(&mut self) -> Option<()> {
        let middle = |fit: &Self, f: usize, a: Joint, b: Joint| Some((fit.at(f, a)? + fit.at(f, b)?) * 0.5);
        let rest_up = self.ours.rest[Joint::LeftShoulder as usize] + self.ours.rest[Joint::RightShoulder as usize]
            - self.ours.rest[Joint::LeftHip as usize]
            - self.ours.rest[Joint::RightHip as usize];
        let part = |fit: &Self, f: usize, left: Joint, right: Joint| {
            let up = middle(fit, f, Joint::LeftShoulder, Joint::RightShoulder)?
                - middle(fit, f, Joint::LeftHip, Joint::RightHip)?;
            frame_turn((fit.rest(right, left), rest_up), (fit.at(f, left)? - fit.at(f, right)?, up))
        };
        let pelvis = |fit: &Self, f: usize| part(fit, f, Joint::LeftHip, Joint::RightHip);
        let chest = |fit: &Self, f: usize| part(fit, f, Joint::LeftShoulder, Joint::RightShoulder);
        for (joint, share) in
            [(Joint::Pelvis, 0.0), (Joint::Spine1, 1.0 / 3.0), (Joint::Spine2, 2.0 / 3.0), (Joint::Spine3, 1.0)]
        {
            self.keep_to(joint, |fit, f| {
                let (low, high) = (pelvis(fit, f)?, chest(fit, f)?);
                Some(low.try_slerp(&high, share, 1e-6).unwrap_or(high))
            });
        }
        for joint in [Joint::Neck, Joint::Head] {
            self.keep_to(joint, |fit, f| {
                let chest = fit.chest(f)?;
                match (fit.at(f, Joint::Neck), fit.at(f, Joint::Head)) {
                    (Some(neck), Some(head)) => bone(chest, fit.rest(Joint::Neck, Joint::Head), head - neck),
                    _ => Some(chest),
                }
            });
        }
        self.look_ahead();
        self.turn[Joint::Pelvis as usize].map(drop)
    }

    /// Mean direction of `vector` in the axes of a joint.
    fn inside(&self, joint: Joint, vector: impl Fn(usize) -> Option<Vec3>) -> Vec3 {
        let inside = |f: usize| Some(self.own(f, joint)?.inverse() * vector(f)?);
        (0..self.survey.len()).filter_map(inside).sum::<Vec3>() / self.survey.len().max(1) as f64
    }

    /// Both bones of a limb, twisted so that its middle bends as ours does; where it never bends, by the smallest turn from above.
    fn limb(&mut self, limb: &Limb) {
        let [upper, middle, end] = limb.joints;
        let along = |fit: &Self, f: usize, a: Joint, b: Joint| (fit.at(f, b)? - fit.at(f, a)?).try_normalize(1e-9);
        let bend = |fit: &Self, f: usize| Some(along(fit, f, upper, middle)?.cross(&along(fit, f, middle, end)?));
        for (joint, next) in [(upper, middle), (middle, end)] {
            let points = self.inside(joint, |f| along(self, f, joint, next));
            let about = self.inside(joint, |f| bend(self, f));
            let rest = self.rest(joint, next);
            match (axes(points, about), axes(rest, limb.bends_about)) {
                (Some(theirs), Some(ours)) if about.norm() > BENT => {
                    self.set(joint, rotation_of(&(theirs * ours.transpose())));
                }
                _ => self.keep_to(joint, |fit, f| {
                    let above = match joint == middle {
                        true => fit.global(f, upper)?,
                        false if matches!(joint, Joint::LeftHip | Joint::RightHip) => fit.global(f, Joint::Pelvis)?,
                        false => fit.chest(f)?,
                    };
                    bone(above, rest, along(fit, f, joint, next)?)
                }),
            }
        }
    }

    /// Frames in which a foot stands: those with an upright shin in which it moves least. None where there are too few.
    fn standing(&self, knee: Joint, ankle: Joint, ball: Joint) -> Vec<usize> {
        let moves = |(a, b): (usize, usize), joint| Some((self.at(b, joint)? - self.at(a, joint)?).norm());
        let moved = |&pair: &(usize, usize)| {
            let shin = (self.at(pair.0, knee)? - self.at(pair.0, ankle)?).try_normalize(1e-9)?;
            let moved = moves(pair, ankle)?.max(moves(pair, ball).unwrap_or(0.0));
            (shin.z > SHIN && moved < self.still).then_some((moved, pair.0))
        };
        let mut feet: Vec<(f64, usize)> = self.pairs.iter().filter_map(moved).collect();
        feet.sort_by(|a, b| a.0.total_cmp(&b.0));
        if feet.len() < FEWEST {
            return Vec::new();
        }
        feet.truncate(((feet.len() as f64 * STANDING) as usize).max(FEWEST));
        feet.into_iter().map(|foot| foot.1).collect()
    }

    /// How far below the level the line from ankle to ball leads where the sole is flat, rad: the median over the frames in which the foot
    /// stands. It differs between skeletons by 30°.
    fn ball_below(&self, knee: Joint, ankle: Joint, ball: Joint) -> Option<f64> {
        let pitch = |f: usize| Some(-(self.at(f, ball)? - self.at(f, ankle)?).try_normalize(1e-9)?.z.asin());
        let angle = quantile(self.standing(knee, ankle, ball).into_iter().filter_map(pitch), 0.5)?;
        Some(angle).filter(|angle| BALLS_BELOW.contains(angle))
    }

    /// Turns a foot about its length so that its sole is level from side to side where it stands: skeletons rest with their legs apart, or with
    /// ankles turned, and then stand on the edges of their feet.
    fn level_sole(&mut self, knee: Joint, ankle: Joint, ball: Joint) {
        let roll = |f: usize| Some((self.global(f, ankle)? * Vec3::x()).z.clamp(-1.0, 1.0).asin());
        let standing = self.standing(knee, ankle, ball);
        let Some(angle) = quantile(standing.into_iter().filter_map(roll), 0.5).filter(|a| a.abs() < FARTHEST_ROLL)
        else {
            return;
        };
        // About y, x turns towards −z.
        self.turn_by(ankle, Vec3::y() * angle);
        self.turn_by(ball, Vec3::y() * angle);
    }

    /// Turns the head up or down so that the person looks ahead on average of the frames in which the chest is upright.
    fn look_ahead(&mut self) {
        let upright = |f: &usize| self.chest(*f).is_some_and(|chest| (chest * Vec3::z()).z > ALONG);
        let pitch = |f: usize| Some((self.global(f, Joint::Head)? * -Vec3::y()).z.clamp(-1.0, 1.0).asin());
        let pitches = (0..self.survey.len()).filter(upright).filter_map(pitch);
        if let Some(angle) = quantile(pitches, 0.5) {
            // About x, −y turns towards −z.
            self.turn_by(Joint::Head, Vec3::x() * angle);
        }
    }

    /// Turns our joint by a rotation vector in its own axes.
    fn turn_by(&mut self, joint: Joint, vector: Vec3) {
        if let Some((_, turn)) = &mut self.turn[joint as usize] {
            *turn *= Rotation::from_scaled_axis(vector);
        }
    }

    /// The foot by ball and shin; without a ball it is level.
    fn foot(&mut self, knee: Joint, ankle: Joint, ball: Joint) {
        let toes = self.inside(ankle, |f| (self.at(f, ball)? - self.at(f, ankle)?).try_normalize(1e-9));
        let shin = self.inside(ankle, |f| (self.at(f, knee)? - self.at(f, ankle)?).try_normalize(1e-9));
        let (rest_toes, rest_shin) = (self.rest(ankle, ball), self.rest(ankle, knee));
        let (sin, cos) = self.ball_below(knee, ankle, ball).unwrap_or(BALL_BELOW).sin_cos();
        let ahead = rest_toes.xy().try_normalize(1e-9).unwrap_or_default() * cos;
        let rest_toes = Vec3::new(ahead.x, ahead.y, -sin);
        match (axes(toes, toes.cross(&shin)), axes(rest_toes, rest_toes.cross(&rest_shin))) {
            (Some(theirs), Some(ours)) => self.set(ankle, rotation_of(&(theirs * ours.transpose()))),
            _ => self.keep_to(ankle, |fit, f| fit.global(f, knee).map(level)),
        }
    }
}

/// The rotation nearest to all of `rotations` (Markley et al. 2007, "Averaging Quaternions", eq. 13); `None` of none.
fn mean(rotations: &[Rotation]) -> Option<Rotation> {
    let sum: Matrix4<f64> = rotations.iter().map(|r| r.coords * r.coords.transpose()).sum();
    let eigen = sum.symmetric_eigen();
    let largest = eigen.eigenvectors.column(eigen.eigenvalues.imax()).into_owned();
    Unit::try_new(Quaternion::from(largest), 1e-9).filter(|_| !rotations.is_empty())
}

/// An orthonormal frame: along a bone, and about an axis as far as it is square to it.
fn axes(along: Vec3, about: Vec3) -> Option<Matrix3<f64>> {
    let along = along.try_normalize(1e-6)?;
    let about = (about - along * about.dot(&along)).try_normalize(1e-6)?;
    Some(Matrix3::from_columns(&[along, about, along.cross(&about)]))
}
