//! Laws of a continuous-wave Doppler radar.

use crate::scenes::{Swinging, bare, db, moved, point};
use kinecho::base::constants::{BOLTZMANN, NOISE_TEMPERATURE, SPEED_OF_LIGHT};
use kinecho::base::random::RandomTree;
use kinecho::base::{Complex64, Vec3};
use kinecho::body::{BodyModel, BodyShape};
use kinecho::dsp::micro_doppler::{MicroDopplerConfig, micro_doppler};
use kinecho::geometry::{MovingMesh, primitives};
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Performer, Placement};
use kinecho::propagation::budget::point_gain;
use kinecho::propagation::split::Part;
use kinecho::sensor::receiver::ReceiverSpec;
use kinecho::sensor::sounding::{Comb, Ends, Eyes, Shot, Shots, Sounding, Tones};
use kinecho::sensor::{CwRadar, RadarPose, Sensor};
use kinecho::signal::Iq;
use kinecho::sim::engine::{FrameProblem, PointMotion};
use kinecho::sim::surface::{Facet, Patch, Surface};
use kinecho::sim::{Engine, Job, PointTarget, SimError, SimSettings, Simulator, Visibility};
use std::f64::consts::{PI, TAU};

fn preset(name: &str) -> CwRadar {
    match Sensor::preset(name).unwrap() {
        Sensor::Cw(radar) => radar,
        Sensor::Fmcw(radar) => panic!("{} is no CW radar", radar.name),
    }
}

/// Both antennas in the origin, without a pattern.
fn single() -> CwRadar {
    CwRadar { tx_m: [0.0; 3], rx_m: vec![[0.0; 3]], pattern: None, ..preset("k_lc5") }
}

/// The samples of the first receiver, in double precision.
fn samples(radar: &CwRadar, settings: SimSettings, job: &Job) -> Vec<Complex64> {
    let got = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap().run_exactly(job).unwrap();
    got.data.outer_iter().flat_map(|frame| frame.outer_iter().map(|s| s[[0, 0, 0]]).collect::<Vec<_>>()).collect()
}

fn iq(radar: &CwRadar, settings: SimSettings, job: &Job) -> Iq {
    let got = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap().run_job(job).unwrap();
    got.signal.iq().unwrap().clone()
}

/// A mesh on a straight way.
struct Gliding {
    mesh: kinecho::geometry::Mesh,
    velocity: Vec3,
}

impl MovingMesh for Gliding {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        out.iter_mut().zip(&self.mesh.vertices).for_each(|(o, v)| *o = v + self.velocity * time_s);
    }
}

/// A square plate that faces the radar from `range_m`.
fn plate(side_m: f64, range_m: f64) -> kinecho::geometry::Mesh {
    moved(primitives::plate(side_m, side_m, 1), Vec3::new(0.0, range_m, 0.0))
}

fn walker(range_m: f64) -> Performer {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let score = ScoreBook::builtin().get("walk_forward_backward").unwrap();
    let rendition = Rendition::draw(score, &mut RandomTree::new(3).stream(0, "rendition"));
    let clip = score.play(&body.skeleton, &rendition, 4.0, 120.0).unwrap();
    Performer::new(body, clip, Placement { position: Vec3::new(0.0, range_m, -1.0), facing_rad: 0.0 }).unwrap()
}

#[test]
fn a_moving_point_has_the_phase_of_its_distance() {
    let radar = single();
    let velocity = 1.7;
    let points = [point([0.0, 2.5, 0.0], [0.0, velocity, 0.0])];
    for engine in Engine::ALL {
        let settings = SimSettings { engine, ..bare() };
        let got = samples(&radar, settings, &Job { points: &points, n_frames: 3, ..Job::default() });
        assert_eq!(got.len(), 120);
        for (i, z) in got.iter().enumerate() {
            let range = 2.5 + velocity * i as f64 / radar.sample_rate_hz;
            let want = Complex64::from_polar(range.powi(-2), 4.0 * PI * range / radar.wavelength_m());
            let phase = (z * want.conj()).arg();
            assert!(
                phase.abs() < 1e-9 && (z.norm() / want.norm() - 1.0).abs() < 1e-9,
                "{engine:?}, sample {i}: {phase}"
            );
        }
    }
}

