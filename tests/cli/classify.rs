//! `classify`: recordings with a checkpoint that was trained on their like, and what must be refused.

use super::kinecho;
use kinecho::recording::mars::RANGE_BIN_M;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;

/// A recording in the form of MARS: a person at 2 m, whose points go to and fro with `period` frames.
fn recording(path: &Path, numbers: &[i32], period: f64, doppler: i8) {
    let n = numbers.len();
    let mut xyz = Vec::new();
    let mut bins = Vec::new();
    for &number in numbers {
        let swing = (std::f64::consts::TAU * f64::from(number) / period).sin();
        for k in 0..5 {
            let range = (RANGE_BIN_M * (68.0 + (2.0 * swing).round())) * 512.0;
            xyz.push([(20.0 * swing) as i16, range.round() as i16, 0]);
            bins.push(if k % 2 == 0 { (f64::from(doppler) * swing).round() as i8 } else { 0 });
        }
    }
    let mut npz = NpzWriter::new_compressed(File::create(path).unwrap());
    npz.add_array("frame", &Array1::from_iter(numbers.iter().copied())).unwrap();
    npz.add_array("n_points", &Array1::from_elem(n, 5u16)).unwrap();
    npz.add_array("xyz_q9", &Array2::from(xyz)).unwrap();
    npz.add_array("doppler_bin", &Array1::from(bins)).unwrap();
    npz.add_array("intensity", &Array1::from_elem(5 * n, 20.0f32)).unwrap();
    npz.finish().unwrap();
}

/// The same in the form of RadHAR, whose velocity step is another.
fn foreign_recording(path: &Path, times_ms: &[i64]) {
    let n = times_ms.len();
    let mut npz = NpzWriter::new_compressed(File::create(path).unwrap());
    npz.add_array("frame_time_ns", &Array1::from_iter(times_ms.iter().map(|t| t * 1_000_000))).unwrap();
    npz.add_array("n_points", &Array1::from_elem(n, 1u16)).unwrap();
    npz.add_array("range_bin", &Array1::from_elem(n, 49i16)).unwrap();
    npz.add_array("velocity_bin", &Array1::from_elem(n, 2i16)).unwrap();
    for (name, value) in [("x_q9", 1026i16), ("y_q9", 0), ("z_q9", 0)] {
        npz.add_array(name, &Array1::from_elem(n, value)).unwrap();
    }
    npz.add_array("intensity_db", &Array1::from_elem(n, 20.0f32)).unwrap();
    npz.finish().unwrap();
}

const JOB: &str = "version: 1\nname: tiny\nmodel: {maps: [time_doppler, time_range], rows: 8, columns: 12, patch_columns: 3, \
                   map_width: 16, map_heads: 2, map_depth: 1, fusion_heads: 2, fusion_depth: 1, mlp_ratio: 2, text_heads: 4}\n\
                   sources:\n- {corpus: corpus}\ntrain: {steps: 8, batch: 4, learning_rate: 1.0e-3, log_every: 4}\n";

fn run(dir: &Path, arguments: &[&str]) -> (bool, String, String) {
    let output = kinecho().current_dir(dir).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn labels_that_nothing_has_are_refused_when_importing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("data")).unwrap();
    recording(&dir.path().join("data/s1_m06.npz"), &(0..60).collect::<Vec<_>>(), 25.0, 3);
    let (good, _, error) =
        run(dir.path(), &["import", "mars", "data", "-o", "corpus", "--set", "labels={front_lung_left: lunge}"]);
    assert!(
        !good
            && error.contains(
                "--set labels={front_lung_left: lunge}: labels.front_lung_left: is recorded nowhere; there are"
            ),
        "{error}"
    );
    assert!(!dir.path().join("corpus").exists());
}

fn lab() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("data")).unwrap();
    let numbers: Vec<i32> = (0..120).collect();
    recording(&dir.path().join("data/s1_m06.npz"), &numbers, 25.0, 3);
    recording(&dir.path().join("data/s1_m01.npz"), &numbers, 60.0, 1);
    fs::write(dir.path().join("job.yaml"), JOB).unwrap();
    let import = ["import", "mars", "data", "-o", "corpus", "--set", "maps.rows=8", "--set", "maps.columns=12"];
    for arguments in [&import[..], &["pretrain", "job.yaml", "-o", "run", "-q"]] {
        let (good, _, error) = run(dir.path(), arguments);
        assert!(good, "{error}");
    }
    dir
}

#[test]
fn points_that_kinecho_wrote_are_classified_as_the_recording_itself() {
    let lab = lab();
    let dir = lab.path();
    let (points, _) = kinecho::recording::mars::read_points(&dir.join("data/s1_m06.npz")).unwrap();
    kinecho::recording::point_table::write_csv(&dir.join("points.csv"), &points).unwrap();
    kinecho::recording::point_table::write_npz(&dir.join("points.npz"), &points).unwrap();
    let windows = |recording: &str| {
        let arguments =
            ["classify", recording, "--checkpoint", "run/checkpoint", "--json", "--labels", "squat", "jump"];
        let (good, out, error) = run(dir, &arguments);
        assert!(good, "{recording}: {error}");
        serde_json::from_str::<Value>(&out).unwrap()["windows"].clone()
    };
    let expected = windows("data/s1_m06.npz");
    assert_eq!((windows("points.csv"), windows("points.npz")), (expected.clone(), expected));
}

