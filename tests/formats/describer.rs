//! The describer on labels that it was not written for: a hundred of our own, and what people wrote of real motions.

use flate2::read::GzDecoder;
use kinecho::text::{ATTRIBUTES, Certainty, Description, describe};
use serde_json::Value;
use std::fs::File;

/// Label, and a word that one of the five sentences must hold for the description to make sense: `attribute:word` or more than
/// one word with `/` between alternatives.
const LABELS: &str = include_str!("labels.txt");

/// What holds for every description, whatever the label.
fn laws(d: &Description) -> Result<(), String> {
    for (name, sentence) in ATTRIBUTES.iter().zip(&d.text) {
        let fail = |why: &str| Err(format!("{:?} {name}: {why}: {sentence}", d.label));
        let words: Vec<String> = sentence.split_whitespace().map(str::to_lowercase).collect();
        if !sentence.ends_with('.') || sentence.trim_end_matches('.').contains(['{', '}', '\n']) {
            return fail("no plain sentence");
        }
        if !sentence.starts_with(char::is_uppercase) {
            return fail("begins small");
        }
        // The general sentence of an unknown label quotes it, however long it is.
        if words.len() > 40 && !d.rules.is_empty() {
            return fail("too long");
        }
        if let Some(pair) = words.windows(2).find(|w| w[0] == w[1] && !d.label.to_lowercase().contains(&w[0])) {
            return fail(&format!("says {} twice", pair[0]));
        }
    }
    let [general, torso, _, legs, location] = &d.text;
    let (seated, travels) = (torso.contains("on the seat"), location.contains("through the room"));
    if seated && travels {
        return Err(format!("{:?} sits and travels: {general}", d.label));
    }
    if travels && legs.contains("fixed on the floor") {
        return Err(format!("{:?} travels on feet that stay: {legs}", d.label));
    }
    let say = |side: &str| d.text.iter().any(|s| s.contains(&format!("the {side} ")) && !s.contains("to the"));
    let words: Vec<&str> = d.label.split(' ').collect();
    for (side, other) in [("left", "right"), ("right", "left")] {
        if words.contains(&side) && !words.contains(&other) && say(&format!("{other} hand")) {
            return Err(format!("{:?} moves the {other} hand: {:?}", d.label, d.text));
        }
    }
    Ok(())
}

#[test]
fn a_hundred_unseen_labels_are_described_sensibly() {
    let (mut broken, mut unknown, mut missed, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for line in LABELS.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let (label, wanted) = line.split_once('|').map(|(l, w)| (l.trim(), w.trim())).unwrap();
        let d = describe(label).unwrap();
        count += 1;
        broken.extend(laws(&d).err());
        if d.rules.is_empty() {
            unknown.push(label);
        }
        let (attribute, words) = wanted.split_once(':').unwrap();
        let sentence = &d.text[ATTRIBUTES.iter().position(|a| *a == attribute).unwrap()];
        if !words.split('/').any(|w| sentence.to_lowercase().contains(w)) {
            missed.push(format!("{label}: {attribute} without {words}: {sentence}"));
        }
    }
    assert!(count >= 100);
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(unknown.is_empty(), "no rule for {unknown:?}");
    assert!(missed.is_empty(), "{} of {count}: {missed:#?}", missed.len());
}

