//! What facets reflect: the integral rule against closed forms, and against itself on finer meshes.

use crate::scenes::{bare, db, moved, rms, run_mesh, single, still};
use kinecho::base::{Rotation, Vec3};
use kinecho::geometry::{Mesh, primitives};
use kinecho::propagation::FacetRule;
use kinecho::sim::reference::read_case;
use kinecho::sim::{Engine, SimSettings, Visibility};
use std::f64::consts::PI;

/// Every triangle cut into four in its own plane.
fn subdivided(mesh: &Mesh) -> Mesh {
    let mut out = Mesh::default();
    for face in &mesh.faces {
        let [a, b, c] = face.map(|v| mesh.vertices[v as usize]);
        let first = out.vertices.len() as u32;
        out.vertices.extend([a, b, c, (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0]);
        out.faces.extend([[0, 3, 5], [1, 4, 3], [2, 5, 4], [3, 4, 5]].map(|f: [u32; 3]| f.map(|v| v + first)));
    }
    out
}

/// A plate in the plane y = 0, whatever plane the primitive has, turned about z by `angle`, at `y`.
fn plate_at(side: f64, cells: usize, angle: f64, y: f64) -> Mesh {
    let mut mesh = Mesh::default();
    let step = side / cells as f64;
    let corner = |i: usize, j: usize| {
        let (x, z) = (i as f64 * step - side / 2.0, j as f64 * step - side / 2.0);
        Vec3::new(x * angle.cos(), y + x * angle.sin(), z)
    };
    for i in 0..cells {
        for j in 0..cells {
            let n = mesh.vertices.len() as u32;
            mesh.vertices.extend([corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)]);
            mesh.faces.extend([[n, n + 1, n + 2], [n, n + 2, n + 3]]);
        }
    }
    mesh
}

#[test]
fn a_far_plate_follows_the_sinc_of_physical_optics() {
    let mut radar = single(1, 1);
    radar.adc_start_s = 0.0;
    let (side, range) = (0.08, 60.0);
    let wave_number = 2.0 * PI * radar.start_frequency_hz / kinecho::base::constants::SPEED_OF_LIGHT;
    let settings = SimSettings { drop_beyond_range: false, ..bare() };
    for degrees in [0.0, 1.0, 2.5, 5.0, 10.0, 21.0, 40.0] {
        let angle = f64::to_radians(degrees);
        let got = rms(&run_mesh(&radar, &still(plate_at(side, 2, angle, range)), settings));
        let x = wave_number * side * angle.sin();
        let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
        let want = side * side / (range * range) * angle.cos() * sinc.abs();
        // Relative to broadside, since the closed form has nulls.
        let error = (got - want).abs() * range * range / (side * side);
        println!("{degrees:5} deg: {:.2} dB, closed form {:.2} dB", db(got * range * range), db(want * range * range));
        assert!(error < 2e-3, "{degrees} deg: {error}");
    }
}

#[test]
fn subdividing_changes_the_power_by_less_than_half_a_decibel() {
    let radar = single(1, 64);
    let broadside = rms(&run_mesh(&radar, &still(plate_at(0.08, 1, 0.0, 2.0)), bare()));
    let tilted = |angle: f64| (format!("plate at {angle} rad"), plate_at(0.08, 1, angle, 2.0));
    let plates = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.4].map(tilted);
    let ball = moved(primitives::icosphere(0.1, 3), Vec3::new(0.1, 1.0, 0.0));
    // Cutting a flat facet does not round it.
    let flat = SimSettings { curvature: false, ..bare() };
    let fine = SimSettings { integral_tolerance: 2e-3, sweep_tolerance: 2e-2, ..flat };
    for (name, mesh) in plates.into_iter().chain([("sphere of 1280".to_owned(), ball)]) {
        let meshes: Vec<Mesh> = std::iter::successors(Some(mesh), |m| Some(subdivided(m))).take(5).collect();
        let levels = |settings: SimSettings, count: usize| -> Vec<f64> {
            meshes[..count].iter().map(|m| rms(&run_mesh(&radar, &still(m.clone()), settings))).collect()
        };
        let (normal, fine) = (levels(flat, 5), levels(fine, 3));
        let truth = fine[2];
        let decibels = |l: &[f64]| l.iter().map(|l| db(*l)).collect::<Vec<f64>>();
        println!("{name}: {:.2?} dB; with a tenth of the tolerance {:.2?} dB", decibels(&normal), decibels(&fine));
        for level in &normal {
            // Errors are relative to the coherent sum: far down in the side lobes (25 dB below broadside) they show.
            let side_lobe = truth < 0.056 * broadside && (level - truth).abs() < 5e-3 * broadside;
            assert!(side_lobe || db(level / truth).abs() < 0.5, "{name}: {:?}", decibels(&normal));
        }
        for level in &fine {
            assert!(db(level / truth).abs() < 0.5, "{name}: {:?}", decibels(&fine));
        }
    }
}

