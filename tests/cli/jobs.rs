//! `pretrain`, `finetune` and `evaluate` on a small corpus, as a researcher uses them: killed, resumed, mixed, misled.

use super::kinecho;
use kinecho::base::axis::Axis;
use kinecho::base::yaml::Document;
use kinecho::corpus::{CorpusPlan, CorpusWriter, Sample, SampleMeta, Targets};
use kinecho::dsp::maps::Maps;
use kinecho::model::interface::Model;
use kinecho::model::lora::LoraConfig;
use kinecho::study::job::{EvaluateJob, TrainJob};
use kinecho::train::Adapt;
use ndarray::Array3;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const LABELS: [&str; 4] = ["jump", "bow", "kick", "stand_still"];
const ROWS: usize = 8;
const COLUMNS: usize = 12;

/// A label shows as a bright row in the first map; subjects 0 to 2 train, subject 3 is for validation. `offset` shifts the
/// level of all maps, as another room would.
fn sample(id: u64, labels: &[&str], offset: f32) -> Sample {
    let (class, subject) = (id as usize % labels.len(), id as usize / labels.len() % 4);
    let value = |m: usize, r: usize, c: usize| {
        let bump = if m == 0 && r / 2 == class { 0.9 } else { 0.0 };
        let noise = ((id as usize * 131 + m * 71 + r * 13 + c) as f32 * 1.7).sin() * 0.2;
        (offset - 0.5 + bump + noise).clamp(-1.0, 1.0)
    };
    let rows = |name: &str| Axis::new(name, "1", ROWS, 0.0, 1.0);
    Sample {
        id,
        meta: SampleMeta {
            split: if subject == 3 { "validation" } else { "train" }.into(),
            subject: format!("s{subject}"),
            source: "simulated".into(),
            recording: format!("r{id}"),
            duration_s: 3.0,
            ..SampleMeta::default()
        },
        targets: Targets::of_label(labels[class]),
        views: Maps {
            quantity: "scaled_log_magnitude".into(),
            names: vec!["time_doppler".into(), "time_range".into()],
            data: Array3::from_shape_fn((2, ROWS, COLUMNS), |(m, r, c)| value(m, r, c)),
            time: Axis::new("time", "s", COLUMNS, 0.0, 0.25),
            rows: vec![rows("doppler"), rows("range")],
        }
        .into(),
        extras: Vec::new(),
    }
}

fn corpus(dir: &Path, labels: &[&str], offset: f32) {
    let count = 16 * labels.len() as u64;
    let writer = CorpusWriter::create(dir, CorpusPlan::new(count, 20, "", Default::default()).unwrap()).unwrap();
    for shard in 0..writer.plan().shards() {
        let samples: Vec<Sample> = writer.plan().ids(shard).map(|id| sample(id, labels, offset)).collect();
        writer.write_shard(shard, &samples).unwrap();
    }
    writer.finish().unwrap();
}

const MODEL: &str = "model: {maps: [time_doppler, time_range], rows: 8, columns: 12, patch_columns: 3, map_width: 16, map_heads: 2, \
                     map_depth: 1, fusion_heads: 2, fusion_depth: 1, mlp_ratio: 2, text_heads: 4}";

fn pretrain_yaml(train: &str) -> String {
    format!(
        "version: 1\nname: tiny\n{MODEL}\nsources:\n- {{corpus: sim, split: [train]}}\nvalidation: {{corpus: sim, split: [validation]}}\n\
         train: {{steps: 60, batch: 8, learning_rate: 3.0e-3, schedule: constant, loss: label_match_kl, log_every: 5, {train}}}\n"
    )
}

pub(crate) struct Lab(tempfile::TempDir);

