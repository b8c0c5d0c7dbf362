//! DeepSense 6G: the public layout of a scenario, arrays that were gathered from it, and what is wrong with either.

use kinecho::base::progress::Silent;
use kinecho::base::{Complex32, npy};
use kinecho::chain::{BeamChain, Chain, LidarGrid, RadarFrame};
use kinecho::corpus::{GroupBy, ImportConfig, import_recordings};
use kinecho::recording::{DataSet, Recording};
use kinecho::signal::{BeamSensor, BeamTrack, Signal};
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::WriteNpyExt;
use std::fmt::Write;
use std::path::Path;

fn read(dir: &Path) -> Result<Vec<Recording>, String> {
    DataSet::DeepSense.reader().read(dir).map_err(|e| e.to_string())
}

fn track(recording: &Recording) -> &BeamTrack {
    match &recording.signal {
        Signal::Beams(track) => track,
        other => panic!("{}", other.kind()),
    }
}

fn png(rows: u32, columns: u32, colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns, rows);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&colour.repeat((rows * columns) as usize)).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Two passages of four steps; the vehicle goes 0.0001° to the north of the base station and a step further east each time.
fn public(dir: &Path) {
    for folder in ["unit1/pwr", "unit1/radar", "unit1/lidar", "unit1/rgb", "unit2/loc"] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let mut index = "index,unit1_rgb,unit1_pwr_60ghz,unit1_loc,unit1_lidar,unit1_radar,unit2_loc,,unit1_beam_index,seq_index,time_stamp[UTC]\n"
        .to_owned();
    std::fs::write(dir.join("unit1/loc.txt"), "60.0\n10.0\n").unwrap();
    for i in 0..8 {
        let best = 5 + i;
        let powers: String = (0..64).map(|b| format!("{:e}\n", if b == best { 0.5 } else { 0.01 })).collect();
        std::fs::write(dir.join(format!("unit1/pwr/{i}.txt")), powers).unwrap();
        std::fs::write(dir.join(format!("unit2/loc/{i}.txt")), format!("60.0001\n{}\n", 10.0 + 0.0001 * f64::from(i)))
            .unwrap();
        let frame = Array3::from_shape_fn((2, 3, 2), |(r, s, c)| Complex32::new(r as f32, (10 * s + c) as f32));
        frame.write_npy(std::fs::File::create(dir.join(format!("unit1/radar/{i}.npy"))).unwrap()).unwrap();
        let ply = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n1 1 2\n1.5 1.5 5\n";
        std::fs::write(dir.join(format!("unit1/lidar/{i}.ply")), ply).unwrap();
        std::fs::write(dir.join(format!("unit1/rgb/{i}.png")), png(4, 6, [255, 51, 0])).unwrap();
        writeln!(
            index,
            "{i},./unit1/rgb/{i}.png,./unit1/pwr/{i}.txt,./unit1/loc.txt,./unit1/lidar/{i}.ply,./unit1/radar/{i}.npy,./unit2/loc/{i}.txt,,{},{},['16-45-{:02}-500']",
            best + 1,
            1 + i / 4,
            i
        )
        .unwrap();
    }
    std::fs::write(dir.join("scenario7.csv"), index).unwrap();
}

fn chain() -> BeamChain {
    BeamChain {
        steps: 2,
        ahead: 1,
        gnss_steps: 1,
        radar: Some(RadarFrame { rx: 2, samples: 4, chirps: 2 }),
        lidar: Some(LidarGrid { rows: 2, columns: 2, x_m: [-2.0, 2.0], y_m: [-2.0, 2.0] }),
        image: Some([2, 3]),
        ..BeamChain::default()
    }
}

