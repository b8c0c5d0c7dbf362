//! Reads of RFID tags: units, channels, pauses.

use crate::needs;
use kinecho::chain::{Chain, RfidChain};
use kinecho::recording::rfid::{self, RfidFormat};
use kinecho::recording::{DataSet, any};
use kinecho::signal::Signal;
use std::f64::consts::{PI, TAU};
use std::fs;
use std::path::PathBuf;

fn written(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    (dir, path)
}

/// A tag that moves away at 0.5 m/s, read on two channels in turn that have offsets of their own.
fn hopping(unit: f64) -> (String, Vec<f64>) {
    let mut text = "EPC,Antenna,Frequency,Timestamp,RSSI,Phase\n".to_owned();
    let mut travelled = Vec::new();
    for i in 0..200 {
        let time_s = 0.01 * f64::from(i);
        let (frequency, offset) = if i / 20 % 2 == 0 { (920.625, 1.1) } else { (924.125, 4.9) };
        let path = 4.0 * PI * 0.5 * time_s / (299.792_458 / frequency);
        travelled.push(path);
        let phase = ((path + offset).rem_euclid(TAU) / unit).round() * unit;
        text += &format!(
            "E200,1,{frequency},{},-5500,{}\n",
            (1e6 * time_s) as u64 + 1_666_603_850_000_000,
            (phase / unit) as u64 % 4096
        );
    }
    (text, travelled)
}

#[test]
fn units_of_impinj_are_told_by_their_size() {
    let (text, travelled) = hopping(TAU / 4096.0);
    let (_dir, path) = written("a.csv", &text);
    assert_eq!(RfidFormat::of_file(&path), Some(RfidFormat::Table));
    let read = rfid::read(&path).unwrap();
    let reads = &read.pieces[0];
    assert_eq!((reads.reads.len(), reads.tags.as_slice()), (200, ["E200".to_owned()].as_slice()));
    let first = reads.reads[0];
    assert_eq!((first.frequency_hz, first.rssi_dbm), (Some(920.625e6), -55.0));
    assert!((first.phase_rad - 1.1).abs() < 1e-3 && (reads.reads[1].time_s - 0.01).abs() < 1e-9);
    for said in ["2π/4096", "hundredths of a dBm", "times are taken as µs"] {
        assert!(read.dropped.said.iter().any(|line| line.contains(said)), "{:?}", read.dropped.said);
    }
    // By tag and channel, the phase follows the way; across channels it does not.
    let unwrapped = reads.unwrapped(1.0);
    for channel in [0, 20] {
        let at = |i: usize| {
            unwrapped[channel + 40 * i] - unwrapped[channel] - (travelled[channel + 40 * i] - travelled[channel])
        };
        assert!((1..4).all(|i| at(i).abs() < 0.01 || (at(i) / TAU - (at(i) / TAU).round()).abs() < 0.01));
        assert!(
            (channel..channel + 19)
                .all(|i| (unwrapped[i + 1] - unwrapped[i] - (travelled[i + 1] - travelled[i])).abs() < 0.005)
        );
    }
}

#[test]
fn what_is_no_read_is_counted_or_named() {
    let refused = |text: &str| {
        let (_dir, path) = written("a.csv", text);
        rfid::read(&path).unwrap_err().to_string()
    };
    assert!(refused("epc,phase,rssi\nA,300,-50\nA,10.5,-50\n").contains("degrees"));
    assert!(refused("epc,phase,rssi,frequency\nA,1,-50,5210\n").contains("carrier"));
    assert!(refused("epc,phase,rssi\nA,x,-50\n").contains("not one read: left out: 1 rows"));
    assert!(refused("a,b\n1,2\n").contains("no reads of RFID tags"));
    let (_dir, path) =
        written("a.csv", "epc,time,phase,rssi\nA,0,1,-50\nA,0.1,1.2\nA,0.2,nan,-50\nA,0.3,1.3,-51\nB,9,1,-50\n");
    let read = rfid::read(&path).unwrap();
    assert_eq!((read.pieces.len(), read.dropped.total()), (2, 2), "{:?}", read.dropped);
    assert!(read.dropped.said.iter().any(|s| s.contains("pauses of 8.7 s")), "{:?}", read.dropped.said);
}

