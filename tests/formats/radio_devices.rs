//! WiFi devices as data beside real files of the same tools; packet times out of files.

use crate::needs;
use kinecho::base::Complex32;
use kinecho::base::random::RandomTree;
use kinecho::dsp::csi::{CsiStep, Streams};
use kinecho::recording::csi;
use kinecho::scene::{LinkSpec, SceneSpec};
use kinecho::sensor::rfid::RfidSpec;
use kinecho::sensor::wifi::{Secondary, SubcarrierGrid, WifiBand, WifiSpec};
use kinecho::signal::CsiInfo;
use ndarray::Array4;
use std::fs;
use std::path::PathBuf;

/// What the reader says of the most packets of a file.
fn info(name: &str) -> Option<CsiInfo> {
    let path = needs::data("csi_parser_samples")?.join(name);
    let (longest, _) = csi::read(&path).unwrap().longest();
    Some(longest.unwrap().info)
}

#[test]
fn grids_are_those_of_real_files() {
    use SubcarrierGrid::{Atheros, Esp32, Esp32Legacy, He, Ht, Intel5300, Nexmon};
    let files = [
        ("csiread/5300/sample_0x5_64_3000.dat", &[Intel5300][..]),
        ("csikit/intel5300/example.dat", &[Intel5300]),
        ("csikit/intel5300/log.all_csi.6.7.6.dat", &[Intel5300]),
        ("csikit/picoscenes/picoscenes_iwl5300_example.csi", &[Intel5300]),
        ("csiread/atheros/ath_csi_1.dat", &[Atheros]),
        ("csiread/nexmon/example.pcap", &[Nexmon]),
        ("csikit/nexmon/example_43455c0.pcap", &[Nexmon]),
        ("csikit/nexmon/example_4358.pcap", &[Nexmon]),
        ("csikit/nexmon/example_4366c0.pcap", &[Nexmon]),
        ("csiread/esp32/example_csi.csv", &[Esp32, Esp32Legacy]),
        ("csikit/esp32/example_data.csv.gz", &[Esp32, Esp32Legacy]),
        ("csikit/esp32/example_100hz_pitraffic.csv.gz", &[Esp32, Esp32Legacy]),
        ("csikit/esp32/example_fast_100hz_pitraffic.csv.gz", &[Esp32, Esp32Legacy]),
        ("csikit/feitcsi/HESU80_5500.csi", &[He]),
        ("csikit/feitcsi/HT20_2452.csi", &[Ht]),
    ];
    let mut seen = 0;
    for (name, grids) in files {
        let Some(real) = info(name) else { return };
        let mhz = (real.bandwidth_hz / 1e6).round() as u32;
        let sides = [None, Some(Secondary::Above), Some(Secondary::Below)];
        let same = grids.iter().flat_map(|grid| sides.map(|side| (*grid, side))).find(|(grid, side)| {
            grid.reported(mhz, *side).is_ok_and(|all| all == real.subcarriers) && grid.spacing_hz() == real.spacing_hz
        });
        let (grid, side) = same.unwrap_or_else(|| panic!("{name}: no grid of {grids:?} has {:?}", real.subcarriers));
        println!(
            "{name}: {} subcarriers, {grid:?} {side:?} of {mhz} MHz, centre {:?}",
            real.subcarriers.len(),
            real.centre_hz
        );
        // Where the file says its channel, a device on a channel of that centre says the same of its subcarriers.
        if let Some(hz) = real.centre_hz {
            let channels = [WifiBand::Two, WifiBand::Five].into_iter().flat_map(|band| {
                let numbers = (1..=200).map(move |channel| (band, channel));
                numbers.map(|(band_ghz, channel)| {
                    let preset = WifiSpec::preset("wifi_esp32").unwrap();
                    WifiSpec { grid, band_ghz, channel, bandwidth_mhz: mhz, secondary: side, ..preset }
                })
            });
            let same: Vec<u32> = channels
                .filter(|device| device.problems().is_empty() && device.info().centre_hz == Some(hz))
                .inspect(|device| {
                    let info = CsiInfo { device: real.device.clone(), ..device.info() };
                    assert_eq!(info, real, "{name}");
                })
                .map(|device| device.channel)
                .collect();
            assert!(!same.is_empty(), "{name}: no channel of {mhz} MHz has the centre {hz}");
            println!("  channels {same:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, files.len());
}

#[test]
fn packet_times_stand_beside_the_file_that_names_them() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("times.txt"), "0.0\n0.25\n").unwrap();
    // Of a device's file.
    let mut device = serde_json::to_value(WifiSpec::preset("wifi_intel_5300").unwrap()).unwrap();
    device["packets"] = serde_json::json!({"timing": "file", "file": "times.txt"});
    fs::write(dir.path().join("device.yaml"), device.to_string()).unwrap();
    let device = WifiSpec::read_file(&dir.path().join("device.yaml")).unwrap();
    assert_eq!(device.times(1.0, &RandomTree::new(1)).unwrap(), [0.0, 0.25]);
    // Of a scene.
    let scene = "sensors:\n  wifi: {kind: wifi, with: {packets: {timing: file, file: times.txt}}}\n";
    let mut scene: SceneSpec = serde_yaml::from_str(scene).unwrap();
    scene.beside(&dir.path().join("scene.yaml"));
    let LinkSpec::Wifi(link) = &scene.sensors["wifi"] else { panic!("not a WiFi link") };
    assert_eq!(link.device().unwrap().times(1.0, &RandomTree::new(1)).unwrap(), [0.0, 0.25]);
}

fn with_times(text: &str) -> (tempfile::TempDir, PathBuf, WifiSpec) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("times.txt");
    fs::write(&path, text).unwrap();
    let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
    let packets = serde_json::json!({"timing": "file", "file": path});
    device.packets = serde_json::from_value(packets).unwrap();
    (dir, path, device)
}

