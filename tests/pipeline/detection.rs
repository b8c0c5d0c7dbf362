use crate::synthetic::{Target, cube, iwr1443, target};
use kinecho::base::Complex32;
use kinecho::base::cube::IfCube;
use kinecho::base::random::RandomTree;
use kinecho::dsp::cfar::{CfarConfig, CfarMode};
use kinecho::dsp::detect::{ChannelSum, DetectConfig, detect};
use rand_distr::{Distribution, Exp1, Normal};

fn cfar(mode: CfarMode) -> CfarConfig {
    CfarConfig { mode, noise_cells: 8, guard_cells: 2, threshold_db: 10.0, quantile: 0.75, cyclic: true }
}

/// Receiver noise keeps CFAR honest: without it the window's side lobes are the floor.
fn noisy(targets: &[Target], frames: usize) -> IfCube {
    let mut cube = cube(&iwr1443(), frames, 16, 240, targets);
    let mut stream = RandomTree::new(5).stream(0, "test noise");
    let normal = Normal::new(0.0f32, 0.3).unwrap();
    cube.data.mapv_inplace(|z| z + Complex32::new(normal.sample(&mut stream), normal.sample(&mut stream)));
    cube
}

#[test]
fn one_moving_point_is_found_where_it_is() {
    let truth = target(2.5, 0.25, 0.2, -1.25);
    let cloud = detect(&noisy(std::slice::from_ref(&truth), 3), &DetectConfig::default()).unwrap();
    assert_eq!((cloud.frames.len(), cloud.doppler_bins), (3, 16));
    assert!((cloud.range_bin_m - 0.04085).abs() < 1e-5 && (cloud.velocity_bin_mps - 0.6147).abs() < 2e-4);
    for (i, frame) in cloud.frames.iter().enumerate() {
        let time = i as f64 / 30.0;
        assert!((frame.time_s - time).abs() < 1e-9);
        let best = frame.points.iter().max_by(|a, b| a.intensity_db.total_cmp(&b.intensity_db)).unwrap();
        let place = truth.place + truth.velocity * time;
        assert!((best.position - place).norm() < 0.12, "{} for {place}", best.position);
        assert!((best.velocity_mps + 1.2293).abs() < 2e-3, "bin -2, got {}", best.velocity_mps);
        assert!(best.intensity_db > 12.0);
        for x in best.position.iter() {
            assert_eq!((x * 512.0).fract(), 0.0, "1/512 m steps");
        }
    }
}

#[test]
fn two_directions_in_one_cell_are_two_points() {
    let targets = [target(2.5, 0.5, 0.0, 1.23), target(2.5, -0.5, 0.0, 1.23)];
    let cube = noisy(&targets, 1);
    let sides = |config: &DetectConfig| {
        let points = detect(&cube, config).unwrap().frames.remove(0).points;
        let near = points.iter().filter(|p| (p.range_m - 2.5).abs() < 0.05);
        let (left, right): (Vec<f64>, Vec<f64>) = near.map(|p| p.position.x).partition(|x| *x < 0.0);
        (left.len(), right.len())
    };
    let (left, right) = sides(&DetectConfig::default());
    assert!(left > 0 && right > 0, "{left} {right}");
    let (left, right) = sides(&DetectConfig { second_direction: None, ..Default::default() });
    assert!(left == 0 || right == 0 || left + right <= 3, "{left} {right}");
}

#[test]
fn static_removal_limits_and_silence() {
    let still = noisy(&[target(2.5, 0.0, 0.0, 0.0)], 1);
    let count = |cube: &IfCube, config: &DetectConfig| detect(cube, config).unwrap().frames[0].points.len();
    assert!(count(&still, &DetectConfig::default()) > 0);
    let removed = detect(&still, &DetectConfig { remove_static: true, ..Default::default() }).unwrap();
    assert!(removed.frames[0].points.iter().all(|p| (p.range_m - 2.5).abs() > 0.2));
    let many: Vec<Target> = (0..8).map(|i| target(1.0 + 0.5 * f64::from(i), 0.0, 0.0, 1.2)).collect();
    let many = noisy(&many, 1);
    assert!(count(&many, &DetectConfig::default()) > 5);
    assert_eq!(count(&many, &DetectConfig { max_points: 5, ..Default::default() }), 5);
    let mut nothing = still.clone();
    nothing.data.fill(Complex32::new(0.0, 0.0));
    assert_eq!(count(&nothing, &DetectConfig::default()), 0);
    assert_eq!(count(&nothing, &DetectConfig { channel_sum: ChannelSum::Power, ..Default::default() }), 0);
}

