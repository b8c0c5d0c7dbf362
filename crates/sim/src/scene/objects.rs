//! Things that stand in the scene: boxes and meshes from files.

use super::error::SceneError;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::base::{Rotation, Vec3};
use crate::geometry::{Mesh, Up, primitives, read_mesh};
use crate::propagation::{Material, Scattering};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A thing as typed: exactly one of `box_m` and `mesh`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Edges of a box along x, y and z before it is turned, m; 0.001 to 50 each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub box_m: Option<[f64; 3]>,
    /// An OBJ or glTF file; relative to the folder of the scene ([`super::SceneSpec::beside`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh: Option<PathBuf>,
    /// Metres for a unit of the file; 1e-6 to 1000.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub scale: f64,
    /// Which axis of the file points upwards.
    #[serde(default)]
    pub up: Up,
    /// Where it stands: the middle of a box, the origin of a file; m to the right of the world's origin, −100 to 100.
    pub x_m: Span,
    /// The same away from the world's origin, m; −100 to 100.
    pub y_m: Span,
    /// Height of a box's lower side or of a file's origin above the floor, m; −10 to 10.
    #[serde(default = "zero")]
    pub z_m: Span,
    /// Turned to the left seen from above, degrees; −180 to 180.
    #[serde(default = "zero")]
    pub turn_deg: Span,
    /// What it is made of; without it, it reflects everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Material>,
    /// How its surface scatters beside what it mirrors; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scattering: Option<Scattering>,
}

fn one() -> f64 {
    1.0
}

fn is_one(x: &f64) -> bool {
    *x == 1.0
}

fn zero() -> Span {
    Span::Fixed(0.0)
}

/// A thing at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectDraw {
    /// The thing; its ranges are drawn below.
    pub object: ObjectSpec,
    /// Where it stands, m.
    pub position: Vec3,
    /// Turned to the left seen from above, rad.
    pub turn_rad: f64,
}

impl ObjectSpec {
    /// Everything that is wrong with it, files included.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let limits = [
            (self.x_m, "x_m", -100.0, 100.0, "m"),
            (self.y_m, "y_m", -100.0, 100.0, "m"),
            (self.z_m, "z_m", -10.0, 10.0, "m"),
            (self.turn_deg, "turn_deg", -180.0, 180.0, "degrees"),
        ];
        let mut problems: Vec<Problem> = limits.into_iter().filter_map(|(v, k, a, b, u)| v.check(k, a, b, u)).collect();
        if !(1e-6..=1000.0).contains(&self.scale) {
            problems.push(Problem::new("scale", format!("{}; expected 1e-6 to 1000", self.scale)));
        }
        if self.box_m.is_some_and(|edges| edges.iter().any(|e| !(1e-3..=50.0).contains(e))) {
            problems.push(Problem::new("box_m", "expected three edges of 0.001 to 50 m"));
        }
        problems.extend(self.scattering.iter().flat_map(|s| s.problems()).map(|p| p.under("scattering")));
        match (&self.box_m, &self.mesh) {
            (Some(_), None) => {}
            (None, Some(_)) if problems.is_empty() => {
                problems.extend(self.shape().err().map(|e| Problem::new("mesh", e.to_string())));
            }
            (None, Some(_)) => {}
            _ => problems.push(Problem::new("", "a thing needs exactly one of `box_m` and `mesh`")),
        }
        problems
    }

    /// Its surface before it is put anywhere.
    fn shape(&self) -> Result<Mesh, SceneError> {
        match (&self.box_m, &self.mesh) {
            (_, Some(path)) => Ok(read_mesh(path, self.up, self.scale)?),
            (edges, None) => {
                let edges = Vec3::from(edges.unwrap_or_default());
                Ok(primitives::cuboid(edges).translated(Vec3::z() * (0.5 * edges.z)))
            }
        }
    }

    pub(super) fn draw(&self, tree: &RandomTree, item: u64) -> ObjectDraw {
        let drawn = |span: Span, purpose: &str| span.draw(&mut tree.stream(item, purpose));
        ObjectDraw {
            object: self.clone(),
            position: Vec3::new(drawn(self.x_m, "x"), drawn(self.y_m, "y"), drawn(self.z_m, "z")),
            turn_rad: drawn(self.turn_deg, "turn").to_radians(),
        }
    }
}

impl ObjectDraw {
    /// The surface in the world.
    pub fn surface(&self) -> Result<Mesh, SceneError> {
        let turn = Rotation::from_axis_angle(&Vec3::z_axis(), self.turn_rad);
        Ok(self.object.shape()?.transformed(&turn, self.position))
    }
}
