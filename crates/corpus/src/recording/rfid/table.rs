//! Tables whose header names the columns, as programs around Impinj's readers write them.

use super::rows::{Row, recordings};
use super::{PAUSE_S, RfidRecordings};
use crate::recording::{Dropped, RecordingError};
use std::path::Path;

/// What a column may be called, in lower case and without blanks, `_` and `-`.
const NAMES: [(&str, &[&str]); 8] = [
    ("tag", &["epc", "tag", "tagid", "epchex", "epc96"]),
    ("time", &["time", "timestamp", "timeus", "timestampus", "firstseentime", "lastseentime", "firstseentimestamputc"]),
    ("antenna", &["antenna", "antennaindex", "antennaid", "antennaport", "ant", "port"]),
    ("channel", &["channel", "channelindex", "channelid"]),
    ("frequency", &["frequency", "freq", "channelinmhz", "frequencyhz", "frequencymhz", "carrier"]),
    ("phase", &["phase", "phaseangle", "phaserad", "phaseangleinradians", "phaseinradians", "rfphaseangle"]),
    ("rssi", &["rssi", "peakrssi", "rssidbm", "peakrssiindbm", "power"]),
    ("doppler", &["doppler", "dopplershift", "dopplerhz", "rfdopplerfrequency", "dopplerfrequency"]),
];

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Place of each of [`NAMES`], where a header has it.
fn places(header: &csv::StringRecord) -> [Option<usize>; 8] {
    let names: Vec<String> = header.iter().map(plain).collect();
    NAMES.map(|(_, known)| names.iter().position(|n| known.contains(&n.as_str())))
}

pub(super) fn is_table(head: &str) -> bool {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(head.as_bytes());
    let Ok(header) = reader.headers() else { return false };
    let [tag, _, _, _, _, phase, rssi, _] = places(header);
    tag.is_some() && phase.is_some() && rssi.is_some()
}

pub(super) fn read(path: &Path) -> Result<RfidRecordings, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|e| RecordingError::line(path, 1, e.to_string()))?.clone();
    let [tag, time, antenna, channel, frequency, phase, rssi, doppler] = places(&header);
    let mut dropped = Dropped::default();
    let known = [tag, time, antenna, channel, frequency, phase, rssi, doppler];
    let passed: Vec<&str> =
        header.iter().enumerate().filter(|(i, _)| !known.contains(&Some(*i))).map(|(_, name)| name).collect();
    if !passed.is_empty() {
        dropped.say(format!("columns that are passed over: {}", passed.join(", ")));
    }
    let (Some(tag), Some(phase), Some(rssi)) = (tag, phase, rssi) else {
        return Err(RecordingError::line(path, 1, "the header needs columns of tag (epc), phase and rssi"));
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            RecordingError::line(path, line, e.to_string())
        })?;
        if record.len() != header.len() {
            dropped.lose(1, format!("rows of {} columns where the header has {}", record.len(), header.len()));
            continue;
        }
        let number = |at: usize| record[at].parse::<f64>().ok().filter(|v| v.is_finite());
        let whole = |at: Option<usize>| at.and_then(|at| record[at].parse::<u16>().ok());
        let read = || {
            Some(Row {
                time: match time {
                    Some(at) => number(at)?,
                    None => 0.0,
                },
                tag: Some(record[tag].to_owned()).filter(|t| !t.is_empty())?,
                antenna: if antenna.is_some() { whole(antenna)? } else { 1 },
                channel: if channel.is_some() { Some(whole(channel)?) } else { None },
                frequency: match frequency {
                    Some(at) => Some(number(at)?),
                    None => None,
                },
                phase: number(phase)?,
                rssi: number(rssi)?,
                doppler: doppler.and_then(number),
            })
        };
        match read() {
            Some(row) => rows.push(row),
            None => dropped.lose(1, "rows with a value that is no number"),
        }
    }
    recordings(path, "impinj", &rows, Some(PAUSE_S), dropped)
}
