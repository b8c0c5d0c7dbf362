//! Channel state information as the tools of WiFi chips write it. Which file is of which tool is found out by its content.
//!
//! ```text
//! packets.rs  packets of a file → one recording a clock: antennas and grids, order, what is left out
//! grids.rs    subcarrier indices of 802.11a/g, n, ac and ax
//! intel.rs, atheros.rs, nexmon/, esp32/, feitcsi.rs, picoscenes.rs   one a tool
//! ```

mod atheros;
mod esp32;
mod feitcsi;
pub mod grids;
mod intel;
mod nexmon;
pub(super) mod packets;
mod picoscenes;

pub(super) use intel::kind as intel_kind;

use super::signal_files::npy_csi;
use super::{Dropped, RecordingError};
use crate::signal::Csi;
use std::path::Path;

/// The tools whose files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsiFormat {
    /// The Linux 802.11n CSI tool of the Intel 5300 (Halperin et al. 2011): `.dat`.
    Intel5300,
    /// Nexmon's packets of Broadcom chips (Gringoli et al. 2019): `.pcap`.
    Nexmon,
    /// The Atheros CSI tool of ath9k chips (Xie et al. 2015): `.dat`.
    Atheros,
    /// FeitCSI of Intel's AX200 and AX210: `.csi`.
    FeitCsi,
    /// PicoScenes, of the Intel 5300 (Jiang et al. 2022): `.csi`.
    PicoScenes,
    /// Lines of ESP32 chips: ESP32-CSI-Tool and Espressif's esp-csi, `.csv` or text, plain or gzip.
    Esp32,
    /// Arrays of kinecho's, as simulations write them: `.npy` with its `.json`.
    Kinecho,
}

impl CsiFormat {
    /// All of them, in the order in which a file is held against them.
    pub const ALL: [Self; 7] =
        [Self::Kinecho, Self::Intel5300, Self::Nexmon, Self::PicoScenes, Self::Atheros, Self::FeitCsi, Self::Esp32];

    /// Its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intel5300 => "intel_5300",
            Self::Nexmon => "nexmon",
            Self::Atheros => "atheros",
            Self::FeitCsi => "feitcsi",
            Self::PicoScenes => "picoscenes",
            Self::Esp32 => "esp32",
            Self::Kinecho => "kinecho",
        }
    }

    /// Whether a file is of this tool, by its content.
    pub fn sniff(self, file: &Path) -> bool {
        match self {
            Self::Intel5300 => intel::sniff(file),
            Self::Nexmon => nexmon::sniff(file),
            Self::Atheros => atheros::sniff(file),
            Self::FeitCsi => feitcsi::sniff(file),
            Self::PicoScenes => picoscenes::sniff(file),
            Self::Esp32 => esp32::sniff(file),
            Self::Kinecho => npy_csi::is_ours(file),
        }
    }

    /// The tool that wrote a file.
    pub fn of_file(file: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.sniff(file))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that is not of this tool, or holds no packet that can be read; what is left out of it is counted.
    pub fn read(self, file: &Path) -> Result<CsiRead, RecordingError> {
        match self {
            Self::Intel5300 => intel::read(file),
            Self::Nexmon => nexmon::read(file),
            Self::Atheros => atheros::read(file),
            Self::FeitCsi => feitcsi::read(file),
            Self::PicoScenes => picoscenes::read(file),
            Self::Esp32 => esp32::read(file),
            Self::Kinecho => Ok(CsiRead { pieces: vec![npy_csi::read(file)?], dropped: Dropped::default() }),
        }
    }
}

/// What a file of a tool holds.
#[derive(Clone, Debug)]
pub struct CsiRead {
    /// Recordings with one clock each; several where the clock of a file steps back.
    pub pieces: Vec<Csi>,
    /// What was left out, and what else was noticed.
    pub dropped: Dropped,
}

impl CsiRead {
    /// The piece with the most packets; those of the others are counted as left out.
    pub fn longest(mut self) -> (Option<Csi>, Dropped) {
        let best = (0..self.pieces.len()).max_by_key(|&i| (self.pieces[i].packets(), std::cmp::Reverse(i)));
        let longest = best.map(|i| self.pieces.swap_remove(i));
        let left: usize = self.pieces.iter().map(Csi::packets).sum();
        self.dropped.lose(left, "packets on the other side of a step back of the clock");
        (longest, self.dropped)
    }
}

/// Reads a file of any tool.
pub fn read(file: &Path) -> Result<CsiRead, RecordingError> {
    match CsiFormat::of_file(file) {
        Some(format) => format.read(file),
        None => {
            let names = CsiFormat::ALL.map(CsiFormat::name).join(", ");
            Err(RecordingError::file(file, format!("no CSI of a tool that is known; expected {names}")))
        }
    }
}
