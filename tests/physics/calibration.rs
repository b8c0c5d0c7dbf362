//! Scenes for calibration against closed forms: points and corners of known cross section, things that move, and the truth about them.

use crate::scenes::db;
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::base::{Complex32, Vec3};
use kinecho::propagation::reflector::{Corner, CornerShape};
use kinecho::scene::{Scene, SceneDraw, SceneSpec, Truth, TruthClock};
use kinecho::sim::{Engine, SimSettings, Simulator, Visibility};
use ndarray::{Array5, s};
use std::f64::consts::{PI, TAU};
use std::path::Path;

/// One antenna at the origin, 1.2 m above the floor, and few samples.
const RADAR: &str =
    "radar: {preset: awr1843, with: {pattern: {}, high_pass: {}, tx_m: [[0, 0, 0]], rx_m: [[0, 0, 0]], loops_per_frame: 64, samples_per_chirp: 32}}
receiver: {thermal_noise: false}
";

fn drawn(objects: &str, duration_s: f64) -> (Scene, SceneDraw) {
    let yaml = format!("{RADAR}duration_s: {duration_s}\nobjects:\n{objects}");
    let spec: SceneSpec = Document::parse(&yaml, Path::new("scene.yaml")).unwrap().typed().unwrap();
    let scene = Scene::check(&spec, false).unwrap();
    let draw = scene.draw(&RandomTree::new(0), 0, &[], &[]).unwrap();
    (scene, draw)
}

fn plain() -> SimSettings {
    SimSettings { residual_video_phase: false, ..SimSettings::default() }
}

fn cube(draw: &SceneDraw, frames: usize, settings: SimSettings) -> Array5<Complex32> {
    let simulator = Simulator::new(draw.radar.clone(), draw.radar_pose, settings).unwrap();
    simulator.run_set(&draw.set().unwrap(), frames, None).unwrap().cube().unwrap().data.clone()
}

/// Received power, dBW: the mean over all samples, which of a single target all have one.
fn power_db(draw: &SceneDraw, settings: SimSettings) -> f64 {
    let data = cube(draw, 1, settings);
    let sum: f64 = data.iter().map(|z| f64::from(z.re).powi(2) + f64::from(z.im).powi(2)).sum();
    10.0 * (sum / data.len() as f64).log10()
}

/// The radar equation in decibels, written out: 12 dBm and twice 10 dBi of the preset.
fn radar_equation_db(rcs_m2: f64, wavelength: f64, range: f64) -> f64 {
    12.0 - 30.0 + 20.0 + 10.0 * rcs_m2.log10() + db(wavelength) - 30.0 * (4.0 * PI).log10() - 40.0 * range.log10()
}

fn wavelength(draw: &SceneDraw) -> f64 {
    SPEED_OF_LIGHT / draw.radar.device().sounding(true).centre_hz()
}

#[test]
fn a_point_of_stated_cross_section_obeys_the_radar_equation() {
    for (dbsm, x, y) in [(0.0, 0.0, 3.0), (-17.5, 0.8, 2.0), (20.0, -1.0, 5.0)] {
        let (_, draw) = drawn(&format!("  - {{rcs_dbsm: {dbsm}, x_m: {x}, y_m: {y}, z_m: 1.2}}"), 0.1);
        let got = power_db(&draw, plain());
        let want = radar_equation_db(10f64.powf(0.1 * dbsm), wavelength(&draw), f64::hypot(x, y));
        assert!((got - want).abs() < 1e-3, "{dbsm} dBsm: {got} dBW instead of {want} dBW");
    }
}

