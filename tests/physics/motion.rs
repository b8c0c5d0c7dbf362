//! Clips interpolate smoothly; scores move as a body can and as their words say.

use kinecho::base::random::RandomTree;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, Pose, Skeleton};
use kinecho::geometry::MovingMesh;
use kinecho::motion::score::{Contact, Performance, Rendition, Score, ScoreBook, Side};
use kinecho::motion::{Clip, Distinctness, MotionCheck, Performer, Placement};
use kinecho::text::Vocabulary;
use rayon::prelude::*;
use std::path::Path;

fn skeleton(stature_m: f64) -> Skeleton {
    let shape = BodyShape { stature_m, ..BodyShape::default() };
    BodyModel::cc0().shaped(&shape).unwrap().skeleton
}

fn score(slug: &str) -> &'static Score {
    ScoreBook::builtin().get(slug).unwrap()
}

fn parse(yaml: &str) -> Score {
    ScoreBook::parse(yaml, Path::new("test.yaml")).unwrap().iter().next().unwrap().clone()
}

fn wobble(frames: usize, rate_hz: f64) -> Vec<Pose> {
    (0..frames)
        .map(|i| {
            let t = i as f64 / rate_hz;
            let mut pose = Pose::rest(3);
            pose.translation = Vec3::new(t.sin(), (2.0 * t).cos(), t * t);
            pose.rotations[1] = Rotation::from_scaled_axis(Vec3::new((3.0 * t).sin(), 0.5 * t.cos(), t));
            pose.rotations[2] = Rotation::from_scaled_axis(Vec3::new(0.0, 0.0, 1.5 * t));
            pose
        })
        .collect()
}

#[test]
fn a_clip_runs_through_its_poses_with_a_continuous_velocity() {
    let clip = Clip::new(10.0, wobble(21, 10.0)).unwrap();
    assert!((clip.duration_s() - 2.0).abs() < 1e-12);
    let h = 1e-6;
    for i in 1..20 {
        let t = i as f64 / 10.0;
        let here = clip.pose_at(t);
        for joint in 0..3 {
            assert!(here.rotations[joint].angle_to(&clip.poses()[i].rotations[joint]) < 1e-9);
            let speed = |a: f64, b: f64| {
                (clip.pose_at(a).rotations[joint].inverse() * clip.pose_at(b).rotations[joint]).scaled_axis() / (b - a)
            };
            assert!((speed(t - h, t) - speed(t, t + h)).norm() < 1e-3, "joint {joint} has a kink at {t} s");
        }
        let speed = |a: f64, b: f64| (clip.pose_at(b).translation - clip.pose_at(a).translation) / (b - a);
        assert!((speed(t - h, t) - speed(t, t + h)).norm() < 1e-3, "the translation has a kink at {t} s");
    }
    // A steady turn is kept exactly, and the ends hold.
    let angle = clip.pose_at(0.537).rotations[2].angle();
    assert!((angle - 1.5 * 0.537).abs() < 1e-9, "{angle}");
    assert_eq!(clip.pose_at(-1.0), clip.poses()[0]);
    assert_eq!(clip.pose_at(99.0), clip.poses()[20]);
    // Half the spacing brings the error down by far more than linear interpolation would (factor 4).
    let error = |rate: f64| {
        let clip = Clip::new(rate, wobble((2.0 * rate) as usize + 1, rate)).unwrap();
        let truth = wobble(2001, 1000.0);
        (200..1800)
            .map(|i| clip.pose_at(i as f64 / 1000.0).rotations[1].angle_to(&truth[i].rotations[1]))
            .fold(0.0, f64::max)
    };
    assert!(error(20.0) < error(10.0) / 6.0, "{} {}", error(10.0), error(20.0));
}

