//! The Linux 802.11n CSI tool of the Intel 5300 (D. Halperin et al., "Tool release: gathering 802.11n traces with channel state
//! information", CCR 2011).
//!
//! A file is a row of records: length (16 bits, most significant first), code, and so many bytes less one. Code `0xBB` is a packet: clock
//! (32 bits, µs), number, antennas, RSSI of three antennas, noise, gain, which antenna each receive chain had, rate, and 8-bit samples
//! behind three bits a subcarrier.

use super::CsiRead;
use super::grids::{INTEL_20, SPACING_HZ, intel_40};
use super::packets::{Kind, Packet, Packets};
use crate::base::Complex32;
use crate::recording::RecordingError;
use crate::signal::{CsiInfo, Strength};
use std::io::Read;
use std::path::Path;

/// Code of a record that is a packet.
const PACKET: u8 = 0xBB;
/// Code of a record that is the packet's payload.
const PAYLOAD: u8 = 0xC1;
/// Bytes of a packet before its samples.
const HEADER: usize = 20;
/// Subcarrier groups.
const GROUPS: usize = 30;
/// What the clock holds, s.
const WRAP_S: f64 = 4_294.967_296;
/// Bit of the rate that says 40 MHz (iwlwifi's `RATE_MCS_HT40_MSK`).
const RATE_40_MHZ: u16 = 0x0800;
/// What the tool's `get_total_rss` subtracts beside the gain, dB.
const RSSI_OFFSET_DB: f32 = 44.0;
/// Noise that the driver writes where it has measured none, dBm.
const NO_NOISE: i8 = -127;

pub(super) fn sniff(file: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(opened) = std::fs::File::open(file) else { return false };
    if opened.take(1 << 16).read_to_end(&mut head).is_err() {
        return false;
    }
    // The first packet must be whole in itself; payloads may stand before it.
    let mut at = 0;
    while let Some((code, body, next)) = record(&head, at) {
        match code {
            PACKET => return whole(body).is_ok(),
            PAYLOAD => at = next,
            _ => return false,
        }
    }
    // A single cut record: nothing to read, but of this tool.
    at == 0 && head.len() > 3 && head[2] == PACKET
}

/// Code, body and place of the next record.
fn record(bytes: &[u8], at: usize) -> Option<(u8, &[u8], usize)> {
    let head = bytes.get(at..at + 3)?;
    let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
    let body = bytes.get(at + 3..at + 2 + length.max(1))?;
    (length > 0).then_some((head[2], body, at + 2 + length))
}

/// Antennas of a packet whose lengths agree with them, or what does not.
fn whole(body: &[u8]) -> Result<(usize, usize), String> {
    if body.len() < HEADER {
        return Err(format!("of {} bytes; a header has {HEADER}", body.len()));
    }
    let (rx, tx) = (usize::from(body[8]), usize::from(body[9]));
    if !((1..=3).contains(&rx) && (1..=3).contains(&tx)) {
        return Err(format!("of {rx} × {tx} antennas; the chip has 3"));
    }
    let stated = usize::from(u16::from_le_bytes([body[16], body[17]]));
    let needed = (GROUPS * (rx * tx * 16 + 3)).div_ceil(8);
    if stated != needed || body.len() != HEADER + needed {
        return Err(format!("with {stated} bytes of samples where {rx} × {tx} antennas make {needed}"));
    }
    Ok((rx, tx))
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let mut all = Packets::new(Some(WRAP_S));
    let (mut at, mut number) = (0, 0);
    let (mut sequence, mut missing): (Option<u16>, usize) = (None, 0);
    while at < bytes.len() {
        number += 1;
        let Some((code, body, next)) = record(&bytes, at) else {
            let left = bytes.len() - at;
            let head = bytes.get(at..at + 3);
            if head.is_some_and(|h| h[0] == 0 && h[1] == 0) || head.is_some_and(|h| h[2] != PACKET && h[2] != PAYLOAD) {
                let what = format!("record {number} at byte {at} is none of this tool (codes 0xBB, 0xC1)");
                return Err(RecordingError::file(path, format!("{what}; is it of other firmware?")));
            }
            all.dropped.lose(1, "records cut short at the end of the file");
            all.dropped.say(format!("record {number} is cut short: {left} bytes are left of it"));
            break;
        };
        at = next;
        match code {
            PAYLOAD => continue,
            PACKET => {}
            _ => {
                all.dropped.lose(1, format!("records of code {code:#04x}"));
                continue;
            }
        }
        let (rx, tx) = match whole(body) {
            Ok(antennas) => antennas,
            Err(what) if all.packets.is_empty() => {
                let what = format!("record {number} is a packet {what}: is it of other firmware?");
                return Err(RecordingError::file(path, what));
            }
            Err(_) => {
                all.dropped.lose(1, "packets that contradict themselves");
                continue;
            }
        };
        let packet_number = u16::from_le_bytes([body[4], body[5]]);
        // Small gaps of the driver's numbers are packets that the log has not got; large ones are other captures.
        if let Some(gap) =
            sequence.map(|before| packet_number.wrapping_sub(before)).filter(|gap| (2..1000).contains(gap))
        {
            missing += usize::from(gap) - 1;
        }
        sequence = Some(packet_number);
        let Some(order) = antenna_order(body[15], rx) else {
            all.dropped.lose(1, "packets whose receive chains name one antenna twice");
            continue;
        };
        let rate = u16::from_le_bytes([body[18], body[19]]);
        let kind = all.kind(kind(rx, tx, rate & RATE_40_MHZ != 0));
        let stamp_s = f64::from(u32::from_le_bytes([body[0], body[1], body[2], body[3]])) * 1e-6;
        let samples = samples(&body[HEADER..], &order, tx);
        all.packets.push(Packet { record: number, stamp_s, kind, samples, strength: Some(strength(body, rx)) });
    }
    if missing > 0 {
        all.dropped.say(format!("{missing} packets are missing by their numbers"));
    }
    all.recordings(path)
}

