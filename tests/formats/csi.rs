//! Channel state information of tools, held against other readers of the same files, and damaged files.

use crate::needs;
use kinecho::base::Complex32;
use kinecho::chain::{Chain, CsiChain, Keep};
use kinecho::corpus::csi_from_array;
use kinecho::dsp::csi::{CsiStep, Streams};
use kinecho::recording::csi::{self, CsiFormat, CsiRead};
use kinecho::recording::{DataSet, any};
use kinecho::signal::{Csi, Signal};
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

#[test]
fn samples_of_the_intel_tool_are_those_of_other_readers() {
    // csiread 1.4.1: `Intel(file, nrxnum, ntxnum).read()`, `csi[packet, subcarrier]`, `abs(csi).sum()`.
    let Some(path) = sample("csiread/5300/sample_0x5_64_3000.dat") else { return };
    let csi = one(csi::read(&path).unwrap());
    assert_eq!(csi.data.dim(), (2998, 30, 3, 1));
    assert_eq!([0, 1, 2].map(|rx| csi.data[[0, 1, rx, 0]]), [z(1.0, -25.0), z(10.0, 1.0), z(4.0, 5.0)]);
    assert_eq!([0, 1, 2].map(|rx| csi.data[[1500, 29, rx, 0]]), [z(-34.0, -10.0), z(1.0, 0.0), z(2.0, -1.0)]);
    assert!((total(&csi) - 3_408_006.161_347_6).abs() < 1.0);
    assert!((csi.time_s[2997] - 2.999_021).abs() < 1e-9);
    // `get_scaled_csi()` of the same.
    let scaled = CsiStep::Scale {}.apply(Streams::of(&csi).unwrap()).unwrap();
    close(scaled.data[[0, 0, 0]], z(3.322_802_6, -5.261_104), 1e-5);
    close(scaled.data[[1500, 29, 1]], z(0.455_428_26, 0.0), 1e-5);
    // The original MATLAB tool on `example.dat` (`csi_scaled{1}(:, :, 1)`, `csi_scaled{26}(:, :, 30)`), two transmit antennas.
    let csi = one(csi::read(&sample("csikit/intel5300/example.dat").unwrap()).unwrap());
    let scaled = CsiStep::Scale {}.apply(Streams::of(&csi).unwrap()).unwrap();
    assert_eq!(scaled.links[..2], [(0, 0), (0, 1)]);
    close(scaled.data[[0, 0, 0]], z(6.265_216, -0.569_565_1), 1e-5);
    close(scaled.data[[0, 0, 1]], z(10.252_171_4, -14.808_692), 1e-5);
    close(scaled.data[[25, 29, 4]], z(6.197_242, 17.464_955), 1e-5);
    // Packets of one, two and three transmit antennas in one file: the largest of as frequent ones.
    let read = csi::read(&sample("csikit/intel5300/log.all_csi.6.7.6.dat").unwrap()).unwrap();
    assert_eq!((read.pieces[0].data.dim(), read.dropped.total()), ((10, 30, 3, 3), 19));
    assert!((total(&read.pieces[0]) - 150_800.995_254_6).abs() < 0.1);
    // Stamps that are set back by seconds, and packets of two antennas between those of three.
    let read = csi::read(&sample("csikit/intel5300_los/los_100.dat").unwrap()).unwrap();
    assert_eq!(read.pieces.len(), 2);
    assert!(read.dropped.reasons().starts_with("18 packets of 2 × 1 antennas"), "{}", read.dropped.reasons());
}

