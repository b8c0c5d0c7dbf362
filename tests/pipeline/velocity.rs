//! Velocities beyond the unambiguous one: targets of known velocity, and how often noise leads astray.

use crate::synthetic::{cube, iwr1443, target};
use kinecho::base::Complex32;
use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::random::RandomTree;
use kinecho::dsp::detect::{DetectConfig, FieldOfView, detect};
use kinecho::dsp::direction::AngleMethod;
use kinecho::dsp::window::Window;
use kinecho::signal::Point;
use rand_distr::{Distribution, Normal};

/// The same with the two transmitters of the row alone.
fn two_transmitters() -> CubeInfo {
    let mut info = iwr1443();
    info.tx_m.remove(1);
    info.loop_period_s = 2.0 * info.chirp_period_s;
    info
}

fn resolved() -> DetectConfig {
    DetectConfig { extended_max_velocity: true, second_direction: None, ..DetectConfig::default() }
}

fn noisy(mut cube: IfCube, deviation: f32, seed: u64) -> IfCube {
    let mut stream = RandomTree::new(seed).stream(0, "velocity noise");
    let normal = Normal::new(0.0f32, deviation).unwrap();
    cube.data.mapv_inplace(|z| z + Complex32::new(normal.sample(&mut stream), normal.sample(&mut stream)));
    cube
}

fn strongest(cube: &IfCube, config: &DetectConfig) -> Point {
    let points = detect(cube, config).unwrap().frames.remove(0).points;
    *points.iter().max_by(|a, b| a.intensity_db.total_cmp(&b.intensity_db)).unwrap()
}

#[test]
fn velocities_up_to_as_many_times_the_unambiguous_one_as_there_are_transmitters() {
    for (info, times) in [(iwr1443(), 3.0), (two_transmitters(), 2.0)] {
        let bin = info.doppler_bin_mps(16, 240);
        let unambiguous = 8.0 * bin;
        let (mut aliased, mut worst) = (0, 0.0_f64);
        for u in [-0.6, 0.0, 0.25] {
            for step in -19..20 {
                let velocity = 0.05 * f64::from(step) * times * unambiguous;
                let truth = noisy(cube(&info, 1, 16, 240, &[target(3.0, u, 0.0, velocity)]), 0.2, 4);
                let found = strongest(&truth, &resolved());
                let off = (found.velocity_mps - velocity).abs();
                worst = worst.max(off / bin);
                assert!(off < 0.75 * bin, "{velocity} m/s at {u}: {} m/s", found.velocity_mps);
                assert!(
                    (found.position.x / found.range_m - u).abs() < 0.06,
                    "{velocity} m/s at {u}: {}",
                    found.position
                );
                // Without, the velocity is an alias, and the angle that goes with it is wrong.
                let usual = strongest(&truth, &DetectConfig { second_direction: None, ..DetectConfig::default() });
                assert!(usual.velocity_mps.abs() <= unambiguous + 1e-9);
                aliased += usize::from((usual.velocity_mps - velocity).abs() > 2.0 * bin);
            }
        }
        println!(
            "{times} transmitters: up to {:.1} m/s (unambiguous {unambiguous:.2}), {worst:.2} bins off at most, {aliased} of 117 were aliases",
            0.95 * times * unambiguous
        );
        assert!(aliased >= 48, "{aliased}");
    }
}

#[test]
fn all_finders_of_directions_resolve_velocities() {
    let info = iwr1443();
    for method in [AngleMethod::Rows, AngleMethod::Beamformer, AngleMethod::Capon, AngleMethod::Music] {
        for velocity in [-11.0, -6.5, 3.0, 8.0, 13.0] {
            let truth = noisy(cube(&info, 1, 16, 240, &[target(3.0, 0.3, 0.1, velocity)]), 0.1, 9);
            let found = strongest(&truth, &DetectConfig { angles: Some(method), ..resolved() });
            assert!((found.velocity_mps - velocity).abs() < 0.5, "{method:?} {velocity}: {}", found.velocity_mps);
            let [u, w] = [found.position.x / found.range_m, found.position.z / found.range_m];
            assert!((u - 0.3).abs() < 0.06 && (w - 0.1).abs() < 0.06, "{method:?} {velocity}: {u} {w}");
        }
    }
}

/// Share of wrong spans for signal-to-noise ratios of a cell in a channel of 0, 3, 6, 9 and 12 dB, 20,000 draws each, by NumPy:
///
/// ```python
/// tx, n = np.repeat([0, 2], 4), 3   # the row's antennas by chirp; np.repeat([0, 1], 4), 2 for two transmitters
/// s = 10**(db/20) * np.exp(-1j*np.pi*np.arange(8)*0.25) + noise   # unit power, complex
/// peaks = [abs(np.fft.fft(np.conj(s*np.exp(-2j*np.pi*k*tx/n)), 64, axis=1)).max(1) for k in range(-(n//2), n-n//2)]
/// wrong = (np.argmax(peaks, 0) != n//2).mean()
/// ```
const WRONG: [(usize, [f64; 5]); 2] = [(3, [0.3506, 0.1709, 0.05, 0.0044, 0.0]), (2, [0.179, 0.0482, 0.005, 0.0, 0.0])];

