//! Units of ways and angles, times of keys, and what stands twice in a file: read right, or refused by name.

use super::conventions::{apart, compass, read, stand, t_pose, walk};
use super::{f64s, gltf, npz, turn};
use kinecho::base::Rotation;
use kinecho::motion::Capture;
use kinecho::motion::capture::{AngleUnit, Excerpt, Format, JointMapBook, Reading, Unit};

fn builtin() -> &'static JointMapBook {
    JointMapBook::builtin()
}

fn archive(bytes: &[u8], reading: &Reading) -> Result<Capture, kinecho::motion::MotionError> {
    Capture::parse_as(Format::Amass, "a.npz", bytes, Excerpt::WHOLE, reading)
}

/// Bones in one unit and the way in another one, wherever the speed alone would be a person's: feet that stand tell.
#[test]
fn ways_in_any_unit_are_those_that_feet_go() {
    let played = compass(90, 30.0);
    let text = |bones: f64, way: f64| played.bvh(&t_pose(), Rotation::identity(), bones, way);
    let plain = read(&text(1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
    assert_eq!(plain.person(builtin()).unwrap().way_scale, 1.0);
    // Of a file in cm: bones and way in m, mm, inches and feet.
    let units = [("m", 0.01), ("cm", 1.0), ("mm", 10.0), ("inch", 1.0 / 2.54), ("foot", 1.0 / 30.48)];
    for (bones, in_bones) in units {
        for (way, in_way) in units {
            let other = read(&text(in_bones, in_way), Excerpt::WHOLE, &Reading::AS_IS);
            let person = other.person(builtin()).unwrap();
            let expected = in_bones / in_way;
            let what = format!("bones in {bones}, way in {way}: {person:?}");
            // A pelvis at 0.37 or 0.31 m is one of somebody who crouches: it is asked.
            if matches!((bones, way), ("cm", "inch") | ("foot", "m")) {
                assert!(
                    person.notes.len() == 1 && person.notes[0].contains(&format!("were the way in {way}")),
                    "{what}"
                );
                continue;
            }
            assert!((person.way_scale / expected - 1.0).abs() < 1e-9, "{what}");
            assert_eq!(person.notes.iter().any(|n| n.contains(&format!("taken for {way}"))), bones != way, "{what}");
            assert!(apart(&plain, &other) < 1e-6, "{what}");
        }
    }
    // Somebody who stands has no feet that slide: heights tell metres from centimetres.
    let still = stand(60, [0.0, -8.0, 14.0]);
    let still = |way: f64| read(&still.bvh(&t_pose(), Rotation::identity(), 1.0, way), Excerpt::WHOLE, &Reading::AS_IS);
    assert!((still(0.01).person(builtin()).unwrap().way_scale - 100.0).abs() < 1e-9);
    assert_eq!(still(1.0).person(builtin()).unwrap().way_scale, 1.0);
}

/// Those who walk on the spot, whose files leave the way out or count it from somewhere, keep it.
#[test]
fn a_walk_on_the_spot_stays_where_it_is() {
    for height in [0.0, 0.4, 91.0] {
        let mut played = compass(90, 30.0);
        played.in_place(height);
        let capture = read(&played.bvh(&t_pose(), Rotation::identity(), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
        assert_eq!(capture.person(builtin()).unwrap().way_scale, 1.0, "{height} cm");
    }
}

#[test]
fn ways_of_archives_are_in_the_unit_that_feet_go() {
    let played = compass(90, 30.0);
    let plain = archive(&played.archive(1.0, 1.0), &Reading::AS_IS).unwrap();
    for (unit, way) in [("cm", 100.0), ("mm", 1000.0), ("inch", 1.0 / 0.0254), ("foot", 1.0 / 0.3048)] {
        let other = archive(&played.archive(1.0, way), &Reading::AS_IS).unwrap();
        assert!(other.notes.iter().any(|n| n.contains(&format!("taken for {unit}"))), "{unit}: {:?}", other.notes);
        assert!(apart(&plain, &other) < 1e-6, "{unit}");
    }
}

/// What is stated counts, but not where nobody could move so.
#[test]
fn a_unit_that_makes_nobody_is_refused() {
    let text = compass(90, 30.0).bvh(&t_pose(), Rotation::identity(), 1.0, 1.0);
    let with = |unit| Reading { unit: Some(unit), ..Reading::AS_IS };
    assert!(read(&text, Excerpt::WHOLE, &with(Unit::Cm)).person(builtin()).is_ok());
    for unit in [Unit::M, Unit::Mm, Unit::Foot] {
        let error = read(&text, Excerpt::WHOLE, &with(unit)).person(builtin()).unwrap_err().to_string();
        assert!(error.contains("as stated") && error.contains("--unit"), "{unit}: {error}");
    }
}

#[test]
fn angles_in_radians_are_asked_for_and_those_in_degrees_found() {
    let played = walk(60, 30.0, 0.0, 0.1);
    let text = played.bvh(&t_pose(), Rotation::identity(), 1.0, 1.0);
    let plain = read(&text, Excerpt::WHOLE, &Reading::AS_IS);
    let (head, frames) = text.split_at(text.find("MOTION").unwrap());
    let mut lines = frames.lines();
    let mut radians = head.to_owned();
    lines.by_ref().take(3).for_each(|line| radians += &format!("{line}\n"));
    for line in lines {
        let numbers = line.split_whitespace().map(|word| word.parse::<f64>().unwrap()).enumerate();
        let words = numbers.map(|(i, v)| format!("{:.12}", if i < 3 { v } else { v.to_radians() }));
        radians += &format!("{}\n", words.collect::<Vec<_>>().join(" "));
    }
    let with = |text: &str, angles| {
        let reading = Reading { angles, ..Reading::AS_IS };
        Capture::parse_as(Format::Biovision, "t.bvh", text.as_bytes(), Excerpt::WHOLE, &reading)
    };
    let error = with(&radians, None).unwrap_err().to_string();
    assert!(error.contains("radians") && error.contains("--angles") && error.contains("angles: "), "{error}");
    assert!(apart(&plain, &with(&radians, Some(AngleUnit::Radians)).unwrap()) < 1e-6);
    assert!(apart(&plain, &with(&text, Some(AngleUnit::Degrees)).unwrap()) < 1e-9);
    // Somebody in the posture at rest turns by nothing in either.
    let rest = stand(20, [0.0, -8.0, 14.0]).resting().bvh(&t_pose(), Rotation::identity(), 1.0, 1.0);
    assert!(with(&rest, None).is_ok());

    let radians = archive(&played.archive(1.0, 1.0), &Reading::AS_IS).unwrap();
    let degrees = archive(&played.archive(1f64.to_degrees(), 1.0), &Reading::AS_IS).unwrap();
    assert!(degrees.notes.iter().any(|n| n.contains("taken for degrees")), "{:?}", degrees.notes);
    assert!(radians.notes.is_empty() && apart(&radians, &degrees) < 1e-9);
    let stated = Reading { angles: Some(AngleUnit::Degrees), ..Reading::AS_IS };
    let stated = archive(&played.archive(1f64.to_degrees(), 1.0), &stated).unwrap();
    assert!(stated.notes.is_empty() && apart(&radians, &stated) < 1e-9);
}

#[test]
fn quaternions_have_no_unit_of_angles() {
    let reading = Reading { angles: Some(AngleUnit::Radians), ..Reading::AS_IS };
    let error = Capture::parse_as(Format::Gltf, "t.glb", &gltf::small(), Excerpt::WHOLE, &reading).unwrap_err();
    assert!(error.to_string().contains("quaternions"), "{error}");
}

/// Two of a kind in one file: nobody can tell which one is meant.
#[test]
fn what_stands_twice_and_differs_is_refused() {
    let text = walk(10, 30.0, 0.0, 0.0).bvh(&t_pose(), turn(0, 0.0), 1.0, 1.0);
    let twice = text.replacen("CHANNELS 3 Zrotation Yrotation", "CHANNELS 3 Zrotation Zrotation", 1);
    let error = Capture::parse(Format::Biovision, "t.bvh", twice.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
    assert!(error.contains("t.bvh:") && error.contains("`Zrotation` stands twice"), "{error}");

    let frames = 12;
    let poses = vec![0.1; frames * 66];
    let trans = f64s(&[0.0, 0.0, 0.9].repeat(frames));
    let file = |body: f64| {
        npz(&[
            ("poses", "<f8", &[frames, 66], f64s(&poses)),
            ("pose_body", "<f8", &[frames, 63], f64s(&vec![body; frames * 63])),
            ("trans", "<f8", &[frames, 3], trans.clone()),
            ("fps", "<f8", &[], f64s(&[30.0])),
        ])
    };
    assert!(archive(&file(0.1), &Reading::AS_IS).is_ok());
    let error = archive(&file(0.4), &Reading::AS_IS).unwrap_err().to_string();
    assert!(error.contains("`pose_body`") && error.contains("two motions") && error.contains("0.300"), "{error}");
}

/// An animation that was cut out of a longer one with its times left as they were.
#[test]
fn keys_that_begin_late_are_the_begin() {
    let plain = Capture::parse(Format::Gltf, "t.glb", &gltf::small(), Excerpt::WHOLE).unwrap();
    let late = Capture::parse(Format::Gltf, "t.glb", &gltf::late(5.0), Excerpt::WHOLE).unwrap();
    assert_eq!((late.frames(), late.rate_hz), (plain.frames(), plain.rate_hz));
    assert!(late.notes.iter().any(|n| n.contains("5.000 s")), "{:?}", late.notes);
    assert!(apart(&plain, &late) < 1e-6);
}

#[test]
fn nodes_in_a_circle_are_named() {
    let error = Capture::parse(Format::Gltf, "t.gltf", &gltf::circle(), Excerpt::WHOLE).unwrap_err().to_string();
    assert!(error.contains("circle"), "{error}");
}

/// Cuts and frames that broke are found by `motion inspect`, wherever they are in a long file.
#[test]
fn leaps_are_found_wherever_they_are() {
    let mut played = compass(900, 30.0);
    played.shift_from(437, 3.0);
    let text = played.bvh(&t_pose(), Rotation::identity(), 1.0, 1.0);
    let capture = read(&text, Excerpt::WHOLE, &Reading::AS_IS);
    let leaps = capture.leaps(&capture.person(builtin()).unwrap(), builtin()).unwrap();
    // The body is that of the file, scaled to a person of 1.70 m: legs of 83 cm count as 83.5.
    let way = 3.0 * 83.5 / 83.0;
    assert_eq!(leaps.len(), 1, "{leaps:?}");
    assert!(leaps[0].frame == 436 && leaps[0].what == "the person" && (leaps[0].way_m - way).abs() < 0.05, "{leaps:?}");
    let steady =
        read(&compass(900, 30.0).bvh(&t_pose(), Rotation::identity(), 1.0, 1.0), Excerpt::WHOLE, &Reading::AS_IS);
    assert!(steady.leaps(&steady.person(builtin()).unwrap(), builtin()).unwrap().is_empty());
}
