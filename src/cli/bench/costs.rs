//! What a frame costs over what is in it: facets, people, antennas, walls, furniture.

use super::{BenchArgs, RADAR_HEIGHT_M, median, walker};
use crate::base::Vec3;
use crate::base::random::RandomTree;
use crate::geometry::{Mesh, MovingMesh, primitives};
use crate::propagation::room::{Sides, shell};
use crate::propagation::{Material, Polarisation, Room, Scattering};
use crate::sensor::{FmcwRadar, RadarPose};
use crate::sim::fast::Width;
use crate::sim::{Job, SimSettings, Simulator};
use serde::Serialize;
use std::collections::HashMap;
use std::time::Instant;

/// What is in a frame.
#[derive(Clone, Copy)]
struct Contents {
    name: &'static str,
    people: usize,
    /// Into how many every edge of their meshes is cut: 1 or 2.
    cuts: usize,
    /// How often the radar's antennas are there, in each of the two sides.
    arrays: usize,
    /// Reflections at the room's walls; none without a room.
    walls: Option<usize>,
    furniture: bool,
}

const PLAIN: Contents = Contents { name: "one person", people: 1, cuts: 1, arrays: 1, walls: None, furniture: false };

const ALL: [Contents; 8] = [
    PLAIN,
    Contents { name: "four times the facets", cuts: 2, ..PLAIN },
    Contents { name: "two people", people: 2, ..PLAIN },
    Contents { name: "five people", people: 5, ..PLAIN },
    Contents { name: "four times the pairs of antennas", arrays: 2, ..PLAIN },
    Contents { name: "six walls, one reflection", walls: Some(1), ..PLAIN },
    Contents { name: "ten people", people: 10, ..PLAIN },
    Contents { name: "ten people between furniture in a room", people: 10, walls: Some(0), furniture: true, ..PLAIN },
];

/// A frame of some contents.
#[derive(Debug, Serialize)]
pub(super) struct Cost {
    pub(super) contents: &'static str,
    facets: u64,
    patches: f64,
    /// Wall time on all cores.
    pub(super) frame_ms: f64,
    /// Relative to one person.
    pub(super) relative: f64,
    /// Recorded time over the time it takes.
    pub(super) real_time_factor: f64,
}

/// Measures all contents.
pub(super) fn costs(args: &BenchArgs, width: Width) -> anyhow::Result<Vec<Cost>> {
    let mut out: Vec<Cost> = Vec::new();
    for contents in ALL {
        let mut cost = measure(args, width, contents)?;
        cost.relative = cost.frame_ms / out.first().map_or(cost.frame_ms, |plain| plain.frame_ms);
        out.push(cost);
    }
    Ok(out)
}

