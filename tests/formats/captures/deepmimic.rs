//! DeepMimic's clips: a small one by hand, and the real ones where they are.

use super::{body, bone};
use crate::needs::data;
use kinecho::base::Vec3;
use kinecho::body::{Joint, JointFrame};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook, Staged};
use std::path::Path;

/// One frame: duration, root at height 0.85 m, all joints at rest but the given numbers.
fn frame(duration: f64, set: &[(usize, f64)]) -> Vec<f64> {
    let mut numbers = vec![0.0; 44];
    (numbers[0], numbers[2]) = (duration, 0.85);
    // The real part of every quaternion: root, chest, neck, right hip, ankle, shoulder, left hip, ankle, shoulder.
    for at in [4, 8, 12, 16, 21, 25, 30, 35, 39] {
        numbers[at] = 1.0;
    }
    for (at, value) in set {
        numbers[*at] = *value;
    }
    numbers
}

pub(crate) fn clip(frames: &[Vec<f64>]) -> Vec<u8> {
    serde_json::json!({"Loop": "none", "Frames": frames}).to_string().into_bytes()
}

pub(crate) fn small() -> Vec<u8> {
    // Right knee (20) bent by 60° backward, left elbow (43) by 90° forward.
    clip(&[
        frame(0.02, &[]),
        frame(0.04, &[]),
        frame(0.0, &[(20, -std::f64::consts::FRAC_PI_3), (43, std::f64::consts::FRAC_PI_2)]),
    ])
}

#[test]
fn knees_bend_backward_and_elbows_forward() {
    let capture = Capture::parse(Format::DeepMimic, "a.txt", &small(), Excerpt::WHOLE).unwrap();
    // Uneven durations are read out at the shortest one's rate: 0, 20, 40, 60 ms.
    assert_eq!((capture.frames(), capture.rate_hz), (4, 50.0));
    let body = body();
    let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
    let shin = bone(&body, &clip, 3, Joint::RightKnee, Joint::RightAnkle);
    assert!((shin - Vec3::new(0.0, 60f64.to_radians().sin(), -0.5)).norm() < 1e-3, "backward is +y: {shin}");
    let forearm = bone(&body, &clip, 3, Joint::LeftElbow, Joint::LeftWrist);
    assert!((forearm - Vec3::new(0.0, -1.0, 0.0)).norm() < 1e-3, "forward is −y: {forearm}");
    let halfway = bone(&body, &clip, 2, Joint::RightKnee, Joint::RightAnkle);
    assert!((halfway.y - 30f64.to_radians().sin()).abs() < 1e-3, "half-way after 20 of 40 ms: {halfway}");
}

