//! What is written for other programs: the signal of a range bin, point clouds.

use kinecho::base::cube::IfCube;
use kinecho::base::{Complex32, Vec3};
use kinecho::recording::iq_track::{self, IqTrackConfig, IqTrackDescription};
use kinecho::recording::point_table;
use kinecho::sensor::FmcwRadar;
use kinecho::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Array2, Array5};
use ndarray_npy::NpzReader;
use std::f64::consts::TAU;
use std::fs::File;

/// A static echo in bin 20 and a weaker one in bin 47 that recedes with 0.11 turns a chirp.
fn cube() -> IfCube {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    (radar.loops_per_frame, radar.samples_per_chirp) = (32, 128);
    let data = Array5::from_shape_fn((2, 32, 3, 4, 128), |(f, c, _, _, n)| {
        let tone = |bin: f64, turns: f64| {
            let phase = TAU * (bin * n as f64 / 128.0 + turns);
            Complex32::new(phase.cos() as f32, phase.sin() as f32)
        };
        tone(20.0, 0.3) * 5e-5 + tone(47.0, 0.11 * (32 * f + c) as f64) * 1e-5
    });
    IfCube { data, info: radar.cube_info(), unit: "sqrt(W)".into() }
}

#[test]
fn the_track_of_the_moving_bin_is_a_wav_that_says_its_scale() {
    let cube = cube();
    let track = iq_track::extract(&cube, &IqTrackConfig::default()).unwrap();
    assert!((46..=48).contains(&track.description.range_bin), "bin {}", track.description.range_bin);
    let asked = IqTrackConfig { range_m: Some(47.0 * track.description.range_bin_m), tx: 2, rx: 3 };
    let track = iq_track::extract(&cube, &asked).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("iq.wav");
    iq_track::write(&wav, &track).unwrap();
    let about: IqTrackDescription =
        serde_json::from_slice(&std::fs::read(iq_track::description_path(&wav)).unwrap()).unwrap();
    assert_eq!(about, track.description);
    let mut reader = hound::WavReader::open(&wav).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_format), (2, hound::SampleFormat::Float));
    assert_eq!(spec.sample_rate, (1.0 / cube.info.loop_period_s).round() as u32);
    let values: Vec<f32> = reader.samples::<f32>().map(Result::unwrap).collect();
    assert_eq!(values.len(), 2 * 64);
    let signal: Vec<Complex32> =
        values.chunks(2).map(|v| Complex32::new(v[0], v[1]) * about.full_scale as f32).collect();
    for pair in signal.windows(2) {
        // The Hann window leaves its level and its turn as they are.
        assert!((f64::from(pair[0].norm()) / 1e-5 - 1.0).abs() < 1e-3, "{}", pair[0].norm());
        let turn = f64::from((pair[1] * pair[0].conj()).arg()) / TAU;
        assert!((turn - 0.11).abs() < 1e-4, "{turn}");
    }
    let beyond = IqTrackConfig { range_m: Some(500.0), ..asked };
    assert!(iq_track::extract(&cube, &beyond).unwrap_err().to_string().contains("range_m = 500"));
    assert!(iq_track::extract(&cube, &IqTrackConfig { rx: 4, ..asked }).unwrap_err().to_string().contains("rx = 4"));
}

#[test]
fn points_are_a_table_and_arrays() {
    let point =
        |x: f64| Point { position: Vec3::new(x, 2.0, 0.5), range_m: 2.1, velocity_mps: -0.25, intensity_db: 17.5 };
    let frame = |i: u32, points: Vec<Point>| PointFrame { time_s: 0.1 * f64::from(i), points };
    let cloud = PointCloud {
        frames: vec![frame(0, vec![point(0.1)]), frame(1, vec![]), frame(2, vec![point(0.2), point(0.3)])],
        frame_period_s: 0.1,
        range_bin_m: 0.043,
        velocity_bin_mps: 0.07,
        doppler_bins: 128,
    };
    let folder = tempfile::tempdir().unwrap();
    let (csv, npz) = (folder.path().join("points.csv"), folder.path().join("points.npz"));
    point_table::write_csv(&csv, &cloud).unwrap();
    let text = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "frame,time_s,x_m,y_m,z_m,range_m,velocity_mps,intensity_db");
    assert_eq!((lines.len(), lines[2]), (4, "2,0.2,0.2,2.0,0.5,2.1,-0.25,17.5"));
    point_table::write_npz(&npz, &cloud).unwrap();
    let mut arrays = NpzReader::new(File::open(&npz).unwrap()).unwrap();
    let frames: Array1<u32> = arrays.by_name("frame").unwrap();
    let positions: Array2<f64> = arrays.by_name("position_m").unwrap();
    let times: Array1<f64> = arrays.by_name("frame_time_s").unwrap();
    assert_eq!(frames.to_vec(), [0, 2, 2]);
    assert_eq!((positions.dim(), positions[[2, 0]], times.len()), ((3, 3), 0.3, 3));
    let about: serde_json::Value =
        serde_json::from_slice(&std::fs::read(point_table::description_path(&npz)).unwrap()).unwrap();
    for (name, array) in about["arrays"].as_object().unwrap() {
        assert!(
            array["unit"].is_string() && arrays.names().unwrap().iter().any(|n| n.trim_end_matches(".npy") == name),
            "{name}"
        );
    }
    // A header and nothing more.
    let empty = cloud.without_frames();
    point_table::write_csv(&csv, &empty).unwrap();
    assert_eq!(std::fs::read_to_string(&csv).unwrap().lines().count(), 1);
    point_table::write_npz(&npz, &empty).unwrap();
}
