//! Vectors of AVX2 and FMA.

use super::first;
use crate::kernels::lanes::sealed::Sealed;
use crate::kernels::lanes::{Doubles, Lanes};
use pulp::cast;
use pulp::x86::V3;
use std::arch::x86_64::{__m256, __m256d, _CMP_LT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT};

/// The instructions of these vectors.
#[inline(always)]
fn v3() -> V3 {
    // SAFETY: only the vectors of this file ask. Code gets them by `Width::run` alone, as the type parameter of a task, after the
    // processor was asked: their types are private to the crate, and their traits sealed.
    unsafe { V3::new_unchecked() }
}

/// Eight lanes of f32.
#[derive(Clone, Copy)]
pub(crate) struct Eight(__m256);

impl Sealed for Eight {}

impl Lanes for Eight {
    const COUNT: usize = 8;
    type Doubles = FourDoubles;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self(v3().avx._mm256_set1_ps(x))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(cast(first::<f32, 8>(from)))
    }
    #[inline(always)]
    fn load_whole(from: &[i16]) -> Self {
        let whole = cast(first::<i16, 8>(from));
        Self(v3().avx._mm256_cvtepi32_ps(v3().avx2._mm256_cvtepi16_epi32(whole)))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..8].copy_from_slice(&cast::<_, [f32; 8]>(self.0));
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(v3().avx._mm256_add_ps(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(v3().avx._mm256_sub_ps(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(v3().avx._mm256_mul_ps(self.0, other.0))
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        Self(v3().fma._mm256_fmadd_ps(self.0, a.0, b.0))
    }
    #[inline(always)]
    fn fnma(self, a: Self, b: Self) -> Self {
        Self(v3().fma._mm256_fnmadd_ps(self.0, a.0, b.0))
    }
    #[inline(always)]
    fn fraction(self) -> Self {
        let whole = v3().avx._mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0);
        Self(v3().avx._mm256_sub_ps(self.0, whole))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(v3().avx._mm256_div_ps(self.0, other.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(v3().avx._mm256_sqrt_ps(self.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(v3().avx._mm256_min_ps(self.0, other.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(v3().avx._mm256_max_ps(self.0, other.0))
    }
    #[inline(always)]
    fn where_below(self, limit: Self, yes: Self, no: Self) -> Self {
        let below = v3().avx._mm256_cmp_ps::<_CMP_LT_OQ>(self.0, limit.0);
        Self(v3().avx._mm256_blendv_ps(no.0, yes.0, below))
    }
    #[inline(always)]
    fn whole_exp2(self) -> Self {
        let (avx, avx2) = (v3().avx, v3().avx2);
        let exponent = avx2._mm256_add_epi32(avx._mm256_cvtps_epi32(self.0), avx._mm256_set1_epi32(127));
        Self(cast(avx2._mm256_slli_epi32::<23>(exponent)))
    }
}

/// Four lanes of f64.
#[derive(Clone, Copy)]
pub(crate) struct FourDoubles(__m256d);

impl Sealed for FourDoubles {}

impl Doubles for FourDoubles {
    const COUNT: usize = 4;
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self(v3().avx._mm256_set1_pd(x))
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        Self(cast(first::<f64, 4>(from)))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[..4].copy_from_slice(&cast::<_, [f64; 4]>(self.0));
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(v3().avx._mm256_add_pd(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(v3().avx._mm256_sub_pd(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(v3().avx._mm256_mul_pd(self.0, other.0))
    }
}
