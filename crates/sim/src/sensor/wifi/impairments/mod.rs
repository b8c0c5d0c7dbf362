//! What transmitter and receiver do to a clean channel. Each impairment is off unless it is given.
//!
//! ```text
//! clocks.rs     carrier and sampling frequency offsets, packet detection: phase and slope of a packet
//! constellation.rs  errors in shares of every subcarrier's strength
//! chains.rs     gain and phase of antennas and chains, which antenna each chain hears
//! imbalance.rs  unlike I and Q rails: subcarriers mirror
//! gain.rs       steps of the automatic gain, strength in dBm
//! converter.rs  steps of I and Q
//! ```
//! In the order of the signal: feeds of the transmitter, errors of the constellation, thermal noise, which antenna a chain hears, feeds of the chains, clocks,
//! imbalance, strength, gain, converter.

pub mod chains;
pub mod clocks;
pub mod constellation;
pub mod converter;
pub mod gain;
pub mod imbalance;

use crate::base::yaml::Problem;
use chains::{FeedSpec, PermutationSpec};
use clocks::{CarrierOffsetSpec, DetectionSpec, SamplingOffsetSpec};
use constellation::ConstellationSpec;
use converter::QuantisationSpec;
use gain::{AgcSpec, RssiSpec};
use imbalance::ImbalanceSpec;
use serde::{Deserialize, Serialize};

/// What is done to a clean channel; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImpairmentSpec {
    /// Thermal noise of the receiver, by `noise_figure_db` of the device.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub thermal_noise: bool,
    /// Errors of the constellation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constellation: Option<ConstellationSpec>,
    /// Offset of the carriers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_offset: Option<CarrierOffsetSpec>,
    /// Offset of the sampling clocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_offset: Option<SamplingOffsetSpec>,
    /// Where the receiver takes a packet to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detection_delay: Option<DetectionSpec>,
    /// Gain and phase of antennas and chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feeds: Option<FeedSpec>,
    /// Which antenna each chain hears.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permutation: Option<PermutationSpec>,
    /// Unlike I and Q rails of the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imbalance: Option<ImbalanceSpec>,
    /// Automatic gain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agc: Option<AgcSpec>,
    /// Steps of the samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantisation: Option<QuantisationSpec>,
    /// How strength is reported; exactly and of each receive antenna without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rssi: Option<RssiSpec>,
}

impl ImpairmentSpec {
    /// Whether nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Every value outside its admissible range, for a device of so many antennas.
    pub fn problems(&self, n_rx: usize, n_tx: usize) -> Vec<Problem> {
        let parts = [
            ("constellation", self.constellation.map(|s| s.problems())),
            ("carrier_offset", self.carrier_offset.map(|s| s.problems())),
            ("sampling_offset", self.sampling_offset.map(|s| s.problems())),
            ("detection_delay", self.detection_delay.map(|s| s.problems())),
            ("feeds", self.feeds.as_ref().map(|s| s.problems(n_rx, n_tx))),
            ("permutation", self.permutation.map(|s| s.problems(n_rx))),
            ("imbalance", self.imbalance.map(|s| s.problems())),
            ("agc", self.agc.map(|s| s.problems())),
            ("quantisation", self.quantisation.map(|s| s.problems())),
            ("rssi", self.rssi.map(|s| s.problems())),
        ];
        let located = parts.into_iter().map(|(key, found)| (key, found.unwrap_or_default()));
        located.flat_map(|(key, found)| found.into_iter().map(move |p| p.under(key))).collect()
    }
}
