use kinecho::base::Vec3;
use kinecho::dsp::point_maps::{PointMap, PointMapConfig, PointScale, point_maps, windows};
use kinecho::signal::{Point, PointCloud, PointFrame};
use ndarray::s;

const PERIOD: f64 = 1.0 / 30.0;

fn point(x: f64, y: f64, z: f64, velocity_mps: f64) -> Point {
    let position = Vec3::new(x, y, z);
    Point { position, range_m: position.norm(), velocity_mps, intensity_db: 20.0 }
}

fn cloud(frames: usize, at: impl Fn(f64) -> Vec<Point>) -> PointCloud {
    let frames =
        (0..frames).map(|i| i as f64 * PERIOD).map(|time_s| PointFrame { time_s, points: at(time_s) }).collect();
    PointCloud { frames, frame_period_s: PERIOD, range_bin_m: 0.04, velocity_bin_mps: 0.6, doppler_bins: 16 }
}

fn config() -> PointMapConfig {
    PointMapConfig {
        maps: vec![PointMap::TimeDoppler, PointMap::TimeRange, PointMap::TimeAzimuth, PointMap::TimeHeight],
        ..Default::default()
    }
}

#[test]
fn each_map_shows_its_own_coordinate() {
    let points = |_| vec![point(0.4, 2.0, 0.5, 1.2), point(0.4, 2.0, 0.5, 1.2), point(-0.2, 2.0, -0.4, 1.2)];
    let maps = point_maps(&cloud(90, points), &config()).unwrap();
    assert_eq!(maps.names, ["time_doppler", "time_range", "time_azimuth", "time_height"]);
    assert_eq!(maps.data.dim(), (4, 32, 96));
    let row = |map: usize| {
        let column = maps.data.slice(s![map, .., 48]);
        let best = column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        maps.rows[map].value(best)
    };
    assert!((row(0) - 1.2).abs() < 0.31, "{}", row(0));
    // The person is where the median is: the first point.
    assert!(row(1).abs() < 0.1 && row(2).abs() < 0.1, "{} {}", row(1), row(2));
    assert!((row(3) - 0.5).abs() < 0.1, "{}", row(3));
    assert!(maps.data.iter().all(|v| (-1.0..=1.0).contains(v)));
    assert_eq!(maps.data.iter().copied().fold(f32::MIN, f32::max), 1.0);
}

#[test]
fn sensors_of_different_velocity_steps_share_an_axis() {
    let config = PointMapConfig { velocity_span_mps: Some(4.0), ..config() };
    let moving = |step: f64| {
        // The sensor reports multiples of its own step.
        let measured = move |v: f64| (v / step).round() * step;
        let points = move |t: f64| vec![point(0.0, 2.0, 0.0, measured(2.5 * (4.0 * t).sin())); 3];
        PointCloud { velocity_bin_mps: step, ..cloud(90, points) }
    };
    let maps = [0.6147, 0.356].map(|step| point_maps(&moving(step), &config).unwrap());
    assert_eq!(maps[0].rows[0], maps[1].rows[0]);
    assert_eq!((maps[0].rows[0].value(0), maps[0].rows[0].value(31)), (-3.875, 3.875));
    // The brightest velocity of each moment is the same to half of both steps.
    for column in 0..96 {
        let [a, b] = [0, 1].map(|i| {
            let column = maps[i].data.slice(s![0, .., column]);
            let best = column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
            maps[i].rows[0].value(best)
        });
        assert!((a - b).abs() < 0.5 * (0.6147 + 0.356) + 0.25, "column {column}: {a} and {b} m/s");
    }
    let wrong = PointMapConfig { velocity_span_mps: Some(f64::NAN), ..config };
    assert!(wrong.check().is_err());
}

#[test]
fn a_step_in_time_stands_at_its_time() {
    let maps = point_maps(
        &cloud(90, |t| if t < 1.5 { vec![point(0.0, 2.0, 0.0, 1.2)] } else { vec![point(0.0, 2.0, 0.0, -1.2)] }),
        &PointMapConfig { time_blur: 0.0, ..config() },
    )
    .unwrap();
    let rise = maps.rows[0].nearest(1.2).unwrap();
    let row = maps.data.slice(s![0, rise, ..]);
    let last = (0..96).rfind(|&c| row[c] > 0.0).unwrap();
    assert!((maps.time.value(last) - 1.5).abs() < 0.04, "{}", maps.time.value(last));
}

