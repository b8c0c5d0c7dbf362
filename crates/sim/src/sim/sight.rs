//! Which facets are seen at one moment, from the radar and from its images behind walls.

use super::error::SimError;
use super::frame::FrameMaker;
use super::settings::{SimSettings, Visibility};
use super::stopwatch::Step;
use crate::base::{Complex64, Vec3};
use crate::propagation::image_method::Bounces;
use crate::propagation::{Polarisation, Triangle};
use crate::visibility::facing::faces_towards;
use crate::visibility::{Blockers, HiddenPoint, HiddenPointRemover, RayCaster};
use std::sync::Mutex;

/// Memory of the searches, handed from frame to frame.
#[derive(Default)]
struct Finder {
    remover: HiddenPointRemover,
    caster: RayCaster,
    blockers: Blockers,
    /// Large faces alone.
    large: Blockers,
}

/// Faces larger than this hide by rays, m². Hidden point removal knows the centres of faces only: one that is large against the
/// distance of its neighbours' centres, like the side of a box, would hide nothing. Those of bodies are below 0.001 m².
const LARGE_M2: f64 = 0.0025;

/// Sine of the angle behind the antenna plane that still counts as sideways.
const SIDEWAYS: f64 = 1e-9;

/// Finders that no frame is using. Which one a frame gets changes nothing: they keep memory, not results.
#[derive(Default)]
pub(super) struct Finders(Mutex<Vec<Finder>>);

impl Finders {
    fn with<T>(&self, work: impl FnOnce(&mut Finder) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut finder = lock().pop().unwrap_or_default();
        let result = work(&mut finder);
        lock().push(finder);
        result
    }
}

/// The scene at the start of a frame, and what is seen of it.
pub(super) struct Look {
    /// Vertices of the stage, then its points.
    pub(super) vertices: Vec<Vec3>,
    pub(super) triangles: Vec<Triangle>,
    /// Facets in sight on the straight way.
    pub(super) visible: Vec<bool>,
    /// For each way over walls, what is seen by it and the walls' share of the amplitude: `(facet, or facets + point; share)`.
    pub(super) by_walls: Vec<Vec<(u32, Complex64)>>,
    /// For each way over walls from the radar back to itself: whether nothing stands in it.
    pub(super) walls_seen: Vec<bool>,
}

