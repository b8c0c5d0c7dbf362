//! On which side of a plane a point lies, without rounding error.

use robust::{Coord3D, orient3d};

/// Six times the signed volume of the tetrahedron `a b c x`: positive if `x` lies above the plane through `a b c`, which
/// run counter-clockwise seen from above. The sign is exact as long as no product of three coordinates leaves the range of `f64`
/// (Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", Discrete & Computational
/// Geometry 18 (1997)).
pub(super) fn orientation(a: [f64; 3], b: [f64; 3], c: [f64; 3], x: [f64; 3]) -> f64 {
    let place = |[x, y, z]: [f64; 3]| Coord3D { x, y, z };
    // Shewchuk's is positive below the plane.
    -orient3d(place(a), place(b), place(c), place(x))
}

#[cfg(test)]
mod tests {
    use super::orientation;

    #[test]
    fn sees_the_last_bit() {
        let (a, b, c) = ([0.1, 0.1, 0.1], [0.9, 0.3, 0.1], [0.2, 0.7, 0.1]);
        assert_eq!(orientation(a, b, c, [0.4, 0.4, 0.1]), 0.0);
        assert!(orientation(a, b, c, [0.4, 0.4, 0.1 + f64::EPSILON / 8.0]) > 0.0);
        assert!(orientation(a, b, c, [0.4, 0.4, 0.1 - f64::EPSILON / 8.0]) < 0.0);
    }

    #[test]
    fn is_exact_on_a_slanted_lattice() {
        // x + 2y + 3z = 6 in steps of 2^-30 far from the origin: integers in disguise, so zero must come out as zero.
        let on = |i: i64, j: i64| {
            let k = 3.0 * f64::from(1 << 20);
            let (x, y) = (3.0 * i as f64, 3.0 * j as f64);
            [k + x, k + y, k - (x + 2.0 * y) / 3.0].map(|v| v / f64::from(1 << 30))
        };
        assert_eq!(orientation(on(1, 2), on(7_000, -5), on(-300, 4_001), on(12_345, 6_789)), 0.0);
        let mut above = on(12_345, 6_789);
        above[2] = above[2].next_up();
        let mut below = on(12_345, 6_789);
        below[2] = below[2].next_down();
        let side = |x| orientation(on(1, 2), on(7_000, -5), on(-300, 4_001), x);
        assert!(side(above) * side(below) < 0.0);
    }
}
