//! A thing at its place: how it moves, and the surface or the reflector that the simulator takes.

use super::motion::Swing;
use super::path::Course;
use super::spec::ObjectSpec;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::{Rotation, Vec3};
use crate::geometry::{Mesh, MovingMesh};
use crate::propagation::PointReflector;
use crate::propagation::reflector::PointEcho;
use crate::scene::error::SceneError;
use serde::{Deserialize, Serialize};

/// A thing at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectDraw {
    /// The thing; its ranges are drawn below.
    pub object: ObjectSpec,
    /// Where it stands, m; of one on a path, where that begins.
    pub position: Vec3,
    /// Turned to the left seen from above, rad.
    pub turn_rad: f64,
    /// Tilted upwards, rad.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tilt_rad: f64,
    /// Rolled about where it looks, rad.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub roll_rad: f64,
    /// Radar cross section of a point, dBsm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rcs_dbsm: Option<f64>,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

impl ObjectSpec {
    pub(in crate::scene) fn draw(&self, tree: &RandomTree, item: u64) -> ObjectDraw {
        let drawn = |span: Span, purpose: &str| span.draw(&mut tree.stream(item, purpose));
        let place = |span: Option<Span>, purpose: &str| drawn(span.unwrap_or(Span::Fixed(0.0)), purpose);
        let start = self.motion.as_ref().and_then(|motion| motion.path.as_ref()).and_then(|path| path.start());
        ObjectDraw {
            object: self.clone(),
            position: start.unwrap_or(Vec3::new(place(self.x_m, "x"), place(self.y_m, "y"), drawn(self.z_m, "z"))),
            turn_rad: drawn(self.turn_deg, "turn").to_radians(),
            tilt_rad: drawn(self.tilt_deg, "tilt").to_radians(),
            roll_rad: drawn(self.roll_deg, "roll").to_radians(),
            rcs_dbsm: self.rcs_dbsm.map(|span| drawn(span, "rcs")),
        }
    }
}

/// Where a thing is and how it is turned, at any time.
#[derive(Clone, Debug)]
pub struct Movement {
    /// Where it stands, or the way that it takes.
    course: Option<Course>,
    position: Vec3,
    turn_rad: f64,
    /// Tilt and roll.
    lean: Rotation,
    swing: Swing,
}

impl Movement {
    /// Position in the world, m, and rotation from rest at `time_s`.
    pub fn at(&self, time_s: f64) -> (Vec3, Rotation) {
        let (held, turned) = match &self.course {
            Some(course) => course.at(time_s),
            None => (self.position, 0.0),
        };
        let (offset, swing) = self.swing.at(time_s);
        let turn = Rotation::from_axis_angle(&Vec3::z_axis(), self.turn_rad + turned);
        (held + offset, swing * turn * self.lean)
    }

    /// Whether it takes a path.
    pub fn is_on_path(&self) -> bool {
        self.course.is_some()
    }

    /// Whether it stands still.
    pub fn is_still(&self) -> bool {
        self.course.is_none() && self.swing.is_still()
    }
}

impl ObjectDraw {
    /// How it moves; an error when its path is none, which a checked scene does not have.
    pub fn movement(&self) -> Result<Movement, SceneError> {
        let motion = self.object.motion.as_ref();
        let course = motion.and_then(|motion| motion.path.as_ref()).map(Course::through).transpose();
        let lean = Rotation::from_axis_angle(&Vec3::x_axis(), -self.tilt_rad)
            * Rotation::from_axis_angle(&-Vec3::y_axis(), self.roll_rad);
        Ok(Movement {
            course: course.map_err(|p| SceneError::Path { message: format!("{}: {}", p.key, p.message) })?,
            position: self.position,
            turn_rad: self.turn_rad,
            lean,
            swing: motion.map(Swing::of).unwrap_or_default(),
        })
    }

    /// From the place that it is held by to its middle, m, before it is turned: of a box half its height, of other things nothing.
    pub(in crate::scene) fn middle(&self) -> Vec3 {
        Vec3::z() * self.object.box_m.map_or(0.0, |edges| 0.5 * edges[2])
    }

    /// The surface of a box or of a mesh.
    pub(in crate::scene) fn surface(&self) -> Result<Solid, SceneError> {
        let (shape, movement) = (self.object.shape()?, self.movement()?);
        let mesh = if movement.is_still() {
            let (position, rotation) = movement.at(0.0);
            shape.transformed(&rotation, position)
        } else {
            shape
        };
        Ok(Solid { mesh, movement })
    }

    /// The reflector that a point or a corner is; `None` for a surface.
    pub(in crate::scene) fn reflector(&self) -> Result<Option<Target>, SceneError> {
        let movement = self.movement()?;
        Ok(self.object.echo(self.rcs_dbsm).map(|echo| Target { echo, movement }))
    }
}

/// A rigid surface.
pub(in crate::scene) struct Solid {
    /// At rest; in the world where it stands still.
    mesh: Mesh,
    movement: Movement,
}

impl MovingMesh for Solid {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }

    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }

    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        if self.movement.is_still() {
            return out.copy_from_slice(&self.mesh.vertices);
        }
        let (position, rotation) = self.movement.at(time_s);
        let turn = rotation.to_rotation_matrix();
        out.iter_mut().zip(&self.mesh.vertices).for_each(|(o, v)| *o = turn * v + position);
    }

    fn is_quick(&self) -> bool {
        !self.movement.is_still()
    }
}

/// A point or a corner.
pub(in crate::scene) struct Target {
    echo: PointEcho,
    pub(in crate::scene) movement: Movement,
}

impl PointReflector for Target {
    fn echo(&self) -> PointEcho {
        self.echo
    }

    fn place_at(&self, time_s: f64) -> (Vec3, Rotation) {
        self.movement.at(time_s)
    }
}
