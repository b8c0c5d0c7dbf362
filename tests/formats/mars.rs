use kinecho::motion::score::ScoreBook;
use kinecho::recording::mars::{FRAME_PERIOD_S, KINECT_JOINTS, RANGE_BIN_M, read_file, read_folder, read_paired, slug};
use kinecho::text::Vocabulary;
use ndarray::{Array1, Array2, Array3, arr1, arr2};
use ndarray_npy::NpzWriter;
use std::fs::{self, File};
use std::path::Path;

/// Two frames with a gap of two between them: two points, then one.
struct Small {
    frame: Array1<i32>,
    counts: Array1<u16>,
    xyz: Array2<i16>,
    doppler: Array1<i8>,
    intensity: Array1<f32>,
    joints: Option<Array3<f32>>,
}

impl Default for Small {
    fn default() -> Self {
        Self {
            frame: arr1(&[7, 10]),
            counts: arr1(&[2, 1]),
            xyz: arr2(&[[0, 1024, 0], [256, 1024, -128], [0, 900, 0]]),
            doppler: arr1(&[-2, 0, 3]),
            intensity: arr1(&[10.0, 100.0, 1.0]),
            joints: None,
        }
    }
}

impl Small {
    fn write(&self, path: &Path) {
        let mut npz = NpzWriter::new_compressed(File::create(path).unwrap());
        npz.add_array("frame", &self.frame).unwrap();
        npz.add_array("n_points", &self.counts).unwrap();
        npz.add_array("xyz_q9", &self.xyz).unwrap();
        npz.add_array("doppler_bin", &self.doppler).unwrap();
        npz.add_array("intensity", &self.intensity).unwrap();
        if let Some(joints) = &self.joints {
            npz.add_array("joints_xyz", joints).unwrap();
        }
        npz.finish().unwrap();
    }

    fn error(&self) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s2_m04.npz");
        self.write(&path);
        read_file(&path).unwrap_err().to_string()
    }
}

#[test]
fn frames_without_detections_are_put_in_and_values_have_units() {
    let dir = tempfile::tempdir().unwrap();
    Small::default().write(&dir.path().join("s2_m04.npz"));
    let recordings = read_folder(dir.path()).unwrap();
    let r = &recordings[0];
    assert_eq!((r.name.as_str(), r.activity.as_str()), ("s2_m04", "front_lunge_left"));
    assert_eq!((r.subject.as_deref(), r.session.as_deref()), (Some("2"), None));
    let frames = &r.points().unwrap().frames;
    assert_eq!(frames.iter().map(|f| f.points.len()).collect::<Vec<_>>(), [2, 0, 0, 1]);
    assert!(frames.iter().enumerate().all(|(i, f)| (f.time_s - i as f64 * FRAME_PERIOD_S).abs() < 1e-12));
    let p = frames[0].points[1];
    assert_eq!([p.position.x, p.position.y, p.position.z], [0.5, 2.0, -0.25]);
    // |(0.5, 2, −0.25)| = 2.0767 m is nearest to bin 71.
    assert!((p.range_m - 71.0 * RANGE_BIN_M).abs() < 1e-12);
    assert!((p.intensity_db - 20.0).abs() < 1e-12);
    assert!((frames[0].points[0].velocity_mps + 0.712).abs() < 1e-12);
}

#[test]
fn corrupt_points_are_dropped_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s1_m06.npz");
    // 7.5 m are 256 bins: beyond the FFT. Bin 9 of 16 that go to 7.
    let small = Small {
        xyz: arr2(&[[0, 7 * 512 + 300, 0], [0, 1024, 0], [0, 900, 0]]),
        doppler: arr1(&[0, 9, 3]),
        ..Default::default()
    };
    small.write(&path);
    let r = read_file(&path).unwrap();
    assert_eq!((r.dropped.beyond_range, r.dropped.beyond_velocity, r.dropped.contradictory), (1, 1, 0));
    assert_eq!(r.points().unwrap().frames.iter().map(|f| f.points.len()).sum::<usize>(), 1);
}

#[test]
fn damage_is_named_with_file_array_and_both_values() {
    let message = Small { counts: arr1(&[2, 2]), ..Default::default() }.error();
    assert!(
        message.contains("s2_m04.npz") && message.contains("`xyz_q9`: 3 points, but n_points adds up to 4"),
        "{message}"
    );
    let message = Small { counts: arr1(&[3]), ..Default::default() }.error();
    assert!(message.contains("`n_points`: 1 frames, but `frame` has 2"), "{message}");
    let message = Small { frame: arr1(&[7, 6]), ..Default::default() }.error();
    assert!(message.contains("time runs backwards: frame number 6 after 7"), "{message}");
    let message = Small { frame: arr1(&[7, 2000]), ..Default::default() }.error();
    assert!(message.contains("1992 frames are missing between number 7 and 2000"), "{message}");
    let message = Small { frame: arr1(&[i32::MIN, i32::MAX]), ..Default::default() }.error();
    assert!(message.contains("frames are missing"), "{message}");
    for bad in [f32::NAN, 0.0, -3.0] {
        let message = Small { intensity: arr1(&[1.0, bad, 1.0]), ..Default::default() }.error();
        assert!(message.contains("`intensity`: point 1 has"), "{message}");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s1_m11.npz");
    Small::default().write(&path);
    let message = read_file(&path).unwrap_err().to_string();
    assert!(message.contains("its movement is 11, expected 1 to 10"), "{message}");
}

#[test]
fn another_range_step_is_refused_with_both_values() {
    // Two hundred points on multiples of RadHAR's 4.0906 cm.
    let rows: Vec<[i16; 3]> =
        (0..200).map(|i| [0, (f64::from(25 + i % 40) * 0.040_906 * 512.0_f64).round() as i16, 0]).collect();
    let small = Small {
        counts: arr1(&[100, 100]),
        xyz: arr2(&rows),
        doppler: Array1::zeros(200),
        intensity: Array1::ones(200),
        ..Default::default()
    };
    let message = small.error();
    assert!(message.contains("multiples of 0.0409 m, MARS has 0.02929 m"), "{message}");
}

#[test]
fn truncated_files_are_errors_at_every_length() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("s1_m01.npz");
    Small::default().write(&whole);
    let bytes = fs::read(&whole).unwrap();
    let cut = dir.path().join("s1_m02.npz");
    for n in (0..bytes.len()).step_by(37) {
        fs::write(&cut, &bytes[..n]).unwrap();
        let message = read_file(&cut).unwrap_err().to_string();
        assert!(message.contains("s1_m02.npz"), "{message}");
    }
}

