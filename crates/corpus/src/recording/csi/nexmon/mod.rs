//! Nexmon's CSI of Broadcom chips (F. Gringoli et al., "Free your CSI", WiNTECH 2019): UDP packets to port 5500 in a `.pcap`.
//!
//! A payload is: mark `0x1111`, strength and frame control (older ones repeat the mark), sender, number, core and spatial stream, channel
//! specification, chip, and a 32-bit word a point of the transform, from subcarrier 0 up, then the negative ones.

mod frames;
mod pcap;

use super::CsiRead;
use super::grids::{SPACING_HZ, high_throughput};
use super::packets::{Kind, Packet, Packets};
use crate::base::Complex32;
use crate::recording::RecordingError;
use crate::signal::{Csi, CsiInfo, Strength};
use frames::{CoreFrame, Refused};
use std::path::Path;

pub(super) fn sniff(file: &Path) -> bool {
    pcap::is_capture(file)
}

pub(super) fn read(path: &Path) -> Result<CsiRead, RecordingError> {
    let mut all = Packets::new(None);
    let mut group: Vec<(usize, f64, CoreFrame)> = Vec::new();
    let mut chip = None;
    let cut = pcap::each(path, |number, time_s, bytes| {
        let frame = match CoreFrame::parse(bytes) {
            Ok(frame) => frame,
            Err(Refused::Chip(found)) if chip.is_none() => {
                let known = frames::chips();
                return Err(RecordingError::file(path, format!("frame {number}: chip {found:#06x}; expected {known}")));
            }
            Err(refused) => {
                all.dropped.lose(1, refused.reason());
                return Ok(());
            }
        };
        chip = Some(frame.chip);
        let together = group.last().is_none_or(|(_, _, last)| {
            (last.number, last.sender, last.channel, last.chip)
                == (frame.number, frame.sender, frame.channel, frame.chip)
        });
        let again = group.iter().any(|(_, _, f)| (f.core, f.stream) == (frame.core, frame.stream));
        if !together || again {
            finish(&mut group, &mut all);
        }
        group.push((number, time_s, frame));
        Ok(())
    })?;
    finish(&mut group, &mut all);
    all.dropped.lose(usize::from(cut), "frames cut short at the end of the file");
    let mut read = all.recordings(path)?;
    if let Some(said) = read.pieces.first().and_then(quiet_blocks) {
        read.dropped.say(said);
    }
    Ok(read)
}

/// One packet of the frames of all its cores and streams.
fn finish(group: &mut Vec<(usize, f64, CoreFrame)>, all: &mut Packets) {
    let Some((record, stamp_s, first)) = group.first() else { return };
    let ranked = |of: fn(&CoreFrame) -> u8| {
        let mut found: Vec<u8> = group.iter().map(|(_, _, f)| of(f)).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let (cores, streams) = (ranked(|f| f.core), ranked(|f| f.stream));
    if cores.len() * streams.len() != group.len() {
        all.dropped.lose(group.len(), "frames of packets that lack a core or a stream");
        group.clear();
        return;
    }
    let mhz = first.channel.mhz();
    let Some(subcarriers) = high_throughput(mhz) else {
        group.clear();
        return;
    };
    let (rx, tx) = (cores.len(), streams.len());
    let mut samples = vec![Complex32::new(0.0, 0.0); subcarriers.len() * rx * tx];
    for (_, _, frame) in group.iter() {
        let (r, t) = (cores.partition_point(|c| *c < frame.core), streams.partition_point(|s| *s < frame.stream));
        for (i, &k) in subcarriers.iter().enumerate() {
            // From 0 up, then the negative ones.
            let at = k.rem_euclid(frame.samples.len() as i32) as usize;
            samples[(i * rx + r) * tx + t] = frame.samples[at];
        }
    }
    let info = CsiInfo {
        device: format!("nexmon {}", first.chip.name()),
        centre_hz: first.channel.centre_hz(),
        bandwidth_hz: f64::from(mhz) * 1e6,
        spacing_hz: SPACING_HZ,
        subcarriers,
        phase: true,
        nominal_clock: false,
    };
    let sender: Vec<String> = first.sender.iter().map(|b| format!("{b:02x}")).collect();
    let said = format!("from {}, {rx} × {tx} antennas, {}", sender.join(":"), first.channel.told());
    let strength = first.rssi_dbm.map(|rssi| Strength { rssi_dbm: vec![rssi], ..Strength::default() });
    let (record, stamp_s) = (*record, *stamp_s);
    let kind = all.kind(Kind { info, rx, tx, said });
    all.packets.push(Packet { record, stamp_s, kind, samples, strength });
    group.clear();
}

/// Parts of 20 MHz that hold noise, in words: packets narrower than the channel.
fn quiet_blocks(csi: &Csi) -> Option<String> {
    let blocks = (csi.info.bandwidth_hz / 20e6).round() as i32;
    let level = |block: i32| {
        let low = 64 * block - 32 * blocks;
        let inside = csi.info.subcarriers.iter().enumerate().filter(|(_, k)| (low..low + 64).contains(k));
        let powers = inside.map(|(i, _)| {
            csi.data.index_axis(ndarray::Axis(1), i).iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>()
        });
        // The median subcarrier: single ones of some chips are wild.
        let mut powers: Vec<f64> = powers.collect();
        powers.sort_by(f64::total_cmp);
        powers.get(powers.len() / 2).copied().unwrap_or(0.0)
    };
    let levels: Vec<f64> = (0..blocks).map(level).collect();
    let loudest = levels.iter().copied().fold(0.0, f64::max);
    let quiet = levels.iter().enumerate().filter(|(_, l)| **l < 3e-3 * loudest);
    let named: Vec<String> = quiet
        .map(|(b, _)| format!("{} to {}", 64 * b as i32 - 32 * blocks, 64 * b as i32 - 32 * blocks + 63))
        .collect();
    let said = "hold only noise: the packets were narrower than the channel";
    (!named.is_empty()).then(|| format!("subcarriers {} {said}", named.join(", ")))
}
