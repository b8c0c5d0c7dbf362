//! Somebody who was drawn, as a moving mesh: the body, and the motion that it wears.

use super::captured::CaptureDraw;
use super::error::SceneError;
use super::person::PersonDraw;
use super::spec::{BetasSource, BetasSpec};
use crate::base::{Rotation, Vec3};
use crate::body::{BodyModel, ShapedBody, library};
use crate::geometry::MovingMesh;
use crate::motion::capture::{Capture, Excerpt, FASTEST_MPS, JointMapBook, Staged};
use crate::motion::score::{Score, ScoreBook, Timing};
use crate::motion::{Clip, MotionError, Performer, Placement};
use crate::sensor::RadarPose;
use std::sync::Arc;

/// Rate at which scores are played before they are interpolated, Hz: five keys in the shortest reversal of a hand (40 ms).
const PLAY_RATE_HZ: f64 = 120.0;

/// Clips are made a little longer than the recording, so that the last frame is interpolated and not clamped, s.
const BEYOND_S: f64 = 0.2;
/// Nearest that a captured way comes to the radar, m: the reach of an arm.
const CLEAR_M: f64 = 0.8;
/// Nearest that a joint of somebody who walks or falls comes to the radar, m: half a trunk, and air.
const NEAREST_M: f64 = 0.4;
/// Rate at which ways are looked at beforehand, Hz: a walker goes 5 cm meanwhile.
const LOOK_RATE_HZ: f64 = 30.0;

/// What is to be asked of a captured motion, but may be so.
fn doubts(clip: &Clip, duration_s: f64) -> Vec<String> {
    let mut out = Vec::new();
    let step_s = 1.0 / clip.rate_hz();
    if clip.duration_s() + step_s < duration_s {
        out.push(format!(
            "ends {:.2} s before the recording: the person stands frozen from there on",
            duration_s - clip.duration_s()
        ));
    }
    let ways = clip.poses().windows(2).map(|pair| (pair[1].translation - pair[0].translation).norm()).enumerate();
    if let Some((frame, way)) = ways.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, way)| way / step_s > FASTEST_MPS) {
        let speed = way / step_s;
        out.push(format!(
            "the person moves by {way:.2} m {:.3} s into the excerpt, from one frame to the next: {speed:.0} m/s, faster than anybody runs; is it a cut, a \
             broken frame, or another unit or rate?",
            frame as f64 * step_s
        ));
    }
    out
}

/// A way to do a motion by its name; none stands for the motion itself.
fn score_of_way(motion: &str, way: Option<&str>) -> Result<&'static Score, SceneError> {
    let ways = ScoreBook::with_data_sets().ways(motion);
    let found = ways.into_iter().find(|score| score.way.as_deref() == way);
    found.ok_or_else(|| SceneError::UnknownMotion(format!("no way of `{motion}` is called {}", way.unwrap_or("none"))))
}

impl PersonDraw {
    fn model(&self) -> Result<Arc<BodyModel>, SceneError> {
        Ok(match &self.body {
            Some(path) => library::model(path)?,
            None => library::cc0(),
        })
    }

    /// The body of somebody whose motion says nothing of it.
    fn body_alone(&self) -> Result<ShapedBody, SceneError> {
        let model = self.model()?;
        Ok(match &self.betas {
            Some(BetasSpec::Given(betas)) => model.with_coefficients(betas)?,
            _ => model.shaped(&self.subject.shape)?,
        })
    }

    /// Moves somebody whose way would lead through the radar so far back that it does not. Waypoints are left where they were put.
    pub(super) fn keep_clear(&mut self, radar: &RadarPose, duration_s: f64) -> Result<(), SceneError> {
        self.range_m += self.too_near(radar, duration_s)?;
        if let Some(capture) = &self.capture {
            let staged = self.captured(capture, duration_s + BEYOND_S)?.1;
            for doubt in doubts(&staged.clip, duration_s) {
                tracing::warn!("{}: {doubt}", capture.file.display());
            }
            self.range_m = self.range_m.max(staged.reach_m + CLEAR_M);
        }
        Ok(())
    }

