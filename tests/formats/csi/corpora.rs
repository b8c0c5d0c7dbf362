//! Corpora of CSI: what they keep, and what gives their labels away.

use super::{record, written};
use kinecho::chain::{Chain, CsiChain, Keep};
use kinecho::corpus::csi_from_array;
use kinecho::recording::any;
use kinecho::signal::Signal;
use std::fs;

#[test]
fn a_corpus_keeps_csi_as_it_was_read() {
    let value = |group: usize, chain: usize| ((group as i8) - 15, 10 * chain as i8 + 1);
    let bytes: Vec<u8> = (0..100).flat_map(|i| record(50_000 * i, i as u16, &[0, 1, 2], value)).collect();
    let (dir, path) = written("a.dat", &bytes);
    let recordings =
        kinecho::recording::labelled::read(&path, kinecho::recording::labelled::Radio::Csi, None, Some("squat"))
            .unwrap();
    let chain = Chain::of_csi(CsiChain::default());
    let config = kinecho::corpus::ImportConfig {
        chain: chain.clone(),
        keep: Some(vec![Keep::Csi]),
        length_s: Some(2.0),
        hop_s: Some(1.0),
        ..Default::default()
    };
    let out = dir.path().join("c");
    let corpus =
        kinecho::corpus::import_recordings(&recordings, "csi", &config, &out, &kinecho::base::progress::Silent)
            .unwrap();
    assert_eq!(corpus.rows().iter().map(|r| r.start_s).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0]);
    let sample = corpus.read(1).unwrap();
    assert_eq!(sample.views.get("amplitude").unwrap().data.shape(), [90, 128]);
    let kept = csi_from_array(sample.extra("csi").unwrap().clone()).unwrap();
    let Signal::Csi(whole) = &recordings[0].signal else { panic!("CSI expected") };
    assert_eq!(kept.data, whole.window(1.0, 3.0).data);
    assert_eq!((kept.info.clone(), kept.packets()), (whole.info.clone(), 40));
    // A hole of a second: windows that it lies in are none.
    let hole: Vec<u8> = (0..100)
        .flat_map(|i| record(50_000 * i + if i >= 50 { 1_000_000 } else { 0 }, i as u16, &[0, 1, 2], value))
        .collect();
    let (_dir, path) = written("b.dat", &hole);
    let (signal, _) = any::read(&path).unwrap();
    let starts: Vec<f64> = chain.windows(&signal, 2.0, 0.5).unwrap().iter().map(|w| w.0).collect();
    assert_eq!(starts, [0.0, 0.5, 3.0, 3.5, 4.0], "half a second at the end of a window is allowed");
}

