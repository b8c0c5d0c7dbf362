//! The whole pipeline through the program, as small as it gets.

use super::kinecho;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Changes that make the demo tiny.
const TINY: [&str; 14] = [
    "source.subjects=3",
    "source.validation_subjects=1",
    "source.activities=[squat, kick, bow, stand_still]",
    "source.scene.radar.with={loops_per_frame: 16, samples_per_chirp: 32, sample_rate_hz: 2.4e+6}",
    "source.scene.duration_s=1.0",
    "target.simulated.subjects=3",
    "target.simulated.validation_subjects=2",
    "target.simulated.activities=[squat, kick, bow, stand_still]",
    "target.simulated.scene.radar.with={loops_per_frame: 16, samples_per_chirp: 32, sample_rate_hz: 2.4e+6}",
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

/// Runs the tiny demo with further changes.
fn tiny_with(dir: &Path, output: &str, changes: &[&str]) -> std::process::Output {
    let mut command = kinecho();
    command.args(["demo", "-o", output, "--json"]).current_dir(dir);
    for set in TINY.iter().chain(changes) {
        command.args(["--set", set]);
    }
    command.output().unwrap()
}

/// Starts the tiny demo and kills it as soon as `reached` is true; false when it ended before.
fn killed_when(dir: &Path, output: &[&str], changes: &[&str], reached: impl Fn() -> bool) -> bool {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kinecho"));
    command.args(["demo", "--json"]).args(output).current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null());
    for set in TINY.iter().chain(changes) {
        command.args(["--set", set]);
    }
    let mut child = command.spawn().unwrap();
    let since = Instant::now();
    while !reached() {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(since.elapsed() < Duration::from_secs(300), "nothing to kill in five minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

/// Files of a run that must not depend on how often it was stopped, with their bytes.
fn lasting(run: &Path) -> Vec<(String, Vec<u8>)> {
    fn collect(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }
    let mut files = Vec::new();
    collect(run, &mut files);
    let lasts = |p: &Path| ["tar", "safetensors", "yaml", "csv"].iter().any(|e| p.extension().is_some_and(|x| x == *e));
    let name = |p: &Path| p.strip_prefix(run).unwrap().display().to_string();
    let mut found: Vec<_> = files.iter().filter(|p| lasts(p)).map(|p| (name(p), fs::read(p).unwrap())).collect();
    found.sort();
    found
}

/// Killed in the middle of a corpus, of training, between phases and before the answers: the same command goes on, to the same bytes.
#[test]
fn a_killed_run_goes_on_with_the_same_command() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let changes =
        ["source.samples_per_shard=2", "pretrain.steps=30", "pretrain.checkpoint_every=3", "adapt.checkpoint_every=1"];
    let whole = tiny_with(dir.path(), "whole", &changes);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let output = ["-o", "killed"];
    let lines =
        || fs::read_to_string(path("killed/corpora/source/manifest.jsonl")).map_or(0, |text| text.lines().count());
    assert!(killed_when(dir.path(), &output, &changes, || lines() >= 2), "in the middle of a corpus");
    assert!(lines() < 6 && !path("killed/seed1").exists());
    let state = path("killed/seed1/pretrain/resume/state.json");
    assert!(killed_when(dir.path(), &output, &changes, || state.exists()), "in the middle of training");
    assert!(!path("killed/seed1/pretrain/finished.json").exists());
    // Others are not taken for it, nor is it disturbed by them.
    let other = tiny_with(dir.path(), "killed", &[&changes[..], &["pretrain.batch=5"]].concat());
    let stderr = String::from_utf8_lossy(&other.stderr);
    assert!(!other.status.success() && stderr.contains("holds a run with other settings"), "{stderr}");
    let done = path("killed/seed1/pretrain/finished.json");
    assert!(killed_when(dir.path(), &output, &changes, || done.exists()), "between two phases");
    let trained = fs::metadata(&done).unwrap().modified().unwrap();
    let adapted = path("killed/seed1/adapt1/finished.json");
    killed_when(dir.path(), &output, &changes, || adapted.exists());
    if !path("killed/report.html").exists() {
        let last = tiny_with(dir.path(), "killed", &changes);
        let stderr = String::from_utf8_lossy(&last.stderr);
        assert!(last.status.success() && stderr.contains("going on with the run"), "{stderr}");
    }
    assert_eq!(fs::metadata(&done).unwrap().modified().unwrap(), trained, "a finished phase is not repeated");
    let evaluations = |name: &str| -> Value {
        let json: Value = serde_json::from_slice(&fs::read(path(name).join("results.json")).unwrap()).unwrap();
        json!([json["evaluations"], json["pretraining"][0]["losses"], json["pretraining"][0]["steps"]])
    };
    assert_eq!(evaluations("killed"), evaluations("whole"));
    let (killed, whole) = (lasting(&path("killed")), lasting(&path("whole")));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&killed), names(&whole));
    assert!(names(&whole).iter().any(|name| name == "seed1/pretrain/checkpoint/model.safetensors"));
    for ((name, a), (_, b)) in killed.iter().zip(&whole) {
        assert!(a == b, "{name} differs");
    }
    let again = tiny_with(dir.path(), "killed", &changes);
    let stderr = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && stderr.contains("holds this run, finished"), "{stderr}");
}

