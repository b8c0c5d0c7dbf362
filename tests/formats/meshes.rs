//! Meshes from OBJ and glTF files, and scenes that name them.

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::geometry::{Up, read_mesh};
use kinecho::scene::{Scene, SceneSpec};
use serde_json::json;
use std::path::{Path, PathBuf};

const OBJ: &str = "o step\nv 0 0 0\nv 2 0 0\nv 2 0 -1\nv 0 0 -1\nv 0 3 0\nf 1 2 3 4\nf 1 5 2\n";

/// A glTF of one triangle (0 0 0), (1 0 0), (0 1 0) whose node is scaled by 2 and shifted by 5 along x.
fn gltf(uri: Option<&str>, count: usize) -> serde_json::Value {
    let mut buffer = json!({"byteLength": 42});
    if let Some(uri) = uri {
        buffer["uri"] = json!(uri);
    }
    json!({
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "scale": [2, 2, 2], "translation": [5, 0, 0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"}
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 6}
        ],
        "buffers": [buffer]
    })
}

fn bytes() -> Vec<u8> {
    let corners = [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let indices = [0_u16, 1, 2];
    corners.iter().flat_map(|x| x.to_le_bytes()).chain(indices.iter().flat_map(|i| i.to_le_bytes())).collect()
}

fn glb(json: &serde_json::Value, data: &[u8]) -> Vec<u8> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(4), 0);
    let mut out = b"glTF".to_vec();
    let word = |n: usize| (n as u32).to_le_bytes();
    out.extend(word(2));
    out.extend(word(28 + text.len() + data.len()));
    out.extend(word(text.len()));
    out.extend(b"JSON");
    out.extend(text);
    out.extend(word(data.len()));
    out.extend(b"BIN\0");
    out.extend(data);
    out
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn obj_and_all_three_kinds_of_gltf_are_read_into_the_axes_of_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let mesh = read_mesh(&write(folder.path(), "step.obj", OBJ.as_bytes()), Up::Y, 0.5).unwrap();
    assert_eq!(mesh.faces.len(), 3);
    // y up and z towards the viewer: the step's top (y = 3, half of it in metres) is up, its depth (z = −1) away.
    assert_eq!(mesh.bounding_box().unwrap(), (Vec3::zeros(), Vec3::new(1.0, 0.5, 1.5)));
    write(folder.path(), "beside.bin", &bytes());
    let inside = "data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAAAABAAIA";
    for (name, file) in [
        ("one.glb", glb(&gltf(None, 3), &bytes())),
        ("beside.gltf", gltf(Some("beside.bin"), 3).to_string().into_bytes()),
        ("inside.gltf", gltf(Some(inside), 3).to_string().into_bytes()),
    ] {
        let mesh = read_mesh(&write(folder.path(), name, &file), Up::Y, 1.0).unwrap();
        assert_eq!(mesh.faces, [[0, 1, 2]], "{name}");
        assert_eq!(mesh.vertices, [Vec3::x() * 5.0, Vec3::x() * 7.0, Vec3::new(5.0, 0.0, 2.0)], "{name}");
    }
}

#[test]
fn damaged_and_foreign_files_are_errors_that_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let whole = glb(&gltf(None, 3), &bytes());
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("far.glb", glb(&gltf(None, 300_000_000), &bytes()), "beyond"),
        ("short.glb", glb(&gltf(None, 3), &bytes()[..30]), "beyond"),
        ("cut.glb", whole[..whole.len() - 20].to_vec(), "cut.glb"),
        ("lost.gltf", gltf(Some("nowhere.bin"), 3).to_string().into_bytes(), "nowhere.bin"),
        ("line.obj", b"v 0 0 0\nf 1 2 3\n".to_vec(), "line.obj:2"),
        ("empty.obj", Vec::new(), "empty"),
        ("mesh.stl", Vec::new(), ".obj"),
    ];
    for (name, file, part) in cases {
        let error = read_mesh(&write(folder.path(), name, &file), Up::Y, 1.0).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains(name), "{name}: {error}");
    }
    // Whatever is cut off or overwritten, nothing panics.
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        let _ = read_mesh(&write(folder.path(), "damaged.glb", &damaged), Up::Y, 1.0);
        let _ = read_mesh(&write(folder.path(), "cut.glb", &whole[..at]), Up::Y, 1.0);
    }
}

