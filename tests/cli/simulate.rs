//! `kinecho simulate`: what it writes, what it says beforehand, what it refuses.

use super::{kinecho, pictures};
use serde_json::Value;
use std::fs;
use std::path::Path;

const SCENE: &str = "version: 1
seed: 5
scene:
  radar:
    preset: awr1843
    with: {loops_per_frame: 16, samples_per_chirp: 64}
  receiver:
    phase_noise: {offsets_hz: [1e4, 1e6], levels_dbc_per_hz: [-75, -93]}
    leakage: {isolation_db: 50, delay_s: 0.3e-9}
    adc: {bits: 12, full_scale_dbm: -32}
  people:
    - {motion: squat, range_m: 1.4}
  duration_s: 0.3
heatmaps: {window: 16, rows: 32, columns: 32}
";

fn simulate(args: &[&str], dir: &Path) -> (i32, String, String) {
    let output = kinecho().arg("simulate").args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_kind_of_output_is_written_whole_and_described() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let kinds = "cube,dca1000,iq_wav,points_csv,points_npz,range_doppler,range_angle,heatmaps";
    let (code, out, err) = simulate(&["scene.yaml", "-o", "out", "--write", kinds, "--json"], dir.path());
    assert_eq!(code, 0, "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    let adc = &result["report"]["adc"];
    assert_eq!(adc["values"], 2 * 3 * 16 * 12 * 64);
    assert!(adc["clipped"].as_u64().is_some() && adc["step"].as_f64().unwrap() > 0.0, "{adc}");
    let out = dir.path().join("out");
    let mut names: Vec<String> =
        fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected: Vec<String> = result["written"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|kind| kind["files"].as_array().unwrap())
        .map(|f| f.as_str().unwrap().into())
        .chain(["scene.json".into()])
        .collect();
    expected.sort();
    assert_eq!(names, expected);
    // The capture holds the ADC's own codes: twelve bits, whole numbers of its step in the cube.
    let bin = fs::read(out.join("adc.bin")).unwrap();
    assert_eq!(bin.len(), 4 * 3 * 16 * 12 * 64);
    let codes: Vec<i16> = bin.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    assert!(codes.iter().all(|c| (-2048..2048).contains(c)) && codes.iter().any(|c| c.abs() > 20));
    assert_eq!(result["written"]["dca1000"]["clipped"], 0);
    for name in ["range_doppler.png", "range_angle.png"] {
        let picture = pictures::open(out.join(name));
        assert!(picture.width > 600 && picture.height > 400, "{name}");
    }
    assert!(result["written"]["points_csv"]["points"].as_u64().unwrap() > 0);
    // Samples are square roots of watts, in the capture as well; without calibration they are bare numbers.
    let json = |path: std::path::PathBuf| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    assert_eq!(json(out.join("cube.json"))["array"]["unit"], "sqrt(W)");
    assert_eq!(json(out.join("adc.json"))["unit"], "sqrt(W)");
    let bare = ["scene.yaml", "-o", "bare", "--write", "cube", "--set", "simulation={calibration: unit}"];
    assert_eq!(simulate(&bare, dir.path()).0, 0);
    assert_eq!(json(dir.path().join("bare/cube.json"))["array"]["unit"], "1");
    // Without a choice: cube and heatmaps, as ever.
    let (code, out, _) = simulate(&["scene.yaml", "-o", "plain", "--json"], dir.path());
    assert_eq!(code, 0);
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["written"].as_object().unwrap().len(), 2);
}

/// Mean power over all chirps and antennas in the range bin at `range_m`, when the bins end at `max_range_m`.
fn power_at(cube: &ndarray::Array5<kinecho::base::Complex32>, range_m: f64, max_range_m: f64) -> f64 {
    let samples = cube.dim().4;
    let bin = range_m / max_range_m;
    let mut power = 0.0;
    for chirp in cube.rows() {
        let sum: kinecho::base::Complex64 = chirp
            .iter()
            .enumerate()
            .map(|(n, z)| {
                // Hann, so that a person does not leak to where nobody stands.
                let window = (std::f64::consts::PI * (n as f64 + 0.5) / samples as f64).sin().powi(2);
                let turn = kinecho::base::Complex64::cis(-std::f64::consts::TAU * bin * n as f64);
                turn * kinecho::base::Complex64::new(z.re.into(), z.im.into()) * window
            })
            .sum();
        power += sum.norm_sqr();
    }
    power
}

