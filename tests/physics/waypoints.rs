//! People who walk through waypoints: when they are where, how fast, and that their feet stand.

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::body::{BodyModel, BodyShape, ShapedBody};
use kinecho::motion::MotionCheck;
use kinecho::motion::score::{Performance, Rendition, ScoreBook, Waypoint};
use kinecho::scene::{Scene, SceneSpec, TruthClock};
use std::path::Path;

fn to(x_m: f64, y_m: f64) -> Waypoint {
    Waypoint { x_m, y_m, time_s: None, speed_mps: None, stay_s: 0.0 }
}

fn at_speed(x_m: f64, y_m: f64, speed: f64) -> Waypoint {
    Waypoint { speed_mps: Some(speed), ..to(x_m, y_m) }
}

fn by(x_m: f64, y_m: f64, time_s: f64) -> Waypoint {
    Waypoint { time_s: Some(time_s), ..to(x_m, y_m) }
}

fn body() -> ShapedBody {
    BodyModel::cc0().shaped(&BodyShape::default()).unwrap()
}

struct Walked {
    played: Performance,
    times: Vec<[f64; 2]>,
    body: ShapedBody,
}

impl Walked {
    fn through(slug: &str, waypoints: &[Waypoint], duration_s: f64) -> Self {
        let body = body();
        let score = ScoreBook::builtin().get(slug).unwrap();
        let rendition = Rendition::plain(score);
        let played = score.walk(&body.skeleton, &rendition, waypoints, duration_s, 120.0).unwrap();
        let times = score.waypoint_times(&body.skeleton, &rendition, waypoints).unwrap();
        Self { played, times, body }
    }

    /// The pelvis over the floor.
    fn pelvis(&self, time_s: f64) -> Vec3 {
        let place = self.body.skeleton.rest[0] + self.played.clip.pose_at(time_s).translation;
        Vec3::new(place.x, place.y, 0.0)
    }

    /// Mean speed over the floor.
    fn speed(&self, from: f64, to: f64) -> f64 {
        let steps = 50;
        let at = |i: i32| self.pelvis(from + (to - from) * f64::from(i) / f64::from(steps));
        (0..steps).map(|i| (at(i + 1) - at(i)).norm()).sum::<f64>() / (to - from)
    }
}

/// Where the pelvis is against a waypoint: it sways and is ahead of the feet by some centimetres.
const NEAR_M: f64 = 0.08;

#[test]
fn waypoints_are_met_at_their_times() {
    let waypoints = [
        to(-1.0, 3.0),
        by(1.5, 3.0, 4.0),
        Waypoint { stay_s: 2.0, ..by(1.5, 5.0, 6.5) },
        by(-1.0, 4.5, 11.0),
        // Straight back.
        by(1.0, 4.5, 15.0),
    ];
    let walked = Walked::through("walk_forward_turn_around", &waypoints, 16.0);
    for (waypoint, met) in waypoints.iter().zip(&walked.times) {
        let want = waypoint.time_s.unwrap_or(0.0);
        assert!((met[0] - want).abs() < 1e-6, "{waypoint:?} is met at {} s", met[0]);
        let off = (walked.pelvis(met[0]) - Vec3::new(waypoint.x_m, waypoint.y_m, 0.0)).norm();
        assert!(off < NEAR_M, "{waypoint:?} is missed by {off} m");
    }
    assert!((walked.times[2][1] - 8.5).abs() < 1e-6);
    // During the rest nobody walks.
    let drift = (walked.pelvis(6.9) - walked.pelvis(7.8)).norm();
    assert!(drift < 0.05, "{drift} m in the rest");
}

#[test]
fn legs_are_walked_at_their_speeds() {
    let waypoints = [to(0.0, 1.0), at_speed(0.0, 6.0, 0.6), at_speed(5.0, 6.0, 1.2), at_speed(5.0, 16.0, 1.9)];
    let walked = Walked::through("walk_forward_turn_around", &waypoints, 22.0);
    for (pair, speed) in walked.times.windows(2).zip([0.6, 1.2, 1.9]) {
        let (from, to) = (pair[0][1], pair[1][0]);
        let (third, length) = ((to - from) / 3.0, to - from);
        let got = walked.speed(from + third, to - third);
        assert!((got / speed - 1.0).abs() < 0.06, "{got} m/s instead of {speed} m/s");
        assert!(length > 0.9 * 5.0 / speed, "{length} s");
    }
    // Without a word the speed is the gait's.
    let plain = Walked::through("walk_forward_turn_around", &[to(0.0, 0.0), to(0.0, 8.0)], 12.0);
    let score = ScoreBook::builtin().get("walk_forward_turn_around").unwrap();
    let usual = Rendition::plain(score).speed_mps;
    let got = plain.speed(3.0, 5.0);
    assert!((got / usual - 1.0).abs() < 0.12, "{got} m/s, of which {usual} m/s by the score for another stature");
}

