//! Recordings as a corpus: points, IF cubes, I/Q, and maps that others made.

pub(super) mod config;
pub(super) mod cubes;
mod cut;
pub(super) mod error;
pub(super) mod maps;
pub(super) mod recordings;
pub(super) mod split;
#[cfg(feature = "hdf5")]
pub(super) mod wiswiss;
