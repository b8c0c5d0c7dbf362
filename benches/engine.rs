//! The signal of one frame: both engines, the fast one at every vector width, on one core.
//!
//! The frame is the published one: AWR1843, 128 loops × 12 pairs × 256 samples, the default body at 3 m with swinging limbs,
//! facets by the integral rule. A second frame is that of the iwr1443 preset, 16 loops.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::{Complex64, Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, Pose, ShapedBody};
use kinecho::propagation::Triangle;
use kinecho::propagation::specular::lobe_exponent;
use kinecho::propagation::split::SplitRule;
use kinecho::sensor::sounding::Sounding;
use kinecho::sensor::{Device, FmcwRadar};
use kinecho::sim::engine::{FrameProblem, PointMotion};
use kinecho::sim::fast::Width;
use kinecho::sim::surface::{Facet, Patch, Surface};
use kinecho::sim::{Engine, SimError, SimSettings};
use kinecho::visibility::{HiddenPoint, visible_faces};

/// A body that walks on the spot at 3 m.
fn skin(body: &ShapedBody, time_s: f64) -> Vec<Vec3> {
    let mut pose = Pose::rest(body.skeleton.rest.len());
    let phase = std::f64::consts::TAU * time_s;
    let mut turn = |joint: Joint, angle: f64| {
        pose.rotations[joint as usize] = Rotation::from_axis_angle(&Vec3::x_axis(), angle);
    };
    turn(Joint::LeftHip, 0.5 * phase.sin());
    turn(Joint::RightHip, -0.5 * phase.sin());
    turn(Joint::LeftKnee, 0.5 + 0.5 * phase.cos());
    turn(Joint::RightKnee, 0.5 - 0.5 * phase.cos());
    let down = |angle: f64| Rotation::from_axis_angle(&Vec3::y_axis(), angle);
    let swing = Rotation::from_axis_angle(&Vec3::x_axis(), 0.6 * phase.sin());
    pose.rotations[Joint::LeftShoulder as usize] = swing * down(1.2);
    pose.rotations[Joint::RightShoulder as usize] = swing.inverse() * down(-1.2);
    pose.translation += Vec3::new(0.0, 3.0 - 1.0 * time_s, 0.0);
    let mut out = vec![Vec3::zeros(); body.vertex_count()];
    body.skin(&pose, &mut out);
    out
}

/// Vertices at Chebyshev nodes of the frame, as the simulator samples them.
struct Sampled {
    nodes: Vec<f64>,
    weights: Vec<f64>,
    samples: Vec<Vec<Vec3>>,
}

impl Sampled {
    fn new(body: &ShapedBody, end_s: f64, wanted: &[u32]) -> Self {
        let n = 6;
        let angle = |j: usize| std::f64::consts::PI * (2 * j + 1) as f64 / (2 * n) as f64;
        let nodes: Vec<f64> = (0..n).map(|j| 0.5 * end_s * (1.0 + angle(j).cos())).collect();
        let weights = (0..n).map(|j| angle(j).sin() * if j % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let at = |t: &f64| {
            let all = skin(body, *t);
            wanted.iter().map(|&v| all[v as usize]).collect()
        };
        Self { samples: nodes.iter().map(at).collect(), nodes, weights }
    }
}

impl PointMotion for Sampled {
    fn point_count(&self) -> usize {
        self.samples[0].len()
    }
    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        let terms: Vec<f64> = self.nodes.iter().zip(&self.weights).map(|(n, w)| w / (time_s - n + 1e-13)).collect();
        let sum: f64 = terms.iter().sum();
        out.fill(Vec3::zeros());
        for (term, sample) in terms.iter().zip(&self.samples) {
            out.iter_mut().zip(sample).for_each(|(o, s)| *o += s * (term / sum));
        }
        Ok(())
    }
}

struct Frame {
    sounding: Sounding,
    surface: Surface,
    motion: Sampled,
}

