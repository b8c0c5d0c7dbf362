//! Captures of TI's boards, written here after TI's documents without any of kinecho's tables, and what comes in.

use kinecho::base::Vec3;
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::dsp::detect::{DetectConfig, detect};
use kinecho::recording::dca1000::{AdcGeometry, CutFrame, decode, group, read_capture};
use kinecho::recording::{listing, ti_chain};
use kinecho::sensor::FmcwRadar;
use kinecho::sensor::file::ti_cfg::{Purpose, Role, SampleOrder, Threshold, TiCfg, roles};
use kinecho::signal::Point;
use std::path::Path;

/// Places of the antennas in half wavelengths (x to the right seen from the sensor, z up) and turns of the receivers' feeds.
struct Board {
    tx: &'static [[f64; 2]],
    rx: [[f64; 2]; 4],
    feeds: [f64; 4],
}

/// Front photo of the xWR1843BOOST and IWR6843ISK, seen from behind; `antGeometry0/1` of ISK_6m_default.cfg.
const ISK: Board = Board {
    tx: &[[0.0, 0.0], [-2.0, 1.0], [-4.0, 0.0]],
    rx: [[0.0, 0.0], [-1.0, 0.0], [-2.0, 0.0], [-3.0, 0.0]],
    feeds: [1.0; 4],
};
/// The xWR1642BOOST: two transmitters in the row.
const BOOST_16: Board = Board { tx: &[[0.0, 0.0], [-4.0, 0.0]], ..ISK };
/// `antGeometry0/1`, `antPhaseRot` of ODS_6m_default.cfg and AOP_6m_default.cfg.
const ODS: Board = Board {
    tx: &[[0.0, 0.0], [-2.0, 0.0], [-2.0, -2.0]],
    rx: [[0.0, 0.0], [0.0, -1.0], [-1.0, -1.0], [-1.0, 0.0]],
    feeds: [1.0, -1.0, -1.0, 1.0],
};
const AOP: Board = Board {
    tx: &[[0.0, 0.0], [-2.0, -2.0], [0.0, -2.0]],
    rx: [[-1.0, -1.0], [-1.0, 0.0], [0.0, -1.0], [0.0, 0.0]],
    feeds: [1.0, -1.0, 1.0, -1.0],
};

/// What a capture is made of: one point that recedes.
#[derive(Clone, Copy)]
struct Echo<'a> {
    board: &'a Board,
    start_hz: f64,
    slope: f64,
    rate_hz: f64,
    samples: usize,
    loops: usize,
    frames: usize,
    chirp_s: f64,
    /// Transmitters in the order of their chirps, receivers in use.
    tx: &'a [usize],
    rx: &'a [usize],
    range_m: f64,
    /// Sines of the directions to the right and up.
    right: f64,
    up: f64,
}

impl Echo<'_> {
    /// I and Q of a sample: the nearer antenna has the smaller phase, beat frequencies are positive.
    fn sample(&self, [frame, turn, k, l, n]: [usize; 5]) -> (f64, f64) {
        let half = 0.5 * SPEED_OF_LIGHT / self.start_hz;
        let now = 0.05 * frame as f64 + (turn * self.tx.len() + k) as f64 * self.chirp_s;
        let (t, r) = (self.board.tx[self.tx[k]], self.board.rx[self.rx[l]]);
        let (x, z) = (half * (t[0] + r[0]), half * (t[1] + r[1]));
        let delay = (2.0 * (self.range_m + 0.5 * now) - x * self.right - z * self.up) / SPEED_OF_LIGHT;
        let phase = std::f64::consts::TAU * delay * (self.start_hz + self.slope * (6e-6 + n as f64 / self.rate_hz));
        let gain = 3000.0 * self.board.feeds[self.rx[l]];
        (gain * phase.cos(), gain * phase.sin())
    }

    /// The words of the card: two lanes carry `I I Q Q` receiver after receiver, four lanes `I I I I Q Q Q Q` sample by sample.
    fn words(&self, four: bool, q_first: bool, real: bool, bits: u32) -> Vec<u8> {
        let mask = if bits < 16 { (1_i32 << bits) - 1 } else { 0xffff };
        let word = |v: f64| (((v.round() as i32) & mask) as u16).to_le_bytes();
        let mut stream: Vec<[[u8; 2]; 2]> = Vec::new();
        let mut out = Vec::new();
        for frame in 0..self.frames {
            for turn in 0..self.loops {
                for k in 0..self.tx.len() {
                    let of = |l, n| {
                        let (i, q) = self.sample([frame, turn, k, l, n]);
                        if q_first { [word(q), word(i)] } else { [word(i), word(q)] }
                    };
                    if four {
                        for n in 0..self.samples {
                            for part in 0..if real { 1 } else { 2 } {
                                for lane in 0..4 {
                                    let l = self.rx.iter().position(|&rx| rx == lane);
                                    out.extend(l.map_or([0, 0], |l| of(l, n)[part]));
                                }
                            }
                        }
                    } else {
                        for l in 0..self.rx.len() {
                            stream.extend((0..self.samples).map(|n| of(l, n)));
                        }
                    }
                }
            }
        }
        if real && !four {
            out.extend(stream.iter().flat_map(|[i, _]| *i));
        }
        if !real {
            for pair in stream.chunks(2) {
                (0..2).for_each(|part| out.extend(pair.iter().flat_map(|sample| sample[part])));
            }
        }
        out
    }
}

