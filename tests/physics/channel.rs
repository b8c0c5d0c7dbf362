//! Transfer functions between antennas against closed forms.

use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::{Complex32, Complex64, Rotation, Vec3};
use kinecho::channel::{
    Antenna, Channel, ChannelError, ChannelLink, ChannelSettings, Element, Place, Query, Surroundings, channel,
    channel_at,
};
use kinecho::geometry::{Mesh, MovingMesh, primitives};
use kinecho::propagation::room::{Sides, shell};
use kinecho::propagation::{Material, Polarisation, Room};
use kinecho::sensor::sounding::{Comb, Ends, Eyes, Shot, Shots, Sounding, Tones};
use kinecho::sim::Engine;
use std::f64::consts::{PI, TAU};

const HZ: f64 = 5.2e9;

fn wavelength() -> f64 {
    SPEED_OF_LIGHT / HZ
}

fn wave(amplitude: f64, path: f64, hz: f64) -> Complex64 {
    Complex64::from_polar(amplitude, -TAU * (path * hz / SPEED_OF_LIGHT).fract())
}

fn db(x: f64) -> f64 {
    20.0 * x.log10()
}

fn at(x: f64, y: f64, z: f64) -> Vec3 {
    Vec3::new(x, y, z)
}

/// A closed mesh that moves along a line.
struct Moving {
    mesh: Mesh,
    start: Vec3,
    velocity: Vec3,
}

impl Moving {
    fn new(mesh: Mesh, start: Vec3, velocity: Vec3) -> Self {
        Self { mesh, start, velocity }
    }
}

impl MovingMesh for Moving {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }
    fn vertices_at(&self, t: f64, out: &mut [Vec3]) {
        for (o, v) in out.iter_mut().zip(&self.mesh.vertices) {
            *o = v + self.start + self.velocity * t;
        }
    }
    fn is_solid(&self) -> bool {
        true
    }
}

fn one(tx: Antenna, rx: Antenna) -> ChannelLink {
    ChannelLink { tx: vec![tx], rx: vec![rx], tones_hz: vec![HZ] }
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(f64::from(z.re), f64::from(z.im))
}

fn first(channel: &Channel) -> Complex64 {
    wide(channel.data[[0, 0, 0, 0]])
}

fn run(around: &Surroundings, link: &ChannelLink, times: &[f64]) -> Channel {
    channel(around, link, times, &ChannelSettings::default()).unwrap()
}

#[test]
fn friis() {
    let (a, b) = (at(0.0, 0.0, 1.0), at(3.0, 4.0, 1.0));
    let tones: Vec<f64> = (-28..28).map(|k| HZ + 312_500.0 * f64::from(k)).collect();
    let link = ChannelLink { tones_hz: tones.clone(), ..one(Antenna::isotropic(a), Antenna::isotropic(b)) };
    let got = run(&Surroundings::default(), &link, &[0.0, 1.0]);
    for (n, hz) in tones.iter().enumerate() {
        let want = wave(SPEED_OF_LIGHT / hz / (4.0 * PI * 5.0), 5.0, *hz);
        assert!((wide(got.data[[1, n, 0, 0]]) - want).norm() < 1e-6 * want.norm());
    }
    // Dipoles beside each other gain twice 2.15 dB.
    let dipoles = first(&run(&Surroundings::default(), &one(Antenna::dipole(a), Antenna::dipole(b)), &[0.0]));
    let isotropic = first(&run(&Surroundings::default(), &one(Antenna::isotropic(a), Antenna::isotropic(b)), &[0.0]));
    let gain = db(dipoles.norm() / isotropic.norm());
    assert!((gain - 2.0 * 2.156).abs() < 0.01, "{gain}");
}

