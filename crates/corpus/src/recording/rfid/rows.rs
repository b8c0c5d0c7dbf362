//! From rows of reads to recordings: units by their size, one clock, pauses.

use super::RfidRecordings;
use crate::recording::clock::clocked;
use crate::recording::{Dropped, RecordingError};
use crate::signal::{RfidInfo, RfidRead, RfidReads};
use std::collections::HashMap;
use std::f64::consts::TAU;
use std::io::Read;
use std::path::Path;

/// Steps of a turn in which Impinj's readers give phases.
const IMPINJ_STEPS: f64 = 4096.0;
/// From read to read where a table has no clock, s: a reader with a few tags in sight makes some hundred reads a second.
const NOMINAL_S: f64 = 0.005;

/// A row as a file gives it, in the file's units.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) time: f64,
    pub(super) tag: String,
    pub(super) antenna: u16,
    pub(super) channel: Option<u16>,
    pub(super) frequency: Option<f64>,
    pub(super) phase: f64,
    pub(super) rssi: f64,
    pub(super) doppler: Option<f64>,
}

/// The first lines of a file that is text.
pub(super) fn head(file: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(file).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes.clone()).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned());
    if text.contains('\0') {
        return None;
    }
    // A last line may be cut; one alone is whole.
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    let whole = if bytes.len() == 4096 && lines.len() > 1 { &lines[..lines.len() - 1] } else { &lines[..] };
    Some(whole.join("\n"))
}

/// Seconds in a unit of the time column, by the size of its values.
fn seconds(first: f64) -> (f64, &'static str) {
    match first.abs() {
        t if t >= 1e17 => (1e-9, "ns"),
        t if t >= 1e14 => (1e-6, "µs"),
        t if t >= 1e11 => (1e-3, "ms"),
        _ => (1.0, "s"),
    }
}

/// Hz in a unit of the frequency column, by the size of its values: UHF readers lie between 800 and 1000 MHz.
fn hertz(value: f64) -> Option<f64> {
    [1.0, 1e3, 1e6].into_iter().find(|unit| (8e8..1e9).contains(&(value * unit)))
}

/// Makes recordings of rows. A pause of `pause_s` or more begins another one.
pub(super) fn recordings(
    path: &Path,
    device: &str,
    rows: &[Row],
    pause_s: Option<f64>,
    mut dropped: Dropped,
) -> Result<RfidRecordings, RecordingError> {
    if rows.is_empty() {
        let why = dropped.reasons();
        let why = if why.is_empty() { "it holds no row".to_owned() } else { format!("left out: {why}") };
        return Err(RecordingError::file(path, format!("not one read: {why}")));
    }
    let (phases, phase_step_rad) = phases(path, rows, &mut dropped)?;
    let rssi = strengths(path, rows, &mut dropped)?;
    let (unit, name) = seconds(rows[0].time);
    // Of numbers as large as these a double keeps a fraction of a microsecond only after the first is taken off.
    let stamps: Vec<f64> = rows.iter().map(|r| (r.time - rows[0].time) * unit).collect();
    let nominal_clock = rows.len() > 1 && stamps.iter().all(|t| *t == 0.0);
    let stamps = if nominal_clock {
        dropped.say(format!("its time stands still: reads are put {} ms apart, in their order", 1e3 * NOMINAL_S));
        (0..rows.len()).map(|i| i as f64 * NOMINAL_S).collect()
    } else {
        stamps
    };
    if unit != 1.0 {
        dropped.say(format!("times are taken as {name}"));
    }
    let clock = clocked(&stamps, None);
    dropped.lose(clock.stragglers, "reads out of order");
    let mut tags: Vec<String> = rows.iter().map(|r| r.tag.clone()).collect();
    tags.sort();
    tags.dedup();
    let place: HashMap<&str, usize> = tags.iter().enumerate().map(|(i, t)| (t.as_str(), i)).collect();
    let mut frequency_unit = None;
    let mut reads = Vec::with_capacity(clock.kept.len());
    for (&i, time_s) in clock.kept.iter().zip(&clock.time_s) {
        let row = &rows[i];
        let frequency_hz = match row.frequency {
            None => None,
            Some(value) => {
                let unit = *frequency_unit.get_or_insert_with(|| hertz(value));
                let Some(unit) = unit.filter(|unit| hertz(value) == Some(*unit)) else {
                    let what = format!("a frequency of {value} is no carrier of UHF tags (800 to 1000 MHz)");
                    return Err(RecordingError::file(path, what));
                };
                Some(value * unit)
            }
        };
        reads.push(RfidRead {
            time_s: *time_s,
            tag: place.get(row.tag.as_str()).copied().unwrap_or(0),
            antenna: row.antenna,
            channel: row.channel,
            frequency_hz,
            phase_rad: phases[i],
            rssi_dbm: rssi[i],
            doppler_hz: row.doppler,
        });
    }
    let info = RfidInfo { device: device.into(), phase_step_rad, half_turn: false, nominal_clock };
    let of = |reads: Vec<RfidRead>| RfidReads { reads, tags: tags.clone(), info: info.clone() };
    let mut pieces = Vec::new();
    let mut first = 0;
    for (end, step) in clock.cuts.iter().zip(&clock.steps_s).map(|(c, s)| (*c, Some(*s))).chain([(reads.len(), None)]) {
        if let Some(step) = step {
            dropped.say(format!("the clock steps back by {step:.3} s at read {}: cut there", end + 1));
        }
        let start_s = reads.get(first).map_or(0.0, |r: &RfidRead| r.time_s);
        let piece = reads[first..end].iter().map(|r| RfidRead { time_s: r.time_s - start_s, ..*r }).collect();
        pieces.push(of(piece));
        first = end;
    }
    if let Some(pause_s) = pause_s {
        let cut: Vec<Vec<RfidReads>> = pieces.iter().map(|piece| piece.split_at_pauses(pause_s)).collect();
        for (whole, parts) in pieces.iter().zip(&cut).filter(|(_, parts)| parts.len() > 1) {
            let gaps = whole.reads.windows(2).map(|w| w[1].time_s - w[0].time_s).filter(|gap| *gap >= pause_s);
            let gaps: Vec<String> = gaps.map(|gap| format!("{gap:.1}")).collect();
            dropped.say(format!("cut into {} at pauses of {} s", parts.len(), gaps.join(", ")));
        }
        pieces = cut.into_iter().flatten().collect();
    }
    match pieces.iter().find_map(RfidReads::problem) {
        Some(problem) => Err(RecordingError::file(path, problem)),
        None => Ok(RfidRecordings { pieces, dropped }),
    }
}

