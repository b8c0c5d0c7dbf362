//! Bodies, things, walls and sensors of a scene as the page and glTF files have them.

use crate::base::Vec3;
use crate::cli::simulate::SceneRun;
use crate::scene::{LinkDraw, Set};
use crate::sensor::RadarPose;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

const SKIN: [u8; 3] = [214, 190, 168];
const THING: [u8; 3] = [150, 160, 175];

/// One mesh with its vertices at some times.
pub(super) struct Shape {
    /// What it is.
    pub(super) name: String,
    /// Red, green, blue.
    pub(super) colour: [u8; 3],
    /// Corners of each triangle.
    pub(super) faces: Vec<[u32; 3]>,
    /// `[time][vertex]`, m; a single time for what stands.
    pub(super) frames: Vec<Vec<Vec3>>,
}

/// Where a sensor is and looks.
#[derive(Clone, Serialize)]
pub(super) struct SensorMark {
    /// Its name.
    pub(super) name: String,
    /// Where, m.
    pub(super) position: [f64; 3],
    /// Boresight.
    pub(super) direction: Option<[f64; 3]>,
}

/// A room as a box, m.
#[derive(Clone, Copy, Serialize)]
pub(super) struct BoxRoom {
    /// Left and right.
    pub(super) x: [f64; 2],
    /// Near and far.
    pub(super) y: [f64; 2],
    /// Floor and ceiling.
    pub(super) z: [f64; 2],
}

/// A scene with its motion, from 0 to `duration_s` evenly.
pub(super) struct Stage {
    /// All meshes.
    pub(super) shapes: Vec<Shape>,
    /// The walls.
    pub(super) room: Option<BoxRoom>,
    /// All sensors.
    pub(super) sensors: Vec<SensorMark>,
    /// Length, s.
    pub(super) duration_s: f64,
}

fn mark(name: &str, pose: &RadarPose) -> SensorMark {
    SensorMark { name: name.into(), position: pose.position.into(), direction: Some(pose.boresight().into()) }
}

impl Stage {
    /// Vertices at `count` times, at least 2, the first at 0 and the last at the end.
    pub(super) fn of(run: &SceneRun, set: &Set, count: usize) -> Self {
        let (draw, duration_s) = (run.draw(), run.duration_s());
        let count = count.max(2);
        let names = draw.people.iter().map(|person| person.motion.clone());
        let mut names = names.collect::<Vec<_>>();
        let things = set.meshes.len() - names.len().min(set.meshes.len());
        names.extend((1..=things).map(|i| format!("thing {i}")));
        let people = draw.people.len();
        let shapes = set.meshes.iter().zip(names).enumerate().map(|(i, (mesh, name))| {
            let times = if set.still.get(i) == Some(&true) { 1 } else { count };
            let frames = (0..times).map(|k| {
                let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
                mesh.vertices_at(duration_s * k as f64 / (count - 1) as f64, &mut vertices);
                vertices
            });
            let colour = if i < people { SKIN } else { THING };
            Shape { name, colour, faces: mesh.faces().to_vec(), frames: frames.collect() }
        });
        let shapes = shapes.collect();
        let mut sensors = vec![mark(draw.radar.device().name(), &draw.radar_pose)];
        for (name, link) in &draw.sensors {
            match link {
                LinkDraw::Wifi(wifi) => {
                    sensors.push(mark(&format!("{name}: transmitter"), &wifi.transmitter.pose));
                    sensors.push(mark(&format!("{name}: receiver"), &wifi.receiver.pose));
                }
                LinkDraw::Rfid(rfid) => sensors.push(mark(name, &rfid.reader.pose)),
            }
        }
        let room = run.room().map(|room| BoxRoom { x: room.x_m, y: room.y_m, z: room.z_m });
        Self { shapes, room, sensors, duration_s }
    }

    /// As the page takes it.
    pub(super) fn page(&self) -> StagePage {
        let mut low = Vec3::new(-1.0, 0.0, 0.0);
        let mut high = Vec3::new(1.0, 1.0, 1.8);
        let ends = |frames: &Vec<Vec<Vec3>>| [frames.first().cloned(), frames.last().cloned()];
        let vertices = self.shapes.iter().flat_map(|shape| ends(&shape.frames)).flatten().flatten();
        let sensors = self.sensors.iter().map(|sensor| Vec3::from(sensor.position));
        let walls = self.room.iter().flat_map(|r| (0..2).map(|i| Vec3::new(r.x[i], r.y[i], r.z[i])));
        for p in vertices.chain(sensors).chain(walls).filter(|p| p.iter().all(|v| v.is_finite())) {
            (low, high) = (low.inf(&p), high.sup(&p));
        }
        let meshes = self.shapes.iter().map(|shape| {
            let most = shape.frames.iter().flatten().map(Vec3::amax).filter(|m| m.is_finite()).fold(1e-3, f64::max);
            let scale = most / f64::from(i16::MAX);
            let steps = shape.frames.iter().flatten().flat_map(|p| [p.x, p.y, p.z]);
            let bytes: Vec<u8> = steps.flat_map(|v| ((v / scale).round() as i16).to_le_bytes()).collect();
            let faces: Vec<u8> = shape.faces.iter().flatten().flat_map(|i| i.to_le_bytes()).collect();
            MeshPage {
                name: shape.name.clone(),
                colour: shape.colour,
                faces: BASE64.encode(faces),
                frames: BASE64.encode(bytes),
                scale,
                count: shape.frames.len(),
                vertices: shape.frames.first().map_or(0, Vec::len),
            }
        });
        StagePage {
            meshes: meshes.collect(),
            room: self.room,
            sensors: self.sensors.clone(),
            floor: [low.x, high.x, low.y, high.y],
            centre: ((low + high) * 0.5).into(),
            reach: (high - low).amax(),
        }
    }
}

/// A scene as the page takes it.
#[derive(Serialize)]
pub(super) struct StagePage {
    meshes: Vec<MeshPage>,
    room: Option<BoxRoom>,
    sensors: Vec<SensorMark>,
    floor: [f64; 4],
    centre: [f64; 3],
    reach: f64,
}

/// A mesh as the page takes it: numbers in base64, vertices as int16 times `scale`.
#[derive(Serialize)]
struct MeshPage {
    name: String,
    colour: [u8; 3],
    faces: String,
    frames: String,
    scale: f64,
    count: usize,
    vertices: usize,
}