#[test]
fn two_ray_ground() {
    let sides = Sides { z: [Some(Material::Concrete), None], ..Sides::default() };
    let room = Room {
        walls: shell(at(-50.0, -50.0, 0.0), at(50.0, 50.0, 9.0), &sides),
        order: 1,
        polarisation: Polarisation::Vertical,
    };
    let eta = Material::Concrete.permittivity(HZ).unwrap();
    for distance in [1.0, 3.0, 7.0, 20.0] {
        let (h1, h2) = (1.4, 1.1);
        let got = first(&run(
            &Surroundings { room: Some(&room), ..Surroundings::default() },
            &one(Antenna::isotropic(at(0.0, 0.0, h1)), Antenna::isotropic(at(0.0, distance, h2))),
            &[0.0],
        ));
        let direct = f64::hypot(distance, h1 - h2);
        let over = f64::hypot(distance, h1 + h2);
        // Vertical polarisation over the ground (e.g. Rappaport 2002, eq. 4.24): (−η sin ψ + √(η − cos²ψ)) / (η sin ψ + √(η − cos²ψ)), which counts the
        // field so that it is −1 at grazing; for vertical components at both ends the sign is the other.
        let (sin, cos) = ((h1 + h2) / over, distance / over);
        let root = (eta - cos * cos).sqrt();
        let gamma = (eta * sin - root) / (eta * sin + root);
        let friis = |d: f64| wave(wavelength() / (4.0 * PI * d), d, HZ);
        let want = friis(direct) + friis(over) * gamma;
        assert!((got - want).norm() < 1e-5 * want.norm(), "{distance}: {got} {want}");
    }
}

/// Field behind a knife edge over that without it, by Fresnel's integral (ITU-R P.526-15, eq. 30 and 31).
fn knife_edge(nu: f64) -> Complex64 {
    // F(ν) = (1 + j)/2 ∫_ν^∞ exp(−jπt²/2) dt, by Simpson's rule up to where the tail is an asymptotic series.
    let end = 60.0_f64.max(nu + 60.0);
    let n = 400_000;
    let h = (end - nu) / n as f64;
    let f = |t: f64| Complex64::from_polar(1.0, -0.5 * PI * t * t);
    let mut sum = f(nu) + f(end);
    for i in 1..n {
        sum += f(nu + h * i as f64) * if i % 2 == 1 { 4.0 } else { 2.0 };
    }
    let tail = f(end) / Complex64::new(0.0, PI * end);
    Complex64::new(0.5, 0.5) * (sum * (h / 3.0) + tail)
}

#[test]
fn a_large_screen_is_a_knife_edge() {
    // A screen that covers everything below its upper edge, in the middle of 8 m.
    let (tx, rx) = (at(0.0, 0.0, 0.0), at(0.0, 8.0, 0.0));
    let free = wavelength() / (4.0 * PI * 8.0);
    for still in [true, false] {
        for height in [-0.5, -0.2, 0.0, 0.2, 0.5, 1.0] {
            let mut screen = primitives::cuboid(at(9.0, 0.02, 4.5));
            screen.vertices.iter_mut().for_each(|v| *v += at(0.0, 4.0, height - 2.25));
            let screen = Moving::new(screen, Vec3::zeros(), Vec3::zeros());
            let meshes: [&dyn MovingMesh; 1] = [&screen];
            let around = Surroundings { meshes: &meshes, still: &[still], reflects: &[0.0], room: None };
            let got = first(&run(&around, &one(Antenna::isotropic(tx), Antenna::isotropic(rx)), &[0.0]));
            let nu = height * (2.0 / wavelength() * (1.0 / 4.0 + 1.0 / 4.0)).sqrt();
            let want = knife_edge(nu);
            let got = got / wave(free, 8.0, HZ);
            println!(
                "still {still}, {height} m, ν {nu:.2}: {:.2} dB, {:.1}°, edge {:.2} dB, {:.1}°",
                db(got.norm()),
                got.arg().to_degrees(),
                db(want.norm()),
                want.arg().to_degrees()
            );
            assert!((got - want).norm() < 0.06, "{got} {want}");
        }
    }
}

#[test]
fn a_ball_scatters_like_a_ball() {
    let a = 0.25;
    let centre = at(0.0, 0.0, 0.0);
    let distance = 6.0;
    for degrees in [0.0_f64, 30.0, 60.0, 90.0, 120.0] {
        let tx = at(0.0, -distance, 0.0);
        let angle = degrees.to_radians();
        let rx = at(distance * angle.sin(), -distance * angle.cos(), 0.02);
        let mut amplitudes = Vec::new();
        for turn in 0..6 {
            let mut mesh = primitives::icosphere(a, 5);
            let rotation = Rotation::from_euler_angles(0.4 * f64::from(turn), 0.9 * f64::from(turn), 0.2);
            mesh.vertices.iter_mut().for_each(|v| *v = rotation * *v);
            let ball = Moving::new(mesh, centre, Vec3::zeros());
            let meshes: [&dyn MovingMesh; 1] = [&ball];
            let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
            let link = one(Antenna::isotropic(tx), Antenna::isotropic(rx));
            let all = first(&run(&around, &link, &[0.0]));
            let direct = first(&run(&Surroundings::default(), &link, &[0.0]));
            amplitudes.push((all - direct).norm());
        }
        let mean = (amplitudes.iter().map(|x| x * x).sum::<f64>() / 6.0).sqrt();
        // Radar equation with σ = πa²: λ/(4π)^1.5 √σ / R².
        let want = wavelength() / (4.0 * PI).powf(1.5) * (PI * a * a).sqrt() / (distance * distance);
        println!(
            "{degrees}°: {:+.2} dB, {:?}",
            db(mean / want),
            amplitudes.iter().map(|x| (db(x / want) * 10.0).round() / 10.0).collect::<Vec<_>>()
        );
        assert!(degrees > 100.0 || db(mean / want).abs() < 1.0);
    }
}

