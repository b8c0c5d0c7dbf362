//! `import` of captures, cubes and triples, and `corpus compare-points`, through the program.

use super::kinecho;
use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::{Complex32, Vec3};
use kinecho::recording::dca1000::{self, CaptureFormat, Lanes};
use kinecho::recording::npy_cube;
use ndarray::Array5;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Two seconds of the four receivers of a first-generation chip.
fn cube() -> IfCube {
    let half = 0.001_95;
    let info = CubeInfo {
        start_frequency_hz: 77.0e9,
        chirp_slope_hz_per_s: 60.0e12,
        sample_rate_hz: 1.0e6,
        adc_start_s: 6.0e-6,
        chirp_period_s: 100.0e-6,
        loop_period_s: 100.0e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros()],
        rx_m: (0..4).map(|i| Vec3::new(f64::from(i) * half, 0.0, 0.0)).collect(),
        channel_factors: Vec::new(),
    };
    let data = Array5::from_shape_fn((20, 16, 1, 4, 32), |(f, c, _, r, s)| {
        let phase = 1.3 * (f + 1) as f64 * c as f64 + 1.6 * s as f64 + 0.2 * r as f64;
        Complex32::new(phase.cos() as f32, phase.sin() as f32)
    });
    IfCube { data, info, unit: "1".into() }
}

fn import(dir: &Path, arguments: &[&str]) -> Result<Value, String> {
    let mut command = kinecho();
    command.current_dir(dir).args(["import", "--json"]).args(arguments);
    let output = command.output().unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

const SMALL: [&str; 4] =
    ["--set", "heatmaps={window: 16, hop: 16, rows: 8, columns: 10, max_range_m: 5}", "--set", "length_s=1"];

#[test]
fn captures_of_either_lane_count_and_cubes_give_the_same_maps() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for (folder, ending) in [("two", "bin"), ("four", "bin"), ("cubes", "npy")] {
        fs::create_dir(at(folder)).unwrap();
        let list = format!("file,label,subject,session,split\na.{ending},squat,3,1,train\n");
        fs::write(at(folder).join("recordings.csv"), list).unwrap();
    }
    dca1000::write(&at("two/a.bin"), &cube(), CaptureFormat { lanes: Lanes::Two, q_first: false }, 1.0 / 16384.0)
        .unwrap();
    dca1000::write(&at("four/a.bin"), &cube(), CaptureFormat { lanes: Lanes::Four, q_first: true }, 1.0 / 16384.0)
        .unwrap();
    npy_cube::write(&at("cubes/a.npy"), &cube()).unwrap();
    let mut maps = Vec::new();
    for (kind, folder) in [("dca1000", "two"), ("dca1000", "four"), ("cube", "cubes")] {
        let output = format!("{folder}-corpus");
        let mut arguments = vec![kind, folder, "-o", &output];
        arguments.extend(SMALL);
        let said = import(dir.path(), &arguments).unwrap();
        // Two seconds, windows of one every second.
        assert_eq!((&said["samples"], &said["counts"]["squat"]), (&2.into(), &2.into()), "{folder}");
        let corpus = kinecho::corpus::CorpusReader::open(&at(&output)).unwrap();
        let row = &corpus.rows()[1];
        assert_eq!((row.subject.as_str(), row.session.as_str(), row.split.as_str()), ("3", "1", "train"));
        let views = corpus.read(1).unwrap().views;
        maps.push(views.stacked(&views.names()).unwrap());
    }
    assert_eq!(maps[0], maps[1], "the layout of the words does not matter");
    let worst = maps[0].iter().zip(&maps[2]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 0.01, "16 bits cost {worst}");
}

