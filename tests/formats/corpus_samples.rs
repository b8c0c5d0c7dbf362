//! Small corpora with known contents, for the tests of the store.

use kinecho::base::axis::{ArrayInfo, Axis};
use kinecho::base::random::RandomTree;
use kinecho::corpus::{ArrayData, CorpusPlan, CorpusWriter, NamedArray, Sample, SampleMeta, Targets};
use kinecho::dsp::maps::Maps;
use ndarray::{Array2, Array3};
use rand::RngExt;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) const SAMPLES: u64 = 10;
pub(crate) const PER_SHARD: u64 = 4;

pub(crate) fn plan() -> CorpusPlan {
    let resolved = serde_yaml::from_str("{activities: [walk, sit], seed: 7}").unwrap();
    CorpusPlan::new(SAMPLES, PER_SHARD, "# two activities\nseed: 7\n", resolved).unwrap()
}

/// A sample whose content follows from its id alone; every second one has an array beside the maps.
pub(crate) fn sample(id: u64) -> Sample {
    let mut stream = RandomTree::new(7).stream(id, "test sample");
    let data = Array3::from_shape_fn((3, 8, 6), |_| stream.random_range(-1.0..1.0_f32));
    let names = ["time_doppler", "time_range", "time_angle"].map(String::from).to_vec();
    let rows = vec![
        Axis::new("doppler", "m/s", 8, -2.0, 0.5).signed("positive = receding"),
        Axis::new("range", "m", 8, 0.5, 0.25),
        Axis::new("azimuth", "rad", 8, -0.7, 0.2),
    ];
    let maps =
        Maps { quantity: "scaled_log_magnitude".into(), names, data, time: Axis::new("time", "s", 6, 0.1, 0.5), rows };
    let details = json!({"stature_m": 1.7 + 0.01 * id as f64, "note": "a, \"b\"\nc"});
    let meta = SampleMeta {
        split: if id.is_multiple_of(3) { "test" } else { "train" }.into(),
        subject: format!("s{}", id % 4),
        source: "simulated".into(),
        recording: "comma, \"quote\"".into(),
        seed: (1 << 53) - 1 - id,
        start_s: 0.1 * id as f64,
        duration_s: 3.0,
        details: details.as_object().unwrap().clone(),
        ..SampleMeta::default()
    };
    let mut extras = Vec::new();
    if id.is_multiple_of(2) {
        let info = ArrayInfo {
            quantity: "power".into(),
            unit: "dB".into(),
            dtype: "int16".into(),
            axes: vec![Axis::index("frame", 2), Axis::index("bin", 5)],
        };
        let numbers = Array2::from_shape_fn((2, 5), |(i, j)| (id as i16) * 10 + (i * 5 + j) as i16);
        let array = NamedArray::new(info, ArrayData::I16(numbers.into_dyn())).unwrap().calibrated("fft_shifted", true);
        extras.push(("power".to_owned(), array));
    }
    let targets = Targets::of_label(if id.is_multiple_of(2) { "walk" } else { "sit_down" });
    Sample { id, meta, targets, views: maps.into(), extras }
}

pub(crate) fn write_shard(writer: &CorpusWriter, shard: u64) {
    let samples: Vec<Sample> = writer.plan().ids(shard).map(sample).collect();
    writer.write_shard(shard, &samples).unwrap();
}

/// The whole corpus, its shards written in this order.
pub(crate) fn write_corpus(dir: &Path, order: &[u64]) {
    let writer = CorpusWriter::create(dir, plan()).unwrap();
    order.iter().for_each(|&shard| write_shard(&writer, shard));
    writer.finish().unwrap();
}

/// All files of a folder by their path in it.
pub(crate) fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
