//! Channel state information of tools: the Intel 5300 record by record, and damaged files.

mod corpora;
mod data_sets;
mod tools;

use crate::needs;
use kinecho::base::Complex32;
use kinecho::recording::csi::{self, CsiFormat, CsiRead};
use kinecho::signal::Csi;
use std::fs;
use std::path::PathBuf;

fn sample(name: &str) -> Option<PathBuf> {
    Some(needs::data("csi_parser_samples")?.join(name))
}

fn one(read: CsiRead) -> Csi {
    assert_eq!(read.pieces.len(), 1, "{:?}", read.dropped);
    read.pieces.into_iter().next().unwrap()
}

fn z(re: f32, im: f32) -> Complex32 {
    Complex32::new(re, im)
}

fn close(found: Complex32, expected: Complex32, slack: f32) {
    assert!((found - expected).norm() <= slack * expected.norm().max(1e-3), "{found} for {expected}");
}

fn total(csi: &Csi) -> f64 {
    csi.data.iter().map(|z| f64::from(z.norm())).sum()
}

/// A record of the Intel tool: one transmit antenna, receive chains on the antennas of `order`.
fn record(stamp_us: u32, number: u16, order: &[u8], value: impl Fn(usize, usize) -> (i8, i8)) -> Vec<u8> {
    let rx = order.len();
    let bytes = (30 * (rx * 16 + 3)).div_ceil(8);
    let mut samples = vec![0u8; bytes + 2];
    let mut bit = 0;
    for group in 0..30 {
        bit += 3;
        for chain in 0..rx {
            let (re, im) = value(group, chain);
            for part in [re, im] {
                let wide = u16::from(part as u8) << (bit % 8);
                samples[bit / 8] |= wide as u8;
                samples[bit / 8 + 1] |= (wide >> 8) as u8;
                bit += 8;
            }
        }
    }
    let selected = order.iter().enumerate().fold(0u8, |s, (chain, antenna)| s | antenna << (2 * chain));
    let mut body = stamp_us.to_le_bytes().to_vec();
    body.extend(number.to_le_bytes());
    body.extend([0, 0, rx as u8, 1, 40, 41, 42, 129, 30, selected]);
    body.extend((bytes as u16).to_le_bytes());
    body.extend(0x0101u16.to_le_bytes());
    body.extend(&samples[..bytes]);
    let mut record = ((body.len() + 1) as u16).to_be_bytes().to_vec();
    record.push(0xBB);
    record.extend(body);
    record
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

#[test]
fn antennas_stand_in_the_order_of_their_letters() {
    let value = |group: usize, chain: usize| ((group as i8) - 15, 10 * chain as i8 + 1);
    // Chain 0 had antenna C, chain 1 antenna A, chain 2 antenna B.
    let bytes: Vec<u8> = (0..4).flat_map(|i| record(1000 * i, i as u16, &[2, 0, 1], value)).collect();
    let (_dir, path) = written("a.dat", &bytes);
    assert_eq!(CsiFormat::of_file(&path), Some(CsiFormat::Intel5300));
    let csi = one(csi::read(&path).unwrap());
    assert_eq!(csi.data.dim(), (4, 30, 3, 1));
    assert_eq!([0, 1, 2].map(|rx| csi.data[[3, 7, rx, 0]]), [z(-8.0, 11.0), z(-8.0, 21.0), z(-8.0, 1.0)]);
    assert_eq!(csi.info.subcarriers[..3], [-28, -26, -24]);
    assert!((csi.time_s[3] - 0.003).abs() < 1e-12);
    let strength = &csi.strength[0];
    assert_eq!((strength.agc_db, strength.noise_dbm), (Some(30.0), None));
    assert_eq!(strength.rssi_dbm, [40.0 - 74.0, 41.0 - 74.0, 42.0 - 74.0]);
    // Two chains on one antenna: nobody knows which is which.
    let twice: Vec<u8> = bytes.iter().copied().chain(record(9000, 4, &[0, 0, 1], value)).collect();
    let (_dir, path) = written("b.dat", &twice);
    let read = csi::read(&path).unwrap();
    assert_eq!(read.dropped.total(), 1);
    assert!(read.dropped.reasons().contains("one antenna twice"), "{}", read.dropped.reasons());
}

#[test]
fn foreign_and_damaged_files_are_named() {
    let value = |group: usize, _: usize| (group as i8, 1);
    let good = record(0, 0, &[0, 1, 2], value);
    let mut other = good.clone();
    // Another firmware: a length of samples that three antennas do not make.
    other[3 + 16] = 77;
    let (_dir, path) = written("other.dat", &other);
    let error = CsiFormat::Intel5300.read(&path).unwrap_err().to_string();
    assert!(error.contains("record 1") && error.contains("firmware") && error.contains("other.dat"), "{error}");
    // A record of nothing in the middle.
    let damaged: Vec<u8> = good.iter().copied().chain([0, 0, 0, 0]).collect();
    let (_dir, path) = written("zero.dat", &damaged);
    let error = CsiFormat::Intel5300.read(&path).unwrap_err().to_string();
    assert!(error.contains("record 2 at byte"), "{error}");
    let (_dir, path) = written("empty.dat", b"");
    assert!(CsiFormat::of_file(&path).is_none());
    assert!(CsiFormat::Intel5300.read(&path).unwrap_err().to_string().contains("not one packet"));
    // A capture of another chip.
    let mut frame = vec![0u8; 12];
    frame.extend([0x08, 0x00, 0x45]);
    frame.extend([0; 8]);
    frame.push(17);
    frame.extend([0; 10]);
    frame.extend(5500u16.to_be_bytes());
    frame.extend(5500u16.to_be_bytes());
    frame.extend((8u16 + 18 + 256).to_be_bytes());
    frame.extend([0, 0, 0x11, 0x11, 0xC0, 0x80]);
    frame.extend([2, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0x0D, 0x10, 0x34, 0x12]);
    frame.extend([0; 256]);
    let mut pcap = vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    let head = |n: usize| [1u32, 0, n as u32, n as u32].map(u32::to_le_bytes).concat();
    pcap.extend(head(frame.len()));
    pcap.extend(&frame);
    let (_dir, path) = written("chip.pcap", &pcap);
    let error = csi::read(&path).unwrap_err().to_string();
    assert!(error.contains("frame 1: chip 0x1234") && error.contains("43455c0"), "{error}");
    let (_dir, path) =
        written("ng.pcap", &[0x0A, 0x0D, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(csi::read(&path).unwrap_err().to_string().contains("pcapng"));
}

#[test]
fn the_cases_of_damaged_captures_are_read_as_they_should() {
    let Some(cases) = needs::cases("csi") else { return };
    let read = |name: &str| csi::read(&cases.join(name)).unwrap();
    let cut = read("intel_truncated_last_record.dat");
    assert_eq!((cut.pieces[0].packets(), cut.dropped.total()), (4, 1));
    assert!(cut.dropped.reasons().contains("cut short"));
    let wraps = read("intel_clock_wraps.dat");
    assert_eq!(wraps.dropped.total(), 0);
    assert!(wraps.dropped.said[0].contains("began anew 1 time"), "{:?}", wraps.dropped.said);
    let csi = one(wraps);
    assert!(csi.time_s.windows(2).all(|w| (w[1] - w[0] - 0.05).abs() < 0.005), "{:?}", csi.time_s);
    let back = read("intel_clock_jumps_back.dat");
    assert_eq!(back.pieces.iter().map(Csi::packets).collect::<Vec<_>>(), [4, 4]);
    assert!(back.dropped.said[0].contains("steps back by 16.300 s at record 5"), "{:?}", back.dropped.said);
    let (longest, dropped) = back.longest();
    assert_eq!((longest.unwrap().packets(), dropped.total()), (4, 4));
    let mixed = read("esp32_mixed_widths.csv");
    // Two rows each of 384, 376 and 128 values: of as frequent kinds the one with most subcarriers.
    assert_eq!((mixed.pieces[0].packets() + mixed.dropped.total(), mixed.pieces[0].packets()), (9, 2));
    assert!(mixed.dropped.reasons().contains("1 lines of 387 values"), "{}", mixed.dropped.reasons());
    let error = csi::read(&cases.join("esp32_two_lines_run_together.csv")).unwrap_err().to_string();
    assert!(error.contains("not one packet") && error.contains("no signed byte"), "{error}");
}
