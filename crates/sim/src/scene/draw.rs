//! One random draw of a scene.

use super::captured::{BEYOND_S, CaptureDraw};
use super::check::{Scene, find_score};
use super::error::SceneError;
use super::objects::ObjectDraw;
use super::room::track_poses;
use super::set::Ahead;
use super::spec::{BetasSpec, PersonSpec};
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::{Rotation, Vec3};
use crate::body::BodyShape;
use crate::geometry::MovingMesh;
use crate::motion::score::{Rendition, Score, ScoreBook};
use crate::motion::{Performer, Placement};
use crate::propagation::{Material, Room};
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::{RadarPose, Sensor};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Rate at which scores are played before they are interpolated, Hz: five keys in the shortest reversal of a hand (40 ms).
const PLAY_RATE_HZ: f64 = 120.0;

/// Who moves: what stays the same over all recordings of a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The body.
    pub shape: BodyShape,
}

/// One person of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonDraw {
    /// Slug of the motion.
    pub motion: String,
    /// The person.
    pub subject: Subject,
    /// Which way to do it, where it is not the one that stands for the activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// How the motion is done this time; a captured one is as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendition: Option<Rendition>,
    /// The captured motion, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CaptureDraw>,
    /// The body model; without it the CC0 body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<PathBuf>,
    /// Shape coefficients of the model in place of the subject's shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub betas: Option<BetasSpec>,
    /// How far into the motion the recording begins, s.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_s: f64,
    /// What the surface is made of; without it, it reflects everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Material>,
    /// Horizontal distance from the radar, m.
    pub range_m: f64,
    /// Direction from the radar, positive to the right, degrees.
    pub azimuth_deg: f64,
    /// Turned away from facing the radar, positive to the person's left, degrees.
    pub facing_deg: f64,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// Everything that a recording depends on; written beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneDraw {
    /// The sensor.
    pub radar: Sensor,
    /// Where it stands.
    pub radar_pose: RadarPose,
    /// What its receiver adds.
    #[serde(default, skip_serializing_if = "ReceiverSpec::is_default")]
    pub receiver: ReceiverSpec,
    /// Who moves.
    pub people: Vec<PersonDraw>,
    /// Where it is at some times (s), if it moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub radar_track: Vec<(f64, RadarPose)>,
    /// What stands there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectDraw>,
    /// The room around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
    /// Length of the recording, s.
    pub duration_s: f64,
}

impl Scene {
    /// Draws subject number `subject`: the same one in every recording of a corpus.
    ///
    /// Ranges that the scene leaves out come from the defaults of the scores.
    pub fn draw_subject(&self, tree: &RandomTree, subject: u64, person: usize) -> Result<Subject, SceneError> {
        let spec = self.people.get(person).cloned().unwrap_or_default();
        let any = spec.motion.as_deref().unwrap_or("stand_still");
        let vary = &score(any)?.vary;
        let draw = |span: Option<Span>, default: Span, purpose: &str| {
            span.unwrap_or(default).draw(&mut tree.stream(subject, purpose))
        };
        let shape = BodyShape {
            sex: draw(spec.sex, Span::Range([0.0, 1.0]), "subject sex"),
            stature_m: draw(spec.stature_m, Span::Range(vary.stature_m), "subject stature"),
            body_mass_index: draw(spec.body_mass_index, Span::Range(vary.build), "subject build"),
            muscle: draw(spec.muscle, Span::Range([0.2, 0.8]), "subject muscle"),
        };
        Ok(Subject { shape })
    }

    /// Draws recording number `item`. `motions` and `subjects` replace those of the people in order, where given.
    pub fn draw(
        &self,
        tree: &RandomTree,
        item: u64,
        motions: &[&str],
        subjects: &[Subject],
    ) -> Result<SceneDraw, SceneError> {
        let pose = &self.pose;
        let drawn = |span: Span, purpose: &str| span.draw(&mut tree.stream(item, purpose));
        let radar_pose = RadarPose {
            position: Vec3::new(
                drawn(pose.x_m, "radar x"),
                drawn(pose.y_m, "radar y"),
                drawn(pose.height_m, "radar height"),
            ),
            azimuth_rad: drawn(pose.azimuth_deg, "radar azimuth").to_radians(),
            elevation_rad: drawn(pose.elevation_deg, "radar elevation").to_radians(),
        };
        let mut people = Vec::with_capacity(self.people.len());
        for (i, spec) in self.people.iter().enumerate() {
            let motion = motions.get(i).copied().or(spec.motion.as_deref()).unwrap_or_default();
            let subject = match subjects.get(i) {
                Some(subject) => subject.clone(),
                None => self.draw_subject(tree, item, i)?,
            };
            let mut drawn = draw_person(spec, motion, subject, &tree.subtree(i as u64, "person"), item)?;
            drawn.keep_clear(self.duration_s)?;
            people.push(drawn);
        }
        let objects = self.objects.iter().enumerate().map(|(i, o)| o.draw(&tree.subtree(i as u64, "object"), item));
        Ok(SceneDraw {
            radar: self.radar.clone(),
            radar_pose,
            receiver: self.receiver.clone(),
            people,
            radar_track: track_poses(&radar_pose, &pose.track),
            objects: objects.collect(),
            room: self.room.clone(),
            duration_s: self.duration_s,
        })
    }
}

fn score(motion: &str) -> Result<&'static Score, SceneError> {
    find_score(motion).map_err(SceneError::UnknownMotion)
}

