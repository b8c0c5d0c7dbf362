//! What vectors can do, and plain code that does it on every processor.

/// Only this crate has vectors: that they exist proves what the processor can do.
pub(crate) mod sealed {
    use crate::kernels::turn::Turn;

    /// Implemented by the vectors of this crate.
    pub trait Sealed {
        /// Adds whole groups of samples by a way of these vectors' own, and says how many.
        #[inline(always)]
        fn add_groups(_: Turn<'_>) -> usize {
            0
        }
    }
}

/// A vector of f32.
///
/// Lanes are never summed up, and AVX2 and AVX-512 both fuse multiply and add in `fma` and `fnma`: their results are the same to
/// the bit. Without fused instructions the roundings of these two differ (relative 1e-7); everything else is the same everywhere.
pub trait Lanes: Copy + sealed::Sealed {
    /// Number of lanes, a divisor of [`BLOCK`](crate::kernels::BLOCK).
    const COUNT: usize;
    /// The same registers as f64.
    type Doubles: Doubles;
    /// All lanes alike.
    fn splat(x: f32) -> Self;
    /// The first lanes of `from`, which must have as many.
    fn load(from: &[f32]) -> Self;
    /// The first lanes of whole numbers, which must be as many.
    fn load_whole(from: &[i16]) -> Self;
    /// Into the first places of `to`, which must have as many.
    fn store(self, to: &mut [f32]);
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Product.
    fn mul(self, other: Self) -> Self;
    /// `self · a + b`.
    fn fma(self, a: Self, b: Self) -> Self;
    /// `b − self · a`.
    fn fnma(self, a: Self, b: Self) -> Self;
    /// Difference to the nearest integer.
    fn fraction(self) -> Self;
    /// Quotient.
    fn div(self, other: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// The smaller one.
    fn min(self, other: Self) -> Self;
    /// The larger one.
    fn max(self, other: Self) -> Self;
    /// `yes` where `self < limit`, elsewhere `no`.
    fn where_below(self, limit: Self, yes: Self, no: Self) -> Self;
    /// 2 to the power of a whole number in −126..=0.
    fn whole_exp2(self) -> Self;
}

/// A vector of f64. Nothing is fused: every width gives the same bits.
pub trait Doubles: Copy + sealed::Sealed {
    /// Number of lanes.
    const COUNT: usize;
    /// All lanes alike.
    fn splat(x: f64) -> Self;
    /// The first lanes of `from`, which must have as many.
    fn load(from: &[f64]) -> Self;
    /// Into the first places of `to`, which must have as many.
    fn store(self, to: &mut [f64]);
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Product.
    fn mul(self, other: Self) -> Self;
}

/// Four lanes of plain code, which compilers turn into whatever vectors every processor has.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; 4]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let (a, b) = (self.0, other.0);
        Self([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

impl sealed::Sealed for Plain {}

impl Lanes for Plain {
    const COUNT: usize = 4;
    type Doubles = PlainDoubles;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self([from[0], from[1], from[2], from[3]])
    }
    #[inline(always)]
    fn load_whole(from: &[i16]) -> Self {
        Self([f32::from(from[0]), f32::from(from[1]), f32::from(from[2]), f32::from(from[3])])
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..4].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        self.mul(a).add(b)
    }
    #[inline(always)]
    fn fnma(self, a: Self, b: Self) -> Self {
        b.sub(self.mul(a))
    }
    #[inline(always)]
    fn fraction(self) -> Self {
        // Adding and subtracting 1.5 · 2²³ rounds to the nearest integer.
        let rounder = Self::splat(12_582_912.0);
        self.sub(self.add(rounder).sub(rounder))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn where_below(self, limit: Self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] < limit.0[i] { yes.0[i] } else { no.0[i] }))
    }
    #[inline(always)]
    fn whole_exp2(self) -> Self {
        Self(self.0.map(|x| f32::from_bits(((x as i32 + 127) as u32) << 23)))
    }
}

/// Two lanes of plain code.
#[derive(Clone, Copy)]
pub(crate) struct PlainDoubles([f64; 2]);

impl sealed::Sealed for PlainDoubles {}

impl Doubles for PlainDoubles {
    const COUNT: usize = 2;
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self([x; 2])
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        Self([from[0], from[1]])
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[..2].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self([self.0[0] - other.0[0], self.0[1] - other.0[1]])
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self([self.0[0] * other.0[0], self.0[1] * other.0[1]])
    }
}
