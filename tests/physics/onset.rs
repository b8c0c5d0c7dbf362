//! Single movements: people stand, do something once, and stand again.

use kinecho::base::yaml::Document;
use kinecho::body::{BodyModel, BodyShape, Joint};
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::scene::{Scene, SceneSpec};

/// Largest way of the pelvis and the head within stretches of time, m, of a motion with an onset and a rest.
fn ways(slug: &str, rendition: impl FnOnce(Rendition) -> Rendition, stretches: &[[f64; 2]]) -> Vec<f64> {
    let score = ScoreBook::with_data_sets().get(slug).unwrap();
    let skeleton = BodyModel::cc0().shaped(&BodyShape::default()).unwrap().skeleton;
    let clip = score.play(&skeleton, &rendition(Rendition::plain(score)), 10.0, 30.0).unwrap();
    let places: Vec<_> = clip
        .poses()
        .iter()
        .map(|pose| {
            let frames = skeleton.frames(pose);
            [Joint::Pelvis, Joint::Head].map(|joint| frames[joint as usize].position)
        })
        .collect();
    let within = |[from, to]: &[f64; 2]| {
        let shown = &places[(30.0 * from) as usize..(30.0 * to) as usize];
        let way = |i: usize| shown.iter().map(|place| (place[i] - shown[0][i]).norm()).fold(0.0, f64::max);
        way(0).max(way(1))
    };
    stretches.iter().map(within).collect()
}

#[test]
fn a_movement_begins_at_its_onset_and_is_not_repeated_before_its_rest_is_over() {
    let single = |r: Rendition| Rendition { onset_s: Some(3.0), pause_s: 20.0, ..r };
    let [before, within, after] = ways("pick_up_object", single, &[[0.0, 3.0], [3.0, 6.6], [6.7, 10.0]])[..] else {
        panic!()
    };
    assert!(before < 0.02 && within > 0.3 && after < 0.02, "{before} {within} {after}");
    // As it was: again and again.
    let [first, second] = ways("pick_up_object", |r| r, &[[0.0, 3.0], [6.7, 10.0]])[..] else { panic!() };
    assert!(first > 0.3 && second > 0.3, "{first} {second}");
    // A fall stands until then, and goes on lying.
    let falls = |r: Rendition| Rendition { onset_s: Some(4.0), ..r };
    let [before, within] = ways("fall_forward", falls, &[[0.0, 3.9], [4.0, 8.0]])[..] else { panic!() };
    assert!(before < 0.02 && within > 0.7, "{before} {within}");
    // A march has no rests.
    let [march] = ways("march_in_place", single, &[[0.0, 3.0]])[..] else { panic!() };
    assert!(march > 0.02, "{march}");
}

#[test]
fn onsets_of_motions_without_rests_are_refused() {
    let scene = |person: &str| {
        let text = format!("people: [{{{person}}}]");
        Scene::check(&Document::parse(&text, "s.yaml".as_ref()).unwrap().typed::<SceneSpec>().unwrap(), false)
    };
    assert!(scene("motion: bow, pause_s: 8, onset_s: [2, 4]").is_ok());
    assert!(scene("motion: fall_backward, onset_s: 3").is_ok());
    for (person, key) in [
        ("motion: march_in_place, pause_s: 3", "people.0.pause_s"),
        ("motion: walk_forward_backward, onset_s: 3", "people.0.onset_s"),
        ("motion: bow, onset_s: 61", "people.0.onset_s"),
    ] {
        let problems = scene(person).unwrap_err();
        assert_eq!(problems.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), [key], "{person}");
    }
}
