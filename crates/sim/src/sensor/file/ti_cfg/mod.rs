//! The `.cfg` files of TI's mmWave SDK demos (mmWave SDK user's guide 1.x to 3.x, section 3.4: configuration file format).
//!
//! ```text
//! known.rs      every command and what becomes of its line
//! commands.rs   lines → commands with numbers
//! waveform.rs   channelCfg, profileCfg, chirpCfg, frameCfg → what is transmitted
//! board.rs      which preset says what the file does not
//! antennas.rs   antGeometry0/1, antPhaseRot, compRangeBiasAndRxChanPhase
//! layout.rs     adcCfg, adcbufCfg → how samples lie in a capture
//! detection.rs  cfarCfg and the other lines of the sensor's own detection
//! ```
//! A line that is not honoured is a fault with its line number, or a [`Note`].

mod antennas;
mod board;
mod commands;
mod detection;
mod known;
mod layout;
mod waveform;

pub use detection::{CfarLine, DetectionLines, Threshold};
pub use known::{Role, roles};
pub use layout::{SampleLayout, SampleOrder};

use super::super::error::SensorError;
use super::super::fmcw::FmcwRadar;
use super::Faults;
use super::text;
pub(super) use commands::Command;
use std::path::Path;
use waveform::Waveform;

/// What a configuration is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The radar is simulated: how samples would lie in a capture does not matter.
    Simulate,
    /// A capture of the radar is read.
    Capture,
}

/// A line that is not honoured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The line, from 1.
    pub line: usize,
    /// The command.
    pub command: String,
    /// What the command is for; none for an unknown one.
    pub role: Option<Role>,
    /// What became of it.
    pub what: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.command, self.what)
    }
}

/// Which of a board's antennas take part, in the order of the radar's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Antennas {
    /// Transmitters of the board, from 0, in the order of their chirps.
    pub tx: Vec<usize>,
    /// Receivers of the board, from 0.
    pub rx: Vec<usize>,
    /// Receivers that the board has.
    pub board_rx: usize,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct TiCfg {
    /// The radar.
    pub radar: FmcwRadar,
    /// Why the board was taken, in words.
    pub board_reason: String,
    /// The antennas that take part.
    pub antennas: Antennas,
    /// How samples lie in a capture.
    pub layout: SampleLayout,
    /// Gain and phase of the channels `tx · n_rx + rx` that the file undoes, `[re, im]`; empty when it undoes none.
    pub channel_factors: Vec<[f64; 2]>,
    /// What measured ranges are too long by, m.
    pub range_bias_m: f64,
    /// The sensor's own detection.
    pub detection: DetectionLines,
    /// Lines that are not honoured.
    pub notes: Vec<Note>,
}

impl TiCfg {
    /// Reads a `.cfg` file in any encoding; see [`FmcwRadar::read_file`] for `board`.
    pub fn read(path: &Path, board: Option<&str>, purpose: Purpose) -> Result<Self, SensorError> {
        Self::parse(&text::read(path)?, path, board, purpose)
    }

    /// Parses the text of a `.cfg` file; `origin` is named in errors.
    ///
    /// The transmitters are those of the loop in the order of its chirps. A loop in which one transmitter chirps again and again
    /// counts as so many loops. Receive gain is left to the receiver's `adc`.
    pub fn parse(text: &str, origin: &Path, board: Option<&str>, purpose: Purpose) -> Result<Self, SensorError> {
        let mut faults = Faults::new(origin);
        let (commands, notes) = commands::commands(text.trim_start_matches('\u{feff}'), purpose, &mut faults);
        let platform = board::platform(text);
        Self::of_commands(&commands, notes, platform, (origin, board, purpose), faults)
    }

    /// A configuration of its commands; `platform` is the family of devices that a comment names.
    pub(super) fn of_commands(
        commands: &[Command],
        notes: Vec<Note>,
        platform: Option<board::Platform>,
        (origin, board, purpose): (&Path, Option<&str>, Purpose),
        mut faults: Faults,
    ) -> Result<Self, SensorError> {
        let cfg = Self::assemble(commands, notes, platform, (origin, board, purpose), &mut faults);
        faults.check()?;
        // Without a fault there is a configuration.
        cfg.ok_or_else(|| SensorError::Impossible { name: origin.display().to_string(), problems: Vec::new() })
    }

    fn assemble(
        commands: &[Command],
        mut notes: Vec<Note>,
        platform: Option<board::Platform>,
        (origin, board, purpose): (&Path, Option<&str>, Purpose),
        faults: &mut Faults,
    ) -> Option<Self> {
        let layout = layout::read(commands, purpose, faults);
        let detection = detection::read(commands, &mut notes, faults);
        let waveform = Waveform::find(commands, purpose, faults)?;
        let geometry = antennas::Geometry::read(commands, faults);
        let hints = board::Hints { platform, interleaved: layout.interleaved, geometry: geometry.as_ref() };
        let board = board::choose(board, &waveform, &hints, faults)?;
        let (mut radar, antennas) = waveform.radar(&board.radar, &board.name, origin, faults)?;
        // The line knows how the samples lie; the board only how they usually do.
        radar.lvds_lanes = layout.interleaved.map_or(radar.lvds_lanes, |side_by_side| if side_by_side { 4 } else { 2 });
        let turned = antennas::phases(commands, &antennas, &mut radar, faults);
        let comp = antennas::compensation(commands, &antennas, &radar, turned, faults);
        Some(Self {
            radar,
            board_reason: board.reason,
            antennas,
            layout,
            channel_factors: comp.channel_factors,
            range_bias_m: comp.range_bias_m,
            detection,
            notes,
        })
    }

    /// What is to be said of lines that are not honoured: those of unknown commands, and where points are made those of the detection.
    pub fn warnings(&self, points: bool) -> Vec<String> {
        let (others, own): (Vec<&Note>, Vec<&Note>) =
            self.notes.iter().partition(|note| note.role == Some(Role::OtherDemo));
        let said = own.into_iter().filter(|note| points || note.role.is_none());
        let mut out: Vec<String> = said.map(Note::to_string).collect();
        if let (true, Some(first)) = (points, others.first()) {
            let names: Vec<&str> = others.iter().map(|note| note.command.as_str()).collect();
            out.push(format!("line {} and others: {}: {}", first.line, names.join(", "), first.what));
        }
        out
    }
}

impl FmcwRadar {
    /// The radar of a `.cfg` file's text; see [`TiCfg::parse`].
    pub fn parse_ti_cfg(text: &str, origin: &Path, board_name: Option<&str>) -> Result<Self, SensorError> {
        Ok(TiCfg::parse(text, origin, board_name, Purpose::Simulate)?.radar)
    }
}
