//! The vocabulary file, what is refused in one, and the describer.

use std::path::Path;

use kinecho::text::{
    ATTRIBUTES, Activity, Centring, DESCRIBED_ID_BASE, PromptBank, SentenceEncoder, TextError, Vocabulary, describe,
};
use ndarray::{Array2, Array3};

const BUILTIN: &str = include_str!("../../prompts/activities.yaml");

/// Parses the built-in file with one change and returns the error's line and words.
fn refused(from: &str, to: &str) -> (usize, String) {
    assert!(BUILTIN.contains(from), "{from:?} is not in the file");
    let yaml = BUILTIN.replacen(from, to, 1);
    match Vocabulary::parse(&yaml, Path::new("own.yaml")) {
        Err(error @ TextError::File { line, .. }) => {
            let message = error.to_string();
            assert!(message.starts_with(&format!("own.yaml:{line}: ")), "{message}");
            (line, message)
        }
        other => panic!("{to:?} gave {other:?}"),
    }
}

#[test]
fn builtin_has_sixty_classes_and_three_disjoint_groups_of_ten() {
    let vocabulary = Vocabulary::builtin();
    assert_eq!(vocabulary.activities().len(), 60);
    assert_eq!(vocabulary.groups().collect::<Vec<_>>(), [1, 2, 3]);
    for group in 1..=3 {
        let unseen = vocabulary.unseen_group(group);
        assert_eq!(unseen.len(), 10);
        let seen = vocabulary.seen_by_group(group);
        assert_eq!(seen.len(), 50);
        assert!(unseen.iter().all(|a| !seen.contains(a)));
    }
    assert!(vocabulary.unseen_group(4).is_empty());
    assert_eq!(vocabulary.excluded().len(), 6);
    let drink = vocabulary.get("drink_water").unwrap();
    assert_eq!((drink.id, drink.label.as_str(), drink.unseen_group), (7, "drink water", Some(1)));
    assert_eq!(vocabulary.by_label("  Drink-Water "), Some(drink));
    assert_eq!(vocabulary.find("drink water").unwrap(), drink);
    assert!(drink.attribute("arms").unwrap().contains("mouth"));
}

#[test]
fn builtin_sentences_keep_the_editors_rules() {
    for activity in Vocabulary::builtin().activities() {
        assert_eq!(activity.paraphrases[0].len(), 2, "{}", activity.slug);
        let stock = ATTRIBUTES.iter().zip(&activity.text);
        let others =
            ATTRIBUTES.iter().zip(&activity.paraphrases).flat_map(|(name, all)| all.iter().map(move |s| (name, s)));
        for (name, sentence) in stock.chain(others) {
            assert!(
                sentence.ends_with('.') && sentence.matches('.').count() == 1,
                "{} {name}: {sentence}",
                activity.slug
            );
            assert!(sentence.split(' ').count() <= 30, "{} {name}: {sentence}", activity.slug);
        }
    }
}

#[test]
fn an_activity_survives_yaml() {
    for activity in &Vocabulary::builtin().activities()[..5] {
        let back: Activity = serde_yaml::from_str(&serde_yaml::to_string(activity).unwrap()).unwrap();
        assert_eq!(&back, activity);
    }
}

