//! `verify` reads what is in the samples, not only their hashes.

use kinecho::base::axis::{ArrayInfo, Axis};
use kinecho::base::integers;
use kinecho::base::yaml::Document;
use kinecho::chain::Views;
use kinecho::corpus::{ArrayData, CorpusPlan, CorpusReader, CorpusWriter, NamedArray, Recipe, Sample, SampleMaker};
use kinecho::scene::SceneDraw;
use ndarray::ArrayD;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

const RECIPE: &str = "
version: 1
activities: [squat, kick]
subjects: 1
repetitions: 1
samples_per_shard: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.2
output: {heatmaps: {window: 8, rows: 8, columns: 8}}
";

/// A corpus whose manifest and hashes are right, with samples that `change` made wrong.
pub(crate) fn corpus(dir: &Path, change: impl Fn(&mut Sample)) -> CorpusReader {
    let document = Document::parse(RECIPE, "recipe.yaml".as_ref()).unwrap();
    let recipe = Recipe::from_document(&document).unwrap();
    let maker = SampleMaker::new(&recipe).unwrap();
    let plan = CorpusPlan::new(maker.len(), 1, RECIPE, serde_yaml::to_value(&recipe).unwrap()).unwrap();
    let writer = CorpusWriter::create(dir, plan).unwrap();
    for id in 0..maker.len() {
        let mut sample = maker.make(id).unwrap();
        if id == 1 {
            change(&mut sample);
        }
        writer.write_shard(id, &[sample]).unwrap();
    }
    writer.finish().unwrap();
    CorpusReader::open(dir).unwrap()
}

/// Every JSON value of a corpus, with the file it is from: descriptions of samples, lines of the manifest, the plan, columns of numbers.
pub(crate) fn documents(dir: &Path) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(dir).unwrap().display().to_string();
            let lines = |text: &str| text.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<Value>>();
            let text = || std::fs::read_to_string(&path).unwrap();
            let mut add = |values: Vec<Value>| found.extend(values.into_iter().map(|v| (name.clone(), v)));
            match path.extension().and_then(|e| e.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("jsonl") => add(lines(&text())),
                Some("json") => add(vec![serde_json::from_str(&text()).unwrap()]),
                Some("yaml") => add(vec![serde_yaml::from_str(&text()).unwrap()]),
                Some("csv") => {
                    let cell = |c: &str| serde_json::from_str(c).ok().filter(Value::is_number).unwrap_or(Value::Null);
                    add(text().lines().map(|l| l.split(',').map(cell).collect()).collect());
                }
                Some("tar") => {
                    let mut tar = tar::Archive::new(std::fs::File::open(&path).unwrap());
                    for file in tar.entries().unwrap() {
                        let mut file = file.unwrap();
                        if file.path().unwrap().extension().is_some_and(|e| e == "json") {
                            let mut text = String::new();
                            file.read_to_string(&mut text).unwrap();
                            add(lines(&text));
                        }
                    }
                }
                // The card, for people.
                Some("md") => {}
                other => panic!("{name}: a file of an unknown kind, {other:?}"),
            }
        }
    }
    found
}

#[test]
fn every_integer_of_a_corpus_is_one_that_all_readers_keep() {
    let dir = tempfile::tempdir().unwrap();
    corpus(dir.path(), |_| {});
    let documents = documents(dir.path());
    let samples: Vec<&Value> = documents.iter().filter(|(f, _)| f.ends_with(".tar")).map(|(_, v)| v).collect();
    assert_eq!(samples.len(), 2);
    for kind in [".jsonl", ".yaml", ".csv"] {
        assert!(documents.iter().any(|(file, _)| file.ends_with(kind)), "{kind}");
    }
    for (file, value) in &documents {
        assert_eq!(integers::first_beyond(value), None, "{file}");
    }
    // The key of the differences between repetitions has 64 bits: text, which is read as what it was.
    for (id, sample) in samples.iter().enumerate() {
        let person = &sample["details"]["scene"]["people"][0];
        let text = find(person, "jitter_seed").unwrap();
        let key: u64 = text.as_str().unwrap().parse().unwrap();
        let draw: SceneDraw = serde_json::from_value(sample["details"]["scene"].clone()).unwrap();
        assert_eq!(serde_json::to_value(&draw).unwrap(), sample["details"]["scene"], "{id}");
        // Corpora of older versions have it as an integer.
        let written = serde_json::to_string(&sample["details"]["scene"]).unwrap();
        let old = written.replace(&format!("\"{key}\""), &key.to_string());
        assert_ne!(old, written);
        assert_eq!(serde_json::from_str::<SceneDraw>(&old).unwrap(), draw);
    }
}

fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(key).or_else(|| map.values().find_map(|v| find(v, key))),
        Value::Array(items) => items.iter().find_map(|v| find(v, key)),
        _ => None,
    }
}

#[test]
fn integers_that_readers_lose_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let plan = CorpusPlan::new(1, 1, "", Default::default()).unwrap();
    let writer = CorpusWriter::create(dir.path(), plan).unwrap();
    let sample = super::corpus_samples::sample(0);
    let refused = |change: &dyn Fn(&mut Sample), words: [&str; 2]| {
        let mut sample = sample.clone();
        change(&mut sample);
        let error = writer.write_shard(0, &[sample]).unwrap_err().to_string();
        assert!(words.iter().all(|w| error.contains(w)), "{error}");
    };
    refused(&|s| s.meta.seed = 1 << 53, ["9007199254740992", "`seed`"]);
    refused(
        &|s| drop(s.meta.details.insert("key".into(), serde_json::json!([1, u64::MAX]))),
        ["18446744073709551615", "`details.key.1`"],
    );
    writer.write_shard(0, std::slice::from_ref(&sample)).unwrap();
}

fn array(value: f32) -> NamedArray {
    let axes = vec![Axis::index("bin", 3)];
    let info = ArrayInfo { quantity: "power".into(), unit: "dB".into(), dtype: "float32".into(), axes };
    NamedArray::new(info, ArrayData::F32(ArrayD::from_elem(vec![3], value))).unwrap()
}

/// The first view, with half of its rows.
fn small(views: &Views) -> Views {
    let (name, view) = views.iter().next().unwrap();
    let mut small = view.clone();
    small.axes[0].len /= 2;
    small.data = view.as_map().unwrap().slice(ndarray::s![..4, ..]).to_owned().into_dyn();
    let mut out = Views::new();
    out.insert(name, small);
    out
}

#[test]
fn wrong_content_is_found_behind_right_hashes() {
    type Damage<'a> = &'a dyn Fn(&mut Sample);
    let cases: [(Damage, &[&str]); 7] = [
        (&|s| s.extras.push(("power".into(), array(f32::NAN))), &["sample 1", "`power`", "NaN"]),
        (&|s| s.targets.label = "squat".into(), &["sample 1", "label is `squat`", "the recipe has `kick`"]),
        (&|s| s.targets.label = String::new(), &["sample 1", "has no label"]),
        (&|s| s.meta.split = "test".into(), &["sample 1", "split is `test`", "`train`"]),
        (&|s| s.meta.subject = "me".into(), &["sample 1", "subject is `me`"]),
        (&|s| s.views = small(&s.views), &["sample 1", "`time_doppler`", "[4, 8]", "first sample [8, 8]"]),
        (&|s| s.views = Views::new(), &["sample 1", "has no view"]),
    ];
    for (change, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (verified, problems) = corpus(dir.path(), change).examine();
        assert!(verified.against_recipe);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let text = problems[0].to_string();
        for word in words {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (verified, problems) = corpus(dir.path(), |s| s.extras.push(("power".into(), array(1.0)))).examine();
    assert!(problems.is_empty() && verified.samples == 2, "{problems:?}");
}