#[test]
fn a_sphere_comes_near_its_stationary_phase_value() {
    let radar = single(1, 256);
    let (radius, range) = (0.1, 1.0);
    let nearest = range - radius;
    let wavelength = radar.cube_info().wavelength_m(256);
    // ∫ exp(j2kr)/r² dA near the nearest point: λ/2 · a / (r₀ (r₀ + a)).
    let want = 0.5 * wavelength * radius / (nearest * (nearest + radius));
    for (subdivisions, edge_mm) in [(3, 16.0), (4, 7.0), (5, 3.6)] {
        let sphere = primitives::icosphere(radius, subdivisions);
        let edges =
            sphere.faces.iter().map(|f| (sphere.vertices[f[0] as usize] - sphere.vertices[f[1] as usize]).norm());
        let longest = 1e3 * edges.fold(0.0, f64::max);
        // Whether a facet or a corner looks at the radar is chance: the mean power over how the mesh is turned.
        let mut levels = [Vec::new(), Vec::new()];
        for turn in 0..12 {
            let axis = Vec3::new(f64::from(turn) * 0.61, 0.3 + f64::from(turn) * 0.83, f64::from(turn % 5) * 0.47);
            let turned = sphere.transformed(&Rotation::from_scaled_axis(axis), Vec3::new(0.0, range, 0.0));
            for (rule, levels) in [FacetRule::Integral, FacetRule::Centre].into_iter().zip(&mut levels) {
                let lit = SimSettings { visibility: Visibility::HiddenPoint, facet_rule: rule, ..bare() };
                levels.push(rms(&run_mesh(&radar, &turned, lit)) / want);
            }
        }
        let mean = |l: &[f64]| 10.0 * (l.iter().map(|x| x * x).sum::<f64>() / l.len() as f64).log10();
        let span = |l: &[f64]| (db(l.iter().copied().fold(9e9, f64::min)), db(l.iter().copied().fold(0.0, f64::max)));
        let (low, high) = span(&levels[0]);
        println!(
            "{} faces, edges up to {longest:.1} mm (about {edge_mm}): integral {:+.2} dB ({low:+.2} to {high:+.2}), centre rule \
             {:+.2} dB",
            sphere.faces.len(),
            mean(&levels[0]),
            mean(&levels[1])
        );
        assert!(mean(&levels[0]).abs() < 1.0, "{edge_mm} mm: {} dB", mean(&levels[0]));
    }
}

#[test]
fn reflection_of_a_small_plate_falls_with_the_fourth_power_of_range() {
    let radar = single(1, 64);
    let level = |y: f64| rms(&run_mesh(&radar, &still(plate_at(0.01, 1, 0.0, y)), bare()));
    let fall = db(level(4.0) / level(2.0));
    println!("a plate of 1 cm from 2 to 4 m: {fall:.4} dB, R⁻⁴ asks for {:.4} dB", -40.0 * 2f64.log10());
    assert!((fall + 40.0 * 2f64.log10()).abs() < 0.01, "{fall} dB");
}

#[test]
fn the_golden_plate_is_approached_as_the_tolerance_falls() {
    let Some(folder) = super::needs::reference() else { return };
    let case = read_case(&folder.join("e1_plate_area_integral.npz")).unwrap();
    let mut last = f64::INFINITY;
    for tolerance in [0.05, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9] {
        let settings =
            SimSettings { integral_tolerance: tolerance, sweep_tolerance: tolerance, ..case.settings(Engine::Exact) };
        let got = case.simulate(settings, None).unwrap();
        let error = case.error_of(&got);
        println!("tolerance {tolerance:e}: {} patches, relative error {error:.2e}", got.report.patches.max);
        // Rounding is reached at 1e-11.
        assert!(error < last.max(1e-10), "{tolerance:e}: {error:e}");
        last = error;
    }
    assert!(last < 1e-9);
    let settings = SimSettings { facet_rule: FacetRule::Centre, ..case.settings(Engine::Exact) };
    let error = case.error_of(&case.simulate(settings, None).unwrap());
    assert!((error - 346.0083371886538).abs() < 1e-6, "the centre rule is off by {error}");
}
