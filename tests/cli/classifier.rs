//! A classifier through the program: trained, asked, stopped, and refused where another system is wanted.

use super::jobs::Lab;
use serde_json::Value;

const JOB: &str = "version: 1\nname: labels\nmodel: {classifier: {channels: [8, 8], groups: 2, width: 16}}\nsources:\n\
                   - {corpus: sim, split: [train]}\nvalidation: {corpus: sim, split: [validation]}\ntrain: {steps: 80, batch: 8, \
                   learning_rate: 1.0e-2, schedule: cosine, log_every: 10, augment: {noise: 0.1, range_shift: 0.1}}\n";

const ASK: &str = "version: 1\nname: ask\ncheckpoint: labels/checkpoint\ntest: {corpus: sim, split: [validation]}\n";

#[test]
fn a_classifier_is_trained_and_asked_by_the_same_commands() {
    let lab = Lab::new();
    lab.write("labels.yaml", JOB);
    let plan = lab.json(&["pretrain", "labels.yaml", "--dry-run"]);
    let report = lab.json(&["pretrain", "labels.yaml", "-o", "labels"])["report"].clone();
    assert_eq!(plan["parameters"], report["parameters"]);
    assert_eq!(report["parameters"]["total"], report["train"]["parameters"]);
    assert!(report.get("text_encoder").is_none(), "{report}");
    let accuracy = report["train"]["validations"].as_array().unwrap().last().unwrap()[1].as_f64().unwrap();
    assert!(accuracy > 0.9, "four labels, each a bright row: {accuracy}");
    lab.write("ask.yaml", ASK);
    let answers = lab.json(&["evaluate", "ask.yaml"]);
    assert_eq!((&answers["system"], &answers["samples"]), (&"classifier".into(), &16.into()));
    assert_eq!(answers["shots"][0]["accuracy"], accuracy);
    let rows = answers["shots"][0]["draws"][0]["confusion"].as_array().unwrap();
    let sums: Vec<u64> = rows.iter().map(|r| r.as_array().unwrap().iter().filter_map(Value::as_u64).sum()).collect();
    assert_eq!(sums, [4, 4, 4, 4]);
    let text = String::from_utf8(lab.output(&["evaluate", "ask.yaml"]).stdout).unwrap();
    assert!(text.contains("confusion: rows done, columns answered"), "{text}");
    // Among two of its labels, written in words.
    let two = lab.json(&["evaluate", "ask.yaml", "--set", "labels=[jump, stand still]"]);
    assert_eq!((&two["samples"], &two["labels"]), (&8.into(), &serde_json::json!(["jump", "stand_still"])));
    // It learns on, everything or a head's adapter.
    lab.write("more.yaml", "version: 1\nname: more\nfrom: labels/checkpoint\nsources: [{corpus: sim}]\n");
    lab.fails(
        &["finetune", "more.yaml", "-o", "no"],
        &["no linear layer of this model ends in \"qkv\"", "branches.0.head"],
    );
    let lora = ["--set", "train={steps: 2, batch: 4, adapt: !lora {r: 2, alpha: 2, targets: [head]}}"];
    lab.json(&[&["finetune", "more.yaml", "-o", "fine"][..], &lora].concat());
    let apart = lab.json(&["evaluate", "ask.yaml", "--set", "adapter=fine/adapter"]);
    let merged = lab.json(&["evaluate", "ask.yaml", "--set", "checkpoint=fine/checkpoint"]);
    assert_eq!(apart["shots"], merged["shots"]);
}

#[test]
fn what_a_classifier_cannot_do_is_refused_by_name() {
    let lab = Lab::new();
    lab.write("labels.yaml", JOB);
    for (set, says) in [
        ("train.loss=cosine", "train.loss: is about sentences"),
        ("text.describe=true", "text: is about sentences"),
        ("model.classifier.kernel=2", "model.classifier.kernel"),
        ("model.classifier.classes=9", "model.classifier.classes"),
        ("model.classifier.views=[{name: depth}]", "a view of the data: time_doppler, time_range"),
        ("model.classifier.views=[{name: time_doppler, shape: [4, 4]}]", "or the size in the data: 8 rows"),
        ("validation.labels=[moonwalk]", "moonwalk"),
        ("unseen=[kick]", "label \"kick\" is none of the 3 classes"),
        ("train.label_smoothing=1.0", "train.label_smoothing"),
    ] {
        lab.fails(&["pretrain", "labels.yaml", "-o", "no", "--set", set], &[says]);
        assert!(!lab.path("no").exists(), "{set}");
    }
    lab.json(&["pretrain", "labels.yaml", "-o", "labels", "--set", "train.steps=2"]);
    // A share of the text goes with the nearest mean.
    lab.write("ask.yaml", &format!("{}\nhead: mean\n", ASK.trim_end()));
    for (set, says) in [
        ("shots=[1]", "shots: the checkpoint is a classifier's"),
        ("text_share=0.5", "text_share: the checkpoint is a classifier's"),
        ("labels=[jump, squat]", "`squat` is none of the classes of the classifier: bow, jump, kick, stand_still"),
    ] {
        lab.fails(&["evaluate", "ask.yaml", "--set", set], &[says]);
        lab.fails(&["evaluate", "ask.yaml", "--dry-run", "--set", set], &[says]);
    }
    // Smoothing has nothing to smooth where sentences are compared.
    lab.write(
        "words.yaml",
        &JOB.replace(
            "classifier: {channels: [8, 8], groups: 2, width: 16}",
            "rows: 8, columns: 12, patch_columns: 3, maps: [time_doppler, time_range]",
        ),
    );
    lab.fails(
        &["pretrain", "words.yaml", "-o", "no", "--set", "train.label_smoothing=0.1"],
        &["label_smoothing is set"],
    );
}