#[test]
fn reciprocal() {
    let mut mesh = primitives::capsule(0.15, 1.2, 24);
    mesh.vertices.iter_mut().for_each(|v| *v += at(0.3, 2.0, 0.0));
    let body = Moving::new(mesh, Vec3::zeros(), at(0.0, 1.0, 0.0));
    let meshes: [&dyn MovingMesh; 1] = [&body];
    let all = [Some(Material::Concrete); 2];
    let room = Room {
        walls: shell(at(-2.0, -1.0, -1.2), at(2.5, 5.0, 1.5), &Sides { z: all, x: all, y: all }),
        order: 2,
        polarisation: Polarisation::Vertical,
    };
    let around = Surroundings { meshes: &meshes, room: Some(&room), reflects: &[0.7], ..Surroundings::default() };
    let (a, b) = (Antenna::dipole(at(-0.5, 0.0, 0.2)), Antenna::dipole(at(0.4, 4.0, 0.1)));
    let times = [0.0, 0.13, 0.41];
    let (there, back) = (run(&around, &one(a, b), &times), run(&around, &one(b, a), &times));
    for (x, y) in there.data.iter().zip(&back.data) {
        assert!((x - y).norm() < 2e-3 * x.norm(), "{x} {y}");
    }
    println!("{:?}", there.report.paths.len());
}

#[test]
fn a_moving_ball_has_the_doppler_of_its_path() {
    let ball = Moving::new(primitives::icosphere(0.2, 4), at(0.5, 2.0, 0.0), at(0.3, 1.5, 0.1));
    let meshes: [&dyn MovingMesh; 1] = [&ball];
    let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
    let (tx, rx) = (at(-1.0, 0.0, 0.0), at(1.0, 0.0, 0.0));
    let times: Vec<f64> = (0..400).map(|i| f64::from(i) * 1e-3).collect();
    let link = one(Antenna::isotropic(tx), Antenna::isotropic(rx));
    let got = run(&around, &link, &times);
    println!("{:?}", got.report);
    let still = first(&run(&Surroundings::default(), &link, &[0.0]));
    // The specular point's path by search over the ball.
    let path = |t: f64| {
        let c = at(0.5, 2.0, 0.0) + at(0.3, 1.5, 0.1) * t;
        let mut best = f64::INFINITY;
        let toward = ((tx - c).normalize() + (rx - c).normalize()).normalize();
        for i in -50..=50 {
            for j in -50..=50 {
                let n =
                    (toward + at(1.0, 0.0, 0.0) * (0.002 * f64::from(i)) + at(0.0, 0.0, 1.0) * (0.002 * f64::from(j)))
                        .normalize();
                let p = c + n * 0.2;
                best = best.min((p - tx).norm() + (p - rx).norm());
            }
        }
        best
    };
    let phase = |i: usize| (wide(got.data[[i, 0, 0, 0]]) - still).arg();
    let mut total = 0.0;
    for i in 1..400 {
        let d = phase(i) - phase(i - 1);
        total += d - TAU * (d / TAU).round();
    }
    let want = -TAU * (path(0.399) - path(0.0)) / wavelength();
    println!("turned {total:.3} rad, path says {want:.3}");
    assert!((total - want).abs() < 0.1);
}

