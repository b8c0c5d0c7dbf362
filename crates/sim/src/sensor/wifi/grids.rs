//! Which subcarriers a tool reports, and on which of them something is sent.
//!
//! Index 0 is the centre of the channel, `f = f_c + kΔf`; the lists are those that kinecho's readers give for files of the same tool.

use super::channels::{Secondary, WifiBand};
use crate::base::yaml::Problem;
use serde::{Deserialize, Serialize};

/// Spacing of subcarriers up to 802.11ac, Hz.
const SPACING_HZ: f64 = 312.5e3;
/// Spacing of subcarriers from 802.11ax on, Hz.
const SPACING_HE_HZ: f64 = 78.125e3;

/// The subcarriers that a tool gives of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubcarrierGrid {
    /// The Linux 802.11n CSI tool of the Intel 5300: 30 groups at 20 and at 40 MHz (Halperin et al. 2011).
    #[serde(rename = "intel_5300")]
    Intel5300,
    /// The Atheros CSI tool: 56 and 114 (Xie et al. 2015).
    Atheros,
    /// The HT training field of an ESP32: 56 and 114.
    Esp32,
    /// The legacy training field of an ESP32 without the two subcarriers that the chip spoils: 51, or 52 beside a second channel.
    Esp32Legacy,
    /// The HT training field of an ESP32 with its nulls: 64 and 128 points.
    Esp32All,
    /// Nexmon, the subcarriers that carry something: 56, 114, 242, 484 (Gringoli et al. 2019).
    Nexmon,
    /// Nexmon with its nulls: 64, 128, 256, 512 points.
    NexmonAll,
    /// Data and pilots of 802.11a and g: 52.
    Legacy,
    /// Data and pilots of 802.11n and ac: 56, 114, 242, 484.
    Ht,
    /// Data and pilots of 802.11ax for one user over all of the channel: 242, 484, 996, 1992 at 78.125 kHz.
    He,
}

impl SubcarrierGrid {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Intel5300,
        Self::Atheros,
        Self::Esp32,
        Self::Esp32Legacy,
        Self::Esp32All,
        Self::Nexmon,
        Self::NexmonAll,
        Self::Legacy,
        Self::Ht,
        Self::He,
    ];

    /// Its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intel5300 => "intel_5300",
            Self::Atheros => "atheros",
            Self::Esp32 => "esp32",
            Self::Esp32Legacy => "esp32_legacy",
            Self::Esp32All => "esp32_all",
            Self::Nexmon => "nexmon",
            Self::NexmonAll => "nexmon_all",
            Self::Legacy => "legacy",
            Self::Ht => "ht",
            Self::He => "he",
        }
    }

    /// Widths that it has, MHz.
    pub fn bandwidths_mhz(self) -> &'static [u32] {
        match self {
            Self::Esp32Legacy | Self::Legacy => &[20],
            Self::Intel5300 | Self::Atheros | Self::Esp32 | Self::Esp32All => &[20, 40],
            Self::Nexmon | Self::NexmonAll | Self::Ht | Self::He => &[20, 40, 80, 160],
        }
    }

    /// Bands in which it is sent.
    pub fn bands(self) -> &'static [WifiBand] {
        match self {
            Self::Esp32 | Self::Esp32Legacy | Self::Esp32All => &[WifiBand::Two],
            // Above 5.9 GHz there is 802.11a's format and 802.11ax.
            Self::Legacy | Self::He => &[WifiBand::Two, WifiBand::Five, WifiBand::Six],
            _ => &[WifiBand::Two, WifiBand::Five],
        }
    }

    /// From subcarrier to subcarrier, Hz.
    pub fn spacing_hz(self) -> f64 {
        if self == Self::He { SPACING_HE_HZ } else { SPACING_HZ }
    }

    /// Whether its indices count from the middle of 40 MHz where packets of 20 MHz have a second channel beside them.
    pub fn knows_secondary(self) -> bool {
        matches!(self, Self::Esp32 | Self::Esp32Legacy | Self::Esp32All)
    }

    /// By how many subcarriers packets of 20 MHz lie off the middle of their channel and the second one.
    fn shift(self, bandwidth_mhz: u32, secondary: Option<Secondary>) -> i32 {
        match secondary {
            Some(side) if self.knows_secondary() && bandwidth_mhz == 20 => match side {
                Secondary::Above => -32,
                Secondary::Below => 32,
            },
            _ => 0,
        }
    }

    /// Indices of the subcarriers that are reported, rising.
    ///
    /// # Errors
    /// A problem with `bandwidth_mhz` where the grid has no such width.
    pub fn reported(self, bandwidth_mhz: u32, secondary: Option<Secondary>) -> Result<Vec<i32>, Problem> {
        let has = self.bandwidths_mhz();
        if !has.contains(&bandwidth_mhz) {
            let widths: Vec<String> = has.iter().map(u32::to_string).collect();
            let message = format!("{bandwidth_mhz} given, `{}` has {} MHz", self.name(), widths.join(", "));
            return Err(Problem::new("bandwidth_mhz", message));
        }
        let shift = self.shift(bandwidth_mhz, secondary);
        let wide = bandwidth_mhz == 40;
        Ok(match self {
            Self::Intel5300 if wide => (0..15).map(|i| -58 + 4 * i).chain((0..15).map(|i| 2 + 4 * i)).collect(),
            // Every other one of the 56, both edges and both sides of the middle (IEEE 802.11-2012, table 8-38, Ng = 2).
            Self::Intel5300 => (-28..-1).step_by(2).chain([-1]).chain((1..28).step_by(2)).chain([28]).collect(),
            Self::Esp32All | Self::NexmonAll => {
                let half = (bandwidth_mhz / 5 * 8) as i32;
                (-half..half).map(|k| k + shift).collect()
            }
            // The chip spoils the first two values of a line: subcarriers 0 and 1 without a second channel, nulls with one.
            Self::Esp32Legacy if shift == 0 => symmetric(1, 26).into_iter().filter(|k| *k != 1).collect(),
            _ => self.sent(bandwidth_mhz, secondary),
        })
    }

    /// Indices of the subcarriers on which something is sent, rising; of a width that the grid has.
    pub fn sent(self, bandwidth_mhz: u32, secondary: Option<Secondary>) -> Vec<i32> {
        let two = |least, most, centre: i32| {
            let half = symmetric(least, most);
            [-centre, centre].iter().flat_map(|c| half.iter().map(move |k| k + c)).collect::<Vec<i32>>()
        };
        let centred = match (self, bandwidth_mhz) {
            (Self::Legacy | Self::Esp32Legacy, _) => symmetric(1, 26),
            // IEEE 802.11ax-2021, section 27.3.10.
            (Self::He, 20) => symmetric(2, 122),
            (Self::He, 40) => symmetric(3, 244),
            (Self::He, 80) => symmetric(3, 500),
            (Self::He, _) => two(3, 500, 512),
            // IEEE 802.11-2020, tables 19-6 and 21-5.
            (_, 20) => symmetric(1, 28),
            (_, 40) => symmetric(2, 58),
            (_, 80) => symmetric(2, 122),
            _ => two(2, 122, 128),
        };
        let shift = self.shift(bandwidth_mhz, secondary);
        centred.into_iter().map(|k| k + shift).collect()
    }
}