#[test]
fn corners_that_look_at_the_radar_return_their_peaks() {
    let a = 0.12_f64;
    // Peaks as in Knott, Shaeffer and Tuley, "Radar Cross Section", table 6.1.
    type Peak = fn(f64, f64) -> f64;
    let cases: [(&str, Peak); 3] = [
        ("{shape: trihedral, edge_m: 0.12}", |a, l| 4.0 * PI * a.powi(4) / (3.0 * l * l)),
        ("{shape: square_trihedral, edge_m: 0.12}", |a, l| 12.0 * PI * a.powi(4) / (l * l)),
        ("{shape: dihedral, edge_m: 0.12, length_m: 0.24}", |a, l| 8.0 * PI * (2.0 * a * a).powi(2) / (l * l)),
    ];
    for (corner, peak) in cases {
        let (_, draw) = drawn(&format!("  - {{corner: {corner}, x_m: 0, y_m: 4, z_m: 1.2}}"), 0.1);
        let want = radar_equation_db(peak(a, wavelength(&draw)), wavelength(&draw), 4.0);
        let got = power_db(&draw, plain());
        assert!((got - want).abs() < 1e-3, "{corner}: {got} dBW instead of {want} dBW");
        // Moved aside, it is turned and tilted towards the radar.
        let place = "x_m: 2, y_m: 2, z_m: 2.2, turn_deg: -45, tilt_deg: -19.471220634490691";
        let (_, draw) = drawn(&format!("  - {{corner: {corner}, {place}}}"), 0.1);
        let want = radar_equation_db(peak(a, wavelength(&draw)), wavelength(&draw), 3.0);
        let got = power_db(&draw, plain());
        assert!((got - want).abs() < 1e-3, "{corner} aside: {got} dBW instead of {want} dBW");
        let truth = draw.truth(TruthClock::Frame, 1).unwrap();
        let rcs = truth.array("object_0_rcs_m2").unwrap()[[0]];
        assert!((rcs / peak(a, wavelength(&draw)) - 1.0).abs() < 1e-9, "{corner}: the truth says {rcs} m²");
        let behind = place.replace("turn_deg: -45", "turn_deg: 135");
        let (_, draw) = drawn(&format!("  - {{corner: {corner}, {behind}}}"), 0.1);
        assert!(power_db(&draw, plain()) < -300.0, "{corner} looks away");
    }
}

/// Area, in squares of the edge, of the rays from `towards` that three plates send back, each once: rays on a grid, followed one by one.
fn traced_area(towards: Vec3, squares: bool) -> f64 {
    const N: i32 = 400;
    let edges = [0.0, 1.0, 2.0].map(|i: f64| {
        let (sin, cos) = (i * TAU / 3.0).sin_cos();
        Vec3::new(2f64.sqrt() * sin, -1.0, 2f64.sqrt() * cos) / 3f64.sqrt()
    });
    // In the frame of the edges plates lie in the coordinate planes.
    let towards = Vec3::new(edges[0].dot(&towards), edges[1].dot(&towards), edges[2].dot(&towards));
    let side = towards.cross(&Vec3::new(0.3, 0.5, 0.8)).normalize();
    let up = towards.cross(&side);
    let reach = 1.5;
    let mut back = 0;
    for (i, j) in (0..N).flat_map(|i| (0..N).map(move |j| (i, j))) {
        let at = |k: i32| reach * (2.0 * (f64::from(k) + 0.5) / f64::from(N) - 1.0);
        let (mut place, mut way, mut met) = (towards * 5.0 + side * at(i) + up * at(j), -towards, 0);
        let mut last = 3;
        for _ in 0..4 {
            let hit = |axis: usize| {
                let t = -place[axis] / way[axis];
                let point = place + way * t;
                let (u, v) = (point[(axis + 1) % 3], point[(axis + 2) % 3]);
                let inside = if squares { u <= 1.0 && v <= 1.0 } else { u + v <= 1.0 };
                (axis != last && t > 1e-9 && u >= 0.0 && v >= 0.0 && inside).then_some((axis, t))
            };
            let Some((axis, t)) = (0..3).filter_map(hit).min_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            place += way * t;
            way[axis] = -way[axis];
            (last, met) = (axis, met + 1);
        }
        back += i32::from(met == 3 && (way - towards).norm() < 1e-9);
    }
    f64::from(back) * (2.0 * reach / f64::from(N)).powi(2)
}

