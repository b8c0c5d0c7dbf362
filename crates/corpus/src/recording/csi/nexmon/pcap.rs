//! Captures in libpcap's format: a header of 24 bytes, then frames behind 16 bytes each.

use crate::recording::RecordingError;
use std::io::{BufReader, Read};
use std::path::Path;

/// Longest frame that is taken for one; the largest snap length of libpcap.
const LONGEST: usize = 262_144;
/// Link type of Ethernet frames.
const ETHERNET: u32 = 1;

/// Byte order and ticks a second by the first four bytes.
fn order(magic: [u8; 4]) -> Option<(bool, f64)> {
    match magic {
        [0xD4, 0xC3, 0xB2, 0xA1] => Some((false, 1e6)),
        [0xA1, 0xB2, 0xC3, 0xD4] => Some((true, 1e6)),
        [0x4D, 0x3C, 0xB2, 0xA1] => Some((false, 1e9)),
        [0xA1, 0xB2, 0x3C, 0x4D] => Some((true, 1e9)),
        _ => None,
    }
}

/// The first bytes of a pcapng, which is another format.
const NEXT_GENERATION: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

/// Whether a file begins as a capture.
pub(super) fn is_capture(file: &Path) -> bool {
    let mut magic = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut f| f.read_exact(&mut magic));
    read.is_ok() && (order(magic).is_some() || magic == NEXT_GENERATION)
}

/// Calls `take` with number (from 1), time and bytes of every frame; whether the last one is cut short.
pub(super) fn each(
    path: &Path,
    mut take: impl FnMut(usize, f64, &[u8]) -> Result<(), RecordingError>,
) -> Result<bool, RecordingError> {
    let mut file = BufReader::new(std::fs::File::open(path).map_err(RecordingError::read(path))?);
    let mut head = [0; 24];
    let cut = || RecordingError::file(path, "cut short within the header of a capture");
    file.read_exact(&mut head).map_err(|_| cut())?;
    let magic = [head[0], head[1], head[2], head[3]];
    let Some((big, ticks)) = order(magic) else {
        let what = match magic {
            NEXT_GENERATION => "is a pcapng: write it as pcap first (`editcap -F pcap IN OUT`)",
            _ => "is no capture of libpcap's",
        };
        return Err(RecordingError::file(path, what));
    };
    let word = |b: &[u8]| {
        let b = [b[0], b[1], b[2], b[3]];
        if big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }
    };
    let link = word(&head[20..24]) & 0x0FFF_FFFF;
    if link != ETHERNET {
        let what = format!("its frames have link type {link}; Nexmon's are Ethernet's ({ETHERNET})");
        return Err(RecordingError::file(path, what));
    }
    let mut bytes = Vec::new();
    for number in 1.. {
        let mut head = [0; 16];
        match read_up_to(&mut file, &mut head).map_err(RecordingError::read(path))? {
            0 => return Ok(false),
            16 => {}
            _ => return Ok(true),
        }
        let length = word(&head[8..12]) as usize;
        if length > LONGEST {
            let what = format!("frame {number} would have {length} bytes; expected at most {LONGEST}: is it damaged?");
            return Err(RecordingError::file(path, what));
        }
        bytes.resize(length, 0);
        if read_up_to(&mut file, &mut bytes).map_err(RecordingError::read(path))? < length {
            return Ok(true);
        }
        let time_s = f64::from(word(&head[0..4])) + f64::from(word(&head[4..8])) / ticks;
        take(number, time_s, &bytes)?;
    }
    Ok(false)
}

/// Fills as much of `buffer` as is there.
fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read(&mut buffer[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}
