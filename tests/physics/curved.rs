//! Facets as pieces of a smooth surface, against finely cut ones and closed forms.

use super::scenes::{bare, single};
use kinecho::base::random::RandomTree;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Pose};
use kinecho::geometry::{Mesh, MovingMesh, Smoothing, primitives};
use kinecho::sensor::RadarPose;
use kinecho::sim::{Engine, Job, SimSettings, Simulator, Visibility};
use ndarray::Array2;
use rand::RngExt;

/// Triangles whose edges are no creases, whatever the angles.
struct Skin(Mesh);

impl MovingMesh for Skin {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn vertices_at(&self, _: f64, out: &mut [Vec3]) {
        out.copy_from_slice(&self.0.vertices);
    }
    fn crease_rad(&self) -> f64 {
        std::f64::consts::PI
    }
}

fn level(mesh: &dyn MovingMesh, settings: SimSettings) -> f64 {
    amplitude(&Job { meshes: &[mesh], n_frames: 1, ..Job::default() }, settings)
}

/// With a mask in place of what is seen.
fn masked(mesh: &dyn MovingMesh, settings: SimSettings, mask: Vec<bool>) -> f64 {
    let mask = Array2::from_shape_vec((1, mask.len()), mask).unwrap();
    amplitude(&Job { meshes: &[mesh], n_frames: 1, mask: Some(mask.view()), ..Job::default() }, settings)
}

fn amplitude(job: &Job, settings: SimSettings) -> f64 {
    let simulator = Simulator::new(single(1, 8), RadarPose::default(), settings).unwrap();
    let out = simulator.run_job(job).unwrap();
    let data = &out.cube().unwrap().data;
    (data.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / data.len() as f64).sqrt()
}

fn settings() -> SimSettings {
    SimSettings { sigma_rad: 0.3, visibility: Visibility::HiddenPoint, ..bare() }
}

/// A cubic curve by Hermite's form: values and slopes at both ends.
fn hermite([p, q]: [Vec3; 2], [u, v]: [Vec3; 2], t: f64) -> Vec3 {
    let (s, t2) = (1.0 - t, t * t);
    p * ((1.0 + 2.0 * t) * s * s) + u * (t * s * s) + q * (t2 * (3.0 - 2.0 * t)) + v * (t2 * (t - 1.0))
}

/// Every triangle cut into `n²` on the cubic triangle that its corners' normals ask for: edges as Hermite curves whose slopes are the edge less its
/// part along the normals; inside, the blend of the three curves from side to side that has quadratic precision.
fn refined(mesh: &Mesh, n: usize) -> Mesh {
    let smooth = Smoothing::of(&mesh.vertices, &mesh.faces, std::f64::consts::PI);
    let normals = smooth.normals(&mesh.vertices, &mesh.faces);
    let mut out = Mesh { vertices: Vec::new(), faces: Vec::new() };
    for face in &mesh.faces {
        let (p, m) = (face.map(|v| mesh.vertices[v as usize]), face.map(|v| normals[v as usize]));
        let slope = |from: usize, to: usize, at: usize| {
            let edge = p[to] - p[from];
            edge - m[at] * edge.dot(&m[at])
        };
        let edge = |i: usize, j: usize, t: f64| hermite([p[i], p[j]], [slope(i, j, i), slope(i, j, j)], t);
        // Control point in the middle, by the values of the patch at the middles of its edges: b111 = (Σ edge control points) / 4 − (Σ corners) / 6.
        let control = |i: usize, j: usize| p[i] + slope(i, j, i) / 3.0;
        let sum = [(0, 1), (1, 0), (1, 2), (2, 1), (2, 0), (0, 2)].iter().map(|&(i, j)| control(i, j)).sum::<Vec3>();
        let middle = sum / 4.0 - (p[0] + p[1] + p[2]) / 6.0;
        let at = |b: [f64; 3]| {
            // On edges the Hermite curve; inside, Bernstein's form by its cubic terms.
            for (i, j, k) in [(0, 1, 2), (1, 2, 0), (2, 0, 1)] {
                if b[k] == 0.0 {
                    return edge(i, j, b[j]);
                }
            }
            let mut sum = middle * (6.0 * b[0] * b[1] * b[2]);
            for i in 0..3 {
                sum += p[i] * b[i].powi(3);
                for j in (0..3).filter(|j| *j != i) {
                    sum += control(i, j) * (3.0 * b[i] * b[i] * b[j]);
                }
            }
            sum
        };
        let first = out.vertices.len() as u32;
        let mut rows = Vec::new();
        for i in 0..=n {
            rows.push(out.vertices.len() as u32 - first);
            out.vertices.extend((0..=n - i).map(|j| at([n - i - j, i, j].map(|x| x as f64 / n as f64))));
        }
        for i in 0..n {
            for j in 0..(n - i) as u32 {
                let (low, high) = (first + rows[i] + j, first + rows[i + 1] + j);
                out.faces.push([low, high, low + 1]);
                if (j as usize) + i + 1 < n {
                    out.faces.push([high, high + 1, low + 1]);
                }
            }
        }
    }
    out
}