#[test]
fn feet_stand_and_bodies_keep_their_limits() {
    let square = [
        to(0.0, 2.0),
        to(2.0, 2.0),
        to(2.0, 4.0),
        to(0.0, 4.0),
        Waypoint { stay_s: 1.0, ..to(0.0, 2.0) },
        to(2.0, 2.0),
    ];
    let slow: Vec<Waypoint> =
        square.iter().enumerate().map(|(i, w)| if i == 0 { *w } else { at_speed(w.x_m, w.y_m, 0.4) }).collect();
    let wide: Vec<Waypoint> = square.iter().map(|w| to(3.0 * w.x_m, 3.0 * w.y_m)).collect();
    let zigzag = [to(0.0, 1.0), to(1.0, 2.0), to(-0.5, 3.0), to(1.0, 3.5), to(0.0, 1.0)];
    for (slug, waypoints, name) in [
        ("walk_forward_turn_around", &square[..], "square"),
        ("walk_clockwise", &slow[..], "slow square"),
        ("walk_forward_turn_around", &zigzag[..], "zigzag"),
        ("jog_forward_turn_around", &wide[..], "jogged square"),
    ] {
        let walked = Walked::through(slug, waypoints, 24.0);
        let check = MotionCheck::measure(&walked.body.skeleton, &walked.played).unwrap();
        println!("{name}: {check:?}");
        assert!(check.slide_mps < 0.02, "{name}: a standing foot slides at {} m/s", check.slide_mps);
        assert!(check.below_floor_m < 0.01 && check.residual_m < 0.01, "{name}: {check:?}");
        assert!(check.foot_mps < 14.0 && check.hand_mps < 12.0 && check.knee_deg[1] < 150.0, "{name}: {check:?}");
        if name == "square" {
            // 167 m/s² of the head in corners between legs of 2 m, where the bank sets in quickly; motions of the book keep 150.
            assert!(check.acceleration_mps2 < 200.0, "{name}: {check:?}");
        }
    }
}

fn scene(people: &str) -> Result<Scene, String> {
    let yaml = format!("duration_s: 4\npeople:\n  - {people}\n");
    let document = Document::parse(&yaml, Path::new("scene.yaml")).map_err(|e| e.to_string())?;
    let spec: SceneSpec = document.typed().map_err(|e| e.to_string())?;
    Scene::check(&spec, false).map_err(|problems| document.rejected(problems).to_string())
}

