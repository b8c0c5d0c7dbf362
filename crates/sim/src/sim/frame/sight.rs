//! Which facets are seen at one moment, from the eyes of a sensor and from their images behind walls.

use super::finders::Finder;
use super::look::{Look, Seen};
use super::{Eye, FrameMaker};
use crate::base::{Complex64, Vec3};
use crate::propagation::Triangle;
use crate::propagation::image_method::Bounces;
use crate::sim::error::SimError;
use crate::sim::settings::{SimSettings, Visibility};
use crate::sim::stopwatch::Step;
use crate::visibility::facing::faces_towards;
use crate::visibility::{Blockers, Facing, HiddenPoint};

/// Faces larger than this hide by rays, m². Hidden point removal knows the centres of faces only: one that is large against the
/// distance of its neighbours' centres, like the side of a box, would hide nothing. Those of bodies are below 0.001 m².
const LARGE_M2: f64 = 0.0025;

/// Sine of the angle behind the antenna plane that still counts as sideways.
const SIDEWAYS: f64 = 1e-9;

impl FrameMaker<'_> {
    /// Looks at the scene at `start_s`, the start of frame `frame`; `mask` replaces the visibility on the straight way.
    pub(in crate::sim) fn look(&self, frame: usize, start_s: f64, mask: Option<&[bool]>) -> Result<Look, SimError> {
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
        if let Some(mesh) = self.eyes.iter().find_map(|eye| self.stage.around(eye.place, &vertices)) {
            return Err(SimError::Within { mesh, time_s: start_s });
        }
        let smoothing = self.stage.smoothing.as_ref();
        let normals = smoothing.map_or_else(Vec::new, |s| s.normals(&vertices, &self.stage.faces));
        let fail = |e: crate::visibility::VisibilityError| SimError::Visibility { frame, message: e.to_string() };
        let search = |finder: &mut Finder| {
            let mut seen = Vec::with_capacity(self.eyes.len());
            for eye in &self.eyes {
                let visible = match mask {
                    Some(mask) => mask.to_vec(),
                    None => self.visible(finder, eye.place, &vertices, &triangles).map_err(fail)?,
                };
                seen.push(Seen { visible, reflectors: vec![true; self.stage.reflector_count()], by_walls: Vec::new() });
            }
            let turns = self.stage.turns(start_s);
            let mut look = Look { vertices, triangles, normals, turns, seen, walls_seen: Vec::new() };
            let hides = self.settings.visibility != Visibility::All && self.stage.vertex_count() > 0;
            let hides_reflectors = hides && self.stage.reflector_count() > 0;
            if hides_reflectors || !self.ways.is_empty() {
                let reach = self.room_reach();
                let blockers = &mut finder.blockers;
                blockers.set(&look.vertices[..self.stage.vertex_count()], &self.stage.faces, reach).map_err(fail)?;
                for (i, eye) in self.eyes.iter().enumerate().filter(|_| hides_reflectors) {
                    let first = self.stage.vertex_count() + self.stage.point_count();
                    let blocked = |place: &Vec3| blockers.blocked(eye.place, *place, None);
                    look.seen[i].reflectors = look.vertices[first..].iter().map(|place| !blocked(place)).collect();
                }
                for (i, eye) in self.eyes.iter().enumerate() {
                    let by_walls = self.ways.iter().map(|way| self.seen_by(way, eye, &look, blockers)).collect();
                    look.seen[i].by_walls = by_walls;
                }
                look.walls_seen = self.ways.iter().map(|way| self.sees_itself(way, blockers)).collect();
            }
            Ok(look)
        };
        self.watch.time(Step::Visibility, || self.finders.with(search))
    }

    fn visible(
        &self,
        finder: &mut Finder,
        eye: Vec3,
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
        let cull_first = hidden_point.cull_first && self.stage.fronts_hide_all(eye, vertices);
        let mut visible = Vec::new();
        if *visibility == Visibility::Raycast {
            let mesh = (&vertices[..self.stage.vertex_count()], self.stage.faces.as_slice());
            let facing = Facing { cull_backfaces, fronts_hide_all: cull_first };
            finder.caster.find(mesh, (&centres, &normals), eye, facing, &mut visible)?;
        } else {
            let settings = HiddenPoint { radius_factor: hidden_point.radius_factor, cull_backfaces, cull_first };
            finder.remover.find(&centres, &normals, eye, &settings, &mut visible)?;
            self.hide_behind_large_faces(&mut finder.large, eye, vertices, triangles, &mut visible)?;
        }
        Ok(visible)
    }

    /// Takes out what a large face stands in front of.
    fn hide_behind_large_faces(
        &self,
        blockers: &mut Blockers,
        eye: Vec3,
        vertices: &[Vec3],
        triangles: &[Triangle],
        visible: &mut [bool],
    ) -> Result<(), crate::visibility::VisibilityError> {
        let numbers: Vec<u32> = (0..).zip(triangles).filter(|(_, t)| t.area > LARGE_M2).map(|(i, _)| i).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let faces: Vec<[u32; 3]> = numbers.iter().map(|i| self.stage.faces[*i as usize]).collect();
        blockers.set(&vertices[..self.stage.vertex_count()], &faces, eye.amax())?;
        for (i, (triangle, seen)) in triangles.iter().zip(visible).enumerate().filter(|(_, (_, seen))| **seen) {
            let own = numbers.binary_search(&(i as u32)).ok().map(|k| k as u32);
            *seen = !blockers.blocked(eye, triangle.centre, own);
        }
        Ok(())
    }

    /// What is seen over the walls of `way`: rays along each leg.
    fn seen_by(&self, way: &Bounces, from: &Eye, look: &Look, blockers: &Blockers) -> Vec<(u32, Complex64)> {
        let Some(room) = self.room else { return Vec::new() };
        let eye = from.place;
        let image = way.image(&room.walls, eye);
        let all = self.settings.visibility == Visibility::All;
        let culled = !all && self.settings.hidden_point.cull_backfaces;
        let mut seen = Vec::new();
        let mut try_place = |number: usize, place: Vec3, own: Option<u32>| {
            let Some(points) = way.points(&room.walls, eye, place) else { return };
            if self.settings.drop_behind && from.is_behind(points[0] - eye) {
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

    /// Whether a wave gets from the transmitters over the walls of `way` to the receivers.
    fn sees_itself(&self, way: &Bounces, blockers: &Blockers) -> bool {
        let Some(room) = self.room else { return false };
        let (start, end) = (self.eye(0), self.eye(1));
        let Some(points) = way.points(&room.walls, start.place, end.place) else { return false };
        // Walls that stand square to the antenna plane, as side walls mostly do, are met exactly sideways: rounding must not decide.
        let ahead = |eye: &Eye, point: &Vec3| {
            let way = point - eye.place;
            let looks = |ahead: Vec3| way.dot(&ahead) >= -SIDEWAYS * way.norm();
            !self.settings.drop_behind || eye.ahead.is_none_or(looks)
        };
        let mut from = start.place;
        let free = points.iter().chain([&end.place]).all(|&to| {
            let blocked = self.settings.visibility != Visibility::All && blockers.blocked(from, to, None);
            from = to;
            !blocked
        });
        free && points.first().is_some_and(|p| ahead(start, p)) && points.last().is_some_and(|p| ahead(end, p))
    }

    /// Largest coordinate of a place on a way over the walls, m.
    fn room_reach(&self) -> f64 {
        let corners =
            self.room.iter().flat_map(|r| &r.walls).map(|w| w.centre.amax() + w.half_u.amax() + w.half_v.amax());
        self.eyes.iter().map(|eye| eye.place.amax()).chain(corners).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finders::Finders;
    use super::*;
    use crate::geometry::{Mesh, MovingMesh, primitives};
    use crate::propagation::split::SplitRule;
    use crate::sensor::sounding::{Comb, Ends, Eyes, Loops, Shots, Sounding, Tones};
    use crate::sim::stage::Stage;
    use crate::sim::stopwatch::Stopwatch;

    /// A mesh that stands still.
    struct Still(Mesh);

    impl MovingMesh for Still {
        fn faces(&self) -> &[[u32; 3]] {
            &self.0.faces
        }
        fn vertex_count(&self) -> usize {
            self.0.vertices.len()
        }
        fn vertices_at(&self, _: f64, out: &mut [Vec3]) {
            out.copy_from_slice(&self.0.vertices);
        }
    }

    /// A plate with its middle at `place`, facing −y.
    fn plate(side_m: f64, place: Vec3) -> Still {
        let mut mesh = primitives::plate(side_m, side_m, 1);
        mesh.vertices.iter_mut().for_each(|v| *v += place);
        Still(mesh)
    }

    #[test]
    fn with_two_eyes_both_must_see_and_with_one_their_middle() {
        // Antennas two metres apart, a plate four metres ahead, and a screen that stands between it and the receiver alone.
        let (tx, rx) = (Vec3::new(-1.0, 0.0, 0.0), Vec3::new(1.0, 0.0, 0.0));
        let (target, screen) = (plate(0.1, Vec3::new(0.0, 4.0, 0.0)), plate(0.4, Vec3::new(0.5, 2.0, 0.0)));
        let seen = |eyes: Eyes, meshes: &[&dyn MovingMesh]| {
            let stage = Stage::new(meshes, &[]).map_err(|e| e.to_string())?;
            let sounding = Sounding {
                tones: Tones::Comb(Comb::one(5e9)),
                shots: Shots::Loops(Loops { shot_period_s: 1e-3, loops: 1, n_tx: 1, time_multiplexed: false }),
                ends: Ends { tx: vec![tx], rx: vec![rx], eyes },
                period_s: 1e-3,
                continuous: false,
            };
            let settings = SimSettings { visibility: Visibility::Raycast, ..SimSettings::default() };
            let watch = Stopwatch::default();
            let maker = FrameMaker {
                stage: &stage,
                watch: &watch,
                settings: &settings,
                sounding: &sounding,
                eyes: sounding.ends.eyes().into_iter().map(|place| Eye { place, ahead: None }).collect(),
                boresight: Vec3::y(),
                upright: Vec3::z(),
                max_range_m: f64::INFINITY,
                split: SplitRule { wave_number: 100.0, half_sweep: 0.0, tolerance: 0.02, sweep_tolerance: 0.5 },
                bend: settings.bend_rule(100.0),
                finders: Finders::default(),
                room: None,
                ways: Vec::new(),
            };
            maker.look(0, 0.0, None).map(Look::into_visible).map_err(|e| e.to_string())
        };
        let alone: [&dyn MovingMesh; 1] = [&target];
        let hidden: [&dyn MovingMesh; 2] = [&target, &screen];
        assert_eq!(seen(Eyes::Two, &alone), Ok(vec![true, true]));
        assert_eq!(seen(Eyes::Two, &hidden), Ok(vec![false, false, true, true]));
        assert_eq!(seen(Eyes::One, &hidden), Ok(vec![true; 4]));
    }
}
