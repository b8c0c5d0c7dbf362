//! `import points`, `uart` and `cube` of other programs, and `classify` of what kinecho wrote, through the program.

use super::kinecho;
use kinecho::base::Vec3;
use kinecho::corpus::CorpusReader;
use kinecho::recording::point_table;
use kinecho::signal::{Point, PointCloud, PointFrame};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn import(dir: &Path, arguments: &[&str]) -> Result<Value, String> {
    let output = kinecho().current_dir(dir).args(["import", "--json"]).args(arguments).output().unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Six seconds of somebody who goes to and fro at 2.5 m, ten frames a second.
fn person() -> PointCloud {
    let frame = |i: u32| {
        let turn = f64::from(i) * 0.4;
        let range = 2.5 + 0.3 * turn.sin();
        let point = |k: i32| {
            let position = Vec3::new(0.1 * f64::from(k), range, -0.2);
            let velocity_mps = 0.2 * (1.2 * turn.cos() / 0.2 + f64::from(k - 1)).round();
            Point { position, range_m: position.norm(), velocity_mps, intensity_db: 15.0 }
        };
        PointFrame { time_s: 0.1 * f64::from(i), points: (0..3).map(point).collect() }
    };
    PointCloud {
        frames: (0..60).map(frame).collect(),
        frame_period_s: 0.1,
        range_bin_m: 0.05,
        velocity_bin_mps: 0.2,
        doppler_bins: 16,
    }
}

#[test]
fn tables_come_in_by_their_columns_and_ours_without() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for folder in ["ours", "theirs"] {
        fs::create_dir(at(folder)).unwrap();
        point_table::write_csv(&at(folder).join("s1_squat.csv"), &person()).unwrap();
    }
    // Somebody else's names and units, without anything beside it.
    fs::remove_file(at("theirs/s1_squat.json")).unwrap();
    let text = fs::read_to_string(at("theirs/s1_squat.csv")).unwrap();
    let (_, lines) = text.split_once('\n').unwrap();
    fs::write(at("theirs/s1_squat.csv"), format!("n,t,px,py,pz,r,v,snr\n{lines}")).unwrap();
    let names = "s{subject}_{label}";
    let ours = import(dir.path(), &["points", "ours", "-o", "a", "--names", names]).unwrap();
    assert_eq!((&ours["samples"], &ours["counts"][0]["subject"]), (&4.into(), &"1".into()), "{ours}");
    let map = "frame=n,x=px:m,y=py:m,z=pz:m,doppler=v:m/s,intensity=snr:dB";
    let mut arguments = vec!["points", "theirs", "-o", "b", "--names", names, "--map", map, "--frame-period-s", "0.1"];
    let theirs = import(dir.path(), &arguments).unwrap();
    assert_eq!(theirs["counts"], ours["counts"]);
    assert_eq!(theirs["measured"].as_array().unwrap().len(), 3, "{theirs}");
    arguments[3] = "c";
    arguments.extend(["--velocity-bin-mps", "0.2", "--doppler-bins", "16", "--range-bin-m", "0.05"]);
    let stated = import(dir.path(), &arguments).unwrap();
    assert_eq!(stated["measured"].as_array().unwrap().len(), 0);
    let maps = |corpus: &str| CorpusReader::open(&at(corpus)).unwrap().read(2).unwrap().views;
    assert_eq!(maps("c"), maps("a"));

    let refused = |more: &[&str]| {
        let mut arguments = vec!["points", "theirs", "-o", "refused", "--label", "squat"];
        arguments.extend(more);
        let message = import(dir.path(), &arguments).unwrap_err();
        assert!(!at("refused").exists(), "nothing is left behind");
        message
    };
    assert!(refused(&[]).contains("say with --map which column is what"));
    assert!(refused(&["--map", "frame=n,x=px,y=py:m"]).contains("`x=px` has no unit"));
    assert!(refused(&["--map", map]).contains("give --frame-period-s"));
    assert!(refused(&["--axes", "forward,left,up"]).contains("--map"));
    let still = "frame=n,x=px:m,y=py:m,z=pz:m,doppler=none,intensity=none";
    let message = refused(&["--map", still, "--frame-period-s", "0.1"]);
    assert!(message.contains("points without a velocity") && message.contains("--set maps.centre=all"), "{message}");
    // What the message says to do.
    let mut told = vec!["points", "theirs", "-o", "d", "--names", names, "--map", still, "--frame-period-s", "0.1"];
    told.extend([
        "--set",
        "maps.maps=[time_range,time_azimuth]",
        "--set",
        "maps.centre=all",
        "--set",
        "maps.static_radius_m=null",
    ]);
    assert_eq!(import(dir.path(), &told).unwrap()["samples"], 4);
}

#[test]
fn numbers_that_stand_for_labels_get_their_words() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::from("label,frame,x_m,y_m,z_m,velocity_mps,intensity_db\n");
    for (i, frame) in person().frames.iter().enumerate() {
        for p in &frame.points {
            text += &format!("3,{i},{},{},{},{},15\n", p.position.x, p.position.y, p.position.z, p.velocity_mps);
        }
    }
    fs::write(dir.path().join("all.csv"), text).unwrap();
    let map = "label=label,frame=frame,x=x_m,y=y_m,z=z_m,doppler=velocity_mps,intensity=intensity_db";
    let arguments = [
        "points",
        "all.csv",
        "-o",
        "c",
        "--map",
        map,
        "--frame-period-s",
        "0.1",
        "--set",
        "labels={\"3\": Jumping Jack}",
    ];
    let said = import(dir.path(), &arguments).unwrap();
    assert_eq!(said["counts"][0]["label"], "jumping_jack", "{said}");
}