#[test]
fn a_ti_configuration_says_how_captures_were_made() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("raw")).unwrap();
    fs::write(dir.path().join("raw/recordings.csv"), "file,label\na.bin,juggle three balls\n").unwrap();
    let cfg = "sensorStop\nflushCfg\ndfeDataOutputMode 1\nchannelCfg 15 7 0\nadcCfg 2 1\nadcbufCfg -1 0 1 1 1\n\
               profileCfg 0 77 7 7 58 0 0 68 1 32 4884 0 0 30\nchirpCfg 0 0 0 0 0 0 0 1\nchirpCfg 1 1 0 0 0 0 0 4\n\
               chirpCfg 2 2 0 0 0 0 0 2\nframeCfg 0 2 16 0 100 1 0\nsensorStart\n";
    fs::write(dir.path().join("radar.cfg"), cfg).unwrap();
    // 12 frames of 16 loops, 3 transmitters, 4 receivers, 32 samples.
    let words: Vec<u8> =
        (0..12 * 16 * 3 * 4 * 32 * 2).flat_map(|i: i32| (((i * 7919) % 997) as i16).to_le_bytes()).collect();
    fs::write(dir.path().join("raw/a.bin"), &words).unwrap();
    let mut arguments = vec!["dca1000", "raw", "-o", "corpus", "--radar", "radar.cfg", "--board", "iwr1443"];
    arguments.extend(SMALL);
    let said = import(dir.path(), &arguments).unwrap();
    assert_eq!(said["counts"]["juggle_three_balls"], 1);
    let message = |arguments: &[&str]| import(dir.path(), arguments).unwrap_err();
    fs::write(dir.path().join("raw/a.bin"), &words[..1000]).unwrap();
    let error = message(&["dca1000", "raw", "-o", "x", "--radar", "radar.cfg", "--board", "iwr1443"]);
    assert!(error.contains("a.bin") && error.contains("not whole frames"), "{error}");
    let error = message(&["dca1000", "raw", "-o", "y"]);
    assert!(error.contains("a.json"), "{error}");
    let error = message(&["dca1000", "raw", "-o", "z", "--radar", "radar.cfg", "--frame-period-s", "0.1"]);
    assert!(error.contains("leave out --frame-period-s"), "{error}");
    let error = message(&["cube", ".", "-o", "w"]);
    assert!(error.contains("recordings.csv"), "{error}");
}

#[test]
fn settings_are_checked_as_every_file_before_a_recording_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let refused = |data_set: &str, more: &[&str], words: &[&str]| {
        let arguments = [&[data_set, "nowhere", "-o", "out", "--config", "c.yaml"], more].concat();
        let error = import(dir.path(), &arguments).unwrap_err();
        words.iter().for_each(|word| assert!(error.contains(word), "{word} is not in: {error}"));
        assert!(!error.contains("nowhere:") && !dir.path().join("out").exists(), "{error}");
    };
    for data_set in ["radhar", "mars"] {
        write("c.yaml", "# rows: 8\nsamples_per_shard: 0\nmaps:\n  row_blur: -1\n  rows: 0\nlabels: {squat: ''}\n");
        let words = ["c.yaml:5: maps.rows: 0; expected", "c.yaml:4: maps.row_blur", "c.yaml:2: samples_per_shard"];
        refused(data_set, &[], &words);
        refused(data_set, &[], &["c.yaml:6: labels.squat: is empty"]);
        write("c.yaml", "maps:\n  rows: 8\n  rowz: 8\n");
        refused(data_set, &[], &["c.yaml:3: maps.rowz: unknown field `rowz`"]);
        write("base.yaml", "maps: {rows: 32,\n  gain: 0}\n");
        write("c.yaml", "based_on: base.yaml\nset:\n  maps.rows: 0\n");
        refused(data_set, &["--set", "maps.columns=0"], &["c.yaml:3: maps.rows", "--set maps.columns=0: maps.columns"]);
        refused(data_set, &[], &["base.yaml:2: maps.gain: 0; expected"]);
        write("c.yaml", "based_on: nothing.yaml\n");
        refused(data_set, &[], &["nothing.yaml"]);
    }
    for data_set in ["cube", "dca1000"] {
        write("c.yaml", "heatmaps: {rows: 0,\n window: 0}\nhop_s: 0\nsamples_per_shard: 0\n");
        let words =
            ["c.yaml:1: heatmaps.rows", "c.yaml:2: heatmaps.window", "c.yaml:3: hop_s", "c.yaml:4: samples_per"];
        refused(data_set, &[], &words);
        write("c.yaml", "heatmaps: {}\npoints:\n  detect: {max_points: 0}\n  maps: {rows: 0}\n");
        let words = ["c.yaml:3: points.detect.max_points", "c.yaml:4: points.maps.rows"];
        refused(data_set, &[], &words);
        write("c.yaml", "length_s: 5\nhop_s: 0.5\npoints: {maps: {length_s: 2, hop_s: 0.25}}\n");
        refused(
            data_set,
            &[],
            &[
                "c.yaml:1: length_s: 5, but chain.points.maps.length_s is 2",
                "c.yaml:2: hop_s: 0.5, but chain.points.maps.hop_s is 0.25",
            ],
        );
    }
    // A file that is based on another makes the maps that both say.
    fs::create_dir(dir.path().join("cubes")).unwrap();
    npy_cube::write(&dir.path().join("cubes/x.npy"), &cube()).unwrap();
    write("cubes/recordings.csv", "file,label\nx.npy,squat\n");
    write("base.yaml", "heatmaps: {window: 16, hop: 16, rows: 32, columns: 10, max_range_m: 5}\nlength_s: 1\n");
    write("c.yaml", "based_on: base.yaml\nset: {heatmaps.rows: 8}\n");
    import(dir.path(), &["cube", "cubes", "-o", "corpus", "--config", "c.yaml"]).unwrap();
    let maps = kinecho::corpus::CorpusReader::open(&dir.path().join("corpus")).unwrap().read(0).unwrap().views;
    assert_eq!(maps.stacked(&maps.names()).unwrap().dim(), (3, 8, 10));
}

