//! Foreign skeletons in BVH: whatever the names, axes, units, channel orders and rest postures, bones point where the file's do.

use super::{body, bone, turn};
use kinecho::base::{Rotation, Vec3};
use kinecho::body::Joint;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook, Poses, Staged};

/// A joint of the test skeleton: name in CMU's convention, parent, offset in cm (x left, y up, z forward).
const T_POSE: [(&str, Option<usize>, [f64; 3]); 17] = [
    ("Hips", None, [0.0, 95.0, 0.0]),
    ("LeftUpLeg", Some(0), [9.0, -5.0, 0.0]),
    ("LeftLeg", Some(1), [0.0, -42.0, 0.0]),
    ("LeftFoot", Some(2), [0.0, -40.0, 0.0]),
    ("LeftToeBase", Some(3), [0.0, -6.0, 14.0]),
    ("RightUpLeg", Some(0), [-9.0, -5.0, 0.0]),
    ("RightLeg", Some(5), [0.0, -42.0, 0.0]),
    ("RightFoot", Some(6), [0.0, -40.0, 0.0]),
    ("Spine", Some(0), [0.0, 12.0, 0.0]),
    ("Neck", Some(8), [0.0, 38.0, 0.0]),
    ("Head", Some(9), [0.0, 10.0, 0.0]),
    ("LeftArm", Some(8), [18.0, 30.0, 0.0]),
    ("LeftForeArm", Some(11), [28.0, 0.0, 0.0]),
    ("LeftHand", Some(12), [25.0, 0.0, 0.0]),
    ("RightArm", Some(8), [-18.0, 30.0, 0.0]),
    ("RightForeArm", Some(14), [-28.0, 0.0, 0.0]),
    ("RightHand", Some(15), [-25.0, 0.0, 0.0]),
];

/// How a file lays out the same person.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Channel order of rotations.
    pub(crate) order: [usize; 3],
    /// From y up to the file's axes.
    pub(crate) world: Rotation,
    /// File units a cm.
    pub(crate) unit: f64,
    /// Local axes of every joint against the T-pose's: bones then lie along other axes at rest, and rest is no stand.
    pub(crate) local: Rotation,
}

pub(crate) fn plain() -> Layout {
    Layout { order: [2, 0, 1], world: Rotation::identity(), unit: 1.0, local: Rotation::identity() }
}

/// Angles in degrees of `rotation = R(a) R(b) R(c)` about the axes of `order`.
fn angles(rotation: Rotation, order: [usize; 3]) -> [f64; 3] {
    // In a frame whose x, y, z are the axes of the order, the last turn first (roll, pitch, yaw); an odd order flips signs.
    let [a, b, c] = order;
    let odd = Vec3::ith(c, 1.0).cross(&Vec3::ith(b, 1.0)).dot(&Vec3::ith(a, 1.0));
    let basis = nalgebra::Matrix3::from_columns(&[Vec3::ith(c, 1.0), Vec3::ith(b, 1.0), Vec3::ith(a, odd)]);
    let seen = basis.transpose() * rotation.to_rotation_matrix().matrix() * basis;
    let (roll, pitch, yaw) = nalgebra::Rotation3::from_matrix_unchecked(seen).euler_angles();
    [yaw * odd, pitch, roll].map(f64::to_degrees)
}

