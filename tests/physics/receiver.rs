//! The radar as a description, its limits, and the noise of its receiver.

use crate::scenes::single;
use kinecho::base::Vec3;
use kinecho::base::constants::{BOLTZMANN, NOISE_TEMPERATURE};
use kinecho::base::random::RandomTree;
use kinecho::sensor::{FmcwRadar, RadarPose, SensorError};
use kinecho::sim::{SimSettings, Simulator};
use std::path::Path;

#[test]
fn presets_meet_their_published_figures() {
    let awr1843 = FmcwRadar::preset("awr1843").unwrap();
    assert_eq!((awr1843.n_tx(), awr1843.n_rx(), awr1843.loops_per_frame, awr1843.samples_per_chirp), (3, 4, 128, 256));
    assert!((awr1843.range_resolution_m() - 0.043).abs() < 5e-4, "{}", awr1843.range_resolution_m());
    assert!((awr1843.swept_bandwidth_hz() - 3.9e9).abs() < 1e7, "{}", awr1843.swept_bandwidth_hz());
    // λ/4T with λ at the ramp start is the published 4.5 m/s; ours is taken in mid-sweep.
    assert!((awr1843.max_velocity_mps() - 4.5).abs() < 0.12, "{}", awr1843.max_velocity_mps());
    let iwr1443 = FmcwRadar::preset("iwr1443").unwrap();
    assert!((iwr1443.range_resolution_m() - 0.043577).abs() < 1e-6, "{}", iwr1443.range_resolution_m());
    assert!((iwr1443.velocity_resolution_mps() - 0.6146687).abs() < 1e-4, "{}", iwr1443.velocity_resolution_mps());
    assert_eq!(iwr1443.loops_per_frame, 16);
    assert!((1.0 / iwr1443.frame_period_s - 30.08).abs() < 1e-3);
    assert_eq!(FmcwRadar::preset("awr1642").unwrap().n_tx(), 2);
    for name in FmcwRadar::preset_names() {
        let radar = FmcwRadar::preset(name).unwrap();
        assert!(radar.problems().is_empty());
        let again = FmcwRadar::parse(&serde_yaml::to_string(&radar).unwrap(), Path::new("again.yaml")).unwrap();
        assert_eq!(radar, again);
        if ["iwr6843ods", "iwr6843aop"].contains(&name) {
            continue;
        }
        // The receivers and the outer transmitters make a line of virtual elements half a wavelength apart.
        let half = radar.rx_m[1][0] - radar.rx_m[0][0];
        let outer = radar.tx_m[radar.n_tx() - 1][0] - radar.tx_m[0][0];
        assert!((outer / half - 4.0).abs() < 1e-3, "{name}: {}", outer / half);
    }
    assert!(matches!(FmcwRadar::preset("awr9999"), Err(SensorError::UnknownPreset { .. })));
}

#[test]
fn an_impossible_radar_is_refused_with_all_its_problems_and_lines() {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    radar.samples_per_chirp = 0;
    radar.loops_per_frame = 0;
    radar.sample_rate_hz = f64::NAN;
    radar.noise_figure_db = -3.0;
    radar.tx_m[1][2] = f64::INFINITY;
    let keys: Vec<String> = radar.problems().into_iter().map(|p| p.key).collect();
    assert_eq!(keys, ["sample_rate_hz", "noise_figure_db", "samples_per_chirp", "loops_per_frame", "tx_m.1"]);
    assert!(Simulator::new(radar, RadarPose::default(), SimSettings::default()).is_err());

    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    radar.samples_per_chirp = 300;
    radar.frame_period_s = 0.02;
    let message = radar.check().unwrap_err().to_string();
    assert!(message.contains("at most 259 samples") && message.contains("at most 92 loops"), "{message}");
    assert!(radar.range_problem("room.depth_m", 25.0).unwrap().message.contains("10.990"));
    assert!(radar.range_problem("room.depth_m", 5.0).is_none());

    let yaml = FmcwRadar::preset_yaml("awr1843").unwrap();
    let zero = yaml.replace("loops_per_frame: 128", "loops_per_frame: 0");
    let line = 1 + zero.lines().position(|l| l.starts_with("loops_per_frame")).unwrap();
    let message = FmcwRadar::parse(&zero, Path::new("my.yaml")).unwrap_err().to_string();
    assert!(message.contains(&format!("my.yaml:{line}")), "{message}");
    let unknown = yaml.replace("name: AWR1843", "name: AWR1843\nbeam_width_deg: 3");
    let message = FmcwRadar::parse(&unknown, Path::new("my.yaml")).unwrap_err().to_string();
    assert!(message.contains("my.yaml") && message.contains("beam_width_deg"), "{message}");
}

