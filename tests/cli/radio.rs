//! WiFi and RFID through the program: what samples hold, corpora, recognition, leaks.

use super::{kinecho, needs};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn run(dir: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = kinecho().current_dir(dir).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_sample_is_read_and_says_what_it_holds() {
    let (Some(parsers), Some(readers)) = (needs::data("csi_parser_samples"), needs::data("rf_reader_samples")) else {
        return;
    };
    let mut all = Vec::new();
    files(&parsers, &mut all);
    files(&readers, &mut all);
    // Words, MATLAB's copies, and a list of times beside a capture.
    let beside = ["md", "txt", "mat", "datstp"];
    all.retain(|path| !beside.contains(&path.extension().unwrap_or_default().to_str().unwrap()));
    assert_eq!(all.len(), 29, "{all:?}");
    let dir = tempfile::tempdir().unwrap();
    for path in &all {
        let kind = if path.to_string_lossy().contains("rfid") { "rfid" } else { "csi" };
        let path = path.to_str().unwrap();
        let said =
            run(dir.path(), &["import", kind, path, "--dry-run", "--json"]).unwrap_or_else(|e| panic!("{path}: {e}"));
        let said: Value = serde_json::from_str(&said).unwrap();
        let count = if kind == "csi" { "packets" } else { "reads" };
        assert!(said[0][count].as_u64().unwrap() > 0, "{path}: {said}");
        let told = run(dir.path(), &["import", kind, path, "--dry-run"]).unwrap();
        assert!(told.contains(if kind == "csi" { "antennas" } else { "tags" }), "{told}");
    }
    // The index and frequency of every subcarrier.
    let path = parsers.join("csikit/nexmon/example_4366c0.pcap");
    let said = run(dir.path(), &["import", "csi", path.to_str().unwrap(), "--dry-run", "--json"]).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said[0]["grid"]["subcarriers"][0], &said[0]["frequencies_hz"][0]),
        (&(-122).into(), &5_491_875_000.0.into())
    );
    let told = run(dir.path(), &["import", "csi", path.to_str().unwrap(), "--dry-run"]).unwrap();
    assert!(told.contains("5.491875 to 5.568125 GHz"), "{told}");
    let error = run(dir.path(), &["import", "rfid", path.to_str().unwrap(), "--dry-run"]).unwrap_err();
    assert!(error.contains("no reads of RFID tags"), "{error}");
    let error = run(dir.path(), &["import", "csi", path.to_str().unwrap(), "-o", "c"]).unwrap_err();
    assert!(error.contains("nothing says what is done"), "{error}");
    assert!(!dir.path().join("c").exists());
}

const JOB: &str = "version: 1\nname: tiny\nmodel: {maps: [doppler], rows: 8, columns: 12, patch_columns: 3, map_width: 16, map_heads: 2, \
                   map_depth: 1, fusion_heads: 2, fusion_depth: 1, mlp_ratio: 2, text_heads: 4}\n\
                   sources:\n- {corpus: corpus, split: [train]}\ntext: {describe: true}\ntrain: {steps: 8, batch: 4, learning_rate: 1.0e-3, log_every: 4}\n";

#[test]
fn recordings_of_two_rooms_are_learnt_and_recognised() {
    let Some(data) = needs::data("csi_two_rooms") else { return };
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for (activity, user) in ["a03", "a06"].iter().flat_map(|a| ["u1_01", "u2_01", "u3_01"].map(move |u| (a, u))) {
        fs::create_dir_all(at("data/bedroom").join(activity)).unwrap();
        let name = format!("bedroom/{activity}/{user}.dat");
        fs::copy(data.join(&name), at("data").join(&name)).unwrap();
    }
    let chain = "chain:\n  csi:\n    rate_hz: 20\n    steps: [{step: hampel}, {step: conjugate}, {step: remove_static}]\n    views: [{view: \
                 doppler, rows: 8, columns: 12, spectrum: {window_s: 1, hop_s: 0.1, min_hz: 0.5, max_hz: 30}}]\nlength_s: 4\n";
    fs::write(at("chain.yaml"), chain).unwrap();
    fs::write(at("job.yaml"), JOB).unwrap();
    let imported =
        run(dir.path(), &["import", "csi_two_rooms", "data", "-o", "corpus", "--config", "chain.yaml", "--json"])
            .unwrap();
    let imported: Value = serde_json::from_str(&imported).unwrap();
    assert_eq!(imported["recordings"], 6, "{imported}");
    assert!(imported["samples"].as_u64().unwrap() > 30, "{imported}");
    let corpus = kinecho::corpus::CorpusReader::open(&at("corpus")).unwrap();
    let splits = corpus.count_by(|row| &row.split);
    assert_eq!(
        splits.keys().map(String::as_str).collect::<Vec<_>>(),
        ["test", "train", "validation"],
        "one person each"
    );
    let sample = corpus.read(0).unwrap();
    assert_eq!((sample.meta.details["room"].as_str(), sample.meta.session.as_str()), (Some("bedroom"), "bedroom"));
    // Half of 20 packets a second.
    let axis = sample.views.get("doppler").unwrap().axes[0].clone();
    assert!(axis.value(axis.len - 1) < 10.0 && axis.unit == "Hz", "{axis:?}");
    run(dir.path(), &["pretrain", "job.yaml", "-o", "run", "-q"]).unwrap();
    let classify = |path: &str, more: &[&str]| {
        let arguments = ["classify", path, "--checkpoint", "run/checkpoint", "--labels", "wave hand", "running"];
        run(dir.path(), &[&arguments[..], more].concat())
    };
    let answer: Value = serde_json::from_str(&classify("data/bedroom/a06/u3_01.dat", &["--json"]).unwrap()).unwrap();
    assert!(answer["windows"].as_array().unwrap().len() > 5, "{answer}");
    // Amplitudes without phases, and reads of tags, are none of what it learnt.
    let har = needs::data("rf_reader_samples").unwrap().join("rfid_aperture_csv/d3_test_8ch_hopping.csv");
    let error = classify(har.to_str().unwrap(), &[]).unwrap_err();
    assert!(error.contains("RFID reads"), "{error}");
    let told = run(dir.path(), &["corpus", "leaks", "corpus"]).unwrap();
    assert!(told.contains("3 groups by subject") && told.contains("first half second"), "{told}");
    let error = run(dir.path(), &["import", "csi_two_rooms", "data", "-o", "x", "--set", "chain.points.maps.rows=3"])
        .unwrap_err();
    assert!(error.contains("makes nothing of CSI; expected chain.csi"), "{error}");
}
