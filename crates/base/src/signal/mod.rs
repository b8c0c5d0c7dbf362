//! What sensors measure, recorded or simulated: the same types for both.

mod beams;
mod csi;
mod iq;
mod points;
mod rfid;

pub use crate::base::cube::IfCube;
pub use beams::{BeamSensor, BeamStep, BeamTrack};
pub use csi::{Csi, CsiInfo, Strength};
pub use iq::{Iq, IqInfo};
pub use points::{Point, PointCloud, PointFrame};
pub use rfid::{RfidInfo, RfidRead, RfidReads};

/// What a sensor measured.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // there is one of it in memory, not a list
pub enum Signal {
    /// Samples of an FMCW radar's receivers.
    Cube(IfCube),
    /// I and Q of a CW radar's receivers.
    Iq(Iq),
    /// Detections of a radar.
    Points(PointCloud),
    /// Channel state information of WiFi receivers.
    Csi(Csi),
    /// Reads of RFID tags.
    Rfid(RfidReads),
    /// What a base station sees of a vehicle that passes.
    Beams(BeamTrack),
}

impl Signal {
    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cube(_) => "IF cubes",
            Self::Iq(_) => "I/Q",
            Self::Points(_) => "points",
            Self::Csi(_) => "CSI",
            Self::Rfid(_) => "RFID reads",
            Self::Beams(_) => "beam powers",
        }
    }

    /// Its length, s.
    pub fn duration_s(&self) -> f64 {
        match self {
            Self::Cube(cube) => cube.data.dim().0 as f64 * cube.info.frame_period_s,
            Self::Iq(iq) => iq.duration_s(),
            Self::Points(points) => points.frames.last().map_or(0.0, |f| f.time_s + points.frame_period_s),
            Self::Csi(csi) => csi.duration_s(),
            Self::Rfid(reads) => reads.duration_s(),
            Self::Beams(track) => track.duration_s(),
        }
    }

    /// The IF cube, if it is one.
    pub fn cube(&self) -> Option<&IfCube> {
        match self {
            Self::Cube(cube) => Some(cube),
            _ => None,
        }
    }

    /// The I/Q signal, if it is one.
    pub fn iq(&self) -> Option<&Iq> {
        match self {
            Self::Iq(iq) => Some(iq),
            _ => None,
        }
    }
}