#[test]
fn off_their_axis_corners_return_what_rays_through_them_do() {
    for (shape, squares) in [(CornerShape::Trihedral, false), (CornerShape::SquareTrihedral, true)] {
        let corner = Corner { shape, edge_m: 1.0, length_m: 1.0 };
        for (turn, tilt) in [(0.0_f64, 0.0_f64), (15.0, 5.0), (-28.0, 10.0), (3.0, 40.0), (10.0, -30.0)] {
            let (turn, tilt) = (turn.to_radians(), tilt.to_radians());
            let towards = Vec3::new(turn.sin() * tilt.cos(), -turn.cos() * tilt.cos(), tilt.sin());
            let (got, want) = (corner.area_m2(towards, 0.004), traced_area(towards, squares));
            assert!((got - want).abs() < 0.02, "{shape:?} from {towards:?}: {got} instead of {want} by rays");
        }
    }
    // A dihedral: rays in the plane across the fold, by the widths of what each plate sends to the other.
    let corner = Corner { shape: CornerShape::Dihedral, edge_m: 1.0, length_m: 1.0 };
    let level = |degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        corner.area_m2(Vec3::new(sin, -cos, 0.0), 0.004)
    };
    assert!((level(0.0) - 2f64.sqrt()).abs() < 1e-12 && level(45.0) == 0.0 && level(70.0) == 0.0);
    // At 30° the nearer plate shows cos 75°; all that it gets goes over the other one, and as much comes the other way.
    assert!((level(30.0) - 2.0 * 75f64.to_radians().cos()).abs() < 1e-12 && level(30.0) == level(-30.0));
}

#[test]
fn what_stands_before_a_reflector_hides_it() {
    let corner = "  - {corner: {shape: trihedral, edge_m: 0.1}, x_m: 0, y_m: 4, z_m: 1.2}\n";
    let level = |y: f64, settings: SimSettings| {
        let absorber = format!("  - {{box_m: [0.4, 0.02, 0.4], x_m: 0.6, y_m: {y}, z_m: 1.0, turn_deg: 0}}\n");
        let (_, alone) = drawn(corner, 0.1);
        let moved = absorber.replace("x_m: 0.6", "x_m: 0");
        // The box alone, and both: the difference is the corner.
        let (_, screen) = drawn(&moved, 0.1);
        let (_, both) = drawn(&format!("{corner}{moved}"), 0.1);
        let (a, b, c) = (cube(&alone, 1, settings), cube(&screen, 1, settings), cube(&both, 1, settings));
        let rest = (&c - &b).iter().map(|z| z.norm_sqr()).sum::<f32>();
        rest / a.iter().map(|z| z.norm_sqr()).sum::<f32>()
    };
    assert!(level(2.0, plain()) < 1e-9, "{}", level(2.0, plain()));
    assert!((level(5.0, plain()) - 1.0).abs() < 1e-3, "a box behind it");
    let all = SimSettings { visibility: Visibility::All, ..plain() };
    assert!((level(2.0, all) - 1.0).abs() < 1e-3, "all are to be seen");
}

const PENDULUM: &str = "  - {rcs_dbsm: 0, x_m: 0.3, y_m: 3, z_m: 2.2, motion: {pendulum: {length_m: 1, amplitude_deg: 35, direction_deg: 0, phase_deg: 20}}}";
const BLADE: &str = "  - {rcs_dbsm: 0, x_m: 0, y_m: 3, z_m: 1.2, motion: {rotation: {axis: [0, 0, 1], rpm: 3000, phase_deg: 30, arm_m: [0.05, 0, 0]}}}";

fn column(truth: &Truth, name: &str) -> Vec<f64> {
    truth.array(name).unwrap_or_else(|| panic!("no {name}")).iter().copied().collect()
}

#[test]
fn the_truth_of_a_pendulum_keeps_its_energy() {
    let (scene, draw) = drawn(PENDULUM, 2.0);
    let truth = draw.truth(TruthClock::Chirp, scene.frames()).unwrap();
    let (places, speeds) =
        (truth.array("object_0_position_m").unwrap(), column(&truth, "object_0_radial_velocity_mps"));
    let pivot = Vec3::new(0.3, 3.0, 2.2);
    let radar = Vec3::new(0.0, 0.0, 1.2);
    let mut fastest = 0.0_f64;
    for (place, got) in places.outer_iter().zip(&speeds) {
        let place = Vec3::new(place[0], place[1], place[2]);
        let hung = place - pivot;
        assert!((hung.norm() - 1.0).abs() < 1e-12);
        // ½ v² = g (h₀ − h), and the velocity is square to the string, in the plane x = 0.3.
        let speed = (2.0 * 9.80665 * (-hung.z - 35f64.to_radians().cos()).max(0.0)).sqrt();
        let along = Vec3::new(0.0, -hung.z, hung.y) * speed;
        let want = along.dot(&(place - radar).normalize()).abs();
        assert!((got.abs() - want).abs() < 1e-5, "{got} m/s instead of ±{want} m/s");
        fastest = fastest.max(got.abs());
    }
    assert!(fastest > 1.5, "{fastest}");
}