/// Those with `least ≤ |k| ≤ most`, rising.
fn symmetric(least: i32, most: i32) -> Vec<i32> {
    (-most..=-least).chain(least..=most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_the_numbers_of_their_tools() {
        let count = |grid: SubcarrierGrid| {
            let of = |mhz: &u32| grid.reported(*mhz, None).unwrap().len();
            grid.bandwidths_mhz().iter().map(of).collect::<Vec<_>>()
        };
        let counts: Vec<_> = SubcarrierGrid::ALL.map(count).into_iter().collect();
        let wide = || vec![56, 114, 242, 484];
        assert_eq!(
            counts,
            [
                vec![30, 30],
                vec![56, 114],
                vec![56, 114],
                vec![51],
                vec![64, 128],
                wide(),
                vec![64, 128, 256, 512],
                vec![52],
                wide(),
                vec![242, 484, 996, 1992]
            ]
        );
        for grid in SubcarrierGrid::ALL {
            for &mhz in grid.bandwidths_mhz() {
                let (all, sent) = (grid.reported(mhz, None).unwrap(), grid.sent(mhz, None));
                assert!(all.windows(2).all(|w| w[0] < w[1]) && sent.windows(2).all(|w| w[0] < w[1]), "{grid:?}");
                let half = f64::from(mhz) * 0.5e6;
                assert!(all.iter().all(|k| f64::from(*k).abs() * grid.spacing_hz() <= half), "{grid:?} of {mhz} MHz");
                let typed: SubcarrierGrid = serde_json::from_value(serde_json::json!(grid.name())).unwrap();
                assert_eq!(typed, grid);
            }
        }
    }

    #[test]
    fn a_second_channel_moves_an_esp32s_packets() {
        let of = |grid: SubcarrierGrid, side| grid.reported(20, side).unwrap();
        let above = of(SubcarrierGrid::Esp32, Some(Secondary::Above));
        assert_eq!((above[0], above[27], above[28], above[55]), (-60, -33, -31, -4));
        assert_eq!(of(SubcarrierGrid::Esp32Legacy, Some(Secondary::Below)).len(), 52);
        assert_eq!(of(SubcarrierGrid::Esp32All, Some(Secondary::Below))[0], 0);
        assert_eq!(of(SubcarrierGrid::Ht, Some(Secondary::Above)), of(SubcarrierGrid::Ht, None));
    }

    #[test]
    fn a_width_that_is_not_there_is_named() {
        let found = SubcarrierGrid::Intel5300.reported(80, None).unwrap_err();
        assert_eq!(
            (found.key.as_str(), found.message.as_str()),
            ("bandwidth_mhz", "80 given, `intel_5300` has 20, 40 MHz")
        );
    }
}
