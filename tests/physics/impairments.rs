//! What a real receiver does to the signal: each part against its law.

use crate::scenes::{bare, point, single};
use kinecho::base::Complex64;
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::random::RandomTree;
use kinecho::sensor::receiver::ReceiverSpec;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Calibration, Engine, Job, PointTarget, SimSettings, SimulatedExactly, Simulator};
use std::f64::consts::{PI, TAU};

/// A receiver from its YAML.
fn receiver(yaml: &str) -> ReceiverSpec {
    serde_yaml::from_str(yaml).unwrap()
}

fn run(
    radar: &FmcwRadar,
    settings: SimSettings,
    spec: &str,
    points: &[PointTarget],
    n_frames: usize,
) -> SimulatedExactly {
    let tree = RandomTree::new(11);
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap();
    let simulator = simulator.with_receiver(receiver(spec)).unwrap();
    simulator.run_exactly(&Job { points, n_frames, noise: Some(&tree), ..Job::default() }).unwrap()
}

const QUIET: &str = "thermal_noise: false";
const NOISY: &str =
    "thermal_noise: false\nphase_noise: {offsets_hz: [1e4, 1e5, 1e6], levels_dbc_per_hz: [-78, -80, -95]}";

/// Two-sided density of the phase that a noisy cube has over a clean one, by frequency bins of a chirp, rad²/Hz.
fn phase_density(noisy: &SimulatedExactly, clean: &SimulatedExactly, sample_rate_hz: f64) -> Vec<f64> {
    let n = clean.data.dim().4;
    let window: Vec<f64> = (0..n).map(|i| 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / n as f64).cos()).collect();
    let energy: f64 = window.iter().map(|w| w * w).sum();
    let mut sum = vec![0.0; n / 2];
    let mut chirps = 0.0;
    for (a, b) in noisy.data.rows().into_iter().zip(clean.data.rows()) {
        let phase: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a / b).arg()).collect();
        for (k, s) in sum.iter_mut().enumerate() {
            let line: Complex64 = phase
                .iter()
                .zip(&window)
                .enumerate()
                .map(|(i, (p, w))| Complex64::from_polar(p * w, -TAU * (i * k) as f64 / n as f64))
                .sum();
            *s += line.norm_sqr() / (sample_rate_hz * energy);
        }
        chirps += 1.0;
    }
    sum.iter().map(|s| s / chirps).collect()
}

#[test]
fn phase_noise_is_its_table_times_four_sine_squared() {
    let radar = single(64, 256);
    let table = receiver(NOISY).phase_noise.unwrap();
    for range_m in [0.3, 1.5, 6.0] {
        let points = [point([0.0, range_m, 0.0], [0.0; 3])];
        let clean = run(&radar, bare(), QUIET, &points, 4);
        let noisy = run(&radar, bare(), NOISY, &points, 4);
        let density = phase_density(&noisy, &clean, radar.sample_rate_hz);
        let tau = 2.0 * range_m / SPEED_OF_LIGHT;
        // Bands of twelve bins of 256 chirps: 3000 squares of Gaussians (neighbours overlap in the window), 0.1 dB.
        for band in [12..24, 48..60, 100..112] {
            let law = |k: usize| {
                let f = k as f64 * radar.sample_rate_hz / 256.0;
                0.5 * table.density(f) * 4.0 * (PI * f * tau).sin().powi(2)
            };
            let (got, want): (f64, f64) = (density[band.clone()].iter().sum(), band.clone().map(law).sum());
            let off_db = 10.0 * (got / want).log10();
            println!("{range_m} m, bins {band:?}: {:.1} dB rad²/Hz, {off_db:+.2} dB", 10.0 * (got / 12.0).log10());
            assert!(off_db.abs() < 0.5, "{range_m} m, bins {band:?}: {off_db} dB off the law");
        }
    }
}

#[test]
fn each_of_two_targets_has_the_phase_noise_of_its_own_delay() {
    let radar = single(8, 256);
    let (near, far) = (point([0.0, 0.4, 0.0], [0.0; 3]), point([0.0, 9.0, 0.0], [0.0; 3]));
    for engine in Engine::ALL {
        let settings = SimSettings { engine, ..bare() };
        let noise = |points: &[PointTarget]| {
            run(&radar, settings, NOISY, points, 1).data - run(&radar, settings, QUIET, points, 1).data
        };
        // The near target is 500 times as strong: the far one is given the same amplitude.
        let far = PointTarget { gain: (9.0_f64 / 0.4).powi(2), ..far };
        let (alone, both) = (noise(&[near]) + noise(&[far]), noise(&[near, far]));
        let power = |d: &ndarray::Array5<Complex64>| d.iter().map(|z| z.norm_sqr()).sum::<f64>();
        let error = (power(&(&alone - &both)) / power(&alone)).sqrt();
        println!("{}: {:.2} % of the noise between one run and two", engine.name(), 100.0 * error);
        assert!(error < 0.02, "{}: {error}", engine.name());
    }
}