#[test]
fn points_of_two_corpora_are_compared_by_activity() {
    let dir = tempfile::tempdir().unwrap();
    let one = |label: &str| format!("file,label\nx.npy,{label}\n");
    let two = "file,label,session\nx.npy,squat,1\ny.npy,squat,2\n".to_owned();
    for (folder, listed) in [("a", one("squat")), ("b", one("squat")), ("c", one("punch")), ("d", two)] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        npy_cube::write(&dir.path().join(folder).join("x.npy"), &cube()).unwrap();
        if listed.contains("y.npy") {
            npy_cube::write(&dir.path().join(folder).join("y.npy"), &cube()).unwrap();
        }
        fs::write(dir.path().join(folder).join("recordings.csv"), listed).unwrap();
        let points = "points={detect: {last_range_bin: 31}, maps: {length_s: 1}}";
        let output = format!("{folder}-corpus");
        import(dir.path(), &["cube", folder, "-o", &output, "--set", points]).unwrap();
    }
    let compare = |more: &[&str]| {
        let mut command = kinecho();
        command.current_dir(dir.path()).args(["corpus", "compare-points", "a-corpus"]).args(more);
        command.output().unwrap()
    };
    let same = compare(&["b-corpus", "--json", "-o", "points.html"]);
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stderr));
    let lines: Value = serde_json::from_slice(&same.stdout).unwrap();
    let lines = lines.as_array().unwrap();
    assert_eq!(lines.len(), 7, "seven quantities of one activity");
    for line in lines.iter().filter(|l| l["simulated_values"].as_u64().unwrap() > 0) {
        assert_eq!((&line["activity"], &line["distance"]["wasserstein_1"]), (&"squat".into(), &0.0.into()), "{line}");
        assert_eq!(line["simulated_mean"], line["recorded_mean"]);
    }
    // Twenty frames of two seconds, none counted twice.
    assert_eq!(lines[0]["recorded_values"], 20);
    let html = fs::read_to_string(dir.path().join("points.html")).unwrap();
    assert!(html.contains("Kolmogorov") || html.contains("KS"), "distances are explained");
    // A single recording has nothing to be held against; two sessions of the same signal are no distance apart.
    assert!(lines.iter().all(|l| l["floor"].is_null()));
    let sessions: Value = serde_json::from_slice(&compare(&["d-corpus", "--json"]).stdout).unwrap();
    assert_eq!(sessions[0]["floor"]["wasserstein_1"], 0.0);
    assert_eq!(sessions[0]["recorded_values"], 40);
    let one_session: Value =
        serde_json::from_slice(&compare(&["d-corpus", "--json", "--session", "1"]).stdout).unwrap();
    assert!(one_session[0]["floor"].is_null());
    let strangers = compare(&["c-corpus"]);
    let error = String::from_utf8_lossy(&strangers.stderr);
    assert!(!strangers.status.success() && error.contains("simulated squat; recorded punch"), "{error}");
    let nobody = compare(&["b-corpus", "--subject", "9"]);
    assert!(!nobody.status.success());
}