#[test]
fn packet_times_come_from_files() {
    let tree = RandomTree::new(1);
    let (_dir, _, device) = with_times("# seconds\n0.0\n0.01\n\n 0.01 \n2.5e-1\n1.0\n");
    assert_eq!(device.times(1.0, &tree).unwrap(), [0.0, 0.01, 0.01, 0.25]);
    for (text, line, said) in [
        ("0.0\n0.2\n0.1\n", Some(3), "0.1 s follows 0.2 s"),
        ("-0.5\n0.2\n", Some(1), "before the start"),
        ("0.0\nnan\n", Some(2), "no time"),
        ("0.0\n1e999\n", Some(2), "no time"),
        ("0.0\n0,1\n", Some(2), "not a number"),
        ("# nothing\n", None, "no time"),
    ] {
        let (_dir, path, device) = with_times(text);
        let error = device.times(1.0, &tree).unwrap_err().to_string();
        let place = line.map_or(path.display().to_string(), |n| format!("{}:{n}", path.display()));
        assert!(error.starts_with(&place) && error.contains(said), "{error}");
    }
    // Every line at once, but no flood.
    let (_dir, _, device) = with_times(&"x\n".repeat(1000));
    let lines = device.times(1.0, &tree).unwrap_err().to_string().lines().count();
    assert!((10..100).contains(&lines), "{lines}");
    let mut gone = device;
    gone.packets.file = Some("nowhere/times.txt".into());
    assert!(gone.times(1.0, &tree).unwrap_err().to_string().contains("nowhere/times.txt"));
}

