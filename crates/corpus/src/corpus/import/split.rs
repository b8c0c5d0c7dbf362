//! Splits by groups: nobody stands on both sides.

use crate::base::yaml::Problem;
use crate::corpus::leaks::GroupBy;
use crate::corpus::sample::Sample;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How recordings that their authors have not divided are divided: whole groups go to `test`, `validation` and `train`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupSplit {
    /// By what recordings belong together. Without it the subject, or the session, or each recording: the first that tells two or more apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<GroupBy>,
    /// Share of the groups for `test`, 0 to below 1; at least one group where it is above 0 and there are two. Default 0.2.
    pub test: f64,
    /// Share of the groups for `validation`, 0 to below 1; at least one where it is above 0 and there are three. Default 0.1.
    pub validation: f64,
    /// Seed of the draw, 0 to 2⁵³ − 1. Default 0.
    pub seed: u64,
}

impl Default for GroupSplit {
    fn default() -> Self {
        Self { by: None, test: 0.2, validation: 0.1, seed: 0 }
    }
}

impl GroupSplit {
    /// All that is wrong with the settings; the keys are relative to them.
    pub fn problems(&self) -> Vec<Problem> {
        let shares = [("test", self.test), ("validation", self.validation)];
        let wrong = shares.into_iter().filter(|(_, v)| !(0.0..1.0).contains(v));
        let mut problems: Vec<Problem> =
            wrong.map(|(key, v)| Problem::new(key, format!("{v}; expected 0 to below 1"))).collect();
        if problems.is_empty() && self.test + self.validation >= 1.0 {
            let message = format!("{} with test {} leaves nothing to train on", self.validation, self.test);
            problems.push(Problem::new("validation", message));
        }
        problems.extend(crate::base::integers::seed_problem("seed", self.seed));
        problems
    }

    /// Gives samples without a split one.
    pub(super) fn divide(&self, samples: &mut [Sample]) {
        let value = |by: GroupBy, sample: &Sample| match by {
            GroupBy::Subject => sample.meta.subject.clone(),
            GroupBy::Session => sample.meta.session.clone(),
            GroupBy::Recording => sample.meta.recording.clone(),
        };
        let open = |sample: &&Sample| sample.meta.split.is_empty();
        let several = |by: &GroupBy| {
            let mut values: Vec<String> = samples.iter().filter(open).map(|s| value(*by, s)).collect();
            values.sort();
            values.dedup();
            values.len() > 1 && !values[0].is_empty()
        };
        let usual = [GroupBy::Subject, GroupBy::Session].into_iter().find(several).unwrap_or(GroupBy::Recording);
        let by = self.by.unwrap_or(usual);
        // A group's place depends on its name and the seed alone, not on which others there are.
        let draw = |group: &str| *blake3::hash(format!("split {} {group}", self.seed).as_bytes()).as_bytes();
        let mut groups: Vec<([u8; 32], String)> =
            samples.iter().filter(open).map(|s| value(by, s)).map(|group| (draw(&group), group)).collect();
        groups.sort();
        groups.dedup();
        let n = groups.len();
        let count = |share: f64, needed: usize| match (share * n as f64).round() as usize {
            _ if share == 0.0 || n < needed => 0,
            count => count.max(1),
        };
        let test = count(self.test, 2).min(n.saturating_sub(1));
        let validation = count(self.validation, 3).min(n.saturating_sub(1 + test));
        let split: BTreeMap<String, &str> = groups
            .into_iter()
            .enumerate()
            .map(|(i, (_, group))| {
                (
                    group,
                    if i < test {
                        "test"
                    } else if i < test + validation {
                        "validation"
                    } else {
                        "train"
                    },
                )
            })
            .collect();
        for sample in samples.iter_mut().filter(|s| s.meta.split.is_empty()) {
            let group = value(by, sample);
            sample.meta.split = split.get(&group).copied().unwrap_or("train").to_owned();
        }
    }
}
