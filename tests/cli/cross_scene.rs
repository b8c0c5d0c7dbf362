//! Studies of transfer from scene to scene, as a researcher uses them.

use super::kinecho;
use kinecho::base::axis::Axis;
use kinecho::chain::{View, Views};
use kinecho::corpus::{CorpusPlan, CorpusWriter, Sample, SampleMeta, Targets};
use ndarray::Array2;
use serde_json::Value;
use std::fs;
use std::path::Path;

const LABELS: [&str; 3] = ["jump", "bow", "kick"];

/// One person doing one thing in one of two rooms, seen by two sensors.
fn sample(id: u64) -> Sample {
    let (label, person, room) = (id as usize % 3, id as usize / 3 % 4, id as usize / 36);
    let mut views = Views::new();
    for (kind, (name, rows, columns)) in [("micro_doppler", 20, 24), ("amplitude", 12, 24)].into_iter().enumerate() {
        let value = |r: usize, c: usize| {
            let swing = ((1.0 + 2.0 * label as f32) * c as f32 * 9.0 / columns as f32 + id as f32).sin();
            let pattern = 0.3 * room as f32 * (r as f32 + kind as f32).sin();
            match kind {
                0 => (-(r as f32 - 10.0 - 6.0 * swing).powi(2) / 6.0).exp() + pattern,
                _ => swing * (1.0 + 0.2 * (r * (person + 1)) as f32).cos() + pattern,
            }
        };
        let axes = vec![Axis::index("row", rows), Axis::new("time", "s", columns, 0.0, 4.0 / columns as f64)];
        let data = Array2::from_shape_fn((rows, columns), |(r, c)| value(r, c)).into_dyn();
        views.insert(name, View { quantity: "amplitude".into(), unit: "1".into(), axes, data });
    }
    Sample {
        id,
        meta: SampleMeta {
            split: "train".into(),
            subject: format!("p{person}"),
            session: ["lab", "office"][room].into(),
            source: "recorded".into(),
            recording: format!("r{id}"),
            duration_s: 4.0,
            ..SampleMeta::default()
        },
        targets: Targets::of_label(LABELS[label]),
        views,
        extras: Vec::new(),
    }
}

fn corpus(dir: &Path) {
    let writer = CorpusWriter::create(dir, CorpusPlan::new(72, 24, "", Default::default()).unwrap()).unwrap();
    for shard in 0..writer.plan().shards() {
        let part: Vec<Sample> = writer.plan().ids(shard).map(sample).collect();
        writer.write_shard(shard, &part).unwrap();
    }
    writer.finish().unwrap();
}

fn study(corpus: &Path) -> String {
    format!(
        "version: 1
name: scenes
title: From the laboratory to the office
seeds: [1, 2]
model:
  cross_scene:
    radar: {{view: micro_doppler}}
    wifi: {{view: amplitude, links: 2, keep: 3, patch: 4}}
    width: 8
    scene: 4
on: {{name: scenes, corpus: \"{}\", antennas: 2}}
leave_one_out: subject
transfers:
  - {{name: lab_office, title: laboratory to office, learn: {{session: [lab]}}, unlabelled: {{session: [office]}}, test: {{session: [office], subject: [p0, p1]}}}}
train: {{steps: 6, batch: 8, learning_rate: 3.0e-3, validate_every: 3, adaptation: {{start: 0, rise: 0.5}}}}
arms:
  - {{name: full, title: everything}}
  - {{name: source_only, set: {{train.adaptation.alignment: []}}}}
  - {{name: radar, set: {{model.cross_scene: {{radar: {{view: micro_doppler}}, width: 8}}}}}}
main: full
",
        corpus.display()
    )
}

fn run(study: &Path, output: &Path, set: &[&str]) -> std::process::Output {
    let mut command = kinecho();
    command.arg("run").arg(study).arg("-o").arg(output).arg("--json");
    set.iter().for_each(|value| {
        command.args(["--set", value]);
    });
    command.output().unwrap()
}

#[test]
fn people_are_left_out_in_turn_and_the_main_arm_is_tested_against_the_others() {
    let home = tempfile::tempdir().unwrap();
    let (scenes, file) = (home.path().join("scenes"), home.path().join("study.yaml"));
    corpus(&scenes);
    fs::write(&file, study(&scenes)).unwrap();
    let output = home.path().join("run");
    let done = run(&file, &output, &[]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let answers = report["results"]["answers"].as_array().unwrap();
    // Three arms, two seeds, two people of whom each is left out once.
    assert_eq!(answers.len(), 12);
    for answer in answers {
        let adapts = answer["arm"] != "source_only";
        assert_eq!(answer["learnt"], 27);
        assert_eq!(answer["unlabelled"], if adapts { 27 } else { 0 });
        assert_eq!(answer["outcome"]["samples"], 9);
        let count = answer["subcarriers"].as_array().map_or(0, Vec::len);
        assert_eq!(count, if answer["arm"] == "radar" { 0 } else { 3 });
    }
    let controls = report["results"]["controls"].as_array().unwrap();
    assert_eq!(controls.len(), 4);
    let tests = report["results"]["tests"].as_array().unwrap();
    let against: Vec<&str> = tests.iter().map(|t| t["against"].as_str().unwrap()).collect();
    assert_eq!(against, ["source_only", "radar"]);
    for test in tests {
        let (p, corrected) = (test["test"]["p"].as_f64().unwrap(), test["p_bonferroni"].as_f64().unwrap());
        assert_eq!(test["test"]["pairs"], 4);
        assert!((corrected - (2.0 * p).min(1.0)).abs() < 1e-12);
    }
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    for said in ["laboratory to office", "Confusion", "Bonferroni", "row_means"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let (scenes, file) = (home.path().join("scenes"), home.path().join("study.yaml"));
    corpus(&scenes);
    fs::write(&file, study(&scenes)).unwrap();
    let refusals = [
        ("leave_one_out=null", "shown without labels and asked about"),
        ("transfers.0.unlabelled.session=[attic]", "`unlabelled` accepts no sample: the domain is empty"),
        ("transfers.0.learn.session=[lab, office]", "recordings are in `learn` and in `unlabelled`"),
        ("main=best", "`best`; expected the name of an arm"),
        ("model={classifier: {}}", "expected cross_scene"),
        ("model.cross_scene.wifi.keep=9", "at most the 6 subcarriers of a link"),
        ("train.adaptation.alignment=[dann]", "dann"),
        ("train.adaptation.alignment=[daan]", "puts out no local_domains"),
    ];
    for (i, (set, part)) in refusals.into_iter().enumerate() {
        let refused = run(&file, &home.path().join(format!("refused{i}")), &[set]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(part), "{set}: {said}");
    }
    let people = run(&file, &home.path().join("people"), &["leave_one_out=null", "transductive=true"]);
    let said = String::from_utf8_lossy(&people.stderr).into_owned();
    assert!(said.contains("people are in `learn` and in `test`: p0, p1"), "{said}");
}