#[test]
fn the_doppler_of_a_plate_is_twice_its_speed_over_the_wavelength_and_positive_when_it_recedes() {
    let radar = preset("k_lc5");
    for speed in [1.2, -0.8] {
        let plate = Gliding { mesh: plate(0.3, 3.0), velocity: Vec3::new(0.0, speed, 0.0) };
        let meshes: [&dyn MovingMesh; 1] = [&plate];
        let iq = iq(&radar, SimSettings::default(), &Job { meshes: &meshes, n_frames: 50, ..Job::default() });
        assert_eq!((iq.data.dim(), iq.duration_s()), ((1, 2000), 1.0));
        let config = MicroDopplerConfig { window_s: Some(0.5), ..MicroDopplerConfig::default() };
        let map = micro_doppler(&iq, &config).unwrap();
        let bin = radar.wavelength_m() / 2.0 / 0.5;
        for column in map.data.columns() {
            let best = (0..map.velocity.len).max_by(|a, b| column[*a].total_cmp(&column[*b])).unwrap();
            let got = map.velocity.value(best);
            assert!((got - speed).abs() < 0.5 * bin, "{got} instead of {speed} m/s in bins of {bin} m/s");
        }
    }
}

#[test]
fn a_plate_and_a_point_obey_the_radar_equation() {
    let radar = preset("k_ld2");
    let (range, side) = (10.0, 0.1);
    let wavelength = radar.wavelength_m();
    // EIRP 12 dBm and a receive antenna of 8.6 dBi: data sheet.
    let budget = |rcs: f64| {
        12.0 - 30.0 + 8.6 + 10.0 * (wavelength.powi(2) * rcs / (4.0 * PI).powi(3)).log10() - 40.0 * f64::log10(range)
    };
    let plate = Gliding { mesh: plate(side, range), velocity: Vec3::zeros() };
    let meshes: [&dyn MovingMesh; 1] = [&plate];
    let got = samples(&radar, SimSettings::default(), &Job { meshes: &meshes, n_frames: 1, ..Job::default() });
    let want = budget(4.0 * PI * side.powi(4) / wavelength.powi(2));
    println!("plate: {:.3} dBW, {want:.3} dBW by the radar equation", db(got[0].norm()));
    assert!((db(got[0].norm()) - want).abs() < 0.1);
    let points = [PointTarget { gain: point_gain(1.0, wavelength), ..point([0.0, range, 0.0], [0.0; 3]) }];
    let got = samples(&radar, SimSettings::default(), &Job { points: &points, n_frames: 1, ..Job::default() });
    assert!((db(got[0].norm()) - budget(1.0)).abs() < 0.01, "{} instead of {}", db(got[0].norm()), budget(1.0));
    // At half the width of the vertical beam, 3 dB less on both ways.
    let (sin, cos) = 17_f64.to_radians().sin_cos();
    let points = [PointTarget { position: Vec3::new(0.0, range * cos, range * sin), ..points[0] }];
    let got = samples(&radar, SimSettings::default(), &Job { points: &points, n_frames: 1, ..Job::default() });
    assert!((db(got[0].norm()) - budget(1.0) + 6.0).abs() < 0.02, "{}", db(got[0].norm()) - budget(1.0));
}

/// Bessel's J_n(x), by its series (DLMF 10.2.2).
fn bessel(n: i32, x: f64) -> f64 {
    let order = n.unsigned_abs();
    let mut term = (1..=order).fold(1.0, |t, k| t * 0.5 * x / f64::from(k));
    let mut sum = 0.0;
    for k in 0..40 {
        sum += term;
        term *= -0.25 * x * x / (f64::from(k + 1) * f64::from(k + 1 + order as i32));
    }
    if n < 0 && order % 2 == 1 { -sum } else { sum }
}

