//! One motion in many conventions: the same joint positions written in other axes, units and ways give the same poses, in whatever window
//! they are read.
//!
//! Positions and rotations are made here by forward kinematics of our own (rotations against a T-pose, offsets in cm, y up), and written as a
//! BVH for any choice of local axes: with constant turns Aⱼ of the joints' axes, rotations become Gⱼ Aⱼ and offsets Aₚᵀ oⱼ, which leaves
//! every position where it is.

use super::{body, turn};
use kinecho::base::{Rotation, Vec3};
use kinecho::body::Joint;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, Inspection, JointMapBook, Known, Reading, Staged, Unit, UpAxis};
use proptest::prelude::*;

/// Name, parent and offset in cm of a T-pose that is y up and faces z.
const JOINTS: [(&str, Option<usize>, [f64; 3]); 22] = [
    ("Hips", None, [0.0, 0.0, 0.0]),
    ("LeftUpLeg", Some(0), [9.0, -6.0, 0.0]),
    ("LeftLeg", Some(1), [0.0, -42.0, 0.0]),
    ("LeftFoot", Some(2), [0.0, -41.0, 0.0]),
    ("LeftToeBase", Some(3), [0.0, -8.0, 14.0]),
    ("RightUpLeg", Some(0), [-9.0, -6.0, 0.0]),
    ("RightLeg", Some(5), [0.0, -42.0, 0.0]),
    ("RightFoot", Some(6), [0.0, -41.0, 0.0]),
    ("RightToeBase", Some(7), [0.0, -8.0, 14.0]),
    ("Spine", Some(0), [0.0, 11.0, 0.0]),
    ("Spine1", Some(9), [0.0, 13.0, 0.0]),
    ("Spine2", Some(10), [0.0, 13.0, 0.0]),
    ("Neck", Some(11), [0.0, 20.0, 0.0]),
    ("Head", Some(12), [0.0, 10.0, 2.0]),
    ("LeftShoulder", Some(11), [6.0, 16.0, 0.0]),
    ("LeftArm", Some(14), [12.0, 0.0, 0.0]),
    ("LeftForeArm", Some(15), [28.0, 0.0, 0.0]),
    ("LeftHand", Some(16), [25.0, 0.0, 0.0]),
    ("RightShoulder", Some(11), [-6.0, 16.0, 0.0]),
    ("RightArm", Some(18), [-12.0, 0.0, 0.0]),
    ("RightForeArm", Some(19), [-28.0, 0.0, 0.0]),
    ("RightHand", Some(20), [-25.0, 0.0, 0.0]),
];

/// A motion: rotations against the T-pose and the root's position in cm, frame by frame.
#[derive(Clone)]
pub(crate) struct Played {
    local: Vec<Vec<Rotation>>,
    root: Vec<Vec3>,
    rate: f64,
    /// From ankle to ball, cm.
    ball: [f64; 3],
}

/// Somebody who walks along z, leaning and crouching as told.
pub(crate) fn walk(frames: usize, rate: f64, crouch: f64, lean: f64) -> Played {
    let radians = |axis: usize, angle: f64| turn(axis, angle.to_degrees());
    let at = |i: usize| {
        let t = i as f64 / rate;
        let (s, c) = (std::f64::consts::TAU * t).sin_cos();
        let mut local = vec![Rotation::identity(); JOINTS.len()];
        for (side, hip, arm) in [(1.0, 1, 15), (-1.0, 5, 19)] {
            local[hip] = radians(0, -0.6 * side * s - crouch - 0.35);
            local[hip + 1] = radians(0, 0.55 + 0.35 * side * c + crouch);
            local[arm] = radians(0, 0.5 * side * s) * radians(2, -1.2 * side);
            local[arm + 1] = radians(1, -0.7 * side);
        }
        (local[9], local[10]) = (radians(0, 0.5 * lean), radians(0, 0.5 * lean));
        local[12] = radians(0, -lean);
        (local, Vec3::new(0.0, 90.0, 90.0 * t))
    };
    let (local, root) = (0..frames).map(at).unzip();
    Played { local, root, rate, ball: JOINTS[4].2 }
}