const fn echo(board: &Board) -> Echo<'_> {
    Echo {
        board,
        start_hz: 77e9,
        slope: 60e12,
        rate_hz: 4e6,
        samples: 64,
        loops: 16,
        frames: 2,
        chirp_s: 72e-6,
        tx: &[0, 2, 1],
        rx: &[0, 1, 2, 3],
        range_m: 3.0,
        right: 0.34,
        up: 0.17,
    }
}

/// A configuration of the same; `tx` are masks.
fn cfg(e: &Echo, adc: &str, buffer: &str, more: &str) -> String {
    let mask: usize = e.rx.iter().map(|l| 1 << l).sum();
    let transmitters = (1 << e.board.tx.len()) - 1;
    let chirps: String =
        e.tx.iter().enumerate().map(|(i, k)| format!("chirpCfg {i} {i} 0 0 0 0 0 {}\n", 1 << k)).collect();
    format!(
        "dfeDataOutputMode 1\nchannelCfg {mask} {transmitters} 0\nadcCfg {adc}\nadcbufCfg {buffer}\nprofileCfg 0 {} 7 6 65 0 0 {} 1 {} {} 0 0 30\n\
         {chirps}frameCfg 0 {} {} 0 50 1 0\n{more}\nsensorStart\n",
        e.start_hz / 1e9,
        e.slope / 1e12,
        e.samples,
        e.rate_hz / 1e3,
        e.tx.len() - 1,
        e.loops
    )
}

/// The strongest point of the first frame.
fn point(words: &[u8], geometry: &AdcGeometry) -> Point {
    let cube = decode(Path::new("a.bin"), words, geometry).unwrap();
    let config = DetectConfig {
        max_points: 1,
        second_direction: None,
        last_range_bin: None,
        group_range: true,
        quantise: false,
        ..DetectConfig::default()
    };
    detect(&cube, &config).unwrap().frames[0].points[0]
}

fn near(p: &Point, expected: Vec3, slack: f64) -> bool {
    (p.position - expected).norm() < slack
}

#[test]
fn left_is_left_and_up_is_up_on_every_board() {
    let boards = [
        ("awr1843", &ISK, 77e9),
        ("awr1642", &BOOST_16, 77e9),
        ("iwr1443", &ISK, 77e9),
        ("iwr1443_mars", &ISK, 77e9),
        ("iwr6843", &ISK, 60.75e9),
        ("iwr6843ods", &ODS, 60.75e9),
        ("iwr6843aop", &AOP, 60.75e9),
    ];
    assert_eq!(boards.map(|b| b.0).as_slice().len(), FmcwRadar::preset_names().len());
    for (name, board, start_hz) in boards {
        let order: Vec<usize> = (0..board.tx.len()).collect();
        for (right, up) in [(0.34, 0.0), (-0.5, 0.17), (0.1, -0.2)] {
            let flat = board.tx.len() == 2;
            let e = Echo { start_hz, tx: &order, right, up: if flat { 0.0 } else { up }, ..echo(board) };
            let text = cfg(&e, "2 1", "-1 0 0 1 1", "");
            let read = TiCfg::parse(&text, Path::new("a.cfg"), Some(name), Purpose::Capture).unwrap();
            let p = point(&e.words(false, false, false, 16), &AdcGeometry::of_cfg(&read));
            let forward = (1.0 - e.right * e.right - e.up * e.up).sqrt();
            let place = Vec3::new(e.right, forward, e.up) * 3.0;
            // The array resolves a quarter of a metre; a mirrored board misses by metres.
            assert!(near(&p, place, 0.3), "{name}: {:?} stands at {:?}", place, p.position);
            assert!(p.velocity_mps > 0.0, "{name} recedes");
        }
    }
}

