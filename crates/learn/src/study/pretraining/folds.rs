//! What is learnt from and asked about, once or for each group that is left out.

use super::choose::{Chosen, divided, examples, share_of_labels};
use super::fault;
use super::pairs::LabelledSet;
use super::spec::TaskSpec;
use crate::study::experiment::ExperimentError;
use std::collections::BTreeMap;

/// How many labels a question learns from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LabelBudget {
    Fraction(f64),
    Shots(usize),
    ShotsAlone(usize),
}

impl LabelBudget {
    pub(super) fn name(self) -> String {
        match self {
            Self::Fraction(share) => format!("{:.0} % of the labels", 100.0 * share),
            Self::Shots(count) => format!("all and {count} examples"),
            Self::ShotsAlone(count) => format!("{count} examples alone"),
        }
    }
}

/// The questions of a task.
pub(super) fn asked(task: &TaskSpec) -> Vec<LabelBudget> {
    let fractions = task.fractions.iter().map(|&share| LabelBudget::Fraction(share));
    let shots = task.shots.iter().map(|&count| LabelBudget::Shots(count));
    let alone = task.shots_alone.iter().map(|&count| LabelBudget::ShotsAlone(count));
    fractions.chain(shots).chain(alone).collect()
}

/// What is learnt from and asked about, once or for each group that is left out.
pub(super) fn folds(
    task: &TaskSpec,
    labelled: &LabelledSet,
    labelling: LabelBudget,
    seed: u64,
) -> Result<Vec<(Option<String>, Chosen)>, ExperimentError> {
    let items = &labelled.items;
    let all = 0..items.len();
    let test: Vec<usize> = all.clone().filter(|&i| task.test.accepts(&items[i])).collect();
    let learn: Vec<usize> = all.filter(|&i| task.learn.accepts(&items[i])).collect();
    let sides: Vec<(Option<String>, Vec<usize>, Vec<usize>)> = match task.leave_one_out {
        None => {
            // Nothing is asked that may be learnt from.
            let learn = learn.iter().copied().filter(|i| !test.contains(i)).collect();
            vec![(None, learn, test)]
        }
        Some(group) => {
            let mut values: Vec<&str> = test.iter().map(|&i| group.of(&items[i])).collect();
            values.sort_unstable();
            values.dedup();
            let side = |value: &str| {
                let of = |from: &[usize], inside: bool| {
                    from.iter().copied().filter(|&i| (group.of(&items[i]) == value) == inside).collect()
                };
                (Some(format!("{} {value}", group.name())), of(&learn, false), of(&test, true))
            };
            values.into_iter().map(side).collect()
        }
    };
    let mut folds = Vec::new();
    for (fold, learn, test) in sides {
        let mut chosen = Chosen { test, ..Chosen::default() };
        match labelling {
            LabelBudget::Fraction(share) => {
                // Pairs are few long recordings of all movements, simulated samples recordings of their own.
                let long = task.on.pairs.is_some();
                let some = match long {
                    true => first_share(labelled, &learn, share),
                    false => share_of_labels(&task.name, items, &learn, share, seed)?,
                };
                (chosen.learn, chosen.validation) = match long {
                    true => last_share(labelled, &some, task.validation),
                    false => divided(items, &some, task.validation, seed),
                };
            }
            LabelBudget::Shots(count) | LabelBudget::ShotsAlone(count) => {
                let support = examples(&task.name, items, &chosen.test, count, seed)?;
                // What shares a stretch of a recording with an example has been seen.
                let seen = |i: &usize| support.iter().any(|&s| s == *i || items[s].overlaps(&items[*i]));
                chosen.test.retain(|i| !seen(i));
                if matches!(labelling, LabelBudget::Shots(_)) {
                    (chosen.learn, chosen.validation) = divided(items, &learn, task.validation, seed);
                }
                chosen.learn.extend(support);
            }
        }
        for (what, list) in [("learn from", &chosen.learn), ("ask about", &chosen.test)] {
            if list.is_empty() {
                return Err(fault(
                    format!("tasks ({})", task.name),
                    format!("there is nothing to {what}: look at `learn` and `test`"),
                ));
            }
        }
        folds.push((fold, chosen));
    }
    Ok(folds)
}

/// The samples by recording, in order of time.
fn by_recording(labelled: &LabelledSet, among: &[usize]) -> Vec<Vec<usize>> {
    let mut recordings: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &i in among {
        recordings.entry(&labelled.items[i].recording).or_default().push(i);
    }
    let mut all: Vec<Vec<usize>> = recordings.into_values().collect();
    all.iter_mut().for_each(|r| r.sort_by(|&a, &b| labelled.items[a].start_s.total_cmp(&labelled.items[b].start_s)));
    all
}

/// The first share of every recording: poses of a movement are all alike, and each movement is to be there.
fn first_share(labelled: &LabelledSet, among: &[usize], share: f64) -> Vec<usize> {
    let first = |r: Vec<usize>| r[..((share * r.len() as f64).round() as usize).clamp(1, r.len())].to_vec();
    by_recording(labelled, among).into_iter().flat_map(first).collect()
}

/// The last share of every recording decides about the weights.
fn last_share(labelled: &LabelledSet, among: &[usize], share: f64) -> (Vec<usize>, Vec<usize>) {
    let (mut learn, mut validation) = (Vec::new(), Vec::new());
    for recording in by_recording(labelled, among) {
        let held = (share * recording.len() as f64).round() as usize;
        let (first, last) = recording.split_at(recording.len() - held.min(recording.len() - 1));
        learn.extend_from_slice(first);
        validation.extend_from_slice(last);
    }
    (learn, validation)
}
