//! Radars from files: TI's `.cfg` and `.mmwave.json`, RF-Genesis' JSON, our own YAML.
//!
//! A `.cfg` or a JSON file says when and what a radar transmits, not how good its receiver is (and the `.cfg` not where its
//! antennas are): these come from a board, that is a preset.

mod mmwave_json;
mod rf_genesis;
mod text;
pub mod ti_cfg;

use super::error::SensorError;
use super::fmcw::FmcwRadar;
use crate::base::yaml::{Problem, YamlError};
use std::path::Path;
use ti_cfg::{Purpose, TiCfg};

impl FmcwRadar {
    /// Reads a radar from `.cfg` (mmWave SDK demo), `.mmwave.json` (mmWave Studio), `.json` (RF-Genesis) or `.yaml`.
    ///
    /// `board` names the preset that says what the file does not; without it the file's own words decide (a `.cfg`: its geometry lines,
    /// the platform in its comments), or the band: `iwr6843` from 57 to 64 GHz, `awr1843` from 76 to 81 GHz.
    pub fn read_file(path: &Path, board: Option<&str>) -> Result<Self, SensorError> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        let refuse = |message: String| {
            let problems = vec![(None, Problem::new("radar", message))];
            Err(YamlError::in_file(path, problems).into())
        };
        let text = || text::read(path);
        if let Some(cfg) = Self::read_ti(path, board, Purpose::Simulate) {
            return Ok(cfg?.radar);
        }
        match (ending.as_str(), board) {
            ("json", _) => Self::parse_rf_genesis(&text()?, path, board),
            ("yaml" | "yml", None) => Self::read(path),
            ("yaml" | "yml", Some(board)) => {
                refuse(format!("a YAML description is complete: leave out the preset `{board}`"))
            }
            _ => refuse(
                "expected a file ending in .cfg (mmWave SDK), .mmwave.json (mmWave Studio), .json (RF-Genesis) or .yaml".into(),
            ),
        }
    }

    /// The whole configuration of a file of TI's, `.cfg` or `.mmwave.json`; none for other files.
    pub fn read_ti(path: &Path, board: Option<&str>, purpose: Purpose) -> Option<Result<TiCfg, SensorError>> {
        if mmwave_json::is_one(path) {
            return Some(TiCfg::read_mmwave_json(path, board, purpose));
        }
        let cfg = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("cfg"));
        cfg.then(|| TiCfg::read(path, board, purpose))
    }
}

/// What a file says wrongly, collected with lines.
struct Faults<'a> {
    origin: &'a Path,
    found: Vec<(Option<usize>, Problem)>,
}

impl<'a> Faults<'a> {
    fn new(origin: &'a Path) -> Self {
        Self { origin, found: Vec::new() }
    }

    fn add(&mut self, line: impl Into<Option<usize>>, key: &str, message: impl Into<String>) {
        self.found.push((line.into(), Problem::new(key, message)));
    }

    /// An error with all of them, when there are any.
    fn check(self) -> Result<(), SensorError> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(YamlError::in_file(self.origin, self.found).into())
    }
}

/// The board of an RF-Genesis file: the one that is named, or that of the band; what is wrong with it is a fault of `key`.
fn board(
    name: Option<&str>,
    start_frequency_hz: f64,
    faults: &mut Faults,
    (line, key): (Option<usize>, &str),
) -> Option<FmcwRadar> {
    const BANDS: [(std::ops::RangeInclusive<f64>, &str); 2] = [(57e9..=64e9, "iwr6843"), (76e9..=81e9, "awr1843")];
    let band = |f: f64| BANDS.iter().find(|(band, _)| band.contains(&f)).map(|(_, preset)| *preset);
    let Some(usual) = band(start_frequency_hz) else {
        let message = format!("{} GHz given, must be 57 to 64 or 76 to 81 GHz", start_frequency_hz / 1e9);
        faults.add(line, key, message);
        return None;
    };
    match FmcwRadar::preset(name.unwrap_or(usual)) {
        Ok(radar) if band(radar.start_frequency_hz) == Some(usual) => Some(radar),
        Ok(radar) => {
            let message = format!(
                "{} GHz given, but the preset {} works at {} GHz",
                start_frequency_hz / 1e9,
                radar.name,
                radar.start_frequency_hz / 1e9
            );
            faults.add(line, key, message);
            None
        }
        Err(e) => {
            faults.add(None, "preset", e.to_string());
            None
        }
    }
}
