//! Walls that mirror, materials, and radars that move.

use crate::scenes::{bare, db, moved, point, rms, run_points, single, still};
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::{Complex64, Vec3};
use kinecho::geometry::{Mesh, MovingMesh, primitives};
use kinecho::propagation::room::{Sides, shell};
use kinecho::propagation::{Material, Polarisation, Room, Wall};
use kinecho::sensor::{FmcwRadar, RadarPose, RadarTrack};
use kinecho::sim::{Calibration, Job, PointTarget, SimError, SimSettings, SimulatedExactly, Simulator, Visibility};
use std::f64::consts::TAU;

fn wall(centre: Vec3, half_u: Vec3, half_v: Vec3) -> Wall {
    Wall { centre, half_u, half_v, material: Material::PerfectConductor }
}

fn floor() -> Wall {
    wall(Vec3::zeros(), Vec3::x() * 20.0, Vec3::y() * 20.0)
}

/// A wall across the boresight, its front to the radar.
fn front(y: f64) -> Wall {
    wall(Vec3::y() * y, Vec3::x() * 20.0, Vec3::z() * 20.0)
}

fn room(walls: Vec<Wall>, order: usize) -> Room {
    Room { walls, order, polarisation: Polarisation::Vertical }
}

fn run(radar: &FmcwRadar, pose: RadarPose, settings: SimSettings, job: &Job) -> SimulatedExactly {
    Simulator::new(radar.clone(), pose, settings).unwrap().run_exactly(job).unwrap()
}

fn up(z: f64) -> RadarPose {
    RadarPose::at(Vec3::z() * z)
}

/// The signal of paths of some lengths and complex amplitudes.
fn signal(radar: &FmcwRadar, paths: &[(f64, Complex64)]) -> Vec<Complex64> {
    (0..radar.samples_per_chirp)
        .map(|n| {
            let t = radar.adc_start_s + n as f64 / radar.sample_rate_hz;
            let one = |(length, amplitude): &(f64, Complex64)| {
                let tau = length / SPEED_OF_LIGHT;
                let turns = (radar.start_frequency_hz + radar.chirp_slope_hz_per_s * t) * tau;
                amplitude * Complex64::from_polar(1.0, TAU * turns.fract())
            };
            paths.iter().map(one).sum()
        })
        .collect()
}

#[test]
fn a_point_above_a_conducting_floor_has_four_ways_and_the_floor_its_own_echo() {
    let radar = single(1, 64);
    let (height, target) = (1.0, Vec3::new(0.0, 3.0, 0.6));
    let points = [PointTarget { gain: 1.0, ..point(target.into(), [0.0; 3]) }];
    let room = room(vec![floor()], 2);
    let settings = SimSettings { drop_behind: false, ..bare() };
    let got =
        run(&radar, up(height), settings, &Job { points: &points, n_frames: 1, room: Some(&room), ..Job::default() });
    let (straight, over) = ((target - Vec3::z() * height).norm(), (target + Vec3::z() * height).norm());
    let one = |a: f64, b: f64| (a + b, Complex64::new(1.0 / (a * b), 0.0));
    let wavelength = radar.cube_info().wavelength_m(64);
    // The floor below the radar: vertical fields fall straight down on it, where TE and TM are the same but for the sign that
    // belongs to the direction in which fields are counted.
    let below = [-1.0, 1.0].map(|sign| (2.0 * height, Complex64::new(0.0, sign * wavelength / (2.0 * height))));
    let errors = below.map(|below| {
        let want = signal(
            &radar,
            &[one(straight, straight), one(straight, over), one(over, straight), one(over, over), below],
        );
        let size = want.iter().map(|z| z.norm_sqr()).sum::<f64>().sqrt();
        want.iter().zip(&got.data).map(|(w, g)| (w - g).norm_sqr()).sum::<f64>().sqrt() / size
    });
    println!("four ways and the floor: relative error {errors:?}");
    assert!(errors[0].min(errors[1]) < 1e-10, "{errors:?}");
    assert_eq!((got.report.wall_paths, got.report.wall_echoes), (3, 1));
}

