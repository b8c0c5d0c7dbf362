//! PicoScenes (Z. Jiang et al., "Eliminating the barriers", IEEE IoT Journal 2022), of the Intel 5300: frames of named segments.
//!
//! A frame: its length, mark, version, number of segments; a segment: its length, name, version, content. `RxSBasic` holds clock and
//! strengths, `CSI` the grid and the chip's own samples. Other chips are refused by name.

use super::CsiRead;
use super::grids::{INTEL_20, intel_40};
use super::intel;
use super::packets::{Kind, Packet, Packets};
use crate::recording::RecordingError;
use crate::signal::CsiInfo;
use std::io::Read;
use std::path::Path;

/// What every frame begins with, behind its length.
const MARK: u32 = 0x2015_0315;
/// Number of the Intel 5300.
const INTEL: u16 = 0x5300;
/// Subcarrier groups of the Intel 5300.
const GROUPS: usize = 30;

/// Numbers one behind the other, least significant byte first.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(found)
    }

    fn number(&mut self, count: usize) -> Option<u64> {
        Some(self.bytes(count)?.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
    }
}

/// A segment: name, version, content.
fn segment<'a>(from: &mut Cursor<'a>) -> Option<(&'a [u8], u64, &'a [u8])> {
    let length = from.number(4)? as usize;
    let mut own = Cursor(from.bytes(length)?);
    let name = own.number(1)? as usize;
    let name = own.bytes(name)?;
    let name = name.strip_suffix(b"\0").unwrap_or(name);
    let version = own.number(2)?;
    Some((name, version, own.0))
}

/// What the segments of a frame say.
#[derive(Default)]
struct Segments<'a> {
    basic: Option<&'a [u8]>,
    csi: Option<(u64, &'a [u8])>,
}

fn frame(bytes: &[u8]) -> Option<Segments<'_>> {
    let mut cursor = Cursor(bytes);
    let (mark, version, segments) = (cursor.number(4)?, cursor.number(2)?, cursor.number(1)?);
    if mark != u64::from(MARK) || version != 1 {
        return None;
    }
    let mut frame = Segments::default();
    for _ in 0..segments {
        match segment(&mut cursor)? {
            (b"RxSBasic", _, content) => frame.basic = Some(content),
            (b"CSI", version, content) => frame.csi = Some((version, content)),
            _ => {}
        }
    }
    Some(frame)
}

pub(super) fn sniff(file: &Path) -> bool {
    let mut head = [0; 8];
    let read = std::fs::File::open(file).and_then(|mut f| f.read_exact(&mut head));
    read.is_ok() && head[4..] == MARK.to_le_bytes()
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let mut all = Packets::new(None);
    let mut rest = Cursor(&bytes);
    let mut number = 0;
    while !rest.0.is_empty() {
        number += 1;
        let body = rest.number(4).and_then(|length| rest.bytes(length as usize));
        let Some(body) = body else {
            all.dropped.lose(1, "frames cut short at the end of the file");
            break;
        };
        let Some(frame) = frame(body) else {
            let what = format!("frame {number} is none of PicoScenes' version 1: is it of other firmware?");
            return Err(RecordingError::file(path, what));
        };
        let (Some(basic), Some((version, csi))) = (frame.basic, frame.csi) else {
            all.dropped.lose(1, "frames without CSI");
            continue;
        };
        let Some(read) = content(basic, version, csi) else {
            all.dropped.lose(1, "frames that contradict themselves");
            continue;
        };
        match read {
            Ok((kind, stamp_s, samples)) => {
                let kind = all.kind(kind);
                all.packets.push(Packet { record: number, stamp_s, kind, samples, strength: None });
            }
            Err(device) if all.packets.is_empty() => {
                let what =
                    format!("frame {number} is of device {device:#06x}; only the Intel 5300 ({INTEL:#06x}) is read");
                return Err(RecordingError::file(path, what));
            }
            Err(device) => all.dropped.lose(1, format!("frames of device {device:#06x}")),
        }
    }
    all.recordings(path)
}

type Content = (Kind, f64, Vec<crate::base::Complex32>);

/// Kind, time and samples of a frame; `Err` names a device that is not read, `None` is content that contradicts itself.
fn content(basic: &[u8], version: u64, csi: &[u8]) -> Option<Result<Content, u16>> {
    let mut csi = Cursor(csi);
    let device = csi.number(2)? as u16;
    if device != INTEL {
        return Some(Err(device));
    }
    if version >= 4 {
        // Version of the firmware.
        csi.number(1)?;
    }
    let (_format, width_mhz, carrier_hz, _sampling_hz, spacing_hz) =
        (csi.number(1)?, csi.number(2)?, csi.number(8)?, csi.number(8)?, csi.number(4)?);
    let (tones, _streams, rx, _extra) =
        (csi.number(2)? as usize, csi.number(1)?, csi.number(1)? as usize, csi.number(1)?);
    if version >= 3 {
        // Number of samples in time; one.
        csi.number(2)?;
    }
    let selected = csi.number(1)? as u8;
    if version >= 2 {
        // Offset of the subcarriers' indices.
        csi.number(2)?;
    }
    let length = csi.number(4)? as usize;
    let payload = csi.bytes(length)?;
    // As many transmit antennas as fill the samples: the chip gives three bits a group and 16 a sample.
    let tx = (1..=3).find(|tx| (GROUPS * (rx * tx * 16 + 3)).div_ceil(8) == length)?;
    let order = intel::antenna_order(selected, rx).filter(|_| tones == GROUPS && (1..=3).contains(&rx))?;
    let wide = width_mhz == 40;
    let info = CsiInfo {
        device: "picoscenes intel_5300".into(),
        centre_hz: (carrier_hz > 0).then_some(carrier_hz as f64),
        bandwidth_hz: width_mhz as f64 * 1e6,
        spacing_hz: spacing_hz as f64,
        subcarriers: if wide { intel_40() } else { INTEL_20.to_vec() },
        phase: true,
        nominal_clock: false,
    };
    let mut basic = Cursor(basic);
    // Device, then the clock, µs.
    basic.number(2)?;
    let stamp_s = basic.number(8)? as f64 * 1e-6;
    let samples = intel::samples(payload, &order, tx);
    let said = format!("of {rx} × {tx} antennas at {width_mhz} MHz");
    Some(Ok((Kind { info, rx, tx, said }, stamp_s, samples)))
}
