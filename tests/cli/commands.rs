//! Small commands on good input.

use super::{kinecho, needs, pictures};
use serde_json::Value;
use std::fs;

fn json(args: &[&str], dir: &std::path::Path) -> Value {
    let output = kinecho().args(args).arg("--json").current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn reference_meets_its_limit_on_the_projects_own_cases() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/reference");
    let result = json(&["reference", folder], folder.as_ref());
    let cases = result["cases"].as_array().unwrap();
    assert!(cases.len() >= 5, "{} cases", cases.len());
    assert_eq!(result["failed"], 0);
    for case in cases.iter().filter(|c| c["engine"] == "exact") {
        assert!(case["relative_rms_error"].as_f64().unwrap() < 1e-6, "{case}");
    }
}

#[test]
fn reference_meets_its_limit_on_the_shared_cases() {
    let Some(folder) = needs::reference() else { return };
    let result = json(&["reference", folder.to_str().unwrap()], &folder);
    assert_eq!(result["failed"], 0, "{result:#}");
}

#[test]
fn simulate_writes_a_cube_that_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let scene = "version: 1\nseed: 5\nscene:\n  radar:\n    preset: awr1843\n    with: {loops_per_frame: 16, samples_per_chirp: 64}\n  people:\n    - {motion: squat, range_m: 2.0}\n  duration_s: 0.3\nheatmaps: {window: 16, rows: 32, columns: 32}\n";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let result = json(&["simulate", "scene.yaml", "-o", "out"], dir.path());
    assert_eq!(result["limits"]["frames"], 3);
    let description: Value = serde_json::from_slice(&fs::read(dir.path().join("out/cube.json")).unwrap()).unwrap();
    let axes: Vec<&str> =
        description["array"]["axes"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(axes, ["frame", "chirp", "tx", "rx", "sample"]);
    assert!(dir.path().join("out/heatmaps.png").is_file());
    // The same seed gives the same bytes, whatever the number of threads.
    json(&["simulate", "scene.yaml", "-o", "again", "--threads", "1"], dir.path());
    assert_eq!(
        fs::read(dir.path().join("out/cube.npy")).unwrap(),
        fs::read(dir.path().join("again/cube.npy")).unwrap()
    );
}

#[test]
fn describe_knows_the_vocabulary_and_describes_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let result = json(&["describe", "squat", "making a phone call"], dir.path());
    assert_eq!(result[0]["from"], "vocabulary");
    assert_eq!(result[1]["from"], "describer");
    assert_eq!(result[1]["text"].as_object().unwrap().len(), 5);
}

#[test]
fn a_contact_sheet_is_a_picture() {
    let dir = tempfile::tempdir().unwrap();
    json(&["motion", "sheet", "squat", "kick", "--postures", "4", "-o", "sheet.png"], dir.path());
    let picture = pictures::open(dir.path().join("sheet.png"));
    assert!(picture.width > 4 * 100 && picture.height > 2 * 100);
}

#[test]
fn a_motion_file_is_inspected_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/motion/aligned.bvh");
    let found = json(&["motion", "inspect", file, "-o", "a.png"], dir.path());
    assert_eq!((found["format"].as_str(), found["frames"].as_u64()), (Some("bvh"), Some(24)));
    assert_eq!((found["joint_map"].as_str(), found["person"]["up"].as_str()), (Some("cmu"), Some("y")));
    assert_eq!((found["person"]["unit"].as_str(), found["person"]["up_from"].as_str()), (Some("cm"), Some("kind")));
    assert!((found["person"]["stature_m"].as_f64().unwrap() - 1.69).abs() < 0.05, "{found}");
    assert!(found["joints"].as_array().unwrap().iter().any(|j| j["file"] == "LeftUpLeg" && j["joint"] == "left_hip"));
    assert!(dir.path().join("a.png").is_file());
    let stated = json(&["motion", "inspect", file, "--up", "-z", "--rate", "60", "--unit", "cm"], dir.path());
    assert_eq!((stated["person"]["up"].as_str(), stated["rate_hz"].as_f64()), (Some("-z"), Some(60.0)));
}