#[test]
fn the_truth_says_where_everybody_is() {
    let scene = scene("{waypoints: [{x_m: -1, y_m: 3}, {x_m: 1, y_m: 3, time_s: 3}], stature_m: 1.8}").unwrap();
    let draw = scene.draw(&RandomTree::new(3), 0, &[], &[]).unwrap();
    assert_eq!(draw.people[0].motion, "walk_forward_turn_around");
    assert!((draw.people[0].range_m - 10f64.sqrt()).abs() < 1e-12);
    let truth = draw.truth(TruthClock::Frame, scene.frames()).unwrap();
    let joints = truth.array("person_0_joint_position_m").unwrap();
    let (times, ranges) = (truth.array("times_s").unwrap(), truth.array("person_0_joint_range_m").unwrap());
    let speeds = truth.array("person_0_joint_radial_velocity_mps").unwrap();
    assert_eq!(joints.shape(), [scene.frames(), truth.words[0].1.len(), 3]);
    assert_eq!(truth.words[0].1[0], "pelvis");
    // The joints are those of the mesh: the pelvis is inside of it, near its middle.
    let set = draw.set().unwrap();
    let mut vertices = vec![Vec3::zeros(); set.meshes[0].vertex_count()];
    for frame in [0, 20, 39] {
        set.meshes[0].vertices_at(times[[frame]], &mut vertices);
        let middle = vertices.iter().sum::<Vec3>() / vertices.len() as f64;
        let pelvis = Vec3::new(joints[[frame, 0, 0]], joints[[frame, 0, 1]], joints[[frame, 0, 2]]);
        assert!((middle - pelvis).xy().norm() < 0.15 && pelvis.z > 0.8 && pelvis.z < 1.1, "{pelvis}, {middle}");
    }
    // Radial velocities are the slopes of the ranges: their mean over a while is the way that is gone.
    let chirps = draw.truth(TruthClock::Chirp, 20).unwrap();
    let (t, r, v) = (
        chirps.array("times_s").unwrap(),
        chirps.array("person_0_joint_range_m").unwrap(),
        chirps.array("person_0_joint_radial_velocity_mps").unwrap(),
    );
    let knee = 4;
    let n = scene.sensor().fmcw().unwrap().loops_per_frame;
    for first in [0, 5 * n, 19 * n] {
        let gone: f64 =
            (first + 1..first + n).map(|i| 0.5 * (v[[i, knee]] + v[[i - 1, knee]]) * (t[[i]] - t[[i - 1]])).sum();
        let want = r[[first + n - 1, knee]] - r[[first, knee]];
        assert!((gone - want).abs() < 1e-6, "{gone} m instead of {want} m");
    }
    assert!(ranges.iter().all(|r| *r > 2.0 && *r < 4.0) && speeds.iter().all(|v| v.abs() < 6.0));
}

#[test]
fn wrong_waypoints_are_refused_where_they_stand() {
    for (people, said) in [
        ("{waypoints: []}", "scene.yaml:3: people.0.waypoints: there are 0 waypoints"),
        ("{waypoints: [{x_m: 0, y_m: 2}]}", "there are 1 waypoints"),
        (
            "{waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 2.1}]}",
            "people.0.waypoints.1: is 0.10 m from the waypoint before",
        ),
        (
            "{waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 4, speed_mps: 0}]}",
            "people.0.waypoints.1.speed_mps: 0 m/s; expected 0.1 to 2.5",
        ),
        ("{waypoints: [{x_m: 0, y_m: 2}, {x_m: .nan, y_m: 4}]}", "people.0.waypoints.1.x_m: NaN m"),
        ("{waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 4, time_s: 2, speed_mps: 1}]}", "leave one of them out"),
        ("{waypoints: [{x_m: 0, y_m: 2, speed_mps: 1}, {x_m: 0, y_m: 4}]}", "nothing leads to the first waypoint"),
        (
            "{waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 12, time_s: 3}]}",
            "people.0.waypoints.1.time_s: 3 s leaves 3.00 s for a way of 10.00 m",
        ),
        ("{waypoints: [{x_m: 0, y_m: 2, time_s: 3}, {x_m: 0, y_m: 4, time_s: 2}]}", "people.0.waypoints.1.time_s"),
        ("{waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 4, z_m: 1}]}", "people.0.waypoints.1.z_m: unknown field"),
        ("{motion: squat, waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 4}]}", "`squat` does not lead ahead"),
        (
            "{range_m: 3, waypoints: [{x_m: 0, y_m: 2}, {x_m: 0, y_m: 4}]}",
            "people.0.range_m: does not go with `waypoints`",
        ),
    ] {
        let message = scene(people).err().unwrap_or_default();
        assert!(message.contains(said), "{people}:\n{message}\ninstead of\n{said}");
    }
    // What only shows when the ramps are counted.
    let body = body();
    let score = ScoreBook::builtin().get("walk_forward_turn_around").unwrap();
    let tight = [to(0.0, 2.0), by(0.0, 6.9, 2.0)];
    let refused = score.walk(&body.skeleton, &Rendition::plain(score), &tight, 4.0, 60.0);
    assert!(refused.is_err_and(|e| e.to_string().contains("waypoints.1.time_s")));
}

