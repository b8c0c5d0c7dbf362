//! `corpus dedup`, pre-training on several shapes and studies of pre-training, as a researcher uses them.

use super::kinecho;
use kinecho::base::axis::Axis;
use kinecho::chain::{View, Views};
use kinecho::corpus::{CorpusPlan, CorpusWriter, Sample, SampleMeta, Targets};
use ndarray::Array2;
use serde_json::Value;
use std::fs;
use std::path::Path;

const LABELS: [&str; 3] = ["jump", "bow", "kick"];

/// Phases of tags of one person doing one thing: the label is a rate, the person a pattern over the tags. `copy` is the same recording once
/// more, under another name and with the noise of another reading.
fn sample(id: u64, rows: usize, columns: usize, (label, person): (usize, usize), copy: bool) -> Sample {
    let value = |r: usize, c: usize| {
        let turn = (1.5 + label as f32) * c as f32 * 0.35 + (r * (person + 2)) as f32 * 1.3 + person as f32;
        let reading = if copy { 0.01 * ((r * 37 + c * 11) as f32).sin() } else { 0.0 };
        (1.0 + 0.3 * (person * r % 5) as f32) * turn.sin()
            + 0.6 * ((person * 13 + r * 3 + c * 7) as f32 * 0.9).sin()
            + reading
    };
    let axes = vec![Axis::index("tag", rows), Axis::new("time", "s", columns, 0.0, 0.1)];
    let data = Array2::from_shape_fn((rows, columns), |(r, c)| value(r, c)).into_dyn();
    let mut views = Views::new();
    views.insert("rfid_phase", View { quantity: "phase".into(), unit: "rad".into(), axes, data });
    Sample {
        id,
        meta: SampleMeta {
            split: "train".into(),
            subject: format!("p{person}{}", if copy { "again" } else { "" }),
            source: "recorded".into(),
            recording: format!("r{id}"),
            duration_s: columns as f64 * 0.1,
            ..SampleMeta::default()
        },
        targets: Targets::of_label(LABELS[label]),
        views,
        extras: Vec::new(),
    }
}

/// Ten people do three things; three of the people are there twice, as in data sets whose folders were copied.
fn corpus(dir: &Path, rows: usize, columns: usize) -> Vec<(u64, u64)> {
    let mut samples: Vec<Sample> =
        (0..30).map(|id| sample(id, rows, columns, (id as usize % 3, id as usize / 3), false)).collect();
    let mut doubled = Vec::new();
    for (i, person) in [2, 5, 7].into_iter().enumerate() {
        for label in 0..3 {
            let id = 30 + 3 * i as u64 + label as u64;
            samples.push(sample(id, rows, columns, (label, person), true));
            doubled.push((id, 3 * person as u64 + label as u64));
        }
    }
    let count = samples.len() as u64;
    let writer = CorpusWriter::create(dir, CorpusPlan::new(count, 20, "", Default::default()).unwrap()).unwrap();
    for shard in 0..writer.plan().shards() {
        let part: Vec<Sample> = writer.plan().ids(shard).map(|id| samples[id as usize].clone()).collect();
        writer.write_shard(shard, &part).unwrap();
    }
    writer.finish().unwrap();
    doubled
}