#[test]
fn several_people_have_their_own_motion_body_place_and_start() {
    let dir = tempfile::tempdir().unwrap();
    let body = include_bytes!("../../meshes/cc0_body/cc0_body.npz");
    fs::write(dir.path().join("other.npz"), body).unwrap();
    let scene = |people: &str| {
        format!(
            "version: 1\nseed: 5\nscene:\n  radar: {{preset: awr1843, with: {{loops_per_frame: 16, samples_per_chirp: 64}}}}\n  duration_s: 0.3\n  people:\n{people}"
        )
    };
    let first = "    - {motion: squat, range_m: 2.0, azimuth_deg: -10, stature_m: 1.6, start_s: 0.6}\n";
    let second = "    - {motion: kick, range_m: 6.0, azimuth_deg: 10, stature_m: 1.9, body: other.npz}\n";
    let run = |name: &str, people: &str| {
        fs::write(dir.path().join("scene.yaml"), scene(people)).unwrap();
        let (code, out, err) = simulate(&["scene.yaml", "-o", name, "-w", "cube", "--json"], dir.path());
        assert_eq!(code, 0, "{err}");
        let result: Value = serde_json::from_str(&out).unwrap();
        let about: Value =
            serde_json::from_slice(&fs::read(dir.path().join(name).join("scene.json")).unwrap()).unwrap();
        let cube: ndarray::Array5<kinecho::base::Complex32> =
            ndarray_npy::read_npy(dir.path().join(name).join("cube.npy")).unwrap();
        let max_range_m = result["limits"]["max_range_m"].as_f64().unwrap();
        (about["draw"]["people"].clone(), [2.0, 4.0, 6.0].map(|r| power_at(&cube, r, max_range_m)), cube)
    };
    let (people, both, _) = run("both", &[first, second].concat());
    let named = |i: usize, key: &str| people[i][key].clone();
    assert_eq!((named(0, "motion"), named(1, "motion")), ("squat".into(), "kick".into()));
    assert_eq!(named(0, "start_s"), 0.6);
    assert!(named(1, "body").as_str().is_some_and(|body| body.ends_with("other.npz")), "{people}");
    // Both are heard where they stand, and each falls silent alone.
    let (_, near, cube) = run("near", first);
    let (_, far, _) = run("far", second);
    assert!(both[0] > 30.0 * both[1] && both[2] > 3.0 * both[1], "{both:?}");
    // Alone they are other draws of the same motions, hence not the same power.
    let like = |a: f64, b: f64| (0.4..2.5).contains(&(a / b));
    assert!(like(both[0], near[0]) && like(both[2], far[2]), "{both:?} {near:?} {far:?}");
    assert!(near[2] < 0.2 * both[2] && far[0] < 0.2 * both[0], "{both:?} {near:?} {far:?}");
    // Another start is another stretch of the same motion.
    let (_, _, earlier) = run("earlier", &first.replace("0.6", "0"));
    assert!(earlier.dim() == cube.dim() && earlier != cube);
}

