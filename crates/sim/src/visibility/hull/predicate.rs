//! On which side of a plane a point lies, without rounding error.
//!
//! Expansion arithmetic after Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
//! Predicates", Discrete & Computational Geometry 18 (1997): a number is kept as a sum of non-overlapping `f64`s. Only
//! points that a rounded test cannot decide come here, so that the plain (not adaptive) form is enough.

/// Room for the longest expansion that occurs: three products of a 16-term by a 2-term expansion.
const CAPACITY: usize = 192;

/// A sum of `f64`s in order of growing magnitude, none of them zero.
struct Expansion {
    terms: [f64; CAPACITY],
    len: usize,
}

/// `a + b` as rounded sum and rounding error (Shewchuk, theorem 7).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_virtual = sum - a;
    let a_virtual = sum - b_virtual;
    (sum, (a - a_virtual) + (b - b_virtual))
}

/// `a * b` as rounded product and rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

impl Expansion {
    fn zero() -> Self {
        Self { terms: [0.0; CAPACITY], len: 0 }
    }

    fn difference(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, -b);
        let mut e = Self::zero();
        e.push(low);
        e.push(high);
        e
    }

    fn push(&mut self, term: f64) {
        if term != 0.0 && self.len < CAPACITY {
            self.terms[self.len] = term;
            self.len += 1;
        }
    }

    /// Adds one number (Shewchuk, GROW-EXPANSION with zero elimination).
    fn grow(&mut self, value: f64) {
        let old = self.len;
        self.len = 0;
        let mut carry = value;
        for i in 0..old {
            let (sum, error) = two_sum(carry, self.terms[i]);
            carry = sum;
            self.push(error);
        }
        self.push(carry);
    }

    fn terms(&self) -> &[f64] {
        &self.terms[..self.len]
    }

    fn add_product(&mut self, a: &Self, b: &Self, sign: f64) {
        for &x in a.terms() {
            for &y in b.terms() {
                let (product, error) = two_product(x, sign * y);
                self.grow(error);
                self.grow(product);
            }
        }
    }

    /// The value, rounded; its sign is exact because the largest term decides it.
    fn value(&self) -> f64 {
        self.terms().iter().sum()
    }
}

/// Six times the signed volume of the tetrahedron `a b c x`: positive if `x` lies above the plane through `a b c`, which
/// run counter-clockwise seen from above. The sign is exact for coordinates of magnitude 0 or 1e-70 … 1e70.
pub(super) fn orientation(a: [f64; 3], b: [f64; 3], c: [f64; 3], x: [f64; 3]) -> f64 {
    let from_a = |p: [f64; 3], axis: usize| Expansion::difference(p[axis], a[axis]);
    let mut volume = Expansion::zero();
    for axis in 0..3 {
        let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut minor = Expansion::zero();
        minor.add_product(&from_a(b, next), &from_a(c, last), 1.0);
        minor.add_product(&from_a(b, last), &from_a(c, next), -1.0);
        volume.add_product(&minor, &from_a(x, axis), 1.0);
    }
    volume.value()
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