/// What packets of so many antennas at 20 or 40 MHz have in common.
pub(in crate::recording) fn kind(rx: usize, tx: usize, wide: bool) -> Kind {
    let mhz = if wide { 40 } else { 20 };
    let info = CsiInfo {
        device: "intel_5300".into(),
        centre_hz: None,
        bandwidth_hz: f64::from(mhz) * 1e6,
        spacing_hz: SPACING_HZ,
        subcarriers: if wide { intel_40() } else { INTEL_20.to_vec() },
        phase: true,
        nominal_clock: false,
    };
    Kind { info, rx, tx, said: format!("of {rx} × {tx} antennas at {mhz} MHz") }
}

/// Place of each receive chain among the antennas in use; `None` where two chains name one antenna.
pub(super) fn antenna_order(selected: u8, rx: usize) -> Option<Vec<usize>> {
    let antennas: Vec<u8> = (0..rx).map(|chain| (selected >> (2 * chain)) & 3).collect();
    let twice = (1..rx).any(|i| antennas[..i].contains(&antennas[i]));
    let rank = |antenna: &u8| antennas.iter().filter(|other| *other < antenna).count();
    (!twice).then(|| antennas.iter().map(rank).collect())
}

/// Samples in the order `[subcarrier][rx][tx]`, antennas in the order of their letters.
pub(super) fn samples(payload: &[u8], order: &[usize], tx: usize) -> Vec<Complex32> {
    let rx = order.len();
    let mut samples = vec![Complex32::new(0.0, 0.0); GROUPS * rx * tx];
    // Eight bits from any bit on; what lies behind the last byte is nothing.
    let eight = |bit: usize| {
        let byte = |i: usize| u16::from(payload.get(i).copied().unwrap_or(0));
        let pair = byte(bit / 8) | (byte(bit / 8 + 1) << 8);
        f32::from((pair >> (bit % 8)) as u8 as i8)
    };
    let mut bit = 0;
    for group in 0..GROUPS {
        bit += 3;
        for place in order {
            for t in 0..tx {
                samples[(group * rx + place) * tx + t] = Complex32::new(eight(bit), eight(bit + 8));
                bit += 16;
            }
        }
    }
    samples
}

fn strength(body: &[u8], rx: usize) -> Strength {
    let agc = f32::from(body[14]);
    // Antennas without a signal have 0.
    let dbm = |rssi: u8| if rssi == 0 { f32::NAN } else { f32::from(rssi) - RSSI_OFFSET_DB - agc };
    let mut rssi_dbm: Vec<f32> = body[10..13].iter().map(|rssi| dbm(*rssi)).collect();
    // Letters of the antennas in use are known where all three are, or by those that have a signal.
    if rx < 3 && rssi_dbm.iter().filter(|v| !v.is_nan()).count() == rx {
        rssi_dbm.retain(|v| !v.is_nan());
    }
    let noise = body[13] as i8;
    Strength { rssi_dbm, agc_db: Some(agc), noise_dbm: (noise != NO_NOISE).then_some(f32::from(noise)) }
}
