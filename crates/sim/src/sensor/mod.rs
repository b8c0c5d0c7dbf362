//! Sensors as data: radars with their presets, files and limits, where they stand, and what their receivers add.
//!
//! ```text
//! mod.rs       Sensor: one of all; Device: what the simulator asks of each
//! sounding.rs  which tones, when, between which antennas: all that an engine sees of a sensor
//! fmcw/        FMCW radars
//! cw/          continuous-wave Doppler radars
//! file/        radars from files of other programs
//! receiver/    what receivers add
//! presets.rs   devices of links from YAML texts
//! wifi/, rfid/ WiFi devices and RFID readers: no `Device`s, transmitter and receiver stand apart
//! ```
//! A new sensor is a folder with a type that is a [`Device`], and its lines in [`Sensor`].

pub mod cw;
pub mod error;
pub mod file;
pub mod fmcw;
pub mod impairment;
pub mod pose;
mod presets;
pub mod receiver;
pub mod rfid;
pub mod sounding;
pub mod track;
pub mod wifi;

pub use cw::CwRadar;
pub use error::SensorError;
pub use fmcw::FmcwRadar;
pub use pose::RadarPose;
pub use track::RadarTrack;

use crate::base::yaml::{Document, Problem, typed_value};
use crate::base::{Complex32, Complex64};
use crate::propagation::budget::root_watts_per_amplitude;
use crate::signal::Signal;
use ndarray::Array5;
use receiver::ReceiverSpec;
use receiver::high_pass::HighPassSpec;
use receiver::pattern::PatternSpec;
use receiver::phase_noise::{PhaseNoise, PhaseNoiseSpec};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sounding::Sounding;
use std::path::Path;

/// A sensor of any kind. In files `kind` says which; an FMCW radar has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Sensor {
    /// An FMCW radar.
    Fmcw(FmcwRadar),
    /// A continuous-wave Doppler radar (`kind: cw`).
    Cw(CwRadar),
}

/// What the simulator asks of a sensor.
pub trait Device: Sync {
    /// Name for reports.
    fn name(&self) -> &str;
    /// Every problem with its admissible range, in the order of the fields; empty when the sensor can work.
    fn problems(&self) -> Vec<Problem>;
    /// What it sends and hears in a frame, with the antennas in the sensor frame.
    fn sounding(&self, residual_video_phase: bool) -> Sounding;
    /// Its power budget and its antennas' properties.
    fn link(&self) -> Link;
    /// Path lengths there and back from twice this on are not told from shorter ones, m; infinite where all look alike.
    fn max_range_m(&self) -> f64;
    /// What is wrong with asking for targets at `range_m` under the key `key`, if anything.
    fn range_problem(&self, key: &str, range_m: f64) -> Option<Problem>;
    /// What is wrong with a table of phase noise for it.
    fn phase_noise_problems(&self, spec: &PhaseNoiseSpec) -> Vec<Problem>;
    /// Makes the phase noise of its frames; `None` where it has no effect.
    fn phase_noise(&self, spec: &PhaseNoiseSpec) -> Option<PhaseNoise>;
    /// The signal as it is kept.
    ///
    /// # Shapes
    /// `frames[frame, loop or shot, tx, rx, tone]`.
    fn signal(&self, frames: Array5<Complex32>, taken: &Taken) -> Signal;
}

/// How a signal was taken.
pub struct Taken<'a> {
    /// The receiver in force.
    pub receiver: &'a ReceiverSpec,
    /// Unit of the samples.
    pub unit: &'a str,
    /// Number of the first frame.
    pub first_frame: usize,
}

/// The power budget of a sensor, and what its antennas do.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Transmit power of one transmitter, dBm.
    pub transmit_power_dbm: f64,
    /// Gain of one transmit antenna on boresight, dBi.
    pub tx_gain_dbi: f64,
    /// Gain of one receive antenna on boresight, dBi.
    pub rx_gain_dbi: f64,
    /// Power of the thermal noise of one channel referred to the antenna, W.
    pub noise_power_w: f64,
    /// Element patterns that belong to the sensor; those of the scene stand in their place.
    pub pattern: Option<PatternSpec>,
    /// High-pass filters that belong to the sensor; those of the scene stand in their place.
    pub high_pass: Option<HighPassSpec>,
    /// Factors of the receivers' feeds; empty where all are one.
    pub rx_feeds: Vec<Complex64>,
}

