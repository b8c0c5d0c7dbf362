//! One random draw of a scene.

use super::check::Scene;
use super::error::SceneError;
use super::links::LinkDraw;
use super::objects::ObjectDraw;
use super::person::{PersonDraw, Subject, WALK, score};
use super::radar::track_poses;
use crate::base::Vec3;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::body::BodyShape;
use crate::geometry::MovingMesh;
use crate::propagation::Room;
use crate::sensor::receiver::ReceiverSpec;
use crate::sensor::{RadarPose, Sensor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// Sensors beside the radar, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensors: BTreeMap<String, LinkDraw>,
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
            let walk = spec.waypoints.is_some().then_some(WALK);
            let motion = motions.get(i).copied().or(spec.motion.as_deref()).or(walk).unwrap_or_default();
            let subject = match subjects.get(i) {
                Some(subject) => subject.clone(),
                None => self.draw_subject(tree, item, i)?,
            };
            let mut drawn = PersonDraw::draw(spec, motion, subject, &tree.subtree(i as u64, "person"), item)?;
            drawn.keep_clear(&radar_pose, self.duration_s)?;
            drawn.begin_before(&radar_pose);
            people.push(drawn);
        }
        let objects = self.objects.iter().enumerate().map(|(i, o)| o.draw(&tree.subtree(i as u64, "object"), item));
        let mut sensors = BTreeMap::new();
        for (name, link) in &self.sensors {
            sensors.insert(name.clone(), link.draw(&tree.subtree(item, &format!("sensor {name}")), item)?);
        }
        Ok(SceneDraw {
            sensors,
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

impl SceneDraw {
    /// The people alone as moving meshes; time 0 is the start of the recording.
    pub fn meshes(&self) -> Result<Vec<Box<dyn MovingMesh>>, SceneError> {
        self.people
            .iter()
            .map(|person| {
                let mesh = person.acting(&self.radar_pose, self.duration_s)?;
                Ok(Box::new(mesh) as Box<dyn MovingMesh>)
            })
            .collect()
    }
}
