//! AMASS and SMPL-X archives.

use super::{body, bone, f64s, npz};
use kinecho::base::Vec3;
use kinecho::body::Joint;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, Gender, JointMapBook, Poses};

/// `frames` poses of `width` numbers: upright in a z-up world (root a quarter turn about x), the left arm hanging, walking along x.
pub(crate) fn file(rate_key: &str, frames: usize, width: usize) -> Vec<u8> {
    let mut poses = vec![0.0; frames * width];
    for pose in poses.chunks_mut(width) {
        pose[0] = std::f64::consts::FRAC_PI_2;
        // SMPL's left shoulder, about its z (forward): from the side down.
        pose[3 * Joint::LeftShoulder as usize + 2] = -std::f64::consts::FRAC_PI_2;
    }
    let trans: Vec<f64> = (0..frames).flat_map(|i| [0.01 * i as f64, 2.0, 0.9]).collect();
    npz(&[
        ("poses", "<f8", &[frames, width], f64s(&poses)),
        ("trans", "<f8", &[frames, 3], f64s(&trans)),
        (rate_key, "<f8", &[], f64s(&[120.0])),
        ("betas", "<f8", &[16], f64s(&[0.5; 16])),
        ("dmpls", "<f8", &[frames, 8], f64s(&vec![0.0; 8 * frames])),
        ("gender", "|S6", &[], b"female".to_vec()),
    ])
}

fn read(bytes: &[u8], excerpt: Excerpt) -> Capture {
    Capture::parse(Format::Amass, "walk.npz", bytes, excerpt).unwrap()
}

#[test]
fn all_widths_and_both_rate_keys_are_read() {
    for (key, width) in
        [("mocap_framerate", 156), ("mocap_frame_rate", 165), ("mocap_framerate", 72), ("mocap_frame_rate", 66)]
    {
        let capture = read(&file(key, 25, width), Excerpt::WHOLE);
        assert_eq!((capture.frames(), capture.rate_hz, capture.gender), (25, 120.0, Some(Gender::Female)));
        assert_eq!(capture.betas.len(), 16);
        assert!(capture.notes[0].contains("dmpls"), "{:?}", capture.notes);
        let body = body();
        let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
        assert!(clip.poses()[0].rotations[0].angle() < 1e-9, "upright, facing −y");
        let arm = bone(&body, &clip, 0, Joint::LeftShoulder, Joint::LeftElbow);
        assert!(arm.z < -0.95, "the arm hangs: {arm}");
        let other = bone(&body, &clip, 0, Joint::RightShoulder, Joint::RightElbow);
        assert!(other.x < -0.95, "the right arm is stretched to −x: {other}");
        let mut skin = vec![Vec3::zeros(); body.vertex_count()];
        body.skin(&clip.poses()[0], &mut skin);
        let lowest = skin.iter().map(|v| v.z).fold(f64::INFINITY, f64::min);
        assert!(lowest.abs() < 1e-6, "soles on the floor: {lowest}");
    }
}

#[test]
fn an_excerpt_is_the_same_as_the_frames_of_the_whole() {
    let bytes = file("mocap_framerate", 100, 156);
    let part = read(&bytes, Excerpt::new(0.25, 0.5));
    assert_eq!(part.frames(), 61);
    let (Poses::Smpl(_, all), Poses::Smpl(_, part)) = (read(&bytes, Excerpt::WHOLE).poses, part.poses) else {
        panic!()
    };
    assert_eq!(all[30..91], part[..]);
    let beyond = Capture::parse(Format::Amass, "walk.npz", &bytes, Excerpt::new(5.0, 1.0)).unwrap_err().to_string();
    assert!(beyond.contains("walk.npz") && beyond.contains("0.825 s long"), "{beyond}");
}

#[test]
fn genders_are_words_of_any_type() {
    let utf32 = |word: &str| word.chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<u8>>();
    for (descr, data, expected) in [
        ("<U4", utf32("male"), Some(Gender::Male)),
        ("|S7", b"neutral".to_vec(), Some(Gender::Neutral)),
        ("|O", b"\x80\x04\x8c\x06female\x94.".to_vec(), Some(Gender::Female)),
        ("<U1", utf32("?"), None),
    ] {
        let arrays = [
            ("poses", "<f8", &[1, 66][..], f64s(&[0.0; 66])),
            ("trans", "<f8", &[1, 3][..], f64s(&[0.0; 3])),
            ("mocap_framerate", "<f8", &[1][..], f64s(&[60.0])),
            ("gender", descr, &[][..], data),
        ];
        assert_eq!(read(&npz(&arrays), Excerpt::WHOLE).gender, expected);
    }
}

#[test]
fn wrong_arrays_are_named() {
    let refused = |arrays: &[(&str, &str, &[usize], Vec<u8>)], words: &[&str]| {
        let error = Capture::parse(Format::Amass, "bad.npz", &npz(arrays), Excerpt::WHOLE).unwrap_err().to_string();
        for word in words.iter().chain(&["bad.npz"]) {
            assert!(error.contains(word), "`{word}` is missing in: {error}");
        }
    };
    let poses = |w: usize| ("poses", "<f8", [2, w], f64s(&vec![0.0; 2 * w]));
    let (name, descr, shape, data) = poses(66);
    let good = (name, descr, &shape[..], data);
    let trans = ("trans", "<f8", &[2, 3][..], f64s(&[0.0; 6]));
    let rate = ("mocap_framerate", "<f8", &[][..], f64s(&[100.0]));
    refused(&[good.clone(), trans.clone()], &["`mocap_framerate` is missing", "mocap_frame_rate"]);
    refused(&[good.clone(), rate.clone()], &["`trans` is missing", "[frame, 3]"]);
    refused(&[trans.clone(), rate.clone()], &["`poses` is missing", "165"]);
    let (name, descr, shape, data) = poses(70);
    refused(&[(name, descr, &shape, data), trans.clone(), rate.clone()], &["`poses`", "70", "156"]);
    refused(&[good.clone(), ("trans", "<f8", &[3, 3], f64s(&[0.0; 9])), rate.clone()], &["`trans`", "2 frames"]);
    refused(&[good.clone(), trans.clone(), ("mocap_framerate", "<f8", &[], f64s(&[0.0]))], &["frames per second"]);
    refused(
        &[good.clone(), ("trans", "<f8", &[2, 3], f64s(&[0.0, 0.0, 0.0, f64::NAN, 0.0, 0.0])), rate.clone()],
        &["`trans`", "row 1"],
    );
    let model = ("surface_model_type", "|S5", &[][..], b"smplx".to_vec());
    refused(&[good.clone(), trans, rate, model], &["surface_model_type", "165"]);
}