fn check(yaml: &str) -> Result<Scene, String> {
    let document = Document::parse(yaml, Path::new("scene.yaml")).unwrap();
    let spec: SceneSpec = document.typed().map_err(|e| e.to_string())?;
    Scene::check(&spec, false).map_err(|problems| document.rejected(problems).to_string())
}

#[test]
fn a_binary_gltf_that_claims_to_be_shorter_than_its_header_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for claimed in [0u8, 11] {
        let mut bytes = b"glTF\x02\0\0\0".to_vec();
        bytes.extend([claimed, 0, 0, 0]);
        bytes.resize(40, 0);
        let path = write(folder.path(), "short.glb", &bytes);
        let error = read_mesh(&path, Up::Y, 1.0).unwrap_err().to_string();
        assert!(error.contains("short.glb") && error.contains(&format!("{claimed} bytes long")), "{error}");
    }
}

#[test]
fn a_scene_places_people_things_walls_and_a_radar_that_moves() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "step.obj", OBJ.as_bytes());
    let yaml = format!(
        "duration_s: 0.2\nradar_pose: {{x_m: 0.5, height_m: [1.0, 1.4], track: [{{time_s: 0}}, {{time_s: 1, y_m: 0.8}}]}}\n\
         people:\n  - {{motion: squat, range_m: 2, azimuth_deg: -20, material: conductor}}\n  - {{motion: bow, range_m: 3, start_s: 1.5}}\n\
         objects:\n  - {{box_m: [1.2, 0.6, 0.7], x_m: 1.5, y_m: [3, 4], turn_deg: 30, material: wood}}\n  - {{mesh: {}, x_m: -1, \
         y_m: 2.5}}\nroom: {{x_m: [-3, 3], y_m: [-1, 6], order: 0, floor: concrete, front: plasterboard}}\n",
        path.display()
    );
    let scene = check(&yaml).unwrap();
    let tree = RandomTree::new(4);
    let draw = scene.draw(&tree, 0, &[], &[]).unwrap();
    assert_eq!(draw, scene.draw(&tree, 0, &[], &[]).unwrap());
    assert!((1.0..=1.4).contains(&draw.radar_pose.position.z) && (3.0..=4.0).contains(&draw.objects[0].position.y));
    let set = draw.set().unwrap();
    assert_eq!((set.meshes.len(), set.room.as_ref().unwrap().walls.len()), (4, 2));
    // People are closed, and what wraps them up says so: the search for what is seen relies on it.
    assert!(set.meshes[0].is_solid() && set.meshes[1].is_solid());
    assert!(set.reflects[0] == 1.0 && (0.5..0.8).contains(&set.reflects[1]), "{:?}", set.reflects);
    let track = set.track.as_ref().unwrap();
    assert!((track.pose_at(0.5).position.y - 0.4).abs() < 1e-12 && track.pose_at(0.5).position.x == 0.5);
    // The second person is ahead by a second and a half of the same motion done from its start.
    let late =
        check(&yaml.replace("start_s: 1.5", "start_s: 0")).unwrap().draw(&tree, 0, &[], &[]).unwrap().set().unwrap();
    let at = |set: &kinecho::scene::Set, time_s: f64| {
        let mut out = vec![Vec3::zeros(); set.meshes[1].vertex_count()];
        set.meshes[1].vertices_at(time_s, &mut out);
        out
    };
    let apart = |a: &[Vec3], b: &[Vec3]| a.iter().zip(b).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    assert!(apart(&at(&set, 0.0), &at(&late, 0.0)) > 0.05, "start_s changes where the motion begins");
}

