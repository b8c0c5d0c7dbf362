//! Point clouds of data sets that nobody wrote a reader for, in the layouts in which they are published.

use kinecho::base::Vec3;
use kinecho::dsp::point_maps::{Centre, PointMap, PointMapConfig};
use kinecho::recording::any;
use kinecho::recording::point_table;
use kinecho::recording::points::{Mapping, NamePattern, PointLayout, ReadPoints, read, read_own};
use kinecho::signal::Signal;
use kinecho::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Array2, Array3, arr2};
use ndarray_npy::{NpzWriter, write_npy};
use std::fs::{self, File};
use std::path::Path;

const STEP: f64 = 0.128;

fn layout(map: &str) -> PointLayout {
    PointLayout { mapping: Mapping::parse(&[map]).unwrap(), ..PointLayout::default() }
}

fn numbered(map: &str) -> PointLayout {
    PointLayout { frame_period_s: Some(0.05), ..layout(map) }
}

fn of(path: &Path, layout: &PointLayout) -> Result<ReadPoints, String> {
    read(path, layout, None, Some("squat")).map_err(|e| e.to_string())
}

/// A person at 2.5 m who goes to and fro: rows of frame, x, y, z, velocity (receding positive), intensity.
fn rows(frames: std::ops::Range<i32>) -> Vec<[f64; 6]> {
    frames
        .flat_map(|f| {
            let turn = f64::from(f) * 0.3;
            let (range, speed) = (2.5 + 0.4 * turn.sin(), 0.4 * 0.3 / 0.05 * turn.cos());
            (0..3).map(move |k| {
                let velocity = STEP * (speed / STEP + f64::from(k - 1)).round();
                let y = range + 0.1 * f64::from(k);
                [f64::from(f), 0.1 * f64::from(k), y, -0.2, velocity, 15.0 + f64::from(k)]
            })
        })
        .collect()
}

