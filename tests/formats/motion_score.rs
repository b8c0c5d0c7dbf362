//! The motion score format: what is read, and what is refused with file and line.

use kinecho::motion::MotionError;
use kinecho::motion::score::{Kind, Rendition, Score, ScoreBook, SideRule, Spread, Timing};
use kinecho::text::Vocabulary;
use std::path::Path;

fn read(yaml: &str) -> Result<ScoreBook, MotionError> {
    ScoreBook::parse(yaml, Path::new("my/scores.yaml"))
}

/// One motion with `keys` and further lines.
fn once(rest: &str) -> String {
    format!("version: 1\nmotions:\n- id: 3\n  slug: thing\n  kind: once\n  duration: 2.0\n{rest}")
}

#[test]
fn built_in_scores_belong_to_activities_of_the_vocabulary() {
    let vocabulary: serde_yaml::Value = serde_yaml::from_str(include_str!("../../prompts/activities.yaml")).unwrap();
    let activities = vocabulary.get("activities").and_then(|a| a.as_sequence()).unwrap();
    let book = ScoreBook::builtin();
    assert!(book.len() >= 25);
    for score in book.iter() {
        let found = activities.iter().find(|a| a.get("slug").and_then(|s| s.as_str()) == Some(score.slug.as_str()));
        let id = found.and_then(|a| a.get("id")).and_then(|id| id.as_u64());
        assert_eq!(id, Some(u64::from(score.id)), "{}", score.slug);
    }
}

#[test]
fn the_eight_examples_mean_what_they_say() {
    let book = read(include_str!("../../scenes/motions/examples.yaml")).unwrap();
    assert_eq!(book.len(), 8);
    let ways: Vec<String> = book.ways("squat").iter().map(|score| score.name()).collect();
    assert_eq!(ways, ["squat", "squat/half"]);
    assert!(book.ways("squat").iter().all(|score| score.share == 1), "alike where nothing is said");
    let lunge = book.get("lunge").unwrap();
    assert!(matches!(lunge.timing, Timing::Once { duration_s, pause_s, .. } if duration_s == 3.2 && pause_s == 0.5));
    assert_eq!(lunge.keys.len(), 8);
    assert_eq!(lunge.vary.tempo, Spread::Fraction(0.18));
    assert_eq!(book.get("bow").unwrap().vary.side, SideRule::Both);
    let walk = book.get("walk_clockwise").unwrap();
    assert_eq!(walk.vary.radius, Spread::Range([0.7, 1.3]));
    assert_eq!(walk.limits.hand_speed, 12.0);
    let rendition = Rendition::plain(walk);
    assert_eq!((rendition.speed_mps, rendition.radius_m), (1.15, 0.9));
    assert_ne!(Kind::Cycle, Kind::Once);
}

