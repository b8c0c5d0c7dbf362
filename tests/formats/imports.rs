//! Recordings whose files do not say what is done in them: lists, captures, cubes, triples.

use kinecho::base::cube::{CubeInfo, IfCube};
use kinecho::base::progress::Silent;
use kinecho::base::{Complex32, Vec3};
use kinecho::chain::{Chain, Keep, PointChain};
use kinecho::corpus::{Holding, ImportConfig, TripleConfig, import_cubes, import_triples};
use kinecho::dsp::heatmap::{HeatmapConfig, MmclipLoader};
use kinecho::recording::any;
use kinecho::recording::mmclip::{Scale, read_folder};
use kinecho::recording::{capture_yaml, dca1000, listing, npy_cube};
use kinecho::signal::Signal;
use ndarray::{Array2, Array5};
use ndarray_npy::write_npy;
use std::f64::consts::TAU;
use std::fs;

/// Forty frames, 0.1 s apart, of one reflector that recedes: two transmitters, two receivers.
fn cube() -> IfCube {
    let info = CubeInfo {
        start_frequency_hz: 77.0e9,
        chirp_slope_hz_per_s: 60.0e12,
        sample_rate_hz: 1.0e6,
        adc_start_s: 6.0e-6,
        chirp_period_s: 100.0e-6,
        loop_period_s: 200.0e-6,
        frame_period_s: 0.1,
        time_multiplexed: true,
        tx_m: vec![Vec3::zeros(), Vec3::new(0.0039, 0.0, 0.0)],
        rx_m: vec![Vec3::zeros(), Vec3::new(0.00195, 0.0, 0.0)],
        channel_factors: Vec::new(),
    };
    let data = Array5::from_shape_fn((40, 16, 2, 2, 32), |(_, c, _, _, s)| {
        let phase = TAU * (0.2 * c as f64 + 0.25 * s as f64);
        Complex32::new(phase.cos() as f32, phase.sin() as f32)
    });
    IfCube { data, info, unit: "1".into() }
}

fn small_maps() -> ImportConfig {
    let heatmaps = HeatmapConfig { window: Some(16), hop: Some(16), rows: 8, columns: 12, ..HeatmapConfig::default() };
    let chain = Chain { heatmaps: Some(heatmaps), ..Chain::default() };
    ImportConfig { chain, length_s: Some(2.0), ..ImportConfig::default() }
}

#[test]
fn cubes_become_windows_with_their_labels() {
    let dir = tempfile::tempdir().unwrap();
    npy_cube::write(&dir.path().join("one.npy"), &cube()).unwrap();
    fs::write(dir.path().join("recordings.csv"), "file,label,subject\none.npy,Jumping Jack,7\n").unwrap();
    let listed = listing::read(dir.path()).unwrap();
    let read = |row: &listing::Listed| Ok(npy_cube::read(&dir.path().join(&row.file))?.into());
    let config = ImportConfig { keep: Some(vec![Keep::Cube]), ..small_maps() };
    let corpus = import_cubes(&listed, read, "cube", &config, &dir.path().join("corpus"), &Silent).unwrap();
    // 4 s, windows of 2 s every second.
    let rows = corpus.rows();
    assert_eq!(rows.iter().map(|r| r.start_s).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
    assert!(rows.iter().all(|r| (r.label.as_str(), r.subject.as_str()) == ("jumping_jack", "7")));
    let sample = corpus.read(1).unwrap();
    assert_eq!(sample.views.stacked(&sample.views.names()).unwrap().dim(), (3, 8, 12));
    assert_eq!(sample.extra("cube").unwrap().data.shape(), [20, 16, 2, 2, 32]);
    let input = corpus.view_input().unwrap().unwrap();
    assert!(input.chain.entries() == ["heatmaps"] && (input.duration_s - 2.0).abs() < 1e-9);
    // The chain that the corpus names makes the same maps of the recording.
    let windows = input.windows(&Signal::Cube(cube()), 1.0).unwrap();
    assert_eq!(windows[1].1, sample.views);
    assert_eq!(input.disagreement(&windows[1].1), None);
    let mut other = windows[1].1.clone();
    let mut doppler = other.get("time_doppler").unwrap().clone();
    doppler.axes[0].step *= 1.1;
    other.insert("time_doppler", doppler);
    let problem = input.disagreement(&other).unwrap();
    assert!(problem.contains("time_doppler") && problem.contains("trained on"), "{problem}");
}

#[test]
fn cubes_become_points_where_these_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let listed = [listing::Listed {
        file: "a.npy".into(),
        label: "walk".into(),
        subject: String::new(),
        session: "2".into(),
        split: String::new(),
    }];
    let config = ImportConfig { chain: Chain::of_points(PointChain::default()), ..ImportConfig::default() };
    let corpus =
        import_cubes(&listed, |_| Ok(cube().into()), "cube", &config, &dir.path().join("corpus"), &Silent).unwrap();
    assert_eq!(corpus.rows().len(), 2);
    assert!(corpus.read(0).unwrap().extra("points").is_some());
    assert_eq!(corpus.view_input().unwrap().unwrap().chain.entries(), ["points"]);
    let mut both = small_maps();
    both.chain.points = Some(PointChain::default());
    let message = both.resolved(Holding::Cubes).unwrap_err().to_string();
    assert!(message.contains("`time_doppler`") && message.contains("is made twice"), "{message}");
    let long = ImportConfig { length_s: Some(9.0), ..small_maps() };
    let error =
        import_cubes(&listed, |_| Ok(cube().into()), "cube", &long, &dir.path().join("c"), &Silent).err().unwrap();
    assert!(error.to_string().contains("9 s"), "{error}");
}

