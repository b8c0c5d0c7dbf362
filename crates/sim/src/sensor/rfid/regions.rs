//! Where readers may send: channels of the regions, and how long they may stay on one.

use crate::base::yaml::Problem;
use serde::{Deserialize, Serialize};

/// A region with its rules of the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfidRegion {
    /// United States: 50 channels of 500 kHz, 902.75 to 927.25 MHz, at most 0.4 s on each within 20 s (47 CFR 15.247(a)(1)(i)).
    Fcc,
    /// Europe, lower band: 4 channels of 200 kHz at 865.7, 866.3, 866.9 and 867.5 MHz, at most 4 s on each (EN 302 208, sections 4.2 and 4.3).
    Etsi,
    /// China: 16 channels of 250 kHz, 920.625 to 924.375 MHz, at most 2 s on each (MIIT 2007 no. 205).
    China,
}

impl RfidRegion {
    /// First centre, Hz, step, Hz, and number of the channels.
    fn plan(self) -> (f64, f64, u16) {
        match self {
            Self::Fcc => (902.75e6, 0.5e6, 50),
            Self::Etsi => (865.7e6, 0.6e6, 4),
            Self::China => (920.625e6, 0.25e6, 16),
        }
    }

    /// Number of channels.
    pub fn channels(self) -> u16 {
        self.plan().2
    }

    /// Centre of a channel, numbered from 1, Hz.
    ///
    /// ```
    /// use kinecho_sim::sensor::rfid::RfidRegion;
    /// assert_eq!(RfidRegion::Fcc.channel_hz(50), Some(927.25e6));
    /// assert_eq!(RfidRegion::China.channel_hz(16), Some(924.375e6));
    /// assert_eq!(RfidRegion::Etsi.channel_hz(5), None);
    /// ```
    pub fn channel_hz(self, channel: u16) -> Option<f64> {
        let (first, step, count) = self.plan();
        (1..=count).contains(&channel).then(|| first + step * f64::from(channel - 1))
    }

    /// How long a reader may stay on a channel, s.
    pub fn longest_hop_s(self) -> f64 {
        match self {
            Self::Fcc => 0.4,
            Self::Etsi => 4.0,
            Self::China => 2.0,
        }
    }

    /// What is wrong with a choice of channels.
    pub(super) fn channel_problems(self, chosen: &[u16]) -> Vec<Problem> {
        let mut out = Vec::new();
        if chosen.is_empty() {
            out.push(Problem::new("channels", "none given; leave the key out for all of the region"));
        }
        for (i, channel) in chosen.iter().enumerate() {
            if self.channel_hz(*channel).is_none() {
                let message = format!("{channel} given, the region has 1 to {}", self.channels());
                out.push(Problem::new(format!("channels.{i}"), message));
            } else if chosen[..i].contains(channel) {
                out.push(Problem::new(format!("channels.{i}"), format!("{channel} is given twice")));
            }
        }
        out
    }
}
