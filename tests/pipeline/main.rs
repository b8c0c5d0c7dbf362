//! From signals to maps, corpora and reports.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod csi_cleaning;
mod detection;
mod directions;
mod edition;
mod heatmaps;
mod loader;
mod micro_doppler;
#[path = "../support/pictures.rs"]
mod pictures;
mod point_maps;
mod point_statistics;
mod power_maps;
mod range_angle;
mod report;
mod synthetic;
mod velocity;