#[test]
fn wrong_lists_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read_folder(dir.path()).unwrap_err().to_string().contains("no recordings"));
    Small::default().write(&dir.path().join("a.npz"));
    let list = |row: &str| {
        let text = format!("file,subject,movement_id,movement,frames,points,duration_s\n{row}\n");
        fs::write(dir.path().join("metadata.csv"), text).unwrap();
        read_folder(dir.path())
    };
    let good = list("a.npz,3,10,right limb extension,2,3,0.4").unwrap();
    assert_eq!((good[0].subject.as_deref(), good[0].activity.as_str()), (Some("3"), "extend_right_arm_and_leg"));
    assert!(list("b.npz,3,10,x,2,3,0.4").unwrap_err().to_string().contains("lists b.npz"));
    let message = list("a.npz,3,10,x,5,3,0.4").unwrap_err().to_string();
    assert!(message.contains("2 frames and 3 points, but metadata.csv says 5 and 3"), "{message}");
    assert!(list("a.npz,three,10,x,2,3,0.4").unwrap_err().to_string().contains("line 2"));
}

#[test]
fn every_movement_has_sentences_and_a_score() {
    for movement in 1..=10 {
        let slug = slug(movement).unwrap();
        assert!(Vocabulary::with_data_sets().get(slug).is_some(), "{slug} has no sentences");
        assert!(ScoreBook::with_data_sets().get(slug).is_some(), "{slug} has no score");
    }
    assert_eq!((slug(0), slug(11)), (None, None));
    // The sixty stay sixty.
    assert_eq!((Vocabulary::builtin().activities().len(), ScoreBook::builtin().len()), (60, 60));
}

#[test]
fn paired_files_are_cut_where_the_numbers_leap() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s3_test.npz");
    let joints = Array3::from_shape_fn((2, 25, 3), |(f, j, a)| (100 * f + 3 * j + a) as f32);
    Small { frame: arr1(&[7, 2000]), joints: Some(joints), ..Default::default() }.write(&path);
    let stretches = read_paired(&path).unwrap();
    assert_eq!(stretches.iter().map(|s| s.points.frames.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((stretches[1].name.as_str(), stretches[1].subject.as_deref()), ("s3_test 2", Some("3")));
    assert_eq!(stretches[1].joints_m[[0, 4, 2]], 114.0);
    Small { joints: Some(Array3::zeros((2, 24, 3))), ..Default::default() }.write(&path);
    let message = read_paired(&path).unwrap_err().to_string();
    assert!(message.contains("`joints_xyz`: shape (2, 24, 3), expected (2, 25, 3)"), "{message}");
}

#[test]
fn the_real_folder_is_read_whole() {
    let Some(dir) = super::needs::data("mars") else { return };
    let recordings = read_folder(&dir).unwrap();
    let subjects: std::collections::BTreeSet<_> = recordings.iter().map(|r| r.subject.clone().unwrap()).collect();
    assert_eq!(recordings.len(), 10 * subjects.len());
    for r in &recordings {
        let frames = &r.points().unwrap().frames;
        assert!(frames.windows(2).all(|w| (w[1].time_s - w[0].time_s - FRAME_PERIOD_S).abs() < 1e-9), "{}", r.name);
        // The sensor's own position lies on the range bin: rounding of x, y and z to 1/512 m explains 2 mm.
        let off =
            frames.iter().flat_map(|f| &f.points).filter(|p| (p.position.norm() - p.range_m).abs() > 0.004).count();
        let points: usize = frames.iter().map(|f| f.points.len()).sum();
        assert!(off * 100 < points, "{}: {off} of {points} points lie off their range bin", r.name);
        assert_eq!(r.dropped.total(), 0, "{}", r.name);
    }
    let paired = read_paired(&dir.join("paired/s1_validate.npz")).unwrap();
    assert_eq!(paired.len(), 10);
    // A Kinect's head is over its spine base.
    let head = KINECT_JOINTS.iter().position(|j| *j == "Head").unwrap();
    assert!(paired.iter().all(|s| s.joints_m.outer_iter().all(|j| j[[head, 2]] > j[[0, 2]])));
}