#[test]
fn broken_files_name_line_and_reason() {
    let line_of = |text: &str| BUILTIN.lines().position(|l| l.contains(text)).unwrap() + 1;

    let (_, message) = refused("  slug: kick\n", "  slug: kick\n  colour: red\n");
    assert!(message.contains("colour"), "{message}");

    let (line, message) = refused("- id: 8\n", "- id: 7\n");
    assert!(message.contains("id 7") && message.contains("drink_water"), "{message}");
    assert_eq!(line, line_of("- id: 8"));

    let (line, message) = refused("slug: kick\n", "slug: drink_water\n");
    assert!(message.contains("unique slugs"), "{message}");
    assert_eq!(line, line_of("slug: kick"));

    let (_, message) = refused("label: \"kick\"", "label: \"Drink  water\"");
    assert!(message.contains("unique labels"), "{message}");

    let (line, message) = refused("  1: [2, 5,", "  1: [2, 999, 5,");
    assert!(message.contains("999"), "{message}");
    assert_eq!(line, line_of("  1: [2, 5,"));

    let (_, message) = refused("  1: [2, 5,", "  1: [5,");
    assert!(message.contains("jumping_jack"), "{message}");

    let (_, message) = refused("  1: [2, 5,", "  1: [2, 2, 5,");
    assert!(message.contains("twice"), "{message}");

    let (_, message) = refused("  unseen_group: 3\n", "  unseen_group: three\n");
    assert!(message.contains("unseen_group"), "{message}");

    let (line, message) = refused("version: 1", "version: 2");
    assert!(message.contains("version 2"), "{message}");
    assert_eq!(line, line_of("version: 1"));

    let first_torso = BUILTIN.lines().find(|l| l.contains("    torso:")).unwrap();
    let (_, message) = refused(first_torso, "    torso: \"  \"");
    assert!(message.contains("torso is empty") && message.contains("jump"), "{message}");
    let (_, message) = refused(first_torso, "");
    assert!(message.contains("torso"), "{message}");

    let (_, message) = refused("- {id: 0, ", "- {id: 7, ");
    assert!(message.contains("excluded"), "{message}");
    let (_, message) = refused("slug: kick\n", "slug: \"ki ck\"\n");
    assert!(message.contains("ki ck"), "{message}");
    let (line, _) = refused("- id: 8\n", "- id: [8\n");
    assert!(line >= line_of("- id: 8"));
}

#[test]
fn unknown_names_get_a_hint_and_missing_files_their_path() {
    let error = Vocabulary::builtin().find("drink_watr").unwrap_err().to_string();
    assert!(error.contains("drink_water"), "{error}");
    let error = Vocabulary::read(Path::new("no/such/vocabulary.yaml")).unwrap_err().to_string();
    assert!(error.contains("no/such/vocabulary.yaml"), "{error}");
}

#[test]
fn any_label_gets_five_sentences() {
    for label in
        ["making a phone call", "juggle flaming torches", "X", "ходьба", "play the piano slowly", "xyzzy plugh", "日本"]
    {
        let description = describe(label).unwrap();
        for sentence in &description.text {
            assert!(sentence.ends_with('.') && sentence.len() > 20 && !sentence.contains('{'), "{label}: {sentence}");
        }
        assert_eq!(description, describe(label).unwrap());
    }
    for label in ["", "  ", "!?", "12", &"long ".repeat(100)] {
        assert!(describe(label).is_err(), "{label:?}");
    }
}

#[test]
fn described_labels_say_what_moves() {
    let text = |label: &str| describe(label).unwrap().text;
    assert!(text("making a phone call")[2].contains("rises to the ear"));
    assert!(text("drinking coffee while walking")[2].contains("mouth"));
    assert!(text("drinking coffee while walking")[3].contains("step"));
    assert!(text("walk backwards")[4].contains("backward"));
    assert!(
        text("running clockwise")[4].contains("clockwise circle") && !text("running clockwise")[4].contains("counter")
    );
    assert!(text("running counter-clockwise")[4].contains("counter-clockwise"));
    assert!(text("wave with the left hand")[2].contains("The left hand"));
    assert!(text("eating while sitting")[3].contains("bent"));
    assert!(text("slowly raise the right leg")[0].starts_with("A person slowly"));
    assert_eq!(text("walk backwards")[0], "A person walks backward with even steps.");
    for (label, rule) in [
        ("rowing", "row_seated"),
        ("tying shoelaces", "tie_shoe"),
        ("opening a door", "one_hand_ahead"),
        ("lifting a chair", "lift_load"),
        ("cleaning the window", "draw"),
        ("brushing teeth", "rub_at_head"),
    ] {
        assert_eq!(describe(label).unwrap().rules, [rule], "{label}");
    }
    assert!(describe("xyzzy plugh").unwrap().rules.is_empty());
}

