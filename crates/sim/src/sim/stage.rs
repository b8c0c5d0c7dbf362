//! Everything that moves in a scene as one list of vertices.

use super::error::SimError;
use super::scatterers::{Scatterer, scatter};
use crate::base::{Rotation, Vec3};
use crate::geometry::measure::bounding_box;
use crate::geometry::{MovingMesh, Smoothing};
use crate::propagation::{PointReflector, Scattering};
use crate::sensor::RadarTrack;
use crate::visibility::accel::is_within;
use serde::{Deserialize, Serialize};

/// A point that reflects alike in all directions and is never hidden.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointTarget {
    /// Position at time zero, m.
    pub position: Vec3,
    /// Velocity at time zero, m/s.
    pub velocity: Vec3,
    /// Acceleration, m/s²; constant.
    #[serde(default)]
    pub acceleration: Vec3,
    /// Gain, m²: the amplitude is `gain / (|L_T − P| |P − L_R|)`; see [`crate::propagation::budget::point_gain`].
    pub gain: f64,
}

/// All meshes and points of a scene; vertices of the meshes first, then points, reflectors last.
pub(super) struct Stage<'a> {
    meshes: &'a [&'a dyn MovingMesh],
    points: &'a [PointTarget],
    reflectors: &'a [&'a dyn PointReflector],
    /// Largest gain of each reflector, m².
    peaks: Vec<f64>,
    wavelength_m: f64,
    /// First vertex of each mesh, and the end of the last.
    offsets: Vec<usize>,
    /// Faces of all meshes.
    pub(super) faces: Vec<[u32; 3]>,
    /// Share of the amplitude that each face reflects; empty when all reflect fully.
    reflects: Vec<f64>,
    /// Places that scatter.
    pub(super) scatterers: Vec<Scatterer>,
    /// Share of the amplitude that each face mirrors beside what it scatters; empty when nothing scatters.
    mirrors: Vec<f64>,
    /// Which corners of faces have a normal in common; none where triangles are taken as flat.
    pub(super) smoothing: Option<Smoothing>,
    /// Whether every mesh is known to be the surface of solids.
    solid: bool,
    /// A radar on the move, in whose frame everything is then given.
    observer: Option<&'a RadarTrack>,
}