#[test]
fn a_wall_echoes_like_the_integral_over_a_large_plate() {
    let mut radar = single(1, 64);
    radar.chirp_slope_hz_per_s *= 0.2;
    let distance = 1.5;
    let room = room(vec![front(distance)], 1);
    let by_image = run(&radar, up(0.0), bare(), &Job { n_frames: 1, room: Some(&room), ..Job::default() });
    // Many Fresnel zones, tapered towards the edge by averaging discs of different radius over half a zone.
    let wavelength = radar.cube_info().wavelength_m(64);
    let disc = |path: f64| {
        // Radius at which the two-way path is longer by `path`.
        let radius = ((distance + 0.5 * path).powi(2) - distance * distance).sqrt();
        let rim = 720;
        let mut mesh = Mesh { vertices: vec![Vec3::y() * distance], faces: Vec::new() };
        for i in 0..rim {
            let (s, c) = (TAU * f64::from(i) / f64::from(rim)).sin_cos();
            mesh.vertices.push(Vec3::new(radius * c, distance, radius * s));
            mesh.faces.push([0, 1 + i as u32, 1 + (i as u32 + 1) % rim as u32]);
        }
        let mesh = still(mesh);
        let meshes: [&dyn MovingMesh; 1] = [&mesh];
        run(&radar, up(0.0), bare(), &Job { meshes: &meshes, n_frames: 1, ..Job::default() }).data
    };
    let steps = 16;
    let mut mean = disc(8.0 * wavelength) * Complex64::new(0.0, 0.0);
    for i in 0..steps {
        mean += &(disc((8.0 + f64::from(i) / f64::from(steps)) * wavelength) / Complex64::new(f64::from(steps), 0.0));
    }
    let ratio: Complex64 = mean.iter().zip(&by_image.data).map(|(m, w)| m * w.conj()).sum::<Complex64>()
        / by_image.data.iter().map(|w| w.norm_sqr()).sum::<f64>();
    println!("plate against image: {:.3} dB, {:.2} degrees", db(ratio.norm()), ratio.arg().to_degrees());
    assert!(db(ratio.norm()).abs() < 0.2 && ratio.arg().to_degrees().abs() < 3.0, "{ratio}");
}

/// Ahead, to both sides, above and below: a mirror sends back `P G_t G_r (λ / 4π 2d)²`; behind the antenna plane it does not.
#[test]
fn every_wall_that_the_antennas_see_echoes_as_a_mirror_does() {
    let radar = single(1, 64);
    let info = radar.cube_info();
    let distances = [1.2, 1.5, 2.0, 2.5, 1.0, 3.0];
    let [down, up_, left, right, back, ahead] = distances;
    let low = Vec3::new(-left, -back, 0.0);
    let high = Vec3::new(right, ahead, down + up_);
    let levels = |material: Material, settings: SimSettings, azimuth_rad: f64| {
        let mut out = Vec::new();
        let all = [Some(material); 2];
        for wall in shell(low, high, &Sides { z: all, x: all, y: all }) {
            let room = room(vec![wall], 1);
            let pose = RadarPose { azimuth_rad, ..up(down) };
            let got = run(&radar, pose, settings, &Job { n_frames: 1, room: Some(&room), ..Job::default() });
            assert_eq!(got.report.wall_echoes, u64::from(rms(&got) > 0.0));
            out.push(rms(&got).powi(2));
        }
        out
    };
    let watts = SimSettings { calibration: Calibration::RootWatt, ..bare() };
    let transmitted = 1e-3 * 10f64.powf(0.1 * (radar.transmit_power_dbm + radar.tx_gain_dbi + radar.rx_gain_dbi));
    let mirror = |distance: f64| transmitted * (info.wavelength_m(64) / (2.0 * TAU * 2.0 * distance)).powi(2);
    for (drop_behind, from_behind) in [(true, 0.0), (false, 1.0)] {
        let settings = SimSettings { drop_behind, ..watts };
        let metal = levels(Material::PerfectConductor, settings, 0.0);
        for (i, (found, distance)) in metal.iter().zip(distances).enumerate() {
            let want = mirror(distance) * if i == 4 { from_behind } else { 1.0 };
            assert!((found - want).abs() <= 1e-3 * want, "wall {i}: {found:e} W, {want:e} W expected");
        }
        // Fresnel at normal incidence, both polarisations alike.
        let concrete = levels(Material::Concrete, settings, 0.0);
        let share = Material::Concrete.amplitude(info.centre_frequency_hz(64)).powi(2);
        for (found, metal) in concrete.iter().zip(&metal) {
            assert!((found - share * metal).abs() <= 1e-6 * metal, "{found:e}, {metal:e}");
        }
    }
    // Turned a little to the right, the left wall is behind the antenna plane.
    let turned: Vec<bool> = levels(Material::Metal, watts, 0.01).iter().map(|p| *p > 0.0).collect();
    assert_eq!(turned, [true, true, false, true, false, true]);
}

