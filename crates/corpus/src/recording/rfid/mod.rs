//! Reads of RFID tags as text and tables. Which file is of which kind is found out by its content.
//!
//! ```text
//! rows.rs   rows of a file → recordings: units, one clock, pauses
//! text.rs   rows without a header: those of CWNU-RDA, those of UCI's older people
//! table.rs  tables with a header that names the columns
//! ```

mod rows;
mod table;
mod text;

pub use text::{CwnuRow, UciRow, cwnu_rows, uci_rows};

use super::{Dropped, RecordingError};
use crate::signal::RfidReads;
use std::path::Path;

/// No read for so long begins another recording, s: 5 s of reads came with pauses of hours in them.
pub const PAUSE_S: f64 = 1.0;

/// What files of reads look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RfidFormat {
    /// Rows of CWNU-RDA: person, tag, time (µs), Doppler (Hz), RSSI (dBm), phase (rad), label, with blanks between.
    Cwnu,
    /// Rows of UCI's older people: time (s), three accelerations (g), antenna, RSSI (dBm), phase (rad), frequency (MHz), label.
    Uci,
    /// A table whose header names tag, phase and RSSI, and possibly time, antenna, frequency or channel, and Doppler.
    Table,
}

impl RfidFormat {
    /// All of them, in the order in which a file is held against them.
    pub const ALL: [Self; 3] = [Self::Cwnu, Self::Uci, Self::Table];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cwnu => "rows of CWNU-RDA",
            Self::Uci => "rows of UCI's older people",
            Self::Table => "a table with a header (epc, phase, rssi)",
        }
    }

    /// Whether a file is of this kind, by its first lines.
    pub fn sniff(self, file: &Path) -> bool {
        let Some(head) = rows::head(file) else { return false };
        match self {
            Self::Cwnu => text::is_cwnu(&head),
            Self::Uci => text::is_uci(&head),
            Self::Table => table::is_table(&head),
        }
    }

    /// The kind of a file.
    pub fn of_file(file: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.sniff(file))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file without a read, units that are none. Rows that cannot be read are counted.
    pub fn read(self, file: &Path) -> Result<RfidRecordings, RecordingError> {
        match self {
            Self::Cwnu => text::cwnu(file),
            Self::Uci => text::uci(file),
            Self::Table => table::read(file),
        }
    }
}

/// What a file of reads holds.
#[derive(Clone, Debug)]
pub struct RfidRecordings {
    /// Recordings with one clock and no long pause each.
    pub pieces: Vec<RfidReads>,
    /// What was left out, and what else was noticed.
    pub dropped: Dropped,
}

impl RfidRecordings {
    /// The piece with the most reads; those of the others are counted as left out.
    pub fn longest(mut self) -> (Option<RfidReads>, Dropped) {
        let best = (0..self.pieces.len()).max_by_key(|&i| (self.pieces[i].reads.len(), std::cmp::Reverse(i)));
        let longest = best.map(|i| self.pieces.swap_remove(i));
        let left: usize = self.pieces.iter().map(|piece| piece.reads.len()).sum();
        self.dropped.lose(left, "reads on the other side of a pause");
        (longest, self.dropped)
    }
}

/// Reads a file of any kind.
pub fn read(file: &Path) -> Result<RfidRecordings, RecordingError> {
    match RfidFormat::of_file(file) {
        Some(format) => format.read(file),
        None => {
            let kinds = RfidFormat::ALL.map(RfidFormat::name).join(", ");
            Err(RecordingError::file(file, format!("no reads of RFID tags that are known; expected {kinds}")))
        }
    }
}