#[test]
fn wrong_things_are_refused_where_they_stand() {
    let refused = |objects: &str| -> String {
        let yaml = format!("people: []\nobjects:\n  - {objects}\n");
        let document = Document::parse(&yaml, Path::new("scene.yaml")).unwrap();
        let spec: Result<SceneSpec, _> = document.typed();
        match spec {
            Err(e) => e.to_string(),
            Ok(spec) => Scene::check(&spec, false).err().map_or(String::new(), |p| document.rejected(p).to_string()),
        }
    };
    let path = |points: &str| format!("{{rcs_dbsm: 0, motion: {{path: {{points: [{points}]}}}}}}");
    for (thing, said) in [
        ("{rcs_m2: -1, x_m: 0, y_m: 2}".to_owned(), "scene.yaml:3: objects.0.rcs_m2: unknown field"),
        ("{rcs_dbsm: .nan, x_m: 0, y_m: 2}".into(), "objects.0.rcs_dbsm"),
        ("{rcs_dbsm: 200, x_m: 0, y_m: 2}".into(), "objects.0.rcs_dbsm: 200 to 200 dBsm reaches outside"),
        ("{rcs_dbsm: 0, y_m: 2}".into(), "objects.0.x_m: is missing"),
        ("{rcs_dbsm: 0, x_m: 0, y_m: 2, material: wood}".into(), "objects.0.material"),
        ("{rcs_dbsm: 0, x_m: 0, y_m: 2, tilt_deg: 3}".into(), "objects.0.tilt_deg"),
        ("{rcs_dbsm: 0, box_m: [1, 1, 1], x_m: 0, y_m: 2}".into(), "exactly one of"),
        (
            "{corner: {shape: trihedral, edge_m: -0.1}, x_m: 0, y_m: 2}".into(),
            "objects.0.corner.edge_m: -0.1 m; expected 0.005 to 10",
        ),
        (
            "{corner: {shape: trihedral, edge_m: 0.1, length_m: 0.1}, x_m: 0, y_m: 2}".into(),
            "objects.0.corner.length_m",
        ),
        ("{corner: {shape: cube, edge_m: 0.1}, x_m: 0, y_m: 2}".into(), "objects.0.corner.shape"),
        ("{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {}}".into(), "objects.0.motion: names no motion"),
        ("{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {spin: 3}}".into(), "objects.0.motion.spin: unknown field"),
        (
            "{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {rotation: {axis: [0, 0, 0], rpm: 3}}}".into(),
            "objects.0.motion.rotation.axis",
        ),
        (
            "{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {rotation: {axis: [0, 0, 1], rpm: 0}}}".into(),
            "objects.0.motion.rotation.rpm: 0 turns",
        ),
        (
            "{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {pendulum: {length_m: 0, amplitude_deg: 190}}}".into(),
            "objects.0.motion.pendulum.amplitude_deg: 190",
        ),
        (
            "{rcs_dbsm: 0, x_m: 0, y_m: 2, motion: {vibration: {axis: [1, 0, 0], amplitude_m: .inf, frequency_hz: 1}}}"
                .into(),
            "amplitude_m: inf",
        ),
        (
            "{box_m: [1, 0.1, 0.1], x_m: 0, y_m: 2, motion: {rotation: {axis: [0, 0, 1], rpm: 600}}}".into(),
            "degrees from frame to frame",
        ),
        (path(""), "objects.0.motion.path.points: has 0 waypoints"),
        (path("{x_m: 0, y_m: 1}"), "has 1 waypoints"),
        (path("{x_m: 0, y_m: 1}, {x_m: 0, y_m: 1, time_s: 1}"), "objects.0.motion.path.points.1: is the same place"),
        (path("{x_m: 0, y_m: 1}, {x_m: 0, y_m: 2, speed_mps: 0}"), "objects.0.motion.path.points.1.speed_mps: 0 m/s"),
        (path("{x_m: 0, y_m: 1}, {x_m: 0, y_m: .nan, speed_mps: 1}"), "objects.0.motion.path.points.1.y_m: NaN m"),
        (path("{x_m: 0, y_m: 1}, {x_m: 0, y_m: 2}"), "needs `time_s` or `speed_mps`"),
        (path("{x_m: 0, y_m: 1, stay_s: 3}, {x_m: 0, y_m: 2, time_s: 2}"), "is not later than 3 s"),
        (
            "{rcs_dbsm: 0, x_m: 1, motion: {path: {points: [{x_m: 0, y_m: 1}, {x_m: 0, y_m: 2, time_s: 1}]}}}".into(),
            "objects.0.x_m: the `motion.path` says",
        ),
    ] {
        let message = refused(&thing);
        assert!(message.contains(said), "{thing}:\n{message}\ninstead of\n{said}");
    }
}
