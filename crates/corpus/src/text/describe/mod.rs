//! Five attribute sentences for any short label, by rule and offline: the same label gives the same sentences everywhere.

mod rules;
mod words;

use std::sync::LazyLock;

use super::{Activity, DESCRIBED_ID_BASE, TextError};
use rules::{BodyPart, Match, Rules};

pub(crate) use words::normalise;

/// Longest label in characters.
const MAX_LABEL: usize = 200;

static RULES: LazyLock<Rules> = LazyLock::new(|| match serde_yaml::from_str(include_str!("rules.yaml")) {
    Ok(rules) => rules,
    // Part of the program, not input: a test reads it on every change.
    Err(error) => panic!("the embedded describer rules are broken: {error}"),
});

/// What the rules made of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The label with surrounding and doubled blanks removed.
    pub label: String,
    /// The sentences in the order of [`super::ATTRIBUTES`].
    pub text: [String; 5],
    /// The rules that spoke. Empty: no word was known, and the sentences are the general ones.
    pub rules: Vec<String>,
}

impl Description {
    /// An activity outside of any vocabulary. Its id is a hash of the label, at least [`DESCRIBED_ID_BASE`].
    pub fn into_activity(self) -> Activity {
        let words = normalise(&self.label);
        let hash = blake3::hash(words.as_bytes());
        let [a, b, c, d, ..] = *hash.as_bytes();
        let letters: String = words.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        Activity {
            id: DESCRIBED_ID_BASE | u32::from_le_bytes([a, b, c, d]),
            slug: letters,
            label: self.label,
            category: "described".to_owned(),
            unseen_group: None,
            text: self.text,
            paraphrases: Default::default(),
        }
    }
}

/// Writes the five sentences of a label.
///
/// ```
/// let description = kinecho_corpus::text::describe("making a phone call")?;
/// assert!(description.text[2].contains("rises to the ear"));
/// assert_eq!(description.rules, ["hand_to_head"]);
/// # Ok::<(), kinecho_corpus::text::TextError>(())
/// ```
pub fn describe(label: &str) -> Result<Description, TextError> {
    let label = clean_label(label)?;
    let normal = normalise(&label);
    let words: Vec<&str> = normal.split(' ').collect();
    let rules = &*RULES;
    let matches = rules.matches(&words);
    let first = |part| matches.iter().copied().find(|m: &Match<'_>| m.rule.part == part);
    let (main, added) = match matches.first() {
        None => (None, None),
        Some(best) if best.rule.part == BodyPart::Whole => (Some(*best), None),
        Some(best) => match (first(BodyPart::Lower), first(BodyPart::Upper)) {
            (Some(lower), upper) => (Some(lower), upper),
            (None, _) => (Some(*best), None),
        },
    };
    let Some(main) = main else { return Ok(unknown(rules, label)) };
    let mut text = compose(rules, main, added, &words);
    set_side(&mut text, &words);
    let names = [Some(main), added].into_iter().flatten().map(|m| m.rule.name.clone()).collect();
    Ok(Description { label, text, rules: names })
}

/// The label with single blanks; too long a one, or one without a word, is an error.
pub(crate) fn clean_label(label: &str) -> Result<String, TextError> {
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.chars().count() > MAX_LABEL {
        return Err(TextError::text(0, &label, "is too long for a label, expected at most 200 characters"));
    }
    if !normalise(&label).chars().any(char::is_alphabetic) {
        return Err(TextError::text(0, &label, "holds no words, expected a label such as \"drink water\""));
    }
    Ok(label)
}

fn unknown(rules: &Rules, label: String) -> Description {
    let u = &rules.unknown;
    let general = u.general.replace("{label}", label.trim_end_matches(['.', '!', '?']));
    let text = [general, u.torso.clone(), u.arms.clone(), u.legs.clone(), u.location.clone()];
    Description { label, text, rules: Vec::new() }
}

/// Sentences of one rule, or of a lower-body rule with an upper-body rule on top.
fn compose(rules: &Rules, main: Match<'_>, added: Option<Match<'_>>, words: &[&str]) -> [String; 5] {
    let mut action = main.fill(&main.rule.action);
    let mut location = main.fill(main.rule.location.as_ref().unwrap_or(&rules.still_spot));
    if main.rule.travels
        && let Some(direction) = rules.direction(words)
    {
        // "walks with even steps" becomes "walks backward with even steps".
        let (verb, rest) = action.split_at(action.find(' ').unwrap_or(action.len()));
        action = format!("{verb} {}{rest}", direction.adverb);
        location.clone_from(&direction.location);
    }
    if let Some(added) = added {
        let and = if action.contains(',') { ", and" } else { " and" };
        action = format!("{action}{and} {}", added.fill(&added.rule.action));
    }
    let manner = manner(words).map_or(String::new(), |m| format!("{m} "));
    // What the arms do comes from the upper rule; the torso too, unless the body is on its way through the room.
    let arms = added.unwrap_or(main);
    let torso = if main.rule.travels { main } else { arms };
    [
        format!("A person {manner}{action}."),
        torso.fill(&torso.rule.torso),
        arms.fill(&arms.rule.arms),
        main.fill(main.rule.legs.as_ref().unwrap_or(&rules.still_legs)),
        location,
    ]
}

fn manner(words: &[&str]) -> Option<&'static str> {
    words.iter().find_map(|w| match *w {
        "slow" | "slowly" => Some("slowly"),
        "fast" | "quick" | "quickly" | "rapid" | "rapidly" => Some("quickly"),
        _ => None,
    })
}

/// "One arm" becomes "the left arm" when the label names one side.
fn set_side(text: &mut [String; 5], words: &[&str]) {
    let side = match (words.contains(&"left"), words.contains(&"right")) {
        (true, false) => "left",
        (false, true) => "right",
        _ => return,
    };
    for limb in ["hand", "arm", "leg", "foot", "knee", "fist", "forearm"] {
        for sentence in text.iter_mut() {
            *sentence = sentence.replace(&format!("one {limb}"), &format!("the {side} {limb}"));
            *sentence = sentence.replace(&format!("One {limb}"), &format!("The {side} {limb}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_of_the_rules_is_filled_by_every_cue() {
        assert_eq!(RULES.unfilled(), Vec::<String>::new());
    }

    #[test]
    fn word_forms_find_their_base() {
        for (word, base) in
            [("sitting", "sit"), ("carries", "carry"), ("waving", "wave"), ("teeth", "tooth"), ("boxes", "box")]
        {
            assert!(words::is_form_of(word, base), "{word} of {base}");
        }
        for (word, base) in [("arms", "ar"), ("seating", "sit"), ("king", "kick"), ("goer", "go")] {
            assert!(!words::is_form_of(word, base), "{word} is no form of {base}");
        }
    }
}
