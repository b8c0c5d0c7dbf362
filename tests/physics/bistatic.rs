//! What goes in by one direction and out by another: physical optics' closed forms, and that the way round does not matter.

use crate::scenes::{bare, db, rms, single, still};
use kinecho::base::{Rotation, Vec3};
use kinecho::geometry::{Mesh, primitives};
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Engine, Job, SimSettings, Simulator, Visibility};

/// The radar with its antennas at `tx` and `rx`.
fn between(samples: usize, tx: Vec3, rx: Vec3) -> FmcwRadar {
    let mut radar = single(1, samples);
    // A narrow sweep, so that the closed forms have one wavelength.
    radar.chirp_slope_hz_per_s *= 0.01;
    radar.tx_m = vec![tx.into()];
    radar.rx_m = vec![rx.into()];
    radar
}

fn level(radar: &FmcwRadar, mesh: &Mesh, settings: SimSettings) -> f64 {
    let settings = SimSettings { drop_behind: false, drop_beyond_range: false, ..settings };
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap();
    rms(&simulator.run_exactly(&Job { meshes: &[&still(mesh.clone())], n_frames: 1, ..Job::default() }).unwrap())
}

/// A direction in the plane of x and y.
fn towards(angle: f64) -> Vec3 {
    Vec3::new(angle.sin(), -angle.cos(), 0.0)
}

/// πa² at every bistatic angle while the ball is large against the wavelength, until the forward lobe (Ruck et al. 1970, Radar Cross Section
/// Handbook, section 3.2). At 9 m that is the spreading of geometrical optics: radii of curvature ρ of the reflected wave in and across the
/// plane of incidence (Kouyoumjian and Pathak 1974, eq. 12). An amplitude A/(d d') of the bare sum is a cross section of 4π A²/λ².
#[test]
fn a_ball_has_its_cross_section_at_every_bistatic_angle() {
    let (radius, far) = (0.15, 9.0);
    let ball = primitives::icosphere(radius, 6);
    for engine in [Engine::Exact, Engine::Fast] {
        for degrees in [0.0, 30.0, 60.0, 90.0, 120.0, 135.0, 150.0_f64] {
            let half = 0.5 * degrees.to_radians();
            let radar = between(16, towards(-half) * far, towards(half) * far);
            let wavelength = radar.cube_info().wavelength_m(16);
            let near = far - radius * half.cos();
            let rho = |curvature: f64| 1.0 / (1.0 / near + curvature);
            let (within, across) = (rho(2.0 / (radius * half.cos())), rho(2.0 * half.cos() / radius));
            let want = wavelength / near * (within * across / ((within + near) * (across + near))).sqrt();
            // Mean power over how the facets lie.
            let powers: Vec<f64> = (0..5)
                .map(|turn| {
                    let turn = Rotation::from_scaled_axis(Vec3::new(0.3, 0.7, 0.2) * f64::from(turn));
                    let settings = SimSettings { engine, sigma_rad: 0.3, visibility: Visibility::Raycast, ..bare() };
                    (level(&radar, &ball.transformed(&turn, Vec3::zeros()), settings) / want).powi(2)
                })
                .collect();
            let error = 10.0 * (powers.iter().sum::<f64>() / powers.len() as f64).log10();
            println!("{engine:?}, {degrees} degrees: {error:+.2} dB of the cross section of a ball");
            assert!(error.abs() < 0.5, "{engine:?}, {degrees} degrees: {error:+.2} dB");
        }
    }
}

/// Kirchhoff's integral over a plate: A · ½(cos θ + cos θ') · sinc of half the phase across it.
#[test]
fn a_plate_scatters_by_the_sum_of_the_cosines() {
    let (side, far) = (0.03, 9.5);
    let plate = primitives::plate(side, side, 2);
    for (incident, out) in [(0.0_f64, 0.0_f64), (60.0, 60.0), (20.0, 50.0), (75.0, 74.0), (50.0, -5.0), (10.0, 11.5)] {
        let (incident, out) = (incident.to_radians(), out.to_radians());
        let radar = between(4, towards(-incident) * far, towards(out) * far);
        let k = std::f64::consts::TAU / radar.cube_info().wavelength_m(4);
        let x = 0.5 * k * side * (incident.sin() - out.sin());
        let sinc = if x.abs() < 1e-12 { 1.0 } else { x.sin() / x };
        let want = (side / far).powi(2) * 0.5 * (incident.cos() + out.cos()) * sinc.abs();
        let got = level(&radar, &plate, bare());
        let error = (got - want).abs() / (side / far).powi(2);
        println!(
            "{:.0} in, {:.1} out: {:.2} dB, closed form {:.2} dB",
            incident.to_degrees(),
            out.to_degrees(),
            db(got),
            db(want)
        );
        assert!(error < 1e-2, "{error}");
    }
}

/// With the setting off it is the published equation, which has no cosine.
#[test]
fn the_published_equation_has_no_cosine() {
    let (side, far, angle) = (0.03, 9.0, 60.0_f64.to_radians());
    let plate = primitives::plate(side, side, 1);
    let radar = between(4, towards(-angle) * far, towards(angle) * far);
    let with = level(&radar, &plate, bare());
    let without = level(&radar, &plate, SimSettings { obliquity: false, ..bare() });
    assert!((db(without / with) - 6.02).abs() < 0.01, "{}", db(without / with));
}

#[test]
fn exchanging_transmitter_and_receiver_changes_nothing() {
    let body = primitives::capsule(0.12, 0.5, 24);
    let (one, other) = (Vec3::new(-1.5, -1.0, 0.4), Vec3::new(0.9, -2.0, -0.2));
    for engine in [Engine::Exact, Engine::Fast] {
        let settings = SimSettings { engine, sigma_rad: 0.3, visibility: Visibility::Raycast, ..bare() };
        let (there, back) =
            (level(&between(64, one, other), &body, settings), level(&between(64, other, one), &body, settings));
        assert!((there / back - 1.0).abs() < 1e-5, "{engine:?}: {there} {back}");
    }
}
