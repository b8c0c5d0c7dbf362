//! AMASS and SMPL-X archives.

use super::{body, bone, f64s, npz};
use kinecho::base::Vec3;
use kinecho::body::Joint;
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Family, Format, Gender, JointMapBook, Poses, Reading, Staged, Unit, UpAxis};

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

/// How people write the same arrays: joints apart, half precision, rates under other names and wrapped in objects.
#[test]
fn arrays_of_other_layouts_hold_the_same_motion() {
    let plain = read(&file("mocap_framerate", 4, 156), Excerpt::WHOLE);
    let (Poses::Smpl(_, expected), frames) = (&plain.poses, 4) else { panic!() };
    let mut poses = vec![0.0; frames * 156];
    for pose in poses.chunks_mut(156) {
        (pose[0], pose[3 * Joint::LeftShoulder as usize + 2]) =
            (std::f64::consts::FRAC_PI_2, -std::f64::consts::FRAC_PI_2);
    }
    let trans: Vec<f64> = (0..frames).flat_map(|i| [0.01 * i as f64, 2.0, 0.9]).collect();
    let part = |from: usize, to: usize| -> Vec<u8> {
        f64s(&poses.chunks(156).flat_map(|p| p[from..to].to_vec()).collect::<Vec<_>>())
    };
    // π/2, −π/2, 0.9, 2 and hundredths in half precision: bits by Python's struct, format e.
    let half = |v: f64| -> [u8; 2] {
        let bits: u16 = match (v * 1e4).round() as i64 {
            0 => 0,
            15708 => 0x3E48,
            -15708 => 0xBE48,
            9000 => 0x3B33,
            20000 => 0x4000,
            100 => 0x211F,
            200 => 0x251F,
            300 => 0x27AE,
            other => panic!("{other}"),
        };
        bits.to_le_bytes()
    };
    let halves = |values: &[f64]| values.iter().flat_map(|v| half(*v)).collect::<Vec<u8>>();
    let rate = ("fps", "<i8", &[][..], 120i64.to_le_bytes().to_vec());
    // numpy.array(120, dtype=object): the list of one number at the end of its pickle.
    let object = ("fps", "|O", &[][..], b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x89]\x94Kxat\x94b.".to_vec());
    let three = [frames, 52, 3];
    let trans_arrays = ("trans", "<f8", &[frames, 3][..], f64s(&trans));
    for (what, tolerance, arrays) in [
        ("[N, 52, 3]", 1e-12, vec![("poses", "<f8", &three[..], f64s(&poses)), trans_arrays.clone(), rate.clone()]),
        ("an object", 1e-12, vec![("poses", "<f8", &[frames, 156][..], f64s(&poses)), trans_arrays.clone(), object]),
        (
            "parts of [N, 21, 3]",
            1e-12,
            vec![
                ("global_orient", "<f8", &[frames, 1, 3][..], part(0, 3)),
                ("body_pose", "<f8", &[frames, 21, 3][..], part(3, 66)),
                ("left_hand_pose", "<f8", &[frames, 15, 3][..], part(66, 111)),
                ("right_hand_pose", "<f8", &[frames, 15, 3][..], part(111, 156)),
                ("transl", "<f8", &[frames, 1, 3][..], f64s(&trans)),
                rate.clone(),
            ],
        ),
        (
            "float16",
            2e-3,
            vec![
                ("poses", "<f2", &[frames, 156][..], halves(&poses)),
                ("trans", "<f2", &[frames, 3][..], halves(&trans)),
                rate.clone(),
            ],
        ),
    ] {
        let capture = read(&npz(&arrays), Excerpt::WHOLE);
        let Poses::Smpl(Family::SmplH, found) = &capture.poses else { panic!("{what}") };
        assert_eq!((found.len(), capture.rate_hz), (frames, 120.0), "{what}");
        for (a, b) in found.iter().zip(expected) {
            assert!(
                (a.translation - b.translation).norm() < tolerance,
                "{what}: {} for {}",
                a.translation,
                b.translation
            );
            assert!(a.rotations.iter().zip(&b.rotations).all(|(a, b)| a.angle_to(b) < tolerance), "{what}");
        }
    }
    let matrices =
        [("poses", "<f8", &[1, 24, 3, 3][..], f64s(&[0.0; 216])), ("trans", "<f8", &[1, 3][..], f64s(&[0.0; 3])), rate];
    let error = Capture::parse(Format::Amass, "m.npz", &npz(&matrices), Excerpt::WHOLE).unwrap_err().to_string();
    assert!(error.contains("rotation matrices"), "{error}");
}

