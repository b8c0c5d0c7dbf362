//! What is written for Python is read by Python.

use super::corpus_content::{corpus, documents};
use super::corpus_samples::{SAMPLES, sample, write_corpus};
use super::needs;
use kinecho::corpus::{ArrayData, Sample};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What an example prints, line by line.
fn printed(example: &str, arguments: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let output = Command::new(needs::interpreter()).arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(String::from).collect()
}

/// The lines that the plain example prints, or `None` without python3 and numpy.
fn run_example(arguments: &[&str]) -> Option<Vec<Value>> {
    needs::python(&["numpy"])?;
    Some(printed("read_corpus.py", arguments).iter().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn agrees(line: &Value, sample: &Sample) {
    assert_eq!(line["id"], sample.id);
    assert_eq!(line["label"], sample.targets.label.as_str());
    assert_eq!(line["split"], sample.meta.split.as_str());
    assert_eq!(line["seed"], sample.meta.seed);
    for (name, view) in sample.views.iter() {
        let sum: f64 = view.data.iter().map(|v| f64::from(v.abs())).sum();
        let found = line["arrays"][name][0].as_f64().unwrap();
        assert!((found - sum).abs() < 1e-9 * sum, "{name}: {found} {sum}");
        assert_eq!(line["arrays"][name][1], serde_json::json!(view.data.shape()));
    }
    let captions = sample.targets.captions.as_ref().unwrap();
    assert_eq!(line["text"], captions.general.as_str(), "what open_clip's loaders read");
    assert_eq!(line["captions"], serde_json::to_value(captions).unwrap());
    match sample.extra("power").map(|a| &a.data) {
        Some(ArrayData::I16(power)) => {
            let sum: f64 = power.iter().map(|v| f64::from(v.abs())).sum();
            assert_eq!(line["arrays"]["power"][0].as_f64().unwrap(), sum);
        }
        _ => assert!(line["arrays"].get("power").is_none()),
    }
}

#[test]
fn python_reads_every_sample() {
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    write_corpus(&dir, &[0, 1, 2]);
    let dir = dir.to_str().unwrap();
    let Some(lines) = run_example(&[dir]) else { return };
    assert_eq!(lines.len() as u64, SAMPLES);
    lines.iter().zip(0..).for_each(|(line, id)| agrees(line, &sample(id)));
    // In the middle of the second shard: found by its offset alone.
    let lines = run_example(&[dir, "6"]).unwrap();
    assert_eq!(lines.len(), 1);
    agrees(&lines[0], &sample(6));
}

#[test]
fn webdataset_reads_every_sample_of_a_split() {
    if needs::python(&["numpy", "webdataset"]).is_none() {
        return;
    }
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    write_corpus(&dir, &[0, 1, 2]);
    let dir = dir.to_str().unwrap();
    let lines = printed("read_webdataset.py", &[dir, "test", "--plain"]);
    let expected: Vec<Sample> = (0..SAMPLES).map(sample).filter(|s| s.meta.split == "test").collect();
    assert_eq!(lines.len(), expected.len());
    for (line, sample) in lines.iter().zip(&expected) {
        let words: Vec<&str> = line.split(' ').collect();
        let sum: f64 = sample.views.iter().flat_map(|(_, v)| &v.data).map(|v| f64::from(v.abs())).sum();
        assert_eq!(words[..5], [&format!("{:09}", sample.id), "[3,", "8,", "6]", &sample.targets.label]);
        let found: f64 = words[5].parse().unwrap();
        assert!((found - sum).abs() < 1e-9 * sum, "{found} {sum}");
    }
    assert_eq!(printed("read_webdataset.py", &[dir, "--plain"]).len() as u64, SAMPLES);
}

/// Runs a program of a few lines of Python in `dir`; what it prints.
fn python(dir: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(needs::interpreter());
    command.args(["-c", program]).args(arguments).current_dir(dir).env("HF_HOME", dir).env("HF_DATASETS_OFFLINE", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The keys of the repetitions' differences, as the corpus has them.
fn keys(dir: &Path) -> Vec<String> {
    let samples = documents(dir).into_iter().filter(|(file, _)| file.ends_with(".tar"));
    let key = |v: Value| v["details"]["scene"]["people"][0]["rendition"]["jitter_seed"].as_str().map(String::from);
    samples.map(|(_, v)| key(v).unwrap()).collect()
}

#[test]
fn arrow_reads_the_descriptions_of_samples() {
    if needs::python(&["pyarrow"]).is_none() {
        return;
    }
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    corpus(&dir, |_| {});
    let lines: Vec<String> =
        documents(&dir).iter().filter(|(f, _)| f.ends_with(".tar")).map(|(_, v)| v.to_string()).collect();
    std::fs::write(temp.path().join("samples.jsonl"), lines.join("\n")).unwrap();
    let program = "\
import json, pyarrow, pyarrow.json
rows = [json.loads(line) for line in open('samples.jsonl')]
for table in pyarrow.json.read_json('samples.jsonl'), pyarrow.Table.from_pylist(rows):
    assert [row['seed'] for row in table.to_pylist()] == [row['seed'] for row in rows]
    print(*(row['details']['scene']['people'][0]['rendition']['jitter_seed'] for row in table.to_pylist()))
";
    let keys = keys(&dir).join(" ");
    assert_eq!(python(temp.path(), program, &[]), format!("{keys}\n{keys}\n"));
}

#[test]
fn hugging_face_datasets_reads_the_shards() {
    if needs::python(&["datasets", "numpy"]).is_none() {
        return;
    }
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    corpus(&dir, |_| {});
    let program = "\
import datasets
shards = ['corpus/shards/000000.tar', 'corpus/shards/000001.tar']
for row in datasets.load_dataset('webdataset', data_files={'train': shards}, split='train'):
    print(row['json']['details']['scene']['people'][0]['rendition']['jitter_seed'])
";
    let mut found: Vec<String> = python(temp.path(), program, &[]).lines().map(String::from).collect();
    let mut expected = keys(&dir);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn torch_batches_every_sample_once() {
    if needs::python(&["numpy", "webdataset", "torch"]).is_none() {
        return;
    }
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    write_corpus(&dir, &[0, 1, 2]);
    let lines = printed("read_webdataset.py", &[dir.to_str().unwrap(), "--batch", "3", "--workers", "2"]);
    let mut keys: Vec<String> = lines
        .iter()
        .flat_map(|line| {
            line.rsplit_once('[').unwrap().1.split(", ").map(|k| k.trim_matches(&['\'', ']'][..]).to_owned())
        })
        .collect();
    keys.sort();
    assert_eq!(keys, (0..SAMPLES).map(|id| format!("{id:09}")).collect::<Vec<_>>());
    assert!(lines[0].starts_with("[3, 3, 8, 6]"), "{}", lines[0]);
}
