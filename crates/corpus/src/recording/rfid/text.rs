//! Rows without a header: those of two data sets.

use super::rows::{Row, recordings};
use super::{PAUSE_S, RfidRecordings};
use crate::recording::{Dropped, RecordingError};
use std::path::Path;

/// Columns of a row of CWNU-RDA.
const CWNU: usize = 7;
/// Columns of a row of UCI's.
const UCI: usize = 9;

/// A row of CWNU-RDA.
#[derive(Clone, Debug)]
pub struct CwnuRow {
    /// Who wore the tags.
    pub person: String,
    /// What was done, as a number.
    pub label: u32,
    row: Row,
}

/// A row of UCI's older people; the three accelerations of the tag are no reads of the radio and are passed over.
#[derive(Clone, Debug)]
pub struct UciRow {
    /// What was done: 1 to 4.
    pub label: u32,
    row: Row,
}

fn first_row(head: &str, separator: fn(char) -> bool) -> Vec<&str> {
    let line = head.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.split(separator).filter(|word| !word.is_empty()).collect()
}

pub(super) fn is_cwnu(head: &str) -> bool {
    cwnu_row(&first_row(head, char::is_whitespace)).is_some_and(|row| row.row.time > 1e14)
}

pub(super) fn is_uci(head: &str) -> bool {
    uci_row(&first_row(head, |c| c == ',')).is_some_and(|row| (1..=4).contains(&row.label))
}

fn cwnu_row(words: &[&str]) -> Option<CwnuRow> {
    let [person, tag, time, doppler, rssi, phase, label] = words else { return None };
    let number = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite());
    let row = Row {
        time: number(time)?,
        tag: (*tag).to_owned(),
        antenna: 1,
        channel: None,
        frequency: None,
        phase: number(phase)?,
        rssi: number(rssi)?,
        doppler: Some(number(doppler)?),
    };
    Some(CwnuRow { person: (*person).to_owned(), label: label.parse().ok()?, row })
}

fn uci_row(words: &[&str]) -> Option<UciRow> {
    if words.len() != UCI {
        return None;
    }
    let numbers: Vec<f64> =
        words.iter().map(|w| w.trim().parse::<f64>().ok().filter(|v| v.is_finite())).collect::<Option<_>>()?;
    let whole = |v: f64| (v.fract() == 0.0 && (0.0..=65_535.0).contains(&v)).then_some(v as u16);
    let row = Row {
        time: numbers[0],
        tag: "sensor".into(),
        antenna: whole(numbers[4])?,
        channel: None,
        frequency: Some(numbers[7]).filter(|f| (800.0..1000.0).contains(f)),
        phase: numbers[6],
        rssi: numbers[5],
        doppler: None,
    };
    row.frequency?;
    Some(UciRow { label: u32::from(whole(numbers[8])?), row })
}

/// Rows of a file, and those that cannot be read, counted by how many columns they have.
fn rows<T>(
    bytes: &[u8],
    separator: fn(char) -> bool,
    expected: usize,
    parse: fn(&[&str]) -> Option<T>,
) -> (Vec<T>, Dropped) {
    let text = String::from_utf8_lossy(bytes);
    let mut dropped = Dropped::default();
    let mut found = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(separator).filter(|word| !word.is_empty()).collect();
        match parse(&words) {
            Some(row) => found.push(row),
            None if words.len() != expected => dropped.lose(1, format!("rows of {} columns", words.len())),
            None => dropped.lose(1, "rows with a value that is no number"),
        }
    }
    (found, dropped)
}

/// Rows of a file of CWNU-RDA, and what is left out.
pub fn cwnu_rows(bytes: &[u8]) -> (Vec<CwnuRow>, Dropped) {
    rows(bytes, char::is_whitespace, CWNU, cwnu_row)
}

/// Rows of a file of UCI's, and what is left out.
pub fn uci_rows(bytes: &[u8]) -> (Vec<UciRow>, Dropped) {
    rows(bytes, |c| c == ',', UCI, uci_row)
}

impl CwnuRow {
    /// Makes recordings of rows, cut at pauses.
    pub fn recordings(path: &Path, rows: Vec<Self>, dropped: Dropped) -> Result<RfidRecordings, RecordingError> {
        let rows: Vec<Row> = rows.into_iter().map(|r| r.row).collect();
        recordings(path, "impinj", &rows, Some(PAUSE_S), dropped)
    }
}

impl UciRow {
    /// Makes recordings of rows. Pauses are no cuts: a tag without a battery is silent for minutes.
    pub fn recordings(path: &Path, rows: Vec<Self>, dropped: Dropped) -> Result<RfidRecordings, RecordingError> {
        let rows: Vec<Row> = rows.into_iter().map(|r| r.row).collect();
        recordings(path, "impinj", &rows, None, dropped)
    }
}

pub(super) fn cwnu(path: &Path) -> Result<RfidRecordings, RecordingError> {
    let (rows, dropped) = cwnu_rows(&std::fs::read(path).map_err(RecordingError::read(path))?);
    CwnuRow::recordings(path, rows, dropped)
}

pub(super) fn uci(path: &Path) -> Result<RfidRecordings, RecordingError> {
    let (rows, mut dropped) = uci_rows(&std::fs::read(path).map_err(RecordingError::read(path))?);
    dropped.say("the three columns of acceleration are passed over");
    UciRow::recordings(path, rows, dropped)
}