/// Somebody who walks in a z-up world, in the axes and units that estimators and data sets write.
fn walked(up: usize, sign: f64, unit: f64, height: f64) -> Vec<u8> {
    let frames = 120;
    let (mut poses, mut trans) = (vec![0.0; frames * 66], Vec::new());
    // SMPL is y up: half a turn about x where y is down, a quarter turn where z is up.
    let root = match (up, sign > 0.0) {
        (2, _) => std::f64::consts::FRAC_PI_2,
        (_, true) => 0.0,
        (_, false) => std::f64::consts::PI,
    };
    for (i, pose) in poses.chunks_mut(66).enumerate() {
        let swing = 0.5 * (std::f64::consts::TAU * i as f64 / 60.0).sin();
        pose[0] = root;
        (pose[3 * Joint::LeftHip as usize], pose[3 * Joint::RightHip as usize]) = (swing, -swing);
        let mut place = [0.0; 3];
        place[up] = sign * height;
        place[3 - up] = 0.01 * i as f64;
        trans.extend(place.map(|v| v / unit));
    }
    npz(&[
        ("poses", "<f8", &[frames, 66], f64s(&poses)),
        ("trans", "<f8", &[frames, 3], f64s(&trans)),
        ("fps", "<f8", &[], f64s(&[60.0])),
    ])
}

#[test]
fn axes_and_units_of_estimators_are_found() {
    let body = body();
    let staged = |bytes: &[u8], reading: &Reading| {
        let capture = Capture::parse_as(Format::Amass, "w.npz", bytes, Excerpt::WHOLE, reading).unwrap();
        (Staged::new(&capture.onto(&body, JointMapBook::builtin()).unwrap(), &body.skeleton).unwrap(), capture)
    };
    let (plain, capture) = staged(&walked(2, 1.0, 1.0, 1.1), &Reading::AS_IS);
    assert!(capture.notes.is_empty() && (plain.reach_m - 0.6).abs() < 0.02, "{:?} {}", capture.notes, plain.reach_m);
    for (what, bytes, note) in [
        ("y up", walked(1, 1.0, 1.0, 1.1), "with y up"),
        ("y up, the way from 0", walked(1, 1.0, 1.0, 0.0), "with y up"),
        ("y down, as a camera has it", walked(1, -1.0, 1.0, 0.3), "with -y up"),
        ("centimetres", walked(2, 1.0, 0.01, 1.1), "taken for cm"),
        ("millimetres", walked(2, 1.0, 0.001, 1.1), "taken for mm"),
        ("y up, centimetres", walked(1, 1.0, 0.01, 1.1), "taken for cm"),
    ] {
        let (found, capture) = staged(&bytes, &Reading::AS_IS);
        assert!(capture.notes.iter().any(|n| n.contains(note)), "{what}: {:?}", capture.notes);
        assert!((found.reach_m - plain.reach_m).abs() < 0.02, "{what}: {}", found.reach_m);
        for (a, b) in found.clip.poses().iter().zip(plain.clip.poses()) {
            let (a, b) = (body.skeleton.frames(a), body.skeleton.frames(b));
            let apart = a.iter().zip(&b).map(|(a, b)| (a.position.z - b.position.z).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-6, "{what}: heights are {apart} m apart");
        }
    }
    // Somebody who lies on the floor of a z-up world lies.
    let mut lying = vec![0.0; 60 * 66];
    lying.chunks_mut(66).for_each(|pose| pose[0] = 0.0);
    let bytes = npz(&[
        ("poses", "<f8", &[60, 66], f64s(&lying)),
        ("trans", "<f8", &[60, 3], f64s(&[0.4, -3.0, 0.12].repeat(60))),
        ("fps", "<f8", &[], f64s(&[60.0])),
    ]);
    let capture = read(&bytes, Excerpt::WHOLE);
    assert!(capture.notes.is_empty() && capture.person(JointMapBook::builtin()).unwrap().upright < 0.1);
    // What is stated counts; a rate alone cannot be guessed.
    let stated = Reading { unit: Some(Unit::Cm), up: Some(UpAxis::Z), ..Reading::AS_IS };
    assert!((staged(&walked(2, 1.0, 0.01, 1.1), &stated).0.reach_m - plain.reach_m).abs() < 1e-6);
    let fast = Reading { rate_hz: Some(6000.0), ..Reading::AS_IS };
    let error = Capture::parse_as(Format::Amass, "w.npz", &walked(2, 1.0, 1.0, 1.1), Excerpt::WHOLE, &fast)
        .unwrap_err()
        .to_string();
    assert!(error.contains("m/s") && error.contains("rate_hz"), "{error}");
}

#[test]
fn an_excerpt_is_the_same_as_the_frames_of_the_whole() {
    let bytes = file("mocap_framerate", 100, 156);
    let part = read(&bytes, Excerpt::new(0.25, 0.5));
    assert_eq!(part.frames(), 61);
    let shown = part.shown.clone();
    let (Poses::Smpl(_, all), Poses::Smpl(_, part)) = (read(&bytes, Excerpt::WHOLE).poses, part.poses) else {
        panic!()
    };
    assert_eq!(all[30..91], part[shown]);
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
        &["`trans`", "frame 1"],
    );
    let model = ("surface_model_type", "|S5", &[][..], b"smplx".to_vec());
    refused(&[good.clone(), trans, rate, model], &["surface_model_type", "165"]);
}
