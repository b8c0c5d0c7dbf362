//! The receiver's high-pass filters against `H(f) = Π jf / (jf + f_c)`, written out here, and against the filters' own equations.

use crate::scenes::{bare, moved, point, run_mesh, single, still};
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::random::RandomTree;
use kinecho::base::{Complex64, Vec3};
use kinecho::geometry::primitives::icosphere;
use kinecho::propagation::{Material, Polarisation, Room, Wall};
use kinecho::sensor::receiver::ReceiverSpec;
use kinecho::sensor::{CwRadar, Device, FmcwRadar, RadarPose, Sensor};
use kinecho::sim::{Engine, Job, PointTarget, SimSettings, SimulatedExactly, Simulator};
use std::f64::consts::TAU;

const CORNERS: [f64; 2] = [175e3, 350e3];
const FILTERS: &str = "{thermal_noise: false, high_pass: {corners_hz: [175e3, 350e3]}}";

fn receiver(yaml: &str) -> ReceiverSpec {
    serde_yaml::from_str(yaml).unwrap()
}

/// The response of filters of first order at the beat frequency of a path.
fn response(radar: &FmcwRadar, path_m: f64) -> Complex64 {
    let beat = Complex64::new(0.0, radar.chirp_slope_hz_per_s * path_m / SPEED_OF_LIGHT);
    CORNERS.iter().map(|corner| beat / (beat + corner)).product()
}

fn run(radar: &FmcwRadar, settings: SimSettings, spec: &str, points: &[PointTarget]) -> SimulatedExactly {
    let tree = RandomTree::new(11);
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap();
    let simulator = simulator.with_receiver(receiver(spec)).unwrap();
    simulator.run_exactly(&Job { points, n_frames: 1, noise: Some(&tree), ..Job::default() }).unwrap()
}

#[test]
fn a_point_is_weakened_and_turned_by_its_own_beat_frequency() {
    let radar = single(2, 256);
    for range_m in [0.1, 0.3, 0.5, 1.0, 2.0, 4.0, 9.0] {
        let got = run(&radar, bare(), FILTERS, &[point([0.0, range_m, 0.0], [0.0; 3])]);
        let (path, h) = (2.0 * range_m, response(&radar, 2.0 * range_m));
        let tau = path / SPEED_OF_LIGHT;
        let mut worst = 0.0_f64;
        for (n, z) in got.data.slice(ndarray::s![0, 1, 0, 0, ..]).iter().enumerate() {
            let t = radar.adc_start_s + n as f64 / radar.sample_rate_hz;
            let cycles = (radar.start_frequency_hz + radar.chirp_slope_hz_per_s * t) * tau;
            let want = h * Complex64::from_polar(range_m.powi(-2), TAU * cycles.fract());
            worst = worst.max((z - want).norm() / want.norm());
        }
        let (db, degrees) = (20.0 * h.norm().log10(), h.arg().to_degrees());
        println!("{range_m} m: {db:+.2} dB, {degrees:+.1}°; worst sample off by {worst:.1e}");
        assert!(worst < 1e-8, "{range_m} m: {worst}");
    }
}

#[test]
fn it_is_what_the_filters_themselves_have_come_to_when_sampling_begins() {
    // Both filters from rest at the ramp's start: x − u passes, u' = 2π f_c (x − u), in steps of 0.2 ns by the trapezoidal rule.
    let radar = single(1, 256);
    for range_m in [0.3, 1.0, 4.0] {
        let beat = radar.chirp_slope_hz_per_s * 2.0 * range_m / SPEED_OF_LIGHT;
        let step = 2e-10;
        let mut kept = [Complex64::new(0.0, 0.0); 2];
        let mut before = [Complex64::new(0.0, 0.0); 2];
        let mut worst = 0.0_f64;
        for i in 0..(12e-6 / step) as usize {
            let t = i as f64 * step;
            let tone = Complex64::from_polar(1.0, TAU * beat * t);
            let mut x = tone;
            for k in 0..2 {
                let rate = TAU * CORNERS[k] * step;
                kept[k] = (kept[k] * (1.0 - 0.5 * rate) + (x + before[k]) * (0.5 * rate)) / (1.0 + 0.5 * rate);
                before[k] = x;
                x -= kept[k];
            }
            if t >= radar.adc_start_s {
                worst = worst.max((x - response(&radar, 2.0 * range_m) * tone).norm());
            }
        }
        println!("{range_m} m: what has not settled is {:.1} dB below the echo without filters", 20.0 * worst.log10());
        assert!(worst < 2e-3, "{range_m} m: {worst}");
    }
}