#[test]
fn wrong_clips_name_frame_and_number() {
    let refused = |bytes: &[u8], words: &[&str]| {
        let error = Capture::parse(Format::DeepMimic, "bad.txt", bytes, Excerpt::WHOLE).unwrap_err().to_string();
        for word in words.iter().chain(&["bad.txt"]) {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
    };
    refused(b"{}", &["Frames"]);
    refused(&clip(&[]), &["no frames"]);
    refused(&clip(&[vec![0.1; 43]]), &["`Frames` 0", "43 numbers, expected 44"]);
    refused(&clip(&[frame(-1.0, &[]), frame(0.1, &[])]), &["lasts -1 s"]);
    refused(&clip(&[frame(0.1, &[(8, 0.0)])]), &["`chest`", "no length"]);
    refused(&clip(&[frame(0.1, &[(1, 1e9)])]), &["number 1"]);
}

fn real(name: &str) -> Option<(Capture, Vec<Vec<JointFrame>>)> {
    let file = data("deepmimic_motion")?.join(format!("motions/humanoid3d_{name}.txt.gz"));
    let capture = Capture::read(&file, Excerpt::WHOLE).unwrap();
    let body = body();
    let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
    let staged = Staged::new(&clip, &body.skeleton).unwrap();
    Some((capture, staged.clip.poses().iter().map(|p| body.skeleton.frames(p)).collect()))
}

/// Angle of a hinge, positive when it bends the way a body does.
fn flexion(frame: &[JointFrame], joints: [Joint; 3], hinge: Vec3) -> f64 {
    let [a, b, c] = joints.map(|j| frame[j as usize].position);
    let across = (b - a).cross(&(c - b));
    let sign = across.dot(&(frame[joints[0] as usize].rotation * hinge)).signum();
    sign * across.norm().atan2((b - a).dot(&(c - b))).to_degrees()
}

#[test]
fn real_walkers_go_where_they_face_with_knees_that_bend_backward() {
    for (name, least) in [("walk", 1.0), ("run", 1.5), ("jog", 1.0)] {
        let Some((_, frames)) = real(name) else { return };
        let at = |i: usize| frames[i][0].position;
        let way = at(frames.len() - 1) - at(0);
        assert!(way.y < -least && way.x.abs() < 0.4 * way.y.abs(), "{name}: from facing −y they went {way}");
        for (i, frame) in frames.iter().enumerate() {
            for joints in [
                [Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle],
                [Joint::RightHip, Joint::RightKnee, Joint::RightAnkle],
            ] {
                let angle = flexion(frame, joints, Vec3::x());
                assert!((-6.0..150.0).contains(&angle), "{name}, frame {i}: {joints:?} at {angle}°");
            }
            assert!(frame[Joint::Head as usize].position.z > 1.2, "{name}, frame {i}: the head is up");
            let foot = frame[Joint::LeftFoot as usize].position.z.min(frame[Joint::RightFoot as usize].position.z);
            assert!((-0.05..0.35).contains(&foot), "{name}, frame {i}: the lower foot at {foot} m");
            // Left of the facing direction: −y is ahead, so +x.
            let left = frame[Joint::LeftShoulder as usize].position - frame[Joint::RightShoulder as usize].position;
            assert!(left.x > 0.1, "{name}, frame {i}: shoulders {left}");
        }
    }
}

#[test]
fn real_clips_do_what_they_are_called() {
    let Some((_, kick)) = real("kick") else { return };
    let highest = |frames: &[Vec<JointFrame>], joint: Joint| {
        frames.iter().map(|f| f[joint as usize].position.z).fold(f64::NEG_INFINITY, f64::max)
    };
    let feet = highest(&kick, Joint::LeftAnkle).max(highest(&kick, Joint::RightAnkle));
    assert!(feet > 0.7, "a foot rises to {feet} m in a kick");
    let (_, crawl) = real("crawl").unwrap();
    assert!(highest(&crawl, Joint::Head) < 1.0, "heads of crawlers are low");
    let (_, flip) = real("backflip").unwrap();
    let lowest_up = flip.iter().map(|f| (f[0].rotation * Vec3::z()).z).fold(1.0, f64::min);
    assert!(lowest_up < -0.7, "upside down once: {lowest_up}");
    let (capture, long) = real("long_zombie").unwrap();
    assert!(capture.duration_s() > 15.0 && long.len() == capture.frames());
    // A part of a file is that part.
    let file = data("deepmimic_motion").unwrap().join("motions/humanoid3d_long_zombie.txt.gz");
    let part = Capture::read(Path::new(&file), Excerpt::new(2.0, 3.0)).unwrap();
    assert!((part.duration_s() - 3.0).abs() < 0.1);
}

/// A clip that wraps goes on from where the root has come to, and nothing leaps where its ends do not quite meet.
#[test]
fn a_clip_that_wraps_goes_on() {
    // A second at 50 Hz: 1.5 m ahead, 2 cm up, and a right knee (20) that ends 20° more bent than it began.
    let frames: Vec<Vec<f64>> = (0..=50)
        .map(|i| {
            let u = f64::from(i) / 50.0;
            frame(if i == 50 { 0.0 } else { 0.02 }, &[(1, 1.5 * u), (2, 0.85 + 0.02 * u), (20, -0.2 - u * 0.35)])
        })
        .collect();
    let wrapping = String::from_utf8(clip(&frames)).unwrap().replace("\"none\"", "\"wrap\"").into_bytes();
    let read = |bytes: &[u8], excerpt| Capture::parse(Format::DeepMimic, "a.txt", bytes, excerpt);
    // A whole file is one round.
    assert_eq!(read(&wrapping, Excerpt::WHOLE).unwrap().frames(), 51);
    assert_eq!(read(&clip(&frames), Excerpt::new(0.0, 3.0)).unwrap().frames(), 51, "no loop: it ends");
    let long = read(&wrapping, Excerpt::new(0.5, 3.0)).unwrap();
    assert_eq!(long.frames(), 151);
    let body = body();
    let frames = |capture: &Capture| {
        let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
        clip.poses().iter().map(|p| body.skeleton.frames(p)).collect::<Vec<_>>()
    };
    let found = frames(&long);
    let way = found[150][0].position - found[0][0].position;
    // The humanoid is scaled to the body; one round is enough to know by how much.
    let round = frames(&read(&wrapping, Excerpt::WHOLE).unwrap());
    let one = round[50][0].position - round[0][0].position;
    assert!((way.xy().norm() - 3.0 * one.xy().norm()).abs() < 1e-6, "{way} after three rounds of {one}");
    // It is the round of a longer stretch, its end included.
    for (alone, among) in round.iter().zip(frames(&read(&wrapping, Excerpt::new(0.0, 3.0)).unwrap())) {
        for (a, b) in alone.iter().zip(&among) {
            assert!((a.position - b.position).norm() < 1e-9 && a.rotation.angle_to(&b.rotation) < 1e-7);
        }
    }
    for pair in found.windows(2) {
        let step = (pair[1][0].position - pair[0][0].position).norm();
        assert!(step < 1.2 * one.norm() / 50.0, "the root leaps by {step} m");
        let knee =
            |f: &[JointFrame]| f[Joint::RightHip as usize].rotation.angle_to(&f[Joint::RightKnee as usize].rotation);
        let turn = (knee(&pair[1]) - knee(&pair[0])).abs().to_degrees();
        assert!(turn < 4.0, "the knee leaps by {turn}°");
    }
    let unknown = String::from_utf8(wrapping.clone()).unwrap().replace("wrap", "mirror");
    let error = read(unknown.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
    assert!(error.contains("a.txt") && error.contains("mirror") && error.contains("wrap"), "{error}");
    // However far a stretch lies, memory is bounded.
    assert!(read(&wrapping, Excerpt::new(1e15, 1.0)).is_err() && read(&wrapping, Excerpt::new(0.0, f64::NAN)).is_err());
}
