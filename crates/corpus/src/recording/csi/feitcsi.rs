//! FeitCSI of Intel's AX200 and AX210 (M. Stacho et al. 2023): a header of 272 bytes, then 16-bit samples, real part first.

use super::CsiRead;
use super::grids::{SPACING_HE_HZ, SPACING_HZ, high_efficiency, high_throughput, legacy};
use super::packets::{Kind, Packet, Packets};
use crate::base::Complex32;
use crate::recording::RecordingError;
use crate::signal::{CsiInfo, Strength};
use std::io::Read;
use std::path::Path;

const HEADER: usize = 272;
/// What the clock holds, s: 32 bits of µs.
const WRAP_S: f64 = 4_294.967_296;

/// What a header says.
struct FeitHeader {
    csi_bytes: usize,
    rx: usize,
    tx: usize,
    subcarriers: usize,
    rssi_dbm: [f32; 2],
    sender: [u8; 6],
    stamp_us: u32,
    rate: u32,
}

impl FeitHeader {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let b = bytes.get(..HEADER)?;
        let word = |at: usize| u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]]);
        // Written without its sign.
        let dbm = |at: usize| if word(at) == 0 { f32::NAN } else { -(word(at) as f32) };
        Some(Self {
            csi_bytes: word(0) as usize,
            rx: b[46].into(),
            tx: b[47].into(),
            subcarriers: word(52) as usize,
            rssi_dbm: [dbm(60), dbm(64)],
            sender: b[68..74].try_into().ok()?,
            stamp_us: word(88),
            rate: word(92),
        })
    }

    fn is_whole(&self) -> bool {
        let samples = self.rx.checked_mul(self.tx).and_then(|n| n.checked_mul(self.subcarriers)?.checked_mul(4));
        (1..=2).contains(&self.rx)
            && (1..=2).contains(&self.tx)
            && samples == Some(self.csi_bytes)
            && self.csi_bytes > 0
    }

    /// Format and width of the packet (iwlwifi's `RATE_MCS_MOD_TYPE`, `RATE_MCS_CHAN_WIDTH`).
    fn format(&self) -> (&'static str, u32) {
        let name = match self.rate >> 8 & 7 {
            1 => "legacy",
            2 => "HT",
            3 => "VHT",
            4 => "HE",
            _ => "unknown",
        };
        (name, 20 << (self.rate >> 11 & 7))
    }

    /// Indices and spacing of its subcarriers.
    fn grid(&self) -> Option<(Vec<i32>, f64)> {
        let (indices, spacing) = match self.format() {
            ("legacy", 20) => (Some(legacy()), SPACING_HZ),
            ("HT" | "VHT", mhz) => (high_throughput(mhz), SPACING_HZ),
            ("HE", mhz) => (high_efficiency(mhz), SPACING_HE_HZ),
            _ => (None, SPACING_HZ),
        };
        indices.filter(|list| list.len() == self.subcarriers).map(|list| (list, spacing))
    }
}

pub(super) fn sniff(file: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(opened) = std::fs::File::open(file) else { return false };
    let length = opened.metadata().map_or(0, |m| m.len());
    let read = opened.take(HEADER as u64).read_to_end(&mut head);
    let header = FeitHeader::parse(&head).filter(|h| h.is_whole() && h.grid().is_some());
    read.is_ok() && header.is_some_and(|h| (HEADER + h.csi_bytes) as u64 <= length)
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let mut all = Packets::new(Some(WRAP_S));
    let (mut at, mut number) = (0, 0);
    while at < bytes.len() {
        number += 1;
        let header = bytes.get(at..).and_then(FeitHeader::parse);
        let Some(header) = header else {
            all.dropped.lose(1, "packets cut short at the end of the file");
            break;
        };
        if !header.is_whole() {
            let FeitHeader { csi_bytes, rx, tx, subcarriers, .. } = header;
            let what = format!(
                "packet {number} at byte {at}: {csi_bytes} bytes for {rx} × {tx} antennas and {subcarriers} subcarriers"
            );
            return Err(RecordingError::file(path, format!("{what}; is the file of FeitCSI?")));
        }
        let first = at + HEADER;
        at = first + header.csi_bytes;
        let Some(body) = bytes.get(first..at) else {
            all.dropped.lose(1, "packets cut short at the end of the file");
            break;
        };
        let (format, mhz) = header.format();
        let Some((subcarriers, spacing_hz)) = header.grid() else {
            all.dropped.lose(1, format!("packets of {} subcarriers ({format} {mhz} MHz)", header.subcarriers));
            continue;
        };
        let info = CsiInfo {
            device: "feitcsi".into(),
            centre_hz: None,
            bandwidth_hz: f64::from(mhz) * 1e6,
            spacing_hz,
            subcarriers,
            phase: true,
            nominal_clock: false,
        };
        let (rx, tx) = (header.rx, header.tx);
        let sender: Vec<String> = header.sender.iter().map(|b| format!("{b:02x}")).collect();
        let said = format!("of {rx} × {tx} antennas, {format} {mhz} MHz, from {}", sender.join(":"));
        let kind = all.kind(Kind { info, rx, tx, said });
        let strength = Strength { rssi_dbm: header.rssi_dbm[..rx].to_vec(), ..Strength::default() };
        let stamp_s = f64::from(header.stamp_us) * 1e-6;
        let samples = samples(body, header.subcarriers, rx, tx);
        all.packets.push(Packet { record: number, stamp_s, kind, samples, strength: Some(strength) });
    }
    all.recordings(path)
}

/// Samples in the order `[subcarrier][rx][tx]`; the file has subcarriers fastest.
fn samples(bytes: &[u8], subcarriers: usize, rx: usize, tx: usize) -> Vec<Complex32> {
    let mut samples = vec![Complex32::new(0.0, 0.0); subcarriers * rx * tx];
    let part = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]]));
    for (i, pair) in bytes.chunks_exact(4).enumerate() {
        let (k, link) = (i % subcarriers, i / subcarriers);
        samples[(k * rx + link / tx) * tx + link % tx] = Complex32::new(part(&pair[..2]), part(&pair[2..]));
    }
    samples
}
