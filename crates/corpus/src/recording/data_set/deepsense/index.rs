//! `scenarioN.csv`: a line a step, with paths relative to it.

use super::BEAMS;
use crate::recording::RecordingError;
use crate::signal::BeamSensor;
use csv::StringRecord;
use std::path::{Path, PathBuf};

/// A line of the index.
pub(super) struct IndexRow {
    /// Line of the file, counted from 1.
    pub(super) line: u64,
    /// The passage.
    pub(super) passage: i64,
    /// Best beam, counted from 0, where the index has it.
    pub(super) beam: Option<usize>,
    /// Time of the day, s, where the index has it.
    pub(super) time_s: Option<f64>,
    /// Position of the base station.
    pub(super) station: Option<PathBuf>,
    /// Each sensor's measurement as the index writes it, in the order of [`BeamSensor::ALL`].
    pub(super) files: [Option<String>; 5],
}

/// Names of columns by sensor; where there are several, the first that is there counts.
const COLUMNS: [(BeamSensor, &[&str]); 5] = [
    (BeamSensor::Powers, &["unit1_pwr_60ghz", "unit1_pwr"]),
    (BeamSensor::Gnss, &["unit2_loc_cal", "unit2_loc"]),
    (BeamSensor::Radar, &["unit1_radar"]),
    (BeamSensor::Lidar, &["unit1_lidar"]),
    (BeamSensor::Image, &["unit1_rgb"]),
];

/// Reads an index.
pub(super) fn read(path: &Path) -> Result<Vec<IndexRow>, RecordingError> {
    let text = std::fs::read(path).map_err(RecordingError::read(path))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_slice());
    let at = |e: csv::Error| {
        let line = e.position().map_or(1, csv::Position::line);
        RecordingError::line(path, line, format!("is no line of a table: {e}"))
    };
    let header = reader.headers().map_err(at)?.clone();
    // Scenario 9 has a column without a name: columns are known by their names alone.
    let column = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|h| h == *name));
    let Some(passage) = column(&["seq_index"]) else {
        let what = format!("has no column seq_index; there are {}", header.iter().collect::<Vec<_>>().join(", "));
        return Err(RecordingError::line(path, 1, what));
    };
    let sensors = COLUMNS.map(|(_, names)| column(names));
    let (beam, station) = (column(&["unit1_beam_index", "unit1_beam"]), column(&["unit1_loc"]));
    let time = header.iter().position(|h| h.starts_with("time_stamp"));
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(at)?;
        let line = record.position().map_or(0, csv::Position::line);
        let said = |column: Option<usize>| column.and_then(|c| record.get(c)).filter(|v| !v.is_empty());
        let number =
            |column: usize, what: &str| whole(&record, column).map_err(|found| wrong(path, line, what, &found));
        let beam = match beam.filter(|c| said(Some(*c)).is_some()) {
            None => None,
            Some(c) => match number(c, "beam")? {
                beam @ 1..=64 => Some(beam as usize - 1),
                beam => {
                    let what = format!("beam {beam} is out of the codebook; expected 1 to {BEAMS}");
                    return Err(RecordingError::line(path, line, what));
                }
            },
        };
        rows.push(IndexRow {
            line,
            passage: number(passage, "seq_index")?,
            beam,
            time_s: said(time).and_then(clock),
            station: said(station).map(|file| inside(dir, file)),
            files: sensors.map(|column| said(column).map(str::to_owned)),
        });
    }
    if rows.is_empty() {
        return Err(RecordingError::file(path, "lists no step"));
    }
    Ok(rows)
}

/// A file of the index, which begins with `./`.
pub(super) fn inside(dir: &Path, file: &str) -> PathBuf {
    dir.join(file.trim_start_matches("./"))
}

fn wrong(path: &Path, line: u64, what: &str, found: &str) -> RecordingError {
    RecordingError::line(path, line, format!("{what} is `{found}`; expected a whole number"))
}

/// A whole number, which some indices write as `3.0`.
fn whole(record: &StringRecord, column: usize) -> Result<i64, String> {
    let text = record.get(column).unwrap_or_default();
    let number = text.parse::<f64>().ok().filter(|v| v.fract() == 0.0 && v.abs() < 1e15);
    number.map(|v| v as i64).ok_or_else(|| text.to_owned())
}

/// Seconds since midnight of `['16-45-05-799']`, hours, minutes, seconds and thousandths.
fn clock(text: &str) -> Option<f64> {
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    let parts: Vec<f64> = digits.split(['-', ':', '.']).map(|p| p.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [h, m, s, thousandths] if h < 24.0 && m < 60.0 && s < 60.0 && thousandths < 1000.0 => {
            Some(3600.0 * h + 60.0 * m + s + thousandths / 1000.0)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn stamps_are_times_of_the_day() {
        assert_eq!(super::clock("['16-45-05-799']"), Some(16.0 * 3600.0 + 45.0 * 60.0 + 5.799));
        assert_eq!(super::clock("yesterday"), None);
        assert_eq!(super::clock("['25-00-00-000']"), None);
    }
}
