//! Everything that moves in a scene as one list of vertices, and its motion sampled over a frame.

use super::engine::PointMotion;
use super::error::SimError;
use super::scatterers::{Scatterer, scatter};
use super::wanted::Wanted;
use crate::base::Vec3;
use crate::geometry::measure::bounding_box;
use crate::geometry::{MovingMesh, Smoothing};
use crate::propagation::Scattering;
use crate::sensor::RadarTrack;
use serde::{Deserialize, Serialize};

/// A point that reflects alike in all directions and is never hidden.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointTarget {
    /// Position at time zero, m.
    pub position: Vec3,
    /// Velocity at time zero, m/s.
    pub velocity: Vec3,
    /// Acceleration, m/s²; constant.
    #[serde(default)]
    pub acceleration: Vec3,
    /// Gain, m²: the amplitude is `gain / (|L_T − P| |P − L_R|)`; see [`crate::propagation::budget::point_gain`].
    pub gain: f64,
}

/// All meshes and points of a scene; vertices of the meshes first, points last.
pub(super) struct Stage<'a> {
    meshes: &'a [&'a dyn MovingMesh],
    points: &'a [PointTarget],
    /// First vertex of each mesh, and the end of the last.
    offsets: Vec<usize>,
    /// Faces of all meshes.
    pub(super) faces: Vec<[u32; 3]>,
    /// Share of the amplitude that each face reflects; empty when all reflect fully.
    reflects: Vec<f64>,
    /// Places that scatter.
    pub(super) scatterers: Vec<Scatterer>,
    /// Share of the amplitude that each face mirrors beside what it scatters; empty when nothing scatters.
    mirrors: Vec<f64>,
    /// Which corners of faces have a normal in common; none where triangles are taken as flat.
    pub(super) smoothing: Option<Smoothing>,
    /// Whether every mesh is known to be the surface of solids.
    solid: bool,
    /// A radar on the move, in whose frame everything is then given.
    observer: Option<&'a RadarTrack>,
}