#[test]
fn pages_of_motions_have_a_picture_each() {
    let dir = tempfile::tempdir().unwrap();
    json(&["motion", "sheet", "squat", "walk_clockwise", "--pages", "pages"], dir.path());
    let page = fs::read_to_string(dir.path().join("pages/README.md")).unwrap();
    assert!(page.contains("![squat](squat.png)") && page.contains("walking clockwise"), "{page}");
    for name in ["squat", "walk_clockwise"] {
        assert!(pictures::open(dir.path().join(format!("pages/{name}.png"))).width > 1000);
    }
}

#[test]
fn the_motion_check_fails_when_a_motion_does() {
    let dir = tempfile::tempdir().unwrap();
    let good = json(&["motion", "check", "squat", "--draws", "2"], dir.path());
    assert_eq!(good["motions"][0]["slug"], "squat");
    assert_eq!(good["motions"][0]["passed"], true);
    let bad = "version: 1\nmotions:\n- {id: 1, slug: slide, kind: cycle, period: 1.0, keys: [{at: 0.0, feet: {forward: 0}}, {at: 0.5, feet: {forward: 0.1}}]}\n";
    fs::write(dir.path().join("bad.yaml"), bad).unwrap();
    let output = kinecho()
        .args(["motion", "check", "--scores", "bad.yaml", "--draws", "1", "--json"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["motions"][0]["passed"], false);
}

#[test]
fn motions_are_told_apart_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let found = json(&["motion", "distinct", "squat", "kick", "bow", "--subjects", "6", "--folds", "2"], dir.path());
    assert_eq!(found["accuracy"], 1.0);
    assert_eq!(found["confusion"][0], serde_json::json!([6, 0, 0]));
}

#[test]
fn import_radhar_counts_and_maps() {
    let Some(folder) = needs::data("radhar") else { return };
    let dir = tempfile::tempdir().unwrap();
    // Three recordings are enough here; the reader's own tests see all of them.
    fs::create_dir(dir.path().join("points")).unwrap();
    let mut names: Vec<_> = fs::read_dir(folder.join("points")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    for name in names.iter().take(3) {
        fs::copy(folder.join("points").join(name), dir.path().join("points").join(name)).unwrap();
    }
    let result = json(&["import", "radhar", ".", "-o", "corpus"], dir.path());
    assert_eq!(result["recordings"], 3);
    let samples = result["samples"].as_u64().unwrap();
    assert!((45..=57).contains(&samples), "{samples} windows of 3 s from three recordings of 20 s");
    let verified = json(&["corpus", "verify", "corpus"], dir.path());
    assert_eq!(verified["samples"], samples);
}

#[test]
fn bench_says_where_the_time_of_a_frame_goes() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["bench", "--frames", "2", "--repeats", "1", "--radar", "iwr1443", "--threads", "2"];
    let result = json(&args, dir.path());
    assert_eq!((&result["all_cores"]["threads"], &result["one_core"]["threads"]), (&2.into(), &1.into()));
    assert!(result["visible_facets"].as_f64().unwrap() > 3000.0, "{result}");
    let number = |v: &Value| v.as_f64().unwrap();
    for speed in [&result["one_core"], &result["all_cores"]] {
        let stages = speed["stages_ms"].as_object().unwrap();
        assert_eq!(stages.len(), 7);
        // Every stage takes some time, and together they take no more than the threads have.
        let total: f64 = stages.values().map(number).sum();
        assert!(stages.iter().all(|(name, ms)| name == "other" || number(ms) > 0.0), "{speed}");
        assert!(total < 1.5 * number(&speed["frame_ms"]) * number(&speed["threads"]), "{speed}");
        let rate = number(&speed["frames_per_s"]);
        assert!((rate * number(&speed["frame_ms"]) / 1e3 - 1.0).abs() < 1e-9);
    }
    assert_eq!(result["signal_ms_one_core"], result["one_core"]["stages_ms"]["signal"]);
    assert_eq!(result["frame_ms_all_cores"], result["all_cores"]["frame_ms"]);
}

#[test]
fn the_movements_of_data_sets_keep_what_bodies_can_do() {
    let dir = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/motions/rehabilitation.yaml");
    let report = json(&["motion", "check", "--scores", file, "--draws", "3"], dir.path());
    let motions = report["motions"].as_array().unwrap();
    assert_eq!(motions.len(), 9);
    motions.iter().for_each(|m| assert_eq!(m["passed"], true, "{m}"));
}