#[test]
fn the_truth_of_a_blade_is_the_derivative_of_its_circle() {
    let (scene, draw) = drawn(BLADE, 0.2);
    let truth = draw.truth(TruthClock::Chirp, scene.frames()).unwrap();
    let names = ["times_s", "object_0_range_m", "object_0_radial_velocity_mps", "object_0_azimuth_rad"];
    let [times, ranges, speeds, azimuths] = names.map(|name| column(&truth, name));
    for (i, t) in times.iter().enumerate() {
        let angle = TAU * 50.0 * t + 30f64.to_radians();
        let (sin, cos) = angle.sin_cos();
        let (place, velocity) = ([0.05 * cos, 3.0 + 0.05 * sin], [-sin, cos].map(|v| v * 0.05 * TAU * 50.0));
        let range = f64::hypot(place[0], place[1]);
        let want = (place[0] * velocity[0] + place[1] * velocity[1]) / range;
        assert!((ranges[i] - range).abs() < 1e-10, "{} m instead of {range} m", ranges[i]);
        assert!((speeds[i] - want).abs() < 1e-6, "{} m/s instead of {want} m/s at {t} s", speeds[i]);
        assert!((azimuths[i] - place[0].atan2(place[1])).abs() < 1e-12);
    }
}

#[test]
fn phases_of_echoes_go_with_the_truth_from_chirp_to_chirp() {
    let vibration = "  - {rcs_dbsm: 0, x_m: 0, y_m: 2, z_m: 1.2, motion: {vibration: {axis: [0.2, 1, 0], amplitude_m: 0.0002, frequency_hz: 700}}}";
    let path = "  - {rcs_dbsm: 0, motion: {path: {points: [{x_m: -0.5, y_m: 2, z_m: 1}, {x_m: 0, y_m: 2.5, speed_mps: 1.5}, {x_m: 0.4, y_m: 2.2, time_s: 1}]}}}";
    for (thing, duration_s) in [(PENDULUM, 0.5), (BLADE, 0.2), (vibration, 0.2), (path, 0.5)] {
        let (scene, draw) = drawn(thing, duration_s);
        let data = cube(&draw, scene.frames(), plain());
        let truth = draw.truth(TruthClock::Chirp, scene.frames()).unwrap();
        let names = ["times_s", "object_0_range_m", "object_0_radial_velocity_mps"];
        let [times, ranges, speeds] = names.map(|name| column(&truth, name));
        let radar = draw.radar.fmcw().unwrap();
        // The tone of the first sample.
        let hz = radar.start_frequency_hz + radar.chirp_slope_hz_per_s * radar.adc_start_s;
        let phases: Vec<f64> =
            data.slice(s![.., .., 0, 0, 0]).iter().map(|z| f64::from(z.im).atan2(f64::from(z.re))).collect();
        let per_metre = 4.0 * PI * hz / SPEED_OF_LIGHT;
        let mut worst = (0.0_f64, 0.0_f64);
        for i in 1..phases.len() {
            let dt = times[i] - times[i - 1];
            // Within a frame; between frames phases turn round more than once.
            if dt > 1e-3 {
                continue;
            }
            let wrapped = |x: f64| x - TAU * (x / TAU).round();
            let turned = wrapped(phases[i] - phases[i - 1]);
            let moved = wrapped(per_metre * (ranges[i] - ranges[i - 1]));
            worst.0 = worst.0.max(wrapped(turned - moved).abs());
            let by_speed = per_metre * 0.5 * (speeds[i] + speeds[i - 1]) * dt;
            worst.1 = worst.1.max(wrapped(turned - by_speed).abs());
        }
        assert!(worst.0 < 2e-5, "{thing}: {} rad against the truth's ranges", worst.0);
        // The trapezoid of speeds between two chirps misses the third derivative of the range.
        assert!(worst.1 < 0.02, "{thing}: {} rad against the truth's radial velocities", worst.1);
    }
}

