//! What walls, furniture and skin do to a wave that falls on them.
//!
//! Building materials: Recommendation ITU-R P.2040-3 (2023), Table 3: relative permittivity `ε′ = a f^b` and conductivity
//! `σ = c f^d` S/m with f in GHz; `η = ε′ − j σ / (2π f ε₀)`. All eleven rows and their ranges were compared with the transcription
//! of that table in sionna-rt (`radio_materials/itu.py`, lowest range of each material). Skin: the four-term Cole–Cole model of
//! dry skin of Gabriel, Lau and Gabriel (1996, Phys. Med. Biol. 41, 2271, Table 1), measured up to 20 GHz and in use up to
//! 100 GHz: 7.98 − j10.9 at 60 GHz. Its parameters were compared with public copies of the table of that paper's report (Gabriel
//! 1996, AL/OE-TR-1996-0037, appendix C, as on the pages of IFAC-CNR).

use crate::base::Complex64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};

/// Electric constant, F/m (CODATA 2018).
const EPSILON_0: f64 = 8.854_187_812_8e-12;

/// A half-space of one substance; by default what people are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Material {
    /// Reflects everything; `conductor` for short.
    #[serde(alias = "conductor")]
    PerfectConductor,
    /// Concrete; 1 to 100 GHz.
    Concrete,
    /// Brick; 1 to 40 GHz, extrapolated above.
    Brick,
    /// Plasterboard; 1 to 100 GHz.
    Plasterboard,
    /// Wood; 0.001 to 100 GHz.
    Wood,
    /// Glass; 0.1 to 100 GHz.
    Glass,
    /// Ceiling board; 1 to 100 GHz.
    CeilingBoard,
    /// Chipboard; 1 to 100 GHz.
    Chipboard,
    /// Plywood; 1 to 40 GHz, extrapolated above.
    Plywood,
    /// Marble; 1 to 60 GHz, extrapolated above.
    Marble,
    /// Floorboard; 50 to 100 GHz, extrapolated below.
    Floorboard,
    /// Metal; 1 to 100 GHz.
    Metal,
    /// Dry skin; up to 100 GHz.
    #[default]
    Skin,
}

/// Parameters of ITU-R P.2040-3, Table 3.
struct Itu {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    /// Range of validity, GHz.
    valid_ghz: [f64; 2],
}

impl Material {
    /// All of them.
    pub const ALL: [Material; 13] = [
        Material::PerfectConductor,
        Material::Concrete,
        Material::Brick,
        Material::Plasterboard,
        Material::Wood,
        Material::Glass,
        Material::CeilingBoard,
        Material::Chipboard,
        Material::Plywood,
        Material::Marble,
        Material::Floorboard,
        Material::Metal,
        Material::Skin,
    ];

    fn itu(self) -> Option<Itu> {
        let (a, c, d, low, high) = match self {
            Material::PerfectConductor | Material::Skin => return None,
            Material::Concrete => (5.24, 0.0462, 0.7822, 1.0, 100.0),
            Material::Brick => (3.91, 0.0238, 0.16, 1.0, 40.0),
            Material::Plasterboard => (2.73, 0.0085, 0.9395, 1.0, 100.0),
            Material::Wood => (1.99, 0.0047, 1.0718, 0.001, 100.0),
            Material::Glass => (6.31, 0.0036, 1.3394, 0.1, 100.0),
            Material::CeilingBoard => (1.48, 0.0011, 1.0750, 1.0, 100.0),
            Material::Chipboard => (2.58, 0.0217, 0.7800, 1.0, 100.0),
            Material::Plywood => (2.71, 0.33, 0.0, 1.0, 40.0),
            Material::Marble => (7.074, 0.0055, 0.9262, 1.0, 60.0),
            Material::Floorboard => (3.66, 0.0044, 1.3515, 50.0, 100.0),
            Material::Metal => (1.0, 1e7, 0.0, 1.0, 100.0),
        };
        // b is zero for all building materials; only kinds of ground have another.
        Some(Itu { a, b: 0.0, c, d, valid_ghz: [low, high] })
    }

    /// Frequencies for which the figures were given, Hz. Elsewhere the formula is extrapolated.
    pub fn valid_hz(self) -> [f64; 2] {
        match (self, self.itu()) {
            (_, Some(itu)) => itu.valid_ghz.map(|f| f * 1e9),
            (Material::Skin, None) => [10.0, 100e9],
            (_, None) => [0.0, f64::INFINITY],
        }
    }

