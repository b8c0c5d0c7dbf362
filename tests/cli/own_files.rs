//! Bodies, motions, labels and joint maps that people bring: whole ones are used, wrong ones are named and leave nothing behind.

use super::{kinecho, pictures};
use ndarray::{Array0, Array2, arr0};
use ndarray_npy::{NpzWriter, WriteNpyExt};
use serde_json::Value;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const SCENE: &str = "version: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32}}
  people: [{motion: squat, range_m: 1.4}]
  duration_s: 0.2
heatmaps: {window: 8, rows: 16, columns: 8}
";
const RECIPE: &str = "version: 1
seed: 3
activities: [squat]
subjects: 1
repetitions: 1
samples_per_shard: 2
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6, frame_period_s: 0.05}}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.5
simulation: {integral_tolerance: 0.2}
output:
  heatmaps: {window: 8, hop: 4, rows: 16, columns: 8, angle_fft: 16}
";
const LABELS: &str = r#"{"1": {"babel_sid": 1, "feat_p": "KIT/KIT/3/lift_arm_poses.npz", "dur": 2.0, "seq_ann": null,
  "frame_ann": {"labels": [{"raw_label": "raises the arm", "proc_label": "raise arm", "act_cat": ["raising body part"], "start_t": 0.0, "end_t": 1.2},
    {"raw_label": "lowers the arm", "proc_label": "lower arm", "act_cat": ["lowering body part"], "start_t": 1.2, "end_t": 1.9}]}}}"#;

/// A folder with a scene and a recipe.
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    fs::write(dir.path().join("recipe.yaml"), RECIPE).unwrap();
    dir
}

