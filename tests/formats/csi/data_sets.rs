//! Data sets of CSI: labels, groups, layouts.

use super::{close, z};
use crate::needs;
use kinecho::chain::Chain;
use kinecho::recording::csi;
use kinecho::recording::{DataSet, any};
use kinecho::signal::Signal;
use std::fs;

#[test]
fn data_sets_bring_labels_and_groups() {
    let Some(wiar) = needs::data("wiar") else { return };
    // The originals of three recordings: the same packets from the tool's files.
    for (original, npz) in
        [("h90_csi_a12_1", "h90/a12_01"), ("d3_csi_a14_1", "d3/a14_01"), ("d1_csi_a16_2", "d1/a16_02")]
    {
        let dat =
            csi::read(&wiar.join("original_dat").join(original).with_extension("dat")).unwrap().longest().0.unwrap();
        let path = wiar.join(npz).with_extension("npz");
        assert_eq!(DataSet::of_file(&path), Some(DataSet::Wiar));
        let (Signal::Csi(read), dropped) = any::read(&path).unwrap() else { panic!("CSI expected") };
        assert_eq!((dat.data == read.data, dat.info == read.info), (true, true), "{npz}: {}", dropped.reasons());
        assert!(dat.time_s.iter().zip(&read.time_s).all(|(a, b)| (a - b).abs() < 1e-6));
    }
    let rooms = needs::data("csi_two_rooms").unwrap();
    let recordings = DataSet::CsiTwoRooms.reader().read(&rooms).unwrap();
    assert_eq!(recordings.len(), 442);
    let first = recordings.iter().find(|r| r.name == "meetingroom/a06/u3_02").unwrap();
    assert_eq!((first.activity.as_str(), first.subject.as_deref()), ("wave hand", Some("u3")));
    assert_eq!((first.session.as_deref(), first.room.as_deref()), (Some("meetingroom"), Some("meetingroom")));
    let one_link = |r: &kinecho::recording::Recording| matches!(&r.signal, Signal::Csi(c) if c.data.dim().2 == 3 && c.data.dim().3 == 1);
    assert!(recordings.iter().all(one_link));
    let still = needs::data("csi_time_stability").unwrap();
    let recordings = DataSet::CsiTimeStability.reader().read(&still).unwrap();
    let labels: std::collections::BTreeSet<&str> = recordings.iter().map(|r| r.activity.as_str()).collect();
    assert_eq!((recordings.len(), labels.len()), (28 * 6, 10));
    assert!(matches!(&recordings[0].signal, Signal::Csi(c) if !c.info.phase && c.info.nominal_clock));
    let har = needs::data("csi_har_nexmon").unwrap();
    let recordings = DataSet::CsiHarNexmon.reader().read(&har).unwrap();
    let people: std::collections::BTreeSet<&str> = recordings.iter().filter_map(|r| r.subject.as_deref()).collect();
    assert_eq!((recordings.len(), people.len()), (105, 3));
    assert!(
        recordings
            .iter()
            .all(|r| r.official_split.as_deref()
                == Some(if r.subject.as_deref() == Some("3") { "test" } else { "train" }))
    );
}

/// A matrix of MATLAB's, level 5, of doubles.
fn mat(arrays: &[(&str, [usize; 3], Vec<f64>)]) -> Vec<u8> {
    let element = |kind: u32, body: &[u8]| {
        let mut out = [kind.to_le_bytes(), (body.len() as u32).to_le_bytes()].concat();
        out.extend(body);
        out.resize(out.len().next_multiple_of(8), 0);
        out
    };
    let mut file = vec![b' '; 124];
    file.extend([0, 1, b'I', b'M']);
    for (name, dims, values) in arrays {
        let dims: Vec<u8> = dims.iter().flat_map(|d| (*d as i32).to_le_bytes()).collect();
        let values: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let flags = element(6, &[6, 0, 0, 0, 0, 0, 0, 0]);
        let body = [flags, element(5, &dims), element(1, name.as_bytes()), element(9, &values)].concat();
        file.extend(element(14, &body));
    }
    file
}

