//! Radars from other programs' files.

use kinecho::sensor::FmcwRadar;
use std::path::Path;

/// A profile as the mmWave Demo Visualizer makes them for the xWR68xx, second and third transmitter exchanged.
const CFG: &str = "% Created for SDK ver:03.05
sensorStop
flushCfg
dfeDataOutputMode 1
channelCfg 15 7 0
adcCfg 2 1
adcbufCfg -1 0 1 1 1
profileCfg 0 60 47 7 57.14 0 0 70 1 256 5209 0 0 48
chirpCfg 0 0 0 0 0 0 0 1
chirpCfg 1 1 0 0 0 0 0 4
chirpCfg 2 2 0 0 0 0 0 2

frameCfg 0 2 16 0 100 1 0
lowPower 0 0
guiMonitor -1 1 1 0 0 0 1
bpmCfg -1 0 0 1
sensorStart
";

fn cfg(text: &str) -> Result<FmcwRadar, String> {
    FmcwRadar::parse_ti_cfg(text, Path::new("my.cfg"), None).map_err(|e| e.to_string())
}

#[test]
fn a_demo_configuration_becomes_its_radar() {
    let radar = cfg(CFG).unwrap();
    let board = FmcwRadar::preset("iwr6843").unwrap();
    assert_eq!(radar.name, "my");
    assert_eq!((radar.start_frequency_hz, radar.chirp_slope_hz_per_s), (60e9, 70e12));
    assert_eq!((radar.samples_per_chirp, radar.loops_per_frame), (256, 16));
    assert!((radar.sample_rate_hz - 5.209e6).abs() < 1e-3 && (radar.frame_period_s - 0.1).abs() < 1e-12);
    // The figures that the visualizer prints for this profile: 4.36 cm bins, and (47 + 57.14) µs for each of three.
    assert!((radar.range_resolution_m() - 0.0436).abs() < 1e-4, "{}", radar.range_resolution_m());
    assert!((radar.loop_period_s() - 3.0 * 104.14e-6).abs() < 1e-12);
    assert_eq!(radar.tx_m, [board.tx_m[0], board.tx_m[2], board.tx_m[1]]);
    assert_eq!((&radar.rx_m, radar.noise_figure_db), (&board.rx_m, board.noise_figure_db));

    let two = CFG.replace("channelCfg 15 7 0", "channelCfg 5 5 0").replace("frameCfg 0 2", "frameCfg 0 1");
    let two = two.replace("60 47 7 57.14 0 0", "60 47 7 57.14 657930 0");
    let radar = cfg(&two).unwrap();
    assert_eq!(radar.tx_m, [board.tx_m[0], board.tx_m[2]]);
    assert_eq!(radar.rx_m, [board.rx_m[0], board.rx_m[2]]);
    assert!((board.transmit_power_dbm - radar.transmit_power_dbm - 10.0).abs() < 1e-12);

    // One transmitter in every chirp of the loop: no taking turns, three times the loops.
    let one = CFG.replace("0 4\n", "0 1\n").replace("0 2\n\n", "0 1\n\n");
    let radar = cfg(&one).unwrap();
    assert_eq!((radar.n_tx(), radar.loops_per_frame), (1, 48));

    // Codes of the two high-pass filters.
    for (codes, corners) in
        [("0 0", [175e3, 350e3]), ("1 1", [235e3, 700e3]), ("2 2", [350e3, 1.4e6]), ("3 3", [700e3, 2.8e6])]
    {
        let radar = cfg(&CFG.replace("5209 0 0 48", &format!("5209 {codes} 48"))).unwrap();
        assert_eq!(radar.high_pass.unwrap().corners_hz, corners);
    }

    let ods = FmcwRadar::parse_ti_cfg(CFG, Path::new("my.cfg"), Some("iwr6843ods")).unwrap();
    assert_eq!(ods.tx_m[1], FmcwRadar::preset("iwr6843ods").unwrap().tx_m[2]);
    let automotive = cfg(&CFG.replace("profileCfg 0 60", "profileCfg 0 77")).unwrap();
    assert_eq!(automotive.noise_figure_db, FmcwRadar::preset("awr1843").unwrap().noise_figure_db);
}

