//! A thing as typed, and what is wrong with it.

use super::motion::MotionSpec;
use crate::base::Vec3;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::geometry::{Mesh, Up, primitives, read_mesh};
use crate::propagation::reflector::{Corner, CornerShape, PointEcho};
use crate::propagation::{Material, Scattering};
use crate::scene::error::SceneError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A thing as typed: exactly one of `box_m`, `mesh`, `rcs_dbsm` and `corner`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectSpec {
    /// Edges of a box along x, y and z before it is turned, m; 0.001 to 50 each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub box_m: Option<[f64; 3]>,
    /// An OBJ or glTF file; relative to the folder of the scene ([`crate::scene::SceneSpec::beside`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh: Option<PathBuf>,
    /// A point of this radar cross section in all directions, decibels over a square metre; −100 to 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rcs_dbsm: Option<Span>,
    /// A corner reflector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corner: Option<CornerSpec>,
    /// Metres for a unit of the file; 1e-6 to 1000.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub scale: f64,
    /// Which axis of the file points upwards.
    #[serde(default)]
    pub up: Up,
    /// Where it stands: the middle of a box, the origin of a file, a point, the apex of a corner; with a `motion` the pivot of a pendulum
    /// or the hub of a rotation. m to the right of the world's origin, −100 to 100; given unless it moves along a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_m: Option<Span>,
    /// The same away from the world's origin, m; −100 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_m: Option<Span>,
    /// Height above the floor of the same, of a box that of its lower side, m; −10 to 10, by default 0.
    #[serde(default = "zero")]
    pub z_m: Span,
    /// Turned to the left seen from above, degrees; −180 to 180. Unturned, a corner reflector looks along −y.
    #[serde(default = "zero")]
    pub turn_deg: Span,
    /// Tilted upwards, degrees; −90 to 90: what looks along −y then looks up by this.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub tilt_deg: Span,
    /// Rolled about where it looks, counter-clockwise seen from there, degrees; −180 to 180.
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    pub roll_deg: Span,
    /// What it is made of; without it, it reflects everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub material: Option<Material>,
    /// How its surface scatters beside what it mirrors; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scattering: Option<Scattering>,
    /// How it moves; without it, it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motion: Option<MotionSpec>,
}

/// A corner reflector as typed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CornerSpec {
    /// Its form.
    pub shape: CornerShape,
    /// Edge from the apex, of a dihedral the width of a plate across the fold, m; 0.005 to 10, and no less than the wavelength.
    pub edge_m: f64,
    /// Length of a dihedral along its fold, m; the same limits, by default `edge_m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<f64>,
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

fn is_zero(span: &Span) -> bool {
    *span == zero()
}

impl CornerSpec {
    pub(super) fn corner(&self) -> Corner {
        Corner { shape: self.shape, edge_m: self.edge_m, length_m: self.length_m.unwrap_or(self.edge_m) }
    }

    fn problems(&self, wavelength_m: Option<f64>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, value) in [("edge_m", Some(self.edge_m)), ("length_m", self.length_m)] {
            let Some(value) = value else { continue };
            if !(0.005..=10.0).contains(&value) {
                problems.push(Problem::new(key, format!("{value} m; expected 0.005 to 10 m")));
            } else if let Some(wavelength) = wavelength_m.filter(|w| value < *w) {
                let message =
                    format!("{value} m is below the wavelength, {wavelength:.4} m, where the closed form says nothing");
                problems.push(Problem::new(key, message));
            }
        }
        if self.length_m.is_some() && self.shape != CornerShape::Dihedral {
            problems.push(Problem::new("length_m", "goes with the shape `dihedral`"));
        }
        problems
    }
}

