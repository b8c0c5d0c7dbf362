//! The quasi-specular lobe of a rough facet.

use super::elementary::{exp_negative, squared_angle};
use crate::base::Vec3;

/// Exponent factor `1 / (2 σ²)` of a lobe of width `sigma_rad`; zero for σ = 0, which stands for a lobe of one everywhere.
pub fn lobe_exponent(sigma_rad: f64) -> f64 {
    if sigma_rad > 0.0 { 0.5 / (sigma_rad * sigma_rad) } else { 0.0 }
}

/// `C = exp(-θ² / 2σ²)` for the cosine of θ; `exponent` is [`lobe_exponent`] of σ.
///
/// θ is the angle between the mirror image of the incoming direction about the facet's normal and the direction to the
/// receiver (mmCLIP, SenSys 2024, signal simulation).
#[inline(always)]
pub fn lobe(cos_theta: f64, exponent: f64) -> f64 {
    exp_negative(exponent * squared_angle(cos_theta))
}

/// The mirror image of `direction` about a plane with the unit `normal`; the sign of the normal does not matter.
#[inline(always)]
pub fn mirrored(direction: Vec3, normal: Vec3) -> Vec3 {
    direction - normal * (2.0 * direction.dot(&normal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lobe_is_one_in_the_mirror_direction_and_falls_as_a_gaussian() {
        let e = lobe_exponent(0.25);
        assert!((lobe(1.0, e) - 1.0).abs() < 1e-14);
        assert!((lobe(0.25_f64.cos(), e) - (-0.5_f64).exp()).abs() < 1e-13);
        assert_eq!(lobe(-0.3, lobe_exponent(0.0)), 1.0);
    }

    #[test]
    fn the_mirror_keeps_the_angle() {
        let d = Vec3::new(0.3, 0.9, -0.2).normalize();
        let n = Vec3::new(0.1, -1.0, 0.3).normalize();
        let m = mirrored(d, n);
        assert!((m.dot(&n) + d.dot(&n)).abs() < 1e-15 && (m.norm() - 1.0).abs() < 1e-15);
        assert_eq!(mirrored(d, -n), m);
    }
}