#[test]
fn a_dry_run_says_what_can_be_told_apart_and_how_long_it_takes() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let (code, out, err) = simulate(&["scene.yaml", "--dry-run"], dir.path());
    assert_eq!(code, 0, "{err}");
    for part in ["171.7 mm resolution", "unambiguous to 10.99 m", "unambiguous to ±4.4", "3 frames", "MB", "about"] {
        assert!(out.contains(part), "{part} in\n{out}");
    }
    let (_, out, _) = simulate(&["scene.yaml", "--dry-run", "--json", "--set", "scene.duration_s=1"], dir.path());
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["frames"], 10);
    assert_eq!(plan["cube_bytes"], 8 * 10 * 16 * 12 * 64);
    assert!(plan["estimated_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/examples/receiver.yaml");
    let (code, _, err) = simulate(&[example, "--dry-run", "--set", "scene.duration_s=0.1"], dir.path());
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_radar_may_come_from_a_file_beside_the_scene() {
    let dir = tempfile::tempdir().unwrap();
    let cfg = "channelCfg 15 5 0\nadcCfg 2 1\nprofileCfg 0 77 7 6 60 0 0 60 1 128 5000 0 0 30\nchirpCfg 0 0 0 0 0 0 0 1\nchirpCfg 1 1 0 0 0 0 0 4\nframeCfg 0 1 32 0 50 1 0\n";
    fs::create_dir(dir.path().join("scenes")).unwrap();
    fs::write(dir.path().join("scenes/my.cfg"), cfg).unwrap();
    let scene = "version: 1\nscene:\n  radar: {file: my.cfg}\n  people: [{motion: squat, range_m: 2}]\n";
    fs::write(dir.path().join("scenes/scene.yaml"), scene).unwrap();
    let (code, out, err) = simulate(&["scenes/scene.yaml", "--dry-run", "--json"], dir.path());
    assert_eq!(code, 0, "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((plan["radar"].as_str(), plan["frames"].as_u64()), (Some("my"), Some(60)));
    assert_eq!(plan["cube_bytes"], 8 * 60 * 32 * 8 * 128);
    // A fault in it is named by both files and both lines.
    fs::write(dir.path().join("scenes/my.cfg"), cfg.replace("0 1 32", "0 1 0").replace("adcCfg 2 1\n", "")).unwrap();
    let (code, _, err) = simulate(&["scenes/scene.yaml", "--dry-run"], dir.path());
    assert_eq!(code, 1);
    assert!(err.contains("scene.yaml:3: scene.radar.file: ") && err.contains("my.cfg: adcCfg: is missing"), "{err}");
}

#[test]
fn all_files_of_a_scene_are_looked_for_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("scenes")).unwrap();
    fs::write(dir.path().join("scenes/table.obj"), "v 0 0 0\nv 1 0 0\nv 0 0 1\nf 1 2 3\n").unwrap();
    let scene =
        "version: 1\nscene:\n  people: [{motion: squat, range_m: 2}]\n  objects: [{mesh: table.obj, x_m: 1, y_m: 3}]\n";
    fs::write(dir.path().join("scenes/scene.yaml"), scene).unwrap();
    let short = ["scenes/scene.yaml", "--dry-run", "--write", "cube", "--set", "scene.duration_s=0.1"];
    let (code, _, err) = simulate(&short, dir.path());
    assert_eq!(code, 0, "{err}");
    // The heatmaps that are made without `--write` do not fit in the frames, nor in the recording: found before simulating.
    let wide = ["scenes/scene.yaml", "--set", "heatmaps={window: 129}", "-o", "short"];
    let (code, _, err) = simulate(&wide, dir.path());
    assert!(code == 1 && err.contains("heatmaps.window: 129 chirps; expected at most 128"), "{err}");
    let short = ["scenes/scene.yaml", "--set", "scene.duration_s=0.1"];
    let joined = [&short[..], &["--set", "heatmaps={chain: mmclip, window: 1000}", "-o", "short"]].concat();
    let (code, _, err) = simulate(&joined, dir.path());
    assert!(
        code == 1
            && err.contains("heatmaps.window: 1000 chirps; the recording has only 128")
            && !dir.path().join("short").exists(),
        "{err}"
    );
    let people = "[{motion_file: walk.bvh, joint_map: map.yaml, body: smpl.npz, range_m: 2}]";
    fs::write(dir.path().join("scenes/scene.yaml"), scene.replace("[{motion: squat, range_m: 2}]", people)).unwrap();
    let (code, _, err) = simulate(&["scenes/scene.yaml", "--dry-run"], dir.path());
    assert_eq!(code, 1);
    for name in ["walk.bvh", "map.yaml", "smpl.npz"] {
        let there = dir.path().join("scenes").join(name);
        assert!(err.contains(there.to_str().unwrap()), "{name} beside the scene in\n{err}");
    }
}

