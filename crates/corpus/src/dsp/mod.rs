//! From signals to maps: range, Doppler, angle, detection, heatmaps.

pub mod align;
pub mod angle;
pub mod cfar;
pub mod clutter;
pub mod csi;
pub mod detect;
pub mod direction;
mod error;
pub mod heatmap;
pub mod map_numbers;
pub mod maps;
pub mod micro_doppler;
pub mod point_maps;
pub mod point_statistics;
pub mod power_map;
pub mod range_doppler;
pub mod resize;
pub mod scale;
pub mod window;

pub use error::DspError;
