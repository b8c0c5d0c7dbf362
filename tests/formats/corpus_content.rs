//! `verify` reads what is in the samples, not only their hashes.

use kinecho::base::axis::{ArrayInfo, Axis};
use kinecho::base::yaml::Document;
use kinecho::corpus::{ArrayData, CorpusPlan, CorpusReader, CorpusWriter, NamedArray, Recipe, Sample, SampleMaker};
use ndarray::ArrayD;
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
fn corpus(dir: &Path, change: impl Fn(&mut Sample)) -> CorpusReader {
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

fn array(value: f32) -> NamedArray {
    let axes = vec![Axis::index("bin", 3)];
    let info = ArrayInfo { quantity: "power".into(), unit: "dB".into(), dtype: "float32".into(), axes };
    NamedArray::new(info, ArrayData::F32(ArrayD::from_elem(vec![3], value))).unwrap()
}

#[test]
fn wrong_content_is_found_behind_right_hashes() {
    type Damage<'a> = &'a dyn Fn(&mut Sample);
    let cases: [(Damage, &[&str]); 6] = [
        (&|s| s.extras.push(("power".into(), array(f32::NAN))), &["sample 1", "`power`", "NaN"]),
        (&|s| s.meta.label = "squat".into(), &["sample 1", "label is `squat`", "the recipe has `kick`"]),
        (&|s| s.meta.label = String::new(), &["sample 1", "has no label"]),
        (&|s| s.meta.split = "test".into(), &["sample 1", "split is `test`", "`train`"]),
        (&|s| s.meta.subject = "me".into(), &["sample 1", "subject is `me`"]),
        (&|s| s.maps.names[0] = "time_noise".into(), &["sample 1", "time_noise", "sample 0 has"]),
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