#[test]
fn texts_of_any_editor_are_read_and_words_are_no_ranges() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scene.yaml"), format!("\u{feff}{}", SCENE.replace('\n', "\r\n"))).unwrap();
    let (code, _, err) = simulate(&["scene.yaml", "--dry-run"], dir.path());
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = simulate(&["scene.yaml", "--dry-run", "--set", "scene.people.0.range_m=near"], dir.path());
    assert!(code == 1 && err.contains("expected a number or a range [low, high]"), "{err}");
    let (code, _, err) = simulate(&["none.yaml"], dir.path());
    assert!(code == 1 && err.matches("No such file").count() == 1, "{err}");
}

#[test]
fn a_receiver_that_cannot_be_is_refused_with_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let scene = "version: 1
scene:
  receiver:
    adc:
      bits: 12
      full_scale_dbm: -.inf
    pattern:
      tx:
        azimuth:
          angles_deg: [-60, 60, 0]
          gain_db: [-12, 0, -12]
    phase_noise: {offsets_hz: [1e5], levels_dbc_per_hz: [20]}
  people:
    - {motion: squat, range_m: 30}
outputs:
  write: [cube, points_csv]
  pictures: {dynamic_range_db: 0, max_range_m: 40}
  iq_wav: {tx: 3}
  points: {range_fft: 100, max_points: 0}
";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let (code, _, err) = simulate(&["scene.yaml", "-o", "out"], dir.path());
    assert_eq!(code, 1);
    for part in [
        "scene.yaml:6: scene.receiver.adc.full_scale_dbm",
        "scene.yaml:10: scene.receiver.pattern.tx.azimuth.angles_deg.2",
        "scene.yaml:12: scene.receiver.phase_noise.levels_dbc_per_hz.0",
        "scene.yaml:14: scene.people.0.range_m: 30 m given",
    ] {
        assert!(err.contains(part), "{part} in\n{err}");
    }
    let sound =
        scene.replace("-.inf", "-10").replace("60, 0]", "60, 70]").replace("[20]", "[-90]").replace("30}", "3}");
    fs::write(dir.path().join("scene.yaml"), sound).unwrap();
    let (code, _, err) = simulate(&["scene.yaml", "-o", "out"], dir.path());
    assert_eq!(code, 1);
    for part in [
        "outputs.pictures.max_range_m: 40 m given",
        "outputs.iq_wav.tx: 3 given, must be 0 to 2",
        "outputs.pictures.dynamic_range_db: 0 given",
        "outputs.points.range_fft: 100; expected 256",
        "outputs.points.max_points: 0",
    ] {
        assert!(err.contains(part), "{part} in\n{err}");
    }
    assert!(!dir.path().join("out").exists());
    assert_eq!(simulate(&["scene.yaml", "--write", "hologram"], dir.path()).0, 2);
}

