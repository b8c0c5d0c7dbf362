//! Zero-shot and few-shot recognition on embeddings whose answer is plain.

use kinecho::model::mmclip::Embeddings;
use kinecho::train::evaluate::{KShot, Labelled, Outcome, Scoring, ShotHead, k_shot, spread, zero_shot};
use ndarray::{Array2, Array3, array};

fn embeddings(class: Array2<f32>) -> Embeddings {
    let (rows, width) = class.dim();
    Embeddings { attributes: Array3::zeros((rows, 0, width)), class }
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("c{i}")).collect()
}

#[test]
fn zero_shot_takes_the_nearest_label_by_angle() {
    let signal = embeddings(array![[10.0, 1.0], [0.1, 0.3], [-1.0, 0.0]]);
    let text = embeddings(array![[0.5, 0.0], [0.0, 9.0]]);
    assert_eq!(zero_shot(&signal, &text, &Scoring::default()), [0, 1, 1]);
}

#[test]
fn attributes_count_by_their_weight() {
    let signal = Embeddings { class: array![[1.0, 0.0]], attributes: array![[[0.0, 1.0], [0.0, 1.0]]] };
    let text = Embeddings {
        class: array![[1.0, 0.0], [0.0, 1.0]],
        attributes: array![[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]],
    };
    assert_eq!(zero_shot(&signal, &text, &Scoring { class: 1.0, attributes: 0.5 }), [0]);
    assert_eq!(zero_shot(&signal, &text, &Scoring { class: 1.0, attributes: 2.0 }), [1]);
}

#[test]
fn an_outcome_counts_what_happened() {
    let outcome = Outcome::new(&names(3), &[0, 0, 0, 1], &[0, 0, 1, 1]).unwrap();
    assert_eq!(outcome.confusion, [[2, 1, 0], [0, 1, 0], [0, 0, 0]]);
    assert_eq!(outcome.recall, [Some(2.0 / 3.0), Some(1.0), None]);
    assert_eq!(outcome.accuracy, 0.75);
    assert!((outcome.mean_recall - 5.0 / 6.0).abs() < 1e-12);
    assert!(Outcome::new(&names(2), &[0], &[0, 1]).is_err());
    assert!(Outcome::new(&names(2), &[0], &[2]).is_err());
}

/// Two clusters 90° apart with a spread of ±30°: few shots do well, more shots better, text that points the wrong way worse.
#[test]
fn few_shots_find_the_clusters_and_text_can_help_or_hurt() {
    let angle = |i: usize| {
        let class = i % 2;
        let wobble = ((i * 37 % 60) as f32 - 30.0).to_radians();
        class as f32 * std::f32::consts::FRAC_PI_2 + 1.6 * wobble
    };
    let pool =
        embeddings(Array2::from_shape_fn((60, 2), |(i, d)| if d == 0 { angle(i).cos() } else { angle(i).sin() }));
    let labels: Vec<usize> = (0..60).map(|i| i % 2).collect();
    let labelled = Labelled { embeddings: &pool, labels: &labels };
    let at = |config: KShot, text: Option<&Embeddings>| {
        k_shot(labelled, None, text, &names(2), &config, &|_, _| false).unwrap()
    };
    let one = at(KShot { shots: 1, repeats: 40, ..KShot::default() }, None);
    let ten = at(KShot { shots: 10, repeats: 40, ..KShot::default() }, None);
    assert_eq!(one.outcomes.len(), 40);
    assert_eq!(one.outcomes[0].samples, 58, "support is not queried");
    assert!(
        ten.mean > one.mean && ten.deviation < one.deviation,
        "{} ± {}, {} ± {}",
        one.mean,
        one.deviation,
        ten.mean,
        ten.deviation
    );
    let right = embeddings(array![[1.0, 0.0], [0.0, 1.0]]);
    let wrong = embeddings(array![[0.0, 1.0], [1.0, 0.0]]);
    let mixed = |text| {
        at(KShot { shots: 1, repeats: 40, head: ShotHead::Mean, text_share: 0.7, ..KShot::default() }, Some(text)).mean
    };
    assert!(mixed(&right) > one.mean && mixed(&wrong) < 0.5);
    // The same seed draws the same support.
    assert_eq!(one, at(KShot { shots: 1, repeats: 40, ..KShot::default() }, None));
    // No shots and text only is zero-shot.
    let zero = at(KShot { shots: 0, repeats: 1, text_share: 1.0, ..KShot::default() }, Some(&right));
    let direct = Outcome::new(&names(2), &labels, &zero_shot(&pool, &right, &Scoring::default())).unwrap();
    assert_eq!(zero.outcomes[0], direct);
}

#[test]
fn impossible_few_shot_settings_are_refused() {
    let pool = embeddings(Array2::eye(4));
    let labels = [0, 0, 0, 1];
    let labelled = Labelled { embeddings: &pool, labels: &labels };
    let message =
        |config: KShot| k_shot(labelled, None, None, &names(2), &config, &|_, _| false).unwrap_err().to_string();
    assert!(message(KShot { shots: 2, ..KShot::default() }).contains("class c1 has 1 samples, 2 shots"));
    assert!(
        message(KShot { shots: 1, head: ShotHead::Mean, text_share: 0.5, ..KShot::default() })
            .contains("text embeddings are needed")
    );
    assert!(message(KShot { shots: 1, repeats: 0, ..KShot::default() }).contains("repeats 0"));
}

#[test]
fn the_spread_is_that_of_a_sample() {
    let (mean, deviation) = spread(&[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(mean, 2.5);
    assert!((deviation - (5.0f64 / 3.0).sqrt()).abs() < 1e-12);
    assert_eq!(spread(&[7.0]), (7.0, 0.0));
}

#[test]
fn queries_related_to_an_example_are_left_out() {
    // Two classes of six windows each; neighbours in time overlap.
    let class = Array2::from_shape_fn((12, 2), |(i, j)| if (i < 6) == (j == 0) { 1.0 } else { 0.1 });
    let all = embeddings(class);
    let labels: Vec<usize> = (0..12).map(|i| i / 6).collect();
    let pool = Labelled { embeddings: &all, labels: &labels };
    let config = KShot { shots: 1, repeats: 20, ..KShot::default() };
    let neighbours = |a: usize, b: usize| a / 6 == b / 6 && a.abs_diff(b) <= 2;
    let free = k_shot(pool, None, None, &names(2), &config, &|_, _| false).unwrap();
    let strict = k_shot(pool, None, None, &names(2), &config, &neighbours).unwrap();
    assert!(free.outcomes.iter().all(|o| o.samples == 10), "only the two examples themselves are left out");
    // An example takes itself and up to two neighbours on each side with it.
    assert!(strict.outcomes.iter().all(|o| (2..=6).contains(&o.samples)));
    assert!(strict.outcomes.iter().any(|o| o.samples == 2));
}

#[test]
fn merged_classes_forgive_confusions_within_a_group_only() {
    let outcome = Outcome::new(&names(4), &[0, 0, 1, 2, 3], &[1, 2, 0, 2, 3]).unwrap();
    let groups = std::collections::BTreeMap::from([("both".to_owned(), vec!["c0".to_owned(), "c1".to_owned()])]);
    let merged = outcome.merged(&groups);
    assert_eq!(merged.classes, ["both", "c2", "c3"]);
    assert_eq!(merged.confusion, [[2, 1, 0], [0, 1, 0], [0, 0, 1]]);
    assert_eq!((merged.samples, merged.accuracy), (5, 0.8));
    assert_eq!(merged.recall[0], Some(2.0 / 3.0));
    assert_eq!(outcome.merged(&Default::default()), outcome);
}
