//! Laws that the engine must obey, and what it does with bad input.

use crate::scenes::{Swinging, bare, db, moved, point, rms, run_mesh, run_points, single, still};
use kinecho::base::Vec3;
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::random::RandomTree;
use kinecho::geometry::{Mesh, MovingMesh, primitives};
use kinecho::propagation::budget::point_gain;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Job, PointTarget, Sampling, SimError, SimSettings, Simulator};
use std::f64::consts::{PI, TAU};

#[test]
fn a_point_at_two_and_a_half_metres_is_the_closed_form() {
    let radar = single(2, 256);
    let got = run_points(&radar, &[point([0.0, 2.5, 0.0], [0.0; 3])], 1);
    let tau = 5.0 / SPEED_OF_LIGHT;
    for n in 0..256 {
        let t = radar.adc_start_s + n as f64 / radar.sample_rate_hz;
        let turns = radar.start_frequency_hz * tau + radar.chirp_slope_hz_per_s * tau * t;
        let (s, c) = (TAU * turns.fract()).sin_cos();
        let z = got.data[[0, 1, 0, 0, n]];
        let error = (z.re - c / 6.25).hypot(z.im - s / 6.25);
        assert!(error < 1e-11, "sample {n}: {z} off by {error:e}");
    }
}

#[test]
fn the_phase_turns_by_four_pi_over_lambda_a_metre_and_rises_with_range() {
    let mut radar = single(1, 1);
    radar.adc_start_s = 0.0;
    let step = 1e-4;
    let phase = |y: f64| run_points(&radar, &[point([0.0, y, 0.0], [0.0; 3])], 1).data[[0, 0, 0, 0, 0]].arg();
    let turned = (phase(2.0 + step) - phase(2.0) + TAU).rem_euclid(TAU);
    let want = 4.0 * PI * step * radar.start_frequency_hz / SPEED_OF_LIGHT;
    assert!((turned - want).abs() < 1e-8, "{turned} instead of {want} rad");
}

#[test]
fn doppler_from_velocity_is_doppler_from_displacement() {
    let radar = single(8, 1);
    let speed = 1.3;
    let got = run_points(&radar, &[point([0.0, 2.0, 0.0], [0.0, speed, 0.0])], 1);
    let tone = radar.start_frequency_hz + radar.chirp_slope_hz_per_s * radar.adc_start_s;
    // Speed to Doppler in cycles a second: positive when receding.
    let want = 2.0 * speed * tone / SPEED_OF_LIGHT;
    for l in 1..8 {
        let advance = got.data[[0, l, 0, 0, 0]] * got.data[[0, l - 1, 0, 0, 0]].conj();
        let frequency = advance.arg() / TAU / radar.loop_period_s();
        assert!((frequency - want).abs() < 1e-4 * want, "loop {l}: {frequency} Hz instead of {want} Hz");
    }
}

#[test]
fn received_power_falls_with_the_fourth_power_of_range() {
    let radar = single(1, 64);
    let level = |y: f64| rms(&run_points(&radar, &[point([0.0, y, 0.0], [0.0; 3])], 1));
    let fall = db(level(4.0) / level(2.0));
    assert!((fall + 40.0 * 2f64.log10()).abs() < 1e-9, "{fall} dB from 2 to 4 m");
}

#[test]
fn a_point_of_known_cross_section_obeys_the_radar_equation() {
    let radar = single(1, 64);
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), SimSettings::default()).unwrap();
    let wavelength = radar.cube_info().wavelength_m(64);
    let points = [PointTarget { gain: point_gain(1.0, wavelength), ..point([0.0, 3.0, 0.0], [0.0; 3]) }];
    let got = simulator.run_exactly(&Job { points: &points, n_frames: 1, ..Job::default() }).unwrap();
    let power_db = db(rms(&got));
    // 12 dBm and twice 10 dBi on one square metre at 3 m.
    let want_db = 12.0 - 30.0 + 20.0 + db(wavelength) - 30.0 * (4.0 * PI).log10() - 40.0 * 3f64.log10();
    assert!((power_db - want_db).abs() < 1e-6, "{power_db} dBW instead of {want_db} dBW");
}