#[test]
fn dihedral_and_trihedral_corners_send_back_from_wherever_they_are_looked_at() {
    let mut radar = single(1, 16);
    radar.chirp_slope_hz_per_s *= 0.05;
    let side = 0.05;
    // A plate upright above the floor (and beside a wall), its middle at `height`, seen from `elevation` and `azimuth`.
    let seen = |(range, height): (f64, f64), walls: &[Wall], tilt: f64, azimuth: f64, elevation: f64| {
        let plate = primitives::plate(side, side, 2);
        let turn = kinecho::base::Rotation::from_axis_angle(&Vec3::x_axis(), tilt);
        let mesh = plate.transformed(&turn, Vec3::new(0.0, 0.0, height));
        let towards = Vec3::new(azimuth.sin() * elevation.cos(), -azimuth.cos() * elevation.cos(), elevation.sin());
        let pose = RadarPose { position: towards * range, azimuth_rad: -azimuth, elevation_rad: -elevation };
        let order = walls.len().min(2);
        let room = room(walls.to_vec(), order);
        let mesh = still(mesh);
        let meshes: [&dyn MovingMesh; 1] = [&mesh];
        let settings = SimSettings { visibility: Visibility::Raycast, ..bare() };
        let with =
            run(&radar, pose, settings, &Job { meshes: &meshes, n_frames: 1, room: Some(&room), ..Job::default() });
        let without = run(&radar, pose, settings, &Job { n_frames: 1, room: Some(&room), ..Job::default() });
        let rest = with.data - without.data;
        (rest.iter().map(|z| z.norm_sqr()).sum::<f64>() / rest.len() as f64).sqrt() / (side / range).powi(2)
    };
    let side_wall = wall(Vec3::x() * -0.04, Vec3::y() * 20.0, Vec3::z() * 20.0);
    for degrees in [20.0, 40.0, 60.0_f64] {
        let angle = degrees.to_radians();
        // Far away and on the floor: the closed form knows plane waves.
        let level = |walls: &[Wall], tilt: f64| seen((15.0, 0.5 * side + 0.002), walls, tilt, 0.0, angle);
        let (alone, corner, bent) = (level(&[], 0.0), level(&[floor()], 0.0), level(&[floor()], 0.12));
        println!(
            "elevation {degrees}: plate alone {:.1} dB, dihedral {:.2} dB, 7 degrees off the right angle {:.1} dB of a plate seen \
             head-on",
            db(alone),
            db(corner),
            db(bent)
        );
        // 4π (2A cos e)²/λ² (Ruck et al. 1970, section 8.3), which the straight and the twice reflected way disturb a little.
        let error = db(corner) - db(2.0 * angle.cos());
        assert!(error.abs() < 0.5 && db(alone) < -10.0 && db(bent) < db(corner) - 10.0, "{error:+.2} dB");
    }
    let axis = 35.0_f64.to_radians();
    for (azimuth, elevation, scalar) in [(0.6, axis, 10.26), (0.75, 0.5, 10.19), (0.5, 0.7, 10.41)] {
        let level = |walls: &[Wall]| seen((4.0, 0.04), walls, 0.0, azimuth, elevation);
        let (two, three) = (level(&[floor()]), level(&[floor(), side_wall]));
        let scalar = scalar + db(f64::cos(azimuth) * f64::cos(elevation));
        println!(
            "azimuth {azimuth}, elevation {elevation:.2}: dihedral {:.1} dB, trihedral {:.2} dB; {scalar} dB for a scalar wave, of \
             which {:.2} dB are lost because facets reflect one polarisation only",
            db(two),
            db(three),
            scalar - db(three)
        );
        // Four ways round by three mirrors, all at the same angle to the plate: 12 dB and its cosine, less what the corner's own size at
        // 4 m costs in phase. Summed by quadrature over the plate for a scalar wave without the cosine: `scalar`. Facets reflect one
        // polarisation only, and the floor and the wall turn part of the field out of it: 2 to 3 dB are missing. (With all reflections −1
        // the same code gives 10.3, 10.2, 10.3 without the cosine.)
        assert!(db(two) < -10.0 && (-0.4..3.5).contains(&(scalar - db(three))), "{} {}", db(two), db(three));
    }
}