/// Without -o the stopped run under `runs/` is found; a damaged checkpoint of a finished phase is refused by name.
#[test]
fn a_stopped_run_is_found_and_damage_in_it_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let phase = dir.path().join("runs/demo-001/seed1/pretrain");
    assert!(killed_when(dir.path(), &[], &[], || phase.join("finished.json").exists()));
    let weights = phase.join("checkpoint/model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() - 4]).unwrap();
    let run = || {
        let mut command = kinecho();
        command.args(["demo", "--json"]).current_dir(dir.path());
        for set in TINY {
            command.args(["--set", set]);
        }
        command.output().unwrap()
    };
    let refused = run();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && stderr.contains("model.safetensors"), "{stderr}");
    fs::write(&weights, &bytes).unwrap();
    let done = run();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(dir.path().join("runs/demo-001/report.html").exists() && !dir.path().join("runs/demo-002").exists());
}

#[test]
fn variants_share_corpora_and_leave_subjects_out_in_turn() {
    let dir = tempfile::tempdir().unwrap();
    let evaluations = "evaluations=[\
        {name: each, title: Each, leave_one_out: subject, adapt: {start: scratch, with: full}, classes: [squat, kick]}, \
        {name: mixed, title: Mixed, adapt: {on: {split: [train]}, source_share: 0.5}, test: {split: [validation]}, \
         classes: [squat, kick], choices: vocabulary, wording: {kick: kicking a ball hard}}, \
        {name: others, title: Others, test: {split: [validation]}, classes: [squat, kick], shots: [1], examples: others, head: mean, text_share: 0.5}]";
    let full = "adaptations={full: {steps: 2, batch: 4, learning_rate: 1.0e-3, schedule: constant}}";
    let variants = "variants=[{name: whole, title: As it stands}, {name: cosine, set: {pretrain.loss: cosine}}]";
    let result = tiny_with(dir.path(), "sweep", &[evaluations, variants, full]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let json: Value = serde_json::from_slice(&result.stdout).unwrap();
    let answers = json["results"]["evaluations"].as_array().unwrap();
    let named: Vec<_> = answers.iter().map(|e| (e["variant"].as_str().unwrap(), e["name"].as_str().unwrap())).collect();
    let wanted = ["each", "mixed", "others"];
    let expected: Vec<_> = ["whole", "cosine"].iter().flat_map(|v| wanted.iter().map(move |n| (*v, *n))).collect();
    assert_eq!(named, expected);
    let each = &answers[0];
    // Three subjects with two activities; each was adapted without the one that is tested.
    let folds = each["folds"].as_array().unwrap();
    assert_eq!((folds.len(), &each["samples"], &each["adapted_on"]), (3, &Value::from(6), &Value::from(6)));
    let count = |e: &Value| {
        let rows = e["confusion"].as_array().unwrap();
        let cell = |t: usize, p: usize| rows[t][p].as_u64().unwrap();
        let all: u64 =
            (0..rows.len()).flat_map(|t| (0..rows.len()).map(move |p| (t, p))).map(|(t, p)| cell(t, p)).sum();
        ((0..rows.len()).map(|c| cell(c, c)).sum::<u64>(), all)
    };
    let (right, all) = count(each);
    assert_eq!(all, 6);
    assert!((each["accuracy"].as_f64().unwrap() - right as f64 / 6.0).abs() < 1e-12);
    let folded: f64 = folds.iter().map(|f| f["accuracy"].as_f64().unwrap() * f["samples"].as_f64().unwrap()).sum();
    assert!((folded - right as f64).abs() < 1e-9);
    assert_eq!(answers[1]["classes"].as_array().unwrap().len(), 60, "the whole vocabulary to choose from");
    assert_eq!(
        answers[1]["recording_accuracy"].as_f64(),
        answers[1]["accuracy"].as_f64(),
        "a recording has one window here"
    );
    assert!(answers[2]["recording_accuracy"].is_null());
    for path in
        ["corpora/source/manifest.jsonl", "whole/seed1/adapt3/metrics.jsonl", "cosine/seed1/pretrain/metrics.jsonl"]
    {
        assert!(dir.path().join("sweep").join(path).is_file(), "{path}");
    }
    assert!(!dir.path().join("sweep/corpora/source-cosine").exists(), "the corpus is shared");
}

/// What is counted in `results.json` can be counted again from `answers.csv`.
#[test]
fn every_answer_can_be_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let evaluations = "evaluations=[\
        {name: text, title: Text, adapt: {on: {split: [train]}, hold_out: [kick]}, test: {split: [validation]}, classes: [squat, kick], \
         choices: !and [bow], merge: {low: [squat, bow]}}, \
        {name: examples, title: Examples, test: {split: [validation]}, classes: [squat, kick], shots: [1], support_draws: 3}]";
    let result = tiny_with(dir.path(), "out", &[evaluations]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let json: Value = serde_json::from_slice(&result.stdout).unwrap();
    let answers = json["results"]["evaluations"].as_array().unwrap();
    let table = fs::read_to_string(dir.path().join("out/answers.csv")).unwrap();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let at = |row: &Vec<&str>, name: &str| row[header.iter().position(|h| *h == name).unwrap()].to_owned();
    for (question, result) in ["text", "examples"].iter().zip(answers) {
        let own: Vec<_> =
            rows.iter().filter(|r| at(r, "question") == *question && at(r, "about") == "window").collect();
        let (mut right, mut all) = (0, 0);
        for row in own {
            let times: usize = at(row, "times").parse().unwrap();
            // An answer of one member of a group for another counts as right, also where it is only to choose from.
            let group = |label: String| if label == "bow" && *question == "text" { "squat".to_owned() } else { label };
            all += times;
            right += times * usize::from(group(at(row, "label")) == group(at(row, "answer")));
        }
        assert!(all > 0);
        let accuracy = result["accuracy"].as_f64().unwrap();
        assert!((accuracy - right as f64 / all as f64).abs() < 1e-9, "{question}: {accuracy}, {right} of {all}");
    }
    let recordings = rows.iter().filter(|r| at(r, "about") == "recording");
    assert!(recordings.clone().count() > 0 && recordings.into_iter().all(|r| at(r, "start_s").is_empty()));
    // Seen, held out, and the harmonic mean of both.
    let share = |name: &str| answers[0][name].as_f64().unwrap();
    let (seen, held) = (share("seen_accuracy"), share("held_out_accuracy"));
    let harmonic = if seen + held > 0.0 { 2.0 * seen * held / (seen + held) } else { 0.0 };
    assert!((share("harmonic_mean") - harmonic).abs() < 1e-12);
    // The yardstick stands beside every question, also beside examples.
    for result in answers {
        let yardsticks = result["controls"].as_array().unwrap();
        assert!(
            yardsticks.iter().any(|c| c["yardstick"] == "maps_regression" && c["method"] == "logistic"),
            "{result}"
        );
    }
    let none = tiny_with(dir.path(), "bare", &[evaluations, "yardsticks=[]"]);
    let json: Value = serde_json::from_slice(&none.stdout).unwrap();
    assert!(json["results"]["evaluations"][0]["controls"].is_null());
    let share = evaluations.replace("support_draws: 3", "text_share: 0.5");
    let refused = tiny_with(dir.path(), "no", &[&share]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && stderr.contains("head: mean"), "{stderr}");
}

/// Regression on recordings and simulation trains no weights, and needs samples of all that it may answer.
#[test]
fn an_adaptation_by_regression_knows_what_only_simulation_shows() {
    let dir = tempfile::tempdir().unwrap();
    let question = |more: &str| {
        format!(
            "evaluations=[{{name: all, title: All, adapt: {{on: {{split: [train]}}, hold_out: [kick], by: regression}}, \
             test: {{split: [validation]}}, classes: [squat, kick]{more}}}]"
        )
    };
    let result = tiny_with(dir.path(), "out", &[&question("")]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let json: Value = serde_json::from_slice(&result.stdout).unwrap();
    let answer = &json["results"]["evaluations"][0];
    assert!(answer["adapted_on"].as_u64().unwrap() > 0 && answer["harmonic_mean"].is_number());
    assert!(!dir.path().join("out/seed1/adapt1").exists(), "no weights are trained");
    let controls = answer["controls"].as_array().unwrap();
    let both = controls.iter().find(|c| c["learnt_from"] == "with_simulation").unwrap();
    assert!(both["harmonic_mean"].is_number() && both["held_out_accuracy"].is_number());
    for (more, says) in
        [(", choices: !and [bow]", "none of bow"), (", choices: vocabulary", "samples of every label to choose from")]
    {
        let refused = tiny_with(dir.path(), "no", &[&question(more)]);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && stderr.contains(says), "{more}: {stderr}");
    }
    let scratch = question("").replace("by: regression", "by: regression, start: scratch");
    let refused = tiny_with(dir.path(), "no", &[&scratch]);
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && stderr.contains("needs a model that has learnt"), "{stderr}");
}