/// A BVH of postures: each a rotation (in y-up world axes) of some joints against the T-pose, inherited by their children.
pub(crate) fn bvh(layout: Layout, postures: &[Vec<(&str, Rotation)>]) -> String {
    let Layout { order, world, unit, local } = layout;
    // A joint's axes in the file: its T-pose rotation is `world * local`, so that all-zero rotations are no T-pose.
    let offset = |j: usize| {
        let parent_axes = if T_POSE[j].1.is_none() { Rotation::identity() } else { local };
        let v = parent_axes.inverse() * Vec3::from(T_POSE[j].2);
        if T_POSE[j].1.is_none() { world * v * unit } else { v * unit }
    };
    fn joint(j: usize, depth: usize, order: [usize; 3], offset: &dyn Fn(usize) -> Vec3, out: &mut String) {
        let pad = "\t".repeat(depth);
        let o = offset(j);
        let kind = if j == 0 { "ROOT" } else { "JOINT" };
        let letter = |a: usize| ["X", "Y", "Z"][a];
        let rotations: String = order.iter().map(|a| format!(" {}rotation", letter(*a))).collect();
        let channels =
            if j == 0 { format!("6 Xposition Yposition Zposition{rotations}") } else { format!("3{rotations}") };
        *out += &format!(
            "{pad}{kind} {}\n{pad}{{\n{pad}\tOFFSET {} {} {}\n{pad}\tCHANNELS {channels}\n",
            T_POSE[j].0, o.x, o.y, o.z
        );
        let children: Vec<usize> = (0..T_POSE.len()).filter(|k| T_POSE[*k].1 == Some(j)).collect();
        for k in &children {
            joint(*k, depth + 1, order, offset, out);
        }
        if children.is_empty() {
            *out += &format!("{pad}\tEnd Site\n{pad}\t{{\n{pad}\t\tOFFSET 0 1 0\n{pad}\t}}\n");
        }
        *out += &format!("{pad}}}\n");
    }
    let mut text = "HIERARCHY\n".to_owned();
    joint(0, 0, order, &offset, &mut text);
    text += &format!("MOTION\nFrames: {}\nFrame Time: 0.0083333\n", postures.len());
    for posture in postures {
        let root = offset(0);
        let mut line = format!("{} {} {}", root.x, root.y, root.z);
        for (j, (name, parent, _)) in T_POSE.iter().enumerate() {
            // Global rotations against the T-pose here and above.
            let global = |mut j: usize| {
                loop {
                    match (posture.iter().find(|(n, _)| *n == T_POSE[j].0), T_POSE[j].1) {
                        (Some((_, r)), _) => break *r,
                        (None, Some(p)) => j = p,
                        (None, None) => break Rotation::identity(),
                    }
                }
            };
            let _ = name;
            let here = world * global(j) * local;
            let above = parent.map_or(Rotation::identity(), |p| world * global(p) * local);
            for angle in angles(above.inverse() * here, order) {
                line += &format!(" {angle:.9}");
            }
        }
        text += &line;
        text.push('\n');
    }
    text
}

/// A stand, then one with every limb somewhere else: the left arm forward with a bent elbow, a lifted and bent right leg.
pub(crate) fn postures() -> Vec<Vec<(&'static str, Rotation)>> {
    vec![
        vec![("LeftArm", turn(2, -80.0)), ("RightArm", turn(2, 80.0))],
        vec![
            ("LeftArm", turn(1, -80.0)),
            ("LeftForeArm", turn(0, -60.0) * turn(1, -80.0)),
            ("RightArm", turn(2, 70.0)),
            ("RightUpLeg", turn(0, -70.0)),
            ("RightLeg", turn(0, 20.0)),
            ("Spine", turn(1, 30.0)),
        ],
    ]
}

/// Bones of the second posture in our axes (x left, y backward, z up), by hand from the rotations above.
fn expected() -> Vec<(Joint, Joint, Vec3)> {
    let ours = |v: Vec3| Vec3::new(v.x, -v.z, v.y);
    let rotated = |r: Rotation, v: Vec3| ours(r * v);
    vec![
        (Joint::LeftShoulder, Joint::LeftElbow, rotated(turn(1, -80.0), Vec3::x())),
        (Joint::LeftElbow, Joint::LeftWrist, rotated(turn(0, -60.0) * turn(1, -80.0), Vec3::x())),
        (Joint::RightShoulder, Joint::RightElbow, rotated(turn(2, 70.0), -Vec3::x())),
        (Joint::RightHip, Joint::RightKnee, rotated(turn(0, -70.0), -Vec3::y())),
        (Joint::RightKnee, Joint::RightAnkle, rotated(turn(0, 20.0), -Vec3::y())),
        (Joint::LeftHip, Joint::LeftKnee, Vec3::new(0.0, 0.0, -1.0)),
    ]
}

