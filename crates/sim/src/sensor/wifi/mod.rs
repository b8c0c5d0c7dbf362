//! WiFi devices whose channel state information is reported: which subcarriers, when, and what transmitter and receiver do to a clean channel.
//!
//! ```text
//! channels.rs     bands, channel numbers → centre frequencies
//! grids.rs        which subcarriers a tool reports
//! packets.rs      when packets arrive, which are lost
//! impairments/    clocks, chains, gain, converter: each alone
//! check.rs        all that is impossible about a device, at once
//! receive.rs      clean channel → Csi, with the truth of what was added
//! presets.rs      devices that come with the program
//! ```
//! A device is no [`Device`](super::Device) of the simulator: transmitter and receiver stand apart, and the channel between them is made by who holds both.

mod channels;
mod check;
mod grids;
pub mod impairments;
mod packets;
mod presets;
mod receive;

pub use channels::{Secondary, WifiBand};
pub use grids::SubcarrierGrid;
pub use impairments::ImpairmentSpec;
pub(in crate::sensor) use impairments::gain::dbm_from_watts;
pub use packets::{LossSpec, PacketSpec, PacketTiming};
pub use receive::{PacketTruth, WifiReceived, WifiTruth};

use crate::base::random::RandomTree;
use crate::propagation::budget::{from_db, watts_from_dbm};
use crate::sensor::SensorError;
use crate::signal::CsiInfo;
use serde::{Deserialize, Serialize};

/// A pair of a WiFi transmitter and a receiver that reports channel state information. All values in SI units.
///
/// ```
/// use kinecho_sim::sensor::wifi::WifiSpec;
/// let device = WifiSpec::preset("wifi_intel_5300")?;
/// assert_eq!(device.info().subcarriers.len(), 30);
/// assert!((device.frequencies_hz()[0] - (device.info().centre_hz.unwrap() - 28.0 * 312.5e3)).abs() < 1e-3);
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WifiSpec {
    /// Name for reports.
    pub name: String,
    /// Which subcarriers are reported.
    pub grid: SubcarrierGrid,
    /// Some of them only: indices, rising; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcarriers: Option<Vec<i32>>,
    /// Band, GHz: 2.4, 5 or 6.
    pub band_ghz: WifiBand,
    /// Number of the primary channel of 20 MHz or, at 5 and 6 GHz, of the centre of a wider one.
    pub channel: u32,
    /// Width of the packets, MHz: 20, 40, 80 or 160.
    pub bandwidth_mhz: u32,
    /// Side of the second half of 40 MHz, needed at 2.4 GHz. With packets of 20 MHz of an ESP32: of the second channel beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary: Option<Secondary>,
    /// When packets arrive.
    pub packets: PacketSpec,
    /// Transmit antennas relative to the transmitter (x to the right seen from it, y its front, z up), m; 1..8.
    pub tx_m: Vec<[f64; 3]>,
    /// Receive antennas relative to the receiver, m; 1..8.
    pub rx_m: Vec<[f64; 3]>,
    /// Transmit power of all antennas together, over all subcarriers, dBm, −60..60.
    pub transmit_power_dbm: f64,
    /// Gain of a transmit antenna on boresight, dBi, −20..50.
    pub tx_gain_dbi: f64,
    /// Gain of a receive antenna on boresight, dBi, −20..50.
    pub rx_gain_dbi: f64,
    /// Noise figure of the receiver, dB, 0..60.
    pub noise_figure_db: f64,
    /// What transmitter and receiver do to the clean channel; nothing without it.
    #[serde(default, skip_serializing_if = "ImpairmentSpec::is_none")]
    pub impairments: ImpairmentSpec,
}

impl WifiSpec {
    /// Number of transmit antennas.
    pub fn n_tx(&self) -> usize {
        self.tx_m.len()
    }

    /// Number of receive antennas.
    pub fn n_rx(&self) -> usize {
        self.rx_m.len()
    }

    /// Frequency of subcarrier 0, Hz.
    fn centre_hz(&self) -> Result<f64, crate::base::yaml::Problem> {
        // Beside a second channel indices count from the middle of both.
        let beside = self.bandwidth_mhz == 20 && self.secondary.is_some() && self.grid.knows_secondary();
        let width = if beside { 40 } else { self.bandwidth_mhz };
        self.band_ghz.centre_hz(self.channel, width, self.secondary)
    }

    /// Indices of the subcarriers that are reported.
    fn indices(&self) -> Result<Vec<i32>, crate::base::yaml::Problem> {
        let all = self.grid.reported(self.bandwidth_mhz, self.secondary)?;
        Ok(self.subcarriers.clone().unwrap_or(all))
    }

    /// What a recording says of its subcarriers; of a device without [problems](Self::problems).
    pub fn info(&self) -> CsiInfo {
        CsiInfo {
            device: format!("simulated {}", self.grid.name()),
            centre_hz: self.centre_hz().ok(),
            bandwidth_hz: f64::from(self.bandwidth_mhz) * 1e6,
            spacing_hz: self.grid.spacing_hz(),
            subcarriers: self.indices().unwrap_or_default(),
            phase: true,
            nominal_clock: false,
        }
    }

    /// Frequency of each subcarrier that is reported, Hz, rising: where the clean channel is wanted. Empty of a device with problems.
    pub fn frequencies_hz(&self) -> Vec<f64> {
        let info = self.info();
        (0..info.subcarriers.len()).filter_map(|i| info.frequency_hz(i)).collect()
    }

    /// When packets arrive, s, from 0 to before `duration_s`; never falling. `tree` is that of the sample.
    ///
    /// # Errors
    /// A file of times that cannot be read, with its lines; a duration that is none.
    pub fn times(&self, duration_s: f64, tree: &RandomTree) -> Result<Vec<f64>, SensorError> {
        self.packets.times(duration_s, tree)
    }

    /// Subcarriers on which something is sent: they share the transmit power.
    fn sent(&self) -> Vec<i32> {
        self.grid.sent(self.bandwidth_mhz, self.secondary)
    }

    /// Power that is received on one subcarrier of a channel of gain one between isotropic antennas, W: transmit power over the number of subcarriers, times the
    /// gains of both antennas.
    ///
    /// With several transmit antennas each sends its share of the power in each of as many training fields, so that a channel is measured with the energy of one
    /// antenna that sends all of it in one.
    pub fn subcarrier_power_w(&self) -> f64 {
        let gains = from_db(self.tx_gain_dbi + self.rx_gain_dbi);
        watts_from_dbm(self.transmit_power_dbm) * gains / self.sent().len().max(1) as f64
    }
}
