//! The code that depends on the processor, and all `unsafe` code of the workspace.
//!
//! ```text
//! lanes.rs    what vectors can do; plain code for every processor
//! task.rs     work that is compiled for every width
//! x86/        vectors of AVX2 and AVX-512
//! width.rs    which vector instructions there are, and the one place where code for them is chosen
//! turning.rs  samples of many loops side by side → one loop after the other; turn.rs: what it is asked
//! fft.rs      Fourier transforms
//! product.rs  matrix products (feature `products`)
//! taps.rs     sums over places around each place of a plane
//! panels.rs   products with a matrix that lies in panels, on one thread
//! ```
//!
//! The proof that instructions may be used is a type: [`Width::run`] calls a [`Task`] with the vectors of a width after it has
//! asked the processor, the types of these vectors have no name outside of this crate, and nothing else hands them out. So
//! whoever holds a type parameter `V:` [`Lanes`] runs on a processor that has its instructions, and all of [`Lanes`] is safe.
//!
//! Nothing here keeps anything between calls but what the processor can do, which is asked once.

pub mod fft;
mod lanes;
pub mod panels;
#[cfg(feature = "products")]
pub mod product;
pub mod taps;
mod task;
#[cfg(test)]
mod tests;
mod turn;
pub mod turning;
mod width;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86;

pub use crate::for_each_width;
pub use lanes::{Doubles, Lanes};
pub use task::Task;
pub use width::Width;

/// Loops side by side in the vectors of a simulation: the lanes of the widest vector.
pub const BLOCK: usize = 16;
