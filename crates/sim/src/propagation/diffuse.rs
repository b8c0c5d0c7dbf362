//! Scattering beside the mirror direction: the directive model of Degli-Esposti, Fuschini, Vitucci and Falciasecca (2007, "Measurement and modelling
//! of scattering from buildings", IEEE Trans. Antennas Propag. 55, 143; section II-B, single lobe).
//!
//! A share S² of the power that a surface gives back is scattered, in a lobe about the mirror direction; 1 − S² is left of the mirrored
//! one. Per area dA and solid angle dΩ it is `S² |Γ|² cos θᵢ ((1 + cos ψ) / 2)^α / F dA dΩ` of the power density that falls in, ψ being the angle
//! to the mirror direction and F what makes the lobe one over the half-space. Their cos θᵢ and F are those of the incidence; here both stand for
//! the geometric mean of incidence and departure, so that exchanging transmitter and receiver changes nothing. On the way back to where the
//! wave came from the two are the same; in all directions together the reciprocal form scatters 0.87 to 1.06 of S² (0° to 70°).

use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How a surface scatters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scattering {
    /// Scattering coefficient S: root of the share of the power given back that is scattered, 0..1; 0 for none. Walls of buildings have 0.2 to 0.4
    /// (the paper above, table III); for clothing at millimetre waves no measurement is known to us.
    pub coefficient: f64,
    /// Exponent α of the lobe, 1..20: the larger the narrower. 4 is the paper's for a single lobe.
    pub exponent: u32,
}

impl Default for Scattering {
    fn default() -> Self {
        Self { coefficient: 0.3, exponent: 4 }
    }
}

impl Scattering {
    /// A surface that only mirrors.
    pub const NONE: Self = Self { coefficient: 0.0, exponent: 4 };

    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        if !(0.0..=1.0).contains(&self.coefficient) {
            out.push(Problem::new("coefficient", format!("{} given, must be 0 to 1", self.coefficient)));
        }
        if !(1..=20).contains(&self.exponent) {
            out.push(Problem::new("exponent", format!("{} given, must be 1 to 20", self.exponent)));
        }
        out
    }

    /// Share of the mirrored amplitude that is left: √(1 − S²).
    pub fn mirrored(&self) -> f64 {
        (1.0 - self.coefficient * self.coefficient).max(0.0).sqrt()
    }

    /// Scattered power per area and solid angle over the power density that falls in, 1/sr, of a surface that gives back all: `incident` and
    /// `departing` are the cosines to the normal, `off` that to the mirror direction. Zero at and below grazing.
    pub fn intensity(&self, incident: f64, departing: f64, off: f64) -> f64 {
        if incident <= 0.0 || departing <= 0.0 {
            return 0.0;
        }
        let lobe = (0.5 * (1.0 + off.clamp(-1.0, 1.0))).powi(self.exponent as i32);
        let norm = self.over_half_space(incident) * self.over_half_space(departing);
        self.coefficient * self.coefficient * lobe * (incident * departing / norm).sqrt()
    }

    /// `F`: the lobe integrated over the half-space, sr, for the cosine of incidence `cosine` (eq. 8 there).
    fn over_half_space(&self, cosine: f64) -> f64 {
        let sine_square = (1.0 - cosine * cosine).max(0.0);
        let mut sum = 0.0;
        let mut choose = 1.0; // C(α, j)
        // Σ C(2w, w) (sin² / 4)^w up to (j − 1) / 2, one more term for every odd j.
        let (mut term, mut series) = (1.0, 0.0);
        for j in 0..=self.exponent {
            let share = if j % 2 == 0 {
                1.0
            } else {
                let w = f64::from((j - 1) / 2);
                if w > 0.0 {
                    term *= (2.0 * w - 1.0) / (2.0 * w) * sine_square;
                }
                series += term;
                cosine * series
            };
            sum += choose * TAU / f64::from(j + 1) * share;
            choose *= f64::from(self.exponent - j) / f64::from(j + 1);
        }
        sum / 2f64.powi(self.exponent as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Vec3;
    use crate::propagation::specular::mirrored;

    /// Sum over the directions of a half-space in equal solid angles.
    fn over_half_space(mut value: impl FnMut(Vec3) -> f64) -> f64 {
        let n = 400;
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..2 * n {
                let (z, turn) = ((f64::from(i) + 0.5) / f64::from(n), TAU * (f64::from(j) + 0.5) / f64::from(2 * n));
                let flat = (1.0 - z * z).sqrt();
                sum += value(Vec3::new(flat * turn.cos(), flat * turn.sin(), z));
            }
        }
        sum * TAU / f64::from(2 * n * n)
    }

    #[test]
    fn the_lobe_holds_the_share_of_the_power_that_it_should() {
        for (exponent, degrees) in [(1, 0.0_f64), (2, 40.0), (4, 0.0), (4, 55.0), (4, 80.0), (7, 30.0), (20, 70.0)] {
            let scattering = Scattering { coefficient: 0.4, exponent };
            let incident = degrees.to_radians().cos();
            let there = Vec3::new(degrees.to_radians().sin(), 0.0, -incident);
            let mirror = mirrored(there, Vec3::z());
            let lobe = |out: Vec3| (0.5 * (1.0 + out.dot(&mirror))).powi(exponent as i32);
            let (got, want) = (scattering.over_half_space(incident), over_half_space(lobe));
            assert!((got / want - 1.0).abs() < 1e-3, "{exponent}, {degrees}: {got} instead of {want}");
        }
    }

    #[test]
    fn it_is_reciprocal_and_gives_back_about_its_share() {
        let scattering = Scattering::default();
        for degrees in [0.0_f64, 20.0, 45.0, 70.0] {
            let (incident, sine) = (degrees.to_radians().cos(), degrees.to_radians().sin());
            let mirror = Vec3::new(sine, 0.0, incident);
            let power = over_half_space(|out| scattering.intensity(incident, out.z, out.dot(&mirror)));
            // The geometric mean with the departure moves it by some: 0.87 to 1.06.
            let share = power / (0.09 * incident);
            println!("{degrees} degrees: {share:.3} of S² cos θ");
            assert!((0.85..1.07).contains(&share), "{degrees}: {share}");
            let (a, b) = (scattering.intensity(incident, 0.3, 0.6), scattering.intensity(0.3, incident, 0.6));
            assert!((a - b).abs() < 1e-15);
        }
        assert_eq!(scattering.intensity(0.5, -0.1, 0.3), 0.0);
        assert!((scattering.mirrored().powi(2) + 0.09 - 1.0).abs() < 1e-15);
    }
}
