//! The built program on a corpus that is cheap to make: what the tests of `kinecho corpus` share.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A radar and maps as small as they get; 12 samples, 6 shards.
pub(crate) const RECIPE: &str = "\
version: 1
name: tests
seed: 11
activities: [squat, kick, wave_hand]
subjects: 4
repetitions: 1
validation_subjects: 1
samples_per_shard: 2
scene:
  radar:
    preset: awr1843
    with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6, frame_period_s: 0.05}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.2
simulation: {integral_tolerance: 0.2}
output:
  heatmaps: {window: 8, hop: 4, rows: 16, columns: 8, angle_fft: 16}
";

/// The program, to be run in `dir`.
pub(crate) fn program(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinecho"));
    command.args(arguments).current_dir(dir);
    // What a scheduler around the tests says is not meant for them.
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("SLURM_") || n.starts_with("PBS_")) {
        command.env_remove(name);
    }
    command.env_remove("JOB_COMPLETION_INDEX");
    command
}

/// A fresh folder with `recipe.yaml`.
pub(crate) fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("recipe.yaml"), RECIPE).unwrap();
    dir
}

/// Exit code, stdout and stderr of the program.
pub(crate) fn run(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    told(&program(dir, arguments).output().unwrap())
}

pub(crate) fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// The JSON that the program prints; it must end with `code`.
#[track_caller]
pub(crate) fn json(dir: &Path, code: i32, arguments: &[&str]) -> Value {
    let (found, stdout, stderr) = run(dir, &[arguments, &["--json"]].concat());
    assert_eq!(found, code, "{arguments:?}: {stdout}{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

/// Runs the program, which must succeed.
#[track_caller]
pub(crate) fn done(dir: &Path, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(dir, arguments);
    assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    stdout
}

/// Runs the program, which must fail with this code and say all of this.
#[track_caller]
pub(crate) fn fails(dir: &Path, code: i32, arguments: &[&str], words: &[&str]) {
    let (found, stdout, stderr) = run(dir, arguments);
    assert_eq!(found, code, "{arguments:?}: {stdout}{stderr}");
    for word in words {
        assert!(stderr.contains(word), "`{word}` is not in: {stderr}");
    }
}