#[test]
fn both_engines_filter_alike() {
    let mut radar = single(16, 256);
    (radar.tx_m, radar.rx_m) = (vec![[0.0; 3], [0.012, 0.0, 0.0]], vec![[0.0; 3], [0.0, 0.0, 0.004]]);
    // Moving, and near enough for the filters to count: 300 points are the fast engine's.
    let points: Vec<PointTarget> = (0..300)
        .map(|i| {
            let x = f64::from(i);
            point([0.4 * (1.7 * x).sin(), 0.8 + 0.01 * x, 0.3 * (2.3 * x).cos()], [0.3, 1.5 * (0.9 * x).sin(), 0.0])
        })
        .collect();
    let with = |engine, bundle_tolerance, spec: &str| {
        run(&radar, SimSettings { engine, bundle_tolerance, ..bare() }, spec, &points).data
    };
    let (exact, fast) = (with(Engine::Exact, 0.0, FILTERS), with(Engine::Fast, 0.0, FILTERS));
    let bundled = with(Engine::Fast, 3e-3, FILTERS);
    let power = |d: &ndarray::Array5<Complex64>| d.iter().map(|z| z.norm_sqr()).sum::<f64>();
    let error = (power(&(&exact - &fast)) / power(&exact)).sqrt();
    let bare = with(Engine::Exact, 0.0, "{thermal_noise: false}");
    let taken = 10.0 * (power(&exact) / power(&bare)).log10();
    println!("filters take {taken:.2} dB; the fast engine is {error:.1e} from the exact one");
    assert!(error < 1e-5, "{error}");
    let error = (power(&(&exact - &bundled)) / power(&exact)).sqrt();
    println!("bundled, {error:.1e}");
    assert!(error < 3e-3, "{error}");
    assert!(taken < -1.0, "{taken}");
}

#[test]
fn facets_are_filtered_as_points_are() {
    let mut radar = single(1, 256);
    let ball = still(moved(icosphere(0.01, 2), Vec3::new(0.0, 0.6, 0.0)));
    let without = run_mesh(&radar, &ball, SimSettings::default());
    radar.high_pass = Some(serde_yaml::from_str("{corners_hz: [175e3, 350e3]}").unwrap());
    let with = run_mesh(&radar, &ball, SimSettings::default());
    // All of a small ball's facets lie within a centimetre: one factor, but for 1 % of the power.
    let h = response(&radar, 2.0 * 0.59);
    for (a, b) in with.data.iter().zip(&without.data) {
        assert!((a / b - h).norm() < 0.02 * h.norm(), "{} for {h}", a / b);
    }
}

