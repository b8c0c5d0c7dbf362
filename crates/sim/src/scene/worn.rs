//! Where tags are that people wear.

use super::draw::SceneDraw;
use super::error::SceneError;
use super::links::{RfidDraw, face_at};
use crate::channel::{Antenna, Place};

impl SceneDraw {
    /// The tags of a reader as antennas that send, and the antennas of the reader.
    pub fn rfid_ends(&self, rfid: &RfidDraw) -> Result<[Vec<Antenna>; 2], SceneError> {
        rfid.ends(|person, joint, side| {
            let acting = self.people[person].acting(&self.radar_pose, self.duration_s)?;
            let (face, height_m) = face_at(acting.mesh.body(), joint, side);
            // People come first among the meshes of a set.
            Ok(Place::Carried { mesh: person, face, height_m })
        })
    }
}
