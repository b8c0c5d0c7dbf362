//! A gait through waypoints in place of the path of its score.

use super::gait::{Waypoint, waypoint_times};
use super::perform::Performance;
use super::rig::Rig;
use super::spec::{GaitStyle, PathShape};
use super::vary::Rendition;
use super::{Score, Timing};
use crate::base::yaml::Problem;
use crate::body::Skeleton;
use crate::motion::error::MotionError;

impl Score {
    /// What is wrong with walking through `waypoints` in this motion, as far as it does not depend on who walks; the keys are relative to
    /// the list.
    pub fn waypoint_problems(&self, waypoints: &[Waypoint]) -> Vec<Problem> {
        let jog = match &self.timing {
            Timing::Gait { gait, path } if leads_ahead(path.shape) => gait.style == GaitStyle::Jog,
            _ => {
                let message = format!(
                    "`{}` does not lead ahead; expected a motion that walks or jogs, for example walk_forward_turn_around or \
                     jog_forward_turn_around",
                    self.slug
                );
                return vec![Problem::new("", message)];
            }
        };
        Waypoint::problems(waypoints, jog)
    }

    /// Walks through `waypoints` in the gait of this score, in the world's coordinates: the clip belongs to a person at the origin who is
    /// not turned. Time, rate and rendition as in [`Score::perform`]; of the latter the path's values count for nothing.
    pub fn walk(
        &self,
        skeleton: &Skeleton,
        rendition: &Rendition,
        waypoints: &[Waypoint],
        duration_s: f64,
        rate_hz: f64,
    ) -> Result<Performance, MotionError> {
        self.refuse(waypoints)?;
        self.performed(skeleton, rendition, (duration_s, rate_hz), Some(waypoints))
    }

    /// When somebody arrives at each waypoint and when they leave it, s.
    pub fn waypoint_times(
        &self,
        skeleton: &Skeleton,
        rendition: &Rendition,
        waypoints: &[Waypoint],
    ) -> Result<Vec<[f64; 2]>, MotionError> {
        self.refuse(waypoints)?;
        let Timing::Gait { gait, .. } = &self.timing else { return Ok(Vec::new()) };
        let times = waypoint_times(gait, rendition, &Rig::new(skeleton)?, waypoints);
        times.map_err(|message| MotionError::Play { slug: self.slug.clone(), message })
    }

    fn refuse(&self, waypoints: &[Waypoint]) -> Result<(), MotionError> {
        let problems = self.waypoint_problems(waypoints);
        let say = |p: &Problem| format!("waypoints.{}: {}", p.key, p.message).replace("waypoints.:", "waypoints:");
        let message = problems.iter().map(say).collect::<Vec<_>>().join("; ");
        if problems.is_empty() { Ok(()) } else { Err(MotionError::Play { slug: self.slug.clone(), message }) }
    }
}

/// Whether a gait on such a path goes the way that the body faces.
fn leads_ahead(shape: PathShape) -> bool {
    match shape {
        PathShape::Circle | PathShape::LineTurn | PathShape::LineBack => true,
        PathShape::Sideways | PathShape::TurnInPlace | PathShape::InPlace => false,
    }
}
