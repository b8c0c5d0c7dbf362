//! Wrong input: an error that names the place, exit code 1 or 2, nothing left under the final name.

use super::kinecho;
use std::fs;
use std::path::Path;

/// Runs the program and returns (exit code, stderr).
fn fails(args: &[&str], dir: &Path) -> (i32, String) {
    let output = kinecho().args(args).current_dir(dir).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn usage_errors_exit_with_2() {
    let dir = tempfile::tempdir().unwrap();
    for args in
        [&["nonsense"][..], &["simulate"], &["demo", "--threads", "0"], &["motion", "sheet", "--postures", "many"]]
    {
        assert_eq!(fails(args, dir.path()).0, 2, "{args:?}");
    }
}

#[test]
fn a_scene_is_refused_with_all_problems_and_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let scene = "version: 1\nscene:\n  radar:\n    preset: awr1843\n    with: {loops_per_frame: 0}\n  people:\n    - motion: moonwalk\n      range_m: [5, 1]\n  duration_s: -3\n";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let (code, message) = fails(&["simulate", "scene.yaml", "-o", "out"], dir.path());
    assert_eq!(code, 1);
    for part in [
        "scene.yaml:5: scene.radar.with.loops_per_frame",
        "scene.yaml:7:",
        "moonwalk",
        "scene.yaml:8:",
        "scene.yaml:9:",
    ] {
        assert!(message.contains(part), "{part} in\n{message}");
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn an_unknown_key_names_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), "version: 1\nscene:\n  durations_s: 3\n").unwrap();
    let (code, message) = fails(&["simulate", "scene.yaml"], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("scene.yaml:3: scene.durations_s: unknown field"), "{message}");
}

#[test]
fn impossible_physics_says_what_would_fit() {
    let dir = tempfile::tempdir().unwrap();
    let scene = "version: 1\nscene:\n  radar:\n    preset: awr1843\n    with: {samples_per_chirp: 4096}\n  people: [{motion: squat}]\n";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let (code, message) = fails(&["simulate", "scene.yaml"], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("samples_per_chirp") && message.contains("at most"), "{message}");
}

#[test]
fn missing_and_foreign_folders_are_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    for args in [
        &["corpus", "verify", "nowhere"][..],
        &["corpus", "inspect", "empty"],
        &["reference", "nowhere"],
        &["reference", "empty"],
        &["import", "radhar", "nowhere", "-o", "out"],
        &["import", "radhar", "empty", "-o", "out"],
        &["run", "nowhere.yaml"],
    ] {
        let (code, message) = fails(args, dir.path());
        assert_eq!(code, 1, "{args:?}: {message}");
        assert!(message.contains("nowhere") || message.contains("empty"), "{args:?}: {message}");
    }
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_truncated_reference_is_an_error_and_not_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("case.npz"), b"PK\x03\x04 and then nothing").unwrap();
    let (code, message) = fails(&["reference", "."], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("case.npz") && !message.contains("panicked"), "{message}");
}

#[test]
fn a_recorded_experiment_without_its_data_says_how_to_give_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/experiments/radhar.yaml");
    let (code, message) = fails(&["run", file, "-o", "out"], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("--set data=DIR"), "{message}");
    let (code, message) = fails(&["run", file, "-o", "out", "--set", "data=nowhere"], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("nowhere"), "{message}");
    assert!(!dir.path().join("out").exists());
}

#[test]
fn an_output_folder_that_is_not_empty_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    fs::write(dir.path().join("out/mine.txt"), "keep").unwrap();
    let (code, message) = fails(&["demo", "-o", "out"], dir.path());
    assert_eq!(code, 1);
    assert!(message.contains("out is not empty"), "{message}");
    assert_eq!(fs::read_to_string(dir.path().join("out/mine.txt")).unwrap(), "keep");
}

#[test]
fn a_wrong_set_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for (set, part) in [("model.depht=2", "depht"), ("no_value", "KEY"), ("seeds=[]", "seeds")] {
        let (code, message) = fails(&["demo", "--dry-run", "--set", set], dir.path());
        assert_eq!(code, 1, "{set}");
        assert!(message.contains(part), "{set}: {message}");
    }
}

#[test]
fn bench_takes_numbers_in_their_ranges_only() {
    for args in [["--frames", "0"], ["--frames", "201"], ["--repeats", "0"], ["--threads", "0"], ["--radar", "awr9999"]]
    {
        let output = kinecho().arg("bench").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(args[1]), "{args:?}");
    }
}

#[test]
fn every_recorded_experiment_is_sound_and_its_groups_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/experiments");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path().display().to_string();
        let recorded =
            ["radhar", "mars", "csi", "wiar", "rfid", "wiswiss_wifi", "rfusion_wifi", "scene_wifi", "deepsense"]
                .iter()
                .any(|set| file.contains(set));
        let mut command = kinecho();
        command.args(["run", &file, "--dry-run"]);
        if recorded {
            command.args(["--set", "data=recordings"]);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !recorded {
            assert!(output.status.success(), "{file}: {stderr}");
        } else {
            // The experiment is sound; the first thing that is missing are its recordings.
            assert_eq!(output.status.code(), Some(1), "{file}");
            assert!(stderr.contains("recordings") && !stderr.contains("evaluations"), "{file}: {stderr}");
        }
    }
    let mars = format!("{folder}/mars.yaml");
    for (set, part) in [
        ("evaluations.1.merge={arms: [raise_both_arms_side, juggle]}", "`juggle` is none of the labels to choose from"),
        ("evaluations.1.merge={a: [squat, side_lunge_left], b: [squat]}", "`squat` is in a group already"),
        ("evaluations.1.merge={squat: [side_lunge_left]}", "that of a label outside of it"),
        ("target.radhar={}", "target.radhar: stands beside `data_set`"),
        ("target.corpus=x", "exactly one of `data_set`, `corpus` and `simulated`"),
        ("target.import.chain.points.maps.gain=3", "target.import.chain.points.maps: differ"),
        ("target.mars.maps.gain=3", "target.mars: stands beside `data_set`"),
    ] {
        let (code, message) = fails(&["run", &mars, "--dry-run", "--set", "data=x", "--set", set], dir.path());
        assert!(code == 1 && message.contains(part), "{set}: {message}");
    }
    let cross = format!("{folder}/cross_radhar_mars.yaml");
    for (set, part) in [
        ("data=x", "test_data: is missing: `simulation_alone` asks about these recordings"),
        (
            "test_as.import.chain.points.maps.velocity_span_mps=4",
            "test_as.import.chain.points.maps: differ from those of the target",
        ),
        ("test_as={}", "test_as: expected exactly one of `data_set`, `corpus`"),
        ("source.output.points.maps.velocity_span_mps=-1", "velocity_span_mps"),
    ] {
        let (code, message) = fails(&["run", &cross, "--dry-run", "--set", "data=x", "--set", set], dir.path());
        assert!(code == 1 && message.contains(part), "{set}: {message}");
    }
}
