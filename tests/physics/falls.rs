//! Falls: how fast, how long, which way, and that the body lies on the floor and not in it.

use kinecho::base::Vec3;
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape, Joint, JointFrame, ShapedBody};
use kinecho::geometry::MovingMesh;
use kinecho::motion::score::{Performance, Rendition, Score, ScoreBook, Side};
use kinecho::motion::{MotionCheck, Performer, Placement};
use kinecho::text::Vocabulary;

const FALLS: [&str; 4] = ["fall_forward", "fall_backward", "fall_sideways", "fall_from_chair"];
const RATE_HZ: f64 = 100.0;

fn score(slug: &str) -> &'static Score {
    ScoreBook::with_data_sets().get(slug).unwrap()
}

fn bodies() -> Vec<ShapedBody> {
    [(0.5, 1.75, 23.0), (0.0, 1.52, 19.0), (0.0, 1.60, 30.0), (1.0, 1.93, 20.0), (1.0, 1.80, 30.0)]
        .map(|(sex, stature_m, body_mass_index)| {
            let shape = BodyShape { sex, stature_m, body_mass_index, muscle: 0.5 };
            BodyModel::cc0().shaped(&shape).unwrap()
        })
        .to_vec()
}

fn play(slug: &str, body: &ShapedBody, draw: u64) -> Performance {
    let rendition = Rendition::draw(score(slug), &mut RandomTree::new(4).stream(draw, "rendition"));
    score(slug).perform_on(body, &rendition, 4.5, RATE_HZ).unwrap()
}

fn frames(body: &ShapedBody, played: &Performance) -> Vec<Vec<JointFrame>> {
    played.clip.poses().iter().map(|pose| body.skeleton.frames(pose)).collect()
}

#[test]
fn no_part_of_the_skin_is_in_the_floor_and_the_trunk_rests_on_it() {
    for slug in FALLS {
        for (draw, body) in bodies().into_iter().enumerate() {
            let played = play(slug, &body, draw as u64);
            let broken = MotionCheck::measure_on(&body, &played).unwrap().violations(&score(slug).limits);
            assert!(broken.is_empty(), "{slug} {draw}: {broken:?}");
            // Between the frames of the score as well, as a simulation sees the body.
            let performer = Performer::new(body, played.clip, Placement::default()).unwrap();
            let mut vertices = vec![Vec3::zeros(); performer.vertex_count()];
            for i in 0..150 {
                let time = 0.031 * f64::from(i);
                performer.vertices_at(time, &mut vertices);
                let lowest = vertices.iter().map(|v| v.z).fold(f64::INFINITY, f64::min);
                assert!(lowest > -0.02, "{slug} {draw}: {lowest} m at {time} s");
            }
            // On the floor is what lies, somebody stout on a hip with little: a fortieth of the skin is near it.
            let near = vertices.iter().filter(|v| v.z < 0.12).count();
            assert!(near * 40 > vertices.len(), "{slug} {draw}: {near} of {} vertices are low", vertices.len());
        }
    }
}

#[test]
fn without_the_floor_the_body_would_sink_and_the_check_says_so() {
    for slug in FALLS {
        let body = &bodies()[4];
        let rendition = Rendition::plain(score(slug));
        let played = score(slug).perform(&body.skeleton, &rendition, 4.0, RATE_HZ).unwrap();
        let broken = MotionCheck::measure_on(body, &played).unwrap().violations(&score(slug).limits);
        assert!(broken.iter().any(|v| v.contains("depth of the skin below the floor")), "{slug}: {broken:?}");
    }
}