impl Lab {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        corpus(&dir.path().join("sim"), &LABELS, 0.0);
        Self(dir)
    }

    /// With `pre/checkpoint` after so many steps, and `fine.yaml`, a job that says no more than it must.
    pub(crate) fn pretrained(steps: u32) -> Self {
        let lab = Self::new();
        lab.write("pre.yaml", &pretrain_yaml("parts: 1"));
        lab.json(&["pretrain", "pre.yaml", "-o", "pre", "--set", &format!("train.steps={steps}")]);
        lab.write("fine.yaml", "version: 1\nname: fine\nfrom: pre/checkpoint\nsources: [{corpus: sim}]\n");
        lab
    }

    /// Starts a run that is long enough to be killed, and waits for its first state.
    fn running(&self, run: &str, steps: &[&str]) -> std::process::Child {
        let mut child = kinecho_std(self).args(["pretrain", "pre.yaml", "-o", run]).args(steps).spawn().unwrap();
        let since = Instant::now();
        while !self.path(run).join("resume/state.json").exists() {
            assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be killed");
            assert!(since.elapsed() < Duration::from_secs(120), "no checkpoint in two minutes");
            std::thread::sleep(Duration::from_millis(2));
        }
        child
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn output(&self, args: &[&str]) -> std::process::Output {
        kinecho().args(args).current_dir(self.0.path()).output().unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.output(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn fails(&self, args: &[&str], says: &[&str]) {
        let output = self.output(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(says.iter().all(|s| stderr.contains(s)), "{args:?}: {says:?} in {stderr}");
    }

    fn weights(&self, run: &str) -> Vec<u8> {
        fs::read(self.path(run).join("checkpoint/model.safetensors")).unwrap()
    }
}

#[test]
fn pretraining_finetuning_and_evaluation_follow_each_other() {
    let lab = Lab::new();
    corpus(&lab.path("real"), &LABELS, 0.2);
    lab.write("pre.yaml", &pretrain_yaml("validate_every: 20"));
    let pre = lab.json(&["pretrain", "pre.yaml", "-o", "pre"]);
    let report = &pre["report"];
    assert_eq!(report["samples"], serde_json::json!([48]));
    assert!(report["parameters"]["total"].as_u64().unwrap() > report["parameters"]["text"].as_u64().unwrap());
    assert!(report["train"]["data_share"].as_f64().unwrap() < 1.0);
    assert!(report["train"]["samples_per_s"].as_f64().unwrap() > 0.0);
    #[cfg(target_os = "linux")]
    assert!(report["train"]["peak_memory_bytes"].as_u64().unwrap() > 10 << 20);
    for file in ["job.yaml", "config.json", "metrics.jsonl", "report.json", "checkpoint/config.json"] {
        assert!(lab.path("pre").join(file).is_file(), "{file}");
    }

    // Low-rank adapters on a mixture of both corpora, three to one.
    lab.write(
        "fine.yaml",
        "version: 1\nname: fine\nfrom: pre/checkpoint\nsources:\n- {corpus: real, split: [train], weight: 3}\n- {corpus: sim}\n\
         train: {steps: 20, batch: 8, learning_rate: 3.0e-3, loss: label_match_kl, adapt: !lora {r: 4, alpha: 8.0}}\n",
    );
    let fine = lab.json(&["finetune", "fine.yaml", "-o", "fine"]);
    assert_eq!(fine["report"]["samples"], serde_json::json!([48, 64]));
    let learnt = fine["report"]["train"]["trainable_parameters"].as_u64().unwrap();
    // Two map encoders of width 16, fusion and aggregation of width 32, text of width 384.
    assert_eq!(learnt, 4 * 4 * (2 * 16 + 2 * 32 + 384));
    assert!(lab.path("fine/adapter/adapter_model.safetensors").is_file());

    lab.write(
        "ask.yaml",
        "version: 1\nname: ask\ncheckpoint: fine/checkpoint\ntest: {corpus: real, split: [validation]}\nshots: [0, 1]\nsupport_draws: 3\n",
    );
    let merged = lab.json(&["evaluate", "ask.yaml", "-o", "answers"]);
    assert_eq!(merged["samples"], 16);
    assert_eq!(merged["unseen"], serde_json::json!([]));
    assert!(merged["shots"][0]["accuracy"].as_f64().unwrap() > 0.6, "{merged}");
    assert_eq!(merged["shots"][1]["draws"].as_array().unwrap().len(), 3);
    assert!(lab.path("answers/evaluation.json").is_file());
    // The adapters on their base answer as the merged model does.
    let apart = ["--set", "checkpoint=pre/checkpoint", "--set", "adapter=fine/adapter"];
    let apart = lab.json(&[&["evaluate", "ask.yaml"][..], &apart].concat());
    assert_eq!(apart["shots"][0]["draws"], merged["shots"][0]["draws"]);
    let wrong_base = ["evaluate", "ask.yaml", "--set", "adapter=fine/adapter"];
    lab.fails(&wrong_base, &["base of the adapter"]);
}

/// The process is killed between two checkpoints, taken up again, and ends in the weights of a run that nobody disturbed.
#[test]
fn a_killed_process_goes_on_to_the_same_weights() {
    let lab = Lab::new();
    lab.write("pre.yaml", &pretrain_yaml("checkpoint_every: 4, augment: {noise: 0.1, range_shift: 0.2}"));
    let steps = ["--set", "train.steps=400"];
    let undisturbed = [&["pretrain", "pre.yaml", "-o", "whole"][..], &steps].concat();
    lab.json(&undisturbed);
    let mut child = lab.running("killed", &steps);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!lab.path("killed/report.json").exists(), "it was killed in time");
    lab.fails(&["pretrain", "pre.yaml", "-o", "killed"], &["not empty"]);
    let other =
        ["pretrain", "pre.yaml", "-o", "killed", "--resume", "--set", "train.batch=4", "--set", "train.steps=400"];
    lab.fails(&other, &["training settings"]);
    let resumed = lab.json(&[&["pretrain", "pre.yaml", "-o", "killed", "--resume"][..], &steps].concat());
    assert_eq!(resumed["report"]["train"]["steps"], 400);
    assert!(lab.weights("killed") == lab.weights("whole"), "the weights differ");
    lab.fails(&["pretrain", "pre.yaml", "-o", "killed", "--resume"], &["is finished"]);
    lab.fails(&["pretrain", "pre.yaml", "-o", "nowhere", "--resume"], &["no run that could be resumed"]);
}

fn kinecho_std(lab: &Lab) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kinecho"));
    command.current_dir(lab.0.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn what_does_not_fit_is_named_before_training() {
    let lab = Lab::new();
    corpus(&lab.path("foreign"), &["jump", "moonwalk"], 0.0);
    lab.write("pre.yaml", &pretrain_yaml("parts: 1"));
    let with = |sets: &[&str]| -> Vec<String> {
        let mut args: Vec<String> = ["pretrain", "pre.yaml", "-o", "x"].map(String::from).to_vec();
        sets.iter().for_each(|s| args.extend(["--set".into(), (*s).into()]));
        args
    };
    let fails = |sets: &[&str], says: &[&str]| {
        let args = with(sets);
        lab.fails(&args.iter().map(String::as_str).collect::<Vec<_>>(), says);
        let _ = fs::remove_dir_all(lab.path("x"));
    };
    fails(&["model.maps=[time_doppler, time_angle]"], &["names of the views", "time_angle", "time_range"]);
    fails(&["model.rows=16"], &["size of the views", "16 rows", "8 rows"]);
    fails(&["model.text_width=512"], &["sentence vectors", "512"]);
    fails(&["sources.0.corpus=foreign"], &["moonwalk", "text.describe"]);
    fails(&["sources.0.split=[train, trian]"], &["sources.0.split", "`trian`", "train, validation"]);
    fails(&["validation.labels=[jump]"], &["validation", "expected at least two labels"]);
    fails(&["sources.0.labels=[jump]"], &["sources: hold 1 label to learn (jump)"]);
    fails(&["train.threads=1000000000000"], &["train.threads: 1000000000000; expected", "1024"]);
    fails(&["validation.weight=-1"], &["validation.weight: -1"]);
    fails(&["train.augment={range_maps: [range]}"], &["range_maps is `range`", "time_range"]);
    lab.fails(&["pretrain", "pre.yaml", "--dry-run", "--set", "sources.0.corpus=nowhere"], &["nowhere"]);
    fails(&["sources.0.corpus=nowhere"], &["nowhere"]);
    // What would stop the run is found before it.
    let planned =
        |change: &str, parts: &[&str]| lab.fails(&["pretrain", "pre.yaml", "--dry-run", "--set", change], parts);
    planned("text.encoder=!clip nowhere", &["config.json", "Hugging Face"]);
    planned("model.text_width=512", &["text.encoder", "width 384", "takes 512"]);
    planned("sources.0.corpus=foreign", &["moonwalk", "text.describe"]);
    fails(&["text.encoder=!clip nowhere"], &["config.json", "Hugging Face"]);
    fails(&["train.stepz=3"], &["stepz"]);
    fails(&["version=2", "name=a b", "train.batch=0"], &["version: 2", "name: `a b`", "train.batch: 0; expected"]);
    fails(&["from=pre"], &["model: stands beside `from`"]);
    fails(&["train.early_stopping={patience: 2}"], &["validate_every above 0"]);
    lab.fails(&["finetune", "pre.yaml"], &["`from` is missing"]);
    #[cfg(not(feature = "cuda"))]
    lab.fails(&["pretrain", "pre.yaml", "--device", "cuda:1"], &["--features cuda"]);
    let output = lab.output(&["pretrain", "pre.yaml", "--device", "gpu"]);
    assert_eq!(output.status.code(), Some(2));
    // A label that nobody knows is learnt when rules may describe it.
    let args = with(&["sources.0.corpus=foreign", "text.describe=true", "train.steps=2", "validation=null"]);
    let report = lab.json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(report["report"]["labels"], serde_json::json!(["jump", "moonwalk"]));
}

/// The jobs that ship with the program are read, and mean the published settings.
#[test]
fn shipped_jobs_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/training");
    let document = |file: &str| Document::read(&folder.join(file)).unwrap();
    let pre = TrainJob::from_document(&document("pretrain.yaml")).unwrap();
    let settings = pre.settings();
    assert_eq!((settings.steps, settings.batch, &settings.adapt), (50_000, 16, &Adapt::Full));
    let parameters = pre.model.unwrap().init(0).unwrap().counts()["total"];
    assert!((16_000_000..18_000_000).contains(&parameters), "{parameters}");
    let fine = TrainJob::from_document(&document("finetune.yaml")).unwrap().settings();
    assert_eq!((fine.steps, &fine.adapt), (1000, &Adapt::Lora(LoraConfig::default())));
    assert_eq!(EvaluateJob::from_document(&document("evaluate.yaml")).unwrap().shots, [0, 1, 5]);
}

/// A seed changes the seed: what else a job leaves out stays what fine-tuning is.
#[test]
fn settings_that_are_left_out_are_those_of_fine_tuning() {
    let lab = Lab::pretrained(2);
    let plan = |more: &[&str]| lab.json(&[&["finetune", "fine.yaml", "--dry-run"][..], more].concat());
    let published = plan(&[]);
    assert_eq!((&published["steps"], &published["samples"]), (&1000.into(), &serde_json::json!([64])));
    assert_eq!(published["learns"], "adapters of rank 16 on qkv");
    assert_eq!(plan(&["--seed", "2"]), published);
    assert_eq!(plan(&["--set", "train.log_every=5", "--threads", "1"]), published);
    assert_eq!(plan(&["--set", "train.adapt=full"])["learns"], "everything");
    lab.fails(&["finetune", "fine.yaml", "--set", "train.stepz=5"], &["stepz"]);
    // The folder of a run is not its checkpoint.
    lab.fails(&["finetune", "fine.yaml", "--set", "from=pre"], &["the folder of a run", "pre/checkpoint"]);
}

/// A run goes on only with what it began with, and only where it left a state.
#[test]
fn a_run_goes_on_with_its_own_data_only() {
    let lab = Lab::new();
    corpus(&lab.path("real"), &LABELS, 0.2);
    lab.write("pre.yaml", &pretrain_yaml("checkpoint_every: 4"));
    lab.json(&["pretrain", "pre.yaml", "-o", "done", "--set", "train.steps=2"]);
    fs::remove_file(lab.path("done/report.json")).unwrap();
    // Killed before it could say what it came to: nothing is trained again.
    let before = lab.weights("done");
    lab.fails(
        &["pretrain", "pre.yaml", "-o", "done", "--resume"],
        &["training settings: the finished run", "steps 2, this run has steps 60"],
    );
    lab.json(&["pretrain", "pre.yaml", "-o", "done", "--resume", "--set", "train.steps=2"]);
    assert!(before == lab.weights("done"));
    fs::remove_file(lab.path("done/report.json")).unwrap();
    fs::remove_file(lab.path("done/finished.json")).unwrap();
    lab.fails(&["pretrain", "pre.yaml", "-o", "done", "--resume"], &["left no state", "another folder"]);
    let steps = ["--set", "train.steps=4000"];
    let mut child = lab.running("stopped", &steps);
    // While it trains, nobody else does.
    let resume = [&["pretrain", "pre.yaml", "-o", "stopped", "--resume"][..], &steps].concat();
    lab.fails(&resume, &["another process trains in this folder"]);
    child.kill().unwrap();
    child.wait().unwrap();
    lab.fails(&[&resume[..], &["--set", "sources.0.corpus=real"]].concat(), &["samples of source 0"]);
    lab.fails(&[&resume[..], &["--set", "sources.0.weight=2"]].concat(), &["weight of source 0", "has 1,", "has 2"]);
    lab.fails(
        &[&resume[..], &["--set", "train.batch=4"]].concat(),
        &["training settings: the stopped run has batch 8, this run has batch 4"],
    );
    // Killed between two renames, the state has another name.
    if !lab.path("stopped/resume.old").exists() {
        fs::rename(lab.path("stopped/resume"), lab.path("stopped/resume.old")).unwrap();
    }
    lab.fails(&[&resume[..], &["--set", "train.batch=4"]].concat(), &["training settings"]);
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let lab = Lab::pretrained(20);
    lab.write(
        "ask.yaml",
        "version: 1\nname: ask\ncheckpoint: pre/checkpoint\ntest: {corpus: sim, split: [validation]}\nsupport_draws: 4\n",
    );
    let ask = |sets: &[&str]| -> Vec<String> {
        let sets = sets.iter().flat_map(|s| ["--set".to_owned(), (*s).to_owned()]);
        ["evaluate", "ask.yaml"].into_iter().map(String::from).chain(sets).collect()
    };
    let fails = |sets: &[&str], says: &[&str]| {
        lab.fails(&ask(sets).iter().map(String::as_str).collect::<Vec<_>>(), says);
    };
    // Four samples a class.
    fails(&["shots=[4]"], &["with 4 examples a class nothing is left to ask"]);
    fails(&["test.split=[test]"], &["test.split", "`test`"]);
    fails(&["text_scoring={class: 0, attributes: 0}"], &["text_scoring", "nothing is compared"]);
    fails(&["labels=[jump, stand_still, juggle]"], &["labels: this label is not in the vocabulary: juggle"]);
    fails(&["labels=[stand_still, stand still]"], &["labels: `stand still` is given twice"]);
    // Labels may be written in words.
    let answer = |sets: &[&str]| lab.json(&ask(sets).iter().map(String::as_str).collect::<Vec<_>>());
    let words = answer(&["labels=[stand still, Kick]"]);
    assert_eq!((&words["labels"], &words["samples"]), (&serde_json::json!(["stand_still", "kick"]), &8.into()));
    // The recall of a label is that over all draws.
    let few = answer(&["shots=[1]"]);
    let shots = &few["shots"][0];
    for place in 0..4 {
        let counts = |draw: &Value| {
            let row: Vec<u64> =
                draw["confusion"][place].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
            (row[place], row.iter().sum::<u64>())
        };
        let sums = shots["draws"].as_array().unwrap().iter().map(counts).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert_eq!(shots["recall"][place].as_f64().unwrap(), sums.0 as f64 / sums.1 as f64);
    }
    // An adapter that was changed afterwards.
    lab.json(&["finetune", "fine.yaml", "-o", "fine", "--set", "train.steps=2"]);
    let adapter = lab.path("fine/adapter/adapter_model.safetensors");
    let mut bytes = fs::read(&adapter).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 0x10;
    fs::write(&adapter, &bytes).unwrap();
    fails(&["adapter=fine/adapter"], &["adapter_model.safetensors", "kinecho.json"]);
}

/// Weights that a last step has spoilt are not kept as a checkpoint.
#[test]
fn a_spoilt_model_is_not_kept() {
    let lab = Lab::pretrained(2);
    let adapt = "train.adapt=!lora {r: 4, alpha: 1.0e+30}";
    let run = ["finetune", "fine.yaml", "-o", "fine", "--set", "train.steps=1", "--set", adapt];
    lab.fails(&run, &["an embedding after the step is NaN at step 1", "no checkpoint had been written yet"]);
    assert!(!lab.path("fine/checkpoint").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stderr_takes_no_run_down() {
    let lab = Lab::new();
    lab.write("pre.yaml", &pretrain_yaml("parts: 1"));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut run = kinecho_std(&lab);
    let status =
        run.args(["pretrain", "pre.yaml", "-o", "pre", "--set", "train.steps=2"]).stderr(full).status().unwrap();
    assert!(status.success());
    assert!(lab.path("pre/report.json").is_file());
}