#[test]
fn a_box_room_is_the_sum_over_its_images_in_numpy() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../golden/channel_room/values.json")).unwrap();
    let vector = |v: &serde_json::Value| -> Vec<f64> { serde_json::from_value(v.clone()).unwrap() };
    let corner = |key: &str| Vec3::from_column_slice(&vector(&golden["room"][key]));
    let sides = Sides {
        x: [Some(Material::Plasterboard); 2],
        y: [Some(Material::Concrete); 2],
        z: [Some(Material::Concrete), Some(Material::CeilingBoard)],
    };
    let mut worst = 0.0_f64;
    for case in golden["cases"].as_array().unwrap() {
        let polarisation = serde_json::from_value(case["polarisation"].clone()).unwrap();
        let order = case["order"].as_u64().unwrap() as usize;
        let room = Room { walls: shell(corner("low_m"), corner("high_m"), &sides), order, polarisation };
        let end = |key: &str| Antenna::isotropic(Vec3::from_column_slice(&vector(&case[key])));
        let link = ChannelLink { tx: vec![end("tx_m")], rx: vec![end("rx_m")], tones_hz: vector(&case["tones_hz"]) };
        let got = run(&Surroundings { room: Some(&room), ..Surroundings::default() }, &link, &[0.0]);
        let ways = if order == 1 { 7 } else { 25 };
        assert_eq!(got.report.paths.len(), ways, "each image is one way");
        for (n, (re, im)) in vector(&case["re"]).iter().zip(vector(&case["im"])).enumerate() {
            let want = Complex64::new(*re, im);
            worst = worst.max((wide(got.data[[0, n, 0, 0]]) - want).norm() / want.norm());
        }
    }
    println!("box room against image sources in NumPy: {worst:.1e}");
    assert!(worst < 1e-5);
}

#[test]
fn a_box_room_is_that_of_sionna_rt_way_by_way() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../golden/channel_room/sionna_rt.json")).unwrap();
    let vector =
        |v: &serde_json::Value| Vec3::from_column_slice(&serde_json::from_value::<Vec<f64>>(v.clone()).unwrap());
    let sides = Sides {
        x: [Some(Material::Plasterboard); 2],
        y: [Some(Material::Concrete); 2],
        z: [Some(Material::Concrete), Some(Material::CeilingBoard)],
    };
    let walls = shell(at(-2.8, -0.8, 0.0), at(2.8, 5.5, 2.7), &sides);
    let room = Room { walls, order: 2, polarisation: Polarisation::Vertical };
    for case in golden["cases"].as_array().unwrap() {
        let hz = case["frequency_hz"].as_f64().unwrap();
        let ways: Vec<(f64, Complex64)> = (case["ways"].as_array().unwrap().iter())
            .map(|w| {
                (w["delay_s"].as_f64().unwrap(), Complex64::new(w["re"].as_f64().unwrap(), w["im"].as_f64().unwrap()))
            })
            .collect();
        let end = |key: &str| Antenna::isotropic(vector(&case[key]));
        // Over 40 MHz, so that delays count as well.
        let tones_hz: Vec<f64> = (-2..=2).map(|k| hz + 1e7 * f64::from(k)).collect();
        let link = ChannelLink { tx: vec![end("tx_m")], rx: vec![end("rx_m")], tones_hz: tones_hz.clone() };
        let got = run(&Surroundings { room: Some(&room), ..Surroundings::default() }, &link, &[0.0]);
        assert_eq!(got.report.paths.len(), ways.len());
        let level = |z: Complex64| db(z.norm());
        let mut theirs: Vec<(f64, f64)> = ways.iter().map(|(t, z)| ((t * 1e13).round(), level(*z))).collect();
        let mut ours: Vec<(f64, f64)> =
            got.report.paths.iter().map(|p| ((p.delay_s * 1e13).round(), p.gain_db)).collect();
        // Several ways of one length differ in level.
        [&mut theirs, &mut ours].into_iter().for_each(|l| l.sort_by(|a, b| a.1.total_cmp(&b.1)));
        let worst = theirs.iter().zip(&ours).map(|(a, b)| (a.1 - b.1).abs()).fold(0.0, f64::max);
        let worst_tone = (tones_hz.iter().enumerate())
            .map(|(n, f)| {
                let want: Complex64 =
                    ways.iter().map(|(t, z)| z * Complex64::from_polar(1.0, -TAU * (f - hz) * t) * (hz / f)).sum();
                let got = wide(got.data[[0, n, 0, 0]]) / want;
                db(got.norm()).abs().max(got.arg().to_degrees().abs())
            })
            .fold(0.0, f64::max);
        println!("{} ways: {worst:.3} dB a way at most; the sum {worst_tone:.3} dB or degrees", ways.len());
        // Single precision there, next to a Brewster angle.
        assert!(worst < 0.15 && worst_tone < 0.1);
    }
}