#[test]
fn a_clip_refuses_what_is_not_a_motion_and_names_the_place() {
    let mut poses = wobble(5, 10.0);
    poses[3].rotations[2] = Rotation::new_unchecked(nalgebra::Quaternion::new(f64::NAN, 0.0, 0.0, 0.0));
    let text = Clip::new(10.0, poses).unwrap_err().to_string();
    assert!(text.contains("frame 3, joint 2"), "{text}");
    let mut poses = wobble(5, 10.0);
    poses[1].rotations[0] = Rotation::new_unchecked(nalgebra::Quaternion::new(0.5, 0.0, 0.0, 0.0));
    assert!(Clip::new(10.0, poses).unwrap_err().to_string().contains("frame 1, joint 0"));
    let mut poses = wobble(5, 10.0);
    poses[4].rotations.pop();
    assert!(Clip::new(10.0, poses).unwrap_err().to_string().contains("frame 4: 2 joint rotations"));
    let mut poses = wobble(5, 10.0);
    poses[2].translation.z = f64::INFINITY;
    assert!(Clip::new(10.0, poses).unwrap_err().to_string().contains("frame 2"));
    assert!(Clip::new(0.0, wobble(5, 10.0)).is_err() && Clip::new(f64::NAN, wobble(5, 10.0)).is_err());
    assert!(Clip::new(10.0, Vec::new()).is_err());
}

#[test]
fn resampling_to_the_same_rate_changes_nothing_and_to_another_keeps_the_motion() {
    let clip = Clip::new(10.0, wobble(21, 10.0)).unwrap();
    let same = clip.resample(10.0).unwrap();
    assert_eq!(same.poses().len(), 21);
    let finer = clip.resample(40.0).unwrap();
    assert_eq!(finer.poses().len(), 81);
    assert!(finer.poses()[40].rotations[1].angle_to(&clip.poses()[10].rotations[1]) < 1e-9);
}

/// People of every stature and build that scores are written for.
fn people(count: u64) -> Vec<Skeleton> {
    (0..count)
        .map(|i| {
            // Low-discrepancy steps over the ranges (the plastic number's powers).
            let part = |step: f64| (0.5 + step * i as f64).fract();
            let shape = BodyShape {
                sex: part(0.5),
                stature_m: 1.50 + 0.45 * part(0.7549),
                body_mass_index: 18.5 + 11.5 * part(0.5698),
                muscle: 0.2 + 0.6 * part(0.4302),
            };
            BodyModel::cc0().shaped(&shape).unwrap().skeleton
        })
        .collect()
}

