//! Sensors as data: the FMCW radar with its presets, files and limits, where it stands, and what its receiver adds.

pub mod check;
pub mod error;
pub mod file;
pub mod fmcw;
pub mod impairment;
pub mod pose;
pub mod presets;
pub mod receiver;
pub mod track;

pub use error::SensorError;
pub use fmcw::FmcwRadar;
pub use pose::RadarPose;
pub use track::RadarTrack;