#[test]
fn an_empty_scene_has_the_noise_power_ktbf() {
    let radar = single(64, 256);
    let want = BOLTZMANN * NOISE_TEMPERATURE * 4.4e6 * 10f64.powf(1.5);
    let simulator = Simulator::new(radar, RadarPose::default(), SimSettings::default()).unwrap();
    let tree = RandomTree::new(2024);
    let noisy = simulator.run(&[], 2, Some(&tree)).unwrap();
    assert!((noisy.report.noise_power / want - 1.0).abs() < 1e-12);
    let data = &noisy.cube().unwrap().data;
    let n = data.len() as f64;
    let mean_of = |f: &dyn Fn(&kinecho::base::Complex32) -> f64| data.iter().map(f).sum::<f64>() / n;
    let power = mean_of(&|z| f64::from(z.re).powi(2) + f64::from(z.im).powi(2));
    // 32,768 samples: the relative deviation of the mean power is 1/√n = 0.55 %; four of them are allowed.
    let tolerance = 4.0 / n.sqrt();
    assert!((power / want - 1.0).abs() < tolerance, "{} of kTBF", power / want);
    let skew = mean_of(&|z| f64::from(z.re).powi(2) - f64::from(z.im).powi(2)) / want;
    let cross = mean_of(&|z| f64::from(z.re) * f64::from(z.im)) / want;
    assert!(skew.abs() < tolerance && cross.abs() < tolerance, "not circular: {skew}, {cross}");
    let neighbour = data.iter().zip(data.iter().skip(1)).map(|(a, b)| f64::from(a.re * b.re + a.im * b.im));
    let neighbour = neighbour.sum::<f64>() / n / want;
    assert!(neighbour.abs() < tolerance, "not white: {neighbour}");
    let other = simulator.run(&[], 1, Some(&RandomTree::new(2025))).unwrap();
    assert_ne!(other.cube().unwrap().data[[0, 0, 0, 0, 0]], data[[0, 0, 0, 0, 0]]);
    assert_ne!(data[[0, 0, 0, 0, 0]], data[[1, 0, 0, 0, 0]]);
}

/// What the two cuts and the gain on boresight say together: over the half-space ahead, antennas send out no more than they are given.
#[test]
fn no_preset_radiates_more_than_it_is_given() {
    for name in FmcwRadar::preset_names() {
        let radar = FmcwRadar::preset(name).unwrap();
        let pattern = radar.pattern.clone().unwrap();
        for (side, cuts, peak_dbi) in [("tx", &pattern.tx, radar.tx_gain_dbi), ("rx", &pattern.rx, radar.rx_gain_dbi)] {
            let cuts = cuts.as_ref().unwrap();
            let n = 180;
            let mut sum = 0.0;
            for i in 0..n {
                for j in 0..n {
                    // Azimuth and sine of elevation: equal solid angles.
                    let azimuth = ((f64::from(i) + 0.5) / f64::from(n) - 0.5) * std::f64::consts::PI;
                    let z = 2.0 * (f64::from(j) + 0.5) / f64::from(n) - 1.0;
                    let flat = (1.0 - z * z).sqrt();
                    let direction = Vec3::new(azimuth.sin() * flat, azimuth.cos() * flat, z);
                    sum += 10f64.powf((peak_dbi + cuts.gain_db(direction)) / 10.0);
                }
            }
            // The half-space is half of all directions, over which an antenna without losses has a mean gain of one.
            let efficiency = 0.5 * sum / f64::from(n * n);
            println!("{name} {side}: {:.0} % of the power", 100.0 * efficiency);
            assert!((0.2..=1.0).contains(&efficiency), "{name} {side}: {efficiency}");
            assert_eq!(cuts.gain_db(Vec3::y()), 0.0);
        }
    }
}