/// Phases in radians and their step, where all lie on Impinj's.
fn phases(path: &Path, rows: &[Row], dropped: &mut Dropped) -> Result<(Vec<f64>, Option<f64>), RecordingError> {
    let step = TAU / IMPINJ_STEPS;
    let largest = rows.iter().map(|r| r.phase).fold(f64::MIN, f64::max);
    let least = rows.iter().map(|r| r.phase).fold(f64::MAX, f64::min);
    if least >= 0.0 && largest > TAU && largest < IMPINJ_STEPS && rows.iter().all(|r| r.phase.fract() == 0.0) {
        dropped.say("phases are counts of 2π/4096 and are read so");
        return Ok((rows.iter().map(|r| r.phase * step).collect(), Some(step)));
    }
    if let Some(row) = rows.iter().position(|r| !(-1e-9..=TAU + 1e-3).contains(&r.phase)) {
        let found = rows[row].phase;
        let what = format!("row {}: a phase of {found}; expected 0 to 2π rad, or counts of 2π/4096", row + 1);
        return Err(RecordingError::file(path, format!("{what}: degrees must be turned into radians first")));
    }
    let on_step = rows.iter().all(|r| (r.phase / step - (r.phase / step).round()).abs() < 1e-6);
    Ok((rows.iter().map(|r| r.phase.rem_euclid(TAU)).collect(), on_step.then_some(step)))
}

/// Powers in dBm: Impinj's own unit is a hundredth of it.
fn strengths(path: &Path, rows: &[Row], dropped: &mut Dropped) -> Result<Vec<f64>, RecordingError> {
    let plausible = |v: f64| (-150.0..=20.0).contains(&v);
    if rows.iter().all(|r| plausible(r.rssi)) {
        return Ok(rows.iter().map(|r| r.rssi).collect());
    }
    if rows.iter().all(|r| r.rssi < -1000.0 && plausible(r.rssi / 100.0)) {
        dropped.say("RSSI is in hundredths of a dBm and is read so");
        return Ok(rows.iter().map(|r| r.rssi / 100.0).collect());
    }
    let row = rows.iter().position(|r| !plausible(r.rssi)).unwrap_or(0);
    let what = format!("row {}: an RSSI of {}; expected -150 to 20 dBm, or hundredths of it", row + 1, rows[row].rssi);
    Err(RecordingError::file(path, what))
}