impl ObjectSpec {
    /// Everything that is wrong with it, files included; `frame_s` is the time between frames and `wavelength_m` the wavelength of the
    /// sensor, where it is known.
    pub(in crate::scene) fn problems(&self, sensor: Option<(f64, f64)>) -> Vec<Problem> {
        let limits = [
            (self.x_m, "x_m", -100.0, 100.0, "m"),
            (self.y_m, "y_m", -100.0, 100.0, "m"),
            (Some(self.z_m), "z_m", -10.0, 10.0, "m"),
            (Some(self.turn_deg), "turn_deg", -180.0, 180.0, "degrees"),
            (Some(self.tilt_deg), "tilt_deg", -90.0, 90.0, "degrees"),
            (Some(self.roll_deg), "roll_deg", -180.0, 180.0, "degrees"),
            (self.rcs_dbsm, "rcs_dbsm", -100.0, 80.0, "dBsm"),
        ];
        let limits = limits.into_iter().filter_map(|(v, k, a, b, u)| v?.check(k, a, b, u));
        let mut problems: Vec<Problem> = limits.collect();
        if !(1e-6..=1000.0).contains(&self.scale) {
            problems.push(Problem::new("scale", format!("{}; expected 1e-6 to 1000", self.scale)));
        }
        if self.box_m.is_some_and(|edges| edges.iter().any(|e| !(1e-3..=50.0).contains(e))) {
            problems.push(Problem::new("box_m", "expected three edges of 0.001 to 50 m"));
        }
        if let Some(corner) = &self.corner {
            problems.extend(corner.problems(sensor.map(|s| s.1)).into_iter().map(|p| p.under("corner")));
        }
        problems.extend(self.place_problems());
        if let Some(motion) = &self.motion {
            problems.extend(motion.problems().into_iter().map(|p| p.under("motion")));
            if self.rcs_dbsm.is_none() {
                problems.extend(motion.quick_problem(sensor.map(|s| s.0)).map(|p| p.under("motion")));
            }
        }
        let kinds = [self.box_m.is_some(), self.mesh.is_some(), self.rcs_dbsm.is_some(), self.corner.is_some()];
        if kinds.iter().filter(|there| **there).count() != 1 {
            let message = "a thing needs exactly one of `box_m`, `mesh`, `rcs_dbsm` and `corner`";
            problems.push(Problem::new("", message));
        } else if self.mesh.is_some() && problems.is_empty() {
            problems.extend(self.shape().err().map(|e| Problem::new("mesh", e.to_string())));
        }
        problems
    }

    /// What is wrong with where it stands, and keys that say nothing of a thing of its kind.
    fn place_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let on_path = self.motion.as_ref().is_some_and(|motion| motion.path.is_some());
        for (key, there) in [("x_m", self.x_m.is_some()), ("y_m", self.y_m.is_some()), ("z_m", self.z_m != zero())] {
            if on_path && there {
                problems.push(Problem::new(key, "the `motion.path` says where it is; leave one of them out"));
            } else if !on_path && !there && key != "z_m" {
                problems.push(Problem::new(key, "is missing; expected metres from the world's origin"));
            }
        }
        let point = self.rcs_dbsm.is_some();
        let turns = [("turn_deg", self.turn_deg), ("tilt_deg", self.tilt_deg), ("roll_deg", self.roll_deg)];
        for (key, _) in turns.into_iter().filter(|(_, span)| point && *span != zero()) {
            problems.push(Problem::new(key, "a point looks alike from all sides"));
        }
        problems.extend(self.scattering.iter().flat_map(|s| s.problems()).map(|p| p.under("scattering")));
        if self.scattering.is_some() && (point || self.corner.is_some()) {
            problems.push(Problem::new("scattering", "goes with `box_m` and `mesh`; a radar cross section says all"));
        }
        if self.material.is_some() && (point || self.corner.is_some()) {
            problems.push(Problem::new("material", "goes with `box_m` and `mesh`; a radar cross section says all"));
        }
        if self.mesh.is_none() && (self.scale != 1.0 || self.up != Up::default()) {
            problems.push(Problem::new(if self.scale != 1.0 { "scale" } else { "up" }, "goes with `mesh`"));
        }
        problems
    }

    /// Whether it is a surface; otherwise it is a reflector.
    pub(in crate::scene) fn is_surface(&self) -> bool {
        self.rcs_dbsm.is_none() && self.corner.is_none()
    }

    /// Its surface before it is put anywhere.
    pub(super) fn shape(&self) -> Result<Mesh, SceneError> {
        match (&self.box_m, &self.mesh) {
            (_, Some(path)) => Ok(read_mesh(path, self.up, self.scale)?),
            (edges, None) => {
                let edges = Vec3::from(edges.unwrap_or_default());
                Ok(primitives::cuboid(edges).translated(Vec3::z() * (0.5 * edges.z)))
            }
        }
    }

    /// What it is, in a word.
    pub(in crate::scene) fn kind(&self) -> &'static str {
        match (&self.corner, self.rcs_dbsm, &self.mesh) {
            (Some(_), _, _) => "corner",
            (_, Some(_), _) => "point",
            (_, _, Some(_)) => "mesh",
            _ => "box",
        }
    }

    /// Its echo, if it is a reflector; `rcs_dbsm` is what was drawn.
    pub(in crate::scene) fn echo(&self, rcs_dbsm: Option<f64>) -> Option<PointEcho> {
        match (&self.corner, rcs_dbsm) {
            (Some(corner), _) => Some(PointEcho::Corner(corner.corner())),
            (None, Some(dbsm)) => Some(PointEcho::Isotropic { rcs_m2: 10f64.powf(0.1 * dbsm) }),
            (None, None) => None,
        }
    }
}