#[test]
fn lines_of_the_layout_are_honoured() {
    let e = echo(&ISK);
    let there = Vec3::new(0.34, (1.0_f64 - 0.34 * 0.34 - 0.17 * 0.17).sqrt(), 0.17) * 3.0;
    let through = |text: &str, words: &[u8]| {
        let read = TiCfg::parse(text, Path::new("a.cfg"), None, Purpose::Capture).unwrap();
        point(words, &AdcGeometry::of_cfg(&read))
    };
    for (code, bits) in [(0, 13), (1, 14), (2, 16)] {
        // 3000 needs 13 bits with its sign; 12 of them hold half of it.
        let bits = if code == 0 { 12 } else { bits };
        let quiet = Board { feeds: [if code == 0 { 0.5 } else { 1.0 }; 4], ..ISK };
        let e = Echo { board: &quiet, ..e };
        let p = through(&cfg(&e, &format!("{code} 1"), "-1 0 0 1 1", ""), &e.words(false, false, false, bits));
        assert!(near(&p, there, 0.3), "{bits} bits: {:?}", p.position);
    }
    // SampleSwap 1: Q in the lower half, which comes first; SDK 1.x has no number of the subframe.
    assert!(near(&through(&cfg(&e, "2 1", "-1 0 1 1 1", ""), &e.words(false, true, false, 16)), there, 0.3));
    assert!(near(&through(&cfg(&e, "2 1", "0 0 0 1", ""), &e.words(true, false, false, 16)), there, 0.3));
    // Fewer receivers on four lanes, the others hold zeros; fewer on two.
    let few = Echo { rx: &[0, 1, 3], right: 0.0, up: 0.0, ..e };
    let text = cfg(&few, "2 1", "0 0 0 1", "");
    let read = TiCfg::parse(&text, Path::new("a.cfg"), None, Purpose::Capture).unwrap();
    assert_eq!(AdcGeometry::of_cfg(&read).receiver_lanes, [0, 1, 3]);
    let cube = decode(Path::new("a.bin"), &few.words(true, false, false, 16), &AdcGeometry::of_cfg(&read)).unwrap();
    assert_eq!(cube.data.dim(), (2, 16, 3, 3, 64));
    let all = decode(Path::new("a.bin"), &e.words(true, false, false, 16), &AdcGeometry::of_cfg(&read));
    assert!(all.unwrap_err().to_string().contains("lanes [3] hold samples"));
    // An odd number of samples: pairs go on across receivers.
    let odd = Echo { samples: 63, ..e };
    assert!(near(&through(&cfg(&odd, "2 1", "-1 0 0 1 1", ""), &odd.words(false, false, false, 16)), there, 0.3));
    // Real samples, on both links.
    for (four, buffer) in [(false, "-1 1 0 1 1"), (true, "1 0 0 1")] {
        let real = Echo { samples: 128, ..e };
        let p = through(&cfg(&real, "2 0", buffer, ""), &real.words(four, false, true, 16));
        assert!(near(&p, there, 0.3), "real: {:?}", p.position);
    }
}

