//! Vectors of AVX2 and AVX-512 by the tokens of `pulp`, which make instructions safe functions of a proof.

mod eight;
mod sixteen;
mod turning;

pub(crate) use eight::Eight;
pub(crate) use sixteen::Sixteen;

use crate::kernels::lanes::Lanes;
use crate::kernels::task::Task;
use pulp::NullaryFnOnce;
use pulp::x86::{V3, V4};
use std::marker::PhantomData;

/// Proof that this processor has AVX2 and FMA, and what came with them.
pub(crate) fn proof_of_v3() -> Option<V3> {
    V3::try_new()
}

/// Proof that this processor has AVX-512 F, BW, CD, DQ and VL.
pub(crate) fn proof_of_v4() -> Option<V4> {
    // The token's own question leaves VL out.
    V4::try_new().filter(|_| std::arch::is_x86_feature_detected!("avx512vl"))
}

/// A task on the vectors `V`.
pub(crate) struct On<V, T>(T, PhantomData<V>);

impl<V, T> On<V, T> {
    pub(crate) fn new(task: T) -> Self {
        Self(task, PhantomData)
    }
}

impl<V: Lanes, T: Task> NullaryFnOnce for On<V, T> {
    type Output = T::Output;
    #[inline(always)]
    fn call(self) -> T::Output {
        self.0.run::<V>()
    }
}

/// The first `N` entries.
///
/// # Panics
/// When there are fewer.
#[inline(always)]
fn first<T: Copy, const N: usize>(from: &[T]) -> [T; N] {
    match from.first_chunk() {
        Some(all) => *all,
        None => too_few(from.len(), N),
    }
}

#[cold]
fn too_few(found: usize, wanted: usize) -> ! {
    panic!("{found} numbers where a vector takes {wanted}")
}