#[test]
fn lists_name_line_and_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.bin"), [0]).unwrap();
    let list = |text: &str| {
        fs::write(listing::path(dir.path()), text).unwrap();
        listing::read(dir.path()).map(|rows| rows.len()).map_err(|e| e.to_string())
    };
    assert_eq!(list("file,label\na.bin, walk\n"), Ok(1));
    for (text, expected) in [
        ("file,label\nb.bin,walk\n", "line 2: `b.bin` is no file of"),
        ("file,label\n../a.bin,walk\n", "is no file of"),
        ("file,label\na.bin,\n", "`a.bin` has no label"),
        ("file,label\na.bin,x\na.bin,y\n", "line 3: `a.bin` is listed twice"),
        ("file,name\na.bin,x\n", "expected file,label"),
        ("file,label\n", "names none"),
    ] {
        let message = list(text).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_capture_description_gives_the_steps_that_it_states() {
    let Some(dir) = super::needs::data("adc_parser_sample") else { return };
    let path = dir.join("iwr6843isk_1frame.yaml");
    let geometry = capture_yaml::read(&path, 0.2).unwrap();
    let cube = dca1000::read(&dir.join("iwr6843isk_1frame.bin"), &geometry).unwrap();
    assert_eq!(cube.data.dim(), (1, 85, 3, 4, 512));
    assert!((cube.info.range_bin_m(512) - 0.039_275_899).abs() < 1e-8);
    assert!((cube.info.doppler_bin_mps(85, 512) - 0.022_884_369).abs() < 1e-6);
    // The middle transmitter is raised by half a wavelength.
    assert!(cube.info.tx_m[1].z > 0.0024 && cube.info.tx_m[2].z == 0.0, "{:?}", cube.info.tx_m);
    let message = capture_yaml::read(&path, 0.001).unwrap_err().to_string();
    assert!(message.contains("the time between frames is 0.001 s"), "{message}");
    let text = fs::read_to_string(&path).unwrap();
    let broken = tempfile::tempdir().unwrap();
    let file = broken.path().join("x.yaml");
    for (from, to, expected) in [
        ("numLane: 2", "numLane: 3", "numLane is 3, expected 2 or 4"),
        ("numRxForMIMO: 4", "numRxForMIMO: 3", "DOAObj.D has 12 antennas, 3 transmitters and 3 receivers make 9"),
        ("numChirpsPerFrame: 255", "numChirpsPerFrame: 256", "256 chirps"),
        ("rangeResolution: 0.0", "rangeResolution: -0.0", "rangeResolution is -0.0"),
        ("readObj:", "readObjs:", "expected readObj"),
    ] {
        fs::write(&file, text.replace(from, to)).unwrap();
        let message = capture_yaml::read(&file, 0.2).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn triples_become_samples_of_the_published_classes() {
    let dir = tempfile::tempdir().unwrap();
    let maps = dir.path().join("maps");
    fs::create_dir(&maps).unwrap();
    let write = |name: &str, ending: &str, value: f32, columns: usize| {
        write_npy(maps.join(format!("{name}_{ending}.npy")), &Array2::from_elem((4, columns), value)).unwrap();
    };
    for (ending, value) in [("td", 0.5), ("tr", -0.5), ("ta", 1.0)] {
        write("000003019_000000001", ending, value, 6);
    }
    let triples = read_folder(dir.path(), Scale::Refuse).unwrap();
    let corpus = import_triples(triples, &TripleConfig::Whole { duration_s: 3.0 }, &dir.path().join("corpus")).unwrap();
    let row = &corpus.rows()[0];
    assert_eq!((row.label.as_str(), row.subject.as_str(), row.duration_s), ("squat", "000003", 3.0));
    let sample = corpus.read(0).unwrap();
    assert_eq!(sample.views.names(), ["time_doppler", "time_range", "time_angle"]);
    let maps = sample.views.stacked(&sample.views.names()).unwrap();
    assert_eq!((maps[[1, 0, 0]], maps[[2, 3, 5]]), (-0.5, 1.0));

    write("000003019_000000001", "td", 40.0, 6);
    let message = read_folder(dir.path(), Scale::Refuse).unwrap_err().to_string();
    assert!(message.contains("values from 40 to 40, expected -1 to 1"), "{message}");
    let stretched = read_folder(dir.path(), Scale::Stretch).unwrap();
    assert_eq!(stretched[0].maps[0].1[[0, 0]], -1.0, "a flat map has nothing in it");
    write("000003019_000000001", "td", 0.25, 7);
    let message = read_folder(dir.path(), Scale::Refuse).unwrap_err().to_string();
    assert!(message.contains("6 columns, the time-Doppler map has 7"), "{message}");
    write("000003019_000000001", "td", 0.25, 6);
    write("000003777_000000002", "td", 0.25, 6);
    let message = read_folder(dir.path(), Scale::Refuse).unwrap_err().to_string();
    assert!(message.contains("of 000003777_000000002 there is only td"), "{message}");
    write("000003777_000000002", "tr", 0.25, 6);
    write("000003777_000000002", "ta", 0.25, 6);
    let triples = read_folder(dir.path(), Scale::Refuse).unwrap();
    let message = import_triples(triples, &TripleConfig::Whole { duration_s: 3.0 }, &dir.path().join("other"))
        .err()
        .unwrap()
        .to_string();
    assert!(message.contains("class 777 is no class"), "{message}");
}

/// What NumPy makes of `((7 r + 13 c + 5 seed) % 23)` over 12 columns and 8, 5 and 3 rows (seeds 0, 1, 2), with mmCLIP's loader's steps:
///
/// ```python
/// def at(n, to):   # cv2.resize's INTER_LINEAR: between the middles of cells
///     x = np.clip((np.arange(to) + .5) * n / to - .5, 0, n - 1); i = x.astype(int); return i, np.minimum(i + 1, n - 1), x - i
/// def resize(m, rows, cols):
///     (t, b, y), (l, r, x) = at(m.shape[0], rows), at(m.shape[1], cols)
///     return (m[t][:, l]*(1-x) + m[t][:, r]*x)*(1-y)[:, None] + (m[b][:, l]*(1-x) + m[b][:, r]*x)*y[:, None]
/// m = resize(part[:, first:first+8], 4, 5); 2*(m - m.min())/(m.max() - m.min()) - 1     # of td the rows 4-3 to 4+3
/// ```
/// First and last row of each map, for the crops at columns 0 and 4.
const LOADED: [[[f32; 5]; 6]; 2] = [
    [
        [-0.07718, 0.0906, -0.43624, -0.80872, -0.33221],
        [0.36913, 1.0, -0.45302, 0.17785, 0.34564],
        [-0.24507, -0.15625, 0.61349, -1.0, -0.38158],
        [-0.49836, 0.04441, -0.09375, -0.23191, 0.04605],
        [-0.5, 0.0875, -0.1875, -0.4625, 0.125],
        [-0.7625, -0.75, 0.125, 1.0, -1.0],
    ],
    [
        [0.03882, -0.03142, -0.01664, -0.00185, 0.52311],
        [-0.48983, -0.30499, -0.03512, 1.0, -0.77079],
        [-0.88555, 0.19027, -0.64235, -0.88269, 0.06152],
        [0.05579, 1.0, 0.43062, -0.53362, -0.37911],
        [0.29851, 1.0, 0.67164, 0.0, 0.01493],
        [-0.01493, 0.0, -0.67164, -1.0, -0.29851],
    ],
];

#[test]
fn triples_of_different_heights_are_cropped_and_scaled_as_the_loader_does() {
    let dir = tempfile::tempdir().unwrap();
    let made = |rows: usize, seed: usize| {
        Array2::from_shape_fn((rows, 12), |(r, c)| ((7 * r + 13 * c + 5 * seed) % 23) as f64)
    };
    for (ending, rows, seed) in [("td", 8, 0), ("tr", 5, 1), ("ta", 3, 2)] {
        write_npy(dir.path().join(format!("000003019_1_{ending}.npy")), &made(rows, seed)).unwrap();
    }
    let loader = MmclipLoader { doppler_bins: 6, crop: Some(8) };
    let crops = |loader| TripleConfig::Crops { loader, gap: 4, size: [4, 5], column_s: 0.0125 };
    let triples = || read_folder(dir.path(), Scale::Keep).unwrap();
    let corpus = import_triples(triples(), &crops(loader), &dir.path().join("corpus")).unwrap();
    let times: Vec<(f64, f64)> = corpus.rows().iter().map(|r| (r.start_s, r.duration_s)).collect();
    assert_eq!(times, [(0.0, 0.1), (0.05, 0.1)]);
    for (id, want) in LOADED.iter().enumerate() {
        let sample = corpus.read(id as u64).unwrap();
        for (map, name) in ["time_doppler", "time_range", "time_angle"].into_iter().enumerate() {
            let view = sample.views.get(name).unwrap();
            assert_eq!((view.quantity.as_str(), view.data.shape()), ("min_max_log_magnitude", &[4, 5][..]));
            let values = view.as_map().unwrap();
            for (row, want) in [(0, &want[2 * map]), (3, &want[2 * map + 1])] {
                let off = values.row(row).iter().zip(want).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
                assert!(off < 2e-5, "crop {id}, {name}, row {row}: {:?} for {want:?}", values.row(row));
            }
            // Eight columns of 12.5 ms in five cells; the middle of the first is at 10 ms, seen from the middle of the first column 3.75.
            let time = &view.axes[1];
            assert!((time.step - 0.02).abs() < 1e-12 && (time.first - 0.00375).abs() < 1e-12, "{time:?}");
        }
    }
    // Where nothing was recorded there is no heatmap.
    write_npy(dir.path().join("000003019_1_tr.npy"), &Array2::from_elem((5, 12), 0.0_f32)).unwrap();
    let message = read_folder(dir.path(), Scale::Keep).err().unwrap().to_string();
    assert!(message.contains("000003019_1_tr.npy") && message.contains("nothing was recorded"), "{message}");
    // As they are they keep their heights.
    for (ending, rows) in [("td", 8), ("tr", 5), ("ta", 3)] {
        let flat = Array2::from_elem((rows, 12), 0.5_f32);
        write_npy(dir.path().join(format!("000003019_1_{ending}.npy")), &flat).unwrap();
    }
    let whole = import_triples(triples(), &TripleConfig::Whole { duration_s: 3.0 }, &dir.path().join("whole")).unwrap();
    let shapes: Vec<Vec<usize>> = whole.read(0).unwrap().views.iter().map(|(_, v)| v.data.shape().to_vec()).collect();
    assert_eq!(shapes, [[8, 12], [5, 12], [3, 12]]);
    let longer = Array2::from_elem((8, 13), 0.5_f32);
    for ending in ["td", "tr", "ta"] {
        write_npy(dir.path().join(format!("000003019_2_{ending}.npy")), &longer).unwrap();
    }
    let whole = TripleConfig::Whole { duration_s: 3.0 };
    let message = import_triples(triples(), &whole, &dir.path().join("refused")).err().unwrap().to_string();
    assert!(message.contains("000003019_2: time_doppler has shape (8, 13), that of 000003019_1 (8, 12)"), "{message}");
    for ending in ["td", "tr", "ta"] {
        fs::remove_file(dir.path().join(format!("000003019_2_{ending}.npy"))).unwrap();
    }
    let refused = |loader| {
        let made = import_triples(triples(), &crops(loader), &dir.path().join("refused"));
        made.err().unwrap().to_string()
    };
    let message = refused(MmclipLoader { doppler_bins: 6, crop: Some(13) });
    assert!(message.contains("000003019_1: crop = 13 columns; the recording has only 12"), "{message}");
    let message = refused(MmclipLoader { doppler_bins: 9, crop: Some(8) });
    assert!(message.contains("doppler_bins = 9; a window has only 8 Doppler bins"), "{message}");
}

#[test]
fn any_recording_is_told_by_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let npy = dir.path().join("one.npy");
    npy_cube::write(&npy, &cube()).unwrap();
    assert!(matches!(any::read(&npy).unwrap().0, Signal::Cube(_)));
    let bin = dir.path().join("one.bin");
    dca1000::write(&bin, &cube(), dca1000::CaptureFormat { lanes: dca1000::Lanes::Two, q_first: false }, 1.0 / 16384.0)
        .unwrap();
    assert!(matches!(any::read(&bin).unwrap().0, Signal::Cube(c) if c.data.dim() == (40, 16, 2, 2, 32)));
    let odd = dir.path().join("one.wav");
    fs::write(&odd, "x").unwrap();
    assert!(any::read(&odd).unwrap_err().to_string().contains("expected .npz"));
    let Some(radhar) = super::needs::data("radhar") else { return };
    let text = any::read(&radhar.join("original_text/jack__20_jacks_1.txt.gz")).unwrap();
    assert!(matches!(text.0, Signal::Points(points) if points.doppler_bins == 16 && points.frames.len() > 500));
    let Some(mars) = super::needs::data("mars") else { return };
    assert!(matches!(any::read(&mars.join("movements/s1_m06.npz")).unwrap().0, Signal::Points(..)));
    // Ten movements one after another, as the paired files have them, are no recording.
    let message = any::read(&mars.join("paired/s1_test.npz")).unwrap_err().to_string();
    assert!(message.contains("frames are missing between number"), "{message}");
}