/// The baseline learns the labels of what the adaptation sees: it is wrong on those that it never saw, and has no answer where it knows
/// none of the labels to choose from.
#[test]
fn a_baseline_stands_beside_the_questions_by_text() {
    let dir = tempfile::tempdir().unwrap();
    let baseline =
        "baseline={model: {classifier: {channels: [8, 8], groups: 2, width: 8}}, train: {steps: 4, batch: 6}}";
    let evaluations = "evaluations=[\
        {name: all, title: All, adapt: {on: {split: [train]}}, test: {split: [validation]}, classes: [squat, kick, bow], shots: [0, 1]}, \
        {name: again, title: Again, adapt: {on: {split: [train]}, start: scratch}, test: {split: [validation]}, classes: [squat, kick]}, \
        {name: simulation, title: Simulation, test: {split: [validation]}, classes: [squat, stand_still]}]";
    let result = tiny_with(dir.path(), "out", &[baseline, evaluations]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let json: Value = serde_json::from_slice(&result.stdout).unwrap();
    let answers = json["results"]["evaluations"].as_array().unwrap();
    let known: Vec<_> = answers.iter().map(|e| e["baseline"]["known_classes"].as_u64()).collect();
    assert_eq!(known, [Some(2), None, Some(2), Some(2)], "by text: bow is unseen; none by example");
    let all = answers[0]["baseline"]["accuracy"].as_f64().unwrap();
    assert!(all <= 4.0 / 6.0 + 1e-9, "two of six are of a class that it never saw: {all}");
    let path = |name: &str| dir.path().join("out/seed1").join(name);
    // Two that differ in what they begin with share one; the third learns from the simulation.
    assert!(path("baseline2/checkpoint/config.json").exists() && !path("baseline3").exists());
    let html = fs::read_to_string(dir.path().join("out/report.html")).unwrap();
    assert!(html.contains("baseline"));
    for (set, says) in [
        ("baseline=mmclip", "`mmclip` is no baseline"),
        ("baseline={model: {rows: 3}}", "baseline.model: compares with sentences"),
        ("baseline={train: {seed: 3}}", "baseline.train.seed"),
        ("baseline={stepz: 3}", "stepz"),
    ] {
        let refused = tiny_with(dir.path(), "no", &[set]);
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && stderr.contains(says), "{set}: {stderr}");
    }
}

