//! A facet and the rule that says what it reflects.

use super::specular::{lobe, lobe_exponent, mirrored};
use crate::base::Vec3;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the reflection of a triangle is summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FacetRule {
    /// The published quasi-specular equation: the whole area stands at the centre of the triangle,
    /// `area · C / (|L_T − F| |F − L_R|)`. Right only where the triangle is small against the wavelength; a coarse mesh comes
    /// out tens of decibels too strong.
    Centre,
    /// The surface integral of the same equation: the centre's value times the mean phasor over the triangle, in closed form
    /// for a linear phase ([`super::form_factor`]); triangles too large for that are split ([`super::split`]).
    #[default]
    Integral,
}

/// Centre, normal and area of a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangle {
    /// Mean of the corners, m.
    pub centre: Vec3,
    /// Unit normal, outwards when the corners are counter-clockwise seen from outside; zero for a degenerate triangle.
    pub normal: Vec3,
    /// Area, m².
    pub area: f64,
}

impl Triangle {
    /// Area below which a triangle counts as degenerate, m² (a square micrometre).
    pub const SMALLEST_AREA: f64 = 1e-12;

    /// The triangle with the corners `a`, `b`, `c`.
    pub fn new(a: Vec3, b: Vec3, c: Vec3) -> Self {
        let cross = (b - a).cross(&(c - a));
        let twice = cross.norm();
        let normal = if twice > 0.0 { cross / twice } else { Vec3::zeros() };
        Self { centre: (a + b + c) / 3.0, normal, area: 0.5 * twice }
    }

    /// Whether the triangle has no area worth speaking of.
    pub fn is_degenerate(&self) -> bool {
        self.area <= Self::SMALLEST_AREA || self.area.is_nan()
    }

    /// Amplitude of the published equation, dimensionless: `area · C / (|L_T − F| |F − L_R|)`.
    ///
    /// `sigma_rad` is the width of the lobe in rad, 0 for a lobe of one everywhere. The engine computes the same per chirp and
    /// antenna pair in vector code; this is the plain form for tests and small tools.
    pub fn centre_amplitude(&self, tx: Vec3, rx: Vec3, sigma_rad: f64) -> f64 {
        let (there, back) = (self.centre - tx, rx - self.centre);
        let (d_tx, d_rx) = (there.norm(), back.norm());
        let cosine = mirrored(there / d_tx, self.normal).dot(&(back / d_rx));
        self.area * lobe(cosine, lobe_exponent(sigma_rad)) / (d_tx * d_rx)
    }
}