#[test]
fn the_analytic_signal_of_real_samples_is_the_complex_one() {
    // A beat note on a bin: cos becomes exp(j), with amplitude and phase kept.
    let radar = FmcwRadar { samples_per_chirp: 64, loops_per_frame: 1, ..FmcwRadar::preset("awr1843").unwrap() };
    let mut geometry = AdcGeometry { real: true, ..AdcGeometry::of_radar(&radar) };
    geometry.cube.tx_m.truncate(1);
    geometry.cube.rx_m.truncate(1);
    let phase = |n: f64| std::f64::consts::TAU * 5.0 * n / 64.0 + 0.7;
    let words: Vec<u8> =
        (0..64).flat_map(|n| ((16384.0 * phase(f64::from(n)).cos()).round() as i16).to_le_bytes()).collect();
    let cube = decode(Path::new("a.bin"), &words, &geometry).unwrap();
    assert_eq!(cube.data.dim().4, 32);
    assert_eq!(cube.info.sample_rate_hz, radar.sample_rate_hz / 2.0);
    for (n, z) in cube.data.iter().enumerate() {
        let (sin, cos) = phase(2.0 * n as f64).sin_cos();
        let worst = (f64::from(z.re) - 0.5 * cos).abs().max((f64::from(z.im) - 0.5 * sin).abs());
        assert!(worst < 1e-4, "sample {n} is off by {worst}");
    }
}

#[test]
fn channels_and_geometry_of_the_file_are_honoured() {
    let there = Vec3::new(0.34, (1.0_f64 - 0.34 * 0.34 - 0.17 * 0.17).sqrt(), 0.17) * 3.0;
    let order = [0, 1, 2];
    let ods = Echo { start_hz: 60.75e9, tx: &order, ..echo(&ODS) };
    let lines = "antGeometry0 0 0 -1 -1 -2 -2 -3 -3 -2 -2 -3 -3\nantGeometry1 0 -1 -1 0 0 -1 -1 0 -2 -3 -3 -2\n\
                 antPhaseRot 1 -1 -1 1 1 -1 -1 1 1 -1 -1 1";
    let parse = |text: &str, board| TiCfg::parse(text, Path::new("a.cfg"), board, Purpose::Capture);
    let read = parse(&cfg(&ods, "2 1", "-1 0 0 1 1", lines), None).unwrap();
    assert_eq!(read.radar.board.as_deref(), Some("iwr6843ods"));
    let words = ods.words(false, false, false, 16);
    assert!(near(&point(&words, &AdcGeometry::of_cfg(&read)), there, 0.3));
    // A board that stands otherwise is refused by name and line.
    let error = parse(&cfg(&ods, "2 1", "-1 0 0 1 1", lines), Some("iwr6843")).unwrap_err().to_string();
    assert!(error.contains("a.cfg:10: antGeometry0") && error.contains("IWR6843"), "{error}");
    // The out-of-box files of that board undo the feeds by another line.
    let comp = "compRangeBiasAndRxChanPhase 0.0 1 0 -1 0 -1 0 1 0 1 0 -1 0 -1 0 1 0 1 0 -1 0 -1 0 1 0";
    let read = parse(&cfg(&ods, "2 1", "-1 0 0 1 1", comp), Some("iwr6843ods")).unwrap();
    assert!(near(&point(&words, &AdcGeometry::of_cfg(&read)), there, 0.3));
    // A geometry of no preset: the ISK with its raised transmitter lowered.
    let own = "antGeometry0 0 -1 -2 -3 -2 -3 -4 -5 -4 -5 -6 -7\nantGeometry1 0 0 0 0 -1 -1 -1 -1 0 0 0 0";
    let lowered = Board { tx: &[[0.0, 0.0], [-2.0, -1.0], [-4.0, 0.0]], ..ISK };
    let e = Echo { start_hz: 60.75e9, tx: &order, ..echo(&lowered) };
    let read = parse(&cfg(&e, "2 1", "-1 0 0 1 1", own), None).unwrap();
    assert!(near(&point(&e.words(false, false, false, 16), &AdcGeometry::of_cfg(&read)), there, 0.3));
    // Measured gains and phases, by the numbers of the board's antennas whatever the order of the chirps, and a range bias.
    let turned = |tx: usize, rx: usize| (0.6 + 0.1 * tx as f64, 0.9 * rx as f64 - 0.5 * tx as f64);
    let values: Vec<String> = (0..12)
        .map(|v| {
            let (gain, phase) = turned(v / 4, v % 4);
            format!("{:.6} {:.6}", phase.cos() / gain, -phase.sin() / gain)
        })
        .collect();
    let line = format!("compRangeBiasAndRxChanPhase 0.25 {}", values.join(" "));
    let e = Echo { range_m: 3.25, ..echo(&ISK) };
    let read = parse(&cfg(&e, "2 1", "-1 0 0 1 1", &line), None).unwrap();
    let mut words = e.words(false, false, false, 16);
    let groups = words.as_chunks_mut::<8>().0;
    let pairs = e.samples / 2;
    for (g, group) in groups.iter_mut().enumerate() {
        let channel = g / pairs % 12;
        let (gain, phase) = turned(e.tx[channel / 4], channel % 4);
        for s in 0..2 {
            let read = |at: usize| f64::from(i16::from_le_bytes([group[at], group[at + 1]]));
            let (i, q) = (read(2 * s), read(4 + 2 * s));
            let (sin, cos) = phase.sin_cos();
            let out = [gain * (i * cos - q * sin), gain * (i * sin + q * cos)];
            group[2 * s..2 * s + 2].copy_from_slice(&(out[0].round() as i16).to_le_bytes());
            group[4 + 2 * s..6 + 2 * s].copy_from_slice(&(out[1].round() as i16).to_le_bytes());
        }
    }
    let p = point(&words, &AdcGeometry::of_cfg(&read));
    assert!(near(&p, there, 0.3), "{:?}", p.position);
    let short = parse(&cfg(&e, "2 1", "-1 0 0 1 1", "compRangeBiasAndRxChanPhase 0 1 0 1 0"), None).unwrap_err();
    assert!(short.to_string().contains("compRangeBiasAndRxChanPhase: 5 values given"), "{short}");
}

