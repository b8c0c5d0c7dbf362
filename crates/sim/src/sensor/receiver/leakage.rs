//! What reaches the receivers without leaving the board.

use super::within;
use crate::base::yaml::Problem;
use crate::propagation::budget::{from_db, watts_from_dbm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Coupling of every transmitter into every receiver: a constant tone near range zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeakageSpec {
    /// Transmit power over leaked power, dB, 0..150.
    pub isolation_db: f64,
    /// Delay in the circuits, s, 0..1e-8; the way between the two antennas is added. Default none.
    #[serde(default)]
    pub delay_s: f64,
}

impl LeakageSpec {
    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let isolation = within("isolation_db", self.isolation_db, 0.0, 150.0, "dB");
        isolation.into_iter().chain(within("delay_s", self.delay_s, 0.0, 1e-8, "s")).collect()
    }

    /// Amplitude at the receiver's input, √W.
    pub fn amplitude_root_w(&self, transmit_power_dbm: f64) -> f64 {
        (watts_from_dbm(transmit_power_dbm) / from_db(self.isolation_db)).sqrt()
    }
}