impl<'a> Stage<'a> {
    /// Puts everything into one list and checks the faces.
    pub(super) fn new(meshes: &'a [&'a dyn MovingMesh], points: &'a [PointTarget]) -> Result<Self, SimError> {
        let mut offsets = vec![0];
        let mut faces = Vec::new();
        let mut end = 0;
        let mut solid = true;
        for (m, mesh) in meshes.iter().enumerate() {
            let count = mesh.vertex_count();
            for (f, face) in mesh.faces().iter().enumerate() {
                if let Some(&vertex) = face.iter().find(|&&v| v as usize >= count) {
                    return Err(SimError::FaceIndex { mesh: m, face: f, vertex, count });
                }
                faces.push(face.map(|v| v + end as u32));
            }
            solid &= mesh.is_solid();
            end += count;
            offsets.push(end);
        }
        for (point, p) in points.iter().enumerate() {
            let motion = [p.position, p.velocity, p.acceleration];
            let finite = motion.iter().flat_map(Vec3::iter).all(|v| v.is_finite()) && p.gain.is_finite();
            if !finite {
                return Err(SimError::PointNotFinite { point, time_s: 0.0 });
            }
        }
        Ok(Self {
            meshes,
            points,
            offsets,
            faces,
            reflects: Vec::new(),
            scatterers: Vec::new(),
            mirrors: Vec::new(),
            smoothing: None,
            solid,
            observer: None,
        })
    }

    /// The same seen from a radar on the move: all positions are then in the sensor frame of the moment. Lengths of paths stay
    /// what they are, so that antennas stand still for the engines.
    pub(super) fn observed(mut self, observer: Option<&'a RadarTrack>) -> Self {
        self.observer = observer;
        self
    }

    /// The same with meshes that stand for smooth surfaces.
    pub(super) fn smooth(mut self) -> Self {
        let mut all = Smoothing::default();
        for mesh in self.meshes {
            let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
            mesh.vertices_at(0.0, &mut vertices);
            all.extend(Smoothing::of(&vertices, mesh.faces(), mesh.crease_rad()));
        }
        self.smoothing = Some(all);
        self
    }

    /// The same with meshes that reflect the given shares of the amplitude; meshes beyond the list reflect fully.
    pub(super) fn reflecting(mut self, shares: &[f64]) -> Self {
        if shares.iter().any(|s| *s != 1.0) {
            let share = |m: usize| shares.get(m).copied().unwrap_or(1.0);
            self.reflects =
                self.meshes.iter().enumerate().flat_map(|(m, mesh)| vec![share(m); mesh.faces().len()]).collect();
        }
        self
    }

    /// The same with meshes that scatter; meshes beyond the list only mirror.
    pub(super) fn scattering(mut self, all: &[Scattering], wavelength_m: f64) -> Self {
        if all.iter().all(|s| s.coefficient == 0.0) {
            return self;
        }
        let mut first = 0;
        for (m, mesh) in self.meshes.iter().enumerate() {
            let (faces, scattering) = (mesh.faces(), all.get(m).copied().unwrap_or(Scattering::NONE));
            if scattering.coefficient > 0.0 {
                let mut vertices = vec![Vec3::zeros(); mesh.vertex_count()];
                mesh.vertices_at(0.0, &mut vertices);
                self.scatterers.extend(scatter(&vertices, faces, (m, first), scattering, wavelength_m));
            }
            self.mirrors.extend(vec![scattering.mirrored(); faces.len()]);
            first += faces.len() as u32;
        }
        self
    }

    /// Share of the amplitude that a face mirrors beside what it scatters.
    pub(super) fn mirrors(&self, face: usize) -> f64 {
        self.mirrors.get(face).copied().unwrap_or(1.0)
    }

    /// Share of the amplitude that a face reflects.
    pub(super) fn reflects(&self, face: usize) -> f64 {
        self.reflects.get(face).copied().unwrap_or(1.0)
    }

    /// Whether what the backs of facets hide from `view` is hidden by fronts as well: all meshes are solids, and the view is outside of
    /// the boxes around them.
    pub(super) fn fronts_hide_all(&self, view: Vec3, vertices: &[Vec3]) -> bool {
        let outside = |mesh: &[usize]| {
            bounding_box(&vertices[mesh[0]..mesh[1]])
                .is_none_or(|(low, high)| (0..3).any(|x| view[x] < low[x] || view[x] > high[x]))
        };
        self.solid && self.offsets.windows(2).all(outside)
    }

    /// Number of vertices of the meshes.
    pub(super) fn vertex_count(&self) -> usize {
        self.offsets[self.meshes.len()]
    }

    /// The point targets.
    pub(super) fn points(&self) -> &[PointTarget] {
        self.points
    }

    /// Writes all vertices and points at `time_s`; an error when one is not finite.
    pub(super) fn write(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        for (m, mesh) in self.meshes.iter().enumerate() {
            let part = &mut out[self.offsets[m]..self.offsets[m + 1]];
            mesh.vertices_at(time_s, part);
            if let Some(vertex) = part.iter().position(|v| !(v.x + v.y + v.z).is_finite()) {
                return Err(SimError::NotFinite { mesh: m, vertex, time_s });
            }
        }
        let first = self.vertex_count();
        for (i, (o, p)) in out[first..].iter_mut().zip(self.points).enumerate() {
            *o = p.position + p.velocity * time_s + p.acceleration * (0.5 * time_s * time_s);
            if !(o.x + o.y + o.z).is_finite() {
                return Err(SimError::PointNotFinite { point: i, time_s });
            }
        }
        if let Some(track) = self.observer {
            let pose = track.pose_at(time_s);
            let turn = pose.rotation().inverse().to_rotation_matrix();
            out.iter_mut().for_each(|v| *v = turn * (*v - pose.position));
        }
        Ok(())
    }

    /// Vertices and points together.
    pub(super) fn len(&self) -> usize {
        self.vertex_count() + self.points.len()
    }
}

/// Asks the scene at every moment anew.
pub(super) struct EveryChirp<'a> {
    pub(super) stage: &'a Stage<'a>,
    /// The surface's points.
    pub(super) wanted: &'a Wanted,
}

thread_local! {
    /// Memory only, overwritten before it is read.
    static ALL: std::cell::RefCell<Vec<Vec3>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl PointMotion for EveryChirp<'_> {
    fn point_count(&self) -> usize {
        self.wanted.len()
    }

    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        // Taken out for the call: a mesh may itself use the pool and re-enter on this thread.
        let mut all = ALL.take();
        all.resize(self.stage.len(), Vec3::zeros());
        let result = self.stage.write(time_s, &mut all);
        if result.is_ok() {
            self.wanted.write(&all, out);
        }
        ALL.set(all);
        result
    }
}