#[test]
fn the_fast_engine_follows_blades_that_turn_round_within_a_frame() {
    let point = |i: usize| {
        let arm = 0.002 * (i + 1) as f64;
        format!(
            "  - {{rcs_dbsm: -20, x_m: 0.2, y_m: 2, z_m: 1.4, motion: {{rotation: {{axis: [0.3, 0.2, 1], rpm: 2400, phase_deg: {}, arm_m: [{arm}, 0, 0]}}}}}}\n",
            120 * (i % 3)
        )
    };
    let (_, draw) = drawn(&(0..120).map(point).collect::<String>(), 0.1);
    let settings = |engine| SimSettings { engine, bundle_tolerance: 0.0, ..plain() };
    let [fast, exact] = [Engine::Fast, Engine::Exact].map(|engine| cube(&draw, 1, settings(engine)));
    let norm = |a: &Array5<Complex32>| a.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>().sqrt();
    let error = norm(&(&fast - &exact)) / norm(&exact);
    assert!(error < 1e-5, "{error}");
}

#[test]
fn a_box_that_turns_is_where_its_motion_says() {
    let thing = "  - {box_m: [0.2, 0.1, 0.3], x_m: 0, y_m: 2, z_m: 1, motion: {rotation: {axis: [0, 0, 1], rpm: 20, arm_m: [0.5, 0, 0]}}}";
    let (_, draw) = drawn(thing, 1.0);
    let set = draw.set().unwrap();
    let mut vertices = vec![Vec3::zeros(); set.meshes[0].vertex_count()];
    set.meshes[0].vertices_at(0.75, &mut vertices);
    let middle = vertices.iter().sum::<Vec3>() / vertices.len() as f64;
    // A quarter of a turn.
    assert!((middle - Vec3::new(0.0, 2.5, 1.15)).norm() < 1e-12, "{middle}");
    let truth = draw.truth(TruthClock::Frame, 16).unwrap();
    assert_eq!(truth.array("times_s").unwrap().len(), 16);
    let first = truth.array("object_0_position_m").unwrap().slice(s![0, ..]).to_vec();
    assert!((Vec3::new(first[0], first[1], first[2]) - Vec3::new(0.5, 2.0, 1.15)).norm() < 1e-12);
}

#[test]
fn a_corner_in_a_room_answers_each_way_by_itself() {
    // Looking straight at the radar over a floor that conducts: the way over the floor and back is another aspect.
    let thing = "  - {corner: {shape: trihedral, edge_m: 0.1}, x_m: 0, y_m: 3, z_m: 1.2, roll_deg: 180}\nroom: {x_m: [-5, 5], y_m: [-1, 9], z_m: [0, 5], order: 2, floor: perfect_conductor}";
    let (_, draw) = drawn(thing, 0.1);
    let data = cube(&draw, 1, SimSettings { sigma_rad: 0.0, ..plain() });
    assert!(data.iter().all(|z| z.re.is_finite() && z.im.is_finite()));
    let (_, open) = drawn("  - {corner: {shape: trihedral, edge_m: 0.1}, x_m: 0, y_m: 3, z_m: 1.2}", 0.1);
    let straight = cube(&open, 1, plain());
    // What is left is the floor's own echo, and the way over the floor both there and back, from 38.7° below, where it
    // has an edge since it is rolled over.
    let corner = Corner { shape: CornerShape::Trihedral, edge_m: 0.1, length_m: 0.1 };
    let length = f64::hypot(3.0, 2.4);
    let from_below = corner.area_m2(Vec3::new(0.0, -3.0, 2.4) / length, wavelength(&draw));
    let share = from_below / corner.area_m2(-Vec3::y(), wavelength(&draw)) * (3.0 / length).powi(2);
    let floor = {
        let (_, draw) = drawn(
            "  - {rcs_dbsm: -100, x_m: 0, y_m: 3, z_m: 1.2}\nroom: {x_m: [-5, 5], y_m: [-1, 9], z_m: [0, 5], order: 2, floor: perfect_conductor}",
            0.1,
        );
        cube(&draw, 1, plain())
    };
    let rest = &(&data - &floor) - &straight;
    let norm = |a: &Array5<Complex32>| a.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>().sqrt();
    let got = norm(&rest) / norm(&straight);
    assert!((got - share).abs() < 0.01 * share.max(0.05), "{got} instead of {share}");
}
