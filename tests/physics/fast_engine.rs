//! The fast engine against the exact one.

use kinecho::base::{Complex64, Vec3};
use kinecho::geometry::{MovingMesh, primitives};
use kinecho::propagation::FacetRule;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::fast::Width;
use kinecho::sim::reference::{compare_with, read_folder};
use kinecho::sim::{Calibration, Engine, Job, PointTarget, Sampling, SimSettings, Simulator, Visibility};
use ndarray::Array5;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::path::Path;

/// What the fast engine promises.
const BOUND: f64 = 1e-5;

fn error(got: &Array5<Complex64>, want: &Array5<Complex64>) -> f64 {
    let (mut difference, mut size) = (0.0, 0.0);
    for (g, w) in got.iter().zip(want) {
        difference += (g - w).norm_sqr();
        size += w.norm_sqr();
    }
    (difference / size).sqrt()
}

fn both(radar: &FmcwRadar, settings: SimSettings, job: &Job) -> f64 {
    let run = |engine| {
        let settings = SimSettings { engine, bundle_tolerance: 0.0, ..settings };
        Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap().run_exactly(job).unwrap().data
    };
    error(&run(Engine::Fast), &run(Engine::Exact))
}

/// A mesh that swings about the x axis.
#[derive(Debug)]
struct Swinging {
    mesh: kinecho::geometry::Mesh,
    centre: Vec3,
    amplitude_rad: f64,
    rate_hz: f64,
}

impl MovingMesh for Swinging {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let angle = self.amplitude_rad * (std::f64::consts::TAU * self.rate_hz * time_s + 0.4).sin();
        let turn = kinecho::base::Rotation::from_axis_angle(&Vec3::x_axis(), angle);
        for (o, v) in out.iter_mut().zip(&self.mesh.vertices) {
            // Hung up by its upper end.
            *o = self.centre + turn * (v - Vec3::new(0.0, 0.0, 0.3));
        }
    }
}

fn radar(loops: usize, samples: usize) -> FmcwRadar {
    FmcwRadar { loops_per_frame: loops, samples_per_chirp: samples, ..FmcwRadar::preset("awr1843").unwrap() }
}

fn swinging(segments: usize) -> Swinging {
    Swinging {
        mesh: primitives::capsule(0.05, 0.5, segments),
        centre: Vec3::new(0.2, 2.5, 0.3),
        amplitude_rad: 0.6,
        rate_hz: 1.5,
    }
}

#[test]
fn golden_cases_are_met_at_every_width() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [Some(root.join("tests/golden/reference")), super::needs::reference()].into_iter().flatten() {
        for case in read_folder(&folder).unwrap() {
            let case = case.unwrap();
            for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
                let settings = SimSettings { width, ..case.settings(Engine::Fast) };
                let result = compare_with(&case, settings).unwrap();
                let (name, error) = (&result.name, result.relative_rms_error);
                println!("{name:32} {width:?} error {error:.2e}, {} patches, {:.3} s", result.patches, result.seconds);
                assert!(error < BOUND, "{name} with {width:?}: {error:e}");
            }
        }
    }
}

#[test]
fn a_swinging_capsule_is_met_with_both_rules_and_samplings() {
    let capsule = swinging(10);
    for rule in [FacetRule::Centre, FacetRule::Integral] {
        for sampling in [Sampling::EveryChirp, Sampling::Chebyshev] {
            for sigma_rad in [0.0, 0.3] {
                let settings = SimSettings { facet_rule: rule, sampling, sigma_rad, ..SimSettings::default() };
                let job = Job { meshes: &[&capsule], n_frames: 1, ..Job::default() };
                let error = both(&radar(20, 128), settings, &job);
                println!("{rule:?}, {sampling:?}, sigma {sigma_rad}: error {error:.2e}");
                assert!(error < BOUND, "{rule:?}, {sampling:?}, sigma {sigma_rad}: {error:e}");
            }
        }
    }
}

#[test]
fn any_size_of_frame_is_met() {
    let sphere = Swinging { mesh: primitives::icosphere(0.1, 1), ..swinging(3) };
    for (loops, samples, simultaneous) in
        [(1, 256, false), (1, 1, true), (2, 3, false), (17, 100, true), (33, 64, false), (16, 255, true)]
    {
        let radar = FmcwRadar { time_multiplexed: !simultaneous, ..radar(loops, samples) };
        let settings = SimSettings { visibility: Visibility::All, drop_beyond_range: false, ..SimSettings::default() };
        let job = Job { meshes: &[&sphere], n_frames: 2, ..Job::default() };
        let error = both(&radar, settings, &job);
        println!("{loops} loops, {samples} samples, simultaneous {simultaneous}: error {error:.2e}");
        assert!(error < BOUND, "{loops} loops, {samples} samples, simultaneous {simultaneous}: {error:e}");
    }
}

/// A sphere that is half a metre further in the first half of a frame and half a metre nearer in the second, but at its place at the
/// beginning, in the middle and at the end, where the engine surveys the ranges.
struct Darting(kinecho::geometry::Mesh, f64);

impl MovingMesh for Darting {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let away = Vec3::y() * (3.0 + 0.5 * (std::f64::consts::TAU * time_s / self.1).sin());
        out.iter_mut().zip(&self.0.vertices).for_each(|(o, v)| *o = v + away);
    }
}