    /// How much further back somebody has to begin who walks, or falls, so that no joint comes too near to the radar, m.
    fn too_near(&self, radar: &RadarPose, duration_s: f64) -> Result<f64, SceneError> {
        let Some(rendition) = self.rendition.as_ref().filter(|_| self.capture.is_none() && self.waypoints.is_empty())
        else {
            return Ok(0.0);
        };
        let score = score_of_way(&self.motion, self.way.as_deref())?;
        if !(matches!(score.timing, Timing::Gait { .. }) || score.ends_on_floor()) {
            return Ok(0.0);
        }
        let body = self.body_alone()?;
        let length_s = duration_s + self.start_s;
        let played = score.perform_on(&body, rendition, length_s, LOOK_RATE_HZ);
        let wrong = |source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) };
        let turn = Rotation::from_axis_angle(&Vec3::z_axis(), self.facing_deg.to_radians());
        // Where the radar is at (0, −range) and the person at the origin.
        let missing = |place: Vec3| {
            let at = turn * place;
            let free = NEAREST_M.powi(2) - at.x.powi(2) - (at.z - radar.position.z).powi(2);
            if free > 0.0 { free.sqrt() - at.y - self.range_m } else { 0.0 }
        };
        let clip = played.map_err(wrong)?.clip;
        let first = (self.start_s * LOOK_RATE_HZ) as usize;
        let frames = clip.poses().iter().skip(first).map(|pose| body.skeleton.frames(pose));
        let places = frames.flat_map(|joints| joints.into_iter().map(|joint| joint.position).collect::<Vec<_>>());
        Ok(places.map(missing).fold(0.0, f64::max))
    }

    /// Body and motion of a captured motion; the clip begins facing −y with its way over the origin.
    pub(super) fn captured(&self, draw: &CaptureDraw, length_s: f64) -> Result<(ShapedBody, Staged), SceneError> {
        let wrong = |source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) };
        let capture =
            Capture::read_as(&draw.file, Excerpt::new(draw.start_s, length_s), &draw.reading).map_err(wrong)?;
        let (body, clip) = match &self.betas {
            Some(BetasSpec::From(BetasSource::Motion)) => {
                let model = self.model()?;
                // Files state more coefficients than some models have; the first ones are the same.
                let betas = &capture.betas[..capture.betas.len().min(model.shape_count())];
                if betas.is_empty() {
                    let message = "the file has no `betas`; give them as a list, or leave `betas` out".into();
                    return Err(wrong(MotionError::File { origin: capture.origin.clone(), message }));
                }
                let body = model.with_coefficients(betas)?;
                let clip = capture.onto_own(&body, model.root_offset(betas)?).map_err(wrong)?;
                (body, clip)
            }
            _ => {
                let maps = draw.joint_map.as_deref().map(JointMapBook::read).transpose().map_err(wrong)?;
                let body = self.body_alone()?;
                let clip = capture.onto(&body, maps.as_ref().unwrap_or(JointMapBook::builtin())).map_err(wrong)?;
                (body, clip)
            }
        };
        let staged = Staged::new(&clip, &body.skeleton).map_err(wrong)?;
        Ok((body, staged))
    }

    /// The person as a moving mesh, before a radar at `radar`; time 0 is the start of the recording.
    pub(super) fn acting(&self, radar: &RadarPose, duration_s: f64) -> Result<Ahead<Performer>, SceneError> {
        Ok(Ahead { mesh: self.performer(radar, duration_s)?, start_s: self.start_s })
    }

    /// When the person arrives at each waypoint and when they leave it, s; `None` without waypoints.
    pub(super) fn waypoint_times(&self, acting: &Ahead<Performer>) -> Result<Option<Vec<[f64; 2]>>, SceneError> {
        let Some(rendition) = self.rendition.as_ref().filter(|_| !self.waypoints.is_empty()) else { return Ok(None) };
        let score = score_of_way(&self.motion, self.way.as_deref())?;
        let times = score.waypoint_times(&acting.mesh.body().skeleton, rendition, &self.waypoints);
        times.map(Some).map_err(|source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) })
    }

    fn performer(&self, radar: &RadarPose, duration_s: f64) -> Result<Performer, SceneError> {
        let wrong = |source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) };
        let length_s = duration_s + self.start_s + BEYOND_S;
        let (body, clip) = match (&self.capture, &self.rendition) {
            (Some(capture), _) => {
                let (body, staged) = self.captured(capture, length_s)?;
                (body, staged.clip)
            }
            (None, Some(rendition)) => {
                let body = self.body_alone()?;
                let score = score_of_way(&self.motion, self.way.as_deref())?;
                if !self.waypoints.is_empty() {
                    let walk = score.walk(&body.skeleton, rendition, &self.waypoints, length_s, PLAY_RATE_HZ);
                    return Performer::new(body, walk.map_err(wrong)?.clip, Placement::default()).map_err(wrong);
                }
                let clip = score.perform_on(&body, rendition, length_s, PLAY_RATE_HZ).map_err(wrong)?.clip;
                (body, clip)
            }
            (None, None) => return Err(SceneError::UnknownMotion("a person needs a rendition or a capture".into())),
        };
        let azimuth = self.azimuth_deg.to_radians();
        // Seen from the radar: y is its boresight turned by the azimuth of its pose (clockwise from above).
        let heading = Rotation::from_axis_angle(&Vec3::z_axis(), -radar.azimuth_rad);
        let towards = heading * Vec3::new(azimuth.sin(), azimuth.cos(), 0.0);
        let position = Vec3::new(radar.position.x, radar.position.y, 0.0) + towards * self.range_m;
        // Facing 0 looks back along the line of sight, wherever the person stands.
        let facing_rad = self.facing_deg.to_radians() - azimuth - radar.azimuth_rad;
        Performer::new(body, clip, Placement { position, facing_rad }).map_err(wrong)
    }
}

/// A mesh whose time runs ahead: what it does at `start_s` is seen at time 0.
pub(super) struct Ahead<M> {
    pub(super) mesh: M,
    pub(super) start_s: f64,
}

impl<M: MovingMesh> MovingMesh for Ahead<M> {
    fn faces(&self) -> &[[u32; 3]] {
        self.mesh.faces()
    }

    fn vertex_count(&self) -> usize {
        self.mesh.vertex_count()
    }

    fn is_solid(&self) -> bool {
        self.mesh.is_solid()
    }

    fn crease_rad(&self) -> f64 {
        self.mesh.crease_rad()
    }

    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        self.mesh.vertices_at(time_s + self.start_s, out);
    }
}
