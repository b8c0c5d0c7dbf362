//! What screens and people shade.

use super::*;

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
