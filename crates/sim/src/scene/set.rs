//! A draw as the simulator takes it: surfaces, what they reflect, walls, and the way of the radar.

use super::draw::SceneDraw;
use super::error::SceneError;
use super::inside::all_inside;
use crate::geometry::MovingMesh;
use crate::propagation::{Material, PointReflector, Room, Scattering};
use crate::sensor::RadarTrack;

/// Everything before the radar.
pub struct Set {
    /// People first, then boxes and meshes; time 0 is the start of the recording.
    pub meshes: Vec<Box<dyn MovingMesh>>,
    /// Share of the amplitude that each mesh reflects, 0..1.
    pub reflects: Vec<f64>,
    /// How each mesh scatters.
    pub scatters: Vec<Scattering>,
    /// Points and corner reflectors.
    pub reflectors: Vec<Box<dyn PointReflector>>,
    /// The room, if there is one.
    pub room: Option<Room>,
    /// The way of a radar that moves.
    pub track: Option<RadarTrack>,
}

impl SceneDraw {
    /// Builds what was drawn.
    pub fn set(&self) -> Result<Set, SceneError> {
        let mut meshes = self.meshes()?;
        let mut reflectors: Vec<Box<dyn PointReflector>> = Vec::new();
        for object in &self.objects {
            match object.reflector()? {
                Some(reflector) => reflectors.push(Box::new(reflector)),
                None => meshes.push(Box::new(object.surface()?)),
            }
        }
        if let Some(room) = &self.room {
            all_inside(room, (&self.people, &self.objects), &meshes, self.duration_s)?;
        }
        let frequency_hz = self.radar.device().sounding(true).centre_hz();
        let surfaces = self.objects.iter().filter(|o| o.object.is_surface()).map(|o| o.object.material);
        let materials = self.people.iter().map(|p| p.material).chain(surfaces);
        let reflects = materials.map(|m| m.map_or(1.0, |m: Material| m.amplitude(frequency_hz))).collect();
        let surfaces = self.objects.iter().filter(|o| o.object.is_surface()).map(|o| o.object.scattering);
        let scattering = self.people.iter().map(|p| p.scattering).chain(surfaces);
        let scatters = scattering.map(|s| s.unwrap_or(Scattering::NONE)).collect();
        let track = RadarTrack::through(&self.radar_track);
        Ok(Set { meshes, reflects, scatters, reflectors, room: self.room.clone(), track })
    }
}
