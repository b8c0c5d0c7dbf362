//! A scene as binary glTF 2.0: bodies that move by morph targets, walls, sensors. Any viewer of glTF plays it.

use super::stage::{Shape, Stage};
use crate::base::Vec3;
use serde_json::{Value, json};

/// Numbers and where they lie in the file.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Buffer {
    /// Takes bytes in; `about` says what they are.
    fn add(&mut self, bytes: impl IntoIterator<Item = u8>, mut about: Value) -> usize {
        let start = self.bytes.len();
        self.bytes.extend(bytes);
        self.views.push(json!({"buffer": 0, "byteOffset": start, "byteLength": self.bytes.len() - start}));
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        about["bufferView"] = json!(self.views.len() - 1);
        self.accessors.push(about);
        self.accessors.len() - 1
    }

    fn floats(&mut self, values: &[f32], kind: &str, parts: usize) -> usize {
        let ends = |pick: fn(f32, f32) -> f32, start: f32| -> Vec<f32> {
            (0..parts).map(|k| values.iter().skip(k).step_by(parts).copied().fold(start, pick)).collect()
        };
        let (low, high) = (ends(f32::min, f32::INFINITY), ends(f32::max, f32::NEG_INFINITY));
        let about =
            json!({"componentType": 5126, "count": values.len() / parts, "type": kind, "min": low, "max": high});
        self.add(values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>(), about)
    }
}

/// glTF has y upwards and looks along −z: x stays, up becomes y, away becomes −z.
fn turned(p: Vec3) -> [f32; 3] {
    [p.x as f32, p.z as f32, -p.y as f32]
}

fn flat(vertices: &[Vec3]) -> Vec<f32> {
    vertices.iter().flat_map(|p| turned(*p)).collect()
}

/// The scene as the bytes of a `.glb`.
///
/// Targets hold where vertices go from the first posture; target k has weight 1 at the time of posture k, and weights go straight between.
pub(super) fn glb(stage: &Stage) -> anyhow::Result<Vec<u8>> {
    let mut buffer = Buffer::default();
    let (mut meshes, mut nodes, mut channels, mut samplers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut materials = Vec::new();
    let mut material = |colour: [u8; 3]| {
        // Factors of glTF are linear; the colours are sRGB.
        let [r, g, b] = colour.map(|c| (f64::from(c) / 255.0).powf(2.2));
        let look = json!({"baseColorFactor": [r, g, b, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.8});
        materials.push(json!({"pbrMetallicRoughness": look, "doubleSided": true}));
        materials.len() - 1
    };
    let marks = stage.sensors.iter().map(|sensor| cube(&sensor.name, Vec3::from(sensor.position)));
    let marks: Vec<Shape> = marks.chain(stage.room.iter().map(walls)).collect();
    for shape in stage.shapes.iter().chain(&marks) {
        let Some(first) = shape.frames.first().filter(|vertices| !vertices.is_empty()) else { continue };
        let positions = buffer.floats(&flat(first), "VEC3", 3);
        let faces = shape.faces.iter().flatten().flat_map(|i| i.to_le_bytes()).collect::<Vec<_>>();
        let indices =
            buffer.add(faces, json!({"componentType": 5125, "count": 3 * shape.faces.len(), "type": "SCALAR"}));
        let mut targets = Vec::new();
        for frame in &shape.frames[1..] {
            let moved: Vec<f32> = flat(frame).iter().zip(flat(first)).map(|(b, a)| b - a).collect();
            targets.push(json!({"POSITION": buffer.floats(&moved, "VEC3", 3)}));
        }
        let mut primitive =
            json!({"attributes": {"POSITION": positions}, "indices": indices, "material": material(shape.colour)});
        let mut mesh = json!({"name": shape.name});
        if !targets.is_empty() {
            let n = targets.len();
            primitive["targets"] = json!(targets);
            mesh["weights"] = json!(vec![0.0; n]);
            let times: Vec<f32> = (0..=n).map(|k| (stage.duration_s * k as f64 / n as f64) as f32).collect();
            let weights: Vec<f32> = (0..=n).flat_map(|k| (1..=n).map(move |t| f32::from(u8::from(t == k)))).collect();
            let (input, output) = (buffer.floats(&times, "SCALAR", 1), buffer.floats(&weights, "SCALAR", 1));
            channels.push(json!({"sampler": samplers.len(), "target": {"node": nodes.len(), "path": "weights"}}));
            samplers.push(json!({"input": input, "output": output, "interpolation": "LINEAR"}));
        }
        mesh["primitives"] = json!([primitive]);
        meshes.push(mesh);
        nodes.push(json!({"name": shape.name, "mesh": meshes.len() - 1}));
    }
    let mut document = json!({
        "asset": {"version": "2.0", "generator": "kinecho"},
        "scene": 0,
        "scenes": [{"nodes": (0..nodes.len()).collect::<Vec<_>>()}],
        "nodes": nodes, "meshes": meshes, "materials": materials,
        "buffers": [{"byteLength": buffer.bytes.len()}], "bufferViews": buffer.views, "accessors": buffer.accessors,
    });
    if !channels.is_empty() {
        document["animations"] = json!([{"name": "motion", "channels": channels, "samplers": samplers}]);
    }
    let mut text = serde_json::to_vec(&document)?;
    text.resize(text.len().next_multiple_of(4), b' ');
    let length = |bytes: usize| {
        u32::try_from(bytes)
            .map(u32::to_le_bytes)
            .map_err(|_| anyhow::anyhow!("the scene is larger than 4 GiB as glTF"))
    };
    let mut out = b"glTF\x02\x00\x00\x00".to_vec();
    out.extend(length(28 + text.len() + buffer.bytes.len())?);
    for (kind, part) in [(b"JSON", &text), (b"BIN\0", &buffer.bytes)] {
        out.extend(length(part.len())?);
        out.extend(kind);
        out.extend(part);
    }
    Ok(out)
}

/// A sensor as a small box.
fn cube(name: &str, at: Vec3) -> Shape {
    let mesh = crate::geometry::primitives::cuboid(Vec3::repeat(0.08)).translated(at);
    Shape { name: name.into(), colour: [209, 36, 47], faces: mesh.faces, frames: vec![mesh.vertices] }
}

/// Floor and walls as seen from within: the ceiling would hide all.
fn walls(room: &super::stage::BoxRoom) -> Shape {
    let at = |i: usize| Vec3::new(room.x[i & 1], room.y[i >> 1 & 1], room.z[i >> 2]);
    let quads = [[0u32, 1, 3, 2], [0, 2, 6, 4], [1, 5, 7, 3], [2, 3, 7, 6]];
    let faces = quads.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect();
    Shape { name: "room".into(), colour: [200, 205, 214], faces, frames: vec![(0..8).map(at).collect()] }
}