#[test]
fn quantisation_noise_is_a_twelfth_of_the_squared_step_and_clipping_is_counted() {
    let radar = single(16, 256);
    let settings = SimSettings { calibration: Calibration::RootWatt, ..bare() };
    let points: Vec<PointTarget> = (0..7)
        .map(|i| point([0.1 * f64::from(i), 1.5 + 0.61 * f64::from(i), 0.0], [0.0, 0.3 * f64::from(i), 0.0]))
        .collect();
    let clean = run(&radar, settings, QUIET, &points, 1);
    let peak = clean.data.iter().fold(0.0_f64, |m, z| m.max(z.re.abs()).max(z.im.abs()));
    let dbm = |amplitude: f64| 20.0 * amplitude.log10() + 30.0;
    let adc = |bits: u32, full_scale_dbm: f64| {
        format!("{{thermal_noise: false, adc: {{bits: {bits}, full_scale_dbm: {full_scale_dbm}}}}}")
    };
    let got = run(&radar, settings, &adc(10, dbm(1.01 * peak)), &points, 1);
    let report = got.report.adc.unwrap();
    assert!((report.step / (2.0 * 1.01 * peak / 1024.0) - 1.0).abs() < 1e-9);
    assert_eq!((report.clipped, report.values), (0, 2 * 16 * 256));
    let (mut re, mut im) = (0.0, 0.0);
    for (g, c) in got.data.iter().zip(&clean.data) {
        re += (g.re - c.re).powi(2);
        im += (g.im - c.im).powi(2);
        let code = g.re / report.step;
        assert!((code - code.round()).abs() < 1e-9 && (-512.0..=511.0).contains(&code.round()));
    }
    for (rail, sum) in [("I", re), ("Q", im)] {
        let ratio = sum / 4096.0 / (report.step.powi(2) / 12.0);
        // 4096 squares of a uniform error: relative deviation 0.9/√4096 = 1.4 %; four of them.
        assert!((ratio - 1.0).abs() < 0.056, "{rail}: {ratio} of Δ²/12");
    }
    // Half the scale: every value beyond it is counted and held at its end.
    let low = 0.5 * peak;
    let got = run(&radar, settings, &adc(8, dbm(low)), &points, 1);
    let report = got.report.adc.unwrap();
    let beyond = |v: f64| (v / report.step).round() > 127.0 || (v / report.step).round() < -128.0;
    let want = clean.data.iter().map(|z| u64::from(beyond(z.re)) + u64::from(beyond(z.im))).sum::<u64>();
    assert!(want > 50 && report.clipped == want, "{} clipped instead of {want}", report.clipped);
    let largest = got.data.iter().fold(0.0_f64, |m, z| m.max(z.re).max(z.im));
    assert!((largest - 127.0 * report.step).abs() < 1e-12 * largest);
}

#[test]
fn channel_errors_appear_as_written_and_receivers_amplify_their_noise() {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    (radar.loops_per_frame, radar.samples_per_chirp) = (8, 64);
    let points = [point([0.3, 2.0, 0.1], [0.0; 3])];
    let errors = "channels: {tx_gain_db: [0, 1, -2], tx_phase_deg: [0, 10, 0], rx_gain_db: [0, 0, 3, 0], rx_phase_deg: [0, 180, 0, -30]}";
    let clean = run(&radar, bare(), QUIET, &points, 1);
    let got = run(&radar, bare(), &format!("{QUIET}\n{errors}"), &points, 1);
    let (gain, phase) =
        ([[0.0, 1.0, -2.0, 0.0], [0.0, 0.0, 3.0, 0.0]], [[0.0, 10.0, 0.0, 0.0], [0.0, 180.0, 0.0, -30.0]]);
    for ((f, c, k, l, n), z) in got.data.indexed_iter() {
        let db = gain[0][k] + gain[1][l];
        let want = Complex64::from_polar(10f64.powf(db / 20.0), f64::to_radians(phase[0][k] + phase[1][l]));
        let ratio = z / clean.data[[f, c, k, l, n]];
        assert!((ratio - want).norm() < 1e-12, "tx {k}, rx {l}: {ratio} instead of {want}");
    }
    let noise = |spec: &str| {
        let out = run(&radar, bare(), spec, &[], 2);
        (0..4).map(|l| out.data.index_axis(ndarray::Axis(3), l).iter().map(|z| z.norm_sqr()).sum::<f64>()).collect()
    };
    let (plain, amplified): (Vec<f64>, Vec<f64>) = (noise("{}"), noise(errors));
    for (l, db) in [0.0, 0.0, 3.0, 0.0].into_iter().enumerate() {
        assert!((10.0 * (amplified[l] / plain[l]).log10() - db).abs() < 1e-9, "rx {l}");
    }
}