fn table(header: &str, rows: impl IntoIterator<Item = Vec<f64>>, separator: &str) -> String {
    let line = |row: Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(separator);
    let head = if header.is_empty() { Vec::new() } else { vec![header.to_owned()] };
    head.into_iter().chain(rows.into_iter().map(line)).map(|l| l + "\n").collect()
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn assert_same(cloud: &PointCloud, frames: std::ops::Range<i32>) {
    let expected = rows(frames.clone());
    let found: Vec<(usize, &Point)> =
        cloud.frames.iter().enumerate().flat_map(|(i, f)| f.points.iter().map(move |p| (i, p))).collect();
    assert_eq!(found.len(), expected.len());
    for ((frame, point), row) in found.into_iter().zip(expected) {
        assert_eq!(frame as i32 + frames.start, row[0] as i32);
        let place = Vec3::new(row[1], row[2], row[3]);
        assert!(
            (point.position - place).norm() < 1e-6 && (point.range_m - place.norm()).abs() < 1e-6,
            "{point:?} {row:?}"
        );
        assert!(
            (point.velocity_mps - row[4]).abs() < 1e-6 && (point.intensity_db - row[5]).abs() < 1e-5,
            "{point:?} {row:?}"
        );
    }
}

#[test]
fn a_gesture_csv_without_a_header_is_cut_at_its_gaps() {
    // The last ones are of a sensor that was started anew, as in M-Gesture's files.
    let gestures = [100..140, 260..300, 900..940, 20..60];
    let all = || gestures.iter().flat_map(|g| rows(g.clone())).map(|r| vec![r[0], 3.0, r[1], r[2], r[3], r[4], r[5]]);
    let (dir, path) = file("long_point_12_lswipe.csv", &table("", all(), ","));
    let layout = PointLayout {
        cut_gap_s: Some(3.0),
        cut_at_restart: true,
        ..numbered("frame=0,x=2:m,y=3:m,z=4:m,doppler=5:m/s,intensity=6:dB")
    };
    let pattern: NamePattern = "long_point_{subject}_{label}".parse().unwrap();
    let read = read(dir.path(), &layout, Some(&pattern), None).unwrap();
    let names: Vec<&str> = read.recordings.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["1", "2", "3", "4"].map(|n| format!("long_point_12_lswipe {n}")));
    for (recording, gesture) in read.recordings.iter().zip(gestures.clone()) {
        assert_eq!((recording.activity.as_str(), recording.subject.as_deref()), ("lswipe", Some("12")));
        assert_same(recording.points().unwrap(), gesture);
        assert!(
            (recording.points().unwrap().velocity_bin_mps / STEP - 1.0).abs() < 1e-6,
            "{}",
            recording.points().unwrap().velocity_bin_mps
        );
    }
    let named = PointLayout {
        columns: ["id", "n", "x", "y", "z", "v", "i"].map(str::to_owned).to_vec(),
        mapping: Mapping::parse(&["frame=id,x=x:m,y=y:m,z=z:m,doppler=v:m/s,intensity=i:dB"]).unwrap(),
        ..layout.clone()
    };
    assert_eq!(
        kinecho::recording::points::read(dir.path(), &named, Some(&pattern), None).unwrap().recordings,
        read.recordings
    );
    // With the header that M-Gesture's files have.
    fs::write(&path, table("Frame #,# Obj,X,Y,Z,Doppler,Intensity", all(), ",")).unwrap();
    let map = "frame=Frame #,x=X:m,y=Y:m,z=Z:m,doppler=Doppler:m/s,intensity=Intensity:dB";
    let headed = PointLayout { mapping: Mapping::parse(&[map]).unwrap(), ..layout };
    let again = |layout: &PointLayout| {
        kinecho::recording::points::read(dir.path(), layout, Some(&pattern), None).map_err(|e| e.to_string())
    };
    assert_eq!(again(&headed).unwrap().recordings, read.recordings);
    // Nothing is cut that nobody asked to cut.
    let message = again(&PointLayout { cut_at_restart: false, ..headed.clone() }).unwrap_err();
    assert!(message.contains("line 362: frame 20 after 939") && message.contains("--cut-at-restart"), "{message}");
    let message = again(&PointLayout { cut_gap_s: None, frame_period_s: Some(0.1), ..headed }).unwrap_err();
    assert!(message.contains("--cut-gap-s") && message.contains("long_point_12_lswipe.csv"), "{message}");
}

#[test]
fn frames_that_are_files_keep_their_numbers() {
    // mmBody: sequence_N/radar/frame_I.npy, [point, x y z velocity amplitude energy]; a frame may hold nothing.
    let dir = tempfile::tempdir().unwrap();
    let radar = dir.path().join("sequence_3/radar");
    fs::create_dir_all(&radar).unwrap();
    for f in 5..60 {
        let own: Vec<[f64; 6]> = rows(f..f + 1).into_iter().filter(|_| f != 20).collect();
        let data =
            Array2::from_shape_fn((own.len(), 6), |(i, c)| if c < 3 { own[i][c + 1] } else { own[i][c.clamp(4, 5)] });
        write_npy(radar.join(format!("frame_{f}.npy")), &data).unwrap();
    }
    fs::remove_file(radar.join("frame_30.npy")).unwrap();
    let layout = numbered("frame=@file,x=0:m,y=1:m,z=2:m,doppler=3:m/s,intensity=5:dB");
    let pattern: NamePattern = "sequence_{subject}/radar".parse().unwrap();
    let read_all = read(dir.path(), &layout, Some(&pattern), Some("walk")).unwrap();
    let recording = &read_all.recordings[0];
    assert_eq!((recording.name.as_str(), recording.subject.as_deref()), ("sequence_3/radar", Some("3")));
    let frames = &recording.points().unwrap().frames;
    assert_eq!(frames.len(), 55);
    assert!(frames.iter().enumerate().all(|(i, f)| (f.time_s - 0.05 * i as f64).abs() < 1e-9));
    assert_eq!((frames[15].points.len(), frames[25].points.len(), frames[26].points.len()), (0, 0, 3));
    // The same by a list of folders.
    fs::write(dir.path().join("recordings.csv"), "file,label\nsequence_3/radar,walk\n").unwrap();
    assert_eq!(read(dir.path(), &layout, None, None).unwrap().recordings[0].signal, recording.signal);
    fs::write(radar.join("frame_x.npy"), "").unwrap();
    let message = read(dir.path(), &layout, None, None).unwrap_err().to_string();
    assert!(message.contains("frame_x.npy") && message.contains("no number"), "{message}");
}