#[test]
fn captures_that_are_not_what_they_seem_are_refused_or_counted() {
    let e = Echo { frames: 6, ..echo(&ISK) };
    let parse =
        |more: &str| TiCfg::parse(&cfg(&e, "2 1", "-1 0 0 1 1", more), Path::new("a.cfg"), None, Purpose::Capture);
    let geometry = AdcGeometry::of_cfg(&parse("").unwrap());
    for (line, part) in [
        ("lvdsStreamCfg -1 1 1 0", "HSI headers"),
        ("lvdsStreamCfg -1 0 4 0", "only dataFmt 1"),
        ("lvdsStreamCfg -1 0 1 1", "software stream"),
        ("bpmCfg -1 1 0 1", "binary phase modulation"),
        ("advFrameCfg 4 0 0 1 0", "several kinds"),
        ("chirpComnCfg 20 0 0 128 4 28 0", "MMWAVE-L SDK"),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("a.cfg:10"), "{line}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let report = |bytes: &[u8], cut: CutFrame| {
        let path = dir.path().join("a.bin");
        std::fs::write(&path, bytes).unwrap();
        read_capture(&[path], &geometry, cut).map(|c| (c.report, c.cube.data.dim().0)).map_err(|e| e.to_string())
    };
    let words = e.words(false, false, false, 16);
    let (clean, frames) = report(&words, CutFrame::Refuse).unwrap();
    assert!(clean.is_clean() && frames == 6, "{clean}");
    let frame = words.len() / 6;
    let mut lost = words.clone();
    lost[1456 * 10..1456 * 12].fill(0);
    lost[1456 * 20..1456 * 21].fill(0);
    let found = report(&lost, CutFrame::Refuse).unwrap().0;
    assert_eq!((found.zero_runs, found.zero_words), (2, 3 * 728), "{found}");
    assert!(report(&vec![0; words.len()], CutFrame::Drop).unwrap_err().contains("zeros"));
    let mut repeated = words.clone();
    repeated.copy_within(0..frame, frame);
    repeated.copy_within(1456 * 90..1456 * 91, 1456 * 91);
    let found = report(&repeated, CutFrame::Refuse).unwrap().0;
    assert!(found.repeated_frames == 1 && found.repeated_packets >= 1, "{found}");
    let mut loud = words.clone();
    loud[100..102].copy_from_slice(&i16::MAX.to_le_bytes());
    assert_eq!(report(&loud, CutFrame::Refuse).unwrap().0.clipped_words, 1);
    let cut = &words[..words.len() - 100];
    assert!(report(cut, CutFrame::Refuse).unwrap_err().contains("--drop-cut-frame"));
    let (found, frames) = report(cut, CutFrame::Drop).unwrap();
    assert_eq!((frames, found.cut_bytes), (5, frame - 100));
    // A packet lost without a trace: what follows begins earlier, and the file is filled up behind it.
    let slow = Echo { frames: 6, range_m: 0.4, ..echo(&ISK) };
    let mut slid = slow.words(false, false, false, 16);
    let gap = 2 * frame + 728;
    slid.drain(gap..gap + 1456);
    slid.extend_from_within(..1456);
    assert_eq!(report(&slow.words(false, false, false, 16), CutFrame::Refuse).unwrap().0.slid_from_frame, None);
    let found = report(&slid, CutFrame::Refuse).unwrap().0.slid_from_frame;
    assert!(found.is_some_and(|f| f == 2 || f == 3), "{found:?}");
}

