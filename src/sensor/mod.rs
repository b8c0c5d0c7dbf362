//! Sensors as data: the FMCW radar with its presets and limits, where it stands, and the noise of its receiver.

pub mod check;
pub mod error;
pub mod fmcw;
pub mod impairment;
pub mod pose;
pub mod presets;
pub mod track;

pub use error::SensorError;
pub use fmcw::FmcwRadar;
pub use pose::RadarPose;
pub use track::RadarTrack;