#[test]
fn streams_come_in_and_say_what_was_lost() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/uart");
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("raw")).unwrap();
    fs::copy(fixtures.join("damaged.dat"), dir.path().join("raw/a.dat")).unwrap();
    fs::write(dir.path().join("raw/recordings.csv"), "file,label\na.dat,squat\n").unwrap();
    let cfg = fixtures.join("radar.cfg");
    let arguments = ["uart", "raw", "-o", "c", "--cfg", cfg.to_str().unwrap(), "--set", "maps.length_s=1"];
    let said = import(dir.path(), &arguments).unwrap();
    let stream = &said["stream"];
    assert_eq!(
        (&stream["lost_frames"], &stream["truncated_packets"], &stream["stray_bytes"]),
        (&3.into(), &2.into(), &120.into())
    );
    assert_eq!((&said["corrupt_points_dropped"], &said["dropped"]["not_finite"]), (&1.into(), &1.into()));
    assert_eq!(said["counts"][0]["label"], "squat");
    let mut plain = kinecho();
    let arguments = ["import", "uart", "raw", "-o", "d", "--frame-period-s", "0.1", "--set", "maps.length_s=1"];
    let output = plain.current_dir(dir.path()).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for part in
        ["velocity step measured", "3 frames were lost on the way", "items of type 2 were skipped", "(1 no number)"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn exported_cubes_of_rf_genesis_order_come_back() {
    use kinecho::base::cube::{CubeInfo, IfCube};
    use kinecho::base::{Complex32, Complex64};
    use ndarray::Array5;
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let json = r#"{"num_tx": 1, "num_rx": 2, "fc": 77000000000.0, "slope": 60.0, "adc_samples": 32, "adc_start_time": 6,
      "sample_rate": 1000, "idle_time": 7, "ramp_end_time": 43, "chirp_per_frame": 16, "frame_per_second": 10, "power": 12,
      "tx_loc": [[0, 0, 0]], "rx_loc": [[0, 0, 0], [1, 0, 0]]}"#;
    fs::write(at("radar.json"), json).unwrap();
    let frames = Array5::from_shape_fn((20, 1, 2, 16, 32), |(f, _, r, c, s)| {
        let phase = 0.4 * c as f64 * (f + 1) as f64 + 1.6 * s as f64 + 0.2 * r as f64;
        Complex64::new(phase.cos(), phase.sin())
    });
    fs::create_dir_all(at("gen/one")).unwrap();
    ndarray_npy::write_npy(at("gen/one/radar_frames.npy"), &frames).unwrap();
    fs::write(at("gen/recordings.csv"), "file,label\none/radar_frames.npy,squat\n").unwrap();
    const SMALL: [&str; 4] =
        ["--set", "heatmaps={window: 16, hop: 16, rows: 8, columns: 10, max_range_m: 5}", "--set", "length_s=1"];
    let run = |more: &[&str]| import(dir.path(), &[&["cube", "gen"], more, &SMALL[..]].concat());
    let said = run(&["-o", "a", "--radar", "radar.json", "--order", "rf-genesis"]).unwrap();
    assert_eq!(said["samples"], 2);
    let message = run(&["-o", "b"]).unwrap_err();
    assert!(message.contains("radar_frames.json is missing") && message.contains("--order rf-genesis"), "{message}");
    let message = run(&["-o", "b", "--radar", "radar.json"]).unwrap_err();
    assert!(message.contains("another --order or radar"), "{message}");
    let message = run(&["-o", "b", "--order", "rf-genesis"]).unwrap_err();
    assert!(message.contains("--radar"), "{message}");

    // Out and in again: what `corpus export --to rf-genesis` writes says itself how its axes stand.
    let half = 0.001_95;
    let info = CubeInfo {
        start_frequency_hz: 77.0e9,
        chirp_slope_hz_per_s: 60.0e12,
        sample_rate_hz: 1.0e6,
        adc_start_s: 6.0e-6,
        chirp_period_s: 50.0e-6,
        loop_period_s: 50.0e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros()],
        rx_m: vec![Vec3::zeros(), Vec3::new(half, 0.0, 0.0)],
        channel_factors: Vec::new(),
    };
    let data = frames.permuted_axes([0, 3, 1, 2, 4]).mapv(|z| Complex32::new(z.re as f32, z.im as f32));
    fs::create_dir(at("ours")).unwrap();
    let cube = IfCube { data: data.as_standard_layout().into_owned(), info, unit: "full scale".into() };
    kinecho::recording::npy_cube::write(&at("ours/x.npy"), &cube).unwrap();
    fs::write(at("ours/recordings.csv"), "file,label\nx.npy,squat\n").unwrap();
    let keep = ["--set", "cubes=true"];
    import(dir.path(), &[&["cube", "ours", "-o", "c"], &SMALL[..], &keep[..]].concat()).unwrap();
    let export = ["corpus", "export", "c", "--to", "rf-genesis", "-o", "out"];
    assert!(kinecho().current_dir(dir.path()).args(export).output().unwrap().status.success());
    fs::write(at("out/recordings.csv"), "file,label\n000000001/radar_frames.npy,squat\n").unwrap();
    import(dir.path(), &[&["cube", "out", "-o", "d"], &SMALL[..]].concat()).unwrap();
    let maps = |corpus: &str, id: u64| CorpusReader::open(&at(corpus)).unwrap().read(id).unwrap().views;
    assert_eq!(maps("d", 0), maps("c", 1));
}