/// Somebody who walks along z on stiff legs, each of which stands on its place for half a second (a compass gait): feet that stand do not slide.
pub(crate) fn compass(frames: usize, rate: f64) -> Played {
    let (leg, half_step, reach) = (83.0, 0.5, 0.3);
    let mut played = walk(frames, rate, 0.0, 0.0);
    for (i, (local, root)) in played.local.iter_mut().zip(&mut played.root).enumerate() {
        let steps = i as f64 / rate / half_step;
        let (k, ahead) = (steps.floor(), reach * (1.0 - 2.0 * steps.fract()));
        let side = if (k as usize).is_multiple_of(2) { 1.0 } else { -1.0 };
        (1..9).for_each(|joint| local[joint] = Rotation::identity());
        local[1] = turn(0, (-ahead * side).to_degrees());
        local[5] = turn(0, (ahead * side).to_degrees());
        *root = Vec3::new(0.0, 14.0 + leg * ahead.cos(), leg * (2.0 * k * reach.sin() - ahead.sin()));
    }
    played
}

/// Somebody who stands with swinging arms.
pub(crate) fn stand(frames: usize, ball: [f64; 3]) -> Played {
    let mut played = Played { ball, ..walk(frames, 30.0, 0.0, 0.0) };
    for frame in &mut played.local {
        (1..9).for_each(|leg| frame[leg] = Rotation::identity());
    }
    played.root.fill(Vec3::new(0.0, 90.0, 0.0));
    played
}

impl Played {
    /// The same as an archive of SMPL's joints in a z-up world: rotation vectors times `angles`, translations in m times `way`.
    pub(crate) fn archive(&self, angles: f64, way: f64) -> Vec<u8> {
        const SMPL: [(usize, Joint); 8] = [
            (1, Joint::LeftHip),
            (2, Joint::LeftKnee),
            (5, Joint::RightHip),
            (6, Joint::RightKnee),
            (15, Joint::LeftShoulder),
            (16, Joint::LeftElbow),
            (19, Joint::RightShoulder),
            (20, Joint::RightElbow),
        ];
        let frames = self.local.len();
        let mut poses = vec![0.0; frames * 66];
        for (pose, local) in poses.chunks_mut(66).zip(&self.local) {
            pose[0] = std::f64::consts::FRAC_PI_2;
            for (ours, joint) in SMPL {
                pose[3 * joint as usize..][..3].copy_from_slice(local[ours].scaled_axis().as_slice());
            }
            pose.iter_mut().for_each(|v| *v *= angles);
        }
        let trans = self.root.iter().flat_map(|root| [root.x, -root.z, root.y].map(|v| 0.01 * v * way));
        super::npz(&[
            ("poses", "<f8", &[frames, 66], super::f64s(&poses)),
            ("trans", "<f8", &[frames, 3], super::f64s(&trans.collect::<Vec<_>>())),
            ("fps", "<f8", &[], super::f64s(&[self.rate])),
        ])
    }

    /// The same on the spot: the way left out, the root at one height, cm.
    pub(crate) fn in_place(&mut self, height: f64) {
        self.root.fill(Vec3::new(0.0, height, 0.0));
    }

    /// Somebody in the posture at rest all the time.
    pub(crate) fn resting(mut self) -> Self {
        self.local.iter_mut().for_each(|frame| frame.fill(Rotation::identity()));
        self
    }

    /// Everything from a frame on is somewhere else, m to the left.
    pub(crate) fn shift_from(&mut self, frame: usize, metres: f64) {
        self.root[frame..].iter_mut().for_each(|root| root.x += 100.0 * metres);
    }

    /// Rotations in the world.
    fn global(&self, frame: usize) -> Vec<Rotation> {
        let mut global: Vec<Rotation> = Vec::new();
        for (joint, local) in JOINTS.iter().zip(&self.local[frame]) {
            global.push(joint.1.map_or(*local, |p| global[p] * local));
        }
        global
    }