#[test]
fn the_public_layout_gives_passages_with_all_sensors() {
    let dir = tempfile::tempdir().unwrap();
    public(dir.path());
    let recordings = read(dir.path()).unwrap();
    let names: Vec<_> = recordings.iter().map(|r| (r.name.as_str(), r.session.clone().unwrap())).collect();
    assert_eq!(names, [("scenario7/001", "scenario7/001".into()), ("scenario7/002", "scenario7/002".to_owned())]);
    let second = track(&recordings[1]);
    assert_eq!((second.steps.len(), second.duration_s()), (4, 3.0));
    let step = &second.steps[1];
    assert!(BeamSensor::ALL.iter().all(|sensor| step.has(*sensor)));
    assert_eq!(step.powers.as_ref().unwrap()[10], 0.5);
    // 6371008.8 m · 0.0001° = 11.1195 m to the north; to the east half of it for each 0.0001°, at 60°.
    let [east, north] = step.position_m.unwrap();
    assert!((north - 11.1195).abs() < 1e-3 && (east - 5.0 * 5.55975).abs() < 1e-3, "{east}, {north}");
    assert_eq!(step.radar.as_ref().unwrap()[[1, 2, 1]], Complex32::new(1.0, 21.0));
    assert!(recordings.iter().all(|r| r.dropped.total() == 0 && r.dropped.said.is_empty()));

    let config = ImportConfig { chain: Chain::of_beams(chain()), ..ImportConfig::default() };
    let out = tempfile::tempdir().unwrap();
    let corpus = import_recordings(&recordings, "deepsense", &config, out.path(), &Silent).unwrap();
    // Two steps and one ahead fit twice into four.
    assert_eq!(corpus.rows().len(), 4);
    let sample = corpus.read_views(1).unwrap();
    assert_eq!(sample.targets.beam_powers.iter().position(|p| *p == 0.5), Some(5 + 3));
    let view = |name: &str| sample.views.get(name).unwrap().data.clone();
    assert_eq!(
        view("available").iter().copied().collect::<Vec<f32>>(),
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    );
    let powers = view("powers");
    assert!((powers[[0, 6]] - 10.0 * 0.5_f32.log10()).abs() < 1e-5 && (powers[[1, 6]] + 20.0).abs() < 1e-4);
    let gnss = view("gnss");
    assert!((gnss[[0, 0]] - 5.55975).abs() < 1e-3 && gnss[[1, 0]] == 0.0 && gnss[[1, 1]] == 0.0);
    let radar = view("radar");
    assert_eq!(radar.shape(), [2, 2, 2, 4, 2]);
    assert_eq!((radar[[0, 0, 1, 0, 0]], radar[[0, 1, 0, 2, 1]], radar[[0, 1, 0, 3, 1]]), (1.0, 21.0, 0.0));
    let lidar = view("lidar");
    assert!(
        (lidar[[0, 0, 1, 1]] - 3.0_f32.ln()).abs() < 1e-6 && lidar[[0, 1, 1, 1]] == 5.0 && lidar[[0, 0, 0, 0]] == 0.0
    );
    let image = view("image");
    assert_eq!((image.shape(), image[[1, 0, 1, 2]], image[[1, 1, 1, 2]]), (&[2, 3, 2, 3][..], 1.0, 0.2));
    // Whole passages on either side.
    let splits: std::collections::BTreeSet<_> =
        corpus.rows().iter().map(|row| (row.session.clone(), row.split.clone())).collect();
    assert_eq!(splits.len(), 2);
    assert_eq!(config.resolved(kinecho::corpus::Holding::Beams).unwrap().split.unwrap().by, Some(GroupBy::Session));
}