#[test]
fn parts_of_a_capture_are_one_recording() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let list = |lines: &str| {
        std::fs::write(at("recordings.csv"), format!("file,label\n{lines}")).unwrap();
        let rows = listing::read(dir.path()).unwrap();
        group(dir.path(), rows, Some(100)).map(|all| all.iter().map(|c| c.files.len()).collect::<Vec<_>>())
    };
    for (name, bytes) in [
        ("a_Raw_0.bin", 250),
        ("a_Raw_1.bin", 50),
        ("b_0.bin", 200),
        ("b_1.bin", 100),
        ("c_0.bin", 130),
        ("c_1.bin", 70),
    ] {
        std::fs::write(at(name), vec![1_u8; bytes]).unwrap();
    }
    assert_eq!(list("a_Raw_0.bin,squat\n").unwrap(), [2]);
    assert_eq!(list("a_Raw_1.bin,squat\na_Raw_0.bin,squat\n").unwrap(), [2]);
    assert!(list("a_Raw_0.bin,squat\na_Raw_1.bin,jump\n").unwrap_err().to_string().contains("says something else"));
    assert!(list("a_Raw_1.bin,squat\n").unwrap_err().to_string().contains("list that one"));
    // Numbered recordings that are whole stay apart when both are listed; files that are cut belong together.
    assert_eq!(list("b_0.bin,squat\nb_1.bin,squat\n").unwrap(), [1, 1]);
    assert_eq!(list("b_0.bin,squat\n").unwrap(), [2]);
    assert_eq!(list("c_0.bin,squat\nc_1.bin,squat\n").unwrap(), [2]);
    std::fs::write(at("b_1.json"), "{}").unwrap();
    assert_eq!(list("b_0.bin,squat\n").unwrap(), [1]);
}

#[test]
fn thresholds_are_those_of_the_devices() {
    // One octave of log2 is 6.02 dB.
    let db = 20.0 * 2.0_f64.log10();
    let of = |t, channels, first| ti_chain::threshold_db(t, channels, first);
    assert_eq!(of(Threshold::Db(15.0), 12, false), 15.0);
    // xWR14xx, 8 channels: T = 512 dB / 6; 12 channels: the sum of 12 over 16 asks for 4/3 of it.
    assert!((of(Threshold::Scale(768.0), 8, true) - 1.5 * db).abs() < 1e-9);
    assert!((of(Threshold::Scale(768.0), 12, true) - 2.0 * db).abs() < 1e-9);
    assert!((of(Threshold::Scale(256.0 * 8.0 * 15.0 / 6.0), 8, false) - 15.0 / 6.0 * db).abs() < 1e-9);
    let e = echo(&ISK);
    let text = cfg(
        &e,
        "2 1",
        "-1 0 0 1 1",
        "cfarCfg -1 0 2 8 4 3 0 15.0 1\ncfarCfg -1 1 0 4 2 3 1 14.0 0\nmultiObjBeamForming -1 1 0.4\nclutterRemoval -1 1\n\
         aoaFovCfg -1 -30 40 -20 25\ncfarFovCfg -1 0 0.5 6\ncfarFovCfg -1 1 -2 2\nextendedMaxVelocity -1 1\n\
         calibDcRangeSig -1 1 -5 8 256\nsomethingElse 3 4",
    );
    let read = TiCfg::parse(&text, Path::new("a.cfg"), None, Purpose::Capture).unwrap();
    let (chain, said) = ti_chain::chain(&read);
    assert!(said.len() == 1 && said[0].starts_with("line 17: extendedMaxVelocity: the demos refuse it"), "{said:?}");
    assert!(chain.extended_max_velocity && chain.remove_static && chain.group_range && !chain.group_doppler);
    assert_eq!((chain.range_cfar.threshold_db, chain.second_direction), (15.0, Some(0.4)));
    let doppler = chain.doppler_cfar.unwrap();
    assert_eq!((doppler.threshold_db, doppler.noise_cells, doppler.guard_cells, doppler.cyclic), (14.0, 4, 2, true));
    let view = chain.field_of_view;
    assert_eq!((view.azimuth_deg, view.elevation_deg), (Some([-30.0, 40.0]), Some([-20.0, 25.0])));
    assert_eq!((view.range_m, view.velocity_mps), (Some([0.5, 6.0]), Some([-2.0, 2.0])));
    let always = read.warnings(false).join("\n");
    assert!(always.contains("line 19: somethingElse: unknown") && !always.contains("calibDc"), "{always}");
    let points = read.warnings(true).join("\n");
    assert!(!points.contains("extendedMaxVelocity") && points.contains("line 18: calibDcRangeSig"), "{points}");
    // SDK 2.x of a first-generation chip, as RadHAR's profile has it.
    let old = cfg(
        &e,
        "2 1",
        "0 0 0 1",
        "cfarCfg 0 2 8 4 3 0 768\npeakGrouping 1 0 1 1 229\nmultiObjBeamForming 1 0.5\nclutterRemoval 0",
    );
    let read = TiCfg::parse(&old, Path::new("a.cfg"), None, Purpose::Capture).unwrap();
    assert_eq!(read.radar.board.as_deref(), Some("iwr1443"));
    let (chain, _) = ti_chain::chain(&read);
    let usual = DetectConfig::default();
    assert!((chain.range_cfar.threshold_db - usual.range_cfar.threshold_db).abs() < 0.05);
    assert_eq!(DetectConfig { range_cfar: usual.range_cfar.clone(), ..chain }, usual);
}