pub(crate) fn assert_follows(capture: &Capture, maps: &JointMapBook, what: &str) {
    let body = body();
    let clip = capture.onto(&body, maps).unwrap();
    let clip = Staged::new(&clip, &body.skeleton).unwrap().clip;
    let last = clip.poses().len() - 1;
    for (from, to, direction) in expected() {
        let found = bone(&body, &clip, last, from, to);
        assert!((found - direction).norm() < 1e-3, "{what}: {from:?} points to {found}, expected {direction}");
    }
    // The trunk is turned 30° to the left (about the vertical), the pelvis is not.
    let frames = body.skeleton.frames(&clip.poses()[last]);
    let chest = frames[Joint::Spine3 as usize].rotation * Vec3::new(0.0, -1.0, 0.0);
    let angle = chest.x.atan2(-chest.y).to_degrees();
    assert!((angle - 30.0).abs() < 0.5, "{what}: the chest is turned by {angle}°");
    assert!(frames[0].rotation.angle() < 1e-3, "{what}: {}", frames[0].rotation.angle());
}

#[test]
fn bones_point_where_the_files_bones_do() {
    for order in [[2, 0, 1], [0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1]] {
        let text = bvh(Layout { order, ..plain() }, &postures());
        let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
        assert!((capture.rate_hz - 120.0).abs() < 0.01);
        assert_follows(&capture, JointMapBook::builtin(), &format!("order {order:?}"));
    }
    for (what, layout) in [
        ("z up, in metres", Layout { world: turn(0, 90.0), local: turn(0, -90.0), unit: 0.01, ..plain() }),
        ("turned by 90° in the room", Layout { world: turn(1, 90.0), ..plain() }),
        ("bones along other axes, rest no stand", Layout { local: turn(2, 90.0) * turn(0, 35.0), ..plain() }),
    ] {
        let text = bvh(layout, &postures());
        let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
        assert_follows(&capture, JointMapBook::builtin(), what);
    }
    // A skeleton that is y up at rest and walks about in a z-up world: nothing in the file says which of the two is true.
    let text = bvh(Layout { world: turn(0, 90.0), ..plain() }, &postures());
    let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    let yaml = include_str!("../../../scenes/joint_maps.yaml").replace("  - name: cmu", "  - up: z\n    name: cmu");
    assert_follows(&capture, &JointMapBook::parse(&yaml, "own.yaml".as_ref()).unwrap(), "z up by the map");
}

#[test]
fn lengths_are_scaled_to_the_body() {
    let text = bvh(plain(), &[vec![], vec![]]);
    let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    let body = body();
    let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
    let hips = (body.skeleton.frames(&clip.poses()[0])[0].position.z - body.skeleton.rest[0].z).abs();
    assert!(hips < 0.03, "the pelvis of a stand is at the body's own height, not {hips} m off");
}

#[test]
fn excerpts_of_bvh_skip_frames() {
    let many: Vec<_> = (0..30).map(|i| vec![("LeftArm", turn(2, -80.0 + f64::from(i)))]).collect();
    let text = bvh(plain(), &many);
    let read = |e| Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), e).unwrap();
    let (whole, part) = (read(Excerpt::WHOLE), read(Excerpt::new(10.0 / 120.0, 0.05)));
    let shown = part.shown.clone();
    let (Poses::Joints(whole), Poses::Joints(part)) = (whole.poses, part.poses) else { panic!() };
    assert_eq!(whole.frames[10..17], part.frames[shown]);
}