fn bytes_below(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes_below(&path));
        } else {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn doubled_people_are_found_and_the_corpora_stay_as_they_are() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (home.path().join("one, two"), home.path().join("other"));
    let doubled = corpus(&first, 12, 40);
    corpus(&second, 9, 30);
    let before = (bytes_below(&first), bytes_below(&second));
    let list = home.path().join("same.csv");
    let dedup = |patch: &str| {
        let mut command = kinecho();
        command.args(["corpus", "dedup"]).arg(&first).arg(&second).args(["-o"]).arg(&list);
        command.args(["--patch", patch, "--steps", "120", "--json"]);
        command
    };
    let done = dedup("4,8").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let found: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(before, (bytes_below(&first), bytes_below(&second)));
    let removed = found["corpora"][0]["removed"].as_array().unwrap();
    let is_removed = |id: u64| removed.iter().any(|r| r["id"] == id);
    for (copy, of) in &doubled {
        let there = removed.iter().find(|r| r["id"] == *copy).unwrap_or_else(|| panic!("{copy} of {removed:?}"));
        // By the original, or by what the original has gone for as well.
        assert!(there["kept"] == *of || is_removed(*of), "{there}: {removed:?}");
        assert_eq!(there["kept"].as_u64().unwrap() % 3, of % 3, "another label: {there}");
    }
    println!("{} of 39 removed, above {}", removed.len(), found["corpora"][0]["threshold"]);
    // Nine of thirty-nine are copies; what of one label is alike may go as well, and of every label some stay.
    assert!(removed.len() <= 33, "{removed:?}");
    let text = fs::read_to_string(&list).unwrap();
    assert!(text.starts_with("corpus,id,kept,cosine\n\""), "{text}");
    let page = fs::read_to_string(list.with_extension("html")).unwrap();
    assert!(page.matches("<img").count() >= 18 && page.contains("p2again"));
    assert!(!home.path().join("same.encoder").exists());
    // Training leaves them out: the same job with the list and without.
    let job = home.path().join("job.yaml");
    fs::write(
        &job,
        format!(
            "version: 1\nname: masked\nmodel: {{wiswiss: {{view: rfid_phase, patch: [4, 8], width: 16, heads: 2, depth: 1}}}}\nsources:\n  - \
             {{corpus: \"{}\", without: \"{}\"}}\n  - {{corpus: \"{}\", weight: 2}}\ntrain: {{steps: 6, batch: 4, sampling: shuffled}}\n",
            first.display(),
            list.display(),
            second.display()
        ),
    )
    .unwrap();
    let output = home.path().join("run");
    let done = kinecho().args(["pretrain"]).arg(&job).arg("-o").arg(&output).arg("--json").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["report"]["samples"], serde_json::json!([39 - removed.len(), 39]));
    assert_eq!(report["report"]["train"]["measure"], "minus the loss");
    // Its backbone goes on under another head, learns the labels of one corpus, and is asked about them.
    let tune = home.path().join("tune.yaml");
    let text = format!(
        "version: 1\nname: tuned\nfrom: \"{}\"\nhead: {{classify: {{}}}}\nsources: [{{corpus: \"{}\"}}]\ntrain: {{steps: 6, batch: 4, adapt: full}}\n",
        output.join("checkpoint").display(),
        first.display()
    );
    fs::write(&tune, &text).unwrap();
    let tuned = home.path().join("tuned");
    let done = kinecho().arg("finetune").arg(&tune).arg("-o").arg(&tuned).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let asked = home.path().join("asked.yaml");
    fs::write(
        &asked,
        format!(
            "version: 1\nname: asked\ncheckpoint: \"{}\"\ntest: {{corpus: \"{}\"}}\n",
            tuned.join("checkpoint").display(),
            first.display()
        ),
    )
    .unwrap();
    let done = kinecho().arg("evaluate").arg(&asked).arg("--json").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let answers: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((answers["system"].as_str(), answers["samples"].as_u64()), (Some("wiswiss"), Some(39)));
    fs::write(&tune, text.replace(", adapt: full", "")).unwrap();
    let refused = kinecho().arg("finetune").arg(&tune).arg("--dry-run").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("train.adapt") && said.contains("adapt: full"), "{said}");
    // Views of fewer cells than a patch: which corpus it is.
    let refused = dedup("64,64").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("fewer than one patch of 4096") && said.contains("one, two"),
        "{said}"
    );
}

