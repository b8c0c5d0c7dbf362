//! Which split a sample belongs to: by subject, by place, by activity or by the vocabulary's zero-shot groups.

use crate::base::yaml::Problem;
use crate::text::Vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The split of samples that no rule takes.
pub(in crate::corpus) const REST: &str = "train";
/// More combinations of subject, place and activity are not gone through to see whether every rule takes something.
const MOST_COMBINATIONS: u64 = 1 << 21;

/// A rule: samples that meet all its conditions belong to split `name`. The first rule that fits decides; samples that none
/// takes are `train`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitRule {
    /// Name of the split: lower-case letters, digits and `_`.
    pub name: String,
    /// The last so many subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_subjects: Option<u32>,
    /// Subjects by number, from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<u32>,
    /// Places by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// Groups of the vocabulary that zero-shot training holds out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activity_groups: Vec<u8>,
    /// Activities by slug.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
}

/// What of a sample a rule asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::corpus) struct Asked<'a> {
    pub(in crate::corpus) subject: u64,
    pub(in crate::corpus) place: &'a str,
    pub(in crate::corpus) activity: &'a str,
}

/// What there is to be split.
pub(in crate::corpus) struct Among<'a> {
    pub(in crate::corpus) subjects: u32,
    pub(in crate::corpus) places: Vec<&'a str>,
    pub(in crate::corpus) activities: &'a [String],
}

impl SplitRule {
    fn fits(&self, asked: Asked<'_>, subjects: u32) -> bool {
        let last = self.last_subjects.is_none_or(|n| asked.subject >= u64::from(subjects.saturating_sub(n)));
        let group = || {
            let group = Vocabulary::builtin().get(asked.activity).and_then(|a| a.unseen_group);
            group.is_some_and(|g| self.activity_groups.contains(&g))
        };
        last && (self.subjects.is_empty() || self.subjects.iter().any(|&s| u64::from(s) == asked.subject))
            && (self.places.is_empty() || self.places.iter().any(|r| r == asked.place))
            && (self.activities.is_empty() || self.activities.iter().any(|a| a == asked.activity))
            && (self.activity_groups.is_empty() || group())
    }

    fn has_condition(&self) -> bool {
        let lists = [self.subjects.len(), self.places.len(), self.activity_groups.len(), self.activities.len()];
        self.last_subjects.is_some() || lists.into_iter().any(|n| n > 0)
    }
}

/// The split of a sample.
pub(in crate::corpus) fn split_of<'a>(rules: &'a [SplitRule], asked: Asked<'_>, subjects: u32) -> &'a str {
    rules.iter().find(|rule| rule.fits(asked, subjects)).map_or(REST, |rule| &rule.name)
}

/// What is wrong with the rules; the keys are relative to the recipe.
pub(in crate::corpus) fn problems(rules: &[SplitRule], among: &Among<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, rule) in rules.iter().enumerate() {
        let mut wrong = |key: &str, message: String| problems.push(Problem::new(format!("splits.{i}.{key}"), message));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if rule.name.is_empty() || rule.name.len() > 32 || !rule.name.bytes().all(plain) {
            let message = format!("`{}`; expected 1 to 32 lower-case letters, digits and `_`", rule.name);
            wrong("name", message);
        }
        if !rule.has_condition() {
            let message = "has no condition; expected last_subjects, subjects, places, activity_groups or activities";
            wrong("name", message.into());
        }
        if let Some(n) = rule.last_subjects.filter(|&n| n == 0 || n > among.subjects) {
            wrong("last_subjects", format!("{n}; expected 1 to {}", among.subjects));
        }
        for subject in rule.subjects.iter().filter(|&&s| s >= among.subjects) {
            wrong("subjects", format!("{subject}; subjects are numbered 0 to {}", among.subjects.saturating_sub(1)));
        }
        for place in rule.places.iter().filter(|r| !among.places.contains(&r.as_str())) {
            let there: Vec<&str> = among.places.iter().copied().filter(|r| !r.is_empty()).collect();
            let there = if there.is_empty() { "names none".into() } else { format!("has {}", there.join(", ")) };
            wrong("places", format!("no place is called `{place}`; the recipe {there}"));
        }
        for group in rule.activity_groups.iter().filter(|&&g| Vocabulary::builtin().unseen_group(g).is_empty()) {
            wrong("activity_groups", format!("the vocabulary has no group {group}"));
        }
        for activity in rule.activities.iter().filter(|a| !among.activities.contains(a)) {
            wrong("activities", format!("`{activity}` is none of the recipe's activities"));
        }
    }
    if problems.is_empty() { starved(rules, among) } else { problems }
}

/// Rules that take no sample: a split that is silently empty is found when it is missed, hours later.
fn starved(rules: &[SplitRule], among: &Among<'_>) -> Vec<Problem> {
    let combinations = u64::from(among.subjects) * (among.places.len() * among.activities.len()) as u64;
    if rules.is_empty() || combinations > MOST_COMBINATIONS {
        return Vec::new();
    }
    let mut takes = vec![false; rules.len()];
    for subject in 0..u64::from(among.subjects) {
        for &place in &among.places {
            for activity in among.activities {
                let asked = Asked { subject, place, activity };
                if let Some(i) = rules.iter().position(|rule| rule.fits(asked, among.subjects)) {
                    takes[i] = true;
                }
            }
        }
    }
    let starved = takes.iter().enumerate().filter(|(_, takes)| !**takes);
    starved
        .map(|(i, _)| {
            let message = format!(
                "split `{}` would be empty: no sample meets the conditions that an earlier rule leaves",
                rules[i].name
            );
            Problem::new(format!("splits.{i}"), message)
        })
        .collect()
}