#[test]
fn a_vibrating_plate_has_bessels_lines() {
    let radar = single();
    let (range, amplitude, rate) = (5.0, 0.002, 25.0);
    let plate = Swinging { mesh: plate(0.01, range), swing: Vec3::new(0.0, amplitude, 0.0), rate_hz: rate };
    let meshes: [&dyn MovingMesh; 1] = [&plate];
    let beta = 4.0 * PI * amplitude / radar.wavelength_m();
    // A second: whole periods of the vibration.
    for (engine, sampling) in [(Engine::Exact, bare().sampling), (Engine::Fast, SimSettings::default().sampling)] {
        let settings = SimSettings { engine, sampling, sampling_nodes: 8, ..bare() };
        let got = samples(&radar, settings, &Job { meshes: &meshes, n_frames: 50, ..Job::default() });
        let line = |n: i32| -> Complex64 {
            let turn =
                |i: usize| Complex64::from_polar(1.0, -TAU * f64::from(n) * rate * i as f64 / radar.sample_rate_hz);
            got.iter().enumerate().map(|(i, z)| z * turn(i)).sum::<Complex64>() / got.len() as f64
        };
        let carrier = Complex64::from_polar(1e-4 / range.powi(2), 4.0 * PI * range / radar.wavelength_m());
        for n in -4..=4 {
            let error = (line(n) / carrier - bessel(n, beta)).norm();
            // The amplitude goes with 1/R², 2 · 2 mm / 5 m; the plate is not quite a point.
            assert!(error < 1.2e-3, "{engine:?}, line {n}: off by {error} of J = {}", bessel(n, beta));
        }
    }
    assert!((bessel(0, 2.0) - 0.223_890_779_1).abs() < 1e-10 && (bessel(-1, 2.0) + 0.576_724_807_8).abs() < 1e-10);
}

#[test]
fn exchanging_transmitter_and_receiver_changes_nothing() {
    let radar = CwRadar { tx_m: [0.3, 0.0, 0.1], rx_m: vec![[-0.2, 0.0, 0.0]], ..single() };
    let swapped = CwRadar { tx_m: radar.rx_m[0], rx_m: vec![radar.tx_m], ..radar.clone() };
    let ball = Swinging {
        mesh: moved(primitives::icosphere(0.1, 2), Vec3::new(0.2, 1.5, 0.1)),
        swing: Vec3::new(0.0, 0.1, 0.0),
        rate_hz: 1.0,
    };
    let meshes: [&dyn MovingMesh; 1] = [&ball];
    let job = Job { meshes: &meshes, n_frames: 3, ..Job::default() };
    let settings = SimSettings { engine: Engine::Fast, sigma_rad: 0.3, ..bare() };
    let (a, b) = (samples(&radar, settings, &job), samples(&swapped, settings, &job));
    let level = a.iter().map(|z| z.norm()).fold(0.0, f64::max);
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).norm() < 1e-10 * level));
}

#[test]
fn the_fast_engine_is_within_1e_5_of_the_exact_one_on_somebody_who_walks() {
    let person = walker(3.0);
    let meshes: [&dyn MovingMesh; 1] = [&person];
    let job = Job { meshes: &meshes, n_frames: 10, first_frame: 40, ..Job::default() };
    for radar in [preset("k_lc5"), CwRadar { sample_rate_hz: 500.0, carrier_hz: 77e9, ..preset("k_lc5") }] {
        let with = |engine| samples(&radar, SimSettings { engine, ..SimSettings::default() }, &job);
        let (fast, exact) = (with(Engine::Fast), with(Engine::Exact));
        let energy = |z: &mut dyn Iterator<Item = Complex64>| z.map(|z| z.norm_sqr()).sum::<f64>();
        let error = energy(&mut fast.iter().zip(&exact).map(|(a, b)| a - b)) / energy(&mut exact.iter().copied());
        println!("{} GHz: relative rms error {:.1e}", 1e-9 * radar.carrier_hz, error.sqrt());
        assert!(error.sqrt() < 1e-5, "{}", error.sqrt());
    }
}