#[test]
fn falls_from_standing_take_as_long_and_land_as_fast_as_those_that_were_measured() {
    for slug in FALLS {
        for (draw, body) in bodies().into_iter().enumerate() {
            let played = play(slug, &body, draw as u64);
            let frames = frames(&body, &played);
            let height = |i: usize| frames[i][Joint::Pelvis as usize].z();
            // From when the neck or the pelvis has moved by 3 cm, which sway does not.
            let (begin, impact) = {
                let moved = |i: usize, joint: Joint| {
                    (frames[i][joint as usize].position - frames[0][joint as usize].position).norm()
                };
                let begin =
                    (0..frames.len()).find(|i| moved(*i, Joint::Neck).max(moved(*i, Joint::Pelvis)) > 0.03).unwrap();
                let speeds: Vec<f64> = (1..frames.len()).map(|i| (height(i - 1) - height(i)) * RATE_HZ).collect();
                let impact = (0..speeds.len()).max_by(|a, b| speeds[*a].total_cmp(&speeds[*b])).unwrap();
                // Choi et al. 2015: 2.14 ± 0.63 m/s; Hsiao and Robinovitch 1998: 2.6 ± 0.9 m/s. A seat is half as high.
                let bounds = if slug == "fall_from_chair" { 0.88..2.6 } else { 1.3..3.0 };
                assert!(bounds.contains(&speeds[impact]), "{slug} {draw}: {} m/s", speeds[impact]);
                (begin, impact)
            };
            let falling = (impact - begin) as f64 / RATE_HZ;
            let bounds = if slug == "fall_from_chair" { 0.3..1.0 } else { 0.4..1.0 };
            assert!(bounds.contains(&falling), "{slug} {draw}: {falling} s from the tipping to the impact");
            // The impact is the floor's: the pelvis is near it.
            assert!(height(impact) < 0.35 * body.stature_m(), "{slug} {draw}: {} m", height(impact));
        }
    }
}

trait Height {
    fn z(&self) -> f64;
}

impl Height for JointFrame {
    fn z(&self) -> f64 {
        self.position.z
    }
}

#[test]
fn each_fall_ends_as_its_sentences_say() {
    let body = &bodies()[0];
    for side in [Side::Left, Side::Right] {
        for slug in FALLS {
            let rendition = Rendition { side, ..Rendition::plain(score(slug)) };
            let played = score(slug).perform_on(body, &rendition, 20.0, 50.0).unwrap();
            let frames = frames(body, &played);
            let (first, last) = (&frames[0], &frames[frames.len() - 1]);
            let chest = last[Joint::Spine3 as usize].rotation * -Vec3::y();
            let moved = last[Joint::Pelvis as usize].position - first[Joint::Pelvis as usize].position;
            let main = if side == Side::Left { 1.0 } else { -1.0 };
            match slug {
                "fall_forward" => assert!(chest.z < -0.9 && -moved.y > 0.6, "{chest} {moved}"),
                "fall_backward" => assert!(chest.z > 0.9 && moved.y > 0.35, "{chest} {moved}"),
                _ => assert!(chest.z.abs() < 0.4 && moved.x * main > 0.4, "{slug}: {chest} {moved}"),
            }
            // Flat, and nobody gets up again: 15 s later as at first.
            for frames in &frames[250..] {
                for joint in [Joint::Head, Joint::Spine3, Joint::Pelvis, Joint::LeftKnee, Joint::RightKnee] {
                    assert!(frames[joint as usize].z() < 0.45, "{slug}: {joint:?} at {} m", frames[joint as usize].z());
                }
            }
        }
    }
}

#[test]
fn falls_are_beside_the_sixty_and_have_their_words() {
    for slug in FALLS {
        assert!(ScoreBook::builtin().get(slug).is_none() && Vocabulary::builtin().get(slug).is_none());
        let words = Vocabulary::with_data_sets().get(slug).unwrap();
        assert_eq!(words.id, score(slug).id);
        for name in kinecho::text::vocabulary::ATTRIBUTES {
            let sentence = words.attribute(name).unwrap();
            assert!(sentence.split_whitespace().count() <= 30 && sentence.ends_with('.'), "{slug} {name}: {sentence}");
        }
    }
    assert_eq!((ScoreBook::builtin().len(), Vocabulary::builtin().activities().len()), (60, 60));
}
