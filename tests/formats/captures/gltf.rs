//! glTF: the skeleton of the BVH tests as a skinned animation, with its numbers in a data link or a binary part.

use super::skeletons::{assert_follows, bvh, plain, postures};
use kinecho::base::Rotation;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook, Poses};
use serde_json::{Value, json};

/// How the same animation is written.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Text,
    Binary,
    CubicSpline,
}

/// Takes over joints and frames of the BVH: what both readers must agree on.
fn document(written: Written) -> Vec<u8> {
    let text = bvh(plain(), &postures());
    let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    let Poses::Joints(motion) = capture.poses else { panic!() };
    let local = |frame: usize, joint: usize| -> Rotation {
        let f = &motion.frames[frame];
        motion.parents[joint].map_or(f[joint].rotation, |p| f[p].rotation.inverse() * f[joint].rotation)
    };
    let cubic = written == Written::CubicSpline;
    let mut bytes: Vec<u8> = [0f32, 0.5].iter().flat_map(|t| t.to_le_bytes()).collect();
    let mut accessors =
        vec![json!({"bufferView": 0, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0.0], "max": [0.5]})];
    let (mut samplers, mut channels) = (Vec::new(), Vec::new());
    // An armature in cm above the hips, as exporters make it.
    let mut nodes = vec![json!({"name": "Armature", "scale": [0.01, 0.01, 0.01], "children": [1]})];
    for joint in 0..motion.names.len() {
        let children: Vec<usize> =
            (0..motion.names.len()).filter(|k| motion.parents[*k] == Some(joint)).map(|k| k + 1).collect();
        let above = motion.parents[joint].map_or(Default::default(), |p| motion.rest[p].position);
        let offset = motion.rest[joint].position - above;
        let mut node = json!({"name": format!("mixamorig:{}", motion.names[joint]), "translation": [offset.x, offset.y, offset.z]});
        if !children.is_empty() {
            node["children"] = json!(children);
        }
        nodes.push(node);
        let from = bytes.len();
        for frame in 0..2 {
            let q = local(frame, joint);
            let value = [q.i as f32, q.j as f32, q.k as f32, q.w as f32];
            let keys: Vec<[f32; 4]> = if cubic { vec![[0.0; 4], value, [0.0; 4]] } else { vec![value] };
            bytes.extend(keys.iter().flatten().flat_map(|v| v.to_le_bytes()));
        }
        accessors.push(json!({"bufferView": 0, "byteOffset": from, "componentType": 5126, "count": if cubic { 6 } else { 2 }, "type": "VEC4"}));
        samplers.push(
            json!({"input": 0, "output": joint + 1, "interpolation": if cubic { "CUBICSPLINE" } else { "LINEAR" }}),
        );
        channels.push(json!({"sampler": joint, "target": {"node": joint + 1, "path": "rotation"}}));
    }
    let mut value = json!({
        "asset": {"version": "2.0"},
        "nodes": nodes,
        "skins": [{"joints": (1..=motion.names.len()).collect::<Vec<_>>()}],
        "buffers": [{"byteLength": bytes.len()}],
        "bufferViews": [{"buffer": 0, "byteLength": bytes.len()}],
        "accessors": accessors,
        "animations": [{"samplers": samplers, "channels": channels}],
    });
    if written == Written::Binary {
        return binary(&value, bytes);
    }
    value["buffers"][0]["uri"] = json!(format!("data:application/octet-stream;base64,{}", base64(&bytes)));
    value.to_string().into_bytes()
}

fn binary(value: &Value, mut bytes: Vec<u8>) -> Vec<u8> {
    let mut text = value.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let mut out = b"glTF".to_vec();
    for word in [2, (28 + text.len() + bytes.len()) as u32, text.len() as u32, 0x4E4F_534A] {
        out.extend(word.to_le_bytes());
    }
    out.extend(&text);
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(0x004E_4942u32.to_le_bytes());
    out.extend(bytes);
    out
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for k in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * k) & 63) as usize] as char;
            text.push(if k <= three.len() { letter } else { '=' });
        }
    }
    text
}

pub(crate) fn small() -> Vec<u8> {
    document(Written::Binary)
}

#[test]
fn skinned_animations_move_as_the_same_bvh_does() {
    for written in [Written::Text, Written::Binary, Written::CubicSpline] {
        let capture = Capture::parse(Format::Gltf, "t.glb", &document(written), Excerpt::WHOLE).unwrap();
        assert_eq!((capture.frames(), capture.rate_hz), (16, 30.0));
        assert_follows(&capture, JointMapBook::builtin(), "glTF");
    }
}

#[test]
fn wrong_files_say_what_is_wrong() {
    let text = String::from_utf8(document(Written::Text)).unwrap();
    let refused = |text: String, word: &str| {
        let error = Capture::parse(Format::Gltf, "bad.gltf", text.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
        assert!(error.contains("bad.gltf") && error.contains(word), "`{word}` is missing in: {error}");
    };
    refused("{}".into(), "not a glTF");
    refused(text.replace("animations", "dances"), "no animation");
    refused(text.replace("base64,", "base32,"), "not base64");
    refused(text.replace("\"count\":2", "\"count\":2000"), "buffer has");
    refused(text.replace("\"byteOffset\":8", "\"byteOffset\":88888888"), "buffer has");
    refused(text.replace("data:application/octet-stream;base64,", "../secret.bin?"), "not a file beside it");
    refused(text.replacen("\"children\":[1]", "\"children\":[2]", 1), "two parents");
}
