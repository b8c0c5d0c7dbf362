//! Experiments on recordings alone: from room to room, without a simulation, by sentences and by name, beside controls.

use super::{kinecho, needs};
use serde_json::Value;
use std::fs;
use std::path::Path;

const EXPERIMENT: &str = "
version: 1
name: tiny
title: From room to room
seeds: [1, 2]
data: data
target:
  data_set: csi_two_rooms
  import:
    length_s: 4
    hop_s: 4
    middle_up_to_s: 40
    chain:
      csi:
        rate_hz: 20
        max_gap_s: 1.0
        views:
          - {view: doppler, name: changes, steps: [{step: level}, {step: amplitude}, {step: relative}, {step: remove_static}],
             spectrum: {window_s: 1, hop_s: 0.1, min_hz: 0.2, max_hz: 10, of: all}, reference_db: -10, dynamic_range_db: 60, rows: 8, columns: 12}
          - {view: doppler, steps: [{step: conjugate}, {step: remove_static}],
             spectrum: {window_s: 1, hop_s: 0.1, min_hz: 0.5, max_hz: 30}, rows: 8, columns: 12}
model: {maps: [changes, doppler], rows: 8, columns: 12, patch_columns: 3, map_width: 16, map_heads: 2, map_depth: 1, fusion_heads: 2, fusion_depth: 1, mlp_ratio: 2}
adapt: {steps: 6, batch: 4, learning_rate: 1.0e-3, log_every: 3}
controls:
  chain: {csi: {rate_hz: 20, max_gap_s: 1.0, views: [{view: amplitude, rows: 30, columns: 80, scaling: none}]}}
evaluations:
  - {name: there, title: There, adapt: {start: scratch, on: {session: [bedroom]}}, test: {session: [meetingroom]}, classes: [running, wave_hand],
     shots: [0, 1], support_draws: 2}
  - {name: other_people, title: Other people, adapt: {start: !after {start: scratch, on: {session: [bedroom]}}, on: {session: [meetingroom]}},
     leave_one_out: subject, test: {session: [meetingroom]}, classes: [running, wave_hand]}
";

fn folder() -> Option<tempfile::TempDir> {
    let data = needs::data("csi_two_rooms")?;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for room in ["bedroom", "meetingroom"] {
        for activity in ["a03", "a06"] {
            fs::create_dir_all(at("data").join(room).join(activity)).unwrap();
            for user in ["u1_01", "u1_02", "u2_01", "u2_02"] {
                let name = format!("{room}/{activity}/{user}.dat");
                fs::copy(data.join(&name), at("data").join(&name)).unwrap();
            }
        }
    }
    fs::write(at("e.yaml"), EXPERIMENT).unwrap();
    Some(dir)
}

fn ran(dir: &Path, output: &str, sets: &[&str]) -> Result<Value, String> {
    let mut command = kinecho();
    command.args(["run", "e.yaml", "-o", output, "--json"]).current_dir(dir);
    sets.iter().for_each(|set| {
        command.args(["--set", set]);
    });
    let result = command.output().unwrap();
    if result.status.success() {
        Ok(serde_json::from_slice(&result.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&result.stderr).into_owned())
    }
}

#[test]
fn a_room_is_learnt_and_another_one_asked() {
    let Some(dir) = folder() else { return };
    let first = ran(dir.path(), "first", &[]).unwrap_or_else(|e| panic!("{e}"));
    let results = &first["results"];
    assert_eq!((&results["system"], &results["source_samples"]), (&"mmclip".into(), &0.into()));
    // Sixteen recordings, one window each, however long they are.
    assert_eq!(results["target_samples"], 16, "{results}");
    let answers = results["evaluations"].as_array().unwrap();
    let [text, shot, others] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((&text["samples"], &text["adapted_on"]), (&8.into(), &8.into()));
    assert_eq!((&shot["samples"], &shot["shots"]), (&6.into(), &1.into()));
    // Of each of two people: what the other one did in either room.
    assert_eq!((&others["samples"], &others["adapted_on"]), (&8.into(), &8.into()));
    assert_eq!(others["folds"].as_array().unwrap().len(), 2);
    for answer in answers {
        let [low, high] = [0, 1].map(|i| answer["accuracy_interval"][i].as_f64().unwrap());
        let accuracy = answer["accuracy"].as_f64().unwrap();
        assert!(0.0 <= low && low <= accuracy && accuracy <= high && high <= 1.0, "{answer}");
    }
    let controls = |answer: &Value| -> Vec<(String, String, bool)> {
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let one = |c: &Value| (text(&c["look"]), text(&c["learnt_from"]), c["is_static"].as_bool().unwrap());
        // Those of `controls` alone; yardsticks stand beside them.
        answer["controls"].as_array().unwrap().iter().filter(|c| c["yardstick"].is_null()).map(one).collect()
    };
    let named = |look: &str, from: &str, still: bool| (look.to_owned(), from.to_owned(), still);
    let training = [
        named("first half second", "training", true),
        named("mean", "training", true),
        named("numbers of the views", "training", false),
    ];
    assert_eq!((controls(text), controls(others)), (training.to_vec(), training.to_vec()));
    let with_examples = [
        named("mean", "examples", true),
        named("mean", "both", true),
        named("numbers of the views", "examples", false),
        named("numbers of the views", "both", false),
    ];
    assert_eq!(controls(shot), with_examples);
    // Once for the two rooms together, once for each person in each room.
    let run = dir.path().join("first");
    for folder in ["adapt1", "adapt2", "adapt3", "adapt4", "adapt5"] {
        assert!(run.join("seed2").join(folder).join("checkpoint").is_dir(), "{folder}");
    }
    assert!(!run.join("seed1/adapt6").exists() && !run.join("seed1/pretrain").exists());
    let html = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(
        html.contains("Without a network") && html.contains("first half second") && !html.contains("Simulated: one")
    );
    let second = ran(dir.path(), "second", &[]).unwrap();
    assert_eq!(first["results"]["evaluations"], second["results"]["evaluations"]);
}

