//! Byte streams of TI's demos, written by `uart/make_streams.py`, which knows nothing of kinecho.

use kinecho::recording::Dropped;
use kinecho::recording::any;
use kinecho::recording::ti_uart::{UartReport, UartSettings, read_folder, read_points};
use kinecho::sensor::FmcwRadar;
use kinecho::signal::Signal;
use kinecho::signal::{Point, PointCloud};
use std::fs;
use std::path::{Path, PathBuf};

const C: f64 = 299_792_458.0;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/uart")
}

fn stream(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn by_cfg() -> UartSettings {
    let radar = FmcwRadar::read_file(&folder().join("radar.cfg"), None).unwrap();
    UartSettings { radar: Some(radar), frame_period_s: None }
}

fn by_period() -> UartSettings {
    UartSettings { radar: None, frame_period_s: Some(0.1) }
}

fn read_bytes(bytes: &[u8], settings: &UartSettings) -> Result<(PointCloud, Dropped, UartReport), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.dat");
    fs::write(&path, bytes).unwrap();
    read_points(&path, settings).map_err(|e| e.to_string())
}

/// Range and velocity step of `radar.cfg`, by TI's formulas: c·fs / 2S·N with N = 32, and λ / 2·16·3·65 µs in the middle of the samples.
fn steps() -> (f64, f64) {
    let carrier = 77e9 + 68e12 * (7e-6 + 15.5 / 4.884e6);
    (C * 4.884e6 / (2.0 * 68e12 * 32.0), C / carrier / (2.0 * 16.0 * 3.0 * 65e-6))
}

/// The points of frame `n`, as the script has them: range, velocity, azimuth, elevation.
fn truth(n: i32) -> Vec<[f64; 4]> {
    let (range, velocity) = steps();
    let point = |k: i32| {
        let (bin, doppler) = (f64::from(5 + k + n % 4), f64::from(2 * k - 1 - n % 2));
        [bin * range, doppler * velocity, 0.2 * f64::from(k - 1), -0.1 * f64::from(k)]
    };
    (0..n % 3).map(point).collect()
}

fn assert_point(point: &Point, [range, velocity, azimuth, elevation]: [f64; 4], place_m: f64, speed_mps: f64) {
    let level = range * elevation.cos();
    let place = [level * azimuth.sin(), level * azimuth.cos(), range * elevation.sin()];
    for axis in 0..3 {
        assert!((point.position[axis] - place[axis]).abs() < place_m, "{point:?} {place:?}");
    }
    assert!((point.range_m - range).abs() < place_m, "{point:?}");
    assert!((point.velocity_mps - velocity).abs() < speed_mps, "{point:?}, velocity {velocity}");
}

fn assert_all(cloud: &PointCloud, place_m: f64, speed_mps: f64) {
    assert_eq!(cloud.frames.len(), 40);
    for (i, frame) in cloud.frames.iter().enumerate() {
        let expected = truth(7 + i as i32);
        assert!((frame.time_s - 0.1 * i as f64).abs() < 1e-9);
        assert_eq!(frame.points.len(), expected.len(), "frame {i}");
        frame.points.iter().zip(expected).for_each(|(p, t)| assert_point(p, t, place_m, speed_mps));
    }
}

#[test]
fn every_version_gives_the_same_points() {
    let (range, velocity) = steps();
    // Floats; then 1/512 m; then units of 10 mrad and 0.28 mm/s.
    for (name, place_m, speed_mps) in [
        ("sdk3.dat", 1e-5, 1e-5),
        ("no_side_info.dat", 1e-5, 1e-5),
        ("sdk2.dat", 1.1e-3, 1e-9),
        ("sdk1.dat", 1.1e-3, 1e-9),
        ("people.dat", 0.02, 2e-4),
        ("people_toolbox4.dat", 0.02, 2e-4),
    ] {
        let (cloud, dropped, report) =
            read_bytes(&stream(name), &by_cfg()).map_err(|e| format!("{name}: {e}")).unwrap();
        assert_all(&cloud, place_m, speed_mps);
        assert_eq!((dropped.total(), report.frames, report.lost_frames), (0, 40, 0), "{name}");
        assert_eq!((report.truncated_packets, report.damaged_packets, report.stray_bytes), (0, 0, 0), "{name}");
        assert!((cloud.range_bin_m - range).abs() < 1e-9 && (cloud.velocity_bin_mps - velocity).abs() < 1e-6, "{name}");
        assert_eq!((cloud.doppler_bins, cloud.frame_period_s), (16, 0.1), "{name}");
    }
}

