//! What bodies send on: converged sums, Doppler, reciprocity, tags.

use super::*;

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