/// The share of a field that passes beside a rectangle, −1 times that through it: Fresnel's integrals along both edges (ITU-R P.526-15, section 5.2).
fn past_rectangle(x: [f64; 2], y: [f64; 2], scale: f64) -> Complex64 {
    // exp(−jπt²/2) from ν₁ to ν₂ is √2 exp(−jπ/4) for all of it.
    let part = |[a, b]: [f64; 2]| knife_edge(a * scale) - knife_edge(b * scale);
    Complex64::new(1.0, 0.0) - part(x) * part(y)
}

#[test]
fn a_person_sized_screen_shades_as_recommendation_p_526_has_it() {
    let (tx, rx) = (at(0.0, 0.0, 1.0), at(0.0, 6.0, 1.0));
    let scale = (2.0 / wavelength() * (1.0 / 2.5 + 1.0 / 3.5)).sqrt();
    let mut worst = 0.0_f64;
    for step in -8..=8 {
        // 0.5 m wide and 1.7 m high, on its way across the line of sight.
        let x = 0.1 * f64::from(step);
        let mut screen = primitives::cuboid(at(0.5, 0.02, 1.7));
        screen.vertices.iter_mut().for_each(|v| *v += at(0.0, 0.0, 0.85));
        let screen = Moving::new(screen, at(x, 2.5, 0.0), at(1.0, 0.0, 0.0));
        let meshes: [&dyn MovingMesh; 1] = [&screen];
        let around = Surroundings { meshes: &meshes, reflects: &[0.0], ..Surroundings::default() };
        let link = one(Antenna::isotropic(tx), Antenna::isotropic(rx));
        let got = first(&run(&around, &link, &[0.0])) / wave(wavelength() / (4.0 * PI * 6.0), 6.0, HZ);
        let want = past_rectangle([x - 0.25, x + 0.25], [-1.0, 0.7], scale);
        println!("{x:+.1} m: {:.1} dB, P.526 {:.1} dB", db(got.norm()), db(want.norm()));
        worst = worst.max((got - want).norm());
    }
    // Shares of the free field; pieces end at the edges of the screen within a quarter of a wavelength.
    assert!(worst < 0.1, "{worst}");
}

#[test]
fn a_thin_thing_shades_alike_whether_it_stands_or_moves() {
    // A metal board of 0.42 by 0.04 by 1.75 m, two metres from the sender, at three bands and distances behind it.
    for (hz, behind) in [(2.4e9, 1.4), (5.2e9, 3.0), (915e6, 1.4)] {
        let (tx, rx) = (at(0.0, 0.0, 0.9), at(0.0, 2.0 + behind, 0.9));
        let mut board = primitives::cuboid(at(0.42, 0.04, 1.75));
        board.vertices.iter_mut().for_each(|v| *v += at(0.0, 2.0, 0.875));
        let wavelength = SPEED_OF_LIGHT / hz;
        let free = wave(wavelength / (4.0 * PI * (2.0 + behind)), 2.0 + behind, hz);
        let link = ChannelLink { tones_hz: vec![hz], ..one(Antenna::isotropic(tx), Antenna::isotropic(rx)) };
        // As a mesh that does not say that it is closed.
        let meshes: [&dyn MovingMesh; 1] = [&board];
        let [stands, moves] = [true, false].map(|still| {
            let around = Surroundings { meshes: &meshes, still: &[still], ..Surroundings::default() };
            first(&run(&around, &link, &[0.0])) / free
        });
        let scale = (2.0 / wavelength * (0.5 + 1.0 / behind)).sqrt();
        let want = past_rectangle([-0.21, 0.21], [-0.9, 0.85], scale);
        println!(
            "{hz:e} Hz, {behind} m: {:.1} dB, moving {:.1} dB, P.526 {:.1} dB",
            db(stands.norm()),
            db(moves.norm()),
            db(want.norm())
        );
        // Fresnel's integrals are for small angles, which half of the board's height is not here.
        assert!((stands - want).norm() < 0.2 && (moves - want).norm() < 0.25, "{stands} {moves} {want}");
    }
}