#[test]
fn strengths_have_their_unit() {
    let strengths = |name: &str| {
        let (cloud, _, report) = read_bytes(&stream(name), &by_cfg()).unwrap();
        // Frame 8 has two points.
        (cloud.frames[1].points.iter().map(|p| p.intensity_db).collect::<Vec<_>>(), report)
    };
    let near = |found: &[f64], expected: [f64; 2]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    let (side_info, report) = strengths("sdk3.dat");
    assert!(near(&side_info, [15.0, 16.0]), "steps of 0.1 dB: {side_info:?}");
    assert_eq!(report.skipped_items, [(2, 40), (6, 40)].into());
    let (none, report) = strengths("no_side_info.dat");
    assert!(near(&none, [0.0, 0.0]));
    assert_eq!(report.frames_without_side_info, 27, "frames whose number is no multiple of three");
    assert!(near(&strengths("sdk2.dat").0, [20.0, 30.0]), "10 log10 of the peak and one");
    assert!(near(&strengths("people.dat").0, [10.0, 10.0]), "a ratio of 250 · 0.04");
}

#[test]
fn damage_is_counted_and_time_goes_on() {
    let (cloud, dropped, report) = read_bytes(&stream("damaged.dat"), &by_cfg()).unwrap();
    assert_eq!((report.frames, report.lost_frames), (36, 3), "12, 20 and 29 of 7 to 45");
    assert_eq!((report.truncated_packets, report.damaged_packets), (2, 1), "20 and 46; 29");
    assert_eq!(report.stray_bytes, 110 + 10, "half a packet at the start, and a prompt");
    assert_eq!((dropped.not_finite, dropped.total()), (1, 1));
    for frame in &cloud.frames {
        let n = 7 + (frame.time_s / 0.1).round() as i32;
        assert!(![12, 20, 29, 46].contains(&n));
        let expected = if n == 32 { truth(n).split_off(1) } else { truth(n) };
        assert_eq!(frame.points.len(), expected.len(), "frame {n}");
        frame.points.iter().zip(expected).for_each(|(p, t)| assert_point(p, t, 1e-5, 1e-5));
    }
}

#[test]
fn every_cut_is_an_error_or_a_shorter_recording() {
    let whole = stream("sdk3.dat");
    for n in (0..whole.len()).step_by(97) {
        match read_bytes(&whole[..n], &by_cfg()) {
            Ok((cloud, _, report)) => assert!(cloud.frames.len() == report.frames && report.frames <= 40),
            Err(message) => assert!(message.contains("a.dat"), "{message}"),
        }
    }
}

#[test]
fn what_is_not_known_is_measured_or_asked_for() {
    let (_, velocity) = steps();
    let (cloud, ..) = read_bytes(&stream("sdk3.dat"), &by_period()).unwrap();
    assert!((cloud.velocity_bin_mps / velocity - 1.0).abs() < 1e-3, "{} {velocity}", cloud.velocity_bin_mps);
    assert_all(&cloud, 1e-5, 1e-5);
    let (cloud, ..) = read_bytes(&stream("people.dat"), &by_period()).unwrap();
    assert!((cloud.velocity_bin_mps / velocity - 1.0).abs() < 1e-3, "{} {velocity}", cloud.velocity_bin_mps);
    let message = read_bytes(&stream("sdk2.dat"), &by_period()).unwrap_err();
    assert!(message.contains("SDK 1 and 2 send bins"), "{message}");
    let message = read_bytes(&stream("sdk3.dat"), &UartSettings::default()).unwrap_err();
    assert!(message.contains("give --cfg FILE or --frame-period-s, or put") && message.contains("a.cfg"), "{message}");
    let both = UartSettings { frame_period_s: Some(0.05), ..by_cfg() };
    let message = read_bytes(&stream("sdk3.dat"), &both).unwrap_err();
    assert!(message.contains("--frame-period-s is 0.05, its .cfg says 0.1"), "{message}");
}