#[test]
fn exchanging_transmitters_and_receivers_changes_nothing() {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    radar.time_multiplexed = false;
    radar.loops_per_frame = 2;
    radar.samples_per_chirp = 32;
    let mut swapped = radar.clone();
    std::mem::swap(&mut swapped.tx_m, &mut swapped.rx_m);
    let ball = Swinging {
        mesh: moved(primitives::icosphere(0.1, 2), Vec3::new(0.2, 1.5, 0.1)),
        swing: Vec3::new(0.0, 0.1, 0.0),
        rate_hz: 1.0,
    };
    let settings = SimSettings { sigma_rad: 0.3, ..bare() };
    let (a, b) = (run_mesh(&radar, &ball, settings), run_mesh(&swapped, &ball, settings));
    let level = rms(&a);
    for ((f, l, k, r, n), z) in a.data.indexed_iter() {
        let w = b.data[[f, l, r, k, n]];
        assert!((z - w).norm() < 1e-10 * level, "tx {k}, rx {r}: {z} and {w}");
    }
}

#[test]
fn chebyshev_sampling_of_a_swinging_limb_is_as_good_as_every_chirp() {
    let mut radar = single(128, 8);
    radar.loops_per_frame = 128;
    let limb = Swinging {
        mesh: moved(primitives::icosphere(0.05, 1), Vec3::new(0.0, 1.5, 0.0)),
        swing: Vec3::new(0.05, 0.3, 0.1),
        rate_hz: 3.0,
    };
    let exact = run_mesh(&radar, &limb, bare());
    let mut last = f64::INFINITY;
    for (nodes, bound) in [(4, 1e-3), (6, 1e-6), (10, 1e-9)] {
        let settings = SimSettings { sampling: Sampling::Chebyshev, sampling_nodes: nodes, ..bare() };
        let got = run_mesh(&radar, &limb, settings);
        let error = (got.data - &exact.data).iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt()
            / exact.data.iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt();
        println!("{nodes} nodes: relative error {error:.1e}");
        assert!(error < bound && error < last, "{nodes} nodes: {error:e}");
        last = error;
    }
}

#[test]
fn neither_threads_nor_the_cut_into_jobs_change_a_bit() {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    (radar.loops_per_frame, radar.samples_per_chirp) = (4, 40);
    let ball = Swinging {
        mesh: moved(primitives::icosphere(0.1, 2), Vec3::new(0.2, 1.5, 0.1)),
        swing: Vec3::new(0.0, 0.1, 0.0),
        rate_hz: 1.0,
    };
    let tree = RandomTree::new(5);
    let simulator = Simulator::new(radar, RadarPose::default(), SimSettings::default()).unwrap();
    let run = |threads: usize, first_frame: usize, n_frames: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let meshes: [&dyn MovingMesh; 1] = [&ball];
        let job = Job { meshes: &meshes, n_frames, first_frame, noise: Some(&tree), ..Job::default() };
        pool.install(|| simulator.run_job(&job).unwrap().cube().unwrap().data.clone())
    };
    let whole = run(1, 0, 3);
    assert_eq!(whole, run(4, 0, 3));
    assert_eq!(whole.slice(ndarray::s![2..3, .., .., .., ..]), run(3, 2, 1));
}

