//! I and Q of a receiver that mixes a standing tone with itself.

use crate::base::axis::{ArrayInfo, Axis};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Complex32, Vec3};
use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How I and Q were sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IqInfo {
    /// Frequency of the tone, Hz.
    pub carrier_hz: f64,
    /// Complex samples a second, Hz.
    pub sample_rate_hz: f64,
    /// Time of the first sample since the start of the recording, s.
    pub start_s: f64,
    /// Whether Q was measured; otherwise it is zero, and the sign of the Doppler frequency is lost.
    pub quadrature: bool,
    /// Position of the transmit antenna relative to the sensor's origin, m.
    pub tx_m: Vec3,
    /// Positions of the receive antennas relative to the sensor's origin, m.
    pub rx_m: Vec<Vec3>,
}

impl IqInfo {
    /// Wavelength of the tone, m.
    pub fn wavelength_m(&self) -> f64 {
        SPEED_OF_LIGHT / self.carrier_hz
    }

    /// Radial velocity of the Doppler frequency `hz`, m/s: `λ f / 2`.
    pub fn velocity_mps(&self, hz: f64) -> f64 {
        0.5 * self.wavelength_m() * hz
    }
}

/// The signal of a CW radar.
///
/// # Shapes
/// `data[rx, time]`. A receding target has a rising phase, so its Doppler frequency is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Iq {
    /// The samples.
    pub data: Array2<Complex32>,
    /// How they were taken.
    pub info: IqInfo,
    /// Unit of the samples: [`crate::base::cube::ROOT_WATT`], [`crate::base::cube::BARE`], or whatever a file says.
    pub unit: String,
}

impl Iq {
    /// Length of the recording, s.
    pub fn duration_s(&self) -> f64 {
        self.data.ncols() as f64 / self.info.sample_rate_hz
    }

    /// Some of its samples.
    pub fn samples(&self, range: Range<usize>) -> Self {
        let start_s = self.info.start_s + range.start as f64 / self.info.sample_rate_hz;
        let data = self.data.slice(s![.., range]).to_owned();
        Self { data, info: IqInfo { start_s, ..self.info.clone() }, unit: self.unit.clone() }
    }

    /// Axes and unit of the array as it is written to disk.
    pub fn array_info(&self) -> ArrayInfo {
        let (rx, samples) = self.data.dim();
        ArrayInfo {
            quantity: "iq".into(),
            unit: self.unit.clone(),
            dtype: "complex64".into(),
            axes: vec![
                Axis::index("rx", rx),
                Axis::new("time", "s", samples, self.info.start_s, 1.0 / self.info.sample_rate_hz),
            ],
        }
    }
}