/// A way to do a motion by its name; none stands for the motion itself.
fn score_of_way(motion: &str, way: Option<&str>) -> Result<&'static Score, SceneError> {
    let ways = ScoreBook::with_data_sets().ways(motion);
    let found = ways.into_iter().find(|score| score.way.as_deref() == way);
    found.ok_or_else(|| SceneError::UnknownMotion(format!("no way of `{motion}` is called {}", way.unwrap_or("none"))))
}

/// One of the ways to do a motion, each as likely as the others.
fn any_way(motion: &str, tree: &RandomTree, item: u64) -> Result<&'static Score, SceneError> {
    let ways = ScoreBook::with_data_sets().ways(motion);
    let place = tree.stream(item, "way").random_range(0..ways.len().max(1));
    ways.get(place).copied().map_or_else(|| score(motion), Ok)
}

/// Largest growth of accelerations over those of a score when somebody moves faster.
const MOST_VIGOUR: f64 = 1.3;

/// A rendition in somebody's tempo and size.
fn styled(spec: &PersonSpec, rendition: Rendition, tree: &RandomTree, item: u64) -> Rendition {
    let factor = |span: Option<Span>, purpose: &str| span.map_or(1.0, |s| s.draw(&mut tree.stream(item, purpose)));
    let (tempo, size) = (factor(spec.tempo, "tempo"), factor(spec.size, "size"));
    // Accelerations go with size over tempo squared.
    let size = if spec.tempo.is_some() { size.min(MOST_VIGOUR * tempo * tempo) } else { size };
    Rendition { tempo: rendition.tempo * tempo, size: rendition.size * size, ..rendition }
}

fn draw_person(
    spec: &PersonSpec,
    motion: &str,
    subject: Subject,
    tree: &RandomTree,
    item: u64,
) -> Result<PersonDraw, SceneError> {
    let capture = CaptureDraw::draw(spec, tree, item)?;
    // Somebody who was captured stands where somebody who stands still would.
    let score = match (&capture, spec.ways) {
        (Some(_), _) => score("stand_still")?,
        (None, Some(false)) => score(motion)?,
        (None, _) => any_way(motion, tree, item)?,
    };
    let vary = &score.vary;
    let draw = |span: Option<Span>, default: [f64; 2], purpose: &str| {
        span.unwrap_or(Span::Range(default)).draw(&mut tree.stream(item, purpose))
    };
    let range_m = draw(spec.range_m, vary.place.range, "range");
    Ok(PersonDraw {
        motion: capture.as_ref().map_or_else(|| motion.to_owned(), CaptureDraw::name),
        subject,
        way: score.way.clone().filter(|_| capture.is_none()),
        rendition: capture
            .is_none()
            .then(|| styled(spec, Rendition::draw(score, &mut tree.stream(item, "rendition")), tree, item)),
        capture,
        body: spec.body.clone(),
        betas: spec.betas.clone(),
        start_s: spec.start_s.map_or(0.0, |s| s.draw(&mut tree.stream(item, "start"))),
        material: spec.material,
        range_m,
        azimuth_deg: draw(spec.azimuth_deg, vary.place.azimuth, "azimuth"),
        facing_deg: draw(spec.facing_deg, vary.facing_deg, "facing"),
    })
}

impl SceneDraw {
    /// The people alone as moving meshes; time 0 is the start of the recording.
    pub fn meshes(&self) -> Result<Vec<Box<dyn MovingMesh>>, SceneError> {
        self.people
            .iter()
            .map(|person| {
                let mesh = person.performer(self)?;
                Ok(Box::new(Ahead { mesh, start_s: person.start_s }) as Box<dyn MovingMesh>)
            })
            .collect()
    }
}

impl PersonDraw {
    fn performer(&self, scene: &SceneDraw) -> Result<Performer, SceneError> {
        let wrong = |source| SceneError::Motion { motion: self.motion.clone(), source: Box::new(source) };
        let length_s = scene.duration_s + self.start_s + BEYOND_S;
        let (body, clip) = match (&self.capture, &self.rendition) {
            (Some(capture), _) => {
                let (body, staged) = self.captured(capture, length_s)?;
                (body, staged.clip)
            }
            (None, Some(rendition)) => {
                let body = self.body_alone()?;
                let clip = score_of_way(&self.motion, self.way.as_deref())?
                    .play(&body.skeleton, rendition, length_s, PLAY_RATE_HZ)
                    .map_err(wrong)?;
                (body, clip)
            }
            (None, None) => return Err(SceneError::UnknownMotion("a person needs a rendition or a capture".into())),
        };
        let azimuth = self.azimuth_deg.to_radians();
        let radar = scene.radar_pose.position;
        // Seen from the radar: y is its boresight turned by the azimuth of its pose (clockwise from above).
        let heading = Rotation::from_axis_angle(&Vec3::z_axis(), -scene.radar_pose.azimuth_rad);
        let towards = heading * Vec3::new(azimuth.sin(), azimuth.cos(), 0.0);
        let position = Vec3::new(radar.x, radar.y, 0.0) + towards * self.range_m;
        // Facing 0 looks back along the line of sight, wherever the person stands.
        let facing_rad = self.facing_deg.to_radians() - azimuth - scene.radar_pose.azimuth_rad;
        Performer::new(body, clip, Placement { position, facing_rad }).map_err(wrong)
    }
}