#[test]
fn every_built_in_motion_keeps_its_limits_over_twenty_draws_on_twenty_people() {
    let people = people(20);
    assert_eq!(ScoreBook::builtin().len(), 60);
    let book = ScoreBook::with_data_sets();
    let scores: Vec<&Score> = book.iter().flat_map(|score| book.ways(&score.slug)).collect();
    assert!(scores.iter().any(|score| score.name() == "jump/hops"));
    let broken: Vec<String> = scores
        .par_iter()
        .flat_map_iter(|score| {
            people.iter().enumerate().flat_map(move |(draw, skeleton)| {
                let rendition = Rendition::draw(score, &mut RandomTree::new(2).stream(draw as u64, "rendition"));
                let played = score.perform(skeleton, &rendition, 6.0, 100.0).unwrap();
                let found = MotionCheck::measure(skeleton, &played).unwrap().violations(&score.limits);
                found.into_iter().map(move |v| format!("{} draw {draw}: {v}", score.name()))
            })
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_default_body_is_a_solid() {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let rendition = Rendition::draw(score("squat"), &mut RandomTree::new(0).stream(0, "rendition"));
    let clip = score("squat").play(&body.skeleton, &rendition, 1.0, 60.0).unwrap();
    assert!(Performer::new(body, clip, Placement::default()).unwrap().is_solid());
}

#[test]
fn every_activity_of_the_vocabulary_has_a_score_of_its_number() {
    for activity in Vocabulary::builtin().activities() {
        assert_eq!(score(&activity.slug).id, activity.id, "{}", activity.slug);
    }
}

/// Ways to jump and their shares in scenes/motions/body.yaml.
const WAYS_TO_JUMP: [(Option<&str>, u32); 4] =
    [(None, 1), (Some("hops"), 4), (Some("upright"), 4), (Some("paused"), 2)];

#[test]
fn recordings_draw_every_way_and_small_fast_motions_stay_within_strength() {
    use kinecho::scene::{PersonSpec, Scene, SceneSpec};
    let spec = |person: &str| -> SceneSpec {
        let person: PersonSpec = serde_yaml::from_str(person).unwrap();
        let mut spec: SceneSpec = serde_yaml::from_str("{}").unwrap();
        spec.people = vec![person];
        spec
    };
    let draws = |person: &str| -> Vec<_> {
        let scene = Scene::check(&spec(person), false).unwrap();
        let draw = |item| scene.draw(&RandomTree::new(5), item, &[], &[]).unwrap().people.remove(0);
        (0..200).map(draw).collect()
    };
    let jumps = draws("{motion: jump}");
    let mut all = 0;
    for (way, share) in WAYS_TO_JUMP {
        let count = jumps.iter().filter(|p| p.way.as_deref() == way).count();
        // Within four standard deviations of a binomial draw by the share.
        let p = f64::from(share) / 11.0;
        let off = (count as f64 - 200.0 * p).abs();
        assert!(off <= 4.0 * (200.0 * p * (1.0 - p)).sqrt(), "{count} of 200 recordings jump as {way:?}");
        all += count;
    }
    assert_eq!(all, 200);
    assert!(draws("{motion: jump, ways: false}").iter().all(|p| p.way.is_none()));
    let own = draws("{motion: squat, ways: false}");
    for (plain, person) in own.iter().zip(draws("{motion: squat, ways: false, tempo: [0.4, 1.6], size: [0.5, 1.2]}")) {
        let (plain, styled) = (plain.rendition.as_ref().unwrap(), person.rendition.as_ref().unwrap());
        let (tempo, size) = (styled.tempo / plain.tempo, styled.size / plain.size);
        assert!((0.4..=1.6).contains(&tempo) && size <= 1.2 + 1e-12);
        assert!(size <= 1.3 * tempo * tempo + 1e-12, "tempo {tempo} with size {size}");
    }
    let wrong = Scene::check(&spec("{motion: jump, tempo: 0.1}"), false).unwrap_err();
    assert!(wrong[0].key == "people.0.tempo" && wrong[0].message.contains("0.25 to 4"), "{wrong:?}");
}

/// A score with one cycle of 2 s.
fn cycle(rest: &str) -> Score {
    parse(&format!("version: 1\nmotions:\n- {{id: 1, slug: bad, kind: cycle, period: 2.0, {rest}}}"))
}

/// What the check says of a played score after `spoil` has been at it.
fn verdict(score: &Score, spoil: impl FnOnce(&mut Performance)) -> Vec<String> {
    let skeleton = skeleton(1.75);
    let mut played = score.perform(&skeleton, &Rendition::plain(score), 4.0, 100.0).unwrap();
    spoil(&mut played);
    MotionCheck::measure(&skeleton, &played).unwrap().violations(&score.limits)
}

/// Rewrites every pose of a clip.
fn rewrite(played: &mut Performance, mut change: impl FnMut(usize, &mut Pose)) {
    let mut poses = played.clip.poses().to_vec();
    poses.iter_mut().enumerate().for_each(|(i, pose)| change(i, pose));
    played.clip = Clip::new(played.clip.rate_hz(), poses).unwrap();
}

#[test]
fn the_check_finds_what_a_body_cannot_do_and_nothing_else() {
    let still = "keys: [{at: 0.0, spine: {bend: 0}}]";
    let only = |found: &[String], word: &str| {
        assert!(found.len() == 1 && found[0].contains(word), "expected only a complaint about `{word}`: {found:?}");
    };
    assert_eq!(verdict(&cycle(still), |_| ()), Vec::<String>::new());
    let sliding = cycle("keys: [{at: 0.0, feet: {forward: 0}}, {at: 0.5, feet: {forward: 0.05}}]");
    only(&verdict(&sliding, |_| ()), "slide of a standing foot");
    let sinking = cycle("keys: [{at: 0.0, feet: {up: 0}}, {at: 0.5, feet: {up: -0.04}}]");
    only(&verdict(&sinking, |_| ()), "depth below the floor");
    let fallen = cycle("keys: [{at: 0.0, pelvis: {aside: 0.3, up: -0.1}}]");
    only(&verdict(&fallen, |_| ()), "weight beside the feet");
    let far = cycle("keys: [{at: 0.0, main_hand: {to: front, forward: 0.6}}]");
    only(&verdict(&far, |_| ()), "distance from a target");
    let hinge = |joint: Joint, axis: Vec3, degrees: f64| {
        verdict(&cycle(still), |played| {
            rewrite(played, |_, pose| {
                pose.rotations[joint as usize] = Rotation::from_scaled_axis(axis * f64::to_radians(degrees));
            });
            played.contacts.fill([Contact::None; 2]);
        })
    };
    // Lifted shins are where no foot is: only the angle is wrong.
    only(&hinge(Joint::LeftKnee, Vec3::x(), 160.0), "knee flexion");
    only(&hinge(Joint::RightKnee, Vec3::x(), -10.0), "knee flexion");
    let elbow = hinge(Joint::LeftElbow, Vec3::z(), 40.0);
    assert!(elbow.iter().any(|v| v.contains("elbow flexion")), "{elbow:?}");
    let jump = verdict(&cycle(still), |played| {
        played.seams_s = vec![2.005];
        played.contacts.fill([Contact::None; 2]);
        rewrite(played, |i, pose| pose.translation.x += if i > 200 { 0.05 } else { 0.0 });
    });
    assert!(jump.iter().any(|v| v.contains("leap at a repetition")), "{jump:?}");
    let jerk = parse(
        "version: 1\nmotions:\n- {id: 1, slug: jerk, kind: cycle, period: 0.2, keys: [{at: 0.0, arms: {raise: 0}}, {at: 0.5, arms: {raise: 150}}]}",
    );
    let found = verdict(&jerk, |_| ());
    assert!(found.iter().any(|v| v.contains("speed of a hand")) && found.iter().any(|v| v.contains("acceleration")));
}

#[test]
fn a_chair_bears_a_sitting_body_and_without_it_the_body_falls() {
    let sitting = score("sitting_still");
    assert_eq!(verdict(sitting, |_| ()), Vec::<String>::new());
    let found = verdict(sitting, |played| played.seat_m = None);
    assert!(found.iter().any(|v| v.contains("weight beside the feet")), "{found:?}");
}

#[test]
fn motions_are_told_apart_on_people_not_seen_before() {
    let scores: Vec<Score> = ScoreBook::builtin().iter().cloned().collect();
    let found = Distinctness::measure(&scores, &people(12), 3, 6.0, 3).unwrap();
    // The two walks with an about-turn differ only in where the person stands to the sensor: joint angles cannot see it.
    let twins = ["walk_forward_turn_around", "walk_side_turn_back"];
    for pair in found.confusions() {
        let known = twins.contains(&pair.motion.as_str()) && twins.contains(&pair.taken_for.as_str());
        assert!(known || pair.share < 0.34, "{pair:?}");
    }
    assert!(found.accuracy() > 0.94, "{}", found.accuracy());
}

#[test]
fn a_motion_and_its_copy_are_not_told_apart() {
    let mut scores: Vec<Score> = ["squat", "kick", "bow"].map(|slug| score(slug).clone()).to_vec();
    scores.push(Score { id: 99, slug: "squat_again".into(), ..score("squat").clone() });
    let found = Distinctness::measure(&scores, &people(12), 4, 5.0, 1).unwrap();
    let confused: usize = found.confusion[0][3] + found.confusion[3][0];
    assert!(confused >= 4, "{found:?}");
    assert_eq!(found.confusion[1][1], 12, "{found:?}");
    assert!(found.confusion.iter().all(|row| row.iter().sum::<usize>() == 12));
    assert!(Distinctness::measure(&scores, &people(2), 3, 5.0, 1).is_err());
    assert!(Distinctness::measure(&scores[..1], &people(4), 2, 5.0, 1).is_err());
}

#[test]
fn a_rendition_plays_the_same_twice_and_survives_a_file() {
    let skeleton = skeleton(1.75);
    let score = score("lunge");
    let draw = |seed: u64| Rendition::draw(score, &mut RandomTree::new(seed).stream(0, "rendition"));
    let first = score.play(&skeleton, &draw(3), 4.0, 50.0).unwrap();
    assert_eq!(first.poses().len(), 201);
    let stored = serde_json::to_string(&draw(3)).unwrap();
    let again: Rendition = serde_json::from_str(&stored).unwrap();
    assert_eq!(first, score.play(&skeleton, &again, 4.0, 50.0).unwrap());
    assert_ne!(first, score.play(&skeleton, &draw(4), 4.0, 50.0).unwrap());
    // A longer play begins with the same frames: what is drawn for a repetition depends on its number alone.
    let longer = score.play(&skeleton, &draw(3), 9.0, 50.0).unwrap();
    assert_eq!(first.poses(), &longer.poses()[..201]);
}

#[test]
fn the_right_side_mirrors_the_left() {
    let skeleton = skeleton(1.75);
    let partner = |j: usize| [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22][j];
    for slug in ["kick", "throw", "drink_water", "lunge", "wave_hand", "punch", "march_in_place"] {
        let score = score(slug);
        let play = |side| {
            let rendition = Rendition { side, ..Rendition::plain(score) };
            score.play(&skeleton, &rendition, 2.5, 30.0).unwrap()
        };
        let (left, right) = (play(Side::Left), play(Side::Right));
        for (a, b) in left.poses().iter().zip(right.poses()) {
            let (a, b) = (skeleton.frames(a), skeleton.frames(b));
            for joint in 0..22 {
                let p = a[joint].position;
                let mirrored = Vec3::new(-p.x, p.y, p.z);
                // The shipped skeleton itself is symmetric to about a millimetre.
                assert!((mirrored - b[partner(joint)].position).norm() < 6e-3, "{slug}: joint {joint}");
            }
        }
    }
}

/// Heading of the pelvis in every frame, unwrapped, radians.
fn headings(clip: &Clip) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    for pose in clip.poses() {
        let ahead = pose.rotations[0] * Vec3::new(0.0, -1.0, 0.0);
        let heading = ahead.x.atan2(-ahead.y);
        let last = all.last().copied().unwrap_or(heading);
        let turn = (heading - last).sin().atan2((heading - last).cos());
        all.push(last + turn);
    }
    all
}

#[test]
fn circles_turn_the_way_they_say_and_close() {
    let skeleton = skeleton(1.75);
    for (slug, sense) in [("walk_clockwise", -1.0), ("walk_counter_clockwise", 1.0)] {
        let score = score(slug);
        let rendition = Rendition::plain(score);
        let lap = std::f64::consts::TAU * rendition.radius_m / rendition.speed_mps;
        let clip = score.play(&skeleton, &rendition, lap * 1.1, 50.0).unwrap();
        let headings = headings(&clip);
        let turned = headings[headings.len() - 1] - headings[0];
        assert!((turned * sense / std::f64::consts::TAU - 1.1).abs() < 0.08, "{slug} turned {turned} rad");
    }
}

#[test]
fn walking_back_keeps_the_facing_and_one_foot_is_always_down() {
    let skeleton = skeleton(1.75);
    let score = score("walk_forward_backward");
    let played = score.perform(&skeleton, &Rendition::plain(score), 8.0, 50.0).unwrap();
    let headings = headings(&played.clip);
    assert!(headings.iter().all(|h| h.abs() < 0.2), "the person must not turn");
    let along: Vec<f64> = played.clip.poses().iter().map(|p| -p.translation.y).collect();
    let (low, high) = along.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    assert!((high - low - 1.9).abs() < 0.15, "the way is {} m", high - low);
    assert!(played.contacts.iter().all(|c| c.iter().any(|foot| *foot != Contact::None)));
}

const GAITS: &str = "
version: 1
motions:
- {id: 1, slug: jog_turn, kind: gait, gait: {style: jog, speed: 2.0, step: 0.75, contact: 0.36, lift: 0.12, arm_swing: 32, elbow: 85, bounce: 0.035, lean: 6}, path: {shape: line_turn, length: 2.5, direction: clockwise}}
- {id: 2, slug: turn, kind: gait, gait: {style: walk, speed: 0.8, step: 0.45, contact: 0.62, lift: 0.06}, path: {shape: turn_in_place, angle: 180, direction: counter_clockwise}}
- {id: 3, slug: jog_in_place, kind: gait, gait: {style: jog, speed: 2.0, step: 0.7, contact: 0.4, lift: 0.15, arm_swing: 30, elbow: 85, bounce: 0.03}, path: {shape: in_place}}
";

#[test]
fn every_other_path_turns_flies_and_stays_within_limits() {
    let skeleton = skeleton(1.75);
    let book = ScoreBook::parse(GAITS, Path::new("test.yaml")).unwrap();
    for score in book.iter() {
        let played = score.perform(&skeleton, &Rendition::plain(score), 8.0, 100.0).unwrap();
        let check = MotionCheck::measure(&skeleton, &played).unwrap();
        let broken = check.violations(&score.limits);
        assert!(broken.is_empty(), "{}: {broken:?}", score.slug);
        let flies = played.contacts.iter().any(|c| c.iter().all(|foot| *foot == Contact::None));
        assert_eq!(flies, score.slug.starts_with("jog"), "{}", score.slug);
        let headings = headings(&played.clip);
        let (low, high) = headings.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
        match score.slug.as_str() {
            "jog_turn" => assert!(low < -3.0 && high < 1.0, "about-turns to the right: {low}..{high}"),
            "turn" => assert!(
                (high - std::f64::consts::PI).abs() < 0.2 && low.abs() < 0.2,
                "half a turn left and back: {low}..{high}"
            ),
            _ => assert!(high - low < 0.2),
        }
    }
}

fn palm(skeleton: &Skeleton, pose: &Pose, side: Side) -> Vec3 {
    let (elbow, wrist) =
        if side == Side::Left { (Joint::LeftElbow, Joint::LeftWrist) } else { (Joint::RightElbow, Joint::RightWrist) };
    let frames = skeleton.frames(pose);
    let (elbow, wrist) = (frames[elbow as usize].position, frames[wrist as usize].position);
    wrist + (wrist - elbow) * 0.38
}

#[test]
fn a_drawn_circle_is_round_and_clockwise_for_the_person() {
    let skeleton = skeleton(1.75);
    let score = score("draw_circle");
    for side in [Side::Left, Side::Right] {
        let rendition = Rendition { side, ..Rendition::plain(score) };
        let clip = score.play(&skeleton, &rendition, 3.6, 100.0).unwrap();
        // The hand draws from 0.22 to 0.80 of 3.6 s; it stays a little off the ends of the drawing.
        let points: Vec<Vec3> = (90..=270).map(|i| palm(&skeleton, &clip.poses()[i], side)).collect();
        let top = points.iter().fold(f64::MIN, |m, p| m.max(p.z));
        let bottom = points.iter().fold(f64::MAX, |m, p| m.min(p.z));
        let centre = Vec3::new(
            points.iter().map(|p| p.x).fold(f64::MIN, f64::max) + points.iter().map(|p| p.x).fold(f64::MAX, f64::min),
            0.0,
            top + bottom,
        ) * 0.5;
        let radius = 0.5 * (top - bottom);
        assert!((radius - 0.26).abs() < 0.015, "radius {radius}");
        let mut swept = 0.0;
        for pair in points.windows(2) {
            // The person faces −y and sees +x to the left: their right is −x.
            let seen = |p: &Vec3| (-(p.x - centre.x), p.z - centre.z);
            let (a, b) = (seen(&pair[0]), seen(&pair[1]));
            assert!((a.0.hypot(a.1) - radius).abs() < 0.012, "not round");
            swept += (a.0 * b.1 - a.1 * b.0).atan2(a.0 * b.0 + a.1 * b.1);
        }
        assert!(swept < -5.5, "clockwise means a negative angle in (right, up): {swept}");
    }
}

#[test]
fn the_mouth_is_reached_and_left_again() {
    let skeleton = skeleton(1.75);
    let score = score("drink_water");
    let clip = score.play(&skeleton, &Rendition::plain(score), 5.0, 50.0).unwrap();
    let gap = |t: f64| {
        let pose = clip.pose_at(t);
        (palm(&skeleton, &pose, Side::Left) - skeleton.frames(&pose)[Joint::Head as usize].position).norm()
    };
    assert!(gap(0.5 * 4.2) < 0.20, "the palm is {} m from the head joint", gap(2.1));
    assert!(gap(0.0) > 0.6 && gap(4.6) > 0.6);
}

#[test]
fn a_grip_keeps_both_hands_together_and_strokes_are_straight() {
    let skeleton = skeleton(1.75);
    let golf = parse(
        "version: 1\nmotions:\n- {id: 1, slug: g, kind: cycle, period: 2.0, stance: {grip: together}, keys: [{at: 0.0, main_hand: {to: front, up: -0.4, out: -0.1, forward: -0.05}}, {at: 0.5, main_hand: {to: front, up: -0.1, out: -0.1, forward: -0.1}}]}",
    );
    let clip = golf.play(&skeleton, &Rendition::plain(&golf), 2.0, 50.0).unwrap();
    for pose in clip.poses() {
        let gap = (palm(&skeleton, pose, Side::Left) - palm(&skeleton, pose, Side::Right)).norm();
        assert!(gap < 0.1, "the hands are {gap} m apart");
    }
    let check = parse(
        "version: 1\nmotions:\n- {id: 1, slug: s, kind: once, duration: 4.0, stance: {elbow: 20}, keys: [{at: 0.0, main_hand: {to: hang}}, {at: 1.0, main_hand: {to: hang}}], draw: {shape: strokes, center: front, size: 0.2, from: 0.2, to: 0.8, points: [[-1, 1], [1, 1], [1, -1]]}}",
    );
    let clip = check.play(&skeleton, &Rendition::plain(&check), 4.0, 100.0).unwrap();
    let at = |t: f64| palm(&skeleton, &clip.pose_at(t), Side::Left);
    // The first half runs to the person's right, −x, at one height; the second straight down.
    let (start, corner, end) = (at(0.8), at(2.0), at(3.2));
    assert!((start.x - corner.x - 0.4).abs() < 0.02 && (start.z - corner.z).abs() < 0.01, "{start} {corner}");
    assert!((corner.z - end.z - 0.4).abs() < 0.02 && (corner.x - end.x).abs() < 0.01, "{corner} {end}");
    assert!((at(1.4).z - start.z).abs() < 0.01);
}

#[test]
fn jumps_leave_the_floor_and_stillness_is_still() {
    let skeleton = skeleton(1.75);
    let jump = score("jump");
    let played = jump.perform(&skeleton, &Rendition::plain(jump), 3.0, 100.0).unwrap();
    let rise = played.clip.poses().iter().map(|p| p.translation.z).fold(f64::MIN, f64::max);
    assert!((0.2..0.4).contains(&rise), "a jump of twenty to forty centimetres, found {rise}");
    let still = score("stand_still");
    let rendition = Rendition::draw(still, &mut RandomTree::new(5).stream(0, "rendition"));
    let clip = still.play(&skeleton, &rendition, 10.0, 50.0).unwrap();
    let frames: Vec<_> = clip.poses().iter().map(|p| skeleton.frames(p)).collect();
    let moved = frames.iter().map(|f| (f[15].position - frames[0][15].position).norm()).fold(0.0, f64::max);
    assert!(moved > 1e-3 && moved < 0.04, "the head sways {moved} m");
}

#[test]
fn a_performer_stands_where_it_is_put() {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let score = score("bow");
    let clip = score.play(&body.skeleton, &Rendition::plain(score), 1.0, 50.0).unwrap();
    let at = |place: Placement| {
        let performer = Performer::new(body.clone(), clip.clone(), place).unwrap();
        let mut vertices = vec![Vec3::zeros(); performer.vertex_count()];
        performer.vertices_at(0.7, &mut vertices);
        vertices
    };
    let place = Placement { position: Vec3::new(0.4, 3.0, 0.1), facing_rad: 0.6 };
    let turn = Rotation::from_scaled_axis(Vec3::z() * place.facing_rad);
    for (own, world) in at(Placement::default()).iter().zip(at(place)) {
        assert!((turn * own + place.position - world).norm() < 1e-9);
    }
    let short = Clip::new(10.0, wobble(3, 10.0)).unwrap();
    assert!(Performer::new(body.clone(), short, place).is_err());
    let nowhere = Placement { facing_rad: f64::NAN, ..place };
    assert!(Performer::new(body, clip, nowhere).is_err());
}

#[test]
fn impossible_playing_orders_are_errors() {
    let skeleton = skeleton(1.75);
    let score = score("squat");
    let good = Rendition::plain(score);
    for (duration, rate) in [(0.0, 50.0), (f64::NAN, 50.0), (1e9, 50.0), (1.0, 0.0), (1.0, f64::INFINITY)] {
        assert!(score.play(&skeleton, &good, duration, rate).is_err(), "{duration} s at {rate} Hz");
    }
    for bad in [Rendition { tempo: 0.0, ..good.clone() }, Rendition { size: f64::NAN, ..good.clone() }] {
        assert!(score.play(&skeleton, &bad, 1.0, 50.0).is_err());
    }
    let mut few = skeleton.clone();
    few.rest.truncate(5);
    few.parents.truncate(5);
    assert!(score.play(&few, &good, 1.0, 50.0).is_err());
    let mut foreign = skeleton;
    foreign.rest[15].z = f64::NAN;
    assert!(score.play(&foreign, &good, 1.0, 50.0).is_err());
}
