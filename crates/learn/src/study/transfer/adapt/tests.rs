//! What the target's labels may change: nothing but the score.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::base::progress::Silent;
use crate::model::weights::Weights;
use crate::study::experiment::Item;
use crate::study::transfer::sides::sides;
use crate::train::{Dataset, ViewColumn};
use ndarray::Array2;

const STUDY: &str = "
version: 1
name: rooms
title: rooms
data: x
seeds: [1]
model:
  cross_scene: {wifi: {view: amplitude, links: 2, keep: 2, patch: 4}, width: 8, scene: 4}
on: {name: rooms, data_set: csi_two_rooms}
transfers:
  - {name: a_to_b, title: a to b, learn: {session: [a]}, unlabelled: {session: [b], drawn_percent: [0, 50]}, test: {session: [b], drawn_percent: [50, 100]}}
shared_people: true
train: {steps: 8, batch: 8, validate_every: 4, early_stopping: {patience: 9}, adaptation: {start: 0.1, rise: 0.5}}
arms: [{name: full}]
main: full
";

/// Two rooms, forty recordings each; the strength of subcarrier 1 is the class.
pub(crate) fn rooms() -> LabelledSet {
    let (rows, times) = (6, 16);
    let item = |i: usize| Item {
        label: format!("c{}", i % 2),
        session: if i < 40 { "a".into() } else { "b".into() },
        subject: format!("p{}", i / 2 % 3),
        split: String::new(),
        recording: format!("r{i}"),
        start_s: 0.0,
        duration_s: 1.0,
    };
    let value = |s: usize, k: usize| {
        let (row, t) = (k / times, k % times);
        let size = if row % 3 == 1 { 1.0 + 2.0 * (s % 2) as f32 } else { 1.0 };
        size * ((t * (row % 3 + 1)) as f32 * 0.8 + s as f32).sin()
    };
    let values = Array2::from_shape_fn((80, rows * times), |(s, k)| value(s, k));
    let info = ViewInfo::new("amplitude", vec![rows, times]);
    let column = ViewColumn { info, values, present: vec![true; 80] };
    let labels = (0..80).map(|i| i % 2).collect();
    let set = Dataset::of_views(vec![column], labels, vec!["c0".into(), "c1".into()]).unwrap();
    LabelledSet { set, items: (0..80).map(item).collect() }
}

pub(crate) fn study(change: impl Fn(String) -> String) -> TransferStudy {
    serde_yaml::from_str(&change(STUDY.to_owned())).unwrap()
}

#[test]
fn scrambled_labels_of_the_target_change_no_weight_and_no_choice() {
    let (study, rooms) = (study(|text| text), rooms());
    assert!(study.problems().is_empty(), "{:?}", study.problems());
    let found = sides(&study, &study.transfers[0], &rooms.items).unwrap();
    let mut scrambled = rooms.clone();
    for i in 40..80 {
        scrambled.set.labels[i] = (i / 3) % 2;
        scrambled.items[i].label = format!("c{}", (i / 3) % 2);
    }
    let dir = tempfile::tempdir().unwrap();
    let run =
        |set: &LabelledSet, name: &str| adapted(&study, set, &found[0], 1, (&dir.path().join(name), &Silent)).unwrap();
    let (one, other) = (run(&rooms, "true"), run(&scrambled, "scrambled"));
    assert_eq!(Weights::of(&one.model).unwrap(), Weights::of(&other.model).unwrap());
    assert_eq!(one.kept_step, other.kept_step);
    assert_eq!(one.subcarriers, other.subcarriers);
    assert!(one.subcarriers.contains(&1), "{:?}", one.subcarriers);
    // Labels of the source do change them.
    let mut source = rooms.clone();
    source.set.labels.iter_mut().take(40).for_each(|label| *label = 1 - *label);
    let third = run(&source, "source");
    assert_ne!(Weights::of(&one.model).unwrap(), Weights::of(&third.model).unwrap());
}