#[test]
fn impossible_scenes_are_refused_with_all_their_problems_and_lines() {
    let error = check(
        "people: []\nradar_pose: {height_m: 4, track: [{time_s: 0}, {time_s: 0}]}\nobjects:\n  - {x_m: 0, y_m: 1}\n  - {mesh: \
         none.obj, x_m: 0, y_m: 900, scale: 0}\nroom:\n  x_m: [3, -3]\n  y_m: [1, 6]\n  order: 3\n  floor: concrete\n",
    )
    .unwrap_err();
    for part in [
        "exactly one of `box_m`, `mesh`, `rcs_dbsm` and `corner`",
        "objects.1.y_m",
        "objects.1.scale",
        "room.x_m",
        "not between the walls at 1 and 6",
        "room.z_m",
        "room.order",
        "track.1.time_s",
        "a radar that moves",
    ] {
        assert!(error.contains(part), "`{part}` is not in:\n{error}");
    }
    assert!(error.lines().all(|line| line.starts_with("scene.yaml:")), "{error}");
    let error = check("people: []\nroom: {x_m: [-1, 1], y_m: [-1, 3], floor: lava}\n").unwrap_err();
    assert!(error.contains("lava") && error.contains("concrete"), "{error}");
    let error = check("people: []\nobjects: [{mesh: none.obj, x_m: 0, y_m: 3}]\n").unwrap_err();
    assert!(error.contains("none.obj"), "{error}");
}

#[test]
fn nobody_and_nothing_is_behind_a_wall_and_a_room_has_walls() {
    let refused = |yaml: &str, parts: &[&str]| {
        let error = check(yaml).expect_err(yaml);
        for part in parts {
            assert!(error.contains(part), "`{part}` is not in:\n{error}");
        }
    };
    let squat = "people: [{motion: squat, range_m: 3}]\n";
    // No material: no wall, so that the room would change nothing.
    refused(&format!("{squat}room: {{x_m: [-2, 2], y_m: [-0.3, 5.5]}}\n"), &["scene.yaml:2: room", "material"]);
    let front = "room: {x_m: [-2, 2], y_m: [-0.3, 2.5], front: concrete}\n";
    refused(&format!("{squat}{front}"), &["people.0.range_m", "`squat`", "0.50 m behind the front wall (y = 2.5 m)"]);
    let boxes = "objects: [{box_m: [1, 1, 1], x_m: [0, 2.5], y_m: 2}, {box_m: [1, 1, 1], x_m: 0, y_m: 2}]\n";
    let right = "room: {x_m: [-2, 2], y_m: [-0.3, 5], right: wood}\n";
    refused(&format!("people: []\n{boxes}{right}"), &["objects.0", "0.50 m behind the right wall (x = 2 m)"]);
    // A side without a material is open.
    check(&format!("{squat}{}", front.replace("front", "back"))).unwrap();
    // A way that leads through a wall is found when it is known.
    let walk =
        "duration_s: 4\npeople: [{motion: walk_forward_backward, range_m: 2.6, azimuth_deg: 0, facing_deg: 180}]\n";
    let drawn = |room: &str| check(&format!("{walk}{room}")).unwrap().draw(&RandomTree::new(1), 0, &[], &[]).unwrap();
    let error = drawn("room: {x_m: [-2, 2], y_m: [-0.3, 2.9], front: concrete}\n").set().err().unwrap().to_string();
    assert!(
        error.contains("people.0 (`walk_forward_backward`) is ") && error.contains("the front wall (y = 2.9 m)"),
        "{error}"
    );
    drawn("room: {x_m: [-2, 2], y_m: [-0.3, 9], front: concrete}\n").set().unwrap();
    // A radar that would drive out of the room.
    let track = "radar_pose: {track: [{time_s: 0}, {time_s: 1, y_m: -2}]}\npeople: []\n";
    refused(
        &format!("{track}room: {{x_m: [-2, 2], y_m: [-1, 5], order: 0, floor: wood}}\n"),
        &["room.y_m", "-2 to 0 m"],
    );
}