#[test]
fn samples_of_nexmon_are_those_of_other_readers() {
    // nexmon_csi's MATLAB tool, `csi_buff(packet, point)`; its integers are mantissas shifted by one exponent a packet.
    let Some(path) = sample("csikit/nexmon/example_4366c0.pcap") else { return };
    let csi = one(csi::read(&path).unwrap());
    assert_eq!((csi.data.dim(), csi.info.centre_hz), ((293, 242, 1, 1), Some(5.53e9)));
    let at = |csi: &Csi, point: i32| csi.info.subcarriers.iter().position(|k| *k == point).unwrap();
    let values = |packet: usize| [134 - 256, 150 - 256, 180 - 256].map(|k| csi.data[[packet, at(&csi, k), 0, 0]]);
    for (packet, expected) in [
        (0, [z(-859.0, -584.0), z(264.0, -28.0), z(551.0, -449.0)]),
        (292, [z(799.0, 648.0), z(-261.0, -79.0), z(-678.0, -37.0)]),
    ] {
        let found = values(packet);
        let scale = 2f32.powf((expected[0].norm() / found[0].norm()).log2().round());
        for (found, expected) in found.iter().zip(expected) {
            assert!((*found * scale - expected).norm() < 1.5, "{found} times {scale} for {expected}");
        }
    }
    // Two cores and two streams make one packet.
    let csi = one(csi::read(&sample("csikit/nexmon/example_4358.pcap").unwrap()).unwrap());
    assert_eq!((csi.data.dim(), csi.info.centre_hz), ((1, 242, 2, 2), Some(5.775e9)));
    let ratio = csi.data[[0, at(&csi, 2), 0, 0]] / z(-48.0, -460.0);
    assert!(ratio.im.abs() < 0.02 * ratio.re, "{ratio}");
    // 18 of 566 frames carry four bytes of the link behind the packet; other readers leave zeros in their places.
    let read = csi::read(&sample("csikit/nexmon/example_43455c0.pcap").unwrap()).unwrap();
    assert!(read.dropped.said[0].contains("hold only noise"), "{:?}", read.dropped.said);
    assert_eq!((read.pieces[0].packets() + read.dropped.total(), read.dropped.total()), (566, 0));
    let csi = one(read);
    assert_eq!(csi.data[[0, at(&csi, 134 - 256), 0, 0]], z(-214.0, -357.0));
    assert_eq!(csi.data[[0, at(&csi, 180 - 256), 0, 0]], z(-1729.0, 244.0));
    assert!(csi.data.outer_iter().all(|packet| packet.iter().any(|z| z.norm() > 0.0)));
    assert_eq!(csi.strength[0].rssi_dbm, [-58.0]);
}

#[test]
fn lines_of_an_esp32_are_read_and_broken_ones_counted() {
    let Some(path) = sample("csikit/esp32/example_100hz_pitraffic.csv.gz") else { return };
    let read = csi::read(&path).unwrap();
    // 834 lines, one of 127 values.
    assert_eq!((read.pieces[0].packets(), read.dropped.total()), (833, 1));
    assert!(read.dropped.reasons().contains("127 values where legacy 20 MHz makes 128"), "{}", read.dropped.reasons());
    let csi = one(read);
    assert_eq!((csi.data.dim(), csi.info.centre_hz), ((833, 51, 1, 1), Some(2.447e9)));
    // [38 96 2 0 27 -6 …: subcarrier 2 is the third pair, imaginary part first.
    let at = csi.info.subcarriers.iter().position(|k| *k == 2).unwrap();
    assert_eq!(csi.data[[0, at, 0, 0]], z(-6.0, 27.0));
    assert_eq!(csi.data[[0, 50, 0, 0]], z(-3.0, 19.0));
    let plain = one(csi::read(&sample("csiread/esp32/example_csi.csv").unwrap()).unwrap());
    assert_eq!((plain.packets(), plain.info.subcarriers[0], plain.info.bandwidth_hz), (12, -58, 20e6));
    let lines = "CSI_DATA,AP,00:00:00:00:00:01,-50,11,0,0,0,0,0,0,0,0,0,-95,0,6,0,1000,0,0,0,0,0.1,128,[VALUES]\n";
    let values = |n: usize| vec!["1"; n].join(" ");
    let good = lines.replace("VALUES", &values(128));
    let text = format!("boot\n{good}{}{good}{}", good.trim_end(), lines.replace("VALUES", &values(200)));
    let (_dir, path) = written("a.csv", text.as_bytes());
    let read = csi::read(&path).unwrap();
    assert_eq!((read.pieces[0].packets(), read.dropped.total()), (1, 3));
    for reason in ["lines that are no CSI", "lines run together", "200 values"] {
        assert!(read.dropped.reasons().contains(reason), "{}", read.dropped.reasons());
    }
}

