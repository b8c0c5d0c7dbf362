//! Pictures, what is drawn into them, and how they become PNG files.

pub(super) mod colour;
pub mod lettering;
pub(super) mod picture;
pub(super) mod png;
pub(super) mod quantise;
pub mod raster;