impl<'a> Stage<'a> {
    /// Puts everything into one list and checks the faces.
    pub(super) fn new(meshes: &'a [&'a dyn MovingMesh], points: &'a [PointTarget]) -> Result<Self, SimError> {
        let mut offsets = vec![0];
        let mut faces = Vec::new();
        let mut end = 0;
        let mut solid = true;
        for (m, mesh) in meshes.iter().enumerate() {
            let count = mesh.vertex_count();
            for (f, face) in mesh.faces().iter().enumerate() {
                if let Some(&vertex) = face.iter().find(|&&v| v as usize >= count) {
                    return Err(SimError::FaceIndex { mesh: m, face: f, vertex, count });
                }
                faces.push(face.map(|v| v + end as u32));
            }
            solid &= mesh.is_solid();
            end += count;
            offsets.push(end);
        }
        for (point, p) in points.iter().enumerate() {
            let motion = [p.position, p.velocity, p.acceleration];
            let finite = motion.iter().flat_map(Vec3::iter).all(|v| v.is_finite()) && p.gain.is_finite();
            if !finite {
                return Err(SimError::PointNotFinite { point, time_s: 0.0 });
            }
        }
        Ok(Self {
            meshes,
            points,
            reflectors: &[],
            peaks: Vec::new(),
            wavelength_m: 0.0,
            offsets,
            faces,
            reflects: Vec::new(),
            scatterers: Vec::new(),
            mirrors: Vec::new(),
            smoothing: None,
            solid,
            observer: None,
        })
    }

    /// The same with points whose echo is known in closed form, at a wavelength.
    pub(super) fn with_reflectors(
        mut self,
        reflectors: &'a [&'a dyn PointReflector],
        wavelength_m: f64,
    ) -> Result<Self, SimError> {
        self.peaks = reflectors.iter().map(|r| r.echo().peak_gain(wavelength_m)).collect();
        if let Some(i) = self.peaks.iter().position(|gain| !(gain.is_finite() && *gain >= 0.0)) {
            return Err(SimError::PointNotFinite { point: self.points.len() + i, time_s: 0.0 });
        }
        (self.reflectors, self.wavelength_m) = (reflectors, wavelength_m);
        Ok(self)
    }

    /// The same seen from a radar on the move: all positions are then in the sensor frame of the moment. Lengths of paths stay
    /// what they are, so that antennas stand still for the engines.
    pub(super) fn observed(mut self, observer: Option<&'a RadarTrack>) -> Self {
        self.observer = observer;
        self
    }

    /// The same with meshes that stand for smooth surfaces.
    pub(super) fn smooth(mut self) -> Self {
        let mut all = Smoothing::default();
        for mesh in self.meshes {
            let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
            mesh.vertices_at(0.0, &mut vertices);
            all.extend(Smoothing::of(&vertices, mesh.faces(), mesh.crease_rad()));
        }
        self.smoothing = Some(all);
        self
    }

    /// The same with meshes that reflect the given shares of the amplitude; meshes beyond the list reflect fully.
    pub(super) fn reflecting(mut self, shares: &[f64]) -> Self {
        if shares.iter().any(|s| *s != 1.0) {
            let share = |m: usize| shares.get(m).copied().unwrap_or(1.0);
            self.reflects =
                self.meshes.iter().enumerate().flat_map(|(m, mesh)| vec![share(m); mesh.faces().len()]).collect();
        }
        self
    }

    /// The same with meshes that scatter; meshes beyond the list only mirror.
    pub(super) fn scattering(mut self, all: &[Scattering], wavelength_m: f64) -> Self {
        if all.iter().all(|s| s.coefficient == 0.0) {
            return self;
        }
        let mut first = 0;
        for (m, mesh) in self.meshes.iter().enumerate() {
            let (faces, scattering) = (mesh.faces(), all.get(m).copied().unwrap_or(Scattering::NONE));
            if scattering.coefficient > 0.0 {
                let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
                mesh.vertices_at(0.0, &mut vertices);
                self.scatterers.extend(scatter(&vertices, faces, (m, first), scattering, wavelength_m));
            }
            self.mirrors.extend(vec![scattering.mirrored(); faces.len()]);
            first += faces.len() as u32;
        }
        self
    }

    /// Share of the amplitude that a face mirrors beside what it scatters.
    pub(super) fn mirrors(&self, face: usize) -> f64 {
        self.mirrors.get(face).copied().unwrap_or(1.0)
    }

    /// Share of the amplitude that a face reflects.
    pub(super) fn reflects(&self, face: usize) -> f64 {
        self.reflects.get(face).copied().unwrap_or(1.0)
    }

    /// Whether what the backs of facets hide from `view` is hidden by fronts as well: all meshes are solids, and the view is outside of
    /// the boxes around them.
    pub(super) fn fronts_hide_all(&self, view: Vec3, vertices: &[Vec3]) -> bool {
        let outside = |mesh: &[usize]| {
            bounding_box(&vertices[mesh[0]..mesh[1]])
                .is_none_or(|(low, high)| (0..3).any(|x| view[x] < low[x] || view[x] > high[x]))
        };
        self.solid && self.offsets.windows(2).all(outside)
    }

    /// The solid that `place` is within, by the number of its mesh.
    pub(super) fn around(&self, place: Vec3, vertices: &[Vec3]) -> Option<usize> {
        let within = |m: &usize| {
            let (mesh, own) = (self.meshes[*m], &vertices[self.offsets[*m]..self.offsets[*m + 1]]);
            let boxed = bounding_box(own).filter(|(low, high)| (0..3).all(|x| (low[x]..=high[x]).contains(&place[x])));
            let Some((low, high)) = boxed.filter(|_| mesh.is_solid()) else { return false };
            let corners = mesh.faces().iter().map(|face| face.map(|v| own[v as usize]));
            is_within(place, corners, (high - low).norm())
        };
        (0..self.meshes.len()).find(within)
    }

    /// Number of vertices of the meshes.
    pub(super) fn vertex_count(&self) -> usize {
        self.offsets[self.meshes.len()]
    }

    /// Gains of the points and the largest ones of the reflectors, m².
    pub(super) fn gains(&self) -> impl Iterator<Item = f64> {
        self.points.iter().map(|point| point.gain).chain(self.peaks.iter().copied())
    }

    /// Number of points, without reflectors.
    pub(super) fn point_count(&self) -> usize {
        self.points.len()
    }

    /// Number of reflectors.
    pub(super) fn reflector_count(&self) -> usize {
        self.reflectors.len()
    }

    /// How the reflectors are turned at `time_s`, in the frame of the stage.
    pub(super) fn turns(&self, time_s: f64) -> Vec<Rotation> {
        let seen = self.observer.map_or(Rotation::identity(), |track| track.pose_at(time_s).rotation().inverse());
        self.reflectors.iter().map(|r| seen * r.place_at(time_s).1).collect()
    }

    /// Share of reflector `i`'s largest gain that a wave meets which comes from `there` and goes to `back`, both directions from it: those
    /// of the middle between both, as long as it is the same way. What comes over one way is not sent to another by a corner.
    pub(super) fn share(&self, i: usize, turn: &Rotation, (there, back): (Vec3, Vec3), one_way: bool) -> f64 {
        let (echo, peak) = (self.reflectors[i].echo(), self.peaks[i]);
        if !echo.is_retroreflector() || peak == 0.0 {
            return 1.0;
        }
        if !one_way {
            return 0.0;
        }
        let middle = there.normalize() + back.normalize();
        echo.gain(turn.inverse() * middle.normalize(), self.wavelength_m) / peak
    }

    /// Writes all vertices and points at `time_s`; an error when one is not finite.
    pub(super) fn write(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        self.write_some(time_s, out, |_| true)?;
        self.write_points(time_s, out)?;
        self.observe(time_s, out);
        Ok(())
    }

    /// Writes what polynomials do not follow at `time_s`; the others stay as they are.
    pub(super) fn write_quick(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        self.write_some(time_s, out, |mesh| mesh.is_quick())?;
        self.write_reflectors(time_s, out)?;
        for (m, _) in self.meshes.iter().enumerate().filter(|(_, mesh)| mesh.is_quick()) {
            self.observe(time_s, &mut out[self.offsets[m]..self.offsets[m + 1]]);
        }
        self.observe(time_s, &mut out[self.vertex_count() + self.points.len()..]);
        Ok(())
    }

    /// Whether a polynomial over a frame does not follow vertex or point `i`.
    pub(super) fn is_quick(&self, i: u32) -> bool {
        let i = i as usize;
        let mesh = self.offsets.partition_point(|first| *first <= i) - 1;
        self.meshes.get(mesh).map_or(i >= self.vertex_count() + self.points.len(), |mesh| mesh.is_quick())
    }

    /// Whether there is anything that polynomials do not follow.
    pub(super) fn has_quick(&self) -> bool {
        !self.reflectors.is_empty() || self.meshes.iter().any(|mesh| mesh.is_quick())
    }

    fn write_some(
        &self,
        time_s: f64,
        out: &mut [Vec3],
        wanted: impl Fn(&dyn MovingMesh) -> bool,
    ) -> Result<(), SimError> {
        for (m, mesh) in self.meshes.iter().enumerate().filter(|(_, mesh)| wanted(**mesh)) {
            let part = &mut out[self.offsets[m]..self.offsets[m + 1]];
            mesh.vertices_at(time_s, part);
            if let Some(vertex) = part.iter().position(|v| !(v.x + v.y + v.z).is_finite()) {
                return Err(SimError::NotFinite { mesh: m, vertex, time_s });
            }
        }
        Ok(())
    }

    fn write_points(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        let first = self.vertex_count();
        for (i, (o, p)) in out[first..].iter_mut().zip(self.points).enumerate() {
            *o = p.position + p.velocity * time_s + p.acceleration * (0.5 * time_s * time_s);
            if !(o.x + o.y + o.z).is_finite() {
                return Err(SimError::PointNotFinite { point: i, time_s });
            }
        }
        self.write_reflectors(time_s, out)
    }

    fn write_reflectors(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        let first = self.vertex_count() + self.points.len();
        for (i, (o, reflector)) in out[first..].iter_mut().zip(self.reflectors).enumerate() {
            *o = reflector.place_at(time_s).0;
            if !(o.x + o.y + o.z).is_finite() {
                return Err(SimError::PointNotFinite { point: self.points.len() + i, time_s });
            }
        }
        Ok(())
    }

    /// Turns places of the world into those that a radar on the move sees.
    fn observe(&self, time_s: f64, out: &mut [Vec3]) {
        if let Some(track) = self.observer {
            let pose = track.pose_at(time_s);
            let turn = pose.rotation().inverse().to_rotation_matrix();
            out.iter_mut().for_each(|v| *v = turn * (*v - pose.position));
        }
    }

    /// Vertices, points and reflectors together.
    pub(super) fn len(&self) -> usize {
        self.vertex_count() + self.points.len() + self.reflectors.len()
    }
}