/// Exit code, stdout, stderr.
fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let output = kinecho().args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn json(dir: &Path, args: &[&str]) -> Value {
    let (code, out, err) = run(dir, &[args, &["--json"]].concat());
    assert_eq!(code, 0, "{args:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

/// The program must fail, say all of this, and leave the folder as it was.
#[track_caller]
fn refused(dir: &Path, args: &[&str], words: &[&str]) {
    let list = || fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>();
    let before = list();
    let (code, _, err) = run(dir, args);
    assert_eq!(code, 1, "{args:?}: {err}");
    for word in words {
        assert!(err.contains(word), "{args:?}: `{word}` is not in: {err}");
    }
    assert!(!err.contains("panicked"), "{err}");
    assert_eq!(list(), before, "{args:?}");
}

/// The CC0 body with one array left out or replaced.
fn body(array: &str, with: Option<Array2<f32>>) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(include_bytes!("../../meshes/cc0_body/cc0_body.npz"))).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let mut entry = from.by_index(i).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if entry.name() == format!("{array}.npy") {
            let Some(with) = &with else { continue };
            bytes.clear();
            with.write_npy(&mut bytes).unwrap();
        }
        to.start_file(entry.name(), SimpleFileOptions::default()).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

#[test]
fn everybody_wears_the_body_of_a_file() {
    let dir = folder();
    let dir = dir.path();
    fs::write(dir.join("mine.npz"), body("", None)).unwrap();
    let result = json(dir, &["simulate", "scene.yaml", "-o", "out", "--body", "mine.npz"]);
    assert_eq!(result["limits"]["frames"], 2);
    let scene: Value = serde_json::from_slice(&fs::read(dir.join("out/scene.json")).unwrap()).unwrap();
    assert!(scene["draw"]["people"][0].to_string().contains("mine.npz"), "{}", scene["draw"]["people"][0]);
    json(dir, &["motion", "sheet", "squat", "--postures", "2", "--body", "mine.npz", "-o", "sheet.png"]);
    assert!(pictures::open(dir.join("sheet.png")).width > 200);
    let built = json(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--body", "mine.npz"]);
    assert_eq!(built["built"]["samples_made"], 1);
    assert!(fs::read_to_string(dir.join("c/corpus.yaml")).unwrap().contains("mine.npz"));
}

#[test]
fn wrong_bodies_are_named_with_key_and_shape() {
    let dir = folder();
    let dir = dir.path();
    let write = |name: &str, bytes: Vec<u8>| fs::write(dir.join(name), bytes).unwrap();
    let mut holed = Array2::zeros((6890, 3));
    holed[[7, 2]] = f32::NAN;
    write("no_weights.npz", body("weights", None));
    write("flat.npz", body("v_template", Some(Array2::zeros((6890, 2)))));
    write("other.npz", body("weights", Some(Array2::ones((6889, 24)))));
    write("nan.npz", body("v_template", Some(holed)));
    write("cut.npz", body("", None)[..9000].to_vec());
    write("model.pkl", b"\x80\x02}q\x00.".to_vec());
    for (file, words) in [
        ("no_weights.npz", &["`weights` is missing", "v_template"][..]),
        ("flat.npz", &["`v_template`", "[6890, 2], expected [any, 3]"]),
        ("other.npz", &["`weights`", "[6889, 24], expected [6890, 24]"]),
        ("nan.npz", &["`v_template`[7, 2]", "finite"]),
        ("cut.npz", &["archive"]),
        ("model.pkl", &["npz"]),
        ("nowhere.npz", &["No such file"]),
    ] {
        let words = [words, &[file]].concat();
        refused(dir, &["simulate", "scene.yaml", "-o", "out", "--body", file], &words);
        refused(dir, &["motion", "sheet", "squat", "-o", "sheet.png", "--body", file], &words);
        refused(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--body", file], &words);
    }
}

/// An AMASS archive of two seconds at 60 Hz: an arm goes up and down. `change` may spoil it.
fn amass(change: impl FnOnce(&mut Array2<f64>, &mut Array2<f64>, &mut Option<Array0<f64>>)) -> Vec<u8> {
    let frames = 121;
    let mut poses = Array2::zeros((frames, 66));
    for (i, mut pose) in poses.rows_mut().into_iter().enumerate() {
        // Upright in a z-up world; SMPL's left shoulder (joint 16) about its z.
        pose[0] = std::f64::consts::FRAC_PI_2;
        pose[3 * 16 + 2] = -(std::f64::consts::TAU * i as f64 / 120.0).cos();
    }
    let mut trans = Array2::from_shape_fn((frames, 3), |(_, a)| [0.0, 1.0, 0.9][a]);
    let mut rate = Some(arr0(60.0));
    change(&mut poses, &mut trans, &mut rate);
    let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
    npz.add_array("poses", &poses).unwrap();
    npz.add_array("trans", &trans).unwrap();
    if let Some(rate) = rate {
        npz.add_array("mocap_framerate", &rate).unwrap();
    }
    npz.finish().unwrap().into_inner()
}

/// `motions/KIT/3/lift_arm_poses.npz` of this content.
fn capture(dir: &Path, bytes: &[u8]) {
    fs::create_dir_all(dir.join("motions/KIT/3")).unwrap();
    fs::write(dir.join("motions/KIT/3/lift_arm_poses.npz"), bytes).unwrap();
}

#[test]
fn motions_with_labels_are_mixed_into_a_recipe() {
    let dir = folder();
    let dir = dir.path();
    capture(dir, &amass(|_, _, _| ()));
    fs::write(dir.join("labels.json"), LABELS).unwrap();
    let build = ["corpus", "build", "recipe.yaml", "--motion", "motions"];
    // One squat; without labels the file's name is the label of four windows of half a second.
    let plan = json(dir, &[&build[..], &["--dry-run"]].concat());
    assert_eq!(plan["estimate"]["samples"], 5, "{plan}");
    json(dir, &[&build[..], &["-o", "named"]].concat());
    let labels = |corpus: &str| {
        let text = fs::read_to_string(dir.join(corpus).join("samples.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let column = rows.headers().unwrap().iter().position(|h| h == "label").unwrap();
        rows.records().map(|r| r.unwrap()[column].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(labels("named"), ["squat", "lift arm", "lift arm", "lift arm", "lift arm"]);
    // With labels: two windows of the rise of 1.2 s; the other stretch is shorter than a second.
    let labelled = [&build[..], &["--labels", "labels.json", "-o", "labelled"]].concat();
    json(dir, &labelled);
    assert_eq!(labels("labelled"), ["squat", "raises the arm", "raises the arm"]);
    let verified = json(dir, &["corpus", "verify", "labelled"]);
    assert_eq!(verified["samples"], 3);
    // The same line goes on with what it made; without the labels it is another corpus.
    let again = json(dir, &labelled);
    assert_eq!((&again["built"]["shards_found"], &again["built"]["shards_made"]), (&2.into(), &0.into()));
    refused(dir, &[&build[..], &["-o", "labelled"]].concat(), &["labelled"]);
}

#[test]
fn wrong_motions_are_named_with_array_and_shape() {
    let dir = folder();
    let dir = dir.path();
    let build = ["corpus", "build", "recipe.yaml", "-o", "c", "--motion"];
    let with = |folder: &'static str| [&build[..], &[folder]].concat();
    refused(dir, &with("nowhere"), &["nowhere is not a folder"]);
    fs::create_dir(dir.join("empty")).unwrap();
    refused(dir, &with("empty"), &["empty", "no motion file"]);
    let file = "motions/KIT/3/lift_arm_poses.npz";
    capture(dir, &amass(|_, _, rate| *rate = None));
    refused(dir, &with("motions"), &[file, "`mocap_framerate` is missing", "mocap_frame_rate"]);
    capture(dir, &amass(|poses, _, _| *poses = Array2::zeros((121, 70))));
    refused(dir, &["motion", "sheet", file, "-o", "s.png"], &[file, "`poses`", "70", "expected [frame, 66"]);
    capture(dir, &amass(|_, trans, _| *trans = Array2::zeros((120, 3))));
    refused(dir, &["motion", "sheet", file, "-o", "s.png"], &[file, "`trans`", "[120, 3]", "121 frames"]);
    capture(dir, &amass(|poses, _, _| poses[[33, 5]] = f64::NAN));
    refused(dir, &["motion", "sheet", file, "-o", "s.png"], &[file, "`poses`, frame 33", "not a finite number"]);
    refused(dir, &["motion", "sheet", "gone.bvh", "-o", "s.png"], &["gone.bvh", "No such file"]);
    // What is found while samples are made is set aside; the rest of the corpus is there.
    let (code, _, err) = run(dir, &with("motions"));
    assert!(code == 3 && err.contains(file) && err.contains("frame 33"), "{code}: {err}");
    let aside = fs::read_to_string(dir.join("c/set_aside.csv")).unwrap();
    assert!(
        aside.starts_with("file,reason,samples\n") && aside.contains("frame 33") && aside.ends_with(",4\n"),
        "{aside}"
    );
    // A file is held against a person as a whole: none of its windows is made.
    assert_eq!(json(dir, &["corpus", "verify", "c"])["samples"], 1);
}

#[test]
fn wrong_labels_are_named() {
    let dir = folder();
    let dir = dir.path();
    capture(dir, &amass(|_, _, _| ()));
    let build = ["corpus", "build", "recipe.yaml", "-o", "c", "--motion", "motions", "--labels"];
    let with = |labels: &'static str| [&build[..], &[labels]].concat();
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
    refused(dir, &with("nowhere.json"), &["nowhere.json is not there"]);
    write("words.json", "raises the arm");
    refused(dir, &with("words.json"), &["words.json"]);
    write("keyless.json", &LABELS.replace("feat_p", "file"));
    refused(dir, &with("keyless.json"), &["keyless.json", "feat_p"]);
    write("backward.json", &LABELS.replace("1.2}", "-1.2}"));
    refused(dir, &with("backward.json"), &["backward.json", "-1.2"]);
    write("others.json", &LABELS.replace("lift_arm", "lift_leg"));
    refused(dir, &with("others.json"), &["motions", "none of its 1 motions"]);
    let (code, _, err) = run(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--labels", "others.json"]);
    assert!(code == 2 && err.contains("--motion"), "{code}: {err}");
}

/// Two seconds of somebody who stands in a T, as CMU's joints are called; the left upper arm is called `arm`.
fn bvh(arm: &str) -> String {
    let limbs: [&[(&str, &str)]; 5] = [
        &[("LeftUpLeg", "9 -5 0"), ("LeftLeg", "0 -42 0"), ("LeftFoot", "0 -40 0")],
        &[("RightUpLeg", "-9 -5 0"), ("RightLeg", "0 -42 0"), ("RightFoot", "0 -40 0")],
        &[("Spine", "0 12 0"), ("Neck", "0 38 0"), ("Head", "0 10 0")],
        &[(arm, "18 42 0"), ("LeftForeArm", "28 0 0"), ("LeftHand", "25 0 0")],
        &[("RightArm", "-18 42 0"), ("RightForeArm", "-28 0 0"), ("RightHand", "-25 0 0")],
    ];
    let mut text = String::from(
        "HIERARCHY\nROOT Hips\n{\nOFFSET 0 95 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n",
    );
    for limb in limbs {
        for (name, offset) in limb {
            text += &format!("JOINT {name}\n{{\nOFFSET {offset}\nCHANNELS 3 Zrotation Xrotation Yrotation\n");
        }
        text += "End Site\n{\nOFFSET 0 0 8\n}\n";
        text += &"}\n".repeat(limb.len());
    }
    let frame = format!("0 95 0{}\n", " 0".repeat(3 * 16));
    text + "}\nMOTION\nFrames: 61\nFrame Time: 0.0333333\n" + &frame.repeat(61)
}

#[test]
fn a_joint_map_tells_whose_arm_it_is() {
    let dir = folder();
    let dir = dir.path();
    fs::create_dir(dir.join("takes")).unwrap();
    fs::write(dir.join("takes/stand.bvh"), bvh("Wing")).unwrap();
    let known = include_str!("../../scenes/joint_maps.yaml");
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
    write("map.yaml", &known.replace("LeftArm, LeftUpperArm", "Wing"));
    let sheet = ["motion", "sheet", "takes/stand.bvh", "--postures", "2", "-o", "sheet.png"];
    refused(dir, &sheet, &["stand.bvh", "left_shoulder", "Wing", "--joint-map"]);
    json(dir, &[&sheet[..], &["--joint-map", "map.yaml"]].concat());
    assert!(pictures::open(dir.join("sheet.png")).width > 100);
    fs::remove_file(dir.join("sheet.png")).unwrap();

    let build = ["corpus", "build", "recipe.yaml", "-o", "c", "--motion", "takes"];
    let mapped = |map: &'static str| [&build[..], &["--joint-map", map]].concat();
    for (name, text, words) in [
        ("handless.yaml", known.replace("left_hip:", "left_hand:"), &["left_hip"][..]),
        ("tail.yaml", known.replacen("      pelvis:", "      tail: Tail\n      pelvis:", 1), &["tail"]),
        ("newer.yaml", known.replace("version: 1", "version: 2"), &["version 2", "version 1"]),
        ("prose.yaml", "whose arm is it".into(), &[]),
    ] {
        write(name, &text);
        let words = [words, &[name]].concat();
        refused(dir, &[&sheet[..], &["--joint-map", name]].concat(), &words);
        refused(dir, &[&build[..], &["--joint-map", name]].concat(), &words);
    }
    refused(dir, &mapped("nowhere.yaml"), &["nowhere.yaml"]);
    let built = json(dir, &mapped("map.yaml"));
    assert_eq!(built["built"]["samples_made"], 5);
}
