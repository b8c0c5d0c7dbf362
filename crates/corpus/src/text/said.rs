//! Which activity somebody means by a sentence of their own.

use super::describe::{describe, normalise, same_word};
use super::{Activity, TextError};

/// Words that activities share or that say nothing of one.
const PLAIN: [&str; 28] = [
    "a", "an", "the", "of", "in", "on", "at", "to", "with", "from", "into", "and", "or", "while", "then", "person",
    "someone", "somebody", "one", "it", "is", "his", "her", "their", "as", "if", "man", "woman",
];

/// An activity that a sentence may mean.
#[derive(Clone, Debug)]
pub struct Meaning<'a> {
    /// The activity.
    pub activity: &'a Activity,
    /// How near it is, 0 to 1: cosine of the words, rare ones weighing more.
    pub score: f64,
    /// Words of the sentence that neither the activity nor the describer says anything of.
    pub unsaid: Vec<String>,
}

/// The activities that say words of a sentence, the nearest first; empty where none says any.
///
/// What the describer makes of the sentence counts as well, at half the weight: "back and forth" is forward and backward to it.
///
/// # Errors
/// A sentence that is none: empty, or too long.
pub fn meanings<'a>(sentence: &str, among: &[&'a Activity]) -> Result<Vec<Meaning<'a>>, TextError> {
    let described = describe(sentence)?;
    let own = words(sentence);
    let told = if described.rules.is_empty() { Vec::new() } else { words(&described.text[0]) };
    let told: Vec<String> = told.into_iter().filter(|word| !has(&own, word)).collect();
    let of: Vec<Vec<String>> = among.iter().map(|activity| words(&about(activity))).collect();
    let weight = |word: &str| {
        let holders = of.iter().filter(|words| has(words, word)).count();
        ((1.0 + of.len() as f64) / (1.0 + holders as f64)).ln()
    };
    let norm: f64 =
        own.iter().map(|w| weight(w).powi(2)).sum::<f64>() + told.iter().map(|w| 0.25 * weight(w).powi(2)).sum::<f64>();
    let mut out: Vec<Meaning<'a>> = Vec::new();
    for (activity, words) in among.iter().zip(&of) {
        let unsaid: Vec<String> = own.iter().filter(|word| !has(words, word)).cloned().collect();
        if unsaid.len() == own.len() {
            continue;
        }
        let shared = |from: &[String], share: f64| {
            from.iter().filter(|w| has(words, w)).map(|w| share * weight(w).powi(2)).sum::<f64>()
        };
        let size: f64 = words.iter().map(|w| weight(w).powi(2)).sum();
        let score = (shared(&own, 1.0) + shared(&told, 0.5)) / (norm * size).sqrt().max(1e-9);
        // What the describer made something of is in its words.
        let unsaid = unsaid.into_iter().filter(|word| described.grounds.unknown.contains(word)).collect();
        out.push(Meaning { activity, score, unsaid });
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(out)
}

/// What an activity says of itself as a whole.
fn about(activity: &Activity) -> String {
    format!("{} {}", activity.label, activity.text[0])
}

/// The words that say something, each once.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in normalise(text).split(' ').filter(|word| !PLAIN.contains(word)) {
        if !has(&out, word) {
            out.push(word.to_owned());
        }
    }
    out
}

/// Whether a word is there in some form.
fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|other| same_word(other, word))
}
