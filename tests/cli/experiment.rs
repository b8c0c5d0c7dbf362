//! The whole pipeline through the program, as small as it gets.

use super::kinecho;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Changes that make the demo tiny.
const TINY: [&str; 14] = [
    "source.subjects=3",
    "source.validation_subjects=1",
    "source.activities=[squat, kick, bow, stand_still]",
    "source.scene.radar.with={loops_per_frame: 16, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}",
    "source.scene.duration_s=1.0",
    "target.simulated.subjects=3",
    "target.simulated.validation_subjects=2",
    "target.simulated.activities=[squat, kick, bow, stand_still]",
    "target.simulated.scene.radar.with={loops_per_frame: 16, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}",
    "target.simulated.scene.duration_s=1.0",
    "pretrain.steps=6",
    "adapt.steps=3",
    "unseen=[bow]",
    "evaluations=[{name: all, title: All, adapt: {on: {split: [train]}}, test: {split: [validation]}, classes: [squat, kick, bow], shots: [0, 1]}]",
];

fn tiny(dir: &Path, output: &str) -> Value {
    let mut command = kinecho();
    command.args(["demo", "-o", output, "--json"]).current_dir(dir);
    for set in TINY {
        command.args(["--set", set]);
    }
    let result = command.output().unwrap();
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    serde_json::from_slice(&result.stdout).unwrap()
}

#[test]
fn the_demo_runs_end_to_end_and_repeats_itself() {
    let dir = tempfile::tempdir().unwrap();
    let first = tiny(dir.path(), "first");
    let html = fs::read_to_string(dir.path().join(first["report"].as_str().unwrap())).unwrap();
    for part in ["<svg", "data:image/png;base64", "Confusion", "source:"] {
        assert!(html.contains(part), "{part} in the report");
    }
    for file in ["experiment.yaml", "results.json", "seed1/pretrain/metrics.jsonl", "corpora/source/manifest.jsonl"] {
        assert!(dir.path().join("first").join(file).is_file(), "{file}");
    }
    let evaluations = first["results"]["evaluations"].as_array().unwrap();
    assert_eq!(evaluations.len(), 2, "by text and by one example");
    // Six samples of three classes are asked by text.
    assert_eq!(evaluations[0]["samples"], 6);
    let second = tiny(dir.path(), "second");
    assert_eq!(first["results"]["evaluations"], second["results"]["evaluations"]);
}
