//! The corpus store: laws first, then every kind of damage.

use super::corpus_samples::{PER_SHARD, SAMPLES, plan, sample, tree, write_corpus, write_shard};
use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::{Complex32, Vec3};
use kinecho::corpus::{
    CorpusPlan, CorpusReader, CorpusWriter, cube_array, cube_from_array, points_array, points_from_array,
};
use kinecho::signal::{Point, PointCloud, PointFrame};
use ndarray::Array5;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FINISHED: [&str; 7] = [
    "README.md",
    "corpus.yaml",
    "manifest.jsonl",
    "samples.csv",
    "shards/000000.tar",
    "shards/000001.tar",
    "shards/000002.tar",
];

fn corpus() -> (TempDir, PathBuf) {
    let temp = TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    write_corpus(&dir, &[0, 1, 2]);
    (temp, dir)
}

/// Opening and verifying a corpus fails, and says all of this.
#[track_caller]
fn refused(dir: &Path, words: &[&str]) {
    let error = match CorpusReader::open(dir) {
        Err(error) => error,
        Ok(reader) => reader.verify().expect_err("the damage went unseen"),
    };
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_written_is_read() {
    let (_temp, dir) = corpus();
    let reader = CorpusReader::open(&dir).unwrap();
    for id in 0..SAMPLES {
        assert_eq!(reader.read(id).unwrap(), sample(id));
        let lean = reader.read_views(id).unwrap();
        assert_eq!((lean.views, lean.extras.len()), (sample(id).views, 0));
    }
    let test: Vec<u64> = reader.samples("test").unwrap().map(|s| s.unwrap().id).collect();
    assert_eq!(test, [0, 3, 6, 9]);
    let verified = reader.verify().unwrap();
    assert_eq!((verified.shards, verified.samples), (3, SAMPLES));
    assert_eq!(reader.plan(), &plan());
    assert_eq!(reader.count_by(|r| &r.label), BTreeMap::from([("sit_down".into(), 5), ("walk".into(), 5)]));
}

#[test]
fn same_samples_same_bytes_whatever_the_order() {
    let temp = TempDir::new().unwrap();
    write_corpus(&temp.path().join("a"), &[0, 1, 2]);
    write_corpus(&temp.path().join("b"), &[2, 0, 1]);
    let (a, b) = (tree(&temp.path().join("a")), tree(&temp.path().join("b")));
    assert_eq!(a, b);
    assert_eq!(a.keys().collect::<Vec<_>>(), FINISHED);
}

#[test]
fn shards_are_written_from_many_threads() {
    let temp = TempDir::new().unwrap();
    let writer = CorpusWriter::create(&temp.path().join("threads"), plan()).unwrap();
    std::thread::scope(|scope| {
        for shard in 0..3 {
            let writer = &writer;
            scope.spawn(move || write_shard(writer, shard));
        }
    });
    writer.finish().unwrap();
    write_corpus(&temp.path().join("alone"), &[0, 1, 2]);
    assert_eq!(tree(&temp.path().join("threads")), tree(&temp.path().join("alone")));
}

#[test]
fn an_interrupted_corpus_is_taken_up_and_ends_the_same() {
    let (_temp, whole) = corpus();
    let temp = TempDir::new().unwrap();
    let dir = temp.path().join("resumed");
    let writer = CorpusWriter::create(&dir, plan()).unwrap();
    write_shard(&writer, 1);
    write_shard(&writer, 0);
    drop(writer);
    // Killed while shard 2 was written, and while a line of the manifest was; shard 0 was damaged since.
    fs::write(dir.join("shards/000002.tar.part"), b"half").unwrap();
    edit(&dir.join("manifest.jsonl"), |bytes| bytes.extend(b"{\"shard\":2,\"fi"));
    edit(&dir.join("shards/000000.tar"), |bytes| bytes[3000] ^= 1);

    let (writer, resumed) = CorpusWriter::resume(&dir, plan()).unwrap();
    assert_eq!(resumed.finished, [1]);
    assert_eq!(resumed.damaged.len(), 1);
    assert!(resumed.damaged[0].0 == 0 && resumed.damaged[0].1.contains("BLAKE3"), "{resumed:?}");
    assert_eq!(writer.missing(), [0, 2]);
    assert!(!dir.join("shards/000002.tar.part").exists());
    write_shard(&writer, 0);
    write_shard(&writer, 2);
    writer.finish().unwrap();
    assert_eq!(tree(&dir), tree(&whole));
}

#[test]
fn a_finished_corpus_has_nothing_left_to_write() {
    let (_temp, dir) = corpus();
    let before = tree(&dir);
    let (writer, resumed) = CorpusWriter::open(&dir, plan()).unwrap();
    assert_eq!(resumed.finished, [0, 1, 2]);
    assert!(writer.missing().is_empty());
    let error = writer.begin_shard(1).err().unwrap().to_string();
    assert!(error.contains("000001.tar") && error.contains("finished"), "{error}");
    writer.finish().unwrap();
    assert_eq!(tree(&dir), before);
}

#[test]
fn nothing_foreign_is_overwritten() {
    let (temp, dir) = corpus();
    let error = CorpusWriter::create(&dir, plan()).err().unwrap().to_string();
    assert!(error.contains("finished corpus"), "{error}");

    let foreign = temp.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.tex"), "years of work").unwrap();
    let error = CorpusWriter::open(&foreign, plan()).err().unwrap().to_string();
    assert!(error.contains("foreign") && error.contains("other files"), "{error}");
    assert_eq!(tree(&foreign).len(), 1);

    let other = CorpusPlan::new(SAMPLES, PER_SHARD, "", serde_yaml::from_str("{seed: 8}").unwrap()).unwrap();
    let error = CorpusWriter::resume(&dir, other).err().unwrap().to_string();
    assert!(error.contains("another plan"), "{error}");
    let other = CorpusPlan::new(SAMPLES + 1, PER_SHARD, "", plan().resolved).unwrap();
    let error = CorpusWriter::resume(&dir, other).err().unwrap().to_string();
    assert!(error.contains("samples 10 there, 11 asked for"), "{error}");
}

#[test]
fn two_writers_do_not_share_a_folder() {
    let temp = TempDir::new().unwrap();
    let first = CorpusWriter::create(temp.path(), plan()).unwrap();
    let error = CorpusWriter::resume(temp.path(), plan()).err().unwrap().to_string();
    assert!(error.contains("another process"), "{error}");
    let shard = first.begin_shard(0).unwrap();
    let error = first.begin_shard(0).err().unwrap().to_string();
    assert!(error.contains("000000.tar") && error.contains("another thread"), "{error}");
    drop(shard);
    drop(first);
    CorpusWriter::resume(temp.path(), plan()).unwrap();
}

#[test]
fn samples_out_of_place_or_broken_are_refused_and_leave_nothing() {
    let temp = TempDir::new().unwrap();
    let writer = CorpusWriter::create(temp.path(), plan()).unwrap();
    let shard_one = |change: &dyn Fn(&mut kinecho::corpus::Sample)| {
        let mut broken = sample(4);
        change(&mut broken);
        writer.write_shard(1, &[broken]).unwrap_err().to_string()
    };
    let change = |s: &mut kinecho::corpus::Sample, change: &dyn Fn(&mut kinecho::chain::View)| {
        let mut view = s.views.get("time_range").unwrap().clone();
        change(&mut view);
        s.views.insert("time_range", view);
    };
    let nan = shard_one(&|s| change(s, &|view| view.data[[2, 3]] = f32::NAN));
    assert!(["sample 4", "`time_range`", "range 2", "time 3"].iter().all(|w| nan.contains(w)), "{nan}");
    let gap = shard_one(&|s| s.id = 5);
    assert!(gap.contains("sample 5") && gap.contains("sample 4 of"), "{gap}");
    let axes = shard_one(&|s| change(s, &|view| view.axes[1].len = 7));
    assert!(axes.contains("axes of [8, 7]") && axes.contains("[8, 6]"), "{axes}");
    let name = shard_one(&|s| s.extras[0].0 = "../x".into());
    assert!(name.contains("`../x`") && name.contains("lower-case"), "{name}");
    let twice = shard_one(&|s| s.extras[0].0 = "time_angle".into());
    assert!(twice.contains("taken twice"), "{twice}");
    let shape = shard_one(&|s| s.extras[0].1.info.axes[1].len = 6);
    assert!(shape.contains("bin 6") && shape.contains("[2, 5]"), "{shape}");
    let meta = shard_one(&|s| s.meta.start_s = f64::INFINITY);
    assert!(meta.contains("sample 4") && meta.contains("infinity"), "{meta}");
    let short = shard_one(&|_| ());
    assert!(short.contains("ends before sample 5"), "{short}");
    assert!(fs::read_dir(temp.path().join("shards")).unwrap().next().is_none());

    write_shard(&writer, 0);
    let error = writer.finish().unwrap_err().to_string();
    assert!(error.contains("2 of 3 shards are missing, first 1"), "{error}");
    refused(temp.path(), &["samples.csv", "unfinished"]);
}

#[test]
fn absent_things_are_named() {
    let (temp, dir) = corpus();
    let reader = CorpusReader::open(&dir).unwrap();
    let error = reader.read(SAMPLES).unwrap_err().to_string();
    assert!(error.contains("no sample 10") && error.contains("0 to 9"), "{error}");
    let error = reader.split("validation").unwrap_err().to_string();
    assert!(error.contains("`validation`") && error.contains("test, train"), "{error}");
    refused(&temp.path().join("nowhere"), &["nowhere", "not a corpus"]);
}

#[test]
fn damaged_text_files_are_refused_with_their_line() {
    let cases: [(&str, &str, &str, &[&str]); 7] = [
        ("corpus.yaml", "version: 2", "version: 99", &["corpus.yaml", "version 1 to 2 expected, 99 found"]),
        ("corpus.yaml", "kinecho-corpus", "something", &["corpus.yaml", "format: kinecho-corpus"]),
        ("corpus.yaml", "samples:", "sampels:", &["corpus.yaml", "sampels"]),
        ("manifest.jsonl", "\"shard\":1,", "\"shard\":\"1\",", &["manifest.jsonl:2", "shard"]),
        ("manifest.jsonl", "shards/000001.tar", "../000001.tar", &["manifest.jsonl:2", "../000001.tar"]),
        ("samples.csv", "\n4,", "\n5,", &["samples.csv:", "sample 5"]),
        ("samples.csv", "\n4,", "\nfour,", &["samples.csv:6", "not the line of a sample"]),
    ];
    for (file, from, to, words) in cases {
        let (_temp, dir) = corpus();
        let text = fs::read_to_string(dir.join(file)).unwrap();
        assert!(text.contains(from), "{file} lacks {from}: {text}");
        fs::write(dir.join(file), text.replacen(from, to, 1)).unwrap();
        refused(&dir, words);
    }
    for (file, words) in
        [("manifest.jsonl", &["manifest.jsonl", "missing"]), ("samples.csv", &["samples.csv", "unfinished"])]
    {
        let (_temp, dir) = corpus();
        fs::remove_file(dir.join(file)).unwrap();
        refused(&dir, words);
    }
    let (_temp, dir) = corpus();
    let text = fs::read_to_string(dir.join("manifest.jsonl")).unwrap();
    fs::write(dir.join("manifest.jsonl"), text.lines().take(2).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    refused(&dir, &["manifest.jsonl", "no line for shard 2"]);
}

#[test]
fn damaged_shards_are_refused() {
    let (_temp, dir) = corpus();
    let shard = dir.join("shards/000001.tar");
    let whole = fs::read(&shard).unwrap();
    fs::write(&shard, &whole[..whole.len() - 2000]).unwrap();
    refused(&dir, &["000001.tar", "bytes found", "expected by the manifest"]);
    fs::remove_file(&shard).unwrap();
    refused(&dir, &["000001.tar", "missing"]);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    fs::write(&shard, flipped).unwrap();
    refused(&dir, &["000001.tar", "BLAKE3"]);
    fs::write(&shard, whole).unwrap();
    CorpusReader::open(&dir).unwrap().verify().unwrap();
}

/// A shard in which someone else's tools left something, with a manifest and an index that agree with its size.
#[test]
fn foreign_entries_are_refused_by_name() {
    let entry = |name: &str, content: &[u8], kind: tar::EntryType| {
        let mut header = tar::Header::new_ustar();
        // Written raw: the safe setter refuses what a hostile archive would hold.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    };
    let file = tar::EntryType::Regular;
    let cases: [(Vec<u8>, &[&str]); 7] = [
        (entry("../../etc/passwd", b"root", file), &["../../etc/passwd", "no name like"]),
        (entry("/000000000.json", b"{}", file), &["/000000000.json", "no name like"]),
        (entry("000000000.json", b"", tar::EntryType::Symlink), &["000000000.json", "no regular file"]),
        (
            entry("000000000.time_range.npy", b"foreign", file),
            &["sample 0", "`time_range`", "before its sample's .json"],
        ),
        (entry("000000000.json", b"{\"version\": 3}", file), &["sample 0", "version 3, 1 to 2 expected"]),
        (entry("000000000.txt", b"A person walks.", file), &["sample 0", ".txt comes before its .json"]),
        (entry("000000000.json", &[0xff; 30], file), &["sample 0", "not JSON"]),
    ];
    for (intruder, words) in cases {
        let (_temp, dir) = corpus();
        let shard = dir.join("shards/000000.tar");
        edit(&shard, |bytes| bytes[..intruder.len()].copy_from_slice(&intruder));
        let error = CorpusReader::open(&dir).unwrap().read(0).unwrap_err().to_string();
        assert!(error.contains("000000.tar"), "{error}");
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}

#[test]
fn a_sentence_that_is_not_that_of_the_description_is_found() {
    let (_temp, dir) = corpus();
    let shard = dir.join("shards/000000.tar");
    let said = sample(0).targets.captions.unwrap().general;
    edit(&shard, |bytes| {
        let at: Vec<usize> =
            (0..bytes.len() - said.len()).filter(|&i| bytes[i..].starts_with(said.as_bytes())).collect();
        // Once in the description, once as a file of its own.
        bytes[at[1]] = b'B';
    });
    let error = CorpusReader::open(&dir).unwrap().read(0).unwrap_err().to_string();
    assert!(error.contains("sample 0") && error.contains(".txt is not the general sentence"), "{error}");
    // The shard of the first sample is one among others.
    let (verified, problems) = CorpusReader::open(&dir).unwrap().examine();
    assert!(verified.shards == 3 && problems.len() == 1, "{problems:?}");
    assert!(problems[0].to_string().contains("--resume"), "{problems:?}");
}

#[test]
fn a_foreign_npy_is_refused_with_its_array() {
    let (_temp, dir) = corpus();
    let shard = dir.join("shards/000000.tar");
    let at = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|w| w == text).unwrap();
    let cases: [(&[u8], &[u8], &str); 4] = [
        (b"\x93NUMPY", b"\x93NUMPI", "not a .npy file"),
        (b"'<f4'", b"'<f8'", "bytes, 192 are there"),
        (b"(8, 6)", b"(6, 8)", "the array has shape [6, 8]"),
        (b"(8, 6)", b"(99999", "no usable shape"),
    ];
    let whole = fs::read(&shard).unwrap();
    for (from, to, problem) in cases {
        let mut bytes = whole.clone();
        let start = at(&bytes, from);
        bytes[start..start + to.len()].copy_from_slice(to);
        fs::write(&shard, &bytes).unwrap();
        let error = CorpusReader::open(&dir).unwrap().read(0).unwrap_err().to_string();
        for word in ["000000.tar", "sample 0", "`time_doppler`", problem] {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}

/// Whatever is done to the bytes of a shard, reading gives an error or a sample, and verifying an error; never a panic.
#[test]
fn no_damage_makes_a_panic() {
    let (_temp, dir) = corpus();
    let shard = dir.join("shards/000000.tar");
    let whole = fs::read(&shard).unwrap();
    let reader = CorpusReader::open(&dir).unwrap();
    let damage = (prop::collection::vec((0..whole.len(), any::<u8>()), 1..40), 0.0..1.5_f64);
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let law = |(flips, cut): (Vec<(usize, u8)>, f64)| {
        let mut bytes = whole.clone();
        flips.iter().for_each(|&(at, value)| bytes[at] = value);
        bytes.truncate((cut * bytes.len() as f64) as usize);
        fs::write(&shard, &bytes)?;
        for id in 0..PER_SHARD {
            let _ = reader.read(id);
        }
        prop_assert_eq!(reader.verify().is_err(), bytes != whole);
        Ok(())
    };
    runner.run(&damage, law).unwrap();
}

#[test]
fn cubes_and_points_survive_as_arrays() {
    let info = CubeInfo {
        start_frequency_hz: 77e9,
        chirp_slope_hz_per_s: 60e12,
        sample_rate_hz: 5e6,
        adc_start_s: 1e-6,
        chirp_period_s: 60e-6,
        loop_period_s: 120e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros(), Vec3::new(0.004, 0.0, 0.0)],
        rx_m: vec![Vec3::new(0.1, 0.0, 0.002)],
        channel_factors: Vec::new(),
    };
    let data = Array5::from_shape_fn((2, 3, 2, 1, 4), |(f, c, t, r, s)| {
        Complex32::new((f * 100 + c * 10 + t) as f32, -((r * 10 + s) as f32))
    });
    let array = cube_array(IfCube { data: data.clone(), info: info.clone(), unit: "full scale".into() }).unwrap();
    assert_eq!((array.info.dtype.as_str(), array.data.dtype()), ("complex64", "complex64"));
    assert_eq!(array.info.unit, "full scale");
    let back = cube_from_array(array).unwrap();
    assert_eq!((back.data, back.info, back.unit.as_str()), (data, info, "full scale"));

    let point =
        |x: f64| Point { position: Vec3::new(x, 2.0, 0.1), range_m: 2.1, velocity_mps: -0.6, intensity_db: 14.0 };
    let frame = |time_s: f64, points: Vec<Point>| PointFrame { time_s, points };
    let cloud = PointCloud {
        frames: vec![frame(0.0, vec![point(0.1), point(0.2)]), frame(0.033, vec![]), frame(0.066, vec![point(0.3)])],
        frame_period_s: 1.0 / 30.0,
        range_bin_m: 0.0436,
        velocity_bin_mps: 0.615,
        doppler_bins: 16,
    };
    let array = points_array(&cloud).unwrap();
    assert_eq!(array.data.shape(), [3, 8]);
    assert_eq!(points_from_array(&array).unwrap(), cloud);
    let empty = PointCloud { frames: vec![], ..cloud };
    assert_eq!(points_from_array(&points_array(&empty).unwrap()).unwrap(), empty);
}