#[test]
fn a_long_pause_is_a_cut() {
    let Some(cases) = needs::cases("csi") else { return };
    let path = cases.join("rfid_gap_437s.txt");
    let read = rfid::read(&path).unwrap();
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert_eq!((read.pieces.len(), read.pieces.iter().map(|p| p.reads.len()).sum::<usize>()), (2, lines));
    assert!(read.dropped.said.iter().any(|s| s.contains("pauses of 436.8 s")), "{:?}", read.dropped.said);
    let (Signal::Rfid(longest), dropped) = any::read(&path).unwrap() else { panic!("reads expected") };
    assert_eq!(longest.reads.len() + dropped.total(), lines);
    // Phases in steps of 2π/4096, Doppler in sixteenths of a hertz.
    assert_eq!(longest.info.phase_step_rad, Some(TAU / 4096.0));
    assert!(longest.reads.iter().all(|r| (r.doppler_hz.unwrap() * 16.0).fract() == 0.0));
}

#[test]
fn tables_of_a_moved_antenna_are_read() {
    let Some(samples) = needs::data("rf_reader_samples") else { return };
    let path = samples.join("rfid_aperture_csv/d3_test_8ch_hopping.csv");
    let read = rfid::read(&path).unwrap();
    let reads = &read.pieces[0];
    let channels: std::collections::BTreeSet<u64> =
        reads.reads.iter().map(|r| r.frequency_hz.unwrap() as u64).collect();
    assert_eq!((reads.reads.len(), reads.tags.len(), channels.len(), reads.info.nominal_clock), (5319, 8, 8, true));
    assert!(read.dropped.said.iter().any(|s| s.contains("stands still")), "{:?}", read.dropped.said);
    assert!(
        read.dropped.said.iter().any(|s| s.contains("passed over: velocity, x, y, z, angle")),
        "{:?}",
        read.dropped.said
    );
}

#[test]
fn data_sets_bring_labels_and_groups() {
    let Some(dir) = needs::data("rfid_cwnu") else { return };
    let recordings = DataSet::RfidCwnu.reader().read(&dir).unwrap();
    let people: std::collections::BTreeSet<&str> = recordings.iter().filter_map(|r| r.subject.as_deref()).collect();
    let labels: std::collections::BTreeSet<&str> = recordings.iter().map(|r| r.activity.as_str()).collect();
    // 1673 files; pauses of 3 s cut nine of them, and the rows behind a pause of 10 805 s have another label.
    assert_eq!((recordings.len(), people.len(), labels.len()), (1682, 10, 21));
    let lost: usize = recordings.iter().map(|r| r.dropped.total()).sum();
    assert_eq!(lost, 379);
    assert!(recordings.iter().all(|r| matches!(&r.signal, Signal::Rfid(reads) if reads.tags.len() == 16)));
    let chain = Chain::of_rfid(RfidChain::default());
    let windows = chain.windows(&recordings[0].signal, 4.0, 1.0).unwrap();
    let views = chain.apply(&windows[0].1, Some(4.0)).unwrap().views;
    assert_eq!(views.names(), ["rfid_phase", "rfid_rssi", "rfid_reads"]);
    let total: f32 = views.get("rfid_reads").unwrap().data.iter().sum();
    let Signal::Rfid(window) = &windows[0].1 else { panic!("reads expected") };
    assert_eq!(total as usize, window.reads.len());
    let dir = needs::data("rfid_uci_older_people").unwrap();
    let recordings = DataSet::RfidUci.reader().read(&dir).unwrap();
    let reads: usize =
        recordings.iter().map(|r| if let Signal::Rfid(reads) = &r.signal { reads.reads.len() } else { 0 }).sum();
    let rooms: std::collections::BTreeSet<&str> = recordings.iter().filter_map(|r| r.room.as_deref()).collect();
    assert_eq!((reads, rooms.len()), (75_128, 2));
}