/// Points whose polynomials are evaluated together.
const STRIP: usize = 256;

/// The polynomial through samples at Chebyshev nodes of the first kind.
pub(super) struct Chebyshev {
    middle_s: f64,
    half_s: f64,
    /// Nodes in [-1, 1].
    nodes: Vec<f64>,
    /// Weights of the barycentric formula.
    weights: Vec<f64>,
    /// `samples[node][point]`.
    samples: Vec<Vec<Vec3>>,
}

/// All vertices and points of a stage at the Chebyshev nodes of a span of time.
pub(super) struct Samples {
    span: (f64, f64),
    /// `[node][vertex]`.
    nodes: Vec<Vec<Vec3>>,
}

impl Samples {
    /// Asks the stage at `n` nodes over `span`, s.
    pub(super) fn take(stage: &Stage, span: (f64, f64), n: usize) -> Result<Self, SimError> {
        let (middle_s, half_s) = middle_and_half(span);
        let mut nodes = vec![vec![Vec3::zeros(); stage.len()]; n];
        for (j, out) in nodes.iter_mut().enumerate() {
            stage.write(middle_s + half_s * angle(j, n).cos(), out)?;
        }
        Ok(Self { span, nodes })
    }

    /// The polynomials of some points.
    pub(super) fn of(&self, wanted: &Wanted) -> Chebyshev {
        let (middle_s, half_s) = middle_and_half(self.span);
        let n = self.nodes.len();
        let sample = |all: &[Vec3]| {
            let mut out = vec![Vec3::zeros(); wanted.len()];
            wanted.write(all, &mut out);
            out
        };
        Chebyshev {
            middle_s,
            half_s,
            nodes: (0..n).map(|j| angle(j, n).cos()).collect(),
            weights: (0..n).map(|j| angle(j, n).sin() * if j % 2 == 0 { 1.0 } else { -1.0 }).collect(),
            samples: self.nodes.iter().map(|at| sample(at)).collect(),
        }
    }
}

/// Middle and half of a span, the latter never zero.
fn middle_and_half((start_s, end_s): (f64, f64)) -> (f64, f64) {
    (0.5 * (start_s + end_s), (0.5 * (end_s - start_s)).max(1e-12))
}

/// The angle whose cosine is Chebyshev node `j` of `n`.
fn angle(j: usize, n: usize) -> f64 {
    std::f64::consts::PI * (2 * j + 1) as f64 / (2 * n) as f64
}

impl Chebyshev {
    /// Share of each node in the value at `time_s` (Berrut & Trefethen 2004, eq. 4.2).
    fn shares(&self, time_s: f64) -> Vec<f64> {
        let x = (time_s - self.middle_s) / self.half_s;
        if let Some(hit) = self.nodes.iter().position(|n| (x - n).abs() < 1e-14) {
            return (0..self.nodes.len()).map(|j| if j == hit { 1.0 } else { 0.0 }).collect();
        }
        let terms: Vec<f64> = self.nodes.iter().zip(&self.weights).map(|(n, w)| w / (x - n)).collect();
        let sum: f64 = terms.iter().sum();
        terms.iter().map(|t| t / sum).collect()
    }
}

impl PointMotion for Chebyshev {
    fn point_count(&self) -> usize {
        self.samples[0].len()
    }

    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
        let shares = self.shares(time_s);
        // A few points at a time, which stay in the first cache over all nodes.
        for (i, out) in out.chunks_mut(STRIP).enumerate() {
            for (j, (share, sample)) in shares.iter().zip(&self.samples).enumerate() {
                let sample = &sample[i * STRIP..];
                if j == 0 {
                    out.iter_mut().zip(sample).for_each(|(o, s)| *o = s * *share);
                } else {
                    out.iter_mut().zip(sample).for_each(|(o, s)| *o += s * *share);
                }
            }
        }
        Ok(())
    }

    fn some_positions_at(&self, time_s: f64, points: &[u32], out: &mut [Vec3]) -> Result<(), SimError> {
        let shares = self.shares(time_s);
        for &point in points {
            let mut terms = shares.iter().zip(&self.samples).map(|(share, sample)| sample[point as usize] * *share);
            let first = terms.next().unwrap_or_default();
            out[point as usize] = terms.fold(first, |sum, term| sum + term);
        }
        Ok(())
    }
}
