//! Samples with loops side by side, and the memory that they are added to.

use super::BLOCK;
use num_complex::Complex64;

/// A complex number of each loop: real parts, imaginary parts.
pub type Point = [[f32; BLOCK]; 2];

/// What is to be turned round, and where to.
pub struct Turn<'a> {
    pub(super) samples: &'a [Point],
    pub(super) loops: usize,
    pub(super) stride: usize,
    pub(super) out: &'a mut [Complex64],
}