#[test]
fn what_a_configuration_says_wrongly_is_named_by_line_all_at_once() {
    let broken = CFG
        .replace("adcCfg 2 1\n", "adcCfg 2 0\n")
        .replace("chirpCfg 1 1 0 0 0 0 0 4", "chirpCfg 1 1 0 0 0 0.5 0 4")
        .replace("frameCfg 0 2 16 0 100 1 0", "frameCfg 0 3 16 0 100 1")
        .replace("bpmCfg -1 0", "bpmCfg -1 1")
        .replace("lowPower 0 0", "advFrameCfg 4 0 0 1 0");
    let message = cfg(&broken).unwrap_err();
    for part in [
        "my.cfg:6: adcCfg.adcOutputFmt: 0 given",
        "my.cfg:10: chirpCfg.idleTimeVar: 0.5 given, must be 0",
        "my.cfg:13: frameCfg: 6 values given, must be 7: chirpStartIdx",
        "my.cfg:14: advFrameCfg",
        "my.cfg:16: bpmCfg",
    ] {
        assert!(message.contains(part), "{part} in\n{message}");
    }
    for (from, to, parts) in [
        // Missing and contradicting lines.
        ("channelCfg 15 7 0\n", "", &["my.cfg: channelCfg: is missing"][..]),
        ("profileCfg 0 60 47 7 57.14 0 0 70 1 256 5209 0 0 48\n", "", &["profileCfg: is missing"]),
        ("profileCfg 0 60", "profileCfg 1 60", &["my.cfg:9: chirpCfg.profileId: 0 given, but no profileCfg"]),
        ("lowPower 0 0", "frameCfg 0 2 32 0 100 1 0", &["my.cfg:14: frameCfg: contradicts line 13"]),
        ("frameCfg 0 2", "frameCfg 0 4", &["my.cfg:13: frameCfg: uses chirp 3", "uses chirp 4"]),
        ("frameCfg 0 2", "frameCfg 2 0", &["frameCfg.chirpEndIdx: 0 given, must be at least chirpStartIdx, 2"]),
        ("chirpCfg 1 1", "chirpCfg 0 1", &["my.cfg:10: chirpCfg: defines chirp 0 again (line 9)"]),
        (
            "channelCfg 15 7 0",
            "channelCfg 15 5 0",
            &["my.cfg:11: chirpCfg.txEnable: 2 given, but txChannelEn of line 5 is 5"],
        ),
        ("channelCfg 15 7 0", "channelCfg 31 0 0", &["rxChannelEn: 31 given, must be 1 to 15", "txChannelEn: 0 given"]),
        ("0 0 0 0 4\n", "0 0 0 0 3\n", &["my.cfg:10: chirpCfg.txEnable: 3 given, must be 1, 2 or 4"]),
        ("0 0 0 0 4\n", "0 0 0 0 1\n", &["my.cfg:10: chirpCfg.txEnable: transmitter 1 chirps twice"]),
        // Impossible physics, by the words of the file.
        ("16 0 100 1 0", "0 0 100 1 0", &["my.cfg:13: frameCfg.numLoops: 0 loops"]),
        ("16 0 100 1 0", "16 0 3 1 0", &["frameCfg.numLoops", "at most 9 loops fit"]),
        ("70 1 256 5209", "70 1 512 5209", &["my.cfg:8: profileCfg.numAdcSamples", "at most 261 samples fit"]),
        ("70 1 256 5209", "70 1 25.5 5209", &["profileCfg.numAdcSamples: 25.5 given, must be a whole number"]),
        (
            "5209 0 0 48",
            "5209 4 0 48",
            &["my.cfg:8: profileCfg.hpfCornerFreq1: 4 given, must be a whole number from 0 to 3"],
        ),
        ("70 1 256 5209", "x 1 256 5209", &["my.cfg:8: profileCfg.freqSlopeConst: `x` is not a number"]),
        ("profileCfg 0 60", "profileCfg 0 24", &["my.cfg:8: profileCfg.startFreq: 24 GHz given, must be 57 to 64"]),
        ("57.14 0 0", "57.14 10 0", &["profileCfg.txOutPower", "differently"]),
    ] {
        assert!(CFG.contains(from), "{from}");
        let message = cfg(&CFG.replacen(from, to, 1)).unwrap_err();
        for part in parts {
            assert!(message.contains(part), "{part} in\n{message}");
        }
    }
    let wrong_board = FmcwRadar::parse_ti_cfg(CFG, Path::new("my.cfg"), Some("awr1642")).unwrap_err().to_string();
    assert!(
        wrong_board.contains("my.cfg:8: profileCfg.startFreq: 60 GHz given, but the preset AWR1642"),
        "{wrong_board}"
    );
    assert!(cfg("").unwrap_err().contains("frameCfg: is missing"));
}