#[test]
fn patterns_scale_power_by_the_gains_of_both_antennas() {
    let radar = single(16, 64);
    let spec = "thermal_noise: false\npattern:\n  tx:\n    azimuth: {angles_deg: [-60, 0, 60], gain_db: [-12, 0, -6]}\n    elevation: {angles_deg: [-40, 0, 40], gain_db: [-8, 0, -4]}\n  rx:\n    azimuth: {angles_deg: [-90, 0, 90], gain_db: [-9, 0, -9]}\n";
    for engine in Engine::ALL {
        let settings = SimSettings { engine, ..bare() };
        for (azimuth, elevation, tx_db, rx_db) in
            [(30.0, 20.0, -5.0, -3.0), (-30.0, -20.0, -10.0, -3.0), (75.0, 0.0, -6.0, -7.5)]
        {
            let (a, e) = (f64::to_radians(azimuth), f64::to_radians(elevation));
            let points = [point([2.0 * a.sin() * e.cos(), 2.0 * a.cos() * e.cos(), 2.0 * e.sin()], [0.0; 3])];
            let power =
                |spec: &str| run(&radar, settings, spec, &points, 1).data.iter().map(|z| z.norm_sqr()).sum::<f64>();
            let db = 10.0 * (power(spec) / power(QUIET)).log10();
            assert!((db - tx_db - rx_db).abs() < 1e-4, "{azimuth}°, {elevation}°: {db} dB");
        }
    }
    // Turning the radar turns its pattern: straight ahead of a turned radar there is no loss.
    let turned = RadarPose { azimuth_rad: 0.5, elevation_rad: 0.2, ..RadarPose::default() };
    let points = [PointTarget { position: turned.boresight() * 3.0, ..point([0.0; 3], [0.0; 3]) }];
    let level = |spec: &str| {
        let simulator = Simulator::new(radar.clone(), turned, bare()).unwrap().with_receiver(receiver(spec)).unwrap();
        let out = simulator.run_exactly(&Job { points: &points, n_frames: 1, ..Job::default() }).unwrap();
        out.data.iter().map(|z| z.norm_sqr()).sum::<f64>()
    };
    assert!((level(spec) / level("{}") - 1.0).abs() < 1e-9);
}

#[test]
fn leakage_stands_near_bin_zero_at_its_level() {
    let mut radar = single(2, 256);
    radar.rx_m = vec![[0.01, 0.0, 0.0]];
    let settings = SimSettings { calibration: Calibration::RootWatt, ..bare() };
    let spec = "{thermal_noise: false, leakage: {isolation_db: 33, delay_s: 0.2e-9}}";
    let got = run(&radar, settings, spec, &[], 1);
    let tau = 0.2e-9 + 0.01 / SPEED_OF_LIGHT;
    let want_w = 10f64.powf((radar.transmit_power_dbm - 30.0 - 33.0) / 10.0);
    let step = Complex64::from_polar(1.0, TAU * radar.chirp_slope_hz_per_s * tau / radar.sample_rate_hz);
    let chirp: Vec<Complex64> = got.data.rows().into_iter().next().unwrap().to_vec();
    assert!((chirp[0].norm_sqr() / want_w - 1.0).abs() < 1e-12, "{} W", chirp[0].norm_sqr());
    for pair in chirp.windows(2) {
        assert!((pair[1] / pair[0] - step).norm() < 1e-9);
    }
    // 233 ps are 3.5 cm: less than one range bin.
    assert!(tau * SPEED_OF_LIGHT / 2.0 < radar.range_resolution_m());
    // Range correlation: its phase noise is that of a target at its own short delay.
    let noisy = "{thermal_noise: false, leakage: {isolation_db: 33, delay_s: 0.2e-9}, phase_noise: {offsets_hz: [1e6], levels_dbc_per_hz: [-80]}}";
    let noisy = run(&radar, settings, noisy, &[], 1);
    let phase: f64 = noisy.data.iter().zip(&got.data).map(|(a, b)| (a / b).arg().powi(2)).sum::<f64>() / 512.0;
    // ∫ 2 · 1e-8 · (2πfτ)² df up to half the sample rate.
    let half = 0.5 * radar.sample_rate_hz;
    let want = 2e-8 * (TAU * tau).powi(2) * half.powi(3) / 3.0;
    assert!((phase / want).log10().abs() < 0.1, "{phase:e} rad² instead of {want:e}");
}

