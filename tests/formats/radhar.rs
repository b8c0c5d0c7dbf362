use kinecho::recording::radhar::{FRAME_PERIOD_S, RANGE_BIN_M, read_file, read_folder};
use ndarray::{Array1, arr1};
use ndarray_npy::NpzWriter;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

/// Two frames: three points (the last corrupt in range), then two (the first corrupt in velocity).
struct Small {
    time: Array1<i64>,
    counts: Array1<u16>,
    range: Array1<i16>,
    velocity: Array1<i16>,
    intensity: Array1<f32>,
}

impl Default for Small {
    fn default() -> Self {
        Self {
            time: arr1(&[1_000_000_000, 1_033_000_000]),
            counts: arr1(&[3, 2]),
            range: arr1(&[50, 51, 300, 50, 52]),
            velocity: arr1(&[0, -2, 0, 9, 7]),
            intensity: arr1(&[20.0; 5]),
        }
    }
}

impl Small {
    fn write(&self, path: &Path) {
        let mut npz = NpzWriter::new_compressed(File::create(path).unwrap());
        npz.add_array("frame_time_ns", &self.time).unwrap();
        npz.add_array("n_points", &self.counts).unwrap();
        npz.add_array("range_bin", &self.range).unwrap();
        npz.add_array("velocity_bin", &self.velocity).unwrap();
        for (name, value) in [("x_q9", 1024i16), ("y_q9", -256), ("z_q9", 128)] {
            npz.add_array(name, &Array1::from_elem(self.range.len(), value)).unwrap();
        }
        npz.add_array("intensity_db", &self.intensity).unwrap();
        npz.finish().unwrap();
    }

    fn error(&self) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s1_walk_x.npz");
        self.write(&path);
        read_file(&path).unwrap_err().to_string()
    }
}