const GENESIS: &str = r#"{
    "c0": 299792458, "num_tx": 3, "num_rx": 4, "fc": 77e9, "slope": 60.012,
    "adc_samples": 256, "adc_start_time": 6, "sample_rate": 4400, "idle_time": 7, "ramp_end_time": 65,
    "chirp_per_frame": 128, "frame_per_second": 10, "num_doppler_bins": 128, "num_range_bins": 256,
    "num_angle_bins": 64, "power": 15,
    "tx_loc": [[0, 0, 0], [4, 0, 0], [2, 1, 0]],
    "rx_loc": [[-6, 0, 0], [-5, 0, 0], [-4, 0, 0], [-3, 0, 0]]
}"#;

#[test]
fn an_rf_genesis_radar_is_the_published_set_up() {
    let genesis = |text: &str| FmcwRadar::parse_rf_genesis(text, Path::new("ti.json"), None).map_err(|e| e.to_string());
    let radar = genesis(GENESIS).unwrap();
    let preset = FmcwRadar::preset("awr1843").unwrap();
    assert_eq!(radar.transmit_power_dbm, 15.0);
    assert_eq!((radar.samples_per_chirp, radar.loops_per_frame), (256, 128));
    assert!((radar.range_resolution_m() - preset.range_resolution_m()).abs() < 1e-9);
    assert!((radar.max_velocity_mps() - preset.max_velocity_mps()).abs() < 1e-9);
    // The virtual array of the board with the raised transmitter last and higher; RF-Genesis counts it to the right, where the board,
    // seen from the sensor, has it to the left.
    let between = |radar: &FmcwRadar, k: usize, axis: usize| radar.tx_m[k][axis] - radar.tx_m[0][axis];
    for (axis, sign) in [(0, -1.0), (1, 1.0), (2, 1.0)] {
        assert!((between(&radar, 1, axis) - sign * between(&preset, 2, axis)).abs() < 1e-7);
        assert!((between(&radar, 2, axis) - sign * between(&preset, 1, axis)).abs() < 1e-7);
    }
    for (from, to, part) in [
        ("\"num_tx\": 3", "\"num_tx\": 2", "ti.json:2: num_tx: 2 given, but tx_loc has 3"),
        ("\"power\": 15", "\"pover\": 15", "ti.json:5: radar: no RF-Genesis radar: unknown field `pover`"),
        ("\"adc_samples\": 256", "\"adc_samples\": 0", "ti.json:3: adc_samples: 0 samples"),
        ("\"frame_per_second\": 10", "\"frame_per_second\": 0", "ti.json:4: frame_per_second: 0 given"),
        ("\"frame_per_second\": 10", "\"frame_per_second\": 100", "chirp_per_frame: the chirps of a frame last"),
        ("[2, 1, 0]", "[2, 1, 1]", "ti.json:6: tx_loc.2:"),
        ("77e9", "5e9", "ti.json:2: fc: 5 GHz given"),
        ("299792458", "3e7", "c0: 30000000 given"),
    ] {
        assert!(GENESIS.contains(from), "{from}");
        let message = genesis(&GENESIS.replacen(from, to, 1)).unwrap_err();
        assert!(message.contains(part), "{part} in\n{message}");
    }
}

#[test]
fn files_are_told_apart_by_their_endings() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    assert_eq!(FmcwRadar::read_file(&write("a.CFG", CFG), None).unwrap().n_tx(), 3);
    assert_eq!(FmcwRadar::read_file(&write("b.json", GENESIS), Some("awr1843")).unwrap().name, "b");
    let yaml = write("c.yaml", FmcwRadar::preset_yaml("iwr1443").unwrap());
    assert_eq!(FmcwRadar::read_file(&yaml, None).unwrap(), FmcwRadar::preset("iwr1443").unwrap());
    let message = |path: &Path, board| FmcwRadar::read_file(path, board).unwrap_err().to_string();
    assert!(message(&yaml, Some("awr1843")).contains("leave out the preset"));
    assert!(
        message(&write("d.txt", CFG), None).contains("d.txt")
            && message(&folder.path().join("no.cfg"), None).contains("no.cfg")
    );
}
