//! From signals to maps: range, Doppler, angle, detection, heatmaps.

pub mod maps;
pub mod points;