#[test]
fn what_is_next_to_one_tag_reflects_for_all_others() {
    // Somebody before a tag on a wall, with and without tags that they wear.
    let mut mesh = primitives::icosphere(1.0, 4);
    mesh.vertices.iter_mut().for_each(|v| *v = at(0.2 * v.x, 0.13 * v.y, 0.8 * v.z) + at(0.1, 2.0, 1.0));
    let body = Moving::new(mesh, Vec3::zeros(), Vec3::zeros());
    let meshes: [&dyn MovingMesh; 1] = [&body];
    let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
    let worn = |face: usize| Antenna {
        place: Place::Carried { mesh: 0, face, height_m: 0.01 },
        ..Antenna::isotropic(Vec3::zeros())
    };
    let hung = |worn_tags: usize| {
        let tx = std::iter::once(Antenna::isotropic(at(0.0, 4.0, 1.0))).chain((0..worn_tags).map(|i| worn(97 * i)));
        let link =
            ChannelLink { tx: tx.collect(), rx: vec![Antenna::isotropic(at(0.0, 0.0, 1.2))], tones_hz: vec![915e6] };
        let query = Query { time_s: 0.2, tone: 0, tx: 0, rx: 0 };
        channel_at(&around, &link, &[query], &ChannelSettings::default()).unwrap().0[0]
    };
    let (alone, among) = (hung(0), hung(40));
    assert!((alone - among).norm() < 1e-4 * alone.norm(), "{alone} {among}");
}

/// A body of a few bends at the tones of a comb, by the exact engine over all its facets.
#[test]
fn a_body_is_the_converged_sum_over_its_facets() {
    use kinecho::propagation::split::Part;
    use kinecho::sim::engine::{FrameProblem, PointMotion};
    use kinecho::sim::surface::{Facet, Patch, Surface};
    // An ellipsoid of the size of a trunk.
    let mut mesh = primitives::icosphere(1.0, 6);
    mesh.vertices.iter_mut().for_each(|v| *v = at(0.18 * v.x, 0.12 * v.y, 0.7 * v.z) + at(0.2, 2.2, 0.1));
    struct Still(Vec<Vec3>);
    impl PointMotion for Still {
        fn point_count(&self) -> usize {
            self.0.len()
        }
        fn positions_at(&self, _: f64, out: &mut [Vec3]) -> Result<(), kinecho::sim::SimError> {
            out.copy_from_slice(&self.0);
            Ok(())
        }
    }
    let mut worst = f64::NEG_INFINITY;
    for (tx, rx) in [(at(-0.2, 0.0, 0.3), at(0.25, 0.1, 0.0)), (at(-2.0, 1.9, 0.0), at(-1.9, 2.4, 0.4))] {
        // What faces both ends of a convex body is seen by both. The ends are near each other: where what one of them lights ends, facets are seen
        // aslant by both, and the sharp end of their sum weighs nothing.
        let faces = |end: Vec3, f: &[u32; 3]| {
            let [a, b, c] = f.map(|i| mesh.vertices[i as usize]);
            (b - a).cross(&(c - a)).dot(&(end - a)) > 0.0
        };
        let lit: Vec<[u32; 3]> = mesh.faces.iter().filter(|f| faces(tx, f) && faces(rx, f)).copied().collect();
        let surface = Surface {
            facets: lit.iter().map(|f| Facet { corners: *f, point_gain: None }).collect(),
            patches: (0..lit.len() as u32).map(|facet| Patch { facet, part: Part::WHOLE }).collect(),
        };
        let tones_hz: Vec<f64> = (0..5).map(|k| HZ - 2e7 + 1e7 * f64::from(k)).collect();
        let sounding = Sounding {
            tones: Tones::Comb(Comb { first_hz: tones_hz[0], step_hz: 1e7, count: 5 }),
            shots: Shots::Listed(vec![Shot { time_s: 0.0, tx: 0 }]),
            ends: Ends { tx: vec![tx], rx: vec![rx], eyes: Eyes::Two },
            period_s: 1e-3,
            continuous: false,
        };
        let motion = Still(mesh.vertices.clone());
        let problem = FrameProblem {
            sounding: &sounding,
            start_s: 0.0,
            surface: &surface,
            motion: &motion,
            lobe_exponent: 0.0,
            oblique: true,
            intra_chirp: false,
            bundle_tolerance: 0.0,
            high_pass: Default::default(),
            width: Default::default(),
        };
        let mut exact = vec![Complex64::new(0.0, 0.0); 5];
        Engine::Exact.synthesise(&problem, &mut exact).unwrap();
        let body = Moving::new(mesh.clone(), Vec3::zeros(), Vec3::zeros());
        let meshes: [&dyn MovingMesh; 1] = [&body];
        let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
        let link = ChannelLink { tones_hz, ..one(Antenna::isotropic(tx), Antenna::isotropic(rx)) };
        let direct = run(&Surroundings::default(), &link, &[0.0]);
        // Nothing of a convex body that faces an antenna is hidden.
        for hides in [false, true] {
            for tile_wavelengths in [0.5, 0.25] {
                let settings =
                    ChannelSettings { shadows: false, hides, tile_wavelengths, ..ChannelSettings::default() };
                let all = channel(&around, &link, &[0.0], &settings).unwrap();
                let (mut miss, mut power) = (0.0, 0.0);
                for (n, exact) in exact.iter().enumerate() {
                    // IF signals are conjugates, and lack −j / 4π.
                    let want = exact.conj() * Complex64::new(0.0, -1.0) / (4.0 * PI);
                    let got = wide(all.data[[0, n, 0, 0]]) - wide(direct.data[[0, n, 0, 0]]);
                    (miss, power) = (miss + (got - want).norm_sqr(), power + want.norm_sqr());
                }
                let error_db = 10.0 * (miss / power).log10();
                println!(
                    "pieces of {tile_wavelengths} wavelengths (hides: {hides}) against {} facets: {error_db:.1} dB",
                    lit.len()
                );
                worst = worst.max(error_db);
            }
        }
    }
    assert!(worst < -16.0, "{worst}");
}