#[test]
fn what_resolving_costs_at_low_signal_to_noise_ratio() {
    const TRIALS: u64 = 400;
    // Short chirps: noise is all that takes time.
    const SAMPLES: usize = 32;
    for (n_tx, want) in WRONG {
        let info = if n_tx == 3 { iwr1443() } else { two_transmitters() };
        // In the middle of a Doppler bin and of a range bin; without tapers the ratio in the cell is samples times that of a sample.
        let velocity = 2.0 * info.doppler_bin_mps(16, SAMPLES);
        let range = 12.0 * info.range_bin_m(SAMPLES);
        let clean = cube(&info, 1, 16, SAMPLES, &[target(range, 0.25, 0.0, velocity)]);
        let config = DetectConfig {
            range_window: Window::Rectangular,
            doppler_window: Window::Rectangular,
            range_fft: Some(SAMPLES),
            group_doppler: false,
            first_range_bin: 12,
            last_range_bin: Some(12),
            field_of_view: FieldOfView { range_m: Some([range - 0.01, range + 0.01]), ..FieldOfView::default() },
            range_cfar: kinecho::dsp::cfar::CfarConfig { threshold_db: 0.0, ..DetectConfig::default().range_cfar },
            ..resolved()
        };
        for (db, want) in [0.0, 3.0, 6.0, 9.0, 12.0].into_iter().zip(want) {
            let deviation = (0.5 * 16.0 * SAMPLES as f64 / 10f64.powf(db / 10.0)).sqrt() as f32;
            let (mut wrong, mut seen) = (0, 0);
            for seed in 0..TRIALS {
                let points = detect(&noisy(clean.clone(), deviation, seed), &config).unwrap().frames.remove(0).points;
                // The cell of the target in whatever span.
                let span = 16.0 * info.doppler_bin_mps(16, SAMPLES);
                let of_cell = |p: &&Point| {
                    let spans = (p.velocity_mps - velocity) / span;
                    (spans - spans.round()).abs() < 0.01
                };
                if let Some(point) = points.iter().find(of_cell) {
                    seen += 1;
                    wrong += u32::from((point.velocity_mps - velocity).abs() > 1.0);
                }
            }
            let share = f64::from(wrong) / f64::from(seen);
            println!(
                "{n_tx} transmitters, {db} dB in a channel's cell: {:.1} % wrong of {seen} seen; NumPy {:.1} %",
                100.0 * share,
                100.0 * want
            );
            // Four standard deviations; weak cells that CFAR drops are a little oftener wrong ones.
            let spread = (want * (1.0 - want) / f64::from(seen)).sqrt();
            assert!((share - want).abs() < 4.0 * spread + 0.01, "{n_tx} transmitters, {db} dB: {share} for {want}");
        }
    }
}

#[test]
fn limits_of_velocity_hold_for_what_is_resolved_and_other_radars_are_refused() {
    let truth = noisy(cube(&iwr1443(), 1, 16, 240, &[target(3.0, 0.0, 0.0, 9.0)]), 0.1, 2);
    let within = |low, high| {
        let field_of_view = FieldOfView { velocity_mps: Some([low, high]), ..FieldOfView::default() };
        let cloud = detect(&truth, &DetectConfig { field_of_view, ..resolved() }).unwrap();
        assert_eq!(cloud.doppler_bins, 48);
        cloud.frames[0].points.iter().any(|p| (p.velocity_mps - 9.0).abs() < 0.5)
    };
    assert!(within(8.0, 10.0) && !within(-5.0, 5.0));
    let mut at_once = iwr1443();
    at_once.time_multiplexed = false;
    let mut alone = iwr1443();
    alone.tx_m.truncate(1);
    // Two transmitters of which one is raised: the azimuth row has no turn.
    let mut raised = two_transmitters();
    raised.tx_m[1] = iwr1443().tx_m[1];
    for (info, word) in [(at_once, "take turns"), (alone, "take turns"), (raised.clone(), "one transmitter")] {
        let cube = cube(&info, 1, 16, 240, &[target(3.0, 0.0, 0.0, 1.0)]);
        let error = detect(&cube, &resolved()).unwrap_err().to_string();
        assert!(error.contains("extended_max_velocity") && error.contains(word), "{error}");
        let problems = resolved().problems_for(&info, 16, 240);
        assert!(problems.iter().any(|p| p.key == "extended_max_velocity"), "{problems:?}");
    }
    let all = DetectConfig { angles: Some(AngleMethod::Beamformer), ..resolved() };
    assert!(all.problems_for(&raised, 16, 240).is_empty());
}
