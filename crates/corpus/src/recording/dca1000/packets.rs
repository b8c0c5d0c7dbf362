//! Files that hold the card's network packets as they came: ten bytes of header, then samples.
//!
//! A header is the packet's number (4 bytes, from 1) and the bytes that were sent before it (6 bytes), little-endian (DCA1000EVM data
//! capture card user's guide, SPRUIJ4, raw mode).

use serde::Serialize;

const HEADER: usize = 10;
const PAYLOAD: usize = 1456;
const PACKET: usize = HEADER + PAYLOAD;

/// What happened to the packets of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PacketReport {
    /// Packets in the files; none when these hold samples alone.
    pub packets: u64,
    /// Bytes that no packet brought; they are zeros.
    pub lost_bytes: u64,
    /// Packets that came behind a later one.
    pub late: u64,
    /// Packets that came twice.
    pub twice: u64,
}

impl PacketReport {
    pub(super) fn add(&mut self, other: Self) {
        self.packets += other.packets;
        self.lost_bytes += other.lost_bytes;
        self.late += other.late;
        self.twice += other.twice;
    }
}

/// Number and place of the packet at `at`.
fn header(bytes: &[u8], at: usize) -> Option<(u64, u64)> {
    let head: [u8; HEADER] = bytes.get(at..at + HEADER)?.try_into().ok()?;
    let number = u64::from(u32::from_le_bytes([head[0], head[1], head[2], head[3]]));
    let place = head[4..].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
    Some((number, place))
}

/// The samples of a file of packets in the order of their places, with zeros where packets are missing; none when the file is no such.
pub(super) fn payload(bytes: &[u8]) -> Option<(Vec<u8>, PacketReport)> {
    let starts: Vec<usize> = (0..bytes.len()).step_by(PACKET).collect();
    // Samples that look like the headers of three packets by chance do not exist.
    if starts.len() < 3 {
        return None;
    }
    let heads: Vec<(u64, u64)> = starts.iter().map_while(|&at| header(bytes, at)).collect();
    let fits = |&(number, place): &(u64, u64)| number >= 1 && place == (number - 1) * PAYLOAD as u64;
    // The card counts on from one recording to the next: then places and numbers differ by what was sent before.
    let (first, base) = heads.iter().copied().min()?;
    let follows = |&(number, place): &(u64, u64)| {
        number.checked_sub(first).zip(place.checked_sub(base)).is_some_and(|(n, bytes)| bytes == n * PAYLOAD as u64)
    };
    if heads.len() != starts.len() || !(heads.iter().all(fits) || heads.iter().all(follows)) {
        return None;
    }
    let last = heads.iter().map(|h| h.0).max()?;
    // Zeros alone are no packets; and a few packets far apart would ask for memory that nobody recorded.
    if last == first || last - first > 16 * heads.len() as u64 {
        return None;
    }
    let mut report = PacketReport { packets: heads.len() as u64, ..Default::default() };
    let tail = heads
        .iter()
        .zip(&starts)
        .find(|(h, _)| h.0 == last)
        .map_or(PAYLOAD, |(_, &at)| bytes.len().min(at + PACKET) - at - HEADER);
    let mut out = vec![0; (last - first) as usize * PAYLOAD + tail];
    let mut seen = vec![false; (last - first) as usize + 1];
    let mut newest = 0;
    for (&(number, _), &at) in heads.iter().zip(&starts) {
        let i = (number - first) as usize;
        report.twice += u64::from(seen[i]);
        report.late += u64::from(number < newest && !seen[i]);
        newest = newest.max(number);
        seen[i] = true;
        let samples = &bytes[at + HEADER..bytes.len().min(at + PACKET)];
        let end = (i * PAYLOAD + samples.len()).min(out.len());
        out[i * PAYLOAD..end].copy_from_slice(&samples[..end - i * PAYLOAD]);
    }
    report.lost_bytes = seen.iter().filter(|s| !**s).count() as u64 * PAYLOAD as u64;
    Some((out, report))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64, samples: &[u8]) -> Vec<u8> {
        let place = (number - 1) * PAYLOAD as u64;
        [&(number as u32).to_le_bytes()[..], &place.to_le_bytes()[..6], samples].concat()
    }

    #[test]
    fn packets_are_ordered_and_gaps_are_zeros() {
        let samples: Vec<u8> = (0..5 * PAYLOAD + 100).map(|i| (i % 251) as u8 + 1).collect();
        let part = |n: usize| &samples[(n - 1) * PAYLOAD..(n * PAYLOAD).min(samples.len())];
        let file = |order: &[usize]| order.iter().flat_map(|&n| packet(n as u64, part(n))).collect::<Vec<u8>>();
        let (whole, report) = payload(&file(&[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!((whole, report.packets, report.lost_bytes), (samples.clone(), 6, 0));
        let (mended, report) = payload(&file(&[1, 3, 2, 2, 5, 6])).unwrap();
        assert_eq!((report.lost_bytes, report.late, report.twice), (PAYLOAD as u64, 1, 1));
        let mut expected = samples.clone();
        expected[3 * PAYLOAD..4 * PAYLOAD].fill(0);
        assert_eq!(mended, expected);
        assert_eq!(payload(&samples), None);
        assert_eq!(payload(&vec![0; 4 * PACKET]), None);
    }
}