#[test]
fn what_is_asked_one_by_one_is_what_is_given_at_once() {
    let ball = Moving::new(primitives::icosphere(0.2, 3), at(0.5, 2.0, 0.0), at(0.3, 1.5, 0.1));
    let box_ = Moving::new(primitives::cuboid(at(0.5, 0.4, 0.3)), at(-1.0, 2.5, 0.0), Vec3::zeros());
    let meshes: [&dyn MovingMesh; 2] = [&ball, &box_];
    let around = Surroundings { meshes: &meshes, still: &[false, true], ..Surroundings::default() };
    let apart = |x: f64| Antenna::dipole(at(x, 0.0, 0.1));
    // Antennas that stand together, and one that stands apart.
    let link = ChannelLink {
        tx: vec![apart(-1.0)],
        rx: vec![apart(1.0), apart(1.05), apart(2.5)],
        tones_hz: vec![HZ - 1e7, HZ, HZ + 1e7],
    };
    let times: Vec<f64> = (0..30).map(|i| 0.7 - 0.011 * f64::from(i)).collect();
    let all = run(&around, &link, &times);
    let every = |i: usize| (0..9).map(move |k| (i, k % 3, k / 3));
    let asked = |which: Vec<(usize, usize, usize)>, tolerance: f64| {
        let query = |&(i, tone, rx): &(usize, usize, usize)| Query { time_s: times[i], tone, tx: 0, rx };
        let queries: Vec<Query> = which.iter().map(query).collect();
        let (one_by_one, _) = channel_at(&around, &link, &queries, &ChannelSettings::default()).unwrap();
        for ((i, tone, rx), got) in which.into_iter().zip(one_by_one) {
            let want = wide(all.data[[i, tone, rx, 0]]);
            assert!((got - want).norm() < tolerance * want.norm(), "{i}, {tone}, {rx}: {got} {want}");
        }
    };
    // Many are taken from the sums on a clock, as all at once are; few are looked up at their times, without resampling and faint pieces.
    asked((0..times.len()).flat_map(every).collect(), 1e-5);
    asked((0..times.len()).map(|i| (i, i % 3, i / 3 % 3)).collect(), 3e-4);
    // The same bytes whatever the threads.
    let pool = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let (a, b) = (pool(1).install(|| run(&around, &link, &times)), pool(3).install(|| run(&around, &link, &times)));
    assert_eq!(a, b);
}