#[test]
fn layouts_of_mm_fi_and_xrf55_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("E01/S03/A13/wifi-csi");
    fs::create_dir_all(&folder).unwrap();
    // MATLAB counts the first axis fastest.
    let values = |of: &dyn Fn(usize, usize, usize) -> f64| {
        (0..10)
            .flat_map(|p| (0..114).flat_map(move |k| (0..3).map(move |rx| (rx, k, p))))
            .map(|(rx, k, p)| of(rx, k, p))
            .collect::<Vec<f64>>()
    };
    for frame in 1..=3 {
        let lost = move |p: usize| frame == 2 && p == 4;
        let amplitude = values(&|rx, k, p| if lost(p) { f64::NEG_INFINITY } else { (1 + rx + k) as f64 });
        let phase = values(&|_, _, p| 0.1 * p as f64);
        let bytes = mat(&[("CSIamp", [3, 114, 10], amplitude), ("CSIphase", [3, 114, 10], phase)]);
        fs::write(folder.join(format!("frame{frame:03}.mat")), bytes).unwrap();
    }
    let recordings = DataSet::MmFi.reader().read(dir.path()).unwrap();
    let [r] = recordings.as_slice() else { panic!("{}", recordings.len()) };
    assert_eq!(
        (r.activity.as_str(), r.subject.as_deref(), r.session.as_deref()),
        ("activity 13", Some("S03"), Some("E01"))
    );
    assert_eq!((r.dropped.total(), r.dropped.reasons().as_str()), (1, "1 packets with a value that is no number"));
    let Signal::Csi(csi) = &r.signal else { panic!("CSI expected") };
    assert_eq!(csi.data.dim(), (29, 114, 3, 1));
    close(csi.data[[3, 100, 2, 0]], z(103.0 * 0.3f32.cos(), 103.0 * 0.3f32.sin()), 1e-6);
    assert!((csi.time_s[28] - 0.29).abs() < 1e-9);
    fs::write(folder.join("frame004.mat"), b"MATLAB 7.3 MAT-file").unwrap();
    assert!(DataSet::MmFi.reader().read(dir.path()).unwrap_err().to_string().contains("save it with '-v7'"));
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, shape: (usize, usize)| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let array = ndarray::Array2::from_shape_fn(shape, |(r, c)| (r + c % 7) as f32);
        ndarray_npy::write_npy(&path, &array).unwrap();
        path
    };
    let wifi = write("Scene1/WiFi/05_11_20.npy", (270, 1000));
    write("Scene1/RFID/05_11_20.npy", (23, 148));
    let of = |set: DataSet| set.reader().read(dir.path()).unwrap().pop().unwrap();
    let (w, r) = (of(DataSet::Xrf55Wifi), of(DataSet::Xrf55Rfid));
    for r in [&w, &r] {
        assert_eq!(
            (r.activity.as_str(), r.subject.as_deref(), r.room.as_deref()),
            ("activity 11", Some("05"), Some("Scene1"))
        );
    }
    let Signal::Csi(csi) = &w.signal else { panic!("CSI expected") };
    assert_eq!((csi.data.dim(), csi.info.phase, csi.data[[8, 29, 1, 0]].re), ((1000, 30, 9, 1), false, 60.0));
    assert!(matches!(any::read(&wifi).unwrap().0, Signal::Csi(_)));
    let Signal::Rfid(reads) = &r.signal else { panic!("reads expected") };
    assert_eq!((reads.reads.len(), reads.tags.len()), (23 * 148, 23));
    let chain = Chain::of_rfid(kinecho::chain::RfidChain { tags: 23, ..Default::default() });
    let views = chain.apply(&r.signal, Some(5.0)).unwrap().views;
    assert_eq!(views.names(), ["rfid_phase", "rfid_reads"], "no strengths, no view of them");
}
