//! Where people are, in the numbers that models learn: joints, and the ranges and azimuths that a body takes up.

use super::clock::TruthClock;
use super::seen::Watcher;
use crate::base::Vec3;
use crate::geometry::MovingMesh;
use crate::scene::draw::SceneDraw;
use crate::scene::error::SceneError;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Joints that all bodies of SMPL's family have, in its order.
pub const SEEN_JOINTS: usize = 22;

/// One person of a recording as the sensor sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSeen {
    /// Slug of the motion.
    pub motion: String,
    /// x, y and z of SMPL's first 22 joints at the start of the last frame, in the sensor frame, m.
    pub joints_m: Vec<[f32; 3]>,
    /// Nearest and furthest place of the skin at the starts of all frames: half the way from the transmitters over it to the receivers, m.
    pub range_m: [f32; 2],
    /// Leftmost and rightmost place of the skin at the same times, as a row of antennas along x measures it: asin(x / distance), rad,
    /// positive to the right.
    pub azimuth_rad: [f32; 2],
}

impl SceneDraw {
    /// The people of `frames` frames, at least one.
    pub fn people_seen(&self, frames: usize) -> Result<Vec<PersonSeen>, SceneError> {
        let sounding = self.radar.device().sounding(true);
        let watcher = Watcher::new(self, &sounding);
        let times = TruthClock::Frame.times(&sounding, frames.max(1));
        let last_s = times.last().copied().unwrap_or(0.0);
        let mut people = Vec::with_capacity(self.people.len());
        for drawn in &self.people {
            let person = drawn.acting(&self.radar_pose, self.duration_s)?;
            let spans = |&time_s: &f64| {
                let mut skin = vec![Vec3::zeros(); person.vertex_count()];
                person.vertices_at(time_s, &mut skin);
                let nowhere = [f64::INFINITY, f64::NEG_INFINITY];
                skin.iter().fold([nowhere; 2], |[range, azimuth], place| {
                    [wider(range, watcher.range(time_s, *place)), wider(azimuth, watcher.cone_azimuth(time_s, *place))]
                })
            };
            let each: Vec<[[f64; 2]; 2]> = times.par_iter().map(spans).collect();
            let over_time = |of: usize| {
                let span = each.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |span, now| {
                    [span[0].min(now[of][0]), span[1].max(now[of][1])]
                });
                span.map(|v| v as f32)
            };
            let pose = person.mesh.pose_at(last_s + person.start_s);
            let joints = person.mesh.body().skeleton.frames(&pose);
            let seen = joints.iter().take(SEEN_JOINTS).map(|joint| watcher.seen(last_s, joint.position));
            people.push(PersonSeen {
                motion: drawn.motion.clone(),
                joints_m: seen.map(|p| [p.x as f32, p.y as f32, p.z as f32]).collect(),
                range_m: over_time(0),
                azimuth_rad: over_time(1),
            });
        }
        Ok(people)
    }
}

fn wider([low, high]: [f64; 2], by: f64) -> [f64; 2] {
    [low.min(by), high.max(by)]
}