    /// Complex relative permittivity η at `frequency_hz` (above 0), for fields that run as exp(+jωt); `None` for the perfect
    /// conductor.
    pub fn permittivity(self, frequency_hz: f64) -> Option<Complex64> {
        let ghz = frequency_hz * 1e-9;
        if let Some(itu) = self.itu() {
            let sigma = itu.c * ghz.powf(itu.d);
            return Some(Complex64::new(itu.a * ghz.powf(itu.b), -sigma / (TAU * frequency_hz * EPSILON_0)));
        }
        (self == Material::Skin).then(|| {
            let omega = TAU * frequency_hz;
            // (Δε, τ in s, α); the other two terms of dry skin are zero.
            let terms = [(32.0, 7.234e-12, 0.0), (1100.0, 32.481e-9, 0.2)];
            let sum: Complex64 = terms
                .iter()
                .map(|&(step, tau, alpha): &(f64, f64, f64)| {
                    let power = Complex64::from_polar((omega * tau).powf(1.0 - alpha), 0.5 * PI * (1.0 - alpha));
                    Complex64::new(step, 0.0) / (Complex64::new(1.0, 0.0) + power)
                })
                .sum();
            sum + Complex64::new(4.0, -2e-4 / (omega * EPSILON_0))
        })
    }

    /// Fresnel reflection coefficients at an angle of incidence with the cosine `cosine` (0 grazing, 1 normal): of the field
    /// across the plane of incidence (TE) and of the field in it (TM).
    ///
    /// ITU-R P.2040-3, eqs. 31a and 31b: with the TM field counted along `s × k` before and after, s the unit vector across the
    /// plane, a perfect conductor has −1 and +1.
    pub fn fresnel(self, frequency_hz: f64, cosine: f64) -> (Complex64, Complex64) {
        let Some(eta) = self.permittivity(frequency_hz) else {
            return (Complex64::new(-1.0, 0.0), Complex64::new(1.0, 0.0));
        };
        let root = (eta - (1.0 - cosine * cosine)).sqrt();
        let te = (-root + cosine) / (root + cosine);
        let tm = (eta * cosine - root) / (eta * cosine + root);
        (te, tm)
    }

    /// Share of the amplitude that comes back at normal incidence, 0..1: what a facet of this material reflects compared with one
    /// that conducts perfectly.
    ///
    /// The mean of TE and TM changes by less than a tenth up to 45°, so this serves for the quasi-specular facets at any angle. Its
    /// phase is left out: it is the same for the whole surface, a twentieth of a millimetre of range for skin at 77 GHz.
    pub fn amplitude(self, frequency_hz: f64) -> f64 {
        self.fresnel(frequency_hz, 1.0).0.norm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permittivities_are_the_published_ones() {
        let skin = Material::Skin.permittivity(60e9).unwrap();
        assert!((skin - Complex64::new(7.98, -10.90)).norm() < 0.02, "{skin}");
        // P.2040: concrete at 77 GHz: σ = 0.0462 · 77^0.7822 = 1.381 S/m, ε″ = 17.98 σ / f.
        let concrete = Material::Concrete.permittivity(77e9).unwrap();
        assert!((concrete - Complex64::new(5.24, -17.98 * 1.381 / 77.0)).norm() < 1e-3, "{concrete}");
    }

    #[test]
    fn no_material_gives_back_more_than_falls_on_it() {
        for material in Material::ALL {
            for i in 0..=100 {
                let (te, tm) = material.fresnel(77e9, f64::from(i) / 100.0);
                assert!(te.norm() <= 1.0 + 1e-12 && tm.norm() <= 1.0 + 1e-12, "{material:?} at {i}: {te} {tm}");
            }
            let (te, tm) = material.fresnel(77e9, 1.0);
            assert!((te + tm).norm() < 1e-9, "{material:?}: at normal incidence both are one");
        }
    }

    #[test]
    fn the_field_in_the_plane_vanishes_at_the_brewster_angle() {
        // tan θ = √ε′; plasterboard loses little.
        let angle = 2.73_f64.sqrt().atan();
        let (te, tm) = Material::Plasterboard.fresnel(77e9, angle.cos());
        assert!(tm.norm() < 0.02 && te.norm() > 0.4, "{te} {tm}");
    }
}