#[test]
fn the_strongest_line_of_somebody_who_walks_is_the_speed_of_the_torso() {
    let person = walker(3.5);
    let radar = preset("k_lc5");
    let meshes: [&dyn MovingMesh; 1] = [&person];
    let tree = RandomTree::new(1);
    let iq = iq(
        &radar,
        SimSettings::default(),
        &Job { meshes: &meshes, n_frames: 150, noise: Some(&tree), ..Job::default() },
    );
    let map = micro_doppler(
        &iq,
        &MicroDopplerConfig { window_s: Some(0.2), hop_s: Some(0.05), ..MicroDopplerConfig::default() },
    )
    .unwrap();
    let middle = |t: f64| {
        let mut vertices = vec![Vec3::zeros(); person.vertex_count()];
        person.vertices_at(t, &mut vertices);
        (vertices.iter().sum::<Vec3>() / vertices.len() as f64).norm()
    };
    let (mut errors, mut fastest) = (Vec::new(), 0.0_f64);
    for (i, column) in map.data.columns().into_iter().enumerate() {
        let t = map.time.value(i);
        let speed = (middle(t + 0.05) - middle(t - 0.05).max(0.0)) / 0.1;
        let best = (0..map.velocity.len).max_by(|a, b| column[*a].total_cmp(&column[*b])).unwrap();
        if speed.abs() > 0.5 {
            errors.push((map.velocity.value(best) - speed).abs());
        }
        fastest = fastest.max(speed.abs());
    }
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    println!(
        "up to {fastest:.2} m/s; the strongest line is {median:.3} m/s off in the median of {} columns",
        errors.len()
    );
    assert!(errors.len() > 20 && median < 0.15, "{median} m/s off");
}

#[test]
fn noise_is_ktbf_and_neither_threads_nor_the_cut_into_jobs_change_a_bit() {
    let radar = CwRadar { sample_rate_hz: 1000.0, ..preset("k_lc5") };
    let tree = RandomTree::new(8);
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), SimSettings::default()).unwrap();
    let quiet = simulator.run(&[], 1000, Some(&tree)).unwrap();
    let data = &quiet.signal.iq().unwrap().data;
    let power = data.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / data.len() as f64;
    let want = BOLTZMANN * NOISE_TEMPERATURE * 1000.0 * 10f64.powf(4.06);
    assert!((power / want - 1.0).abs() < 4.0 / (data.len() as f64).sqrt(), "{} of kTBF", power / want);
    let ball = Swinging {
        mesh: moved(primitives::icosphere(0.1, 2), Vec3::new(0.2, 1.5, 0.1)),
        swing: Vec3::new(0.0, 0.1, 0.0),
        rate_hz: 1.0,
    };
    let run = |threads: usize, first_frame: usize, n_frames: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let meshes: [&dyn MovingMesh; 1] = [&ball];
        let job = Job { meshes: &meshes, n_frames, first_frame, noise: Some(&tree), ..Job::default() };
        pool.install(|| simulator.run_job(&job).unwrap().signal.iq().unwrap().clone())
    };
    let whole = run(1, 0, 5);
    let (head, tail) = (run(2, 0, 2), run(2, 2, 3));
    let joined: Vec<_> = head.data.iter().chain(&tail.data).copied().collect();
    assert_eq!(whole.data.iter().copied().collect::<Vec<_>>(), joined);
    assert_eq!((tail.info.start_s, tail.data.ncols()), (0.04, 60));
}