#[test]
fn wrong_bvh_files_name_line_and_cause() {
    let good = bvh(plain(), &[vec![]]);
    let refused = |text: &str, words: &[&str]| {
        let error =
            Capture::parse(Format::Biovision, "bad.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
        for word in words.iter().chain(&["bad.bvh"]) {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
    };
    refused("", &["ends here", "HIERARCHY"]);
    refused("solid cube", &["bad.bvh:1", "solid"]);
    refused(&good.replace("CHANNELS 3 Z", "CHANNELS 3 W"), &["Wrotation", "not a channel", "bad.bvh:"]);
    refused(&good.replacen("OFFSET 0", "OFFSET nan", 1), &["bad.bvh:4", "nan"]);
    refused(&good.replace("Frames: 1", "Frames: 7"), &["frame 1 of 7"]);
    refused(&good.replace("Frame Time: 0.0083333", "Frame Time: 0"), &["frame of 0 s"]);
    let capture = |text: &str| Capture::parse(Format::Biovision, "dog.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    let error =
        capture(&good.replace("LeftArm", "Tail")).onto(&body(), JointMapBook::builtin()).unwrap_err().to_string();
    for word in ["dog.bvh", "left_shoulder", "Tail", "--joint-map"] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
}

/// A map of one's own finds joints that no built-in map knows.
#[test]
fn own_joint_maps_are_used() {
    let yaml = include_str!("../../../scenes/joint_maps.yaml").replace("LeftArm, LeftUpperArm", "Tail");
    let maps = JointMapBook::parse(&yaml, "own.yaml".as_ref()).unwrap();
    let text = bvh(plain(), &postures()).replace("LeftArm", "Tail");
    let capture = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    assert!(capture.onto(&body(), &maps).is_ok() && capture.onto(&body(), JointMapBook::builtin()).is_err());
    let error = JointMapBook::parse("version: 1\nmaps: [{name: a, joints: {pelvis: Hips}}]", "own.yaml".as_ref());
    assert!(error.unwrap_err().to_string().contains("left_hip"));
    assert!(JointMapBook::parse("version: 1\nmaps: [{name: a, joints: {tail: T}}]", "own.yaml".as_ref()).is_err());
}

#[test]
fn a_limb_that_swings_in_a_file_of_ten_frames_a_second_has_its_velocity_in_between() {
    let swing = |t: f64| -40.0 + 30.0 * (std::f64::consts::TAU * t).sin();
    let postures: Vec<_> =
        (0..=40).map(|i| vec![("LeftArm", turn(2, swing(f64::from(i) / 10.0))), ("RightArm", turn(2, 80.0))]).collect();
    let text = bvh(plain(), &postures).replace("Frame Time: 0.0083333", "Frame Time: 0.1");
    let capture = Capture::parse(Format::Biovision, "swing.bvh", text.as_bytes(), Excerpt::WHOLE).unwrap();
    assert!((capture.rate_hz - 10.0).abs() < 1e-9);
    let body = body();
    let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
    let staged = Staged::new(&clip, &body.skeleton).unwrap().clip;
    let peak = 30.0_f64.to_radians() * std::f64::consts::TAU;
    for (name, clip) in [("as read", &clip), ("on its stage", &staged)] {
        let arm = |t: f64| {
            let frames = body.skeleton.frames(&clip.pose_at(t));
            (frames[Joint::LeftElbow as usize].position - frames[Joint::LeftShoulder as usize].position).normalize()
        };
        let h = 1e-4;
        let error = (0..200)
            .map(|i| {
                let t = 1.0 + 0.01 * f64::from(i) + 0.0037;
                let got = (arm(t + h) - arm(t - h)).norm() / (2.0 * h);
                (got - peak * (std::f64::consts::TAU * t).cos().abs()).abs()
            })
            .fold(0.0, f64::max);
        println!("{name}: the arm's velocity is within {:.2} % of its peak", 100.0 * error / peak);
        assert!(error < 0.01 * peak, "{name}: {error} rad/s of {peak}");
    }
}
