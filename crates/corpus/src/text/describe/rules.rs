//! The describer's rules as typed in `rules.yaml`, and which of them a label calls for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::words::is_form_of;

/// All rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    #[expect(dead_code, reason = "read so that a later form of the file can be told from this one")]
    version: u32,
    /// Legs of a rule that names none.
    pub(super) still_legs: String,
    /// Location of a rule that names none.
    pub(super) still_spot: String,
    /// For a label without any cue.
    pub(super) unknown: Unknown,
    directions: Vec<Direction>,
    rules: Vec<Rule>,
}

/// Five sentences for a label of which nothing is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unknown {
    pub(super) general: String,
    pub(super) torso: String,
    pub(super) arms: String,
    pub(super) legs: String,
    pub(super) location: String,
}

/// Where a body goes that travels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Direction {
    any: Vec<String>,
    pub(super) adverb: String,
    pub(super) location: String,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BodyPart {
    Whole,
    Lower,
    Upper,
}

/// One kind of motion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) part: BodyPart,
    #[serde(default)]
    pub(super) travels: bool,
    /// Third person, without subject and full stop.
    pub(super) action: String,
    pub(super) torso: String,
    pub(super) arms: String,
    pub(super) legs: Option<String>,
    pub(super) location: Option<String>,
    cues: Vec<Cue>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cue {
    any: Vec<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
}

/// A rule that a label calls for, with the words for its slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match<'a> {
    pub(super) rule: &'a Rule,
    slots: &'a BTreeMap<String, String>,
}

impl Match<'_> {
    /// A sentence of the rule with its slots filled.
    pub(super) fn fill(&self, template: &str) -> String {
        self.slots.iter().fold(template.to_owned(), |text, (slot, words)| text.replace(&format!("{{{slot}}}"), words))
    }
}

impl Rules {
    /// The rules of a label's words, best first: longer phrases first, then in the order of the label's words, then of the
    /// rules; no word serves two rules.
    ///
    /// Beside them, which words serve.
    pub(super) fn matches(&self, words: &[&str]) -> (Vec<Match<'_>>, Vec<Vec<usize>>) {
        let mut found = Vec::new();
        for (order, rule) in self.rules.iter().enumerate() {
            for cue in &rule.cues {
                for phrase in &cue.any {
                    if let Some(places) = places(phrase, words) {
                        found.push((std::cmp::Reverse(places.len()), places, order, Match { rule, slots: &cue.with }));
                    }
                }
            }
        }
        found.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
        let mut used = vec![false; words.len()];
        let (mut best, mut by) = (Vec::new(), Vec::new());
        for (_, places, _, hit) in found {
            if places.iter().any(|&p| used[p]) {
                continue;
            }
            places.iter().for_each(|&p| used[p] = true);
            best.push(hit);
            by.push(places);
        }
        (best, by)
    }

    /// The direction that a label names; the file's order settles which when it names several.
    pub(super) fn direction(&self, words: &[&str]) -> Option<(&Direction, Vec<usize>)> {
        let by = |d: &Direction| d.any.iter().find_map(|phrase| places(phrase, words));
        self.directions.iter().find_map(|d| by(d).map(|places| (d, places)))
    }

    /// Sentences with slots that a cue does not fill; for the test that reads the embedded file.
    #[cfg(test)]
    pub(super) fn unfilled(&self) -> Vec<String> {
        let mut unfilled = Vec::new();
        for rule in &self.rules {
            for cue in &rule.cues {
                let hit = Match { rule, slots: &cue.with };
                let sentences = [
                    Some(&rule.action),
                    Some(&rule.torso),
                    Some(&rule.arms),
                    rule.legs.as_ref(),
                    rule.location.as_ref(),
                ];
                for text in sentences
                    .into_iter()
                    .flatten()
                    .map(|s| hit.fill(s).replace(super::WAY, ""))
                    .filter(|s| s.contains(['{', '}']))
                {
                    unfilled.push(format!("{}: {text}", rule.name));
                }
            }
        }
        unfilled
    }
}

/// Where the words of a phrase stand in the label, each in another place; `None` when one is missing.
fn places(phrase: &str, words: &[&str]) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for base in phrase.split(' ') {
        let place = (0..words.len()).find(|i| !places.contains(i) && is_form_of(words[*i], base))?;
        places.push(place);
    }
    places.sort_unstable();
    Some(places)
}