#[test]
fn device_files_name_key_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let wifi = include_str!("../../scenes/sensors/wifi_intel_5300.yaml");
    let path = dir.path().join("wifi.yaml");
    for (from, to, said) in [
        ("channel: 36", "channel: 37", ": channel: 37 given, 5 GHz has 36 to 64 by 4"),
        ("band_ghz: 5", "band_ghz: 60", "60 given, must be 2.4, 5 or 6"),
        ("grid: intel_5300", "grid: intel", "intel"),
        ("bandwidth_mhz: 20", "bandwidth_mhz: 80", ": bandwidth_mhz: 80 given, `intel_5300` has 20, 40 MHz"),
        ("rate_hz: 1000", "rate: 1000", "rate"),
        ("bits: 8", "bits: 80", ": impairments.quantisation.bits: 80 given"),
        ("step_db: 1, deviation_db: 0.5", "step_db: 7, least_db: 1, most_db: 6", "impairments.agc.step_db: 7 given"),
        (
            "grid: intel_5300",
            "grid: ht\nsubcarriers: [1, 2, 30]",
            "subcarriers.2: 30 given, `ht` of 20 MHz has 56 subcarriers",
        ),
        ("thermal_noise: true", "thermal_noise: true\n  feeds: {random_phase_steps: 4}", "expected each key once"),
    ] {
        fs::write(&path, wifi.replace(from, to)).unwrap();
        let error = WifiSpec::read_file(&path).unwrap_err().to_string();
        assert!(error.contains("wifi.yaml:") && error.contains(said), "{error}");
    }
    fs::write(&path, wifi).unwrap();
    assert_eq!(WifiSpec::read_file(&path).unwrap(), WifiSpec::preset("wifi_intel_5300").unwrap());
    let rfid = include_str!("../../scenes/sensors/rfid_impinj.yaml");
    for (from, to, said) in [
        ("hop_s: 0.2", "hop_s: 0.5", "hop_s: 0.5 given, must be 0.01 to 0.4"),
        ("region: fcc", "region: fcc\nchannels: [1, 51, 1]", "channels.1: 51 given, the region has 1 to 50"),
        ("steps: 4096", "stepped: 4096", "stepped"),
        ("cycles_per_symbol: 4", "cycles_per_symbol: 3", "air.cycles_per_symbol: 3 given"),
    ] {
        fs::write(&path, rfid.replace(from, to)).unwrap();
        let error = RfidSpec::read_file(&path).unwrap_err().to_string();
        assert!(error.contains("wifi.yaml:") && error.contains(said), "{error}");
    }
}

#[test]
fn simulated_packets_pass_through_the_steps_of_real_ones() {
    // A channel whose strength changes from packet to packet, and is not the same at all subcarriers.
    let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
    let tree = RandomTree::new(3);
    let times = device.times(0.2, &tree).unwrap();
    let shape = (times.len(), 30, 3, 1);
    let clean = Array4::from_shape_fn(shape, |(p, k, rx, _)| {
        let (p, k, rx) = (p as f32, k as f32, rx as f32);
        Complex32::from_polar(1e-4 * 1.03f32.powf(p / 2.0) * (1.0 + 0.4 * (0.2 * k + rx).sin()), 0.1 * k + 0.7 * rx)
    });
    let relative = |device: &WifiSpec, step: CsiStep| -> Vec<f32> {
        let got = device.receive(&clean, &times, &tree).unwrap();
        let steps = step.apply(Streams::of(&got.csi).unwrap()).unwrap();
        // Amplitudes over the clean ones; streams are [packet, subcarrier, link].
        steps.data.indexed_iter().map(|((p, k, link), z)| z.norm() / clean[[p, k, link, 0]].norm()).collect()
    };
    let spread = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|v| (v / mean - 1.0).abs()).fold(0.0, f32::max)
    };
    device.impairments.feeds = None;
    device.impairments.rssi = None;
    device.impairments.thermal_noise = false;
    device.impairments.constellation = None;
    // Gain alone: `gain` undoes it.
    let mut gain = device.clone();
    gain.impairments.quantisation = None;
    let raw = gain.receive(&clean, &times, &tree).unwrap().csi;
    let raw: Vec<f32> = raw.data.indexed_iter().map(|(at, z)| z.norm() / clean[at].norm()).collect();
    assert!(spread(&raw) > 0.3, "{}", spread(&raw));
    let undone = relative(&gain, CsiStep::Gain {});
    assert!(spread(&undone) < 1e-4, "{}", spread(&undone));
    // Gain and whole numbers of a scale for each packet: `scale` brings amplitudes back by the strengths. Of 16 bits, whose error lies below the noise floor
    // that the step puts under all packets.
    let converter = device.impairments.quantisation.as_mut().unwrap();
    (converter.bits, converter.strongest_rms) = (16, None);
    let scaled = relative(&device, CsiStep::Scale {});
    assert!(spread(&scaled) < 2e-3, "{}", spread(&scaled));
}
