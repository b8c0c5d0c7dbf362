//! Columns of the lines: by a header, or as ESP32-CSI-Tool has them.

use super::layout::{Form, Secondary};
use super::strength;
use crate::signal::Strength;

/// What a line says.
pub(super) struct CsiLine {
    pub(super) stamp_s: f64,
    pub(super) sender: String,
    pub(super) channel: Option<u32>,
    pub(super) strength: Option<Strength>,
    /// `None` where the line does not say it.
    pub(super) form: Option<Form>,
    /// Signed bytes, imaginary and real part in turn.
    pub(super) values: Vec<i16>,
}

/// Where a line has what.
pub(super) struct Columns {
    /// Columns before the values.
    count: Option<usize>,
    sender: usize,
    rssi: usize,
    ht: usize,
    wide: usize,
    stbc: usize,
    noise: usize,
    channel: usize,
    secondary: usize,
    clock: usize,
}

impl Columns {
    /// Those of ESP32-CSI-Tool, which esp-csi has in the same places.
    pub(super) fn usual() -> Self {
        let (sender, rssi, ht, wide, stbc) = (2, 3, 5, 7, 11);
        Self { count: None, sender, rssi, ht, wide, stbc, noise: 14, channel: 16, secondary: 17, clock: 18 }
    }

    /// Those that a header names; `None` of a line that is no header.
    pub(super) fn of_header(line: &str) -> Option<Result<Self, String>> {
        if !line.starts_with("type,") {
            return None;
        }
        let names: Vec<&str> = line.split(',').map(str::trim).collect();
        let place = |name: &str| {
            let found = names.iter().position(|n| *n == name);
            found.ok_or_else(|| format!("the header has no `{name}`; it is of a tool or chip that is not known"))
        };
        let read = || {
            Ok(Self {
                count: Some(names.len() - 1),
                sender: place("mac")?,
                rssi: place("rssi")?,
                ht: place("sig_mode")?,
                wide: place("bandwidth")?,
                stbc: place("stbc")?,
                noise: place("noise_floor")?,
                channel: place("channel")?,
                secondary: place("secondary_channel")?,
                clock: place("local_timestamp")?,
            })
        };
        Some(read())
    }

    /// Reads a line, or why it cannot be.
    pub(super) fn line(&self, line: &str) -> Result<CsiLine, String> {
        let (facts, values) = line.split_once('[').ok_or_else(|| "lines without values".to_owned())?;
        let values = values.trim_end_matches('"').strip_suffix(']').ok_or_else(|| "lines cut short".to_owned())?;
        let facts: Vec<&str> = facts.trim_end_matches(['"', ',']).split(',').map(str::trim).collect();
        let count = self.count.unwrap_or(facts.len());
        if facts.len() != count || facts.len() <= self.clock {
            return Err(format!("lines of {} columns before the values", facts.len()));
        }
        let number =
            |at: usize| facts[at].parse::<i64>().map_err(|_| "lines with a column that is no number".to_owned());
        let secondary = match number(self.secondary)? {
            0 => Secondary::None,
            1 => Secondary::Above,
            2 => Secondary::Below,
            other => return Err(format!("lines of secondary channel {other}; expected 0 to 2")),
        };
        let form =
            Form { ht: number(self.ht)? == 1, wide: number(self.wide)? == 1, stbc: number(self.stbc)? == 1, secondary };
        // 0 and what is no dBm at all are none.
        let dbm = |value: i64| (-150..0).contains(&value).then_some(value as f32);
        Ok(CsiLine {
            stamp_s: number(self.clock)? as f64 * 1e-6,
            sender: facts[self.sender].to_ascii_lowercase(),
            channel: u32::try_from(number(self.channel)?).ok().filter(|c| *c > 0),
            strength: strength(dbm(number(self.rssi)?), dbm(number(self.noise)?)),
            form: Some(form),
            values: bytes(values.split([' ', ',']).filter(|v| !v.is_empty()))?,
        })
    }
}

/// Rows of a time, s, and numbers: `time,sc_0,sc_1,…`.
pub(super) struct BareRows;

impl BareRows {
    /// Whether a line is the header of such rows.
    pub(super) fn of_header(line: &str) -> Option<Self> {
        let mut names = line.split(',').map(str::trim);
        (names.next() == Some("time") && names.next() == Some("sc_0") && names.next() == Some("sc_1")).then_some(Self)
    }

    /// Reads a row, or why it cannot be.
    pub(super) fn line(&self, line: &str) -> Result<CsiLine, String> {
        let (time, values) = line.split_once(',').ok_or_else(|| "rows without values".to_owned())?;
        let stamp_s = time.trim().parse::<f64>().ok().filter(|t| t.is_finite());
        let values = values.trim_end_matches(',').split(',').map(str::trim);
        Ok(CsiLine {
            stamp_s: stamp_s.ok_or_else(|| "rows whose time is no number".to_owned())?,
            sender: String::new(),
            channel: None,
            strength: None,
            form: None,
            values: bytes(values)?,
        })
    }
}

/// Signed bytes, also written as `3.0`.
fn bytes<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<i16>, String> {
    let byte = |text: &str| {
        let value = text.parse::<f64>().ok().filter(|v| v.fract() == 0.0 && (-128.0..=127.0).contains(v));
        value.map(|v| v as i16).ok_or_else(|| "lines with a value that is no signed byte".to_owned())
    };
    values.map(byte).collect()
}