#[test]
fn padded_arrays_without_velocity_come_in_for_maps_that_ask_for_none() {
    // MiliPoint: x, y, z alone, here [frame, point, column] filled up with zeros.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("0.npz");
    let all = rows(0..50);
    let data = Array3::from_shape_fn(
        (50, 22, 3),
        |(f, p, c)| if p < 3 && f != 7 { all[3 * f + p][1 + c] as f32 } else { 0.0 },
    );
    let mut npz = NpzWriter::new_compressed(File::create(&path).unwrap());
    npz.add_array("x", &data).unwrap();
    npz.add_array("y", &Array1::<f64>::zeros(50)).unwrap();
    npz.finish().unwrap();
    let layout = numbered("frame=@axis,x=x.0:m,y=x.1:m,z=x.2:m,doppler=none,intensity=none");
    let found = of(&path, &layout).unwrap();
    let recording = &found.recordings[0];
    assert_eq!((recording.points().unwrap().frames.len(), recording.points().unwrap().frames[7].points.len()), (50, 0));
    assert_eq!((recording.dropped.padding, recording.dropped.total()), (50 * 22 - 49 * 3, 0));
    assert!(
        (recording.points().unwrap().frames[9].points[2].position - Vec3::new(0.2, all[29][2], -0.2)).norm() < 1e-6
    );
    let maps = PointMapConfig::default();
    assert!(layout.problem_with(&maps).unwrap().contains("without a velocity"));
    let asked = PointMapConfig {
        maps: vec![PointMap::TimeRange, PointMap::TimeAzimuth],
        centre: Centre::All,
        static_radius_m: None,
        ..maps
    };
    assert_eq!(layout.problem_with(&asked), None);
    let flat = numbered("frame=@axis,x=x.0:m,y=x.1:m,z=none,doppler=none,intensity=none");
    let height = PointMapConfig { maps: vec![PointMap::TimeHeight], ..asked };
    assert!(flat.problem_with(&height).unwrap().contains("no height"));
    let message = of(&path, &numbered("frame=y,x=x.0:m,y=x.1:m,z=x.2:m,doppler=none,intensity=none")).unwrap_err();
    assert!(message.contains("1100") || message.contains("map frame=@axis"), "{message}");
    fs::write(dir.path().join("1.pkl"), "").unwrap();
    let message = of(dir.path(), &layout).unwrap_err();
    assert!(message.contains("1.pkl") && message.contains("a pickle is a program"), "{message}");
}