#[test]
fn the_default_receiver_and_no_key_change_nothing() {
    let radar = single(8, 64);
    let points = [point([0.0, 2.0, 0.0], [0.0, 0.2, 0.0])];
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), bare()).unwrap();
    let job = Job { points: &points, n_frames: 1, ..Job::default() };
    let plain = simulator.run_exactly(&job).unwrap();
    // Without a key nothing is random, so a quiet receiver and one with phase noise give the same.
    let keyless = simulator.clone().with_receiver(receiver(NOISY)).unwrap().run_exactly(&job).unwrap();
    assert_eq!(plain.data, keyless.data);
    assert_eq!(run(&radar, bare(), "{}", &points, 1).report.adc, None);
    assert!(!serde_json::to_string(&plain.report).unwrap().contains("adc"));
}

#[test]
fn an_impossible_receiver_is_refused_with_all_its_problems() {
    let radar = FmcwRadar::preset("awr1843").unwrap();
    let spec = receiver(
        "adc: {bits: 17, full_scale_dbm: -.inf}\nleakage: {isolation_db: -3, delay_s: .nan}\nchannels: {tx_gain_db: [0], rx_phase_deg: [0, 999, 0, 0]}\nphase_noise: {offsets_hz: [1e5, 1e4], levels_dbc_per_hz: [-80]}\npattern: {tx: {azimuth: {angles_deg: [0, 10, 5], gain_db: [0, 0, 300]}}}\n",
    );
    let problems = spec.problems(&radar);
    let keys: Vec<&str> = problems.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "pattern.tx.azimuth.angles_deg.2",
            "pattern.tx.azimuth.gain_db.2",
            "phase_noise.levels_dbc_per_hz",
            "phase_noise.offsets_hz.1",
            "leakage.isolation_db",
            "leakage.delay_s",
            "channels.tx_gain_db",
            "channels.rx_phase_deg.1",
            "adc.bits",
            "adc.full_scale_dbm",
        ]
    );
    assert!(problems[0].message.contains("5 follows 10"), "{}", problems[0].message);
    // Tables that end within the main lobe, and radians.
    for (table, said) in [
        ("{angles_deg: [-30, 0, 30], gain_db: [-3, 0, -3]}", "ends at -30°"),
        ("{angles_deg: [-60, 0, 20], gain_db: [-12, 0, -2]}", "ends at 20°"),
        ("{angles_deg: [-1.57, 0, 1.57], gain_db: [-9, 0, -9]}", "radians?"),
    ] {
        let problems = receiver(&format!("pattern: {{tx: {{azimuth: {table}}}}}\n")).problems(&radar);
        assert!(problems.len() == 1 && problems[0].message.contains(said), "{table}: {problems:?}");
    }
    let narrow = "pattern: {tx: {azimuth: {angles_deg: [-12, 0, 12], gain_db: [-20, 0, -20]}}}\n";
    assert!(receiver(narrow).problems(&radar).is_empty(), "a dish");
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), SimSettings::default()).unwrap();
    assert!(simulator.with_receiver(spec).is_err());
    let mut long = radar;
    (long.frame_period_s, long.loops_per_frame) = (60.0, 60_000);
    let problems = receiver("phase_noise: {offsets_hz: [1e5], levels_dbc_per_hz: [-80]}").problems(&long);
    assert!(problems.len() == 1 && problems[0].key == "phase_noise", "{problems:?}");
    assert!(serde_yaml::from_str::<ReceiverSpec>("{thermal_nose: true}").is_err());
}