#[test]
fn false_alarms_come_at_the_rate_of_theory() {
    // Cell averaging over N cells of exponential noise: P = (1 + a/N)^-N (Rohling 1983, eq. 12). 400,000 cells, P = 0.0078:
    // standard deviation 1.8 %; 8 % is allowed.
    let mut stream = RandomTree::new(3).stream(0, "cfar noise");
    let noise: Vec<f32> = (0..400_000).map(|_| Exp1.sample(&mut stream)).collect();
    let cfar = CfarConfig { threshold_db: 8.0, ..cfar(CfarMode::CellAveraging) };
    let threshold = 10f32.powf(0.8);
    let level = cfar.noise(&noise);
    let found = noise.iter().zip(&level).filter(|(x, n)| **x > threshold * **n).count() as f64 / noise.len() as f64;
    let theory = (1.0 + f64::from(threshold) / 16.0).powi(-16);
    assert!((found / theory - 1.0).abs() < 0.08, "{found} for {theory}");
}

#[test]
fn noise_estimates_differ_as_they_should_at_an_edge() {
    let mut levels = vec![1.0f32; 64];
    levels[32..].fill(100.0);
    let at = |mode| CfarConfig { cyclic: false, ..cfar(mode) }.noise(&levels)[32];
    assert_eq!(at(CfarMode::SmallestOf), 1.0);
    assert_eq!(at(CfarMode::GreatestOf), 100.0);
    assert_eq!(at(CfarMode::CellAveraging), 50.5);
    // A single strong neighbour lifts the average but not the ordered statistic.
    let mut levels = vec![1.0f32; 64];
    levels[36] = 1000.0;
    assert!(cfar(CfarMode::CellAveraging).noise(&levels)[32] > 50.0);
    assert_eq!(cfar(CfarMode::OrderedStatistic).noise(&levels)[32], 1.0);
    // The open axis estimates from the one side it has.
    let open = CfarConfig { cyclic: false, ..cfar(CfarMode::SmallestOf) };
    assert!(open.noise(&levels).iter().all(|n| n.is_finite()));
}

#[test]
fn ordered_statistic_and_doppler_cfar_find_the_point_too() {
    let cube = noisy(&[target(2.5, 0.25, 0.0, 1.23)], 1);
    let doppler = CfarConfig { noise_cells: 4, guard_cells: 2, threshold_db: 8.0, ..cfar(CfarMode::CellAveraging) };
    for config in [
        DetectConfig {
            range_cfar: CfarConfig { cyclic: false, ..cfar(CfarMode::OrderedStatistic) },
            doppler_cfar: Some(doppler),
            group_range: true,
            ..Default::default()
        },
        DetectConfig { channel_sum: ChannelSum::Power, ..Default::default() },
    ] {
        let points = detect(&cube, &config).unwrap().frames.remove(0).points;
        assert!(points.iter().any(|p| (p.range_m - 2.5).abs() < 0.05 && (p.velocity_mps - 1.23).abs() < 0.01));
        assert!(points.len() < 8, "{} points", points.len());
    }
}

#[test]
fn impossible_settings_are_named() {
    let cube = noisy(&[target(2.5, 0.0, 0.0, 0.0)], 1);
    let message = |config: DetectConfig| detect(&cube, &config).unwrap_err().to_string();
    assert!(message(DetectConfig { range_fft: Some(64), ..Default::default() }).contains("range_fft = 64"));
    assert!(message(DetectConfig { azimuth_fft: 4, ..Default::default() }).contains("azimuth_fft = 4"));
    let wide = CfarConfig { noise_cells: 200, ..cfar(CfarMode::CellAveraging) };
    assert!(message(DetectConfig { range_cfar: wide, ..Default::default() }).contains("cfar.guard_cells"));
    let yaml: DetectConfig = serde_yaml::from_str(
        "range_cfar: {mode: ordered_statistic, noise_cells: 8, guard_cells: 4, threshold_db: 9, cyclic: false}",
    )
    .unwrap();
    assert_eq!(yaml.range_cfar.mode, CfarMode::OrderedStatistic);
    assert!(serde_yaml::from_str::<DetectConfig>("azimut_fft: 64").is_err());
}