#[test]
fn axes_are_turned_and_corrupt_points_counted() {
    let dir = tempfile::tempdir().unwrap();
    Small::default().write(&dir.path().join("s2_jack_tr_20_jacks_9.npz"));
    let recordings = read_folder(dir.path()).unwrap();
    let r = &recordings[0];
    assert_eq!(
        (r.name.as_str(), r.activity.as_str(), r.session.as_deref()),
        ("s2_jack_tr_20_jacks_9", "jumping_jack", Some("2"))
    );
    assert_eq!((r.dropped.beyond_range, r.dropped.beyond_velocity, r.dropped.contradictory), (1, 1, 0));
    let p = r.points().unwrap().frames[0].points[1];
    // x away, y right in the file; x right, y away here.
    assert_eq!([p.position.x, p.position.y, p.position.z], [-0.5, 2.0, 0.25]);
    assert!((p.range_m - 51.0 * RANGE_BIN_M).abs() < 1e-12);
    assert!((p.velocity_mps + 1.229337).abs() < 1e-5);
    assert_eq!(r.points().unwrap().frames.iter().map(|f| f.points.len()).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn paired_stamps_are_put_on_the_clock_and_gaps_kept() {
    let dir = tempfile::tempdir().unwrap();
    // Pairs 1.6 ms apart every 66 ms, then a pause of four frames.
    let ms: [i64; 6] = [0, 2, 66, 68, 199, 201];
    let small = Small {
        time: ms.iter().map(|t| 1_561_000_000_000_000_000 + t * 1_000_000).collect(),
        counts: arr1(&[1, 1, 1, 1, 1, 0]),
        ..Default::default()
    };
    let path = dir.path().join("walk.npz");
    small.write(&path);
    let slots: Vec<i64> = read_file(&path)
        .unwrap()
        .points()
        .unwrap()
        .frames
        .iter()
        .map(|f| (f.time_s / FRAME_PERIOD_S).round() as i64)
        .collect();
    assert_eq!(slots, [0, 1, 2, 3, 6, 7]);
}

#[test]
fn damage_is_named_with_file_and_array() {
    let message = Small { counts: arr1(&[3, 3]), ..Default::default() }.error();
    assert!(
        message.contains("s1_walk_x.npz") && message.contains("`range_bin`: 5 points, but n_points adds up to 6"),
        "{message}"
    );
    let message = Small { counts: arr1(&[5]), ..Default::default() }.error();
    assert!(message.contains("`n_points`: 1 frames, but frame_time_ns has 2"), "{message}");
    let message = Small { time: arr1(&[5, 4]), ..Default::default() }.error();
    assert!(message.contains("`frame_time_ns`: frame 1 is earlier"), "{message}");
    let message = Small { time: arr1(&[i64::MIN, i64::MAX]), ..Default::default() }.error();
    assert!(message.contains("frame 1 is more than"), "{message}");
    let message = Small { intensity: arr1(&[f32::NAN; 5]), ..Default::default() }.error();
    assert!(message.contains("`intensity_db`: not a number in frame 0"), "{message}");
    let still = Small {
        time: Array1::from_elem(40, 1_000_000_000),
        counts: Array1::from_elem(40, 1),
        range: Array1::from_elem(40, 50),
        velocity: Array1::from_elem(40, 0),
        intensity: Array1::from_elem(40, 20.0),
    };
    let message = still.error();
    assert!(message.contains("40 frames within 0.00 s") && message.contains("the clock stands still"), "{message}");
}

#[test]
fn truncated_and_foreign_files_are_errors_at_every_length() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("s1_walk_whole.npz");
    Small::default().write(&whole);
    let bytes = fs::read(&whole).unwrap();
    let cut = dir.path().join("s1_walk_cut.npz");
    for n in (0..bytes.len()).step_by(37) {
        fs::write(&cut, &bytes[..n]).unwrap();
        let message = read_file(&cut).unwrap_err().to_string();
        assert!(message.contains("s1_walk_cut.npz"), "{message}");
    }
    // A header that claims more than the file holds must not be allocated.
    let mut npz = zip::ZipWriter::new(File::create(&cut).unwrap());
    npz.start_file("frame_time_ns.npy", zip::write::SimpleFileOptions::default()).unwrap();
    let header = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({},), }}\n", u64::MAX / 16);
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    std::io::Write::write_all(&mut npz, &npy).unwrap();
    npz.finish().unwrap();
    let message = read_file(&cut).unwrap_err().to_string();
    assert!(message.contains("`frame_time_ns`") && message.contains("claims"), "{message}");
}

#[test]
fn folders_without_recordings_and_wrong_lists_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read_folder(dir.path()).unwrap_err().to_string().contains("no recordings"));
    let missing = dir.path().join("none");
    assert!(read_folder(&missing).unwrap_err().to_string().contains("none"));
    Small::default().write(&dir.path().join("s0_walk_1.npz"));
    let list = |row: &str| {
        fs::write(
            dir.path().join("metadata.csv"),
            format!("file,activity,session,official_split,frames,points\n{row}\n"),
        )
        .unwrap();
        read_folder(dir.path())
    };
    assert_eq!(list("s0_walk_1.npz,walk,3,train,2,5").unwrap()[0].session.as_deref(), Some("3"));
    assert!(list("s0_walk_2.npz,walk,3,train,2,5").unwrap_err().to_string().contains("lists s0_walk_2.npz"));
    assert!(list("s0_walk_1.npz,walk,3,train,2,7").unwrap_err().to_string().contains("2 frames and 5 points"));
    assert!(list("s0_walk_1.npz,dance,3,train,2,5").unwrap_err().to_string().contains("`dance`"));
    assert!(list("s0_walk_1.npz,walk,three,train,2,5").unwrap_err().to_string().contains("line 2"));
}