#[test]
fn a_tag_that_goes_a_quarter_of_a_wavelength_turns_the_phase_there_and_back_by_half_a_turn() {
    // A tag on a box that goes away at 1 m/s; the box itself is transparent for it.
    let hz = 915e6;
    let carrier = Moving::new(primitives::cuboid(at(0.02, 0.02, 0.02)), at(0.0, 2.0, 0.0), at(0.0, 1.0, 0.0));
    let meshes: [&dyn MovingMesh; 1] = [&carrier];
    let around = Surroundings { meshes: &meshes, ..Surroundings::default() };
    let tag = Antenna {
        place: Place::Carried { mesh: 0, face: 0, height_m: 0.0 },
        element: Element::Isotropic,
        gain_dbi: 0.0,
    };
    let link = ChannelLink { tx: vec![tag], rx: vec![Antenna::isotropic(Vec3::zeros())], tones_hz: vec![hz] };
    let quarter = 0.25 * SPEED_OF_LIGHT / hz;
    let ask = |time_s: f64| Query { time_s, tone: 0, tx: 0, rx: 0 };
    let queries: Vec<Query> = (0..9).map(|i| ask(0.1 + 0.25 * quarter * f64::from(i))).collect();
    let (h, report) = channel_at(&around, &link, &queries, &ChannelSettings::default()).unwrap();
    let back: Vec<f64> = h.iter().map(|h| -(h * h).arg()).collect();
    let turned = |i: usize, j: usize| (back[j] - back[i]).rem_euclid(TAU);
    assert!((turned(0, 4) - PI).abs() < 0.02 && (turned(4, 8) - PI).abs() < 0.02, "{back:?} {report:?}");
    assert!((turned(0, 2) - 0.5 * PI).abs() < 0.02);
}

#[test]
fn what_cannot_be_is_named() {
    let concrete = [Some(Material::Concrete); 2];
    let walls = shell(at(-2.0, -1.0, 0.0), at(2.0, 4.0, 2.5), &Sides { x: concrete, y: concrete, z: concrete });
    let room = Room { walls, order: 1, polarisation: Polarisation::Vertical };
    let around = Surroundings { room: Some(&room), ..Surroundings::default() };
    let good = one(Antenna::dipole(at(0.0, 0.0, 1.0)), Antenna::dipole(at(1.0, 3.0, 1.0)));
    let error = |link: &ChannelLink, times: &[f64]| {
        channel(&around, link, times, &ChannelSettings::default()).unwrap_err().to_string()
    };
    let behind = ChannelLink { rx: vec![Antenna::dipole(at(1.0, 4.3, 1.0))], ..good.clone() };
    assert!(
        error(&behind, &[0.0]).contains("rx antenna 0 at (1.000, 4.300, 1.000) m is 0.300 m behind wall 5"),
        "{}",
        error(&behind, &[0.0])
    );
    assert!(error(&good, &[0.0, f64::NAN]).contains("packet 1"));
    assert!(error(&ChannelLink { tones_hz: vec![5e9, 5e9], ..good.clone() }, &[0.0]).contains("rising"));
    assert!(error(&ChannelLink { tx: Vec::new(), ..good.clone() }, &[0.0]).contains("no tx antenna"));
    let worn = Antenna { place: Place::Carried { mesh: 3, face: 0, height_m: 0.0 }, ..Antenna::dipole(Vec3::zeros()) };
    assert!(error(&ChannelLink { tx: vec![worn], ..good.clone() }, &[0.0]).contains("mesh 3, of which there are 0"));
    let same = ChannelLink { rx: good.tx.clone(), ..good.clone() };
    assert!(error(&same, &[0.0]).contains("rx antenna 0 is at the place of tx antenna 0"), "{}", error(&same, &[0.0]));
    let cupboard = primitives::cuboid(at(0.6, 0.6, 1.2)).translated(at(1.0, 3.0, 1.0));
    let meshes: [&dyn MovingMesh; 1] = [&cupboard];
    let furnished = Surroundings { meshes: &meshes, still: &[true], ..around };
    let found = channel(&furnished, &good, &[0.0], &ChannelSettings::default()).unwrap_err().to_string();
    assert!(found.contains("rx antenna 0 is within mesh 0"), "{found}");
    let many: Vec<f64> = vec![0.0; 1_000_000];
    let wide = ChannelLink { tones_hz: (0..2000).map(|i| 5e9 + 1e4 * f64::from(i)).collect(), ..good.clone() };
    assert!(error(&wide, &many).contains("more than"), "{}", error(&wide, &many));
    let settings = ChannelSettings { tile_wavelengths: 0.0, ..ChannelSettings::default() };
    let found = channel(&around, &good, &[0.0], &settings).unwrap_err();
    assert!(matches!(&found, ChannelError::Settings { problems } if problems[0].key == "tile_wavelengths"), "{found}");
    assert!(channel(&around, &good, &[], &ChannelSettings::default()).unwrap().data.is_empty());
}