#[test]
fn a_recording_is_classified_among_any_labels_and_strangers_are_refused() {
    let lab = lab();
    let dir = lab.path();
    let ask = |recording: &str, more: &[&str]| {
        let mut arguments = vec!["classify", recording, "--checkpoint", "run/checkpoint", "--json", "--labels"];
        arguments.extend(["squat", "raise left arm side", "juggle three balls"]);
        arguments.extend(more);
        run(dir, &arguments)
    };
    let (good, out, error) = ask("data/s1_m06.npz", &[]);
    assert!(good, "{error}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    let windows = answer["windows"].as_array().unwrap();
    // Twelve seconds, windows of three every second.
    assert_eq!(windows.len(), 10);
    for window in windows {
        let sum: f64 = window["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert!((window["end_s"].as_f64().unwrap() - window["start_s"].as_f64().unwrap() - 3.0).abs() < 1e-9);
    }
    let labels = answer["labels"].as_array().unwrap();
    let facts = |i: usize| (labels[i]["in_vocabulary"].as_bool().unwrap(), labels[i]["seen"].as_bool().unwrap());
    assert_eq!((facts(0), facts(2)), ((true, true), (false, false)));
    assert!(answer["latency"]["window_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(ask("data/s1_m06.npz", &[]).1.split("latency").next(), out.split("latency").next(), "twice the same");

    let refused = |recording: &str, more: &[&str], expected: &[&str]| {
        let (good, _, error) = ask(recording, more);
        assert!(!good, "{recording} was taken");
        expected.iter().for_each(|part| assert!(error.contains(part), "{part} in: {error}"));
    };
    let numbers: Vec<i32> = (0..120).collect();
    recording(&dir.join("short.npz"), &numbers[..20], 25.0, 3);
    refused("short.npz", &[], &["lasts 2.00 s", "3 s"]);
    let mut backwards = numbers.clone();
    backwards[60] = 10;
    recording(&dir.join("backwards.npz"), &backwards, 25.0, 3);
    refused("backwards.npz", &[], &["time runs backwards: frame number 10 after 59"]);
    recording(&dir.join("cut.npz"), &[&numbers[..60], &[900, 901]].concat(), 25.0, 3);
    refused("cut.npz", &[], &["840 frames are missing between number 59 and 900"]);
    let times: Vec<i64> = (0..300).map(|i| i * 1000 / 30).collect();
    foreign_recording(&dir.join("foreign.npz"), &times);
    refused("foreign.npz", &[], &["time_doppler", "step 0.7120", "step 1.2293"]);
    let thinned: Vec<i64> = times.iter().copied().filter(|t| t % 5 == 0).collect();
    foreign_recording(&dir.join("thinned.npz"), &thinned);
    refused("thinned.npz", &[], &["frames are missing", "30.08 frames/s"]);
    refused("data/s1_m06.npz", &["Squat"], &["`Squat` is given twice"]);
    refused("none.npz", &[], &["none.npz"]);

    // A checkpoint of an older version does not say what its maps are.
    let config = dir.join("run/checkpoint/config.json");
    let mut info: Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    info.as_object_mut().unwrap().remove("input");
    fs::write(&config, info.to_string()).unwrap();
    refused("data/s1_m06.npz", &[], &["does not say how its maps were made", "--config"]);
    fs::write(dir.join("maps.yaml"), "maps: {rows: 8, columns: 12}\n").unwrap();
    let (good, again, error) = ask("data/s1_m06.npz", &["--config", "maps.yaml"]);
    assert!(good, "{error}");
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["windows"], answer["windows"]);
    fs::write(dir.join("maps.yaml"), "maps: {rows: 16, columns: 12}\n").unwrap();
    refused("data/s1_m06.npz", &["--config", "maps.yaml"], &["maps of 8 × 12, these are 16 × 12"]);
    // Checked as every file, before the recording is looked for.
    fs::write(dir.join("maps.yaml"), "# rows: 1\nmaps: {columns: 12,\n  rows: 0}\n").unwrap();
    refused("none.npz", &["--config", "maps.yaml"], &["maps.yaml:3: maps.rows: 0; expected"]);
    fs::write(dir.join("base.yaml"), "maps: {rows: 16, columns: 12}\n").unwrap();
    fs::write(dir.join("maps.yaml"), "based_on: base.yaml\nset: {maps.rows: 8}\n").unwrap();
    let (good, again, error) = ask("data/s1_m06.npz", &["--config", "maps.yaml"]);
    assert!(good, "{error}");
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["windows"], answer["windows"]);
}