#[test]
fn what_is_missing_is_counted_and_named_by_sensor() {
    let dir = tempfile::tempdir().unwrap();
    public(dir.path());
    std::fs::remove_dir_all(dir.path().join("unit1/radar")).unwrap();
    std::fs::remove_file(dir.path().join("unit1/rgb/3.png")).unwrap();
    let nan = format!("nan\n{}", "0.1\n".repeat(63));
    std::fs::write(dir.path().join("unit1/pwr/6.txt"), nan).unwrap();
    let recordings = read(dir.path()).unwrap();
    let said = &recordings[0].dropped.said;
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("8 of 8 files of radar are missing: ./unit1/radar/0.npy,") && said[0].ends_with("and 3 more")
    );
    assert!(said[1].contains("1 of 8 files of image are missing: ./unit1/rgb/3.png"), "{said:?}");
    assert_eq!(recordings[1].dropped.reasons(), "1 powers that are no numbers");
    assert!(track(&recordings[1]).steps[2].powers.is_none());
    let config = ImportConfig { chain: Chain::of_beams(chain()), ..ImportConfig::default() };
    let out = tempfile::tempdir().unwrap();
    let corpus = import_recordings(&recordings, "deepsense", &config, out.path(), &Silent).unwrap();
    // The sequence whose answer is not known is left out; the other one of that passage sees no powers at its second step.
    assert_eq!(corpus.rows().len(), 3);
    let sample = corpus.read_views(2).unwrap();
    assert!(sample.views.get("radar").is_none());
    let available = &sample.views.get("available").unwrap().data;
    assert_eq!([available[[0, 0]], available[[1, 0]], available[[0, 2]], available[[0, 3]]], [1.0, 0.0, 0.0, 1.0]);
}

/// Arrays of six steps whose best beams are `best`, in `dir`.
fn gathered(dir: &Path, best: [usize; 6]) {
    let powers = Array2::from_shape_fn((6, 64), |(i, b)| if b == best[i] { 0.5 } else { 0.01 });
    let place = Array2::from_shape_fn((6, 2), |(_, k)| if k == 0 { 33.0 } else { -111.0 });
    let save = |what: &str, array: &Array2<f64>| {
        let file = std::fs::File::create(dir.join(format!("scenario9_{what}_1-6.npy"))).unwrap();
        array.write_npy(file).unwrap();
    };
    save("unit1_pwr_60ghz", &powers);
    save("unit1_loc", &place);
    save("unit2_loc", &place);
    let passages = Array1::from(vec![1_i64, 1, 1, 2, 2, 2]);
    passages.write_npy(std::fs::File::create(dir.join("scenario9_seq_index_1-6.npy")).unwrap()).unwrap();
}

fn index(dir: &Path, beams: [usize; 6]) {
    let rows: String = beams.iter().enumerate().map(|(i, b)| format!("{i},./none.txt,,{b},{}\n", 1 + i / 3)).collect();
    std::fs::write(
        dir.join("scenario9_index.csv"),
        format!("index,unit1_pwr_60ghz,,unit1_beam_index,seq_index\n{rows}"),
    )
    .unwrap();
}

