//! People for tests: the CC0 body in the middle of motions, and one that only breathes and sways.

use kinecho::base::random::RandomTree;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape};
use kinecho::geometry::{Mesh, MovingMesh};
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Performer, Placement};

/// The body `time_s` into a motion, standing at `position` and turned by `facing_rad`.
pub(crate) fn posed(slug: &str, time_s: f64, position: Vec3, facing_rad: f64) -> Mesh {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let score = ScoreBook::builtin().get(slug).unwrap();
    let rendition = Rendition::draw(score, &mut RandomTree::new(3).stream(0, "rendition"));
    let clip = score.play(&body.skeleton, &rendition, time_s + 0.5, 60.0).unwrap();
    let performer = Performer::new(body, clip, Placement { position, facing_rad }).unwrap();
    let mut vertices = vec![Vec3::zeros(); performer.vertex_count()];
    performer.vertices_at(time_s, &mut vertices);
    Mesh { vertices, faces: performer.faces().to_vec() }
}

/// Somebody who stands: the chest rises by 4 mm at 0.25 Hz, the body sways by 0.3° about the ankles and turns by 0.5°.
pub(crate) struct Standing(pub(crate) Mesh);

impl Standing {
    /// Turned by `facing_rad`, as `time_s` into a motion.
    pub(crate) fn at(range_m: f64, slug: &str, time_s: f64, facing_rad: f64) -> Self {
        Self(posed(slug, time_s, Vec3::new(0.0, range_m, 0.0), facing_rad))
    }
}

impl MovingMesh for Standing {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let wave = |rate: f64, shift: f64| (std::f64::consts::TAU * rate * time_s + shift).sin();
        let low = self.0.vertices.iter().fold(Vec3::zeros(), |a, v| a + v) / self.0.vertices.len() as f64;
        let ankles = Vec3::new(low.x, low.y, 0.0);
        let sway = Rotation::from_scaled_axis(Vec3::x() * (0.3_f64.to_radians() * wave(0.31, 0.4)));
        let turn = Rotation::from_scaled_axis(Vec3::z() * (0.5_f64.to_radians() * wave(0.23, 1.1)));
        let matrix = (sway * turn).to_rotation_matrix();
        for (o, v) in out.iter_mut().zip(&self.0.vertices) {
            let chest = (-((v.z - 1.25) / 0.15).powi(2)).exp();
            let breath = Vec3::y() * (-0.004 * chest * 0.5 * (1.0 + wave(0.25, 0.0)));
            *o = matrix * (v + breath - ankles) + ankles;
        }
    }
}