#[test]
fn sentences_say_what_they_do_not_know() {
    let of = |label: &str| {
        let d = describe(label).unwrap();
        (d.grounds.certainty, d.warning().unwrap_or_default(), d)
    };
    // Nothing is known: general sentences, and said so.
    let (certainty, warning, d) = of("asdf qwer");
    assert_eq!((certainty, &d.grounds.unknown[..]), (Certainty::Guess, &["asdf".to_owned(), "qwer".into()][..]));
    assert!(warning.contains("guess"), "{warning}");
    // Whoever limps does not walk evenly, and whoever staggers is described as one who walks, which is said.
    let walk = describe("walking").unwrap();
    let (certainty, _, limp) = of("limping");
    assert_eq!(certainty, Certainty::Exact);
    assert!(limp.text.iter().zip(&walk.text).all(|(a, b)| a != b), "{:?}", limp.text);
    let (certainty, warning, d) = of("staggering");
    assert_eq!((certainty, &d.text), (Certainty::Near, &walk.text));
    assert!(warning.contains("by `staggering`") && warning.contains("as `walk`"), "{warning}");
    // Balls that are juggled go up.
    let (certainty, warning, d) = of("juggle three balls");
    assert!(d.text[0].contains("throwing balls up"), "{}", d.text[0]);
    assert_eq!((certainty, &d.grounds.unknown[..]), (Certainty::Near, &["three".to_owned()][..]), "{warning}");
    // Left is a way here, and a hand there.
    let (certainty, _, d) = of("swipe left");
    assert!(certainty == Certainty::Exact && d.text[0].contains("to the left"), "{:?}", d.text);
    assert!(d.text.iter().all(|s| !s.contains("the left hand")), "{:?}", d.text);
    for label in ["wave left hand", "wave with the left hand", "left punch", "waving with left"] {
        assert!(
            of(label).2.text.iter().any(|s| s.to_lowercase().contains("the left ")),
            "{label}: {:?}",
            of(label).2.text
        );
    }
    assert_eq!(
        describe("swipe").unwrap().text[0],
        "A person swipes one flat hand through the air in front of the body."
    );
}

#[test]
fn what_is_not_done_is_not_described() {
    let of = |label: &str| describe(label).unwrap();
    for label in ["do not move", "don't move", "without any movement", "never moving", "stand without moving"] {
        let d = of(label);
        assert_eq!(d.rules, ["stand"], "{label}: {:?}", d.text);
        assert!(d.text[2].contains("without moving"), "{label}: {}", d.text[2]);
    }
    let d = of("walk without swinging the arms");
    assert_eq!((&d.rules[..], d.grounds.certainty), (&["walk".to_owned()][..], Certainty::Near));
    assert_eq!(d.grounds.negated, ["swinging", "arms"]);
    assert!(d.warning().is_some_and(|w| w.contains("`swinging`, `arms` is negated and left out")), "{:?}", d.warning());
    let d = of("not jumping but clapping");
    assert_eq!((&d.rules[..], &d.grounds.negated[..]), (&["clap".to_owned()][..], &["jumping".to_owned()][..]));
    // All that is left is nothing; but a head says no.
    let d = of("no jumping");
    assert!(d.grounds.certainty == Certainty::Guess && d.rules.is_empty(), "{:?}", d.text);
    assert_eq!(of("say no").rules, ["nod"]);
}

#[test]
fn exact_sentences_hold_every_word_that_means_something() {
    for line in LABELS.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let label = line.split('|').next().unwrap().trim();
        let d = describe(label).unwrap();
        let exact = d.grounds.certainty == Certainty::Exact;
        assert_eq!(exact, d.warning().is_none(), "{label}");
        assert!(!exact || d.grounds.unknown.is_empty() && d.grounds.negated.is_empty(), "{label}: {:?}", d.grounds);
    }
}

/// KIT-ML (Plappert et al. 2016): sentences that people wrote of recorded motions.
#[test]
fn sentences_of_real_motions_are_described_sensibly() {
    let Some(dir) = super::needs::data("kitml_text") else { return };
    let file = GzDecoder::new(File::open(dir.join("annotations.json.gz")).unwrap());
    let all: Value = serde_json::from_reader(file).unwrap();
    let texts = all.as_object().unwrap().values().flat_map(|v| v["annotations"].as_array().unwrap());
    let mut texts: Vec<&str> = texts.filter_map(|a| a["text"].as_str()).filter(|t| t.len() < 120).collect();
    texts.sort_unstable();
    texts.dedup();
    assert!(texts.len() > 1000, "{} sentences", texts.len());
    let (mut broken, mut unknown) = (Vec::new(), Vec::new());
    for text in &texts {
        let d = describe(text).unwrap();
        broken.extend(laws(&d).err());
        if d.rules.is_empty() {
            unknown.push(*text);
        }
    }
    let share = 1.0 - unknown.len() as f64 / texts.len() as f64;
    println!(
        "{} sentences, {:.1} % known; for example unknown: {:?}",
        texts.len(),
        100.0 * share,
        &unknown[..unknown.len().min(12)]
    );
    assert!(broken.is_empty(), "{} of {}: {:#?}", broken.len(), texts.len(), &broken[..broken.len().min(12)]);
    assert!(share > 0.95, "{:.1} % known", 100.0 * share);
}