impl FrameMaker<'_> {
    /// Looks at the scene at `start_s`, the start of frame `frame`; `mask` replaces the visibility on the straight way.
    pub(super) fn look(&self, frame: usize, start_s: f64, mask: Option<&[bool]>) -> Result<Look, SimError> {
        let mut vertices = vec![Vec3::zeros(); self.stage.len()];
        self.watch.time(Step::Vertices, || self.stage.write(start_s, &mut vertices))?;
        let triangles: Vec<Triangle> = self
            .stage
            .faces
            .iter()
            .map(|face| {
                let [a, b, c] = face.map(|v| vertices[v as usize]);
                Triangle::new(a, b, c)
            })
            .collect();
        let fail = |e: crate::visibility::VisibilityError| SimError::Visibility { frame, message: e.to_string() };
        let search = |finder: &mut Finder| {
            let visible = match mask {
                Some(mask) => mask.to_vec(),
                None => self.visible(finder, &vertices, &triangles).map_err(fail)?,
            };
            let mut look = Look { vertices, triangles, visible, by_walls: Vec::new(), walls_seen: Vec::new() };
            if !self.ways.is_empty() {
                let reach = self.room_reach();
                let blockers = &mut finder.blockers;
                blockers.set(&look.vertices[..self.stage.vertex_count()], &self.stage.faces, reach).map_err(fail)?;
                look.by_walls = self.ways.iter().map(|way| self.seen_by(way, &look, blockers)).collect();
                look.walls_seen = self.ways.iter().map(|way| self.sees_itself(way, blockers)).collect();
            }
            Ok(look)
        };
        self.watch.time(Step::Visibility, || self.finders.with(search))
    }

    fn visible(
        &self,
        finder: &mut Finder,
        vertices: &[Vec3],
        triangles: &[Triangle],
    ) -> Result<Vec<bool>, crate::visibility::VisibilityError> {
        let SimSettings { visibility, hidden_point, .. } = self.settings;
        if *visibility == Visibility::All || triangles.is_empty() {
            return Ok(vec![true; triangles.len()]);
        }
        let centres: Vec<Vec3> = triangles.iter().map(|t| t.centre).collect();
        let normals: Vec<Vec3> = triangles.iter().map(|t| t.normal).collect();
        let cull_backfaces = hidden_point.cull_backfaces;
        let mut visible = Vec::new();
        if *visibility == Visibility::Raycast {
            let mesh = (&vertices[..self.stage.vertex_count()], self.stage.faces.as_slice());
            finder.caster.find(mesh, (&centres, &normals), self.view(), cull_backfaces, &mut visible)?;
        } else {
            let cull_first = hidden_point.cull_first && self.stage.fronts_hide_all(self.view(), vertices);
            let settings = HiddenPoint { radius_factor: hidden_point.radius_factor, cull_backfaces, cull_first };
            finder.remover.find(&centres, &normals, self.view(), &settings, &mut visible)?;
            self.hide_behind_large_faces(&mut finder.large, vertices, triangles, &mut visible)?;
        }
        Ok(visible)
    }

    /// Takes out what a large face stands in front of.
    fn hide_behind_large_faces(
        &self,
        blockers: &mut Blockers,
        vertices: &[Vec3],
        triangles: &[Triangle],
        visible: &mut [bool],
    ) -> Result<(), crate::visibility::VisibilityError> {
        let numbers: Vec<u32> = (0..).zip(triangles).filter(|(_, t)| t.area > LARGE_M2).map(|(i, _)| i).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let faces: Vec<[u32; 3]> = numbers.iter().map(|i| self.stage.faces[*i as usize]).collect();
        blockers.set(&vertices[..self.stage.vertex_count()], &faces, self.view().amax())?;
        for (i, (triangle, seen)) in triangles.iter().zip(visible).enumerate().filter(|(_, (_, seen))| **seen) {
            let own = numbers.binary_search(&(i as u32)).ok().map(|k| k as u32);
            *seen = !blockers.blocked(self.view(), triangle.centre, own);
        }
        Ok(())
    }

    /// What is seen over the walls of `way`: rays along each leg.
    fn seen_by(&self, way: &Bounces, look: &Look, blockers: &Blockers) -> Vec<(u32, Complex64)> {
        let Some(room) = self.room else { return Vec::new() };
        let eye = self.view();
        let image = way.image(&room.walls, eye);
        let all = self.settings.visibility == Visibility::All;
        let culled = !all && self.settings.hidden_point.cull_backfaces;
        let mut seen = Vec::new();
        let mut try_place = |number: usize, place: Vec3, own: Option<u32>| {
            let Some(points) = way.points(&room.walls, eye, place) else { return };
            if self.settings.drop_behind && (points[0] - eye).dot(&self.boresight) <= 0.0 {
                return;
            }
            let mut from = eye;
            let free = points.iter().chain([&place]).all(|&to| {
                let blocked = !all && blockers.blocked(from, to, own);
                from = to;
                !blocked
            });
            if free {
                let share =
                    way.coefficient(&room.walls, (eye, &points, place), self.polarisation(), self.frequency_hz());
                seen.push((number as u32, share.conj()));
            }
        };
        for (i, triangle) in look.triangles.iter().enumerate() {
            if !triangle.is_degenerate() && (!culled || faces_towards(triangle.centre, triangle.normal, image)) {
                try_place(i, triangle.centre, Some(i as u32));
            }
        }
        for (i, place) in look.vertices[self.stage.vertex_count()..].iter().enumerate() {
            try_place(look.triangles.len() + i, *place, None);
        }
        seen
    }

    /// Whether a wave gets from the radar over the walls of `way` back to it.
    fn sees_itself(&self, way: &Bounces, blockers: &Blockers) -> bool {
        let Some(room) = self.room else { return false };
        let eye = self.view();
        let Some(points) = way.points(&room.walls, eye, eye) else { return false };
        // Walls that stand square to the antenna plane, as side walls mostly do, are met exactly sideways: rounding must not decide.
        let ahead = |point: &Vec3| {
            let way = point - eye;
            !self.settings.drop_behind || way.dot(&self.boresight) >= -SIDEWAYS * way.norm()
        };
        let mut from = eye;
        let free = points.iter().chain([&eye]).all(|&to| {
            let blocked = self.settings.visibility != Visibility::All && blockers.blocked(from, to, None);
            from = to;
            !blocked
        });
        free && points.first().is_some_and(ahead) && points.last().is_some_and(ahead)
    }

    /// Direction of the antennas' field in the frame of the stage.
    pub(super) fn polarisation(&self) -> Vec3 {
        match self.room.map(|r| r.polarisation).unwrap_or_default() {
            Polarisation::Vertical => self.upright,
            Polarisation::Horizontal => self.boresight.cross(&self.upright),
        }
    }

    /// Largest coordinate of a place on a way over the walls, m.
    fn room_reach(&self) -> f64 {
        let corners =
            self.room.iter().flat_map(|r| &r.walls).map(|w| w.centre.amax() + w.half_u.amax() + w.half_v.amax());
        corners.fold(self.view().amax(), f64::max)
    }
}
