//! The player: posture by posture into a clip, with what is needed to judge it.

use super::gait::{Walker, Waypoint};
use super::key::Grip;
use super::posture::{Posture, keyed};
use super::rig::Rig;
use super::solve::solve;
use super::tracks::Tracks;
use super::vary::{Rendition, Side};
use super::{Score, Timing};
use crate::body::Skeleton;
use crate::motion::clip::Clip;
use crate::motion::error::MotionError;

/// Which part of a standing foot bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// The foot is off the floor.
    None,
    /// Toes up, on the heel.
    Heel,
    /// The whole sole.
    Flat,
    /// Heel up, on the ball.
    Ball,
}

/// A played score with what its author declared about it.
#[derive(Clone, Debug)]
pub struct Performance {
    /// The motion.
    pub clip: Clip,
    /// Declared contact of the left and the right foot in every frame of the clip.
    pub contacts: Vec<[Contact; 2]>,
    /// Times at which a repetition begins, s; those inside the clip.
    pub seams_s: Vec<f64>,
    /// Largest distance of a hand or a standing foot from its target, m.
    pub residual_m: f64,
    /// How far below the stand a chair bears the hips, m for a person of 1.75 m; `None` without a chair.
    pub seat_m: Option<f64>,
    /// The body comes to lie on the floor and stays there.
    pub ends_on_floor: bool,
}

enum Source {
    Keys { tracks: Tracks, grip: Option<usize> },
    Gait(Box<Walker>),
}

impl Score {
    /// Plays like [`Score::play`] and keeps the declared contacts, the seams and the residual of the inverse kinematics.
    pub fn perform(
        &self,
        skeleton: &Skeleton,
        rendition: &Rendition,
        duration_s: f64,
        rate_hz: f64,
    ) -> Result<Performance, MotionError> {
        self.performed(skeleton, rendition, (duration_s, rate_hz), None)
    }

    /// The same, of a gait on its own path or through waypoints.
    pub(super) fn performed(
        &self,
        skeleton: &Skeleton,
        rendition: &Rendition,
        (duration_s, rate_hz): (f64, f64),
        waypoints: Option<&[Waypoint]>,
    ) -> Result<Performance, MotionError> {
        let fail = |message: String| MotionError::Play { slug: self.slug.clone(), message };
        if !(duration_s > 0.0 && duration_s <= 3600.0) {
            return Err(fail(format!("the duration must be above 0 and at most 3600 s, found {duration_s}")));
        }
        if !(1.0..=2000.0).contains(&rate_hz) {
            return Err(fail(format!("the rate must be 1 to 2000 frames per second, found {rate_hz}")));
        }
        if let Some(problem) = rendition.problem() {
            return Err(fail(problem));
        }
        let rig = Rig::new(skeleton)?;
        let source = match &self.timing {
            Timing::Gait { gait, path } => {
                let walker = Walker::new(self, gait, path, rendition, &rig, duration_s, waypoints);
                Source::Gait(Box::new(walker.map_err(fail)?))
            }
            _ => {
                let main = usize::from(rendition.side == Side::Right);
                let grip = self.stance.grip.map(|Grip::Together| main);
                Source::Keys { tracks: Tracks::new(self, rendition, rig.scale, duration_s), grip }
            }
        };
        let frames = (duration_s * rate_hz - 1e-9).ceil() as usize + 1;
        let mut poses = Vec::with_capacity(frames);
        let mut contacts = Vec::with_capacity(frames);
        let mut residual_m = 0.0_f64;
        for frame in 0..frames {
            let time = frame as f64 / rate_hz;
            let posture = match &source {
                Source::Keys { tracks, grip } => keyed(tracks, rendition, &rig, *grip, time),
                Source::Gait(walker) => walker.posture(&rig, time),
            };
            let solved = solve(&rig, &posture);
            residual_m = residual_m.max(solved.residual);
            contacts.push(declared(&posture));
            poses.push(solved.pose);
        }
        let mut seams_s = match source {
            Source::Keys { tracks, .. } => tracks.seams,
            Source::Gait(walker) => walker.seams(),
        };
        seams_s.retain(|time| *time > 0.0 && *time < duration_s);
        Ok(Performance {
            clip: Clip::new(rate_hz, poses)?,
            contacts,
            seams_s,
            residual_m,
            seat_m: self.seat_m,
            ends_on_floor: self.ends_on_floor(),
        })
    }
}

fn declared(posture: &Posture) -> [Contact; 2] {
    posture.feet.map(|foot| match foot.heel {
        _ if !foot.planted => Contact::None,
        heel if heel > 1e-6 => Contact::Ball,
        heel if heel < -1e-6 => Contact::Heel,
        _ => Contact::Flat,
    })
}