#[test]
fn frames_leave_no_seams_in_a_signal() {
    let person = walker(3.0);
    let radar = preset("k_lc5");
    let meshes: [&dyn MovingMesh; 1] = [&person];
    let got = samples(
        &radar,
        SimSettings::default(),
        &Job { meshes: &meshes, n_frames: 60, first_frame: 20, ..Job::default() },
    );
    let steps: Vec<f64> = got.windows(3).map(|w| (w[2] - w[1] * 2.0 + w[0]).norm()).collect();
    let per_frame = radar.samples_per_look();
    let mean = |seam: bool| {
        let chosen = steps.iter().enumerate().filter(|(i, _)| ((i + 2) % per_frame < 2) == seam).map(|(_, s)| s * s);
        (chosen.clone().sum::<f64>() / chosen.count() as f64).sqrt()
    };
    println!("second differences: {:.2e} at seams, {:.2e} elsewhere", mean(true), mean(false));
    assert!(mean(true) < 1.3 * mean(false));
}

#[test]
fn a_module_with_one_output_sees_both_directions_alike_and_imbalance_mirrors_a_little() {
    let points = [PointTarget { gain: 1.0, ..point([0.0, 3.0, 0.0], [0.0, 1.0, 0.0]) }];
    let job = Job { points: &points, n_frames: 50, ..Job::default() };
    let sides = |iq: &Iq| {
        let config = MicroDopplerConfig { window_s: Some(0.9), remove_static: false, ..MicroDopplerConfig::default() };
        let map = micro_doppler(iq, &config).unwrap();
        let at = |v: f64| f64::from(map.data[[map.velocity.nearest(v).unwrap(), 0]]);
        at(1.0) - at(-1.0)
    };
    assert!(sides(&iq(&single(), bare(), &job)) > 80.0);
    assert!(sides(&iq(&CwRadar { quadrature: false, ..single() }, bare(), &job)).abs() < 0.1);
    let receiver: ReceiverSpec = serde_yaml::from_str("iq: {gain_db: 1.0, phase_deg: 5, offset_dbm: -60}").unwrap();
    let simulator = Simulator::new(single(), RadarPose::default(), bare()).unwrap().with_receiver(receiver).unwrap();
    let got = simulator.run_job(&job).unwrap();
    // Lines of (1 + g exp(−jφ))/2 and of the conjugate of (1 − g exp(jφ))/2.
    let g = Complex64::from_polar(10f64.powf(1.0 / 20.0), 5_f64.to_radians());
    let want = db((1.0 + g.conj()).norm() / (1.0 - g).norm());
    let got = sides(got.signal.iq().unwrap());
    assert!((got - want).abs() < 0.2, "{got} instead of {want} dB");
}

#[test]
fn impossible_radars_are_refused_with_all_their_problems() {
    let wrong = CwRadar { sample_rate_hz: f64::NAN, carrier_hz: 1.0, rx_m: vec![[99.0, 0.0, 0.0]], ..single() };
    let message = Simulator::new(wrong, RadarPose::default(), SimSettings::default()).unwrap_err().to_string();
    for key in ["carrier_hz: 1 given", "sample_rate_hz: NaN given", "rx_m.0: [99.0, 0.0, 0.0] given"] {
        assert!(message.contains(key), "{key} in {message}");
    }
    let receiver: ReceiverSpec =
        serde_yaml::from_str("phase_noise: {offsets_hz: [1e4], levels_dbc_per_hz: [-80]}\niq: {gain_db: 99}").unwrap();
    let simulator = Simulator::new(single(), RadarPose::default(), SimSettings::default()).unwrap();
    let message = simulator.with_receiver(receiver).unwrap_err().to_string();
    assert!(message.contains("phase noise cancels") && message.contains("iq.gain_db: 99 given"), "{message}");
    let message = Sensor::preset("k_lc9").unwrap_err().to_string();
    assert!(message.contains("awr1843") && message.contains("k_lc5"), "{message}");
}

/// Three points on straight ways.
struct Points;

impl PointMotion for Points {
    fn point_count(&self) -> usize {
        3
    }
    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        for (i, o) in out.iter_mut().enumerate() {
            let x = i as f64;
            *o = Vec3::new(0.4 * x, 2.0 + 0.7 * x + (0.5 - x) * time_s, 0.1 * x);
        }
        Ok(())
    }
}

