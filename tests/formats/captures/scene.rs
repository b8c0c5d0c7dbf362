//! People in scenes whose motion and body come from files.

use super::amass;
use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::geometry::measure;
use kinecho::scene::{Scene, SceneDraw, SceneSpec};
use std::path::Path;

const BODY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/meshes/cc0_body/cc0_body.npz");

fn check(yaml: &str) -> Result<Scene, String> {
    let spec: SceneSpec = Document::parse(yaml, "scene.yaml".as_ref()).unwrap().typed().map_err(|e| e.to_string())?;
    Scene::check(&spec, false).map_err(|p| format!("{p:?}"))
}

fn draw(yaml: &str) -> SceneDraw {
    check(yaml).unwrap().draw(&RandomTree::new(3), 0, &[], &[]).unwrap()
}

/// Middle of the skin and its lowest point.
fn skin(draw: &SceneDraw, time: f64) -> (Vec3, f64) {
    let mesh = &draw.meshes().unwrap()[0];
    let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
    mesh.vertices_at(time, &mut vertices);
    let (low, high) = measure::bounding_box(&vertices).unwrap();
    ((low + high) * 0.5, low.z)
}

fn walk(folder: &Path) -> String {
    let path = folder.join("walk.npz");
    std::fs::write(&path, amass::file("mocap_framerate", 361, 156)).unwrap();
    path.display().to_string()
}

#[test]
fn a_captured_walk_stands_where_the_scene_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = walk(dir.path());
    let yaml =
        format!("people: [{{motion_file: {file}, range_m: 6, azimuth_deg: 0, facing_deg: 0}}]\nduration_s: 2.0\n");
    let drawn = draw(&yaml);
    assert_eq!((drawn.people[0].motion.as_str(), drawn.people[0].range_m), ("walk", 6.0));
    assert!(drawn.people[0].rendition.is_none());
    let ((first, low), (last, _)) = (skin(&drawn, 0.0), skin(&drawn, 2.0));
    // The captured person faces −y and goes to +x with 1.2 m/s; the middle of the way lies on the boresight.
    assert!(((last - first).x - 2.4).abs() < 0.1 && (last - first).y.abs() < 0.05, "{}", last - first);
    // The right arm, stretched to −x, shifts the middle of the box.
    assert!((0.5 * (first + last).x).abs() < 0.6 && (first.y - 6.0).abs() < 0.2, "{first} {last}");
    assert!(low.abs() < 0.01, "on the floor: {low}");
    // The draw is all there is to know: written and read back it gives the same.
    let text = serde_json::to_string(&drawn).unwrap();
    assert_eq!(skin(&serde_json::from_str(&text).unwrap(), 1.0), skin(&drawn, 1.0));
    // Nearer than the way reaches, the person steps back.
    let near = draw(&yaml.replace("range_m: 6", "range_m: 0.5"));
    assert!(near.people[0].range_m > 1.9, "{}", near.people[0].range_m);
}

#[test]
fn bodies_and_coefficients_come_from_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = walk(dir.path());
    let scene = |person: &str| draw(&format!("people: [{{motion_file: {file}, range_m: 4, {person}}}]\n"));
    let size = |d: &SceneDraw| {
        let mesh = &d.meshes().unwrap()[0];
        let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
        mesh.vertices_at(0.0, &mut vertices);
        measure::bounding_box(&vertices).map(|(l, h)| h.z - l.z).unwrap()
    };
    assert!((size(&scene(&format!("body: {BODY}, stature_m: 1.9"))) - 1.9).abs() < 0.02);
    // The model's own man of the README, and the file's betas (0.5 of each direction) with the file's heights.
    assert!((size(&scene(&format!("body: {BODY}, betas: [-1]"))) - 1.75).abs() < 0.02);
    let own = scene(&format!("body: {BODY}, betas: motion"));
    let root = 0.9 + kinecho::body::BodyModel::cc0().root_offset(&[0.5; 3]).unwrap().z;
    let legs = kinecho::body::BodyModel::cc0().with_coefficients(&[0.5; 3]).unwrap().skeleton.rest[0].z;
    let (_, low) = skin(&own, 0.0);
    assert!((low - (root - legs)).abs() < 0.02, "as high as the file says: {low} against {}", root - legs);
}

#[test]
fn wrong_files_and_combinations_are_all_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = walk(dir.path());
    let refused = |person: &str, words: &[&str]| {
        let error = check(&format!("people: [{{{person}}}]\n")).unwrap_err();
        for word in words {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
    };
    refused(
        "motion_file: none.npz, body: nobody.npz",
        &["people.0.motion_file", "none.npz", "people.0.body", "nobody.npz"],
    );
    refused("motion_file: walk.fbx", &["not a motion file"]);
    refused(&format!("motion_file: {file}, motion: squat"), &["leave one of them out"]);
    refused(&format!("motion_file: {file}, motion_start_s: [0, 99]"), &["motion_start_s", "length of the file"]);
    refused(&format!("motion_file: {file}, start_s: 1"), &["start_s", "set `motion_start_s`"]);
    refused("motion: squat, betas: [1]", &["there is no `body`"]);
    refused(&format!("motion: squat, body: {BODY}, betas: [1, 2, 3, 4]"), &["3 shape directions"]);
    refused(&format!("motion: squat, body: {BODY}, betas: motion"), &["there is no `motion_file`"]);
    refused(
        &format!("motion: squat, body: {BODY}, betas: stature"),
        &["`betas` must be a list of numbers or `motion`"],
    );
    refused(&format!("motion: squat, body: {file}"), &["`v_template` is missing"]);
}
