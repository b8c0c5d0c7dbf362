//! Samples of tools, held against other readers of the same files.

use super::{close, one, sample, total, written, z};
use kinecho::dsp::csi::{CsiStep, Streams};
use kinecho::recording::csi;
use kinecho::recording::npy_csi;
use kinecho::signal::Csi;
use kinecho::signal::Strength;
use std::fs;

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
fn arrays_of_our_own_come_back_and_faults_in_them_are_named() {
    let Some(path) = sample("csiread/5300/sample_0x5_64_3000.dat") else { return };
    let mut csi = one(csi::read(&path).unwrap()).range(0..40);
    csi.strength[3] = Strength { rssi_dbm: vec![f32::NAN, -40.5, -38.0], agc_db: None, noise_dbm: Some(-92.0) };
    let dir = tempfile::tempdir().unwrap();
    let npy = dir.path().join("wifi.npy");
    npy_csi::write(&npy, &csi).unwrap();
    let back = one(csi::read(&npy).unwrap());
    assert_eq!((&back.data, &back.time_s, &back.info, &back.unit), (&csi.data, &csi.time_s, &csi.info, &csi.unit));
    // NaN is not equal to itself.
    assert!(back.strength[3].rssi_dbm[0].is_nan());
    assert_eq!(back.strength[3].rssi_dbm[1..], csi.strength[3].rssi_dbm[1..]);
    assert_eq!(back.strength[3].noise_dbm, Some(-92.0));
    assert_eq!(back.strength[4..], csi.strength[4..]);
    // What the recording reader finds out by itself is the same.
    let (signal, dropped) = kinecho::recording::any::read(&npy).unwrap();
    assert_eq!((signal.kind(), dropped.total()), ("CSI", 0));
    let json = dir.path().join("wifi.json");
    let text = fs::read_to_string(&json).unwrap();
    let error = |text: &str| {
        fs::write(&json, text).unwrap();
        csi::read(&npy).unwrap_err().to_string()
    };
    let missing = error(&text.replacen("\"grid\"", "\"grit\"", 1));
    assert!(missing.contains("wifi.json, line") && missing.contains("grit"), "{missing}");
    let turned = error(&text.replacen("\"rx\"", "\"tx\"", 1));
    assert!(
        turned.contains("wifi.json") && turned.contains("expected [\"packet\", \"subcarrier\", \"rx\", \"tx\"]"),
        "{turned}"
    );
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["time_s"][7] = 99.0.into();
    let back = error(&value.to_string());
    assert!(back.contains("packet 8 has"), "{back}");
    value["time_s"].as_array_mut().unwrap().pop();
    assert!(error(&value.to_string()).contains("has 40 values"), "{}", error(&value.to_string()));
    fs::write(&json, &text).unwrap();
    let whole = fs::read(&npy).unwrap();
    fs::write(&npy, &whole[..whole.len() - 5]).unwrap();
    let cut = csi::read(&npy).unwrap_err().to_string();
    assert!(cut.contains("wifi.npy"), "{cut}");
}
