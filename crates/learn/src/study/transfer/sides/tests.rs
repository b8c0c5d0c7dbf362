//! What must not be on two sides.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::study::transfer::adapt::tests::{rooms, study};

fn refused(change: impl Fn(String) -> String, items: &[Item]) -> String {
    let study = study(change);
    sides(&study, &study.transfers[0], items).unwrap_err().to_string()
}

#[test]
fn sides_keep_recordings_and_people_apart() {
    let rooms = rooms();
    let of = study(|text| text.replace("shared_people: true", "leave_one_out: subject"));
    let found = sides(&of, &of.transfers[0], &rooms.items).unwrap();
    assert_eq!(found.len(), 3);
    for one in &found {
        let of = |list: &[usize], value: fn(&Item) -> &str| -> BTreeSet<String> {
            list.iter().map(|&i| value(&rooms.items[i]).to_owned()).collect()
        };
        let who = |list: &[usize]| of(list, |item| &item.subject);
        assert_eq!(who(&one.test).len(), 1);
        assert!(who(&one.learn).is_disjoint(&who(&one.test)) && who(&one.unlabelled).is_disjoint(&who(&one.test)));
        assert!(of(&one.unlabelled, |i| &i.recording).is_disjoint(&of(&one.test, |i| &i.recording)));
        assert_eq!(of(&one.learn, |i| &i.session).len(), 1);
    }
}

#[test]
fn what_is_on_two_sides_is_named() {
    let rooms = rooms();
    let people = refused(|text| text.replace("shared_people: true", "shared_people: false"), &rooms.items);
    assert!(people.contains("people are in `learn` and in `test`: p0, p1, p2"), "{people}");
    let recordings = refused(|text| text.replace("learn: {session: [a]}", "learn: {}"), &rooms.items);
    assert!(recordings.contains("recordings are in `learn` and in `unlabelled`"), "{recordings}");
    let shown = refused(|text| text.replace("drawn_percent: [50, 100]", "drawn_percent: [0, 100]"), &rooms.items);
    assert!(shown.contains("shown without labels and asked about") && shown.contains("transductive: true"), "{shown}");
    let empty = refused(|text| text.replace("unlabelled: {session: [b]", "unlabelled: {session: [c]"), &rooms.items);
    assert!(empty.contains("transfers (a_to_b): `unlabelled` accepts no sample: the domain is empty"), "{empty}");
}

#[test]
fn classes_of_one_scene_alone_are_named() {
    let rooms = rooms();
    let relabelled = |range: std::ops::Range<usize>| {
        let mut items = rooms.items.clone();
        items[range].iter_mut().step_by(2).for_each(|item| item.label = "falling".into());
        items
    };
    let unknown = refused(|text| text, &relabelled(40..80));
    assert!(unknown.contains("falling asked about but not learnt (an open set"), "{unknown}");
    let more = refused(|text| text, &relabelled(0..20));
    assert!(more.contains("falling learnt but not asked about"), "{more}");
}
