//! Lines of ESP32 chips: those of ESP32-CSI-Tool (S. M. Hernandez and E. Bulut 2020) and of Espressif's esp-csi, and bare rows of numbers
//! behind a time.
//!
//! Values come in pairs, imaginary part first, as signed bytes.

mod columns;
mod layout;

use super::CsiRead;
use super::grids::{SPACING_HZ, channel_hz};
use super::packets::{Kind, Packet, Packets};
use crate::base::Complex32;
use crate::recording::RecordingError;
use crate::signal::{CsiInfo, Strength};
use columns::{BareRows, Columns, CsiLine};
use flate2::read::GzDecoder;
use layout::Form;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// What the 32-bit clock holds, s.
const WRAP_S: f64 = 4_294.967_296;
/// What lines of CSI begin with.
const MARK: &str = "CSI_DATA";

fn open(path: &Path) -> Result<BufReader<Box<dyn Read>>, RecordingError> {
    let file = File::open(path).map_err(RecordingError::read(path))?;
    let packed = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    Ok(BufReader::new(if packed { Box::new(GzDecoder::new(file)) } else { Box::new(file) }))
}

pub(super) fn sniff(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if ![".csv", ".csv.gz", ".txt", ".txt.gz", ".log"].iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let Ok(reader) = open(file) else { return false };
    let mut head = Vec::new();
    if reader.take(1 << 16).read_to_end(&mut head).is_err() {
        return false;
    }
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines().map(str::trim_start);
    let first = lines.clone().next().unwrap_or_default().trim_start_matches('\u{feff}');
    // A serial console has words of its own before the first packet.
    BareRows::of_header(first).is_some() || lines.any(|line| line.starts_with(MARK))
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let mut all = Packets::new(Some(WRAP_S));
    let mut columns = Columns::usual();
    let mut table = None;
    let mut raw = Vec::new();
    let mut reader = open(path)?;
    for number in 1.. {
        raw.clear();
        if reader.read_until(b'\n', &mut raw).map_err(RecordingError::read(path))? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&raw);
        let line = text.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        if number == 1 {
            table = BareRows::of_header(line);
            if table.is_some() {
                // Times of a table are seconds: nothing wraps.
                all.wrap_s = None;
                continue;
            }
        }
        if let Some(header) = Columns::of_header(line) {
            columns = header.map_err(|what| RecordingError::line(path, number as u64, what))?;
            continue;
        }
        let read = match &table {
            Some(table) => table.line(line),
            None if line.matches(MARK).count() > 1 => Err("lines run together".to_owned()),
            None if !line.starts_with(MARK) => Err("lines that are no CSI".to_owned()),
            None => columns.line(line),
        };
        match read {
            Ok(read) => add(number, &read, &mut all),
            Err(reason) => all.dropped.lose(1, reason),
        }
    }
    if table.is_some() {
        all.dropped.say(
            "the rows say no channel: kinds of packets were told apart by their lengths and by which values are zero; a secondary \
             channel is taken to lie above",
        );
    }
    all.recordings(path)
}

/// Adds the packet of a line.
fn add(record: usize, line: &CsiLine, all: &mut Packets) {
    let Some(form) = line.form.or_else(|| layout::guess(&line.values)) else {
        all.dropped.lose(1, format!("lines of {} values, which no kind of packet has", line.values.len()));
        return;
    };
    let Some(field) = form.field(line.values.len()) else {
        let (found, expected) = (line.values.len(), form.values());
        all.dropped.lose(1, format!("lines of {found} values where {} makes {expected}", form.told()));
        return;
    };
    let kind = all.kind(kind(line, form, &field));
    let part = |at: usize| f32::from(line.values[at]);
    let samples = field.places.iter().map(|(_, at)| Complex32::new(part(at + 1), part(*at))).collect();
    all.packets.push(Packet { record, stamp_s: line.stamp_s, kind, samples, strength: line.strength.clone() });
}

fn kind(line: &CsiLine, form: Form, field: &layout::TrainingField) -> Kind {
    // The number of a channel is that of its first 20 MHz; with a second one, indices count from the middle of both.
    let centre_hz = line.channel.and_then(|channel| channel_hz(channel > 14, channel));
    let shift = match form.secondary {
        layout::Secondary::None => 0.0,
        layout::Secondary::Above => 10e6,
        layout::Secondary::Below => -10e6,
    };
    let info = CsiInfo {
        device: "esp32".into(),
        centre_hz: centre_hz.map(|hz| hz + shift),
        bandwidth_hz: f64::from(field.mhz) * 1e6,
        spacing_hz: SPACING_HZ,
        subcarriers: field.places.iter().map(|(k, _)| *k).collect(),
        phase: true,
        nominal_clock: false,
    };
    let sender = if line.sender.is_empty() { String::new() } else { format!(" from {}", line.sender) };
    Kind { info, rx: 1, tx: 1, said: format!("{} ({}){sender}", form.told(), field.name) }
}

/// Strength of a line that says it.
fn strength(rssi: Option<f32>, noise: Option<f32>) -> Option<Strength> {
    Some(Strength { rssi_dbm: vec![rssi?], agc_db: None, noise_dbm: noise })
}