#[test]
fn a_study_of_pretraining_runs_from_yaml_to_report_and_goes_on_where_it_was_stopped() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (home.path().join("one"), home.path().join("other"));
    corpus(&first, 12, 40);
    corpus(&second, 9, 30);
    let study = home.path().join("study.yaml");
    fs::write(
        &study,
        format!(
            "version: 1
name: small
title: A small study
seeds: [1, 2]
model: {{view: rfid_phase, patch: [4, 8], width: 16, heads: 2, depth: 1, task: {{masked: {{ratio: 0.5, transform: {{plain: {{}}}}}}}}}}
pretraining:
  - {{name: other, corpus: \"{}\"}}
pretrain: {{steps: 20, batch: 8, learning_rate: 1.0e-3, sampling: shuffled}}
tasks:
  - name: labels
    title: What is done
    on: {{name: one, corpus: \"{}\"}}
    head: classify
    leave_one_out: subject
    test: {{subject: [p1, p4]}}
    fractions: [0.5, 1.0]
    train: {{steps: 15, batch: 8, learning_rate: 3.0e-3, validate_every: 5, early_stopping: {{patience: 3}}}}
arms:
  - {{name: wiswiss}}
  - {{name: scratch, pretrained: false}}
  - {{name: no_phi, set: {{model.task.masked.transform: null}}}}
",
            second.display(),
            first.display()
        ),
    )
    .unwrap();
    let output = home.path().join("run");
    let run = |set: &[&str], to: &Path| {
        let mut command = kinecho();
        command.arg("run").arg(&study).args(["-o"]).arg(to).arg("--json");
        set.iter().for_each(|value| {
            command.args(["--set", value]);
        });
        command.output().unwrap()
    };
    let done = run(&[], &output);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let answers = report["results"]["answers"].as_array().unwrap();
    // Three arms, two seeds, two shares, two people.
    assert_eq!(answers.len(), 24);
    assert!(answers.iter().all(|a| a["tested"] == 3 && a["left_out"].as_str().unwrap().starts_with("subject p")));
    // Two ways of pre-training, two seeds.
    assert_eq!(report["results"]["pretraining"].as_array().unwrap().len(), 4);
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    assert!(page.contains("A small study") && page.contains("50 % of the labels") && page.contains("no_phi"));
    // Stopped before its last words, it reads what is done and says the same.
    fs::remove_file(output.join("report.html")).unwrap();
    let again = run(&[], &output);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    let scores = |of: &Value| -> Vec<f64> {
        of["results"]["answers"].as_array().unwrap().iter().map(|a| a["score"].as_f64().unwrap()).collect()
    };
    assert_eq!(scores(&report), scores(&again));
    for (set, said) in [
        (vec!["tasks.0.fractions=[0.01]"], "are none: take a larger share"),
        (vec!["model.view=amplitude"], "has no view amplitude"),
        (vec!["arms.2.set={model.task.masked.ratio: 1.5}"], "above 0, below 1"),
        (vec!["tasks.0.head=pose"], "says nothing of people: simulate it with `truth: true`"),
    ] {
        let refused = run(&set, &home.path().join("other run"));
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && text.contains(said), "{set:?}: {text}");
        let _ = fs::remove_dir_all(home.path().join("other run"));
    }
}

/// Simulated people, one or two before a small radar: joints and boxes are learnt from what samples say of them.
#[test]
fn joints_and_boxes_of_simulated_people_are_learnt() {
    let home = tempfile::tempdir().unwrap();
    let study = home.path().join("study.yaml");
    let text = "version: 1
name: people
title: Where people are
seeds: [1]
model: {view: time_range_angle, patch: [2, 8, 8], width: 16, heads: 1, depth: 1, task: {masked: {}}}
pretraining:
  - name: boxes
    simulated: &boxes
      version: 1
      seed: 3
      activities: [squat, wave_hand]
      subjects: 2
      repetitions: 3
      truth: true
      scene:
        radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6, frame_period_s: 0.05}}
        people: [{range_m: [1.2, 2.1], azimuth_deg: [-40, 40], start_s: [0.4, 1.5]}]
        duration_s: 0.2
      places:
        - {name: alone}
        - {name: beside, scene: {people: [{range_m: [1.2, 2.1], azimuth_deg: [-40, -10]}, {motion: squat, range_m: [1.2, 2.1], azimuth_deg: [10, 40], start_s: 0.6}]}}
      simulation: {integral_tolerance: 0.2}
      chain: {range_angle: {times: 2, ranges: 16, angles: 24, max_range_m: 4}}
pretrain: {steps: 4, batch: 4, sampling: shuffled}
tasks:
  - name: boxes
    title: Boxes
    on: {name: boxes, simulated: *boxes}
    head: detect
    leave_one_out: subject
    fractions: [1.0]
    train: &train {steps: 60, batch: 8, learning_rate: 3.0e-3, validate_every: 20, early_stopping: {patience: 3}}
  - name: joints
    title: Joints
    on:
      name: joints
      simulated: {version: 1, seed: 3, activities: [squat, wave_hand], subjects: 2, repetitions: 4, truth: true, scene: {radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6, frame_period_s: 0.05}}, people: [{range_m: [1.2, 2.1], azimuth_deg: [-40, 40], start_s: [0.4, 1.5]}], duration_s: 0.2}, simulation: {integral_tolerance: 0.2}, chain: {range_angle: {times: 2, ranges: 16, angles: 24, max_range_m: 4}}}
    head: pose
    leave_one_out: subject
    fractions: [1.0]
    train: *train
arms: [{name: scratch, pretrained: false}]
";
    fs::write(&study, text).unwrap();
    let run = |changes: &[&str], to: &str| {
        let mut command = kinecho();
        command.arg("run").arg(&study).arg("-o").arg(home.path().join(to)).arg("--json");
        changes.iter().for_each(|change| {
            command.args(["--set", change]);
        });
        command.output().unwrap()
    };
    let done = run(&[], "run");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let answers = report["results"]["answers"].as_array().unwrap();
    let of = |task: &str| answers.iter().filter(|a| a["task"] == task).collect::<Vec<_>>();
    // Two people, each left out once; 24 samples in two places, and 16 in one.
    assert_eq!((of("boxes").len(), of("joints").len()), (2, 2));
    assert!(of("boxes").iter().all(|a| a["tested"] == 12) && of("joints").iter().all(|a| a["tested"] == 8));
    for answer in of("boxes") {
        let (score, trivial) = (answer["score"].as_f64().unwrap(), answer["trivial"].as_f64().unwrap());
        assert!((0.0..=1.0).contains(&score) && (0.0..0.9).contains(&trivial), "{answer}");
    }
    for answer in of("joints") {
        // People stand within a metre or two of each other: the mean pose is decimetres off, and what was learnt is no worse than it by much.
        let (score, trivial) = (answer["score"].as_f64().unwrap(), answer["trivial"].as_f64().unwrap());
        assert!((0.2..1.5).contains(&trivial) && score < 1.3 * trivial, "{answer}");
    }
    for (change, said) in [
        ("tasks.0.on.simulated.truth=false", "tasks.0.on.simulated.truth: expected true"),
        ("tasks.0.head=pose", "2 people are there; a pose is of one"),
    ] {
        let refused = run(&[change], "refused");
        let said_of = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said_of.contains(said), "{change}: {said_of}");
        let _ = fs::remove_dir_all(home.path().join("refused"));
    }
}