/// A model that knows labels by name answers the same questions; the labels need no sentences.
#[test]
fn a_classifier_answers_by_name_and_by_examples() {
    let Some(dir) = folder() else { return };
    let model = "model={classifier: {channels: [8, 16], width: 16}}";
    let renamed = "target.import.labels={running: quick steps, wave hand: greeting}";
    let classes = ["evaluations.0.classes=[quick_steps, greeting]", "evaluations.1.classes=[quick_steps, greeting]"];
    let made = ran(dir.path(), "named", &[model, renamed, classes[0], classes[1]]).unwrap_or_else(|e| panic!("{e}"));
    let results = &made["results"];
    assert_eq!(results["system"], "classifier");
    assert_eq!(results["evaluations"][0]["classes"], serde_json::json!(["quick_steps", "greeting"]));
    assert!(results["parameters"]["total"].as_u64().unwrap() > 500);
    let error = ran(dir.path(), "x", &[model, "evaluations.0.choices=vocabulary"]).unwrap_err();
    assert!(error.contains("evaluations.0.choices: is for models that read sentences"), "{error}");
}

#[test]
fn what_needs_a_simulation_is_refused_without_one() {
    let Some(dir) = folder() else { return };
    for (set, says) in [
        ("evaluations.0.adapt=null", "evaluations.0.adapt: is missing: there is no `source`"),
        ("evaluations.0.adapt={}", "evaluations.0.adapt.start: is a model that grew up on simulation"),
        (
            "evaluations.1.adapt.start=!after {}",
            "evaluations.1.adapt.start.after.start: is a model that grew up on simulation",
        ),
        ("evaluations.0.adapt.source_share=0.5", "evaluations.0.adapt.source_share: mixes simulation in"),
        ("pretrain={steps: 3}", "source: is missing beside `pretrain`"),
        ("controls.width=0", "controls.width: 0; expected above 0"),
        ("controls.chain.csi.views=[]", "controls.chain.csi.views: is empty"),
        ("controls.chain={rfid: {}}", "controls.chain.rfid: makes nothing of CSI"),
        ("controls.chain.csi.max_gap_s=0.06", "controls.chain.csi.max_gap_s: 0.06, target.import has 1: the windows"),
        (
            "target.import.middle_up_to_s=3",
            "target.import.middle_up_to_s: 3; expected a length of at least that of a window, 4 s",
        ),
        ("model.maps=[changes, other]", "the model looks at maps"),
        ("evaluations.0.adapt.with=quick", "evaluations.0.adapt.with: `quick` is none of the adaptations"),
        // Adapted to before, and tested.
        ("evaluations.0.adapt.start=!after {start: scratch, on: {session: [meetingroom]}}", "is adapted to and tested"),
    ] {
        let error = ran(dir.path(), "x", &[set]).unwrap_err();
        assert!(error.contains(says), "{set}: {error}");
    }
}

/// The shipped experiments hold together.
#[test]
fn the_shipped_experiments_on_recordings_can_be_asked() {
    for (name, set, evaluations) in [
        ("csi_two_rooms.yaml", "csi_two_rooms", 4),
        ("csi_two_rooms_people.yaml", "csi_two_rooms", 6),
        ("csi_time_stability.yaml", "csi_time_stability", 4),
        ("wiar.yaml", "wiar", 3),
        ("rfid_cwnu.yaml", "rfid_cwnu", 2),
    ] {
        let Some(data) = needs::data(set) else { return };
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments").join(name);
        let data = format!("data={}", data.display());
        let output = kinecho().arg("run").arg(&file).args(["--set", &data, "--dry-run", "--json"]).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(plan["evaluations"].as_array().unwrap().len(), evaluations, "{name}");
        assert_eq!(plan["pretrained_models"], 0);
    }
}