#[test]
fn streams_that_would_be_misread_are_refused() {
    let message = |bytes: &[u8]| read_bytes(bytes, &by_cfg()).unwrap_err();
    assert!(message(b"mmwDemo:/>sensorStart\nDone\n").contains("no stream of TI's"));
    assert!(message(&[]).contains("0 bytes"));
    // The sensor was switched off and on: numbers begin anew.
    let twice = [stream("sdk3.dat"), stream("sdk3.dat")].concat();
    let error = message(&twice);
    assert!(error.contains("frame 7 comes after 46: two recordings"), "{error}");
    // Frames of several subframes have steps of their own.
    let mut subframe = stream("sdk3.dat");
    subframe[36] = 1;
    assert!(message(&subframe).contains("frame 7 has a subframe 1"));
    // Another demo under the same magic word: 8 bytes a point in an SDK 3 stream.
    let mut other = stream("sdk2.dat");
    let magic = [2, 1, 4, 3, 6, 5, 8, 7];
    let starts: Vec<usize> = (0..other.len() - 8).filter(|&i| other[i..i + 8] == magic).collect();
    starts.iter().for_each(|&i| other[i + 11] = 3);
    let error = message(&other);
    assert!(error.contains("13 of 40 packets contradict themselves") && error.contains("another demo"), "{error}");
    // Of another radar's configuration.
    let mut radar = by_cfg().radar.unwrap();
    radar.idle_time_s *= 3.0;
    let settings = UartSettings { radar: Some(radar), frame_period_s: None };
    let error = read_bytes(&stream("sdk3.dat"), &settings).unwrap_err();
    assert!(error.contains("another configuration"), "{error}");
    // Bins of range that the .cfg makes longer than x, y and z are.
    let mut radar = by_cfg().radar.unwrap();
    radar.chirp_slope_hz_per_s *= 0.8;
    let settings = UartSettings { radar: Some(radar), frame_period_s: None };
    let error = read_bytes(&stream("sdk2.dat"), &settings).unwrap_err();
    assert!(error.contains("not the length of x, y, z"), "{error}");
}

#[test]
fn a_folder_of_streams_is_a_data_set() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    put("a.dat", &stream("sdk3.dat"));
    put("b.dat", &stream("sdk2.dat"));
    put("recordings.csv", b"file,label,subject,session,split\na.dat,squat,3,lab,train\nb.dat,walk,,,\n");
    let read = read_folder(dir.path(), &by_cfg()).unwrap();
    let first = &read.recordings[0];
    assert_eq!((first.name.as_str(), first.activity.as_str()), ("a", "squat"));
    assert_eq!((first.subject.as_deref(), first.session.as_deref()), (Some("3"), Some("lab")));
    assert_eq!((read.report.frames, read.recordings[1].subject.as_deref()), (80, None));
    // Each with a configuration of its own beside it.
    let missing = read_folder(dir.path(), &UartSettings::default()).unwrap_err().to_string();
    assert!(missing.contains("a.cfg"), "{missing}");
    put("a.cfg", &stream("radar.cfg"));
    put("b.cfg", &stream("radar.cfg"));
    assert_eq!(read_folder(dir.path(), &UartSettings::default()).unwrap().recordings.len(), 2);
    let (signal, _) = any::read(&dir.path().join("a.dat")).unwrap();
    assert!(matches!(signal, Signal::Points(points) if points.frames.len() == 40));
    // Most frames lost: no recording.
    let whole = stream("sdk3.dat");
    put("a.dat", &[&whole[..400], &whole[whole.len() - 400..]].concat());
    let message = any::read(&dir.path().join("a.dat")).unwrap_err().to_string();
    assert!(message.contains("frames are missing"), "{message}");
}
