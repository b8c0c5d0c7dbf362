//! What is said of files that hold something else, or are broken in one place: where it is, and what to do.

use super::conventions::{t_pose, walk};
use super::{body, f64s, npz, turn};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook};
use serde_json::json;

fn refused(format: Format, bytes: &[u8], excerpt: Excerpt, words: &[&str]) {
    let error = Capture::parse(format, "bad.file", bytes, excerpt).unwrap_err().to_string();
    for word in words.iter().chain(&["bad.file"]) {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
}

#[test]
fn a_number_that_is_none_is_named_with_its_frame_and_joint() {
    // A BVH: frame 12, the third column behind the six of the root is Xrotation of LeftUpLeg.
    let text = walk(60, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let first = lines.iter().position(|l| l.starts_with("Frame Time")).unwrap() + 1;
    let mut values: Vec<String> = lines[first + 12].split(' ').map(str::to_owned).collect();
    values[8] = "nan".into();
    lines[first + 12] = values.join(" ");
    let place = format!("bad.file:{}", first + 13);
    let words = [place.as_str(), "`nan`", "frame 12", "Xrotation of `LeftUpLeg`"];
    refused(Format::Biovision, lines.join("\n").as_bytes(), Excerpt::new(1.0, 0.5), &words);
    // An archive: column 7 of frame 300 belongs to joint 2 of SMPL, also where frames from 100 on are read.
    let mut poses = vec![0.0; 400 * 66];
    poses[300 * 66 + 7] = f64::NAN;
    let archive = npz(&[
        ("poses", "<f8", &[400, 66], f64s(&poses)),
        ("trans", "<f8", &[400, 3], f64s(&[0.0; 1200])),
        ("fps", "<f8", &[], f64s(&[100.0])),
    ]);
    let excerpt = Excerpt::new(2.0, 1.5);
    refused(Format::Amass, &archive, excerpt, &["`poses`", "frame 300", "`right_hip`", "not a finite number"]);
    // DeepMimic, as Python writes it: number 6 of frame 1 is of the root's quaternion.
    let mut frame = vec![0.1; 44];
    frame[4] = 1.0;
    let text = json!({"Loop": "none", "Frames": [frame, frame, frame]}).to_string();
    let at = text.match_indices('[').nth(2).unwrap().0;
    let number = text[at..].match_indices(',').nth(5).unwrap().0 + at + 1;
    let end = text[number..].find(',').unwrap() + number;
    let text = format!("{}NaN{}", &text[..number], &text[end..]);
    refused(Format::DeepMimic, text.as_bytes(), Excerpt::WHOLE, &["`Frames` 1", "number 6", "(root)"]);
}

/// One frame that is a kilometre away makes no sample; what lies before it does.
#[test]
fn a_leap_out_of_the_room_is_named() {
    let text = walk(60, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let first = lines.iter().position(|l| l.starts_with("Frame Time")).unwrap() + 1;
    let (_, rest) = lines[first + 40].split_once(' ').unwrap();
    lines[first + 40] = format!("1e5 {rest}");
    let text = lines.join("\n");
    let clip = |excerpt| {
        let capture = Capture::parse(Format::Biovision, "bad.file", text.as_bytes(), excerpt).unwrap();
        capture.onto(&body(), JointMapBook::builtin())
    };
    let error = clip(Excerpt::new(1.0, 0.9)).unwrap_err().to_string();
    for word in ["bad.file", "leaps", "frames 9 and 10", "0.300 s"] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
    assert!(clip(Excerpt::new(0.0, 1.0)).is_ok());
}

#[test]
fn files_of_something_else_are_refused_for_what_they_are() {
    let joints = npz(&[("posed_joints", "<f8", &[2, 22, 3], f64s(&[0.0; 132]))]);
    let words = ["no motion of the SMPL family", "`poses`", "positions of joints", "posed_joints"];
    refused(Format::Amass, &joints, Excerpt::WHOLE, &words);
    let other = npz(&[("mean", "<f8", &[1], f64s(&[0.0])), ("std", "<f8", &[1], f64s(&[0.0]))]);
    refused(Format::Amass, &other, Excerpt::WHOLE, &["no motion of the SMPL family", "mean, std"]);
    // Nodes of glTF 1.0 are a map; the version is what is wrong.
    let old = json!({"asset": {"version": "1.0"}, "nodes": {"a": {}}}).to_string();
    refused(Format::Gltf, old.as_bytes(), Excerpt::WHOLE, &["glTF 1.0", "2.0"]);
    refused(Format::Gltf, b"glTF\x01\0\0\0\x20\0\0\0\0\0\0\0", Excerpt::WHOLE, &["glTF 1.0", "2.0"]);
    let face = json!({
        "asset": {"version": "2.0"}, "nodes": [{}],
        "animations": [{"name": "Smile", "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}], "samplers": [{"input": 0, "output": 0}]}],
    });
    refused(Format::Gltf, face.to_string().as_bytes(), Excerpt::WHOLE, &["`Smile`", "moves no joint", "1 channels"]);
}