#[test]
fn leakage_and_walls_are_filtered_too() {
    let radar = single(1, 128);
    let settings = bare();
    let leak = "leakage: {isolation_db: 40, delay_s: 2e-9}";
    let with = run(
        &radar,
        settings,
        &format!("{{thermal_noise: false, {leak}, high_pass: {{corners_hz: [175e3, 350e3]}}}}"),
        &[],
    );
    let without = run(&radar, settings, &format!("{{thermal_noise: false, {leak}}}"), &[]);
    let h = response(&radar, 2e-9 * SPEED_OF_LIGHT);
    for (a, b) in with.data.iter().zip(&without.data) {
        assert!((a / b - h).norm() < 1e-9 * h.norm(), "{} for {h}", a / b);
    }
    println!("leakage of 2 ns: {:.1} dB", 20.0 * h.norm().log10());
    // A wall 0.7 m ahead mirrors the antenna: 1.4 m there and back.
    let wall = Wall {
        centre: Vec3::y() * 0.7,
        half_u: Vec3::x() * 20.0,
        half_v: Vec3::z() * 20.0,
        material: Material::PerfectConductor,
    };
    let room = Room { walls: vec![wall], order: 1, polarisation: Polarisation::Vertical };
    let h = response(&radar, 1.4);
    let echo = |spec: &str, noise: bool| {
        let tree = RandomTree::new(11);
        let simulator = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap();
        let simulator = simulator.with_receiver(receiver(spec)).unwrap();
        let job = Job { n_frames: 1, room: Some(&room), noise: noise.then_some(&tree), ..Job::default() };
        simulator.run_exactly(&job).unwrap().data
    };
    let (with, without) = (echo(FILTERS, false), echo("{thermal_noise: false}", false));
    for (a, b) in with.iter().zip(&without) {
        assert!((a / b - h).norm() < 1e-9, "{} for {h}", a / b);
    }
    // What phase noise adds passes by.
    let noise = "phase_noise: {offsets_hz: [1e4, 1e6], levels_dbc_per_hz: [-70, -90]}";
    let noisy = echo(&format!("{{thermal_noise: false, {noise}, high_pass: {{corners_hz: [175e3, 350e3]}}}}"), true);
    let free = echo(&format!("{{thermal_noise: false, {noise}}}"), true);
    for (((a, b), c), d) in noisy.iter().zip(&with).zip(&free).zip(&without) {
        assert!(((a - b) - (c - d)).norm() < 1e-12, "{} and {}", a - b, c - d);
    }
}

#[test]
fn presets_of_ti_have_the_lowest_corners_and_scenes_may_take_them_away() {
    for name in FmcwRadar::preset_names() {
        let radar = FmcwRadar::preset(name).unwrap();
        assert_eq!(radar.high_pass.as_ref().unwrap().corners_hz, CORNERS, "{name}");
    }
    let radar = FmcwRadar { high_pass: FmcwRadar::preset("awr1843").unwrap().high_pass, ..single(1, 64) };
    let points = [point([0.0, 0.5, 0.0], [0.0; 3])];
    let own = run(&radar, bare(), "{thermal_noise: false}", &points);
    let none = run(&radar, bare(), "{thermal_noise: false, high_pass: {}}", &points);
    let never = run(&single(1, 64), bare(), "{thermal_noise: false}", &points);
    assert_eq!(none.data, never.data);
    assert!((own.data[[0, 0, 0, 0, 0]] / none.data[[0, 0, 0, 0, 0]] - response(&radar, 1.0)).norm() < 1e-9);
}

#[test]
fn impossible_filters_are_refused() {
    let radar = single(1, 64);
    let spec = receiver("{high_pass: {corners_hz: [175e3, 0, .nan, 1e12, 1e5]}}");
    let keys: Vec<String> = spec.problems(&radar).into_iter().map(|p| p.key).collect();
    assert_eq!(
        keys,
        ["high_pass.corners_hz.1", "high_pass.corners_hz.2", "high_pass.corners_hz.3", "high_pass.corners_hz"]
    );
    let Sensor::Cw(cw) = Sensor::preset("k_lc5").unwrap() else { panic!("no CW radar") };
    let device: &CwRadar = &cw;
    let found = receiver("{high_pass: {corners_hz: [175e3]}}").problems(device);
    assert!(found[0].key == "high_pass" && found[0].message.contains("beat frequency"), "{found:?}");
    let mut wrong = single(1, 64);
    wrong.high_pass = Some(serde_yaml::from_str("{corners_hz: [-1]}").unwrap());
    assert_eq!(wrong.problems()[0].key, "high_pass.corners_hz.0");
    let _ = device.name();
}