impl Link {
    /// √W of received signal for a facet amplitude of one.
    pub fn root_watts(&self) -> f64 {
        root_watts_per_amplitude(self.transmit_power_dbm, self.tx_gain_dbi, self.rx_gain_dbi)
    }

    /// Factor of receiver `l` by its feed.
    pub fn rx_feed(&self, l: usize) -> Complex64 {
        self.rx_feeds.get(l).copied().unwrap_or(Complex64::new(1.0, 0.0))
    }
}

impl Sensor {
    /// What the simulator asks.
    pub fn device(&self) -> &dyn Device {
        match self {
            Sensor::Fmcw(radar) => radar,
            Sensor::Cw(radar) => radar,
        }
    }

    /// A sensor from its fields; `kind` says which.
    pub fn typed(fields: Value) -> Result<Self, Problem> {
        match fields.get("kind").map(|kind| kind.as_str().unwrap_or_default().to_owned()).as_deref() {
            None => typed_value(&fields).map(Sensor::Fmcw),
            Some(cw::KIND) => typed_value(&fields).map(Sensor::Cw),
            Some(_) => Err(Problem::new("kind", format!("expected `{}`, or none for an FMCW radar", cw::KIND))),
        }
    }

    /// The checked sensor of a document.
    fn from_document(document: &Document) -> Result<Self, SensorError> {
        let sensor = match document.value_of("kind").map(|kind| kind.as_str().unwrap_or_default()) {
            None => Sensor::Fmcw(document.typed()?),
            Some(cw::KIND) => Sensor::Cw(document.typed()?),
            Some(_) => {
                let message = format!("expected `{}`, or none for an FMCW radar", cw::KIND);
                return Err(document.rejected(vec![Problem::new("kind", message)]).into());
            }
        };
        let problems = sensor.device().problems();
        if problems.is_empty() { Ok(sensor) } else { Err(document.rejected(problems).into()) }
    }

    /// Names of the presets of all kinds.
    pub fn preset_names() -> Vec<&'static str> {
        FmcwRadar::preset_names().into_iter().chain(cw::PRESETS.iter().map(|(name, _)| *name)).collect()
    }

    /// The preset `name`, of whatever kind.
    pub fn preset(name: &str) -> Result<Self, SensorError> {
        let own = || cw::PRESETS.iter().find(|(n, _)| *n == name).map(|(_, yaml)| *yaml);
        let yaml = FmcwRadar::preset_yaml(name).or_else(own).ok_or_else(|| SensorError::UnknownPreset {
            name: name.to_owned(),
            available: Self::preset_names().into_iter().map(str::to_owned).collect(),
        })?;
        Self::from_document(&Document::parse(yaml, Path::new(&format!("scenes/sensors/{name}.yaml")))?)
    }

    /// Reads a sensor from a YAML description, or an FMCW radar from any file that [`FmcwRadar::read_file`] knows, with the preset of
    /// its board.
    pub fn read_file(path: &Path, board: Option<&str>) -> Result<Self, SensorError> {
        let yaml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        if yaml && board.is_none() {
            return Self::from_document(&Document::read(path)?);
        }
        FmcwRadar::read_file(path, board).map(Sensor::Fmcw)
    }

    /// The FMCW radar, if it is one.
    pub fn fmcw(&self) -> Option<&FmcwRadar> {
        match self {
            Sensor::Fmcw(radar) => Some(radar),
            Sensor::Cw(_) => None,
        }
    }

    /// An error with all problems when there is one.
    pub fn check(&self) -> Result<(), SensorError> {
        let device = self.device();
        let problems = device.problems();
        if problems.is_empty() { Ok(()) } else { Err(SensorError::Impossible { name: device.name().into(), problems }) }
    }
}

impl<'de> Deserialize<'de> for Sensor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = Self::typed(Value::deserialize(deserializer)?);
        typed.map_err(|p| serde::de::Error::custom(format!("{}: {}", p.key, p.message)))
    }
}

impl From<FmcwRadar> for Sensor {
    fn from(radar: FmcwRadar) -> Self {
        Sensor::Fmcw(radar)
    }
}

impl From<CwRadar> for Sensor {
    fn from(radar: CwRadar) -> Self {
        Sensor::Cw(radar)
    }
}