#[test]
fn what_is_left_out_is_counted() {
    let mut radar = single(1, 8);
    radar.frame_period_s = 0.1;
    let ball = still(moved(primitives::icosphere(0.1, 1), Vec3::new(0.0, -2.0, 0.0)));
    let far = still(moved(primitives::icosphere(0.1, 1), Vec3::new(0.0, 30.0, 0.0)));
    let flat = still(Mesh {
        vertices: vec![Vec3::new(0.0, 2.0, 0.0), Vec3::new(0.1, 2.0, 0.0), Vec3::new(0.2, 2.0, 0.0)],
        faces: vec![[0, 1, 2]],
    });
    let points = [point([0.0, 0.001, 0.0], [0.0; 3]), point([0.0, 2.0, 0.0], [0.0; 3])];
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), SimSettings::default()).unwrap();
    let meshes: [&dyn MovingMesh; 3] = [&ball, &far, &flat];
    let report =
        simulator.run_job(&Job { meshes: &meshes, points: &points, n_frames: 2, ..Job::default() }).unwrap().report;
    assert_eq!((report.frames, report.facets, report.points), (2, 161, 2));
    assert_eq!((report.degenerate, report.too_near, report.reflecting.max), (2, 2, 1));
    assert!(report.behind > 20 && report.beyond_range > 10 && report.behind_dropped, "{report:?}");
    assert!(report.hidden.min > 60 && report.empty_frames == 0, "{report:?}");
    let nothing = simulator.run(&[], 3, None).unwrap();
    assert_eq!(nothing.report.empty_frames, 3);
    assert!(nothing.cube().unwrap().data.iter().all(|z| z.re == 0.0 && z.im == 0.0));
    assert_eq!(simulator.run(&[], 0, None).unwrap().cube().unwrap().data.len(), 0);
}

struct Broken;

impl MovingMesh for Broken {
    fn faces(&self) -> &[[u32; 3]] {
        &[[0, 1, 2]]
    }
    fn vertex_count(&self) -> usize {
        3
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        out.copy_from_slice(&[Vec3::new(0.0, 2.0, 0.0), Vec3::new(0.1, 2.0, 0.0), Vec3::new(0.0, 2.0, 0.1)]);
        if time_s > 0.0 {
            out[1].y = f64::NAN;
        }
    }
}

#[test]
fn bad_input_is_an_error_that_names_the_place() {
    let simulator = Simulator::new(single(4, 8), RadarPose::default(), SimSettings::default()).unwrap();
    let fine = still(moved(primitives::icosphere(0.1, 2), Vec3::new(0.0, 2.0, 0.0)));
    let error = simulator.run(&[&fine, &Broken], 1, None).unwrap_err();
    assert!(matches!(error, SimError::NotFinite { mesh: 1, vertex: 1, .. }), "{error}");
    let torn = still(Mesh { vertices: vec![Vec3::zeros()], faces: vec![[0, 0, 7]] });
    let error = simulator.run(&[&torn], 1, None).unwrap_err();
    assert!(matches!(error, SimError::FaceIndex { vertex: 7, count: 1, .. }), "{error}");
    let error = simulator.run(&[], usize::MAX / 2, None).unwrap_err();
    assert!(matches!(error, SimError::TooLarge { .. }), "{error}");
    let settings = SimSettings { sigma_rad: f64::NAN, sampling_nodes: 1, ..SimSettings::default() };
    let error = Simulator::new(single(1, 8), RadarPose::default(), settings).unwrap_err().to_string();
    assert!(error.contains("sigma_rad") && error.contains("sampling_nodes"), "{error}");
}

#[test]
fn a_turned_radar_sees_what_is_on_its_boresight_alike() {
    let radar = single(1, 16);
    let pose = RadarPose { position: Vec3::new(1.0, -2.0, 0.5), azimuth_rad: 0.4, elevation_rad: -0.2 };
    let ahead = pose.to_world(Vec3::new(0.1, 2.0, 0.3));
    assert!(pose.boresight().x > 0.0 && pose.boresight().z < 0.0);
    let turned = Simulator::new(radar.clone(), pose, bare()).unwrap();
    let points = [point(ahead.into(), [0.0; 3])];
    let got = turned.run_exactly(&Job { points: &points, n_frames: 1, ..Job::default() }).unwrap();
    let want = run_points(&radar, &[point([0.1, 2.0, 0.3], [0.0; 3])], 1);
    assert!((got.data - want.data).iter().all(|z| z.norm() < 1e-11));
}
