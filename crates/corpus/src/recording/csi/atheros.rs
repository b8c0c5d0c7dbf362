//! The Atheros CSI tool of ath9k chips (Y. Xie et al., "Precise power delay profiling with commodity WiFi", MobiCom 2015).
//!
//! A record: its length (16 bits), a header of 25 bytes (clock in µs, bytes of samples, channel, errors, noise, rate, width, subcarriers,
//! antennas, strengths, bytes of payload), samples of 10 bits a part, imaginary first, and the packet's payload. Least significant byte
//! first, or the other way round where the receiver is so.

use super::CsiRead;
use super::grids::{SPACING_HZ, symmetric};
use super::packets::{Kind, Packet, Packets};
use crate::base::Complex32;
use crate::recording::RecordingError;
use crate::signal::{CsiInfo, Strength};
use std::io::Read;
use std::path::Path;

/// Bytes of a header behind the length of its record.
const HEADER: usize = 25;
/// Bits of a part.
const BITS: usize = 10;
/// Noise floor that ath9k counts strengths from, dBm (`ATH_DEFAULT_NOISE_FLOOR`).
const NOISE_FLOOR_DBM: f32 = -95.0;
/// What the driver writes where an antenna has no strength.
const NO_RSSI: u8 = 0x80;

/// What a header says.
struct AtherosHeader {
    stamp_us: u64,
    csi_bytes: usize,
    channel_mhz: u16,
    failed: bool,
    wide: bool,
    tones: usize,
    rx: usize,
    tx: usize,
    rssi: [u8; 3],
    payload_bytes: usize,
}

impl AtherosHeader {
    fn parse(bytes: &[u8], big: bool) -> Option<Self> {
        let b = bytes.get(..HEADER)?;
        let word = |at: usize| {
            if big { u16::from_be_bytes([b[at], b[at + 1]]) } else { u16::from_le_bytes([b[at], b[at + 1]]) }
        };
        let clock: [u8; 8] = b[..8].try_into().ok()?;
        Some(Self {
            stamp_us: if big { u64::from_be_bytes(clock) } else { u64::from_le_bytes(clock) },
            csi_bytes: word(8).into(),
            channel_mhz: word(10),
            failed: b[12] != 0,
            wide: b[15] != 0,
            tones: b[16].into(),
            rx: b[17].into(),
            tx: b[18].into(),
            rssi: [b[20], b[21], b[22]],
            payload_bytes: word(23).into(),
        })
    }

    /// What of it cannot be, for a record of `length` bytes.
    fn problem(&self, length: usize) -> Option<String> {
        if HEADER + self.csi_bytes + self.payload_bytes != length {
            let (c, p) = (self.csi_bytes, self.payload_bytes);
            return Some(format!("of {length} bytes, but a header of {HEADER}, {c} of samples and {p} of payload"));
        }
        if self.csi_bytes == 0 {
            return None;
        }
        if !((1..=3).contains(&self.rx) && (1..=3).contains(&self.tx)) {
            return Some(format!("of {} × {} antennas; the chips have 3", self.rx, self.tx));
        }
        let tones = if self.wide { 114 } else { 56 };
        let needed = (self.rx * self.tx * self.tones * 2 * BITS).div_ceil(8);
        // The driver fills up to whole words.
        if self.tones != tones || !(needed..needed + 4).contains(&self.csi_bytes) {
            let (found, bytes) = (self.tones, self.csi_bytes);
            return Some(format!("of {found} subcarriers in {bytes} bytes; expected {tones} in {needed}"));
        }
        None
    }
}

/// Length of the record at a place, by the byte order in which the first one makes sense.
fn first(bytes: &[u8]) -> Option<bool> {
    [false, true].into_iter().find(|&big| {
        let length = length(bytes, 0, big);
        let header = bytes.get(2..).and_then(|b| AtherosHeader::parse(b, big));
        header.zip(length).is_some_and(|(header, length)| header.problem(length).is_none() && header.tones > 0)
    })
}

fn length(bytes: &[u8], at: usize, big: bool) -> Option<usize> {
    let b = bytes.get(at..at + 2)?;
    let word = [b[0], b[1]];
    Some(usize::from(if big { u16::from_be_bytes(word) } else { u16::from_le_bytes(word) }))
}