#[test]
fn samples_of_other_tools_are_those_of_other_readers() {
    // csiread 1.4.1: `Atheros(file, nrxnum=3, ntxnum=2, tones=56).read()`, in the order of the file. csiread takes transmit antennas as
    // fastest; the tool's own loop takes receive antennas, and so does the power: the second one is the strongest, as its RSSI says.
    let Some(path) = sample("csiread/atheros/ath_csi_1.dat") else { return };
    let csi = one(csi::read(&path).unwrap());
    assert_eq!((csi.data.dim(), csi.info.centre_hz), ((401, 56, 3, 2), Some(2.437e9)));
    assert_eq!([0, 1, 2].map(|rx| csi.data[[0, 0, rx, 0]]), [z(-177.0, 84.0), z(-33.0, 103.0), z(41.0, -21.0)]);
    assert_eq!([0, 1, 2].map(|rx| csi.data[[100, 55, rx, 1]]), [z(-85.0, 44.0), z(127.0, 42.0), z(113.0, -12.0)]);
    assert!((total(&csi) - 19_887_691.678_277).abs() < 1.0);
    assert!((csi.time_s[400] - 0.871_530).abs() < 1e-9);
    assert_eq!(csi.strength[0].rssi_dbm, [38.0 - 95.0, 52.0 - 95.0, 36.0 - 95.0]);
    // CSIKit 2.5: `FeitCSIBeamformReader().read_file(file, interpolate=False)`, frame 0 and the last.
    let csi = one(csi::read(&sample("csikit/feitcsi/HESU80_5500.csi").unwrap()).unwrap());
    assert_eq!((csi.data.dim(), csi.info.subcarriers[0], csi.info.spacing_hz), ((28, 996, 2, 1), -500, 78.125e3));
    assert_eq!(
        [z(-10.0, 106.0), z(206.0, -6.0), z(-77.0, -90.0)],
        [csi.data[[0, 0, 0, 0]], csi.data[[0, 500, 1, 0]], csi.data[[27, 995, 1, 0]]]
    );
    assert!((csi.time_s[27] - 1.963_350).abs() < 1e-9);
    let csi = one(csi::read(&sample("csikit/feitcsi/HT20_2452.csi").unwrap()).unwrap());
    assert_eq!((csi.data.dim(), csi.strength[0].rssi_dbm.clone()), ((48, 56, 2, 1), vec![-41.0, -39.0]));
    // PicoScenes: frames of two streams and of one antenna are other kinds.
    let read = csi::read(&sample("csikit/picoscenes/picoscenes_iwl5300_example.csi").unwrap()).unwrap();
    assert_eq!((read.pieces[0].data.dim(), read.dropped.total()), ((99, 30, 2, 1), 13));
    assert_eq!(read.pieces[0].info.centre_hz, Some(2.437e9));
    // Receive chain 0 had antenna C, chain 1 antenna B: decoded by hand in Python, (-6, 12) and (1, 4).
    assert_eq!([z(1.0, 4.0), z(-6.0, 12.0)], [read.pieces[0].data[[0, 0, 0, 0]], read.pieces[0].data[[0, 0, 1, 0]]]);
    // Cut anywhere, they are read up to there or refused by name.
    for name in [
        "csiread/atheros/ath_csi_1.dat",
        "csikit/feitcsi/HT20_2452.csi",
        "csikit/picoscenes/picoscenes_iwl5300_example.csi",
    ] {
        let bytes = fs::read(sample(name).unwrap()).unwrap();
        let ending = name.rsplit('.').next().unwrap();
        for length in [0, 1, 7, 30, 300, 3000, bytes.len() - 1] {
            let (_dir, path) = written(&format!("cut.{ending}"), &bytes[..length]);
            match csi::read(&path) {
                Ok(read) => {
                    assert!(read.dropped.reasons().contains("cut short"), "{name} {length}: {:?}", read.dropped)
                }
                Err(error) => assert!(error.to_string().contains("cut."), "{error}"),
            }
        }
    }
}

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