#[test]
fn errors_name_file_line_and_what_is_allowed() {
    let cases: &[(String, &[&str])] = &[
        (once("  keys: [{at: 0.0, pelvis: {upp: 1}}]"), &["my/scores.yaml:7", "upp"]),
        (once("  share: 0\n  keys: [{at: 0.0}]"), &["my/scores.yaml:4", "share", "between 1 and 100"]),
        (once("  wobble: 3\n  keys: [{at: 0.0}]"), &["my/scores.yaml:", "wobble"]),
        (once("  keys: [{at: 0.0, main_hand: {to: nose}}]"), &["my/scores.yaml:7", "nose"]),
        (once("  keys: [{at: 0.4}, {at: 0.2}]"), &["my/scores.yaml:4", "thing", "increasing"]),
        (once("  keys: [{at: 1.4}]"), &["my/scores.yaml:4", "between 0 and 1"]),
        (once("  keys: [{at: 0.0, arms: {raise: .nan}}]"), &["my/scores.yaml:4", "arms"]),
        (once("  keys: [{at: 0.0, pelvis: {up: 40}}]"), &["my/scores.yaml:4", "pelvis", "between -3 and 3"]),
        (once("  keys: [{pelvis: {up: 0}}]"), &["needs `at`"]),
        (once("  keys: []"), &["at least one key"]),
        (once("  stance: {at: 0.3}\n  keys: [{at: 0.0}]"), &["stance", "at"]),
        (once("  keys: [{at: 0.0, grip: together}]"), &["grip", "stance"]),
        (once("  period: 1\n  keys: [{at: 0.0}]"), &["`period` has no meaning"]),
        (once("  keys: [{at: 0.0}]\n  draw: {shape: strokes, center: front, size: 0.2, from: 0.2, to: 0.8}"), &["points"]),
        (once("  keys: [{at: 0.0}]\n  draw: {shape: circle, center: front, size: 0.2, from: 0.9, to: 0.8}"), &["after"]),
        (once("  keys: [{at: 0.0}]\n  vary: {tempo: 3.0}"), &["vary.tempo", "0.9"]),
        (once("  keys: [{at: 0.0}]\n  vary: {stature: [1.9, 1.5]}"), &["stature", "must not be above"]),
        ("version: 7\nmotions: []".into(), &["my/scores.yaml:1", "version 7"]),
        ("version: 1\nmotions:\n- {id: 1, slug: a, kind: cycle, period: 1, keys: [{at: 0.0}, {at: 1.0}]}".into(), &["same place as 0"]),
        ("version: 1\nmotions:\n- {id: 1, slug: a, kind: cycle, keys: [{at: 0.0}]}".into(), &["needs `period`"]),
        ("version: 1\nmotions:\n- {id: 1, slug: a, kind: gait}".into(), &["needs `gait`"]),
        (
            "version: 1\nmotions:\n- {id: 1, slug: a, kind: gait, gait: {style: walk, speed: 1, step: 0.6, contact: 0.3, lift: 0.1}, path: {shape: in_place}}".into(),
            &["contact", "0.5"],
        ),
        (
            "version: 1\nmotions:\n- {id: 1, slug: a, kind: gait, gait: {style: walk, speed: 1, step: 0.6, contact: 0.6, lift: 0.1}, path: {shape: circle, length: 2}}".into(),
            &["path.radius"],
        ),
        ("version: 1\nmotions:\n- {id: 1, slug: a, kind: cycle, period: 1, keys: [{at: 0.0}]}\n- {id: 1, slug: b, kind: cycle, period: 1, keys: [{at: 0.0}]}".into(), &["already taken"]),
        ("{{{".into(), &["my/scores.yaml:"]),
        (String::new(), &["my/scores.yaml:"]),
    ];
    for (yaml, words) in cases {
        let text = read(yaml).expect_err(yaml).to_string();
        for word in *words {
            assert!(text.contains(word), "expected `{word}` in `{text}`\nfor\n{yaml}");
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let text = ScoreBook::read(Path::new("no/such/scores.yaml")).unwrap_err().to_string();
    assert!(text.contains("no/such/scores.yaml"), "{text}");
}

#[test]
fn a_slug_cannot_be_added_twice() {
    let mut book = read(&once("  keys: [{at: 0.0}]")).unwrap();
    let again = read(&once("  keys: [{at: 0.0}]")).unwrap();
    assert!(book.add(again, Path::new("other.yaml")).unwrap_err().to_string().contains("thing"));
    assert_eq!(book.len(), 1);
}

/// Gestures are played and put into words, beside the sixty.
#[test]
fn gestures_are_beside_the_sixty_and_have_their_words() {
    let gestures: Vec<&Score> = ScoreBook::with_data_sets().iter().filter(|s| (1301..1400).contains(&s.id)).collect();
    assert_eq!(gestures.len(), 10);
    for score in gestures {
        assert!(ScoreBook::builtin().get(&score.slug).is_none() && Vocabulary::builtin().get(&score.slug).is_none());
        let words = Vocabulary::with_data_sets().get(&score.slug).unwrap();
        assert_eq!((words.id, words.category.as_str()), (score.id, "gesture"));
        for name in kinecho::text::vocabulary::ATTRIBUTES {
            let sentence = words.attribute(name).unwrap();
            assert!(sentence.split_whitespace().count() <= 30 && sentence.ends_with('.'), "{}: {sentence}", score.slug);
        }
    }
    // Left and right are those of the person, whichever hand acts.
    assert_eq!(ScoreBook::with_data_sets().ways("swipe_left").len(), 2);
}