#[test]
fn a_box_hides_what_is_behind_it_on_every_leg_and_what_is_outside_is_counted() {
    let radar = single(1, 16);
    let target = [point([0.0, 4.0, 0.6], [0.0; 3])];
    let settings = SimSettings { visibility: Visibility::Raycast, sigma_rad: 0.3, ..bare() };
    let room = room(vec![floor(), front(6.0)], 1);
    let paths = |object: Mesh| {
        let mesh = still(object);
        let meshes: [&dyn MovingMesh; 1] = [&mesh];
        let job = Job {
            meshes: &meshes,
            points: &target,
            n_frames: 1,
            room: Some(&room),
            reflects: &[0.0],
            ..Job::default()
        };
        run(&radar, up(1.0), settings, &job).report
    };
    let nowhere = primitives::cuboid(Vec3::repeat(0.1)).translated(Vec3::new(3.0, 5.0, 1.5));
    // Floor and front wall, there or back.
    assert_eq!(paths(nowhere.clone()).wall_paths, 4);
    // A mat where the floor reflects: at y = 4 · 1 / 1.6.
    let mat = primitives::cuboid(Vec3::new(0.4, 0.4, 0.02)).translated(Vec3::new(0.0, 2.5, 0.011));
    assert_eq!(paths(mat).wall_paths, 2);
    // A board between target and front wall.
    let board = primitives::cuboid(Vec3::new(2.0, 0.02, 3.0)).translated(Vec3::new(0.0, 5.0, 1.6));
    // Of the walls' own echoes the floor's is left.
    assert_eq!((paths(nowhere.clone()).wall_echoes, paths(board.clone()).wall_echoes), (2, 1));
    assert_eq!(paths(board).wall_paths, 2);
    let outside = nowhere.translated(Vec3::y() * 5.0);
    let mesh = still(outside);
    let meshes: [&dyn MovingMesh; 1] = [&mesh];
    let all = SimSettings { visibility: Visibility::All, drop_behind: false, ..bare() };
    let report =
        run(&radar, up(1.0), all, &Job { meshes: &meshes, n_frames: 2, room: Some(&room), ..Job::default() }).report;
    assert!(report.outside_room >= 24 && report.empty_frames == 2, "{report:?}");
}