fn measure(args: &BenchArgs, width: Width, contents: Contents) -> anyhow::Result<Cost> {
    let mut radar = FmcwRadar::preset(&args.radar)?;
    for antennas in [&mut radar.tx_m, &mut radar.rx_m] {
        let one = antennas.clone();
        for number in 1..contents.arrays {
            antennas.extend(one.iter().map(|[x, y, z]| [x + 0.02 * number as f64, *y, *z]));
        }
    }
    let seconds = f64::from(args.frames) * radar.frame_period_s + 0.2;
    let mut meshes: Vec<Box<dyn MovingMesh>> = Vec::new();
    for number in 0..contents.people {
        // Three in a row, rows 0.8 m apart; the first is where the only one is.
        let (row, place) = ((number / 3) as f64, [0.0, -1.0, 1.0][number % 3]);
        let person = walker(Vec3::new(place, super::START_M + 0.8 * row, 0.0), seconds, number as u64)?;
        meshes.push(if contents.cuts == 1 { Box::new(person) } else { Box::new(Finer::of(person)) });
    }
    if contents.furniture {
        for (size, x, y) in [
            ([1.6, 0.8, 0.75], -1.9, 3.0),
            ([0.5, 0.5, 0.9], -1.4, 2.2),
            ([2.0, 0.9, 0.8], 1.8, 4.2),
            ([0.8, 0.4, 1.9], -2.3, 5.2),
            ([0.6, 0.6, 0.5], 1.5, 2.4),
        ] {
            let [wide, deep, tall] = size;
            let mesh = primitives::cuboid(Vec3::new(wide, deep, tall));
            meshes.push(Box::new(Still(mesh.translated(Vec3::new(x, y, 0.5 * tall)))));
        }
    }
    let plaster = [Some(Material::Plasterboard); 2];
    let sides = Sides { z: [Some(Material::Concrete); 2], x: plaster, y: plaster };
    let room = contents.walls.map(|order| Room {
        walls: shell(Vec3::new(-3.0, -0.5, 0.0), Vec3::new(3.0, 7.5, 2.6), &sides),
        order,
        polarisation: Polarisation::default(),
    });
    let simulator = Simulator::new(
        radar.clone(),
        RadarPose::at(Vec3::z() * RADAR_HEIGHT_M),
        SimSettings { width, ..SimSettings::default() },
    )?;
    let (meshes, noise): (Vec<&dyn MovingMesh>, _) = (meshes.iter().map(AsRef::as_ref).collect(), RandomTree::new(1));
    let scatters = vec![Scattering::default(); contents.people];
    let frames = usize::from(args.frames);
    let job = Job {
        meshes: &meshes,
        n_frames: frames,
        noise: Some(&noise),
        scatters: &scatters,
        room: room.as_ref(),
        ..Job::default()
    };
    let report = simulator.run_job(&job)?.report;
    let mut walls = Vec::new();
    for _ in 0..args.repeats {
        let since = Instant::now();
        simulator.run_job(&job)?;
        walls.push(since.elapsed().as_secs_f64() * 1e3 / frames as f64);
    }
    let frame_ms = median(walls);
    Ok(Cost {
        contents: contents.name,
        facets: report.facets,
        patches: report.patches.mean,
        frame_ms,
        relative: 1.0,
        real_time_factor: 1e3 * radar.frame_period_s / frame_ms,
    })
}

/// A mesh that stands.
struct Still(Mesh);

impl MovingMesh for Still {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn is_solid(&self) -> bool {
        true
    }
    fn vertices_at(&self, _: f64, out: &mut [Vec3]) {
        out.copy_from_slice(&self.0.vertices);
    }
}

/// A mesh with every triangle cut in four.
struct Finer<M> {
    mesh: M,
    /// Ends of the edges whose middles are the further vertices.
    edges: Vec<[u32; 2]>,
    faces: Vec<[u32; 3]>,
}

impl<M: MovingMesh> Finer<M> {
    fn of(mesh: M) -> Self {
        let (mut edges, mut faces, mut found) = (Vec::new(), Vec::new(), HashMap::new());
        let first = mesh.vertex_count() as u32;
        for &[a, b, c] in mesh.faces() {
            let [ab, bc, ca] = [[a, b], [b, c], [c, a]].map(|[a, b]| {
                *found.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                    edges.push([a, b]);
                    first + edges.len() as u32 - 1
                })
            });
            faces.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        Self { mesh, edges, faces }
    }
}

impl<M: MovingMesh> MovingMesh for Finer<M> {
    fn faces(&self) -> &[[u32; 3]] {
        &self.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertex_count() + self.edges.len()
    }
    fn is_solid(&self) -> bool {
        self.mesh.is_solid()
    }
    fn crease_rad(&self) -> f64 {
        self.mesh.crease_rad()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let (own, middles) = out.split_at_mut(self.mesh.vertex_count());
        self.mesh.vertices_at(time_s, own);
        for (middle, [a, b]) in middles.iter_mut().zip(&self.edges) {
            *middle = (own[*a as usize] + own[*b as usize]) * 0.5;
        }
    }
}