#[test]
fn questions_that_cannot_be_asked_are_refused_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let ask = |more: &str| format!("evaluations=[{{name: a, title: A, classes: [squat, kick], {more}}}]");
    for (more, expected) in [
        ("adapt: {with: nowhere}", "evaluations.0.adapt.with: `nowhere` is none of the adaptations"),
        ("adapt: {source_share: 1.0}", "source_share: 1; expected 0 to below 1"),
        ("wording: {bow: bowing}", "wording.bow: is none of the classes"),
        ("choices: !and [flying]", "`flying` is not in the vocabulary"),
        ("choices: vocabulary, shots: [1]", "examples exist for the tested classes only"),
        ("leave_one_out: session", "no sample of the target to adapt to"),
        ("adapt: {}", "is adapted to and tested"),
        ("shots: [40]", "too few for 40 examples"),
    ] {
        let more = if more.starts_with("leave") { format!("{more}, adapt: {{}}") } else { more.into() };
        let result = tiny_with(dir.path(), "out", &[&ask(&more)]);
        let stderr = String::from_utf8_lossy(&result.stderr);
        assert!(!result.status.success() && stderr.contains(expected), "{more}: {stderr}");
        let _ = fs::remove_dir_all(dir.path().join("out"));
    }
}

#[test]
fn further_recordings_are_tested_and_nothing_else() {
    let Some(data) = super::needs::data("radhar") else { return };
    let dir = tempfile::tempdir().unwrap();
    // One recording of each activity and session; the second of session 2 are the further ones.
    let (all, further) = (dir.path().join("all"), dir.path().join("further"));
    let mut text = csv::Reader::from_path(data.join("metadata.csv")).unwrap();
    let header = text.headers().unwrap().clone();
    let mut counts = std::collections::BTreeMap::new();
    let mut rows = [vec![], vec![]];
    for row in text.records().map(Result::unwrap) {
        let n = counts.entry((row[1].to_owned(), row[2].to_owned())).or_insert(0);
        *n += 1;
        match *n {
            1 => rows[0].push(row),
            2 if &row[2] == "2" => rows[1].push(row),
            _ => {}
        }
    }
    for (folder, rows) in [&all, &further].into_iter().zip(&rows) {
        fs::create_dir_all(folder.join("points")).unwrap();
        let mut csv = csv::Writer::from_path(folder.join("metadata.csv")).unwrap();
        csv.write_record(&header).unwrap();
        for row in rows {
            csv.write_record(row).unwrap();
            fs::copy(data.join("points").join(&row[0]), folder.join("points").join(&row[0])).unwrap();
        }
    }
    let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments/radhar.yaml");
    let run = |output: &str, test_data: &Path| {
        let mut command = kinecho();
        command.arg("run").arg(&experiment).args(["-o", output, "--corpora", "simulated"]).current_dir(dir.path());
        for set in [
            &format!("data={}", all.display()),
            &format!("test_data={}", test_data.display()),
            "seeds=[1]",
            "source.subjects=2",
            "source.validation_subjects=1",
            "source.activities=[punch, jumping_jack, jump, squat, walk_forward_backward]",
            "pretrain.steps=2",
            "adapt.steps=2",
            "evaluations.7.shots=[5]",
            "evaluations.8.shots=[5]",
            "evaluations.9.shots=[5]",
        ] {
            command.args(["--set", set]);
        }
        let result = command.output().unwrap();
        (result.status.success(), String::from_utf8_lossy(&result.stderr).into_owned())
    };
    let (done, stderr) = run("own", &all);
    assert!(!done && stderr.contains("is in `data` as well"), "{stderr}");
    assert!(!dir.path().join("own").exists() && !dir.path().join("simulated").exists(), "nothing was begun");
    // A dry run holds the recordings against the questions.
    for (set, expected) in [
        ("evaluations.0.test={session: [\"7\"]}", "the target (asked for session 7, there are 0, 1, 2)"),
        ("evaluations.3.adapt.on.session=[\"9\"]", "to adapt to (asked for session 9, there are 0, 1, 2)"),
        ("evaluations.0.classes=[jump, squat, jump]", "evaluations.0.classes.2: `jump` again"),
        ("seeds=[1, 2, 1]", "seeds.2: 1 again"),
        ("pretrain.seed=7", "pretrain.seed: 7; the `seeds` of the experiment decide"),
        (
            "adapt={validate_every: 5, early_stopping: {patience: 2}}",
            "adapt.early_stopping: an adaptation has no validation set",
        ),
        ("model.text_width=512", "model.text_width: 512"),
        ("model.rows=33", "model.rows: 33, source.chain makes time_doppler with 32"),
    ] {
        let mut command = kinecho();
        command.arg("run").arg(&experiment).args([
            "--dry-run",
            "--set",
            &format!("data={}", all.display()),
            "--set",
            set,
        ]);
        let result = command.current_dir(dir.path()).output().unwrap();
        let stderr = String::from_utf8_lossy(&result.stderr);
        assert!(!result.status.success() && stderr.contains(expected), "{set}: {stderr}");
    }
    // A corpus that was imported before stands for the data set; its maps must be made in the same way.
    let corpus = |name: &str, gain: &str| {
        let maps =
            format!("chain.points.maps={{maps: [time_doppler, time_range, time_azimuth, time_height], gain: {gain}}}");
        let mut command = kinecho();
        command.current_dir(dir.path()).args(["import", "radhar"]).arg(&all).args(["-o", name, "--set", &maps]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let target = format!("target={{corpus: {}}}", dir.path().join(name).display());
        let mut command = kinecho();
        command.current_dir(dir.path()).arg("run").arg(&experiment).args(["--dry-run", "--set", &target]);
        let result = command.output().unwrap();
        (result.status.success(), String::from_utf8_lossy(&result.stderr).into_owned())
    };
    // The questions of the file are asked of it: it has too few samples for one of them.
    let (planned, stderr) = corpus("imported", "20");
    assert!(!planned && stderr.contains("punch in the target: too few for 20 examples"), "{stderr}");
    let (planned, stderr) = corpus("otherwise", "19");
    assert!(!planned && stderr.contains("made with other settings"), "{stderr}");
    let (done, stderr) = run("out", &further);
    assert!(done, "{stderr}");
    let json: Value = serde_json::from_slice(&fs::read(dir.path().join("out/results.json")).unwrap()).unwrap();
    // Twenty seconds make eighteen windows of three seconds.
    assert_eq!(json["test_data_samples"], 90);
    let answers = json["evaluations"].as_array().unwrap();
    for (name, shots) in [("zero_shot_simulation_only", 0), ("fine_tuned", 0), ("few_shot_fine_tuned", 5)] {
        for tested_on in ["data", "test_data"] {
            let found =
                answers.iter().find(|e| e["name"] == name && e["shots"] == shots && e["tested_on"] == tested_on);
            let samples = found.unwrap_or_else(|| panic!("{name} {shots} {tested_on}"))["samples"].as_u64().unwrap();
            assert!(if shots == 0 { samples == 90 } else { samples < 90 }, "{name} {tested_on}: {samples}");
        }
    }
}

#[test]
fn a_model_of_one_data_set_is_asked_about_another() {
    let (Some(radhar), Some(mars)) = (super::needs::data("radhar"), super::needs::data("mars")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments/cross_radhar_mars.yaml");
    let mut command = kinecho();
    command.arg("run").arg(&experiment).args(["-o", "out"]).current_dir(dir.path());
    for set in [
        &format!("data={}", radhar.display()),
        &format!("test_data={}", mars.display()),
        "seeds=[1]",
        "source.subjects=2",
        "source.validation_subjects=1",
        "source.activities=[punch, squat, side_lunge_left]",
        "pretrain.steps=2",
        "adapt.steps=2",
        "evaluations.2.shots=[5]",
    ] {
        command.args(["--set", set]);
    }
    let result = command.output().unwrap();
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let json: Value = serde_json::from_slice(&fs::read(dir.path().join("out/results.json")).unwrap()).unwrap();
    let answers = json["evaluations"].as_array().unwrap();
    let asked: Vec<_> =
        answers.iter().map(|e| (e["name"].as_str().unwrap(), e["tested_on"].as_str().unwrap())).collect();
    let wanted = [
        ("simulation_alone", "test_data"),
        ("adapted", "test_data"),
        ("adapted_few_shot", "test_data"),
        ("radhar_itself", "data"),
    ];
    assert_eq!(asked, wanted, "each question about one of the two");
    assert_eq!(answers[0]["samples"], json["test_data_samples"]);
}

#[test]
fn a_dry_run_counts_what_variants_share_once() {
    let plan = |name: &str| -> Value {
        let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments").join(name);
        let output = kinecho().arg("run").arg(&experiment).args(["--dry-run", "--json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // Eight targets of 300 samples, asked of the same three models.
    let places = plan("sixty_places.yaml");
    assert_eq!((&places["simulated_targets"], &places["target_samples"]), (&json!(8), &json!(2400)));
    assert_eq!((&places["pretrained_models"], &places["pretraining_steps"]), (&json!(3), &json!(4500)));
    // What would be simulated is held against the questions.
    let refused = |set: &str, says: &str| {
        let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments/sixty.yaml");
        let output = kinecho().arg("run").arg(&experiment).args(["--dry-run", "--set", set]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(says), "{set}: {stderr}");
    };
    refused("model.rows=32", "model.rows: 32, source.chain makes time_doppler with 64");
    refused("test_as={corpus: nowhere}", "test_as: goes with recordings: the target is simulated");
    refused("data=nowhere", "data: is a folder of recordings: name their data set");
    refused("model.maps=[time_doppler, foo]", "the model looks at maps");
    refused("evaluations.0.test.split=[test]", "asked for split test, there are train, validation");
    refused("evaluations.0.shots=[5]", "too few for 5 examples and a test");
    refused("target.simulated.activities=[bow, kick]", "no test sample of the class jumping_jack");
    // Twelve models a seed, one target.
    let parts = plan("sixty_parts.yaml");
    assert_eq!((&parts["simulated_targets"], &parts["target_samples"]), (&json!(1), &json!(600)));
    assert_eq!((&parts["pretrained_models"], &parts["pretraining_steps"]), (&json!(36), &json!(54000)));
}
