//! From signals to maps and detections.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod detection;
mod heatmaps;
mod point_maps;
mod synthetic;