#[test]
fn a_corpus_says_what_gives_its_labels_away() {
    // Two activities of two people. The level of a recording tells the activity within a person, and not across: person b had the chair
    // moved. What changes, every other packet, tells nobody apart.
    let dir = tempfile::tempdir().unwrap();
    let level = |person: usize, activity: usize| [[10, 40], [55, 20]][person][activity];
    for (person, activity, take) in (0..2).flat_map(|p| (0..2).flat_map(move |a| (0..4).map(move |t| (p, a, t)))) {
        let value = move |group: usize, _: usize| ((level(person, activity) + take + group as i32 % 2) as i8, 3);
        let bytes: Vec<u8> = (0..60).flat_map(|i| record(50_000 * i, i as u16, &[0, 1, 2], value)).collect();
        let (name, label) = (["a", "b"][person], ["sit", "stand"][activity]);
        fs::write(dir.path().join(format!("{name}_{label}_{take}.dat")), bytes).unwrap();
    }
    // The same recording under another person's name.
    fs::copy(dir.path().join("a_sit_0.dat"), dir.path().join("b_sit_9.dat")).unwrap();
    let pattern = "{subject}_{label}_*".parse().unwrap();
    let radio = kinecho::recording::labelled::Radio::Csi;
    let recordings = kinecho::recording::labelled::read(dir.path(), radio, Some(&pattern), None).unwrap();
    assert_eq!(recordings.len(), 17);
    let chain: Chain =
        serde_yaml::from_str("csi: {views: [{view: amplitude, rows: 90, columns: 30, scaling: none}]}").unwrap();
    let config = kinecho::corpus::ImportConfig { chain, length_s: Some(3.0), ..Default::default() };
    let corpus = kinecho::corpus::import_recordings(
        &recordings,
        "csi",
        &config,
        &dir.path().join("corpus"),
        &kinecho::base::progress::Silent,
    )
    .unwrap();
    // Nobody stands on both sides of a split.
    for person in ["a", "b"] {
        let splits: std::collections::BTreeSet<&str> =
            corpus.rows().iter().filter(|r| r.subject == person).map(|r| r.split.as_str()).collect();
        assert_eq!(splits.len(), 1, "{person}: {splits:?}");
    }
    assert_eq!(corpus.count_by(|r| &r.split).len(), 2);
    let report = kinecho::corpus::leaks(&corpus, None).unwrap();
    assert_eq!((report.by, report.groups, report.labels), (kinecho::corpus::GroupBy::Subject, 2, 2));
    let mean = &report.looks[1];
    assert!(mean.any_recording > 0.9 && mean.other_groups.unwrap() < 0.35, "{mean:?}");
    assert_eq!(report.copies.len(), 1);
    assert_eq!(
        (report.copies[0].recordings.clone(), report.copies[0].groups.len()),
        (vec!["a_sit_0".into(), "b_sit_9".into()], 2)
    );
    for words in ["the mean alone gives the label away", "1 recordings occur in several groups (a = b)"] {
        assert!(report.advice.iter().any(|line| line.contains(words)), "{:?}", report.advice);
    }
}

/// Recordings of one movement give one window around their middle; a longer one is cut as ever.
#[test]
fn the_middle_of_a_recording_is_a_window() {
    let of = |name: &str, packets: u32| {
        let value = |group: usize, chain: usize| ((group as i8) - 15, 10 * chain as i8 + 1);
        let bytes: Vec<u8> = (0..packets).flat_map(|i| record(50_000 * i, i as u16, &[0, 1, 2], value)).collect();
        let (dir, path) = written(&format!("{name}.dat"), &bytes);
        let radio = kinecho::recording::labelled::Radio::Csi;
        let read = kinecho::recording::labelled::read(&path, radio, None, Some("squat")).unwrap();
        drop(dir);
        read
    };
    // 20 packets a second: 7 s, 15 s and 41 s, and 3 s, which is less than a window.
    let all: Vec<_> = [("a", 141), ("b", 301), ("c", 821), ("d", 61)].into_iter().flat_map(|(n, p)| of(n, p)).collect();
    let config = kinecho::corpus::ImportConfig {
        length_s: Some(5.0),
        hop_s: Some(5.0),
        middle_up_to_s: Some(20.0),
        ..Default::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let silent = &kinecho::base::progress::Silent;
    let corpus = kinecho::corpus::import_recordings(&all, "test", &config, &dir.path().join("c"), silent).unwrap();
    let windows: Vec<(String, f64)> = corpus.rows().iter().map(|row| (row.recording.clone(), row.start_s)).collect();
    let long = (0..8).map(|i| ("c".to_owned(), 5.0 * f64::from(i)));
    let wanted: Vec<(String, f64)> = [("a".to_owned(), 1.0), ("b".to_owned(), 5.0)].into_iter().chain(long).collect();
    assert_eq!(windows.len(), wanted.len(), "{windows:?}");
    for (found, wanted) in windows.iter().zip(&wanted) {
        assert!(found.0.contains(&wanted.0) && (found.1 - wanted.1).abs() < 0.026, "{found:?} for {wanted:?}");
    }
    let short = kinecho::corpus::ImportConfig { middle_up_to_s: Some(4.0), ..config };
    let refused = kinecho::corpus::import_recordings(&all, "test", &short, &dir.path().join("x"), silent);
    let error = refused.err().unwrap();
    assert!(
        error.to_string().contains("middle_up_to_s: 4; expected a length of at least that of a window, 5 s"),
        "{error}"
    );
}