fn moved(mesh: &Mesh, turn: Rotation, to: Vec3) -> Mesh {
    mesh.transformed(&turn, to)
}

fn rms(values: &[f64]) -> f64 {
    (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt()
}

/// A ball of 15 cm with the facets of a body sends back πa² however it lies; flat facets miss it by many decibels.
#[test]
fn a_ball_of_coarse_facets_is_a_ball() {
    let (radius, far) = (0.075, 3.0);
    let ball = primitives::icosphere(radius, 2);
    let fine = |engine| SimSettings { engine, ..settings() };
    let spread = |settings: SimSettings| -> Vec<f64> {
        let tree = RandomTree::new(4);
        (0..24)
            .map(|i| {
                let mut draw = tree.stream(i, "turn");
                let turn = Rotation::from_scaled_axis(Vec3::from_fn(|_, _| draw.random_range(-3.0..3.0)));
                let got = level(&Skin(moved(&ball, turn, Vec3::new(0.0, far, 0.0))), settings);
                // Geometrical optics at this distance: amplitude λ a / (2 d (d − a)) over the point nearest to the radar, d its distance.
                let wavelength = single(1, 8).cube_info().wavelength_m(8);
                let near = far - radius;
                let want = wavelength * radius / (2.0 * near * far);
                20.0 * (got / want).log10()
            })
            .collect()
    };
    let curved = spread(fine(Engine::Fast));
    let flat = spread(SimSettings { curvature: false, ..fine(Engine::Fast) });
    let lobe = spread(SimSettings { curvature_tolerance_rad: 0.02, weakest_lobe: 0.0, ..fine(Engine::Exact) });
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    println!(
        "ball of 320 facets: curved {:+.2} dB ({:.2} rms about the finest), flat {:.2} dB rms; finest {:+.2} dB of the closed form",
        mean(&curved),
        rms(&curved.iter().map(|c| c - mean(&lobe)).collect::<Vec<_>>()),
        rms(&flat.iter().map(|c| c - mean(&lobe)).collect::<Vec<_>>()),
        mean(&lobe),
    );
    // The lobe takes some hundredths of a decibel from the zone around the nearest point.
    assert!(mean(&lobe).abs() < 0.5 && rms(&lobe.iter().map(|c| c - mean(&lobe)).collect::<Vec<_>>()) < 0.3);
    assert!(rms(&curved) < 1.0, "{curved:?}");
    assert!(rms(&flat) > 3.0);
}

/// The body from all sides against itself on finely cut cubic triangles.
#[test]
fn a_body_is_its_own_refinement() {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
    body.skin(&Pose::rest(body.skeleton.rest.len()), &mut vertices);
    let coarse = Mesh { vertices, faces: body.faces().to_vec() };
    let fine = refined(&coarse, 8);
    let (mut off, mut flat) = (Vec::new(), Vec::new());
    for i in 0..18 {
        let turn = Rotation::from_scaled_axis(Vec3::z() * (f64::from(i) * std::f64::consts::PI / 9.0 + 0.03));
        let place = Vec3::new(0.0, 3.0, -1.0);
        let (small, large) = (Skin(moved(&coarse, turn, place)), moved(&fine, turn, place));
        // Those facets take part that face the radar, and all pieces of them.
        let faces_radar = |face: &[u32; 3]| {
            let [a, b, c] = face.map(|v| small.0.vertices[v as usize]);
            (b - a).cross(&(c - a)).dot(&a) < 0.0
        };
        let fronts: Vec<bool> = small.0.faces.iter().map(faces_radar).collect();
        let pieces: Vec<bool> = fronts.iter().flat_map(|front| [*front; 64]).collect();
        let all = SimSettings { visibility: Visibility::All, ..settings() };
        let flat_rule = SimSettings { curvature: false, ..all };
        let want = masked(&large, flat_rule, pieces);
        let db = |x: f64| 20.0 * (x / want).log10();
        off.push(db(masked(&small, SimSettings { engine: Engine::Fast, ..all }, fronts.clone())));
        flat.push(db(masked(&small, flat_rule, fronts)));
    }
    println!("body: {:.2} dB rms off its refinement, flat {:.2} dB rms: {off:.2?}", rms(&off), rms(&flat));
    assert!(rms(&off) < 1.0 && rms(&flat) > 2.0);
}
