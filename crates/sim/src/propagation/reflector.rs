//! Things whose echo is known in closed form: points of a stated radar cross section, and corner reflectors.
//!
//! Facets do not reflect each other here, so that a corner of three plates would return next to nothing along its axis. A corner
//! reflector is therefore a point at its apex (all ways over two or three plates are as long as the way to the apex and back) with
//! the closed form of what it returns: geometrical optics gives the effective area A, the part of its opening by which a ray gets back,
//! and `σ = 4π A² / λ²` (Robertson 1947, "Targets for microwave radar navigation", Bell Syst. Tech. J. 26, 852; Knott, Shaeffer and Tuley,
//! "Radar Cross Section", section 6.3). It holds for edges of several wavelengths, in the far field.

use super::budget::point_gain;
use crate::base::{Rotation, Vec3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_PI_4, PI, TAU};

/// A point with a position, a direction and an echo.
pub trait PointReflector: Sync {
    /// What it returns.
    fn echo(&self) -> PointEcho;
    /// Where it is in the world at `time_s`, m, and how it is turned from its rest, in which it looks along −y.
    fn place_at(&self, time_s: f64) -> (Vec3, Rotation);
}

/// What a reflector returns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PointEcho {
    /// The same in all directions.
    Isotropic {
        /// Radar cross section, m²; 0 and above.
        rcs_m2: f64,
    },
    /// That of a corner reflector.
    Corner(Corner),
}

/// Form of a corner reflector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CornerShape {
    /// Three right-angled triangles.
    Trihedral,
    /// Three squares.
    SquareTrihedral,
    /// Two rectangles.
    Dihedral,
}

/// A corner reflector of perfectly conducting plates at right angles.
///
/// At rest its axis of symmetry looks along −y. A trihedral has one of its edges in the upper half of the vertical plane through the axis, a
/// dihedral has its fold upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corner {
    /// The form.
    pub shape: CornerShape,
    /// Edge from the apex, m; of a dihedral the width of a plate across the fold.
    pub edge_m: f64,
    /// Length of a dihedral along its fold, m; trihedrals have none.
    pub length_m: f64,
}

impl PointEcho {
    /// Gain of the point, m², for waves that come from and go back to `towards` (a unit vector in the reflector's own frame, from it
    /// to the radar): [`super::budget::point_gain`] of its radar cross section, negative where the phase is turned round.
    pub fn gain(&self, towards: Vec3, wavelength_m: f64) -> f64 {
        match self {
            Self::Isotropic { rcs_m2 } => point_gain(*rcs_m2, wavelength_m),
            Self::Corner(corner) => corner.area_m2(towards, wavelength_m),
        }
    }

    /// Largest gain over all directions, m².
    pub fn peak_gain(&self, wavelength_m: f64) -> f64 {
        self.gain(-Vec3::y(), wavelength_m)
    }

    /// Radar cross section seen from `towards`, m².
    pub fn rcs_m2(&self, towards: Vec3, wavelength_m: f64) -> f64 {
        4.0 * PI * (self.gain(towards, wavelength_m) / wavelength_m).powi(2)
    }

    /// Whether it returns the wave to where it came from only.
    pub fn is_retroreflector(&self) -> bool {
        matches!(self, Self::Corner(_))
    }
}

impl Corner {
    /// Effective area seen from `towards`, m²: `σ = 4π A² / λ²`.
    ///
    /// ```
    /// use kinecho_base::base::Vec3;
    /// use kinecho_sim::propagation::reflector::{Corner, CornerShape};
    /// let corner = Corner { shape: CornerShape::Trihedral, edge_m: 0.1, length_m: 0.0 };
    /// assert!((corner.area_m2(-Vec3::y(), 0.004) - 0.01 / 3f64.sqrt()).abs() < 1e-12);
    /// ```
    pub fn area_m2(&self, towards: Vec3, wavelength_m: f64) -> f64 {
        let square = self.edge_m * self.edge_m;
        match self.shape {
            CornerShape::Trihedral => square * triangular(trihedral_cosines(towards)),
            CornerShape::SquareTrihedral => square * squares(trihedral_cosines(towards)),
            CornerShape::Dihedral => self.dihedral(towards, wavelength_m),
        }
    }

    /// Twice reflected rays of a dihedral: `2 a b sin(45° − |φ|)` at the angle φ from the bisector across the fold; along the fold, at the
    /// angle ε from square to it, the pattern of a plate as long: `sin(x)/x` with `x = k b sin ε` (Knott 1977, "RCS reduction of dihedral
    /// corners", IEEE Trans. Antennas Propag. 25, 406). What a plate alone returns, when the radar looks squarely on it 45° off the
    /// axis, is left out.
    fn dihedral(&self, towards: Vec3, wavelength_m: f64) -> f64 {
        let across = towards.x.atan2(-towards.y).abs();
        if across >= FRAC_PI_4 {
            return 0.0;
        }
        let x = TAU / wavelength_m * self.length_m * towards.z;
        let along = if x.abs() < 1e-6 { 1.0 } else { x.sin() / x };
        let level = towards.x.hypot(towards.y);
        2.0 * self.edge_m * self.length_m * (FRAC_PI_4 - across).sin() * level * along
    }
}

/// Cosines of the angles between a direction and the three edges of a trihedral, smallest first; all zero from outside of its opening.
fn trihedral_cosines(towards: Vec3) -> [f64; 3] {
    let mut cosines = [0.0, 1.0, 2.0].map(|i: f64| {
        let (sin, cos) = (i * TAU / 3.0).sin_cos();
        Vec3::new(2f64.sqrt() * sin, -1.0, 2f64.sqrt() * cos).dot(&towards) / 3f64.sqrt()
    });
    cosines.sort_by(f64::total_cmp);
    if cosines[0] <= 0.0 { [0.0; 3] } else { cosines }
}

/// Effective area of three triangles with edges of one: the part that the opening, seen from the radar, has in common with its image
/// through the apex (Spencer 1944, MIT Radiation Laboratory report 433; Siegel et al. 1955, J. Appl. Phys. 26, 297).
fn triangular([l, m, n]: [f64; 3]) -> f64 {
    let sum = l + m + n;
    match sum > 0.0 {
        false => 0.0,
        true if l + m <= n => 4.0 * l * m / sum,
        true => sum - 2.0 / sum,
    }
}

/// The same of three squares.
fn squares([l, m, n]: [f64; 3]) -> f64 {
    match m > 0.0 {
        false => 0.0,
        true if 2.0 * m <= n => 4.0 * l * m / n,
        true => l * (4.0 - n / m),
    }
}
