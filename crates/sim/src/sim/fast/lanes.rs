//! Vectors of f32 in three widths, and the choice between them at run time.
//!
//! One source serves all: code over [`Lanes`] is compiled once for each type, inside a function that has the instructions of
//! that type. A lane is a loop of the frame, lanes are never summed up, and AVX2 and AVX-512 both fuse multiply and add: their
//! results are the same to the bit. Without fused instructions the roundings differ (relative 1e-7).

/// Loops of a block: the lanes of the widest vector.
pub(super) const BLOCK: usize = 16;

/// Vector instructions that the fast engine can use; the default is the best that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What every processor has.
    Portable,
    /// AVX2 and FMA: eight lanes.
    Avx2,
    /// AVX-512 F, DQ, BW and VL: sixteen lanes.
    Avx512,
}

impl Default for Width {
    fn default() -> Self {
        Self::best()
    }
}

impl Width {
    /// All, narrow to wide.
    pub const ALL: [Width; 3] = [Width::Portable, Width::Avx2, Width::Avx512];

    /// The widest that this processor has.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|w| w.is_supported()).unwrap_or(Width::Portable)
    }

    /// Whether this processor has it.
    pub fn is_supported(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            match self {
                Width::Portable => true,
                Width::Avx2 => has!("avx2") && has!("fma"),
                Width::Avx512 => has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl"),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Width::Portable
        }
    }

    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Width::Portable => "portable instructions",
            Width::Avx2 => "AVX2 and FMA",
            Width::Avx512 => "AVX-512",
        }
    }

    /// Runs a task with the vectors of this width; with narrower ones when the processor does not have them.
    pub(super) fn run<T: Task>(self, task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma")]
            fn avx2<T: Task>(task: T) -> T::Output {
                task.run::<x86::Eight>()
            }
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
            fn avx512<T: Task>(task: T) -> T::Output {
                task.run::<x86::Sixteen>()
            }
            // SAFETY: the processor was asked for the features.
            match self {
                Width::Avx512 if self.is_supported() => return unsafe { avx512(task) },
                Width::Avx2 if self.is_supported() => return unsafe { avx2(task) },
                _ => {}
            }
        }
        task.run::<Plain>()
    }
}

/// Work that is compiled for every width. `run` and all that it calls must be `#[inline(always)]`: only then is it compiled with
/// the instructions of the width.
pub(super) trait Task {
    type Output;
    fn run<V: Lanes>(self) -> Self::Output;
}

/// A vector of f32.
pub(super) trait Lanes: Copy {
    /// Number of lanes, a divisor of [`BLOCK`].
    const COUNT: usize;
    fn splat(x: f32) -> Self;
    /// The first lanes of `from`, which must have as many.
    fn load(from: &[f32]) -> Self;
    fn store(self, to: &mut [f32]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self · a + b`.
    fn fma(self, a: Self, b: Self) -> Self;
    /// `b − self · a`.
    fn fnma(self, a: Self, b: Self) -> Self;
    /// Difference to the nearest integer.
    fn fraction(self) -> Self;
    fn div(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// `yes` where `self < limit`, elsewhere `no`.
    fn where_below(self, limit: Self, yes: Self, no: Self) -> Self;
    /// 2 to the power of a whole number in −126..=0.
    fn whole_exp2(self) -> Self;
}

/// Four lanes of plain code, which compilers turn into whatever vectors every processor has.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 4]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let (a, b) = (self.0, other.0);
        Self([f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])])
    }
}

impl Lanes for Plain {
    const COUNT: usize = 4;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 4])
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self([from[0], from[1], from[2], from[3]])
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

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Eight lanes of AVX2.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Eight(__m256);
    /// Sixteen lanes of AVX-512.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Sixteen(__m512);

    // SAFETY of all blocks below: values of these types exist only inside `Width::run`, which has asked the processor for the
    // instructions; slices are cut to the length that is read or written before their pointer is taken.
    impl Lanes for Eight {
        const COUNT: usize = 8;
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm256_set1_ps(x) })
        }
        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            let from = &from[..8];
            Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            let to = &mut to[..8];
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm256_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            Self(unsafe { _mm256_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(unsafe { _mm256_mul_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn fma(self, a: Self, b: Self) -> Self {
            Self(unsafe { _mm256_fmadd_ps(self.0, a.0, b.0) })
        }
        #[inline(always)]
        fn fnma(self, a: Self, b: Self) -> Self {
            Self(unsafe { _mm256_fnmadd_ps(self.0, a.0, b.0) })
        }
        #[inline(always)]
        fn fraction(self) -> Self {
            let whole = unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) };
            Self(unsafe { _mm256_sub_ps(self.0, whole) })
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            Self(unsafe { _mm256_div_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(unsafe { _mm256_sqrt_ps(self.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(unsafe { _mm256_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self(unsafe { _mm256_max_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn where_below(self, limit: Self, yes: Self, no: Self) -> Self {
            Self(unsafe { _mm256_blendv_ps(no.0, yes.0, _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, limit.0)) })
        }
        #[inline(always)]
        fn whole_exp2(self) -> Self {
            let bits = unsafe {
                _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127)))
            };
            Self(unsafe { _mm256_castsi256_ps(bits) })
        }
    }

    impl Lanes for Sixteen {
        const COUNT: usize = 16;
        #[inline(always)]
        fn splat(x: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(x) })
        }
        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            let from = &from[..16];
            Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            let to = &mut to[..16];
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(unsafe { _mm512_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            Self(unsafe { _mm512_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(unsafe { _mm512_mul_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn fma(self, a: Self, b: Self) -> Self {
            Self(unsafe { _mm512_fmadd_ps(self.0, a.0, b.0) })
        }
        #[inline(always)]
        fn fnma(self, a: Self, b: Self) -> Self {
            Self(unsafe { _mm512_fnmadd_ps(self.0, a.0, b.0) })
        }
        #[inline(always)]
        fn fraction(self) -> Self {
            let whole = unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) };
            Self(unsafe { _mm512_sub_ps(self.0, whole) })
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            Self(unsafe { _mm512_div_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            Self(unsafe { _mm512_sqrt_ps(self.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self(unsafe { _mm512_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self(unsafe { _mm512_max_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn where_below(self, limit: Self, yes: Self, no: Self) -> Self {
            Self(unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, limit.0), no.0, yes.0) })
        }
        #[inline(always)]
        fn whole_exp2(self) -> Self {
            let bits = unsafe {
                _mm512_slli_epi32::<23>(_mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(127)))
            };
            Self(unsafe { _mm512_castsi512_ps(bits) })
        }
    }
}
