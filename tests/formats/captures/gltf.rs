//! glTF: the skeleton of the BVH tests as a skinned animation, with its numbers in a data link or a binary part.

use super::skeletons::{assert_follows, bvh, plain, postures};
use kinecho::base::Rotation;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Animation, Excerpt, Format, JointMapBook, Poses, Reading};
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
        let above = motion.parents[joint].map_or(Default::default(), |p| motion.rests[0][p].position);
        let offset = motion.rests[0][joint].position - above;
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

/// The same with keys that begin late, s.
pub(crate) fn late(begin: f32) -> Vec<u8> {
    let mut bytes = small();
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    for (place, time) in [(28 + length, begin), (32 + length, begin + 0.5)] {
        bytes[place..place + 4].copy_from_slice(&time.to_le_bytes());
    }
    bytes
}

/// The same with hips that hang below their own leg.
pub(crate) fn circle() -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    value["nodes"][0]["children"] = json!([]);
    let end = value["nodes"].as_array().unwrap().iter().position(|n| n["name"] == "mixamorig:LeftFoot").unwrap();
    value["nodes"][end]["children"].as_array_mut().unwrap().push(json!(1));
    value.to_string().into_bytes()
}

#[test]
fn skinned_animations_move_as_the_same_bvh_does() {
    for written in [Written::Text, Written::Binary, Written::CubicSpline] {
        let capture = Capture::parse(Format::Gltf, "t.glb", &document(written), Excerpt::WHOLE).unwrap();
        assert_eq!((capture.frames(), capture.rate_hz), (16, 30.0));
        assert_follows(&capture, JointMapBook::builtin(), "glTF");
    }
}

