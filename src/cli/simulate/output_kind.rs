//! What can be written of a simulation.

use crate::sensor::Sensor;
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum OutputKind {
    /// IF cube: cube.npy, and cube.json with axes and units.
    Cube,
    /// Time-Doppler, time-range and time-angle maps: heatmaps.png, and the arrays in heatmaps.npz.
    Heatmaps,
    /// Raw capture of a DCA1000: adc.bin (int16), and adc.json with its geometry.
    Dca1000,
    /// Signal of one range bin: iq.wav (I left, Q right), and iq.json. Of a CW radar that of a receiver: iq_sound.wav, iq_sound.json.
    IqWav,
    /// Detections: points.csv, units in the column names.
    PointsCsv,
    /// Detections: points.npz, and points.json with axes and units.
    PointsNpz,
    /// Range-Doppler map: range_doppler.png, and its numbers in range_doppler.npz.
    RangeDoppler,
    /// Range-angle map: range_angle.png, and its numbers in range_angle.npz.
    RangeAngle,
    /// Range over time: range_time.png, and its numbers in range_time.npz.
    RangeTime,
    /// Samples of a CW radar: iq.npy, and iq.json with axes and units.
    Iq,
    /// Ground truth: truth.npz with joints, ranges and radial velocities at every chirp, and truth.json that says what is in it.
    Truth,
    /// What the sensors below `scene.sensors` measured: NAME.npy and NAME.json of channel state information, NAME.csv of RFID reads, and
    /// NAME_report.json with the ways of the waves and what the device added.
    Sensors,
    /// The views that the chain makes of all sensors, in one picture, views.png, and in views.npz.
    Views,
    /// Micro-Doppler spectrogram: micro_doppler.png, .npz, .npy, and micro_doppler.json with axes, units and settings. Also called `spectrogram`.
    #[serde(alias = "spectrogram")]
    #[value(alias = "spectrogram")]
    MicroDoppler,
}

impl OutputKind {
    /// What can be written of a sensor's signal; the first two by default.
    pub(super) fn of(sensor: &Sensor) -> &'static [OutputKind] {
        use OutputKind::*;
        match sensor {
            Sensor::Fmcw(_) => &[
                Cube,
                Heatmaps,
                Dca1000,
                IqWav,
                PointsCsv,
                PointsNpz,
                RangeDoppler,
                RangeAngle,
                RangeTime,
                MicroDoppler,
                Truth,
                Sensors,
                Views,
            ],
            Sensor::Cw(_) => &[Iq, MicroDoppler, IqWav, Truth, Sensors, Views],
        }
    }

    /// Whether it is made of the radar's signal, given whether the chain makes anything of it.
    pub(super) fn of_radar(self, chain_looks: bool) -> bool {
        match self {
            Self::Truth | Self::Sensors => false,
            Self::Views => chain_looks,
            _ => true,
        }
    }

    /// As it is typed.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
