//! A file given to the wrong command, names that are nearly right, standard input.

use super::kinecho;
use std::fs;
use std::path::{Path, PathBuf};

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes").join(file)
}

/// Runs the program and returns whether it succeeded, and stderr.
fn said(args: &[&str]) -> (bool, String) {
    let dir = tempfile::tempdir().unwrap();
    let output = kinecho().args(args).current_dir(dir.path()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_of_another_command_says_which_one_takes_it() {
    let files = [
        ("simulate", "examples/room.yaml", "a scene, which `kinecho simulate` takes"),
        ("corpus build", "recipes/tiny.yaml", "a recipe of a corpus, which `kinecho corpus build` takes"),
        #[cfg(feature = "learn")]
        ("run", "experiments/radhar.yaml", "an experiment, which `kinecho run` takes"),
        #[cfg(feature = "learn")]
        ("run", "experiments/csi_two_rooms_simulated.yaml", "an experiment, which `kinecho run` takes"),
        #[cfg(feature = "learn")]
        ("pretrain", "training/pretrain.yaml", "a training job, which `kinecho pretrain` takes"),
        #[cfg(feature = "learn")]
        ("pretrain", "training/finetune.yaml", "a training job, which `kinecho pretrain` takes"),
        #[cfg(feature = "learn")]
        ("evaluate", "training/evaluate.yaml", "questions to a checkpoint, which `kinecho evaluate` takes"),
    ];
    for (own, file, what) in files {
        for (command, ..) in files.iter().filter(|(command, ..)| *command != own) {
            let path = shipped(file);
            let args: Vec<&str> = command.split(' ').chain([path.to_str().unwrap(), "--dry-run"]).collect();
            let (success, message) = said(&args);
            assert!(!success && message.contains(what), "{command} {file}: {message}");
        }
    }
}

#[test]
fn a_board_file_given_as_a_scene_says_where_it_goes() {
    let cfg = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/uart/radar.cfg");
    let (success, message) = said(&["simulate", cfg.to_str().unwrap()]);
    assert!(
        !success && message.contains("is a .cfg of TI's mmWave SDK") && message.contains("file: FILE.cfg"),
        "{message}"
    );
}

#[test]
fn names_that_are_nearly_right_are_proposed() {
    let dir = tempfile::tempdir().unwrap();
    let scene = dir.path().join("scene.yaml");
    let refused = |text: &str| {
        fs::write(&scene, text).unwrap();
        let (success, message) = said(&["simulate", scene.to_str().unwrap(), "--dry-run"]);
        assert!(!success, "{text}");
        message
    };
    let message = refused("version: 1\nscene:\n  people: [{motion: walk}]\n");
    assert!(message.contains("scene.yaml:3:") && message.contains("did you mean `walk_"), "{message}");
    assert!(message.contains("`walk_clockwise`"), "{message}");
    let message = refused("version: 1\nscene:\n  radar: awr1834\n  people: [{motion: squat}]\n");
    assert!(message.contains("awr1834") && message.contains("awr1843"), "{message}");
    let message = refused("version: 1\nscene:\n  radar: {presett: awr1843}\n  people: [{motion: squat}]\n");
    assert!(message.contains("scene.yaml:3: scene.radar.presett: unknown field"), "{message}");
    let message = refused("version: 1\nscene:\n  radar: 3\n  people: [{motion: squat}]\n");
    assert!(message.contains("expected the name of a preset, or keys with values"), "{message}");
    let message = refused("version: 1\nscene:\n\tduration_s: 2\n");
    assert!(message.contains("scene.yaml:3: a tab begins this line; expected spaces"), "{message}");
}

#[test]
fn a_preset_may_stand_alone_and_a_scene_may_come_by_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let planned = |radar: &str| {
        let scene = format!("version: 1\nscene:\n  radar: {radar}\n  people: [{{motion: squat}}]\n  duration_s: 1\n");
        let mut program = kinecho();
        let output = program.args(["simulate", "-", "--dry-run"]).current_dir(dir.path()).write_stdin(scene).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // But for the time it would take.
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| !line.starts_with("time")).map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(planned("iwr6843"), planned("{preset: iwr6843}"));
    assert_ne!(planned("iwr6843"), planned("{preset: awr1843}"));
    let wrong = kinecho()
        .args(["simulate", "-"])
        .current_dir(dir.path())
        .write_stdin("version: 1\nscen: 3\n")
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(message.contains("standard input:2: scen: unknown field"), "{message}");
}