#[test]
fn units_axes_and_signs_are_turned_into_ours() {
    // ROS: x forward, y left, in millimetres; km/h, approaching positive; time stamps in ms.
    let own = rows(0..120);
    let ros = own
        .iter()
        .map(|r| vec![50.0 * r[0], 1e3 * r[2], -1e3 * r[1], 1e3 * r[3], -3.6 * r[4], 10f64.powf(r[5] / 10.0)]);
    let (_dir, path) = file("ros.csv", &table("t_ms;px;py;pz;v;power", ros, ";"));
    let map = "time=t_ms,x=px:mm,y=py:mm,z=pz:mm,doppler=v:km/h,intensity=power:linear";
    let ours = PointLayout { axes: "forward,left,up".parse().unwrap(), approaching: Some(true), ..layout(map) };
    let read = of(&path, &ours).unwrap();
    assert_same(read.recordings[0].points().unwrap(), 0..120);
    assert!((read.recordings[0].points().unwrap().frame_period_s - 0.05).abs() < 1e-9);
    // The sign is found out where nobody states it, and believed where somebody does.
    let message = of(&path, &PointLayout { approaching: None, ..ours.clone() }).unwrap_err();
    assert!(message.contains("--velocity-sign approaching"), "{message}");
    assert!(of(&path, &PointLayout { approaching: Some(false), ..ours.clone() }).is_ok());
    // A unit that makes rooms of kilometres.
    let metres = map.replace(":mm", ":m");
    let message = of(&path, &PointLayout { mapping: Mapping::parse(&[metres]).unwrap(), ..ours }).unwrap_err();
    assert!(message.contains("further than 300 m: is the unit of length right?"), "{message}");

    // Range, azimuth in degrees with the left positive, elevation; velocity in bins.
    let polar = own.iter().map(|r| {
        let range = Vec3::new(r[1], r[2], r[3]).norm();
        let azimuth = -r[1].atan2(r[2]).to_degrees();
        vec![r[0], range, azimuth, (r[3] / range).asin(), (r[4] / STEP).round(), 10.0 * r[5]]
    });
    let (_dir, path) = file("polar.txt", &table("frame r az el bin snr", polar, " "));
    let map = "frame=frame,range=r:m,azimuth=az:deg,elevation=el:rad,doppler=bin:bin,intensity=snr:0.1dB";
    let polar = PointLayout { azimuth_left: true, ..numbered(map) };
    let message = of(&path, &polar).unwrap_err();
    assert!(message.contains("give their step with --velocity-bin-mps"), "{message}");
    let read = of(&path, &PointLayout { velocity_bin_mps: Some(STEP), ..polar }).unwrap();
    assert_same(read.recordings[0].points().unwrap(), 0..120);
}

#[test]
fn one_file_may_hold_many_recordings() {
    let mut text = String::from("\u{feff}take,who,what,frame,x_m,y_m,z_m,velocity_mps,snr_db\n");
    for (take, who, what) in [("a", "7", "squat"), ("b", "8", "jump")] {
        for r in rows(3..40) {
            let numbers = r.map(|v| v.to_string()).join(",");
            text += &format!("{take},{who},{what},{numbers}\n");
        }
    }
    let (_dir, path) = file("all.csv", &text);
    let map = "group=take,subject=who,label=what,frame=frame,x=x_m,y=y_m,z=z_m,doppler=velocity_mps,intensity=snr_db";
    let read = of(&path, &numbered(map)).unwrap();
    let said: Vec<_> =
        read.recordings.iter().map(|r| (r.name.as_str(), r.activity.as_str(), r.subject.as_deref().unwrap())).collect();
    assert_eq!(said, [("all a", "squat", "7"), ("all b", "jump", "8")]);
    read.recordings.iter().for_each(|r| assert_same(r.points().unwrap(), 3..40));
    let message = of(&path, &numbered(&map.replace("group=take,", ""))).unwrap_err();
    assert!(message.contains("line 113") && message.contains("give each stretch a group"), "{message}");
}