#[test]
fn gathered_arrays_are_brought_into_the_order_of_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let best = [10, 11, 12, 20, 30, 63];
    gathered(dir.path(), best);
    let beams = |dir: &Path| -> Vec<usize> {
        let of = |r: &Recording| track(r).steps.clone();
        let steps = read(dir).unwrap().iter().flat_map(of).collect::<Vec<_>>();
        steps.iter().map(|s| s.powers.as_ref().unwrap().iter().position(|p| *p == 0.5).unwrap()).collect()
    };
    assert_eq!(beams(dir.path()), best);
    // The index counts from 1.
    index(dir.path(), best.map(|b| b + 1));
    assert_eq!(beams(dir.path()), best);
    // It names the beams from the other end.
    index(dir.path(), best.map(|b| 64 - b));
    assert_eq!(beams(dir.path()), best.map(|b| 63 - b));
    assert!(read(dir.path()).unwrap()[0].dropped.said[0].contains("powers stood in the other order of beams"));
    let mut mixed = best.map(|b| b + 1);
    mixed[4] = 64 - best[4];
    index(dir.path(), mixed);
    let refused = read(dir.path()).unwrap_err();
    assert!(
        refused.contains("scenario9_index.csv, line 6: says beam 34, but beam 31 has the greatest power"),
        "{refused}"
    );
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = |change: &dyn Fn(&Path)| {
        public(dir.path());
        change(dir.path());
        read(dir.path()).unwrap_err()
    };
    let text = |dir: &Path| std::fs::read_to_string(dir.join("scenario7.csv")).unwrap();
    let beam = wrong(&|dir| std::fs::write(dir.join("scenario7.csv"), text(dir).replace(",,7,1,", ",,65,1,")).unwrap());
    assert!(beam.contains("scenario7.csv, line 3: beam 65 is out of the codebook; expected 1 to 64"), "{beam}");
    let split = wrong(&|dir| std::fs::write(dir.join("scenario7.csv"), text(dir).replace(",13,2,", ",13,1,")).unwrap());
    assert!(split.contains("passage 1 begins twice"), "{split}");
    let image = wrong(&|dir| std::fs::write(dir.join("unit1/rgb/2.png"), png(5, 6, [0, 0, 0])).unwrap());
    assert!(image.contains("2.png: has 5 × 6 pixels, the first image of the scenario 4 × 6"), "{image}");
    let few = wrong(&|dir| std::fs::write(dir.join("unit1/pwr/0.txt"), "0.1\n").unwrap());
    assert!(few.contains("0.txt: has 1 powers; expected 64"), "{few}");
    let column =
        wrong(&|dir| std::fs::write(dir.join("scenario7.csv"), text(dir).replace("seq_index", "sequence")).unwrap());
    assert!(column.contains("line 1: has no column seq_index; there are index,"), "{column}");
    let empty = tempfile::tempdir().unwrap();
    assert!(read(empty.path()).unwrap_err().contains("expected scenarioN.csv"));
    // Arrays of other lengths.
    let short = tempfile::tempdir().unwrap();
    gathered(short.path(), [1; 6]);
    let passages = Array1::from(vec![1_i64; 5]);
    passages.write_npy(std::fs::File::create(short.path().join("scenario9_seq_index_1-6.npy")).unwrap()).unwrap();
    let lengths = read(short.path()).unwrap_err();
    assert!(
        lengths.contains("seq_index_1-6.npy") && lengths.contains("5 steps of 1 values; expected 6 of 1"),
        "{lengths}"
    );
    // Settings that say nothing to passages.
    let config = ImportConfig { chain: Chain::of_beams(chain()), length_s: Some(2.0), ..ImportConfig::default() };
    let said = config.resolved(kinecho::corpus::Holding::Beams).unwrap_err().to_string();
    assert!(said.contains("length_s") && said.contains("chain.beams.steps"), "{said}");
    assert!(npy::numbers(b"none").is_err());
}

/// The recordings themselves, where they are at hand (`KINECHO_DATA`).
#[test]
fn scenario_9_is_what_its_readme_says() {
    let Some(dir) = crate::needs::data("deepsense_beam") else { return };
    let recordings = read(&dir).unwrap();
    let of = |scenario: &str| recordings.iter().filter(|r| r.subject.as_deref() == Some(scenario)).collect::<Vec<_>>();
    let ninth = of("scenario9");
    assert_eq!((ninth.len(), ninth.iter().map(|r| track(r).steps.len()).sum::<usize>()), (136, 5964));
    assert!(ninth[0].dropped.said.iter().any(|line| line.contains("other order of beams")));
    let best = |r: &Recording, i: usize| {
        let powers = track(r).steps[i].powers.clone().unwrap();
        (0..64).max_by(|a, b| powers[*a].total_cmp(&powers[*b])).unwrap()
    };
    // Lines 2 and 10 of the index: beams 2 and 10, counted from 1.
    assert_eq!(best(ninth[0], 0), 1);
    assert_eq!(of("scenario1").iter().map(|r| track(r).steps.len()).sum::<usize>(), 2422);
}