#[test]
fn text_errors_have_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let record = "header:\n  seq: 1\n  stamp:\n    secs: 10\n    nsecs: 5\n  frame_id: \"ti_mmwave\"\npoint_id: 0\nx: 1.0\ny: 0.5\nz: 0.0\n\
                  range: 1.1329\nvelocity: 0.6146\ndoppler_bin: 9\nbearing: 26.5\nintensity: 20.0\n---\n";
    let path = dir.path().join("boxing_1.txt");
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        read_file(&path)
    };
    let good = read(record).unwrap();
    assert_eq!((good.activity.as_str(), good.session.as_deref()), ("punch", None));
    assert!((good.points().unwrap().frames[0].points[0].velocity_mps - 0.6146686).abs() < 1e-9);
    for (from, to, expected) in [
        ("x: 1.0", "x: one", "line 8: x is `one`"),
        ("y: 0.5", "y: nan", "line 9: y is `nan`"),
        ("z: 0.0\n", "", "no `z`"),
        ("range:", "rage:", "line 11: `rage` is not a field"),
        ("x: 1.0", "\u{0}\u{1}", "line 8"),
    ] {
        let message = read(&record.replace(from, to)).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert!(read("").unwrap_err().to_string().contains("no records"));
}

#[test]
fn the_real_folder_is_read_whole() {
    let Some(dir) = super::needs::data("radhar") else { return };
    let recordings = read_folder(&dir).unwrap();
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for r in &recordings {
        *classes.entry(r.activity.as_str()).or_default() += 1;
        assert!(r.session.is_some() && r.official_split.is_some(), "{}", r.name);
        // The sensor's own fixed-point position lies on the range bin: half a bin of slack for rounding at short range.
        for p in r.points().unwrap().frames.iter().flat_map(|f| &f.points).filter(|p| p.range_m > 1.0) {
            assert!(
                (p.position.norm() / p.range_m - 1.0).abs() < 0.004,
                "{} {} {}",
                r.name,
                p.position.norm(),
                p.range_m
            );
        }
        let frames = &r.points().unwrap().frames;
        assert!(frames.windows(2).all(|w| w[1].time_s > w[0].time_s));
        assert!(
            frames.len() as f64 * FRAME_PERIOD_S > 0.98 * frames.last().unwrap().time_s,
            "{}: frames are lost",
            r.name
        );
    }
    assert_eq!(
        classes.keys().copied().collect::<Vec<_>>(),
        ["jump", "jumping_jack", "punch", "squat", "walk_forward_backward"]
    );
    assert!(recordings.iter().map(|r| r.dropped.total()).sum::<usize>() < 10);
    if recordings.len() == 139 {
        assert_eq!(recordings.iter().map(|r| r.dropped.total()).sum::<usize>(), 4);
    }
}

#[test]
fn the_original_text_gives_the_same_recording() {
    let Some(dir) = super::needs::data("radhar") else { return };
    for (text, npz) in [("jack__20_jacks_1", "jack"), ("squats__20_squats_3", "squats")] {
        let from_text = read_file(&dir.join(format!("original_text/{text}.txt.gz"))).unwrap();
        let number = text.rsplit('_').next().unwrap();
        let same = fs::read_dir(dir.join("points")).unwrap().map(|e| e.unwrap().path()).filter(|p| {
            let name = p.file_name().unwrap().to_string_lossy().into_owned();
            name.contains(&format!("_{npz}_")) && name.ends_with(&format!("_{number}.npz"))
        });
        let found = same.map(|p| read_file(&p).unwrap()).any(|r| r.signal == from_text.signal);
        assert!(found, "{text} equals no npz");
    }
}

#[test]
fn a_list_that_names_a_file_twice_or_none_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("metadata.csv");
    let error = |text: &str, read: fn(&Path) -> Option<String>| {
        std::fs::write(&list, text).unwrap();
        read(dir.path()).expect("an error")
    };
    let radhar = |dir: &Path| kinecho::recording::radhar::read_folder(dir).err().map(|e| e.to_string());
    let mars = |dir: &Path| kinecho::recording::mars::read_folder(dir).err().map(|e| e.to_string());
    let header = "file,activity,session,official_split,frames,points\n";
    assert!(error(header, radhar).contains("metadata.csv: lists no recording"));
    let twice = format!("{header}a.npz,jump,0,train,1,1\na.npz,jack,0,train,1,1\n");
    let found = error(&twice, radhar);
    assert!(found.contains("metadata.csv, line 3: a.npz is listed twice"), "{found}");
    assert!(error("file\n", mars).contains("lists no recording"));
}