#[test]
fn what_is_wrong_with_a_table_is_named() {
    let map = "frame=frame,x=x:m,y=y:m,z=z:m,doppler=v:m/s,intensity=i:dB";
    let good = |change: &dyn Fn(&mut Vec<Vec<f64>>)| {
        let mut all: Vec<Vec<f64>> = rows(0..40).into_iter().map(|r| r.to_vec()).collect();
        change(&mut all);
        table("frame,x,y,z,v,i", all, ",")
    };
    let said = |text: &str, layout: &PointLayout| {
        let (_dir, path) = file("t.csv", text);
        of(&path, layout).unwrap_err()
    };
    let whole = good(&|_| {});
    for (text, expected) in [
        (good(&|r| r[4][2] = f64::NAN), "line 6: column `y` is `NaN`, expected a number"),
        (good(&|r| r[4][5] = f64::INFINITY), "line 6: column `i` is `inf`"),
        (good(&|r| r[30][0] = 3.5), "line 32: frame 3.5, expected a whole number"),
        (good(&|r| r.swap(10, 40)), "frame 3 after 13"),
        (good(&|r| r[119][0] = 38.0), "line 121: frame 38 after 39"),
        (good(&|r| r[119][0] = 1e9), "--cut-gap-s"),
        (whole.replace("x,y,z", "x,y,height"), "no column `z` for z; there are frame, x, y, height, v, i"),
        (whole.replacen("\n2,", "\n2,9,", 1), "7 columns, expected 6"),
        (whole.replacen("\n2,", "\nx,", 1), "column `frame` is `x`"),
        ("frame,x,y,z,v,i\n".into(), "it holds no points"),
        (String::new(), "it is empty"),
        (
            good(&|r| r.iter_mut().enumerate().for_each(|(i, r)| r[4] = 0.1 + (i as f64 * 0.618).fract())),
            "--velocity-bin-mps",
        ),
        (good(&|r| r.iter_mut().for_each(|r| r[1..5].fill(0.0))), "not a single usable point"),
    ] {
        let message = said(&text, &numbered(map));
        assert!(message.contains("t.csv") && message.contains(expected), "{expected}: {message}");
    }
    assert!(said(&whole, &layout(map)).contains("give --frame-period-s"));
    let still = good(&|r| r.iter_mut().for_each(|r| r[0] = 5.0));
    assert!(said(&still, &layout(&map.replace("frame=frame", "time=frame:s"))).contains("the clock stands still"));
    assert!(
        said(&whole, &PointLayout { frame_period_s: Some(-1.0), ..layout(map) }).contains("--frame-period-s is -1")
    );
    let named = PointLayout { columns: vec!["a".into()], ..numbered(map) };
    assert!(said(&whole, &named).contains("leave out --columns"));
    let (_dir, path) = file("t.csv", &whole);
    let message = read(&path, &numbered(map), None, None).unwrap_err().to_string();
    assert!(message.contains("nothing says what is done"), "{message}");
    // Ranges that are not the length of x, y, z: those of RadHAR's recordings are 16/15 too long.
    let long = rows(0..40).into_iter().map(|r| {
        let mut row = r.to_vec();
        row.push(Vec3::new(r[1], r[2], r[3]).norm() * 16.0 / 15.0 + 0.1);
        row
    });
    let both = numbered(&format!("{map},range=r:m"));
    let message = said(&table("frame,x,y,z,v,i,r", long, ","), &both);
    assert!(message.contains("a range that is not the length of x, y, z"), "{message}");
}

#[test]
fn damaged_arrays_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let map = "frame=0,x=1:m,y=2:m,z=3:m,doppler=4:m/s,intensity=5:dB";
    let data = Array2::from(rows(0..40));
    write_npy(&path, &data).unwrap();
    assert_same(of(&path, &numbered(map)).unwrap().recordings[0].points().unwrap(), 0..40);
    write_npy(&path, &data.t().as_standard_layout().to_owned().reversed_axes()).unwrap();
    assert_same(of(&path, &numbered(map)).unwrap().recordings[0].points().unwrap(), 0..40);
    let bytes = fs::read(&path).unwrap();
    for n in (0..bytes.len()).step_by(61) {
        fs::write(&path, &bytes[..n]).unwrap();
        assert!(of(&path, &numbered(map)).unwrap_err().contains("a.npy"));
    }
    write_npy(&path, &arr2(&[[0.0, f64::NAN, 1.0, 0.0, 0.1, 1.0]])).unwrap();
    assert!(of(&path, &numbered(map)).unwrap_err().contains("x is NaN in row 0"));
    write_npy(&path, &data).unwrap();
    let message = of(&path, &numbered(&map.replace("intensity=5", "intensity=6"))).unwrap_err();
    assert!(message.contains("no column 6 for intensity: it has 6, counted from 0"), "{message}");
}

