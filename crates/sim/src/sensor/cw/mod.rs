//! A continuous-wave Doppler radar: one tone, and what comes back of it mixed with itself to I and Q.

mod device;

use super::receiver::pattern::PatternSpec;
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::signal::IqInfo;
use serde::{Deserialize, Serialize};

/// What `kind` says in files.
pub const KIND: &str = "cw";

/// The modules that come with the program; their sources are in the YAML files.
pub const PRESETS: [(&str, &str); 2] = [
    ("k_lc5", include_str!("../../../../../scenes/sensors/k_lc5.yaml")),
    ("k_ld2", include_str!("../../../../../scenes/sensors/k_ld2.yaml")),
];

/// A CW radar. All values in SI units.
///
/// A target at the distance R has the phase `4πR/λ`, which rises while it recedes; its Doppler frequency `2v/λ` is then positive.
///
/// ```
/// use kinecho_sim::sensor::{CwRadar, Sensor};
/// let Sensor::Cw(radar) = Sensor::preset("k_lc5")? else { panic!() };
/// assert!((radar.wavelength_m() - 0.01241).abs() < 1e-5);
/// assert!((radar.max_velocity_mps() - 6.2).abs() < 0.01);
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CwRadar {
    /// `cw`.
    pub kind: Kind,
    /// Name for reports.
    pub name: String,
    /// Frequency of the tone, Hz; 1e9..3e11.
    pub carrier_hz: f64,
    /// Complex samples a second, Hz; 10..1e5. Speeds up to `λ/4` times this are told apart.
    pub sample_rate_hz: f64,
    /// Whether the module has both outputs; with I alone, Q is zero and approaching targets look like receding ones. Default true.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub quadrature: bool,
    /// The transmit antenna in the sensor frame (x to the right seen from the sensor, y boresight, z up), m.
    pub tx_m: [f64; 3],
    /// Receive antennas in the sensor frame, m; 1..16.
    pub rx_m: Vec<[f64; 3]>,
    /// Transmit power into the antenna, dBm; -60..60. EIRP less the antenna's gain.
    pub transmit_power_dbm: f64,
    /// Gain of the transmit antenna on boresight, dBi; -20..50.
    pub tx_gain_dbi: f64,
    /// Gain of a receive antenna on boresight, dBi; -20..50.
    pub rx_gain_dbi: f64,
    /// Patterns of the antennas; isotropic without them. The scene's `receiver.pattern` stands in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<PatternSpec>,
    /// Noise figure of the receiver within the sampled band, 1/f noise and all, dB; 0..80.
    pub noise_figure_db: f64,
}

/// The kind of these sensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A continuous wave.
    #[default]
    Cw,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_yes(value: &bool) -> bool {
    *value
}

impl CwRadar {
    /// Wavelength of the tone, m.
    pub fn wavelength_m(&self) -> f64 {
        SPEED_OF_LIGHT / self.carrier_hz
    }

    /// Largest unambiguous speed, m/s: `λ fs / 4`.
    pub fn max_velocity_mps(&self) -> f64 {
        0.25 * self.wavelength_m() * self.sample_rate_hz
    }

    /// What a signal of this radar says about itself, from sample number `first` on.
    pub fn iq_info(&self, first: usize) -> IqInfo {
        IqInfo {
            carrier_hz: self.carrier_hz,
            sample_rate_hz: self.sample_rate_hz,
            start_s: first as f64 / self.sample_rate_hz,
            quadrature: self.quadrature,
            tx_m: Vec3::from(self.tx_m),
            rx_m: self.rx_m.iter().map(|p| Vec3::from(*p)).collect(),
        }
    }

    /// Samples between two looks at what can be seen: 20 ms, in which a hand moves by a wavelength or two.
    pub fn samples_per_look(&self) -> usize {
        ((0.02 * self.sample_rate_hz).round() as usize).max(1)
    }
}