#[test]
fn a_corpus_keeps_csi_as_it_was_read() {
    let value = |group: usize, chain: usize| ((group as i8) - 15, 10 * chain as i8 + 1);
    let bytes: Vec<u8> = (0..100).flat_map(|i| record(50_000 * i, i as u16, &[0, 1, 2], value)).collect();
    let (dir, path) = written("a.dat", &bytes);
    let recordings =
        kinecho::recording::labelled::read(&path, kinecho::recording::labelled::Radio::Csi, None, Some("squat"))
            .unwrap();
    let chain = Chain::of_csi(CsiChain::default());
    let config = kinecho::corpus::ImportConfig {
        chain: chain.clone(),
        keep: Some(vec![Keep::Csi]),
        length_s: Some(2.0),
        hop_s: Some(1.0),
        ..Default::default()
    };
    let out = dir.path().join("c");
    let corpus =
        kinecho::corpus::import_recordings(&recordings, "csi", &config, &out, &kinecho::base::progress::Silent)
            .unwrap();
    assert_eq!(corpus.rows().iter().map(|r| r.start_s).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0]);
    let sample = corpus.read(1).unwrap();
    assert_eq!(sample.views.get("amplitude").unwrap().data.shape(), [90, 128]);
    let kept = csi_from_array(sample.extra("csi").unwrap().clone()).unwrap();
    let Signal::Csi(whole) = &recordings[0].signal else { panic!("CSI expected") };
    assert_eq!(kept.data, whole.window(1.0, 3.0).data);
    assert_eq!((kept.info.clone(), kept.packets()), (whole.info.clone(), 40));
    // A hole of a second: windows that it lies in are none.
    let hole: Vec<u8> = (0..100)
        .flat_map(|i| record(50_000 * i + if i >= 50 { 1_000_000 } else { 0 }, i as u16, &[0, 1, 2], value))
        .collect();
    let (_dir, path) = written("b.dat", &hole);
    let (signal, _) = any::read(&path).unwrap();
    let starts: Vec<f64> = chain.windows(&signal, 2.0, 0.5).unwrap().iter().map(|w| w.0).collect();
    assert_eq!(starts, [0.0, 0.5, 3.0, 3.5, 4.0], "half a second at the end of a window is allowed");
}

#[test]
fn a_corpus_says_what_gives_its_labels_away() {
    // Two activities of two people. The level of a recording tells the activity within a person, and not across: person b had the chair
    // moved. What changes, every other packet, tells nobody apart.
    let dir = tempfile::tempdir().unwrap();
    let level = |person: usize, activity: usize| [[10, 40], [55, 20]][person][activity];
    for (person, activity, take) in (0..2).flat_map(|p| (0..2).flat_map(move |a| (0..4).map(move |t| (p, a, t)))) {
        let value = move |group: usize, _: usize| ((level(person, activity) + take + group as i32 % 2) as i8, 3);
        let bytes: Vec<u8> = (0..60).flat_map(|i| record(50_000 * i, i as u16, &[0, 1, 2], value)).collect();
        let (name, label) = (["a", "b"][person], ["sit", "stand"][activity]);
        fs::write(dir.path().join(format!("{name}_{label}_{take}.dat")), bytes).unwrap();
    }
    // The same recording under another person's name.
    fs::copy(dir.path().join("a_sit_0.dat"), dir.path().join("b_sit_9.dat")).unwrap();
    let pattern = "{subject}_{label}_*".parse().unwrap();
    let radio = kinecho::recording::labelled::Radio::Csi;
    let recordings = kinecho::recording::labelled::read(dir.path(), radio, Some(&pattern), None).unwrap();
    assert_eq!(recordings.len(), 17);
    let chain: Chain =
        serde_yaml::from_str("csi: {views: [{view: amplitude, rows: 90, columns: 30, scaling: none}]}").unwrap();
    let config = kinecho::corpus::ImportConfig { chain, length_s: Some(3.0), ..Default::default() };
    let corpus = kinecho::corpus::import_recordings(
        &recordings,
        "csi",
        &config,
        &dir.path().join("corpus"),
        &kinecho::base::progress::Silent,
    )
    .unwrap();
    // Nobody stands on both sides of a split.
    for person in ["a", "b"] {
        let splits: std::collections::BTreeSet<&str> =
            corpus.rows().iter().filter(|r| r.subject == person).map(|r| r.split.as_str()).collect();
        assert_eq!(splits.len(), 1, "{person}: {splits:?}");
    }
    assert_eq!(corpus.count_by(|r| &r.split).len(), 2);
    let report = kinecho::corpus::leaks(&corpus, None).unwrap();
    assert_eq!((report.by, report.groups, report.labels), (kinecho::corpus::GroupBy::Subject, 2, 2));
    let mean = &report.looks[1];
    assert!(mean.any_recording > 0.9 && mean.other_groups.unwrap() < 0.35, "{mean:?}");
    assert_eq!(report.copies.len(), 1);
    assert_eq!(
        (report.copies[0].recordings.clone(), report.copies[0].groups.len()),
        (vec!["a_sit_0".into(), "b_sit_9".into()], 2)
    );
    for words in ["the mean alone gives the label away", "1 recordings occur in several groups (a = b)"] {
        assert!(report.advice.iter().any(|line| line.contains(words)), "{:?}", report.advice);
    }
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