#[test]
fn points_keep_to_the_field_of_view() {
    let e = echo(&ISK);
    let read = |more: &str| {
        let text = cfg(&e, "2 1", "-1 0 0 1 1", &format!("cfarCfg -1 0 2 8 4 3 0 12.0 1\n{more}"));
        let read = TiCfg::parse(&text, Path::new("a.cfg"), None, Purpose::Capture).unwrap();
        let cube = decode(Path::new("a.bin"), &e.words(false, false, false, 16), &AdcGeometry::of_cfg(&read)).unwrap();
        detect(&cube, &ti_chain::chain(&read).0).unwrap().frames[0].points.clone()
    };
    let all = read("").len();
    // The point stands 20 degrees to the right, 10 degrees up, at 3 m, and recedes slowly.
    type Inside = fn(&Point) -> bool;
    let lines: [(&str, Inside); 4] = [
        ("aoaFovCfg -1 -90 10 -90 90", |p| p.position.x.atan2(p.position.y).to_degrees() <= 10.0),
        ("aoaFovCfg -1 -90 90 15 90", |p| (p.position.z / p.position.norm()).asin().to_degrees() >= 15.0),
        ("cfarFovCfg -1 0 4 9", |p| p.range_m >= 4.0),
        ("cfarFovCfg -1 1 -4 -2", |p| p.velocity_mps <= -2.0),
    ];
    for (line, inside) in lines {
        let kept = read(line);
        assert!(kept.len() < all && kept.iter().all(inside), "{line}: {kept:?}");
    }
    let view = read("aoaFovCfg -1 0 30 0 20\ncfarFovCfg -1 0 2 4");
    assert!(view.iter().any(|p| (p.range_m - 3.0).abs() < 0.2) && view.len() <= all);
}