/// What is needed to draw a file, and what only newer programs know, does not stop its animation.
#[test]
fn extensions_of_meshes_and_channels_without_a_node_do_not_stop_an_animation() {
    let plain: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let mut rich = plain.clone();
    let needed = json!([
        "KHR_draco_mesh_compression",
        "KHR_mesh_quantization",
        "EXT_meshopt_compression",
        "KHR_materials_unlit",
        "EXT_texture_webp",
        "KHR_texture_transform",
        "KHR_animation_pointer",
        "VRMC_vrm"
    ]);
    rich["extensionsUsed"] = needed.clone();
    rich["extensionsRequired"] = needed;
    rich["meshes"] = json!([{"primitives": [{"attributes": {"POSITION": 900}, "extensions": {"KHR_draco_mesh_compression": {"bufferView": 77}}}]}]);
    rich["textures"] = json!([{"extensions": {"EXT_texture_webp": {"source": 0}}}]);
    rich["materials"] = json!([{"extensions": {"KHR_materials_unlit": {}}}]);
    // Packed views of meshes, and a buffer that is not there: nobody asks for them.
    let packed = json!({"buffer": 1, "byteLength": 9, "extensions": {"EXT_meshopt_compression": {"buffer": 0, "byteStride": 4, "count": 2, "mode": "ATTRIBUTES"}}});
    rich["bufferViews"].as_array_mut().unwrap().push(packed);
    rich["buffers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"byteLength": 9, "extensions": {"EXT_meshopt_compression": {"fallback": true}}}));
    let channels = rich["animations"][0]["channels"].as_array_mut().unwrap();
    channels.push(json!({"sampler": 0, "target": {"path": "pointer", "extensions": {"KHR_animation_pointer": {"pointer": "/materials/0"}}}}));
    channels.push(json!({"sampler": 0, "target": {"path": "rotation"}}));
    let read = |value: &Value| Capture::parse(Format::Gltf, "t.gltf", value.to_string().as_bytes(), Excerpt::WHOLE);
    let (a, b) = (read(&plain).unwrap(), read(&rich).unwrap());
    let (Poses::Joints(a), Poses::Joints(b)) = (a.poses, b.poses) else { panic!() };
    assert_eq!(a.frames, b.frames);
    // Keys that are packed cannot be read, and the error says by what.
    rich["bufferViews"][0]["extensions"] = json!({"EXT_meshopt_compression": {}});
    let error = read(&rich).unwrap_err().to_string();
    assert!(error.contains("EXT_meshopt_compression") && error.contains("gltfpack"), "{error}");
}

#[test]
fn sparse_keys_are_those_that_they_stand_for() {
    let plain: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let read = |value: &Value| Capture::parse(Format::Gltf, "t.gltf", value.to_string().as_bytes(), Excerpt::WHOLE);
    // The second key of the first joint becomes a quarter turn about z: once in place, once as a sparse value of key 1.
    let quarter = [0.0f32, 0.0, 0.5f32.sqrt(), 0.5f32.sqrt()];
    let bytes: Vec<u8> = [1u8, 0, 0, 0].into_iter().chain(quarter.iter().flat_map(|v| v.to_le_bytes())).collect();
    let mut sparse = plain.clone();
    sparse["buffers"]
        .as_array_mut()
        .unwrap()
        .push(json!({"byteLength": 20, "uri": format!("data:application/octet-stream;base64,{}", base64(&bytes))}));
    let views = sparse["bufferViews"].as_array_mut().unwrap();
    views.push(json!({"buffer": 1, "byteLength": 20}));
    sparse["accessors"][1]["sparse"] = json!({
        "count": 1,
        "indices": {"bufferView": 1, "byteOffset": 0, "componentType": 5121},
        "values": {"bufferView": 1, "byteOffset": 4},
    });
    let Poses::Joints(motion) = read(&sparse).unwrap().poses else { panic!() };
    let Poses::Joints(before) = read(&plain).unwrap().poses else { panic!() };
    let last = motion.frames.len() - 1;
    assert_eq!(motion.frames[0], before.frames[0]);
    let turned = motion.frames[last][1]
        .rotation
        .angle_to(&Rotation::from_scaled_axis(kinecho::base::Vec3::z() * std::f64::consts::FRAC_PI_2));
    assert!(turned < 1e-3, "{turned}");
    for (key, value, named) in [("count", json!(3), "3 sparse values"), ("count", json!(0), "0 sparse values")] {
        let mut wrong = sparse.clone();
        wrong["accessors"][1]["sparse"][key] = value;
        let error = read(&wrong).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn buffers_beside_the_file_are_found_by_any_spelling_of_their_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut value: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let uri = value["buffers"][0]["uri"].as_str().unwrap().to_owned();
    let bytes = kinecho::geometry::gltf::base64(uri.split_once(',').unwrap().1).unwrap();
    std::fs::create_dir(dir.path().join("parts")).unwrap();
    std::fs::write(dir.path().join("parts/my walk é.bin"), &bytes).unwrap();
    let path = dir.path().join("walk.gltf");
    for name in ["parts/my%20walk%20%C3%A9.bin", "./parts/my walk é.bin", "parts/./my%20walk é.bin"] {
        value["buffers"][0]["uri"] = json!(name);
        std::fs::write(&path, value.to_string()).unwrap();
        assert!(Capture::read(&path, Excerpt::WHOLE).is_ok(), "{name}");
    }
    for name in ["../walk.bin", "%2e%2e/walk.bin", "/etc/passwd", "", "."] {
        value["buffers"][0]["uri"] = json!(name);
        std::fs::write(&path, value.to_string()).unwrap();
        let error = Capture::read(&path, Excerpt::WHOLE).unwrap_err().to_string();
        assert!(error.contains("not a file beside it"), "{name}: {error}");
    }
}

#[test]
fn animations_are_chosen_by_name_or_number() {
    let mut value: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let mut still = value["animations"][0].clone();
    still["name"] = json!("Idle");
    still["channels"].as_array_mut().unwrap().truncate(1);
    value["animations"][0]["name"] = json!("Walk");
    value["animations"].as_array_mut().unwrap().push(still);
    let read = |animation: Option<Animation>| {
        let reading = Reading { animation, ..Reading::AS_IS };
        Capture::parse_as(Format::Gltf, "t.gltf", value.to_string().as_bytes(), Excerpt::WHOLE, &reading)
    };
    let last = |capture: Capture| {
        let Poses::Joints(motion) = capture.poses else { panic!() };
        motion.frames.last().unwrap().clone()
    };
    let first = read(None).unwrap();
    assert!(first.notes[0].contains("`Walk`") && first.notes[0].contains("1 `Idle`"), "{:?}", first.notes);
    let (walk, idle) = (last(first), last(read(Some(Animation::Number(1))).unwrap()));
    assert_ne!(walk, idle);
    for (name, expected) in [("Walk", &walk), ("Idle", &idle), ("0", &walk), ("1", &idle)] {
        assert_eq!(&last(read(Some(name.parse().unwrap())).unwrap()), expected);
    }
    for wrong in [Animation::Number(2), Animation::Name("Run".into())] {
        let error = read(Some(wrong)).unwrap_err().to_string();
        assert!(error.contains("0 `Walk`, 1 `Idle`"), "{error}");
    }
}

/// The nodes of a file may stand in any posture: the one that the skin was bound in is its rest.
#[test]
fn the_posture_of_a_skin_is_its_rest() {
    let mut value: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let Poses::Joints(motion) =
        Capture::parse(Format::Gltf, "t.gltf", value.to_string().as_bytes(), Excerpt::WHOLE).unwrap().poses
    else {
        panic!()
    };
    // Matrices of the T-pose that the nodes have, in the metres of the mesh; nodes are numbered otherwise than joints come out.
    let rest = &motion.rests[0];
    let nodes: Vec<String> =
        value["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap().into()).collect();
    let matrices: Vec<u8> = (1..rest.len())
        .flat_map(|j| {
            let p = rest[motion.names.iter().position(|name| *name == nodes[j]).unwrap()].position;
            let m = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -p.x, -p.y, -p.z, 1.0];
            m.into_iter().flat_map(|v| (v as f32).to_le_bytes())
        })
        .collect();
    value["buffers"].as_array_mut().unwrap().push(
        json!({"byteLength": matrices.len(), "uri": format!("data:application/octet-stream;base64,{}", base64(&matrices))}),
    );
    value["bufferViews"].as_array_mut().unwrap().push(json!({"buffer": 1, "byteLength": matrices.len()}));
    let accessors = value["accessors"].as_array_mut().unwrap();
    accessors.push(json!({"bufferView": 1, "componentType": 5126, "count": rest.len() - 1, "type": "MAT4"}));
    value["skins"][0]["inverseBindMatrices"] = json!(accessors.len() - 1);
    // The nodes themselves are left folded: a leg up, an arm across, the trunk bent.
    for (joint, rotation) in [
        ("LeftUpLeg", [1.0, 0.0, 0.0, 0.0]),
        ("Spine", [std::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, std::f64::consts::FRAC_1_SQRT_2]),
        ("LeftArm", [0.0, std::f64::consts::FRAC_1_SQRT_2, 0.0, std::f64::consts::FRAC_1_SQRT_2]),
    ] {
        let node = nodes.iter().position(|name| *name == format!("mixamorig:{joint}")).unwrap();
        value["nodes"][node]["rotation"] = json!(rotation);
    }
    let capture = Capture::parse(Format::Gltf, "t.gltf", value.to_string().as_bytes(), Excerpt::WHOLE).unwrap();
    let Poses::Joints(motion) = &capture.poses else { panic!() };
    assert_eq!(motion.rests.len(), 2);
    for (found, expected) in motion.rests[0].iter().zip(rest).skip(1) {
        assert!((found.position - expected.position).norm() < 1e-6 && found.rotation.angle() < 1e-6);
    }
    assert_follows(&capture, JointMapBook::builtin(), "bind posture");
}

#[test]
fn bones_of_vrm_are_found_whatever_the_nodes_are_called() {
    let mut value: Value = serde_json::from_slice(&document(Written::Text)).unwrap();
    let bones = [
        "hips",
        "leftUpperLeg",
        "leftLowerLeg",
        "leftFoot",
        "leftToes",
        "rightUpperLeg",
        "rightLowerLeg",
        "rightFoot",
        "spine",
        "neck",
        "head",
        "leftUpperArm",
        "leftLowerArm",
        "leftHand",
        "rightUpperArm",
        "rightLowerArm",
        "rightHand",
    ];
    let mut named = serde_json::Map::new();
    let joints = [
        "Hips",
        "LeftUpLeg",
        "LeftLeg",
        "LeftFoot",
        "LeftToeBase",
        "RightUpLeg",
        "RightLeg",
        "RightFoot",
        "Spine",
        "Neck",
        "Head",
        "LeftArm",
        "LeftForeArm",
        "LeftHand",
        "RightArm",
        "RightForeArm",
        "RightHand",
    ];
    for (i, (bone, joint)) in bones.iter().zip(joints).enumerate() {
        let name = format!("mixamorig:{joint}");
        let node = value["nodes"].as_array().unwrap().iter().position(|n| n["name"] == name.as_str()).unwrap();
        value["nodes"][node]["name"] = json!(format!("骨{i}"));
        named.insert((*bone).into(), json!({"node": node}));
    }
    value["extensions"] = json!({"VRMC_vrm_animation": {"humanoid": {"humanBones": named}}});
    let capture = Capture::parse(Format::Gltf, "t.vrma", value.to_string().as_bytes(), Excerpt::WHOLE).unwrap();
    assert_follows(&capture, JointMapBook::builtin(), "VRM");
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