#[test]
fn every_preset_comes_back_from_its_own_capture() {
    use kinecho::recording::dca1000::{self, AdcGeometry};
    for name in kinecho::sensor::FmcwRadar::preset_names() {
        let dir = tempfile::tempdir().unwrap();
        let at = |file: &str| dir.path().join(file);
        let scene = format!(
            "version: 1\nscene:\n  radar: {{preset: {name}, with: {{loops_per_frame: 4, samples_per_chirp: 30}}}}\n  objects:\n    \
             - {{box_m: [0.3, 0.3, 0.3], x_m: 0.4, y_m: 0.9, z_m: 1.1}}\n  duration_s: 0.2\n"
        );
        std::fs::write(at("s.yaml"), scene).unwrap();
        for (out, more) in [("plain", &[][..]), ("swapped", &["--iq", "q-first"]), ("lanes", &["--lanes", "4"])] {
            let args = [&["simulate", "s.yaml", "-o", out, "-w", "cube,dca1000"], more].concat();
            let output = kinecho().current_dir(dir.path()).args(args).output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            let cube = kinecho::recording::npy_cube::read(&at(out).join("cube.npy")).unwrap();
            // By the description beside it, and by the radar's own file.
            let beside = dca1000::read_geometry(&at(out).join("adc.bin")).unwrap();
            let mut radar = kinecho::sensor::FmcwRadar::preset(name).unwrap();
            (radar.loops_per_frame, radar.samples_per_chirp) = (4, 30);
            let own = AdcGeometry { code_value: beside.code_value, ..AdcGeometry::of_radar(&radar) };
            for geometry in if out == "plain" { vec![beside, own] } else { vec![beside] } {
                let back = dca1000::read(&at(out).join("adc.bin"), &geometry).unwrap();
                let code = geometry.code_value() as f32;
                let apart = |(a, b): (&kinecho::base::Complex32, &kinecho::base::Complex32)| {
                    (a.re - b.re).abs().max((a.im - b.im).abs())
                };
                let worst = back.data.iter().zip(&cube.data).map(apart).fold(0.0, f32::max);
                assert!(worst <= 0.501 * code, "{name}, {out}: {worst} with steps of {code}");
                assert_eq!(back.info, cube.info);
            }
        }
    }
}

#[test]
fn the_truth_is_written_on_the_chirps_clock_and_numpy_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let scene = "version: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32}}
  people: [{motion: squat, range_m: 2}]
  objects:
    - {rcs_dbsm: -5, x_m: 0.5, y_m: 3, z_m: 1, motion: {vibration: {axis: [0, 1, 0], amplitude_m: 0.01, frequency_hz: 3}}}
    - {corner: {shape: dihedral, edge_m: 0.1}, x_m: 0, y_m: 3, z_m: 1.2}
  duration_s: 0.2
";
    fs::write(dir.path().join("scene.yaml"), scene).unwrap();
    let (code, out, err) = simulate(&["scene.yaml", "-o", "out", "--write", "truth,cube", "--json"], dir.path());
    assert_eq!(code, 0, "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["written"]["truth"]["files"], serde_json::json!(["truth.npz", "truth.json"]));
    let about: Value = serde_json::from_slice(&fs::read(dir.path().join("out/truth.json")).unwrap()).unwrap();
    let frames = about["about"]["frames"].as_u64().unwrap();
    assert_eq!(about["about"]["times_per_frame"], 8);
    assert_eq!(about["arrays"]["person_0_joint_position_m"]["shape"][0], 8 * frames);
    let script = "import numpy as np, json\n\
        t = np.load('out/truth.npz'); about = json.load(open('out/truth.json'))\n\
        assert sorted(t.files) == sorted(about['arrays']), t.files\n\
        for name, a in about['arrays'].items(): assert list(t[name].shape) == a['shape'], name\n\
        n = about['about']['times_per_frame']\n\
        assert list(t['person_0_joint_names'][:2]) == ['pelvis', 'left_hip']\n\
        r, v, s = t['object_0_range_m'], t['object_0_radial_velocity_mps'], t['times_s']\n\
        assert np.all(np.diff(s) > 0) and len(s) == n * about['about']['frames']\n\
        w = 2 * np.pi * 3 * 0.01 * np.cos(2 * np.pi * 3 * s)\n\
        p = t['object_0_position_m']; o = np.array([0, 0, 1.2])\n\
        e = (p[:, 1] / np.linalg.norm(p - o, axis=1))\n\
        assert np.abs(v - w * e).max() < 2e-3 * np.abs(w).max(), np.abs(v - w * e).max()\n\
        assert abs(t['object_1_rcs_m2'][0] / (8 * np.pi * 1e-4 / about['about']['wavelength_m'] ** 2) - 1) < 0.05\n";
    if let Some(python) = super::needs::python(&["numpy"]) {
        let python = std::process::Command::new(python).args(["-c", script]).current_dir(dir.path()).output().unwrap();
        assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    }
    let by_frame = ["scene.yaml", "-o", "few", "--write", "truth", "--set", "outputs={truth: {clock: frame}}"];
    assert_eq!(simulate(&by_frame, dir.path()).0, 0);
    let few: Value = serde_json::from_slice(&fs::read(dir.path().join("few/truth.json")).unwrap()).unwrap();
    assert_eq!(few["arrays"]["times_s"]["shape"][0], frames);
}