#[test]
fn our_own_points_come_back_as_they_were() {
    let point =
        |x: f64, v: f64| Point { position: Vec3::new(x, 2.0, 0.5), range_m: 2.1, velocity_mps: v, intensity_db: 17.5 };
    let frame = |i: usize| PointFrame {
        time_s: 0.033_2 * i as f64,
        points: if i.is_multiple_of(4) { vec![] } else { vec![point(0.1 * i as f64, -0.5), point(0.3, 0.25)] },
    };
    let cloud = PointCloud {
        // First and last frame have no detections.
        frames: (0..41).map(frame).collect(),
        frame_period_s: 0.033_2,
        range_bin_m: 0.043,
        velocity_bin_mps: 0.07,
        doppler_bins: 128,
    };
    let dir = tempfile::tempdir().unwrap();
    let (csv, npz) = (dir.path().join("a.csv"), dir.path().join("b.npz"));
    point_table::write_csv(&csv, &cloud).unwrap();
    point_table::write_npz(&npz, &cloud).unwrap();
    for path in [&csv, &npz] {
        assert_eq!(point_table::read(path).unwrap(), cloud, "{}", path.display());
        assert!(matches!(any::read(path).unwrap().0, Signal::Points(points) if points == cloud));
    }
    let recordings = read_own(dir.path(), None, Some("walk")).unwrap();
    assert_eq!(recordings.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    // The same recording as a table and as arrays is one.
    point_table::write_npz(&dir.path().join("a.npz"), &cloud).unwrap();
    assert_eq!(read_own(dir.path(), None, Some("walk")).unwrap().len(), 2);
    let message = read_own(dir.path(), None, None).unwrap_err().to_string();
    assert!(message.contains("nothing says what is done"), "{message}");

    let text = fs::read_to_string(&csv).unwrap();
    for (from, to, expected) in [
        ("\n1,0.0332,", "\n1,0.0332,x", "line 2"),
        ("\n2,", "\n1e9,", "line 4"),
        ("\n5,", "\n99,", "frame 99 after 4 frames of 41"),
        ("\n5,", "\n1,", "line 8: frame 1 after"),
        (",2.1,", ",NaN,", "a value that is no number"),
        (",0.0332,", ",9,", "line 3: frame 1 is at 9 s and at 0.0332 s"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&csv, text.replacen(from, to, 1)).unwrap();
        let message = point_table::read(&csv).unwrap_err().to_string();
        assert!(message.contains("a.csv") && message.contains(expected), "{expected}: {message}");
    }
    fs::write(&csv, text.replace("frame,", "number,")).unwrap();
    let message = any::read(&csv).unwrap_err().to_string();
    assert!(message.contains("its header is not frame,time_s") && message.contains("--map"), "{message}");
    fs::remove_file(dir.path().join("b.json")).unwrap();
    let message = point_table::read(&npz).unwrap_err().to_string();
    assert!(message.contains("b.json is missing") && message.contains("--map"), "{message}");
}

#[test]
fn points_of_an_earlier_version_are_read() {
    let Some(dir) = super::needs::cases("radar") else { return };
    let (csv, npz) = (dir.join("own_points.csv"), dir.join("own_points.npz"));
    let (by_table, by_arrays) = (point_table::read(&csv).unwrap(), point_table::read(&npz).unwrap());
    assert_eq!((by_arrays.doppler_bins, by_arrays.frame_period_s), (16, 0.033_244_680_9));
    let points = |cloud: &PointCloud| cloud.frames.iter().map(|f| f.points.clone()).collect::<Vec<_>>();
    // The table says nothing of frames without detections at its end.
    let n = by_table.frames.len();
    assert_eq!(points(&by_table), points(&by_arrays)[..n]);
    assert!(points(&by_arrays)[n..].iter().all(Vec::is_empty));
}
