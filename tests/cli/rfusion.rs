//! Studies of several kinds of radio, as a researcher uses them.

use super::kinecho;
use kinecho::base::axis::Axis;
use kinecho::chain::{View, Views};
use kinecho::corpus::{CorpusPlan, CorpusWriter, Sample, SampleMeta, Targets};
use ndarray::Array2;
use serde_json::Value;
use std::fs;
use std::path::Path;

const LABELS: [&str; 3] = ["jump", "bow", "kick"];
const VIEWS: [(&str, usize, usize); 3] = [("amplitude", 12, 40), ("rfid_phase", 4, 24), ("time_doppler", 16, 24)];

/// One person doing one thing, seen by three sensors; `dead`: the tags never answer.
fn sample(id: u64, dead: bool) -> Sample {
    let (label, person) = (id as usize % 3, id as usize / 9);
    let mut views = Views::new();
    for (kind, (name, rows, columns)) in VIEWS.into_iter().enumerate() {
        let value = |r: usize, c: usize| {
            let swing = ((1.5 + 1.5 * label as f32) * c as f32 * 9.0 / columns as f32 + id as f32).sin();
            let noise = 0.1 * ((id as usize * 131 + r * 37 + c * 11 + kind) as f32).sin();
            if dead && kind == 1 { 0.0 } else { swing * (1.0 + 0.2 * (r * (person + 1)) as f32).cos() + noise }
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
            session: "room".into(),
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

/// Eight people do three things three times.
fn corpus(dir: &Path, dead: impl Fn(u64) -> bool) {
    let writer = CorpusWriter::create(dir, CorpusPlan::new(72, 24, "", Default::default()).unwrap()).unwrap();
    for shard in 0..writer.plan().shards() {
        let part: Vec<Sample> = writer.plan().ids(shard).map(|id| sample(id, dead(id))).collect();
        writer.write_shard(shard, &part).unwrap();
    }
    writer.finish().unwrap();
}

const MODEL: &str = "
model:
  rfusion:
    wifi: {view: amplitude, channels: [8, 8]}
    rfid: {view: rfid_phase, channels: [8, 8]}
    radar: {views: [time_doppler], channels: [8, 8], depths: [1, 1]}
    width: 16
    heads: 2
    hidden: 16
    task: {contrast: {guider: true, arbiter: 3}}
";

fn study(corpus: &Path) -> String {
    let corpus = corpus.display();
    format!(
        "version: 1
name: three
title: A small study of three
seeds: [1]
{MODEL}
pretraining:
  - {{name: pairs, corpus: \"{corpus}\", take: &known {{subject: [p0, p1, p2, p3, p4, p5], drawn_percent: [0, 70]}}}}
pretrain: {{steps: 20, batch: 8, learning_rate: 1.0e-3, sampling: shuffled, log_every: 5}}
tasks:
  - name: unseen
    title: People whom it has not seen
    on: {{name: pairs, corpus: \"{corpus}\"}}
    head: classify
    learn: *known
    test: {{subject: [p6, p7]}}
    fractions: [1.0]
    validation: 0
    train: {{steps: 15, batch: 8, learning_rate: 3.0e-3}}
arms:
  - {{name: rfusion}}
  - {{name: scratch, pretrained: false, set: {{tasks.0.apart: true, tasks.0.sets: [[wifi], [wifi, rfid]]}}}}
  - {{name: cosmo, set: {{model.rfusion.task.contrast: {{guider: false}}, pretrain.guided_contrast: {{objective: cosmo}}, tasks.0.fusion: gru}}}}
"
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
fn one_model_is_asked_by_every_set_of_sensors() {
    let home = tempfile::tempdir().unwrap();
    let (pairs, file) = (home.path().join("pairs"), home.path().join("study.yaml"));
    corpus(&pairs, |_| false);
    fs::write(&file, study(&pairs)).unwrap();
    let output = home.path().join("run");
    let done = run(&file, &output, &[]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let answers = report["results"]["answers"].as_array().unwrap();
    let kinds = |arm: &str| -> Vec<&str> {
        let of = answers.iter().filter(|a| a["arm"] == arm);
        of.map(|a| a["kinds"].as_str().unwrap()).collect()
    };
    let all = ["wifi", "rfid", "radar", "wifi + rfid", "wifi + radar", "rfid + radar", "wifi + rfid + radar"];
    assert_eq!(kinds("rfusion"), all);
    assert_eq!(kinds("cosmo"), all);
    assert_eq!(kinds("scratch"), ["wifi", "wifi + rfid"]);
    assert!(answers.iter().all(|a| a["tested"] == 18 && (30..=50).contains(&a["learnt"].as_u64().unwrap())));
    let pretraining = report["results"]["pretraining"].as_array().unwrap();
    assert_eq!(pretraining.len(), 2);
    for part in ["guided", "base", "guider", "arbiter"] {
        assert_eq!(pretraining[0]["parts"][part].as_array().unwrap().len(), 4, "{part}");
    }
    let alike = pretraining[0]["alignment"].as_array().unwrap();
    assert!(alike.iter().all(|v| (0.0..=1.0).contains(&v.as_f64().unwrap())), "{alike:?}");
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    for said in ["100 % of the labels, wifi + radar", "Alignment", "features alone, L_Base"] {
        assert!(page.contains(said), "{said}");
    }
    let refusals = [
        ("tasks.0.sets=[[radar, wifi]]", "[radar + wifi]; expected some of wifi + rfid + radar in this order"),
        ("tasks.0.sets=[[wifi], [rfid]]", "expected wifi + rfid among them, or `apart: true`"),
        ("tasks.0.test.drawn_percent=[70, 30]", "expected two growing numbers"),
        ("model.rfusion.task={classify: {}}", "expected contrast"),
        ("model.rfusion.radar.views=[time_range]", "has no view time_range"),
        ("model.rfusion.wifi.links=5", "12 rows of `amplitude`"),
    ];
    for (i, (set, said)) in refusals.into_iter().enumerate() {
        let refused = run(&file, &home.path().join(format!("refused{i}")), &[set]);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && text.contains(said), "{set}: {text}");
    }
    // A sensor that measured nothing anywhere.
    let dead = home.path().join("dead");
    corpus(&dead, |_| true);
    fs::write(&file, study(&dead)).unwrap();
    let refused = run(&file, &home.path().join("silent"), &[]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("rfid_phase is one number throughout every sample"), "{text}");
}

/// XRF55's layout: three people do two things twice, seen by WiFi and RFID; one WiFi file is missing, one RFID file too many.
#[test]
fn recordings_of_two_data_sets_are_paired_and_what_stays_alone_is_listed() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("xrf55");
    let write = |name: String, shape: (usize, usize), rate: f32| {
        let path = data.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let array = Array2::from_shape_fn(shape, |(r, c)| {
            let time = 5.0 * c as f32 / shape.1 as f32;
            3.0 + (rate * time + r as f32).sin() + 0.1 * (r * 7 + c) as f32 % 0.3
        });
        ndarray_npy::write_npy(&path, &array).unwrap();
    };
    for user in 1..=3 {
        for action in 1..=2 {
            for take in 1..=2 {
                let name = format!("{user:02}_{action:02}_{take:02}.npy");
                if (user, action, take) != (2, 1, 2) {
                    write(format!("Scene3/WiFi/{name}"), (270, 1000), 3.0 * action as f32);
                }
                write(format!("Scene3/RFID/{name}"), (23, 148), 3.0 * action as f32);
            }
        }
    }
    let file = home.path().join("study.yaml");
    fs::write(
        &file,
        "version: 1
name: xrf55
title: XRF55, WiFi and RFID
seeds: [1]
data: null
model:
  rfusion:
    wifi: {view: amplitude, links: 9, channels: [8, 8]}
    rfid: {view: rfid_phase, channels: [8, 8]}
    width: 16
    heads: 2
    hidden: 16
    task: {contrast: {guider: true, arbiter: 2}}
pretraining:
  - &pairs
    name: wifi
    data_set: xrf55_wifi
    import:
      length_s: 4.9
      hop_s: 4.9
      chain: {csi: {rate_hz: 200, views: [{view: amplitude, rows: 270, columns: 100}]}}
    with:
      - name: rfid
        data_set: xrf55_rfid
        import: {length_s: 4.9, hop_s: 4.9, chain: {rfid: {tags: 23, columns: 49}}}
pretrain: {steps: 4, batch: 4, sampling: shuffled}
tasks:
  - {name: unseen, title: A person left out, on: *pairs , head: classify, leave_one_out: subject, fractions: [1.0], validation: 0, train: {steps: 4, batch: 4}}
arms:
  - {name: rfusion}
",
    )
    .unwrap();
    let output = home.path().join("run");
    let done = run(&file, &output, &[&format!("data={}", data.display())]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["results"]["pretraining"][0]["samples"][0], 11);
    assert_eq!(report["results"]["unpaired"], serde_json::json!({"rfid": 1}));
    let listed = fs::read_to_string(output.join("unpaired.csv")).unwrap();
    assert!(listed.contains("Scene3/RFID/02_01_02") && listed.contains("wifi has no partner for it"), "{listed}");
    let answers = report["results"]["answers"].as_array().unwrap();
    // Three people, three sets.
    assert_eq!(answers.len(), 9);
    // Windows of other lengths do not show the same.
    let refused = run(
        &file,
        &home.path().join("apart"),
        &[&format!("data={}", data.display()), "pretraining.0.with.0.import.length_s=2"],
    );
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("nothing of wifi and rfid finds a partner"), "{said}");
}