pub(super) fn sniff(file: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(file).and_then(|f| f.take(64).read_to_end(&mut head));
    read.is_ok() && first(&head).is_some()
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let Some(big) = first(&bytes) else {
        return Err(RecordingError::file(path, "record 1 is none of the Atheros CSI tool: is it of other firmware?"));
    };
    let mut all = Packets::new(None);
    let (mut at, mut number) = (0, 0);
    while at < bytes.len() {
        number += 1;
        let body = length(&bytes, at, big).and_then(|length| bytes.get(at + 2..at + 2 + length));
        let Some(body) = body else {
            all.dropped.lose(1, "records cut short at the end of the file");
            break;
        };
        let header = AtherosHeader::parse(body, big);
        let Some(header) = header.filter(|h| h.problem(body.len()).is_none()) else {
            let why = AtherosHeader::parse(body, big).and_then(|h| h.problem(body.len()));
            let why = why.unwrap_or_else(|| format!("of {} bytes; a header has {HEADER}", body.len()));
            return Err(RecordingError::file(path, format!("record {number} at byte {at} is a packet {why}")));
        };
        at += 2 + body.len();
        if header.csi_bytes == 0 {
            all.dropped.lose(1, "packets without samples");
            continue;
        }
        if header.failed {
            all.dropped.lose(1, "packets that were received with errors");
            continue;
        }
        let samples = samples(&body[HEADER..HEADER + header.csi_bytes], header.tones, header.rx, header.tx);
        let kind = all.kind(kind(&header));
        let dbm = |rssi: &u8| if *rssi == NO_RSSI { f32::NAN } else { f32::from(*rssi) + NOISE_FLOOR_DBM };
        let rssi_dbm = header.rssi.iter().take(header.rx).map(dbm).collect();
        let strength = Strength { rssi_dbm, agc_db: None, noise_dbm: Some(NOISE_FLOOR_DBM) };
        let stamp_s = header.stamp_us as f64 * 1e-6;
        all.packets.push(Packet { record: number, stamp_s, kind, samples, strength: Some(strength) });
    }
    all.recordings(path)
}

fn kind(header: &AtherosHeader) -> Kind {
    let mhz = if header.wide { 40 } else { 20 };
    // Of 40 MHz the header says the first channel, not on which side the second lies.
    let centre_hz = (!header.wide && header.channel_mhz > 0).then(|| f64::from(header.channel_mhz) * 1e6);
    let info = CsiInfo {
        device: "atheros".into(),
        centre_hz,
        bandwidth_hz: f64::from(mhz) * 1e6,
        spacing_hz: SPACING_HZ,
        subcarriers: if header.wide { symmetric(2, 58) } else { symmetric(1, 28) },
        phase: true,
        nominal_clock: false,
    };
    let (rx, tx) = (header.rx, header.tx);
    Kind { info, rx, tx, said: format!("of {rx} × {tx} antennas at {mhz} MHz, channel {} MHz", header.channel_mhz) }
}

/// Samples in the order `[subcarrier][rx][tx]`; the file has receive antennas fastest.
fn samples(bytes: &[u8], tones: usize, rx: usize, tx: usize) -> Vec<Complex32> {
    let mut samples = vec![Complex32::new(0.0, 0.0); tones * rx * tx];
    let mut bit = 0;
    let mut part = || {
        let byte = |i: usize| u32::from(bytes.get(i).copied().unwrap_or(0));
        let wide = byte(bit / 8) | byte(bit / 8 + 1) << 8 | byte(bit / 8 + 2) << 16;
        let raw = (wide >> (bit % 8)) & ((1 << BITS) - 1);
        bit += BITS;
        (if raw >> (BITS - 1) == 1 { raw as i32 - (1 << BITS) } else { raw as i32 }) as f32
    };
    for tone in 0..tones {
        for t in 0..tx {
            for r in 0..rx {
                let im = part();
                samples[(tone * rx + r) * tx + t] = Complex32::new(part(), im);
            }
        }
    }
    samples
}
