//! Data sets that can be read without being told anything about them: one file or folder and one line here each.

mod csi_har_nexmon;
mod csi_time_stability;
mod csi_two_rooms;
mod deepsense;
mod files;
pub mod mars;
mod mm_fi;
pub mod radhar;
mod reader;
mod rfid_cwnu;
mod rfid_uci;
mod wiar;
mod xrf55;

pub use reader::Reader;

use super::labelled::Radio;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataSet {
    /// RadHAR (Singh et al. 2019): points of an IWR1443, five activities.
    Radhar,
    /// MARS (An and Ogras 2021): points of an IWR1443, ten rehabilitation movements.
    Mars,
    /// WiAR (Guo et al. 2017): CSI of an Intel 5300, sixteen activities.
    Wiar,
    /// Proto-CSNet's data (Hu et al. 2024): CSI of an Intel 5300, eleven activities in two rooms.
    CsiTwoRooms,
    /// Temporal stability (Matey-Sanz et al. 2023): amplitudes of an ESP32, one person four times.
    CsiTimeStability,
    /// CSI-HAR (Moshiri et al. 2021): amplitudes of Nexmon, seven activities, three people.
    CsiHarNexmon,
    /// CWNU-RDA (2024): reads of sixteen tags on the body, 21 activities.
    RfidCwnu,
    /// Older people with a batteryless tag (Shinmoto Torres et al. 2013): four activities in two rooms.
    RfidUci,
    /// MM-Fi (Yang et al. 2023): CSI of an Atheros, 27 actions, forty people.
    MmFi,
    /// XRF55 (Wang et al. 2024): amplitudes of nine antennas, 55 actions, 39 people.
    Xrf55Wifi,
    /// XRF55 (Wang et al. 2024): phases of 23 tags, the same actions.
    Xrf55Rfid,
    /// DeepSense 6G (Alkhateeb et al. 2023): powers of 64 beams at 60 GHz, GNSS, radar, LiDAR and images of passing vehicles.
    #[serde(rename = "deepsense")]
    DeepSense,
}

impl DataSet {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Radhar,
        Self::Mars,
        Self::Wiar,
        Self::CsiTwoRooms,
        Self::CsiTimeStability,
        Self::CsiHarNexmon,
        Self::RfidCwnu,
        Self::RfidUci,
        Self::MmFi,
        Self::Xrf55Wifi,
        Self::Xrf55Rfid,
        Self::DeepSense,
    ];

    /// Its reader.
    pub fn reader(self) -> &'static dyn Reader {
        match self {
            Self::Radhar => &radhar::Radhar,
            Self::Mars => &mars::Mars,
            Self::Wiar => &wiar::Wiar,
            Self::CsiTwoRooms => &csi_two_rooms::CsiTwoRooms,
            Self::CsiTimeStability => &csi_time_stability::CsiTimeStability,
            Self::CsiHarNexmon => &csi_har_nexmon::CsiHarNexmon,
            Self::RfidCwnu => &rfid_cwnu::RfidCwnu,
            Self::RfidUci => &rfid_uci::RfidUci,
            Self::MmFi => &mm_fi::MmFi,
            Self::Xrf55Wifi => &xrf55::Xrf55 { rfid: false },
            Self::Xrf55Rfid => &xrf55::Xrf55 { rfid: true },
            Self::DeepSense => &deepsense::DeepSense,
        }
    }

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Radhar => "radhar",
            Self::Mars => "mars",
            Self::Wiar => "wiar",
            Self::CsiTwoRooms => "csi_two_rooms",
            Self::CsiTimeStability => "csi_time_stability",
            Self::CsiHarNexmon => "csi_har_nexmon",
            Self::RfidCwnu => "rfid_cwnu",
            Self::RfidUci => "rfid_uci",
            Self::MmFi => "mm_fi",
            Self::Xrf55Wifi => "xrf55_wifi",
            Self::Xrf55Rfid => "xrf55_rfid",
            Self::DeepSense => "deepsense",
        }
    }

    /// Which radio's signals it holds; `None` of points of a radar and of base stations.
    pub fn radio(self) -> Option<Radio> {
        match self {
            Self::Radhar | Self::Mars | Self::DeepSense => None,
            Self::Wiar
            | Self::CsiTwoRooms
            | Self::CsiTimeStability
            | Self::CsiHarNexmon
            | Self::MmFi
            | Self::Xrf55Wifi => Some(Radio::Csi),
            Self::RfidCwnu | Self::RfidUci | Self::Xrf55Rfid => Some(Radio::Rfid),
        }
    }

    /// The data set of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The data set that a file is a recording of.
    pub fn of_file(file: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.reader().sniff(file))
    }
}