#[test]
fn exchanging_antennas_between_lossy_walls_changes_nothing() {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    (radar.time_multiplexed, radar.loops_per_frame, radar.samples_per_chirp) = (false, 2, 16);
    let mut swapped = radar.clone();
    std::mem::swap(&mut swapped.tx_m, &mut swapped.rx_m);
    let ball = still(moved(primitives::icosphere(0.15, 2), Vec3::new(0.3, 2.0, 0.8)));
    let meshes: [&dyn MovingMesh; 1] = [&ball];
    let side = wall(Vec3::x() * 1.0, Vec3::y() * -5.0, Vec3::z() * 5.0);
    let walls = vec![
        Wall { material: Material::Concrete, ..floor() },
        Wall { material: Material::Plywood, ..side },
        Wall { material: Material::Brick, ..front(3.0) },
    ];
    let room = room(walls, 2);
    let settings = SimSettings { sigma_rad: 0.3, visibility: Visibility::Raycast, ..bare() };
    let job = Job { meshes: &meshes, n_frames: 1, room: Some(&room), ..Job::default() };
    let (a, b) = (run(&radar, up(1.1), settings, &job), run(&swapped, up(1.1), settings, &job));
    let level = rms(&a);
    // The walls' weights are taken from the middle of the array, which is the same for both.
    for ((f, l, k, r, n), z) in a.data.indexed_iter() {
        let w = b.data[[f, l, r, k, n]];
        assert!((z - w).norm() < 1e-9 * level, "tx {k}, rx {r}: {z} and {w}");
    }
    println!("{} ways over walls, {} weak", a.report.wall_paths, a.report.weak_wall_paths);
    assert!(a.report.wall_paths > 6);
}

#[test]
fn a_radar_that_drives_sees_what_a_standing_one_sees_of_a_world_that_comes() {
    let radar = FmcwRadar { loops_per_frame: 16, samples_per_chirp: 16, ..FmcwRadar::preset("awr1843").unwrap() };
    let speed = 1.3;
    let keys: Vec<(f64, RadarPose)> =
        (0..3).map(|i| (f64::from(i), RadarPose::at(Vec3::y() * (speed * f64::from(i))))).collect();
    let track = RadarTrack::through(&keys).unwrap();
    let (still_point, moving_point) =
        ([point([0.4, 4.0, 0.2], [0.0; 3])], [point([0.4, 4.0, 0.2], [0.0, -speed, 0.0])]);
    let driving = run(
        &radar,
        RadarPose::default(),
        bare(),
        &Job { points: &still_point, n_frames: 3, track: Some(&track), ..Job::default() },
    );
    let standing = run_points(&radar, &moving_point, 3);
    assert!((driving.data - standing.data).iter().all(|z| z.norm() < 1e-9), "the phases differ");
    // Turning the radar turns the world the other way.
    let turned = RadarPose { position: Vec3::new(0.3, -0.2, 1.0), azimuth_rad: 0.3, elevation_rad: -0.1 };
    let held = RadarTrack::through(&[(0.0, turned)]).unwrap();
    let by_track = run(
        &radar,
        RadarPose::default(),
        bare(),
        &Job { points: &still_point, n_frames: 1, track: Some(&held), ..Job::default() },
    );
    let by_pose = run(&radar, turned, bare(), &Job { points: &still_point, n_frames: 1, ..Job::default() });
    assert!((by_track.data - by_pose.data).iter().all(|z| z.norm() < 1e-9));
    let room = room(vec![floor()], 1);
    let job = Job { points: &still_point, n_frames: 1, track: Some(&held), room: Some(&room), ..Job::default() };
    let error = Simulator::new(radar, RadarPose::default(), bare()).unwrap().run_exactly(&job).unwrap_err();
    assert!(matches!(error, SimError::MovingInRoom), "{error}");
}

#[test]
fn impossible_rooms_and_materials_are_errors() {
    let run = |room: &Room, reflects: &[f64]| {
        let job = Job { n_frames: 1, room: Some(room), reflects, ..Job::default() };
        Simulator::new(single(1, 8), up(1.0), bare()).unwrap().run_exactly(&job).map(|_| ()).unwrap_err().to_string()
    };
    let slanted = Wall { half_v: Vec3::new(1.0, 1.0, 0.0), ..floor() };
    assert!(run(&room(vec![slanted], 1), &[]).contains("wall 0"));
    assert!(run(&room(vec![Wall { centre: Vec3::repeat(f64::NAN), ..floor() }], 1), &[]).contains("wall 0"));
    assert!(run(&room(vec![floor()], 3), &[]).contains("order 3"));
    assert!(run(&room(vec![floor()], 1), &[1.0, f64::NAN]).contains("mesh 1"));
}