    /// Direction of the bone between two joints, in our axes (x left, y backward, z up of the T-pose).
    fn bone(&self, frame: usize, from: usize, to: usize) -> Vec3 {
        let global = self.global(frame);
        let mut at = vec![Vec3::zeros(); JOINTS.len()];
        for (j, (_, parent, offset)) in JOINTS.iter().enumerate() {
            at[j] = parent.map_or(Vec3::zeros(), |p| at[p] + global[p] * Vec3::from(*offset));
        }
        let v = (at[to] - at[from]).normalize();
        Vec3::new(v.x, -v.z, v.y)
    }

    /// The file of this motion with local axes `axes`, its world turned by `world`, lengths and ways scaled.
    pub(crate) fn bvh(&self, axes: &[Rotation], world: Rotation, unit: f64, way: f64) -> String {
        fn tree(j: usize, axes: &[Rotation], unit: f64, ball: [f64; 3], out: &mut String) {
            let (name, parent, offset) = JOINTS[j];
            let offset = if matches!(j, 4 | 8) { ball } else { offset };
            let o = parent.map_or(Vec3::zeros(), |p| axes[p].inverse() * Vec3::from(offset) * unit);
            let (kind, place) = if j == 0 { ("ROOT", "6 Xposition Yposition Zposition") } else { ("JOINT", "3") };
            *out += &format!("{kind} {name}\n{{\nOFFSET {} {} {}\n", o.x, o.y, o.z);
            *out += &format!("CHANNELS {place} Zrotation Yrotation Xrotation\n");
            (0..JOINTS.len()).filter(|k| JOINTS[*k].1 == Some(j)).for_each(|k| tree(k, axes, unit, ball, out));
            *out += "}\n";
        }
        let mut text = "HIERARCHY\n".to_owned();
        tree(0, axes, unit, self.ball, &mut text);
        text += &format!("MOTION\nFrames: {}\nFrame Time: {:.9}\n", self.local.len(), 1.0 / self.rate);
        for frame in 0..self.local.len() {
            let root = world * self.root[frame] * way;
            text += &format!("{} {} {}", root.x, root.y, root.z);
            for j in 0..JOINTS.len() {
                let local = match JOINTS[j].1 {
                    None => world * self.local[frame][j] * axes[j],
                    Some(p) => axes[p].inverse() * self.local[frame][j] * axes[j],
                };
                let (x, y, z) = local.euler_angles();
                text += &format!(" {:.9} {:.9} {:.9}", z.to_degrees(), y.to_degrees(), x.to_degrees());
            }
            text.push('\n');
        }
        text
    }
}

/// No axes but the T-pose's.
pub(crate) fn t_pose() -> Vec<Rotation> {
    vec![Rotation::identity(); JOINTS.len()]
}

/// Every joint's x along its bone, as MotionBuilder and LAFAN1 have it; joints that end chains go on as their parent does.
fn bone_aligned() -> Vec<Rotation> {
    let mut axes: Vec<Rotation> = Vec::new();
    for j in 0..JOINTS.len() {
        let child = (0..JOINTS.len()).find(|k| JOINTS[*k].1 == Some(j) && (j != 0 || *k == 9));
        let Some(child) = child else {
            axes.push(axes[JOINTS[j].1.unwrap()]);
            continue;
        };
        let along = Vec3::from(JOINTS[child].2).normalize();
        let aside = if along.x.abs() > 0.9 { along.cross(&-Vec3::y()) } else { along.cross(&Vec3::z()) }.normalize();
        let basis = nalgebra::Matrix3::from_columns(&[along, aside.cross(&along), aside]);
        axes.push(Rotation::from_matrix(&basis));
    }
    axes
}

pub(crate) fn read(text: &str, excerpt: Excerpt, reading: &Reading) -> Capture {
    Capture::parse_as(Format::Biovision, "t.bvh", text.as_bytes(), excerpt, reading).unwrap()
}