impl Frame {
    fn new(preset: &str) -> Self {
        let radar = FmcwRadar::preset(preset).unwrap();
        let sounding = radar.sounding(true);
        let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
        let lift = |antennas: &[Vec3]| -> Vec<Vec3> { antennas.iter().map(|a| a + Vec3::new(0.0, 0.0, 1.0)).collect() };
        let sounding = sounding.between(lift(&sounding.ends.tx), lift(&sounding.ends.rx));
        let view = Vec3::new(0.0, 0.0, 1.0);
        let vertices = skin(&body, 0.0);
        let corners: Vec<[Vec3; 3]> = body.faces().iter().map(|f| f.map(|v| vertices[v as usize])).collect();
        let triangles: Vec<Triangle> = corners.iter().map(|[a, b, c]| Triangle::new(*a, *b, *c)).collect();
        let centres: Vec<Vec3> = triangles.iter().map(|t| t.centre).collect();
        let normals: Vec<Vec3> = triangles.iter().map(|t| t.normal).collect();
        let visible = visible_faces(&centres, &normals, view, &HiddenPoint::default());
        let settings = SimSettings::default();
        let rule = SplitRule {
            wave_number: sounding.tones.mid_wave_number(),
            half_sweep: sounding.tones.half_sweep_wave_number(),
            tolerance: settings.integral_tolerance,
            sweep_tolerance: settings.sweep_tolerance,
        };
        let mut surface = Surface::default();
        for (i, face) in body.faces().iter().enumerate().filter(|(i, _)| visible[*i] && !triangles[*i].is_degenerate())
        {
            let facet = surface.facets.len() as u32;
            surface.facets.push(Facet { corners: *face, point_gain: None });
            let parts = rule.divide(corners[i], view, view).0.parts();
            surface.patches.extend(parts.into_iter().map(|part| Patch { facet, part }));
        }
        let wanted: Vec<u32> = (0..body.vertex_count() as u32).collect();
        let end_s = sounding.shots.last_s();
        let motion = Sampled::new(&body, end_s, &wanted);
        Self { sounding, surface, motion }
    }

    fn run(&self, engine: Engine, width: Width) -> Vec<Complex64> {
        let problem = FrameProblem {
            sounding: &self.sounding,
            start_s: 0.0,
            surface: &self.surface,
            motion: &self.motion,
            lobe_exponent: lobe_exponent(SimSettings::default().sigma_rad),
            oblique: true,
            intra_chirp: false,
            bundle_tolerance: 0.0,
            high_pass: Default::default(),
            width,
        };
        let len = self.sounding.shape().iter().product();
        let mut out = vec![Complex64::new(0.0, 0.0); len];
        engine.synthesise(&problem, &mut out).unwrap();
        out
    }
}

fn engines(c: &mut Criterion) {
    // One core: what a corpus worker has.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for preset in ["awr1843", "iwr1443"] {
        let frame = Frame::new(preset);
        let mut group = c.benchmark_group(preset);
        let widths = || Width::ALL.into_iter().rev().filter(|w| w.is_supported());
        group.sample_size(20);
        for width in widths() {
            let fast = || frame.run(Engine::Fast, width);
            group.bench_function(format!("fast {width:?}"), |b| b.iter(|| pool.install(fast)));
        }
        group.sample_size(10);
        group.bench_function("exact", |b| {
            let exact = || frame.run(Engine::Exact, Width::best());
            let want = pool.install(exact);
            let size: f64 = want.iter().map(|z| z.norm_sqr()).sum();
            let (facets, patches) = (frame.surface.facets.len(), frame.surface.patches.len());
            for width in widths() {
                let got = frame.run(Engine::Fast, width);
                let error: f64 = got.iter().zip(&want).map(|(g, w)| (g - w).norm_sqr()).sum();
                eprintln!("{facets} facets, {patches} patches, {width:?}: error {:.2e}", (error / size).sqrt());
            }
            b.iter(|| pool.install(exact));
        });
    }
}

criterion_group!(benches, engines);
criterion_main!(benches);
