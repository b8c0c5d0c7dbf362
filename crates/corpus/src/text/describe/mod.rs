//! Five attribute sentences for any short label, by rule and offline: the same label gives the same sentences everywhere.

mod grounds;
mod rules;
mod words;

pub use grounds::{Certainty, Grounds};

use std::sync::LazyLock;

use super::{Activity, DESCRIBED_ID_BASE, TextError};
use grounds::{grounds, meant};
use rules::{BodyPart, Match, Rules};

pub(crate) use words::normalise;
pub(super) use words::same_word;

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
    /// How far the sentences are those of the label, and why.
    pub grounds: Grounds,
}

impl Description {
    /// What somebody should know before trusting the sentences; none where they say the label word for word.
    ///
    /// ```
    /// use kinecho_corpus::text::describe;
    /// assert_eq!(describe("walk backward")?.warning(), None);
    /// assert!(describe("stagger").is_ok_and(|d| d.warning().is_some_and(|w| w.contains("as `walk`"))));
    /// # Ok::<(), kinecho_corpus::text::TextError>(())
    /// ```
    pub fn warning(&self) -> Option<String> {
        self.grounds.warning(&self.label, &self.rules)
    }

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
    let all: Vec<&str> = normal.split(' ').collect();
    let meant = meant(&all);
    let words = &meant.words;
    let rules = &*RULES;
    let (matches, by) = rules.matches(words);
    let first = |part| matches.iter().copied().find(|m: &Match<'_>| m.rule.part == part);
    let (main, added) = match matches.first() {
        None => (None, None),
        Some(best) if best.rule.part == BodyPart::Whole => (Some(*best), None),
        Some(best) => match (first(BodyPart::Lower), first(BodyPart::Upper)) {
            (Some(lower), upper) => (Some(lower), upper),
            (None, _) => (Some(*best), None),
        },
    };
    let mut used = vec![false; words.len()];
    let speak = |m: &Match<'_>| [main, added].into_iter().flatten().any(|other| other.rule.name == m.rule.name);
    for place in matches.iter().zip(&by).filter(|(m, _)| speak(m)).flat_map(|(_, places)| places) {
        used[*place] = true;
    }
    let Some(main) = main else {
        let mut described = unknown(rules, label);
        // Its general sentence quotes the label, which is no knowledge of it.
        let mut told = described.text.clone();
        told[0].clear();
        described.grounds = grounds(&all, meant, (&used, &vec![false; all.len()]), &told);
        return Ok(described);
    };
    let mut heard = vec![false; words.len()];
    let mut text = compose(rules, main, added, (words, &mut heard));
    set_side(&mut text, words, (&used, &mut heard));
    let names = [Some(main), added].into_iter().flatten().map(|m| m.rule.name.clone()).collect();
    let grounds = grounds(&all, meant, (&used, &heard), &text);
    Ok(Description { label, text, rules: names, grounds })
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
    Description { label, text, rules: Vec::new(), grounds: Grounds::written() }
}

/// Sentences of one rule, or of a lower-body rule with an upper-body rule on top.
///
/// Marks the words that set direction and manner as heard.
fn compose(
    rules: &Rules,
    main: Match<'_>,
    added: Option<Match<'_>>,
    (words, heard): (&[&str], &mut [bool]),
) -> [String; 5] {
    let mut action = main.fill(&main.rule.action);
    let mut location = main.fill(main.rule.location.as_ref().unwrap_or(&rules.still_spot));
    if main.rule.travels
        && let Some((direction, places)) = rules.direction(words)
    {
        places.into_iter().for_each(|place| heard[place] = true);
        // "walks with even steps" becomes "walks backward with even steps".
        let (verb, rest) = action.split_at(action.find(' ').unwrap_or(action.len()));
        action = format!("{verb} {}{rest}", direction.adverb);
        location.clone_from(&direction.location);
    }
    if let Some(added) = added {
        let and = if action.contains(',') { ", and" } else { " and" };
        action = format!("{action}{and} {}", added.fill(&added.rule.action));
    }
    let manner = manner(words).map_or(String::new(), |(place, manner)| {
        heard[place] = true;
        format!("{manner} ")
    });
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

fn manner(words: &[&str]) -> Option<(usize, &'static str)> {
    words.iter().enumerate().find_map(|(i, w)| match *w {
        "slow" | "slowly" => Some((i, "slowly")),
        "fast" | "quick" | "quickly" | "rapid" | "rapidly" => Some((i, "quickly")),
        _ => None,
    })
}

/// Where rules say which way something goes, if the label says so: " to the left".
const WAY: &str = "{way}";
const LIMBS: [&str; 7] = ["hand", "arm", "leg", "foot", "knee", "fist", "forearm"];

/// "One arm" becomes "the left arm" when the label names one side of the body; a side that is a way to go becomes "to the left".
fn set_side(text: &mut [String; 5], words: &[&str], (used, heard): (&[bool], &mut [bool])) {
    let place = |side: &str| words.iter().position(|word| *word == side);
    let (side, at) = match (place("left"), place("right")) {
        (Some(at), None) => ("left", at),
        (None, Some(at)) => ("right", at),
        _ => {
            text.iter_mut().for_each(|sentence| *sentence = sentence.replace(WAY, ""));
            return;
        }
    };
    // "left hand", "left punch", "with the left"; but "swipe left", "swipe to the left".
    let before = |back: usize| at.checked_sub(back).map_or("", |i| words[i]);
    let of_limb = words.get(at + 1).is_some_and(|next| LIMBS.iter().any(|limb| words::is_form_of(next, limb)))
        || used.get(at + 1).is_some_and(|used| *used)
        || before(1) == "with"
        || before(2) == "with";
    let way = if of_limb { String::new() } else { format!(" to the {side}") };
    for sentence in text.iter_mut() {
        heard[at] |= sentence.contains(WAY) && !of_limb;
        *sentence = sentence.replace(WAY, &way);
        for limb in LIMBS.iter().filter(|_| of_limb) {
            for (one, the) in [("one", "the"), ("One", "The")] {
                let (from, to) = (format!("{one} {limb}"), format!("{the} {side} {limb}"));
                heard[at] |= sentence.contains(&from);
                *sentence = sentence.replace(&from, &to);
            }
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