#[test]
fn vocabulary_labels_are_taken_and_others_described() {
    let vocabulary = Vocabulary::builtin();
    assert_eq!(&vocabulary.find_or_describe("Drink water").unwrap(), vocabulary.get("drink_water").unwrap());
    let activity = vocabulary.find_or_describe("Making a phone call!").unwrap();
    assert!(activity.id >= DESCRIBED_ID_BASE);
    assert_eq!(activity.slug, "making_a_phone_call");
    assert_eq!(activity.unseen_group, None);
}

/// Vectors that say which text they stand for.
struct Counting;

impl SentenceEncoder for Counting {
    fn width(&self) -> usize {
        3
    }

    fn encode(&self, texts: &[String]) -> Result<Array2<f32>, TextError> {
        Ok(Array2::from_shape_fn((texts.len(), 3), |(i, k)| {
            let hash = texts[i].bytes().fold(17u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
            (hash >> (8 * k)) as u8 as f32 / 255.0
        }))
    }
}

#[test]
fn a_prompt_bank_keeps_classes_attributes_and_paraphrases_in_their_places() {
    let activities = Vocabulary::builtin().activities();
    let bank = PromptBank::new(&Counting, activities).unwrap();
    assert_eq!(bank.attributes().dim(), (60, 5, 3));
    let of = |text: &String| Counting.encode(std::slice::from_ref(text)).unwrap().row(0).to_owned();
    for (i, activity) in activities.iter().enumerate() {
        assert_eq!(bank.labels().row(i), of(&activity.label));
        for a in 0..5 {
            assert_eq!(bank.attributes().slice(ndarray::s![i, a, ..]), of(&activity.text[a]));
        }
        for (rows, texts) in bank.paraphrases()[i].iter().zip(&activity.paraphrases) {
            assert_eq!(rows.nrows(), texts.len());
            rows.outer_iter().zip(texts).for_each(|(row, text)| assert_eq!(row, of(text)));
        }
    }
    let two = bank.select(&["kick", "jump"]).unwrap();
    assert_eq!(two.labels().row(1), bank.labels().row(0));
    assert!(bank.select(&["fly"]).is_err());
    assert!(PromptBank::new(&Counting, &[]).is_err());
    assert!(PromptBank::new(&Counting, &[activities[0].clone(), activities[0].clone()]).is_err());
}

#[test]
fn centring_takes_the_training_mean_out_and_keeps_it() {
    let raw = Array3::from_shape_fn((4, 5, 6), |(c, a, k)| ((c * 31 + a * 7 + k * 3) % 11) as f32 + 20.0);
    let centring = Centring::fit(raw.view()).unwrap();
    let centred = centring.apply(raw.view()).unwrap();
    for row in centred.rows() {
        assert!((row.dot(&row) - 1.0).abs() < 1e-5);
    }
    // With the lengths undone, every attribute sums to zero over the training classes.
    let sums = (&raw - &centring.means().view().insert_axis(ndarray::Axis(0))).sum_axis(ndarray::Axis(0));
    assert!(sums.iter().all(|s| s.abs() < 1e-4), "{sums}");
    // A class that comes later is centred with the stored means, not with its own.
    let later = Array3::from_elem((1, 5, 6), 1.0);
    let stored: Centring = serde_json::from_str(&serde_json::to_string(&centring).unwrap()).unwrap();
    assert_eq!(stored, centring);
    assert_eq!(stored.apply(later.view()).unwrap(), centring.apply(later.view()).unwrap());

    assert!(Centring::fit(later.view()).is_err(), "one class has no mean of its own");
    assert!(centring.apply(Array3::zeros((1, 5, 7)).view()).unwrap_err().to_string().contains("[class, 5, 6]"));
    let same = Array3::from_elem((2, 5, 6), 1.0);
    assert!(Centring::fit(same.view()).unwrap().apply(same.view()).is_err());
    assert!(serde_json::from_str::<Centring>("[[1.0], [1.0, 2.0]]").is_err());
    assert!(serde_json::from_str::<Centring>("[]").is_err());
}