#[test]
fn where_the_person_stands_does_not_matter_when_centred() {
    let wave = |t: f64| (6.0 * t).sin();
    let near = cloud(90, |t| vec![point(0.1 * wave(t), 1.5, 0.2 * wave(t), 1.2 * wave(t) + 0.01)]);
    let mut far = near.clone();
    for p in far.frames.iter_mut().flat_map(|f| &mut f.points) {
        p.position += Vec3::new(0.4, 1.0, 0.0);
        p.range_m += 1.0;
    }
    let (a, b) = (point_maps(&near, &config()).unwrap(), point_maps(&far, &config()).unwrap());
    let worst = (&a.data - &b.data).iter().fold(0.0f32, |w, d| w.max(d.abs()));
    assert!(worst < 1e-4, "{worst}");
    let fixed = PointMapConfig { centred: false, range_span_m: 5.0, ..config() };
    let (a, b) = (point_maps(&near, &fixed).unwrap(), point_maps(&far, &fixed).unwrap());
    assert!((&a.data - &b.data).iter().any(|d| d.abs() > 0.5), "not centred, the maps must differ");
}

#[test]
fn dropped_frames_leave_no_hole_and_move_nothing() {
    let whole = cloud(90, |t| vec![point(0.0, 2.0, 0.3 * (3.0 * t).sin(), 1.2)]);
    let mut torn = whole.clone();
    torn.frames.retain(|f| (f.time_s / PERIOD).round() as usize % 7 != 3);
    let (a, b) = (point_maps(&whole, &config()).unwrap(), point_maps(&torn, &config()).unwrap());
    let mean = (&a.data - &b.data).mapv(f32::abs).mean().unwrap();
    assert!(mean < 0.02, "{mean}");
    // Placed by order instead of by time, the tail would be empty.
    assert!(b.data.slice(s![0, .., 90]).iter().any(|&v| v > 0.5));
}

#[test]
fn room_and_leakage_are_left_out() {
    let mover = point(0.0, 2.0, 0.0, 1.2);
    let alone = cloud(90, |_| vec![mover]);
    let with_room = cloud(90, |_| vec![mover, point(2.0, 4.0, 0.0, 0.0), point(0.02, 0.05, 0.0, 0.0)]);
    assert_eq!(point_maps(&alone, &config()).unwrap().data, point_maps(&with_room, &config()).unwrap().data);
    let keep = PointMapConfig { static_radius_m: None, person_radius_m: None, ..config() };
    assert_ne!(point_maps(&alone, &keep).unwrap().data, point_maps(&with_room, &keep).unwrap().data);
}

#[test]
fn windows_cover_the_recording() {
    let cloud = cloud(600, |t| vec![point(0.0, 2.0, 0.0, t)]);
    let parts = windows(&cloud, 3.0, 1.0).unwrap();
    assert_eq!(parts.len(), 18, "20 s hold 18 windows of 3 s");
    for (i, (start, part)) in parts.iter().enumerate() {
        assert!((start - i as f64).abs() < 1e-9);
        assert_eq!(part.frames.len(), 90);
        assert!(part.frames[0].time_s.abs() < 1e-9);
        assert!((part.frames[0].points[0].velocity_mps - start).abs() < 1e-9);
    }
    assert!(windows(&cloud, 30.0, 1.0).unwrap().is_empty());
    assert!(windows(&cloud, 3.0, 0.0).is_err());
}

#[test]
fn empty_and_broken_clouds() {
    let nothing = point_maps(&cloud(90, |_| vec![]), &config()).unwrap();
    assert!(nothing.data.iter().all(|&v| v == -1.0));
    let holes = cloud(90, |_| vec![point(f64::NAN, 2.0, 0.0, 1.0), point(0.0, 2.0, 0.0, f64::INFINITY)]);
    assert!(point_maps(&holes, &config()).unwrap().data.iter().all(|&v| v == -1.0));
    let mut backwards = cloud(9, |_| vec![]);
    backwards.frames[5].time_s = 0.0;
    assert!(point_maps(&backwards, &config()).unwrap_err().to_string().contains("backwards after frame 4"));
    let bad = PointMapConfig { gain: f64::NAN, ..config() };
    assert!(point_maps(&cloud(9, |_| vec![]), &bad).unwrap_err().to_string().contains("point_maps.gain"));
    assert!(serde_yaml::from_str::<PointMapConfig>("row: 3").is_err());
    let yaml: PointMapConfig = serde_yaml::from_str("maps: [time_height]\nscale: fixed").unwrap();
    assert_eq!((yaml.maps, yaml.scale), (vec![PointMap::TimeHeight], PointScale::Fixed));
}