#[test]
fn equal_profiles_platforms_and_studio_files_are_read() {
    let e = echo(&ISK);
    let text = cfg(&e, "2 1", "-1 0 0 1 1", "");
    let line = text.lines().find(|l| l.starts_with("profileCfg")).unwrap();
    let twice = text
        .replace(line, &format!("{line}\n{}", line.replace("profileCfg 0", "profileCfg 1")))
        .replace("chirpCfg 1 1 0", "chirpCfg 1 1 1");
    let radar = |text: &str| FmcwRadar::parse_ti_cfg(text, Path::new("a.cfg"), None).map_err(|e| e.to_string());
    assert_eq!(radar(&twice).unwrap(), radar(&text).unwrap());
    let other = twice.replace("profileCfg 1 77", "profileCfg 1 78");
    assert!(radar(&other).unwrap_err().contains("one kind of chirp a frame"));
    let said = |comment: &str| radar(&format!("% Platform:{comment}\n{text}")).unwrap().board.unwrap();
    assert_eq!([said("xWR14xx"), said("xWR18xx"), said("unknown")], ["iwr1443", "awr1843", "awr1843"]);

    let chirp = |i: usize| {
        let mask = format!("0x{:X}", 1 << e.tx[i]);
        serde_json::json!({"rlChirpCfg_t": {"chirpStartIdx": i, "chirpEndIdx": i, "profileId": 0, "txEnable": mask}})
    };
    let chirps: Vec<serde_json::Value> = (0..3).map(chirp).collect();
    let json = serde_json::json!({"mmWaveDevices": [{
        "rfConfig": {
            "waveformType": "legacyFrameChirp",
            "rlChanCfg_t": {"rxChannelEn": "0xF", "txChannelEn": "0x7"},
            "rlAdcOutCfg_t": {"fmt": {"b2AdcBits": 2, "b2AdcOutFmt": 1, "b8FullScaleReducFctr": 0}},
            "rlProfiles": [{"rlProfileCfg_t": {
                "profileId": 0, "startFreqConst_GHz": 77.0, "idleTimeConst_usec": 7.0, "adcStartTimeConst_usec": 6.0,
                "rampEndTime_usec": 65.0, "txOutPowerBackoffCode": "0x0", "txPhaseShifter": "0x0",
                "freqSlopeConst_MHz_usec": 60.0, "numAdcSamples": 64, "digOutSampleRate": 4000.0, "rxGain_dB": "0x1E"}}],
            "rlChirps": chirps,
            "rlFrameCfg_t": {"chirpStartIdx": 0, "chirpEndIdx": 2, "numLoops": 16, "numFrames": 8, "framePeriodicity_msec": 50.0}},
        "rawDataCaptureConfig": {"rlDevDataFmtCfg_t": {"iqSwapSel": 1, "chInterleave": 1}}}]});
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mmwave.json");
    std::fs::write(&path, serde_json::to_string_pretty(&json).unwrap()).unwrap();
    let studio = FmcwRadar::read_ti(&path, None, Purpose::Capture).unwrap().unwrap();
    let expected = radar(&text).unwrap();
    assert_eq!(FmcwRadar { name: expected.name.clone(), ..studio.radar.clone() }, expected);
    assert_eq!(studio.layout.order, Some(SampleOrder::QFirst));
    let mut filtered = json.clone();
    let profile = &mut filtered["mmWaveDevices"][0]["rfConfig"]["rlProfiles"][0]["rlProfileCfg_t"];
    (profile["hpfCornerFreq1"], profile["hpfCornerFreq2"]) = ("0x1".into(), 2.into());
    std::fs::write(&path, filtered.to_string()).unwrap();
    let corners =
        FmcwRadar::read_ti(&path, None, Purpose::Capture).unwrap().unwrap().radar.high_pass.unwrap().corners_hz;
    assert_eq!(corners, [235e3, 1.4e6]);
    let p = point(&e.words(false, true, false, 16), &AdcGeometry::of_cfg(&studio));
    assert!((p.range_m - 3.0).abs() < 0.2 && p.position.x > 0.7, "{:?}", p.position);
    std::fs::write(
        &path,
        serde_json::to_string_pretty(&json).unwrap().replace("\"numLoops\": 16", "\"numLoops\": \"x\""),
    )
    .unwrap();
    let error = FmcwRadar::read_ti(&path, None, Purpose::Capture).unwrap().unwrap_err().to_string();
    assert!(error.contains("rlFrameCfg_t.numLoops"), "{error}");
}

#[test]
fn the_documentation_names_every_line() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/radar_files.md")).unwrap();
    for (name, role) in roles() {
        let section = match role {
            Role::Waveform => "honoured, or refused",
            Role::Capture => "honoured when a capture is read",
            Role::Antennas => "honoured, or refused",
            Role::Detection => "sets the detection chain",
            Role::OtherDemo => "passed over, named where points are made",
            Role::Console => "passed over",
        };
        let row = page.lines().find(|l| l.starts_with('|') && l.contains(&format!("`{name}`")));
        let row = row.unwrap_or_else(|| panic!("docs/radar_files.md lacks {name}"));
        assert!(row.contains(section), "{name}: `{section}` expected in {row}");
    }
}