#[test]
fn examples_of_calibration_run() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["calibration", "waypoints"] {
        let example = format!("{}/scenes/examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let (code, _, err) = simulate(&[&example, "-o", name, "--set", "scene.duration_s=0.3"], dir.path());
        assert_eq!(code, 0, "{err}");
        assert!(dir.path().join(name).join("truth.npz").exists() && dir.path().join(name).join("cube.npy").exists());
    }
}

#[test]
fn sensors_beside_the_radar_are_written_and_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/examples/three_sensors.yaml");
    let short = ["--set", "scene.duration_s=0.6", "--set", "scene.room.order=0"];
    let (code, out, err) =
        simulate(&[&[example, "-o", "out", "--write", "sensors,views", "--json"], &short[..]].concat(), dir.path());
    assert_eq!(code, 0, "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    let written = &result["written"]["sensors"];
    assert_eq!(written["wifi"]["packets"], 600);
    assert!(written["rfid"]["reads"].as_u64().unwrap() > 40, "{written}");
    let about: Value = serde_json::from_slice(&fs::read(dir.path().join("out/wifi.json")).unwrap()).unwrap();
    assert_eq!(about["array"]["axes"][1]["name"], "subcarrier");
    assert_eq!(
        (about["grid"]["subcarriers"].as_array().unwrap().len(), about["time_s"].as_array().unwrap().len()),
        (30, 600)
    );
    let views = pictures::open(dir.path().join("out/views.png"));
    assert!(views.width > 200 && views.height > 50);
    // Reads are a table that the importer takes.
    let told = kinecho()
        .current_dir(dir.path())
        .args(["import", "rfid", "out/rfid.csv", "--dry-run", "--json"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told[0]["reads"], written["rfid"]["reads"]);
    // Without the radar's views nothing of it is simulated; what is not there is named.
    let (code, out, _) =
        simulate(&[&[example, "-o", "alone", "--write", "sensors", "--json"], &short[..]].concat(), dir.path());
    let alone: Value = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && alone["report"].is_null());
    fs::write(dir.path().join("scene.yaml"), SCENE).unwrap();
    let (code, _, err) = simulate(&["scene.yaml", "--write", "sensors"], dir.path());
    assert!(code != 0 && err.contains("`sensors`, but there are none below `scene.sensors`"), "{err}");
}

/// Who walks through the radar is refused at the moment at which nothing could be seen; who passes under one is not.
#[test]
fn nobody_walks_through_the_radar() {
    let dir = tempfile::tempdir().unwrap();
    let scene = |height: f64| {
        format!(
            "version: 1\nscene:\n  radar: awr1843\n  radar_pose: {{height_m: {height}}}\n  people:\n    - {{waypoints: [{{x_m: 0, y_m: 1.5}}, {{x_m: 0, y_m: -1}}]}}\n  duration_s: 3\noutputs: {{write: [cube]}}\n"
        )
    };
    std::fs::write(dir.path().join("through.yaml"), scene(1.1)).unwrap();
    let (code, _, message) = simulate(&["through.yaml", "-o", "out"], dir.path());
    assert!(code == 1 && message.contains("an antenna is within mesh 0"), "{code}: {message}");
    assert!(!dir.path().join("out").exists(), "nothing is half written");
    std::fs::write(dir.path().join("under.yaml"), scene(2.4)).unwrap();
    assert_eq!(simulate(&["under.yaml", "-o", "out"], dir.path()).0, 0);
}