#[test]
fn motion_that_the_survey_does_not_see_is_met() {
    let radar = radar(32, 256);
    let ramps = 32 * radar.n_tx();
    let active_s = (ramps - 1) as f64 * radar.chirp_period_s();
    let sphere = Darting(primitives::icosphere(0.1, 2), active_s);
    let settings = SimSettings { sampling: Sampling::EveryChirp, ..SimSettings::default() };
    let error = both(&radar, settings, &Job { meshes: &[&sphere], n_frames: 1, ..Job::default() });
    println!("a sphere that darts to and fro: error {error:.2e}");
    assert!(error < BOUND, "{error:e}");
}

#[test]
fn antennas_metres_apart_and_targets_beyond_the_grid_are_met() {
    let capsule = swinging(16);
    let wide = FmcwRadar { tx_m: vec![[0.0; 3], [9.0, 0.0, 0.0]], rx_m: vec![[0.0; 3]], ..radar(16, 256) };
    let settings = SimSettings { drop_beyond_range: false, ..SimSettings::default() };
    let far = Swinging { centre: Vec3::new(0.0, 1e8, 0.0), ..swinging(8) };
    let all = SimSettings { visibility: Visibility::All, ..settings };
    for (name, radar, settings, mesh) in
        [("transmitters 9 m apart", wide, settings, &capsule), ("a target at 100,000 km", radar(16, 64), all, &far)]
    {
        let error = both(&radar, settings, &Job { meshes: &[mesh], n_frames: 1, ..Job::default() });
        println!("{name}: error {error:.2e}");
        assert!(error < BOUND, "{name}: {error:e}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let capsule = swinging(8);
    let settings = SimSettings { engine: Engine::Fast, ..SimSettings::default() };
    let simulator = Simulator::new(radar(40, 64), RadarPose::default(), settings).unwrap();
    let job = Job { meshes: &[&capsule], n_frames: 2, ..Job::default() };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulator.run_exactly(&job).unwrap().data)
    };
    assert!(run(1) == run(3));
}

fn target() -> impl Strategy<Value = PointTarget> {
    let place = (-3.0..3.0, 0.05..9.0, -2.0..2.0);
    let velocity = (-8.0..8.0, -8.0..8.0, -8.0..8.0);
    (place, velocity, 0.01..1.0).prop_map(|(p, v, gain)| PointTarget {
        position: Vec3::new(p.0, p.1, p.2),
        velocity: Vec3::new(v.0, v.1, v.2),
        acceleration: Vec3::zeros(),
        gain,
    })
}

/// A swinging sphere or capsule of at least 100 facets.
fn mesh() -> impl Strategy<Value = Swinging> {
    let place = (-1.5..1.5, 1.0..8.0, -1.0..1.0);
    (any::<bool>(), 0.03..0.3, place, 0.0..1.5, 0.1..3.0).prop_map(|(round, size, place, amplitude_rad, rate_hz)| {
        let mesh = if round { primitives::icosphere(size, 2) } else { primitives::capsule(0.3 * size, 2.0 * size, 10) };
        Swinging { mesh, centre: Vec3::new(place.0, place.1, place.2), amplitude_rad, rate_hz }
    })
}

/// A radar with other frequencies, times and sizes, and an array up to thirty times as wide: near field, other cells in every
/// pair.
fn any_radar(most_loops: usize) -> impl Strategy<Value = FmcwRadar> {
    let spread = prop::sample::select(vec![1.0, 5.0, 30.0]);
    let band = (prop::sample::select(vec![24e9, 60e9, 77e9]), 10e12..80e12, 0.0..60e-6);
    (1..=most_loops, 1_usize..257, spread, any::<bool>(), band).prop_map(
        |(loops, samples, spread, time_multiplexed, (start_frequency_hz, chirp_slope_hz_per_s, idle_time_s))| {
            let mut radar = radar(loops, samples);
            radar.tx_m.iter_mut().chain(&mut radar.rx_m).for_each(|a| a.iter_mut().for_each(|x| *x *= spread));
            FmcwRadar { time_multiplexed, start_frequency_hz, chirp_slope_hz_per_s, idle_time_s, ..radar }
        },
    )
}

fn settings(residual_video_phase: bool) -> SimSettings {
    SimSettings {
        residual_video_phase,
        drop_beyond_range: false,
        calibration: Calibration::Unit,
        sampling: Sampling::EveryChirp,
        visibility: Visibility::All,
        ..SimSettings::default()
    }
}

fn random(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(random(32))]

    #[test]
    fn random_points_are_met(
        // Above and below what is left to the exact engine.
        points in prop_oneof![prop::collection::vec(target(), 1..12), prop::collection::vec(target(), 65..100)],
        radar in any_radar(40),
        residual_video_phase: bool,
    ) {
        let error = both(&radar, settings(residual_video_phase), &Job { points: &points, n_frames: 1, ..Job::default() });
        prop_assert!(error < BOUND, "{error:e}");
    }
}

proptest! {
    #![proptest_config(random(12))]

    #[test]
    fn random_meshes_are_met(
        swinging in mesh(),
        points in prop::collection::vec(target(), 0..4),
        radar in any_radar(24),
        residual_video_phase: bool,
    ) {
        let job = Job { meshes: &[&swinging], points: &points, n_frames: 1, ..Job::default() };
        let error = both(&radar, settings(residual_video_phase), &job);
        prop_assert!(error < BOUND, "{error:e}");
    }
}
