//! Work that is compiled for every width of vectors.

use super::lanes::Lanes;

/// Work that is compiled for every width.
///
/// `run` and all that it calls must be `#[inline(always)]`: only then is it compiled with the instructions of the width.
pub trait Task {
    /// What comes out.
    type Output;
    /// Does the work with vectors `V`.
    fn run<V: Lanes>(self) -> Self::Output;
}
