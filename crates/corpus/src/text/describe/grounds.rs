//! How far sentences that were written by rule are those of their label.

use super::words::{is_form_of, same_word};
use serde::Serialize;

/// How far the sentences may be taken for those of the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The sentences say every word of the label, or the vocabulary knows it.
    Exact,
    /// Some words called for a rule, whose sentences are of something like it, or leave words out.
    Near,
    /// No word called for a rule: the sentences are the same for all such labels.
    Guess,
}

/// What the sentences of a label rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grounds {
    /// How far they may be trusted.
    pub certainty: Certainty,
    /// Words of the label by which rules were found, in its order.
    pub matched: Vec<String>,
    /// Words of the label that nothing was made of, in its order.
    pub unknown: Vec<String>,
    /// Words of the label that are said not to be done: the sentences leave them out.
    pub negated: Vec<String>,
}

impl Grounds {
    /// Of sentences that somebody wrote for this very label.
    pub fn written() -> Self {
        Self { certainty: Certainty::Exact, matched: Vec::new(), unknown: Vec::new(), negated: Vec::new() }
    }

    /// What somebody should know before trusting the sentences, which are those of `rules`; none where they are exact.
    pub fn warning(&self, label: &str, rules: &[String]) -> Option<String> {
        let quoted = |words: &[String]| words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
        let mut said = match self.certainty {
            Certainty::Exact => return None,
            Certainty::Near => {
                format!("`{label}` is described nearly: by {}, as {}", quoted(&self.matched), quoted(rules))
            }
            Certainty::Guess => {
                format!("`{label}` is a guess: no rule knows a word of it, and any such label has these sentences")
            }
        };
        if !self.unknown.is_empty() && self.certainty == Certainty::Near {
            said += &format!("; nothing was made of {}", quoted(&self.unknown));
        }
        if !self.negated.is_empty() {
            said += &format!("; {} is negated and left out", quoted(&self.negated));
        }
        Some(said)
    }
}

/// Words that say nothing of a motion by themselves.
const EMPTY: [&str; 52] = [
    "a",
    "an",
    "the",
    "of",
    "in",
    "on",
    "at",
    "to",
    "with",
    "from",
    "into",
    "onto",
    "for",
    "by",
    "as",
    "and",
    "or",
    "while",
    "then",
    "again",
    "also",
    "very",
    "is",
    "are",
    "be",
    "being",
    "do",
    "doing",
    "does",
    "make",
    "making",
    "makes",
    "perform",
    "performing",
    "person",
    "someone",
    "somebody",
    "man",
    "woman",
    "he",
    "she",
    "they",
    "it",
    "its",
    "his",
    "her",
    "their",
    "this",
    "that",
    "some",
    "one's",
    "own",
];

/// Words after which what follows is not done.
const NEGATIONS: [&str; 12] =
    ["not", "no", "never", "without", "don't", "dont", "doesn't", "doesnt", "isn't", "cannot", "can't", "neither"];

/// Words that end what a negation is about.
const ENDS: [&str; 5] = ["and", "but", "then", "while", "just"];

/// Motion as such: without it one stands still.
const MOTION: [&str; 6] = ["move", "motion", "movement", "stir", "anything", "any"];

/// A label's words, with what is negated told apart.
pub(super) struct Meant<'a> {
    /// The words that rules may go by: empty where one is negated, `still` where all motion is.
    pub(super) words: Vec<&'a str>,
    /// The words that are negated, negations left out.
    pub(super) negated: Vec<String>,
}

/// Tells apart what is done and what is not: "walk without swinging the arms" is a walk, "do not move" is to stand still.
pub(super) fn meant<'a>(words: &[&'a str]) -> Meant<'a> {
    let mut out = Meant { words: words.to_vec(), negated: Vec::new() };
    let mut at = 0;
    while at < words.len() {
        let says = at > 0 && is_form_of(words[at - 1], "say");
        if !NEGATIONS.contains(&words[at]) || says {
            at += 1;
            continue;
        }
        let end = (at + 1..words.len()).find(|&i| ENDS.contains(&words[i])).unwrap_or(words.len());
        let told = |word: &&&str| !EMPTY.contains(*word);
        let of: Vec<&&str> = words[at + 1..end].iter().filter(told).collect();
        out.words[at..end].fill("");
        if !of.is_empty() && of.iter().all(|word| MOTION.iter().any(|base| is_form_of(word, base))) {
            out.words[at] = "still";
        } else {
            out.negated.extend(of.into_iter().map(|word| (*word).to_owned()));
        }
        at = end;
    }
    out
}

/// What sentences rest on: `used` says which words called for rules, `heard` which ones set direction, manner or side.
pub(super) fn grounds(
    words: &[&str],
    meant: Meant<'_>,
    (used, heard): (&[bool], &[bool]),
    text: &[String; 5],
) -> Grounds {
    let sentences: Vec<String> = text.iter().map(|sentence| super::normalise(sentence)).collect();
    let said = |word: &str| {
        let mut all = sentences.iter().flat_map(|sentence| sentence.split(' '));
        all.any(|there| same_word(there, word))
    };
    let (mut matched, mut unknown, mut exact) = (Vec::new(), Vec::new(), true);
    for (i, word) in meant.words.iter().enumerate() {
        if word.is_empty() {
            continue;
        }
        if used[i] {
            matched.push(words[i].to_owned());
        }
        if EMPTY.contains(word) || heard[i] {
            continue;
        }
        let said = said(word);
        exact &= said;
        if !used[i] && !said {
            unknown.push((*word).to_owned());
        }
    }
    let negated = meant.negated;
    let certainty = match (matched.is_empty(), exact && negated.is_empty()) {
        (true, _) => Certainty::Guess,
        (false, true) => Certainty::Exact,
        (false, false) => Certainty::Near,
    };
    Grounds { certainty, matched, unknown, negated }
}