/// Largest distance between joints of two captures on the same body, both brought to the stage, m.
pub(crate) fn apart(a: &Capture, b: &Capture) -> f64 {
    let body = body();
    let staged =
        |c: &Capture| Staged::new(&c.onto(&body, JointMapBook::builtin()).unwrap(), &body.skeleton).unwrap().clip;
    let (a, b) = (staged(a), staged(b));
    assert_eq!(a.poses().len(), b.poses().len());
    let pairs = a.poses().iter().zip(b.poses()).map(|(a, b)| (body.skeleton.frames(a), body.skeleton.frames(b)));
    pairs
        .flat_map(|(a, b)| a.into_iter().zip(b).map(|(a, b)| (a.position - b.position).norm()).collect::<Vec<_>>())
        .fold(0.0, f64::max)
}

#[test]
fn positions_alone_count_whatever_the_axes() {
    for (crouch, lean) in [(0.0, 0.0), (0.0, 0.45), (0.7, 0.0)] {
        let played = walk(60, 30.0, crouch, lean);
        let plain = read(&played.bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
        let aligned = read(&played.bvh(&bone_aligned(), turn(0, 0.0), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
        let apart = apart(&plain, &aligned);
        println!("crouching {crouch}, leaning {lean}: {:.1} mm apart", 1e3 * apart);
        // The neck of this skeleton leans by 11° at rest, which bone-aligned axes do not say: that is 2 cm of the head.
        assert!(apart < 0.03, "crouching {crouch}, leaning {lean}: {apart} m apart");
        for capture in [plain, aligned] {
            let body = body();
            let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
            let clip = Staged::new(&clip, &body.skeleton).unwrap().clip;
            for (from, to, a, b) in [
                (Joint::LeftHip, Joint::LeftKnee, 1, 2),
                (Joint::RightKnee, Joint::RightAnkle, 6, 7),
                (Joint::LeftShoulder, Joint::LeftElbow, 15, 16),
                (Joint::RightElbow, Joint::RightWrist, 20, 21),
            ] {
                for frame in [0, 7, 31] {
                    let found = super::bone(&body, &clip, frame, from, to);
                    let expected = played.bone(frame, a, b);
                    assert!((found - expected).norm() < 0.02, "{from:?} in frame {frame}: {found} for {expected}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..Default::default() })]

    /// Frames are whole numbers of the rate: a window begins at one.
    #[test]
    fn a_second_has_the_same_poses_in_every_window(
        crouch in 0.0..0.8f64, lean in -0.2..0.5f64, one in 0usize..60, two in 0usize..60, aligned in any::<bool>(), length in 30usize..100,
    ) {
        let played = walk(160, 30.0, crouch, lean);
        let axes = if aligned { bone_aligned() } else { t_pose() };
        let text = played.bvh(&axes, turn(1, 40.0), 1.0, 1.0);
        let body = body();
        let poses = |from: usize, frames: usize| {
            let excerpt = Excerpt::new(from as f64 / 30.0, (frames - 1) as f64 / 30.0);
            read(&text, excerpt, &Reading::AS_IS).onto(&body, JointMapBook::builtin()).unwrap().poses().to_vec()
        };
        let (a, b) = (poses(one, length), poses(two, length));
        let (first, last) = (one.max(two), one.min(two) + length.min(160 - one.max(two)));
        for frame in first..last.min(first + 30) {
            prop_assert_eq!(&a[frame - one], &b[frame - two]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..Default::default() })]

    /// Between frames as well: the splines are those of the file, up to the ends of a window. Ends of their own would be off by up to 12 mm and
    /// 1.1 m/s in a kick at 30 Hz.
    #[test]
    fn a_second_moves_alike_in_every_window(one in 0usize..60, length in 20usize..60, crouch in 0.0..0.6f64) {
        let text = walk(160, 30.0, crouch, 0.1).bvh(&t_pose(), turn(1, 40.0), 1.0, 1.0);
        let body = body();
        let clip = |excerpt| read(&text, excerpt, &Reading::AS_IS).onto(&body, JointMapBook::builtin()).unwrap();
        let (whole, part) = (clip(Excerpt::WHOLE), clip(Excerpt::new(one as f64 / 30.0, (length - 1) as f64 / 30.0)));
        prop_assert_eq!(part.poses().len(), length);
        let hand = |clip: &kinecho::motion::Clip, time: f64| body.skeleton.frames(&clip.pose_at(time))[21].position;
        for step in 0..4 * (length - 1) {
            let (time, later) = ((step as f64 + 0.3) / 120.0, (step as f64 + 0.6) / 120.0);
            let from = one as f64 / 30.0;
            let (a, b) = (hand(&part, time), hand(&whole, from + time));
            prop_assert!((a - b).norm() < 1e-7, "{} m apart at {time} s", (a - b).norm());
            let speeds = [(&part, 0.0), (&whole, from)].map(|(clip, from)| (hand(clip, from + later) - hand(clip, from + time)) * 400.0);
            prop_assert!((speeds[0] - speeds[1]).norm() < 1e-4, "{} against {} m/s", speeds[0], speeds[1]);
        }
    }
}

/// Soles are level where feet stand, however far below the ankle a skeleton has its balls (10° to 40° in public files) and however its feet are
/// rolled at rest.
#[test]
fn soles_are_level_where_feet_stand() {
    let body = body();
    let level = |text: &str, what: &str| {
        let clip = read(text, Excerpt::WHOLE, &Reading::AS_IS).onto(&body, JointMapBook::builtin()).unwrap();
        for pose in [&clip.poses()[0], &clip.poses()[40]] {
            let frames = body.skeleton.frames(pose);
            for ankle in [Joint::LeftAnkle, Joint::RightAnkle] {
                let up = frames[ankle as usize].rotation * Vec3::z();
                assert!(up.z > 2f64.to_radians().cos(), "{what}: the sole of {ankle:?} points to {up}");
            }
        }
    };
    for below in [10f64, 25.0, 40.0] {
        let ball = [0.0, -16.0 * below.to_radians().sin(), 16.0 * below.to_radians().cos()];
        let played = stand(60, ball);
        level(&played.bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0), &format!("T-pose, ball {below}° below"));
        level(&played.bvh(&bone_aligned(), turn(0, 0.0), 1.0, 1.0), &format!("bone-aligned, ball {below}° below"));
    }
    // CMU's skeletons stand on the edges of their feet if their T-pose is taken by its word: by 16° to 25°.
    let mut axes = t_pose();
    for (joint, roll) in [(3, 20.0), (4, 20.0), (7, -20.0), (8, -20.0)] {
        axes[joint] = turn(2, roll);
    }
    level(&stand(60, JOINTS[4].2).bvh(&axes, turn(0, 0.0), 1.0, 1.0), "rolled at rest");
}

/// Bandai Namco's data set writes the side behind the name; its `Spine` is not the pelvis, as that of Rigify is.
#[test]
fn names_with_the_side_behind_them_find_all_joints() {
    let mut text = walk(30, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let names = [
        ("UpLeg", "UpperLeg"),
        ("Leg", "LowerLeg"),
        ("Foot", "Foot"),
        ("ToeBase", "Toes"),
        ("Shoulder", "Shoulder"),
        ("Arm", "UpperArm"),
        ("ForeArm", "LowerArm"),
        ("Hand", "Hand"),
    ];
    for (theirs, ours) in names {
        for (side, letter) in [("Left", "L"), ("Right", "R")] {
            text = text.replace(&format!("JOINT {side}{theirs}\n"), &format!("JOINT {ours}_{letter}\n"));
        }
    }
    let text = text.replace("JOINT Spine2\n", "JOINT UpperChest\n").replace("JOINT Spine1\n", "JOINT Chest\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("walk.bvh");
    std::fs::write(&file, text).unwrap();
    let found = Inspection::of(&file, &Reading::AS_IS, JointMapBook::builtin()).unwrap();
    assert_eq!((found.joints.len(), found.unmapped.len()), (22, 0), "{found:?}");
    for (name, joint) in
        [("Hips", Joint::Pelvis), ("Spine", Joint::Spine1), ("Toes_L", Joint::LeftFoot), ("Hand_R", Joint::RightWrist)]
    {
        assert!(
            found.joints.iter().any(|j| j.file == name && j.joint == joint),
            "{name} is not {joint:?}: {:?}",
            found.joints
        );
    }
}

/// Heads whose rest posture says nothing look ahead.
#[test]
fn heads_of_bone_aligned_skeletons_look_ahead() {
    let body = body();
    for neck in [-20.0, 0.0, 30.0] {
        let mut played = stand(60, JOINTS[4].2);
        played.local.iter_mut().for_each(|frame| frame[12] = turn(0, neck));
        let text = played.bvh(&bone_aligned(), turn(0, 0.0), 1.0, 1.0);
        let clip = read(&text, Excerpt::WHOLE, &Reading::AS_IS).onto(&body, JointMapBook::builtin()).unwrap();
        let ahead = body.skeleton.frames(&clip.poses()[30])[Joint::Head as usize].rotation * -Vec3::y();
        assert!(ahead.z.abs() < 0.03, "a neck that leans by {neck}°: the head looks to {ahead}");
    }
}

/// The same in windows of an archive: axes and floor are of the file as well.
#[test]
fn a_second_of_an_archive_has_the_same_poses_in_every_window() {
    let bytes = super::amass::file("fps", 400, 156);
    let body = body();
    let poses = |start: f64| {
        let capture = Capture::parse(Format::Amass, "a.npz", &bytes, Excerpt::new(start, 1.0)).unwrap();
        capture.onto(&body, JointMapBook::builtin()).unwrap().poses().to_vec()
    };
    let (a, b) = (poses(0.5), poses(1.0));
    assert_eq!(a[60..], b[..a.len() - 60]);
}

#[test]
fn worlds_of_other_axes_are_turned_and_named() {
    let played = walk(90, 30.0, 0.0, 0.1);
    let plain = read(&played.bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
    let person = plain.person(JointMapBook::builtin()).unwrap();
    assert_eq!((person.up, person.up_from, person.unit), (UpAxis::Y, Known::Kind, Some(Unit::Cm)));
    assert!((person.stature_m.unwrap() - 1.69).abs() < 0.03 && person.upright > 0.99, "{person:?}");
    assert!((person.speed_mps[0] - 0.9).abs() < 0.02, "{:?}", person.speed_mps);
    // y up at rest, but z, −y or x up in the frames: of somebody who walks, one way is left.
    for (up, world) in [(UpAxis::Z, turn(0, 90.0)), (UpAxis::MinusY, turn(0, 180.0)), (UpAxis::X, turn(2, -90.0))] {
        let turned = read(&played.bvh(&t_pose(), world, 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
        let person = turned.person(JointMapBook::builtin()).unwrap();
        assert_eq!((person.up, person.up_from), (up, Known::Motion));
        assert!(person.notes[0].contains(&format!("with {up} up")), "{:?}", person.notes);
        assert!(apart(&plain, &turned) < 1e-6, "{up}");
    }
    // What is stated counts, even against what is seen.
    let reading = Reading { up: Some(UpAxis::Y), ..Reading::AS_IS };
    let lying = read(&played.bvh(&t_pose(), turn(0, 90.0), 1.0, 1.0), Excerpt::new(0.0, 0.0), &reading);
    let error = lying.person(JointMapBook::builtin());
    assert!(error.is_ok_and(|person| person.up_from == Known::Stated && person.upright < 0.1));
}

#[test]
fn ways_in_another_unit_than_the_bones_are_mended_or_refused() {
    let played = walk(90, 30.0, 0.0, 0.0);
    let plain = read(&played.bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
    // Metres, millimetres and inches all alike: the body gives the scale.
    for (scale, unit) in [(0.01, Unit::M), (10.0, Unit::Mm), (1.0 / 2.54, Unit::Inch)] {
        let other = read(&played.bvh(&t_pose(), turn(0, 0.0), scale, scale), Excerpt::WHOLE, &Reading::AS_IS);
        assert_eq!(other.person(JointMapBook::builtin()).unwrap().unit, Some(unit));
        assert!(apart(&plain, &other) < 1e-6, "{unit}");
    }
    let mixed = read(&played.bvh(&t_pose(), turn(0, 0.0), 0.01, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
    let person = mixed.person(JointMapBook::builtin()).unwrap();
    assert!(person.way_scale == 0.01 && person.notes[0].contains("taken for cm"), "{person:?}");
    assert!(apart(&plain, &mixed) < 1e-6);
    let stated = Reading { unit: Some(Unit::Cm), ..Reading::AS_IS };
    let mixed = read(&played.bvh(&t_pose(), turn(0, 0.0), 0.01, 1.0), Excerpt::WHOLE, &stated);
    assert!(apart(&plain, &mixed) < 1e-6);
}

#[test]
fn rates_that_nobody_moves_at_are_mended_or_refused() {
    let text = walk(60, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let with = |time: &str, reading: &Reading| {
        let text = text.replace("Frame Time: 0.033333333", time);
        let capture = Capture::parse_as(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE, reading)?;
        capture.person(JointMapBook::builtin()).map(|_| capture)
    };
    let rate = |time: &str| with(time, &Reading::AS_IS).unwrap().rate_hz;
    assert!((rate("Frame Time:0.04") - 25.0).abs() < 1e-9 && (rate("frame time :\t0.04") - 25.0).abs() < 1e-9);
    assert!((rate("Frame Time: 33.333333") - 30.0).abs() < 1e-3, "ms");
    for (time, named) in
        [("Frame Time: 1.0", "1 s apart"), ("Frame Time: 30", "30 s apart"), ("Frame Time: 0.001", "m/s")]
    {
        let error = with(time, &Reading::AS_IS).unwrap_err().to_string();
        assert!(error.contains(named) && error.contains("--rate") && error.contains("rate_hz"), "{error}");
        let stated = Reading { rate_hz: Some(30.0), ..Reading::AS_IS };
        assert_eq!(with(time, &stated).unwrap().rate_hz, 30.0);
    }
}

/// One joint of three channels written as three of one channel each, two of them without length: the last one carries the rotation.
#[test]
fn joints_without_length_carry_rotations_on() {
    let played = walk(40, 30.0, 0.0, 0.0);
    let plain = played.bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    // The rotation of the left thigh moves to a joint of its own that lies in the same place.
    let at = plain.find("JOINT LeftUpLeg").unwrap();
    let (head, rest) = plain.split_at(at);
    let rest = rest.replacen(
        "CHANNELS 3 Zrotation Yrotation Xrotation\n",
        "CHANNELS 0\nJOINT LeftUpLegTurn\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Yrotation Xrotation\n",
        1,
    );
    let end = rest.find("JOINT RightUpLeg").unwrap();
    let split = format!("{head}{}}}\n{}", &rest[..end], &rest[end..]);
    let apart = apart(&read(&plain, Excerpt::WHOLE, &Reading::AS_IS), &read(&split, Excerpt::WHOLE, &Reading::AS_IS));
    assert!(apart < 1e-9, "{apart}");
}

#[test]
fn a_frame_line_of_the_wrong_length_is_named_wherever_it_stands() {
    let text = walk(200, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let first = text.lines().position(|l| l.starts_with("Frame Time")).unwrap() + 1;
    for frame in [0, 90, 199] {
        for change in [" 0.0", "", " x"] {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let line = &mut lines[first + frame];
            *line = match change {
                "" => line.rsplit_once(' ').unwrap().0.to_owned(),
                " x" => format!("{} x", line.rsplit_once(' ').unwrap().0),
                more => format!("{line}{more}"),
            };
            let text = lines.join("\r\n");
            let read = Capture::parse(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::new(1.0, 0.5));
            let error = read.unwrap_err().to_string();
            let place = format!("t.bvh:{}:", first + frame + 1);
            assert!(error.contains(&place) && error.contains(&format!("frame {frame}")), "{error}");
        }
    }
    let short = text.replace("Frames: 200", "Frames: 180");
    let capture = read(&short, Excerpt::WHOLE, &Reading::AS_IS);
    assert!(capture.frames() == 180 && capture.notes[0].contains("20 lines"), "{:?}", capture.notes);
}

#[test]
fn prefixes_numbers_and_marks_do_not_hide_joints() {
    let text = walk(40, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let plain = read(&text, Excerpt::WHOLE, &Reading::AS_IS);
    let renamed = |name: &dyn Fn(usize, &str) -> String| {
        let mut text = text.clone();
        for (j, (old, ..)) in JOINTS.iter().enumerate() {
            for kind in ["ROOT", "JOINT"] {
                text = text.replace(&format!("{kind} {old}\n"), &format!("{kind} {}\n", name(j, old)));
            }
        }
        text
    };
    for prefix in ["mixamorig:", "mixamorig_", "mixamorig", "Character1_", "Model_", "Robot-", "a:b:"] {
        let other = read(&renamed(&|_, name| format!("{prefix}{name}")), Excerpt::WHOLE, &Reading::AS_IS);
        assert!(apart(&plain, &other) < 1e-9, "{prefix}");
    }
    let numbered = renamed(&|j, name| format!("mixamorig:{name}_{j:02}"));
    assert!(apart(&plain, &read(&numbered, Excerpt::WHOLE, &Reading::AS_IS)) < 1e-9);
    let marked = format!("\u{feff}{text}");
    assert!(apart(&plain, &read(&marked, Excerpt::WHOLE, &Reading::AS_IS)) < 1e-9);
    // Skeletons of other programs, joint by joint in the order of ours.
    let sides = |left: [&str; 4], arms: [&str; 4]| {
        let mut names: Vec<String> = Vec::new();
        let side = |name: &str, left: bool| {
            name.replace('*', if left { "L" } else { "R" }).replace('+', if left { "l" } else { "r" })
        };
        for is_left in [true, false] {
            names.extend(left.iter().map(|n| side(n, is_left)));
        }
        (names, [true, false].map(|is_left| arms.map(|n| side(n, is_left)).to_vec()).concat())
    };
    for (what, trunk, legs, arms) in [
        (
            "optitrack",
            ["Hip", "Ab", "Ab2", "Chest", "Neck", "Head"],
            ["*Thigh", "*Shin", "*Foot", "*Toe"],
            ["*Shoulder", "*UArm", "*FArm", "*Hand"],
        ),
        (
            "character_creator",
            [
                "CC_Base_Hip",
                "CC_Base_Waist",
                "CC_Base_Spine01",
                "CC_Base_Spine02",
                "CC_Base_NeckTwist01",
                "CC_Base_Head",
            ],
            ["CC_Base_*_Thigh", "CC_Base_*_Calf", "CC_Base_*_Foot", "CC_Base_*_ToeBase"],
            ["CC_Base_*_Clavicle", "CC_Base_*_Upperarm", "CC_Base_*_Forearm", "CC_Base_*_Hand"],
        ),
        (
            "smpl",
            ["m_avg_Pelvis", "m_avg_Spine1", "m_avg_Spine2", "m_avg_Spine3", "m_avg_Neck", "m_avg_Head"],
            ["m_avg_*_Hip", "m_avg_*_Knee", "m_avg_*_Ankle", "m_avg_*_Foot"],
            ["m_avg_*_Collar", "m_avg_*_Shoulder", "m_avg_*_Elbow", "m_avg_*_Wrist"],
        ),
        (
            "asf",
            ["root", "lowerback", "upperback", "thorax", "lowerneck", "head"],
            ["+femur", "+tibia", "+foot", "+toes"],
            ["+clavicle", "+humerus", "+radius", "+wrist"],
        ),
    ] {
        let (legs, arms) = sides(legs, arms);
        let names: Vec<String> = std::iter::once(trunk[0].to_owned())
            .chain(legs)
            .chain(trunk[1..].iter().map(|n| (*n).to_owned()))
            .chain(arms)
            .collect();
        let other = read(&renamed(&|j, _| names[j].clone()), Excerpt::WHOLE, &Reading::AS_IS);
        assert!(other.onto(&body(), JointMapBook::builtin()).is_ok(), "{what}");
    }
}
