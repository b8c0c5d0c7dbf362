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
    /// What each mesh is made of; what has none conducts perfectly.
    pub materials: Vec<Option<Material>>,
    /// Which meshes stand still.
    pub still: Vec<bool>,
    /// How each mesh scatters.
    pub scatters: Vec<Scattering>,
    /// Points and corner reflectors.
    pub reflectors: Vec<Box<dyn PointReflector>>,
    /// The room, if there is one.
    pub room: Option<Room>,
    /// The way of a radar that moves.
    pub track: Option<RadarTrack>,
}

impl Set {
    /// Share of the amplitude that each mesh reflects at a frequency.
    pub fn reflects_at(&self, frequency_hz: f64) -> Vec<f64> {
        reflects_at(&self.materials, frequency_hz)
    }
}

fn reflects_at(materials: &[Option<Material>], frequency_hz: f64) -> Vec<f64> {
    materials.iter().map(|m| m.map_or(1.0, |m| m.amplitude(frequency_hz))).collect()
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
        let materials: Vec<Option<Material>> = self.people.iter().map(|p| p.material).chain(surfaces).collect();
        let reflects = reflects_at(&materials, frequency_hz);
        let mut still = vec![false; self.people.len()];
        for object in self.objects.iter().filter(|o| o.object.is_surface()) {
            still.push(object.movement()?.is_still());
        }
        let surfaces = self.objects.iter().filter(|o| o.object.is_surface()).map(|o| o.object.scattering);
        let scattering = self.people.iter().map(|p| p.scattering).chain(surfaces);
        let scatters = scattering.map(|s| s.unwrap_or(Scattering::NONE)).collect();
        let track = RadarTrack::through(&self.radar_track);
        Ok(Set { meshes, reflects, materials, still, scatters, reflectors, room: self.room.clone(), track })
    }
}
