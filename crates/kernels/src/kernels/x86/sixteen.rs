//! Vectors of AVX-512.

use super::{first, turning};
use crate::kernels::lanes::sealed::Sealed;
use crate::kernels::lanes::{Doubles, Lanes};
use crate::kernels::turn::Turn;
use pulp::cast;
use pulp::x86::V4;
use std::arch::x86_64::{__m512, __m512d, _CMP_LT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT};

/// The instructions of these vectors.
#[inline(always)]
fn v4() -> V4 {
    // SAFETY: only the vectors of this file ask. Code gets them by `Width::run` alone, as the type parameter of a task, after the
    // processor was asked: their types are private to the crate, and their traits sealed.
    unsafe { V4::new_unchecked() }
}

/// Sixteen lanes of f32.
#[derive(Clone, Copy)]
pub(crate) struct Sixteen(__m512);

impl Sealed for Sixteen {
    #[inline(always)]
    fn add_groups(turn: Turn<'_>) -> usize {
        turning::add_groups(v4(), turn)
    }
}

impl Lanes for Sixteen {
    const COUNT: usize = 16;
    type Doubles = EightDoubles;
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self(v4().avx512f._mm512_set1_ps(x))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(cast(first::<f32, 16>(from)))
    }
    #[inline(always)]
    fn load_whole(from: &[i16]) -> Self {
        let whole = cast(first::<i16, 16>(from));
        Self(v4().avx512f._mm512_cvtepi32_ps(v4().avx512f._mm512_cvtepi16_epi32(whole)))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..16].copy_from_slice(&cast::<_, [f32; 16]>(self.0));
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_add_ps(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_sub_ps(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_mul_ps(self.0, other.0))
    }
    #[inline(always)]
    fn fma(self, a: Self, b: Self) -> Self {
        Self(v4().avx512f._mm512_fmadd_ps(self.0, a.0, b.0))
    }
    #[inline(always)]
    fn fnma(self, a: Self, b: Self) -> Self {
        Self(v4().avx512f._mm512_fnmadd_ps(self.0, a.0, b.0))
    }
    #[inline(always)]
    fn fraction(self) -> Self {
        let whole = v4().avx512f._mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0);
        Self(v4().avx512f._mm512_sub_ps(self.0, whole))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_div_ps(self.0, other.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(v4().avx512f._mm512_sqrt_ps(self.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_min_ps(self.0, other.0))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_max_ps(self.0, other.0))
    }
    #[inline(always)]
    fn where_below(self, limit: Self, yes: Self, no: Self) -> Self {
        let below = v4().avx512f._mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, limit.0);
        Self(v4().avx512f._mm512_mask_blend_ps(below, no.0, yes.0))
    }
    #[inline(always)]
    fn whole_exp2(self) -> Self {
        let f = v4().avx512f;
        let exponent = f._mm512_add_epi32(f._mm512_cvtps_epi32(self.0), f._mm512_set1_epi32(127));
        Self(cast(f._mm512_slli_epi32::<23>(exponent)))
    }
}

/// Eight lanes of f64.
#[derive(Clone, Copy)]
pub(crate) struct EightDoubles(__m512d);

impl Sealed for EightDoubles {}

impl Doubles for EightDoubles {
    const COUNT: usize = 8;
    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self(v4().avx512f._mm512_set1_pd(x))
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        Self(cast(first::<f64, 8>(from)))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        to[..8].copy_from_slice(&cast::<_, [f64; 8]>(self.0));
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_add_pd(self.0, other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_sub_pd(self.0, other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(v4().avx512f._mm512_mul_pd(self.0, other.0))
    }
}