#[test]
fn a_comb_at_any_times_between_any_antennas_is_the_closed_form() {
    let comb = Comb { first_hz: 5.18e9, step_hz: 1.25e6, count: 30 };
    let shots: Vec<Shot> =
        [0.0, 0.0011, 0.0042, 0.0113].iter().flat_map(|&time_s| (0..2).map(move |tx| Shot { time_s, tx })).collect();
    let shots: Vec<Shot> =
        shots.iter().copied().chain((0..6).map(|i| Shot { time_s: 0.02 + 0.003 * f64::from(i), tx: 0 })).collect();
    let ends = Ends {
        tx: vec![Vec3::zeros(), Vec3::new(0.03, 0.0, 0.0)],
        rx: vec![Vec3::new(3.0, 1.0, 0.2), Vec3::new(3.03, 1.0, 0.2), Vec3::new(3.06, 1.0, 0.2)],
        eyes: Eyes::Two,
    };
    let sounding = Sounding {
        tones: Tones::Comb(comb),
        shots: Shots::Listed(shots.clone()),
        ends,
        period_s: 0.1,
        continuous: false,
    };
    assert_eq!(sounding.shape(), [14, 1, 3, 30]);
    let mut surface = Surface::default();
    for i in 0..3 {
        surface.facets.push(Facet { corners: [i; 3], point_gain: Some(0.1 + f64::from(i)) });
        surface.patches.push(Patch { facet: i, part: Part::POINT });
    }
    for engine in Engine::ALL {
        let problem = FrameProblem {
            sounding: &sounding,
            start_s: 0.4,
            surface: &surface,
            motion: &Points,
            lobe_exponent: 0.0,
            oblique: false,
            intra_chirp: false,
            bundle_tolerance: 0.0,
            high_pass: Default::default(),
            width: Default::default(),
        };
        let mut out = vec![Complex64::new(0.0, 0.0); sounding.shape().iter().product()];
        engine.synthesise(&problem, &mut out).unwrap();
        let mut places = [Vec3::zeros(); 3];
        for (i, shot) in shots.iter().enumerate() {
            Points.positions_at(0.4 + shot.time_s, &mut places).unwrap();
            for (l, rx) in sounding.ends.rx.iter().enumerate() {
                for n in 0..30 {
                    let echo = |(p, place): (usize, &Vec3)| {
                        let (there, back) = ((place - sounding.ends.tx[shot.tx]).norm(), (place - rx).norm());
                        let cycles = (5.18e9 + 1.25e6 * n as f64) * (there + back) / SPEED_OF_LIGHT;
                        Complex64::from_polar((0.1 + p as f64) / (there * back), TAU * cycles)
                    };
                    let want: Complex64 = places.iter().enumerate().map(echo).sum();
                    let got = out[(i * 3 + l) * 30 + n];
                    assert!((got - want).norm() < 1e-9, "{engine:?}, shot {i}, rx {l}, tone {n}: {got} and {want}");
                }
            }
        }
    }
}

#[test]
fn what_is_hidden_does_not_reflect_and_comes_in_without_a_step() {
    // A plate behind a wall that glides away: dark, then bright.
    let screen = Gliding { mesh: plate(0.6, 1.5), velocity: Vec3::new(1.5, 0.0, 0.0) };
    let target = Gliding { mesh: plate(0.2, 3.0), velocity: Vec3::new(0.0, 0.5, 0.0) };
    let settings = SimSettings { visibility: Visibility::Raycast, ..SimSettings::default() };
    let run =
        |meshes: &[&dyn MovingMesh]| samples(&single(), settings, &Job { meshes, n_frames: 40, ..Job::default() });
    let (both, alone) = (run(&[&screen, &target]), run(&[&screen]));
    let echo: Vec<f64> = both.iter().zip(&alone).map(|(a, b)| (a - b).norm()).collect();
    let most = echo.iter().copied().fold(0.0, f64::max);
    assert!(echo[0] < 1e-12 * most && echo[echo.len() - 1] > 0.5 * most);
    let step = echo.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f64::max);
    assert!(step < 0.1 * most, "a step of {} of the echo", step / most);
}
