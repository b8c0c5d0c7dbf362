//! Which samples are learnt from: shares of the labels, examples, and what decides which weights are kept.
//!
//! Whole recordings are drawn, so that windows of one recording never stand on two sides; examples are windows, and share no stretch with what is
//! asked.

use crate::base::random::RandomTree;
use crate::study::experiment::Item;
use crate::train::{TrainError, shuffled};
use std::collections::BTreeMap;

/// What one model learns from and is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Samples that are learnt from.
    pub learn: Vec<usize>,
    /// Samples of other recordings that decide which weights are kept.
    pub validation: Vec<usize>,
    /// Samples that are asked about.
    pub test: Vec<usize>,
}

/// The recordings of each class, in an order that depends on the seed only.
fn by_class<'a>(
    items: &'a [Item],
    among: &[usize],
    (seed, purpose): (u64, &str),
) -> BTreeMap<&'a str, Vec<Vec<usize>>> {
    let mut classes: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for &i in among {
        classes.entry(&items[i].label).or_default().entry(&items[i].recording).or_default().push(i);
    }
    let tree = RandomTree::new(seed).subtree(0, purpose);
    let order = |(class, recordings): (&'a str, BTreeMap<&str, Vec<usize>>)| {
        let recordings: Vec<Vec<usize>> = recordings.into_values().collect();
        let order = shuffled((0..recordings.len()).collect(), &mut tree.stream(0, class));
        (class, order.into_iter().map(|i| recordings[i].clone()).collect())
    };
    classes.into_iter().map(order).collect()
}

/// A share of the recordings of every class, those of a smaller share among those of a larger one. Refuses a share that leaves a class
/// empty; `name` says of what.
pub fn share_of_labels(
    name: &str,
    items: &[Item],
    among: &[usize],
    fraction: f64,
    seed: u64,
) -> Result<Vec<usize>, TrainError> {
    let mut chosen = Vec::new();
    for (class, recordings) in by_class(items, among, (seed, "shares of labels")) {
        let count = (fraction * recordings.len() as f64).round() as usize;
        if count == 0 {
            let first = recordings.first().and_then(|r| r.first()).map_or("", |&i| items[i].recording.as_str());
            let problem = format!(
                "{:.0} % of the {} recordings of {class} (among them {first}) are none: take a larger share",
                100.0 * fraction,
                recordings.len()
            );
            return Err(TrainError::data(name, problem));
        }
        chosen.extend(recordings.into_iter().take(count).flatten());
    }
    chosen.sort_unstable();
    Ok(chosen)
}

/// Examples of each class: windows of as many recordings as there are, before a recording gives a second one. Refuses classes with fewer
/// windows, of which one at least must be left to ask about.
pub(super) fn examples(
    name: &str,
    items: &[Item],
    among: &[usize],
    shots: usize,
    seed: u64,
) -> Result<Vec<usize>, TrainError> {
    let mut chosen = Vec::new();
    for (class, recordings) in by_class(items, among, (seed, "examples")) {
        let windows: usize = recordings.iter().map(Vec::len).sum();
        if shots > 0 && windows <= shots {
            let problem = format!("has {windows} windows of {class}: too few for {shots} examples and a question");
            return Err(TrainError::data(name, problem));
        }
        let longest = recordings.iter().map(Vec::len).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|round| recordings.iter().filter_map(move |r| r.get(round)));
        chosen.extend(rounds.take(shots));
    }
    chosen.sort_unstable();
    Ok(chosen)
}

/// Divides what may be learnt from: a share of the recordings of every class that has two decides about the weights.
pub(in crate::study) fn divided(items: &[Item], among: &[usize], share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let (mut learn, mut validation) = (Vec::new(), Vec::new());
    for (_, recordings) in by_class(items, among, (seed, "validation")) {
        let most = recordings.len() - 1;
        let held = if share > 0.0 {
            ((share * recordings.len() as f64).round() as usize).clamp(1, most.max(1)).min(most)
        } else {
            0
        };
        for (place, recording) in recordings.into_iter().enumerate() {
            if place < held { &mut validation } else { &mut learn }.extend(recording);
        }
    }
    learn.sort_unstable();
    validation.sort_unstable();
    (learn, validation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn items() -> Vec<Item> {
        // Three classes, ten recordings of each, two windows of each.
        let item = |i: usize| Item {
            label: format!("c{}", i / 20),
            session: String::new(),
            subject: String::new(),
            split: String::new(),
            recording: format!("r{}", i / 2),
            start_s: (i % 2) as f64,
            duration_s: 1.0,
        };
        (0..60).map(item).collect()
    }

    #[test]
    fn shares_are_of_whole_recordings_and_grow() {
        let (items, all) = (items(), (0..60).collect::<Vec<_>>());
        let mut before: Vec<usize> = Vec::new();
        for (fraction, count) in [(0.2, 12), (0.4, 24), (0.6, 36), (0.8, 48), (1.0, 60)] {
            let chosen = share_of_labels("corpus", &items, &all, fraction, 7).unwrap();
            assert_eq!(chosen.len(), count);
            assert!(before.iter().all(|i| chosen.contains(i)));
            assert!(chosen.iter().all(|i| chosen.contains(&(i ^ 1))), "whole recordings");
            before = chosen;
        }
        assert_ne!(
            share_of_labels("c", &items, &all, 0.2, 7).unwrap(),
            share_of_labels("c", &items, &all, 0.2, 8).unwrap()
        );
        let error = share_of_labels("corpora/x", &items, &all, 0.04, 7).unwrap_err().to_string();
        assert!(
            error.contains("corpora/x") && error.contains("10 recordings of c0") && error.contains("are none"),
            "{error}"
        );
    }

    #[test]
    fn validation_and_examples_share_no_recording_with_the_rest() {
        let (items, all) = (items(), (0..60).collect::<Vec<_>>());
        let (learn, validation) = divided(&items, &all, 0.2, 3);
        assert_eq!((learn.len(), validation.len()), (48, 12));
        assert!(validation.iter().all(|&v| learn.iter().all(|&l| items[l].recording != items[v].recording)));
        assert_eq!(divided(&items, &all, 0.0, 3), (all.clone(), Vec::new()));
        // A class with one recording has nothing to spare.
        let (learn, validation) = divided(&items, &[0, 1, 20, 22], 0.5, 3);
        assert!(learn.contains(&0) && learn.contains(&1) && validation.len() == 1);
        let chosen = examples("corpus", &items, &all, 4, 1).unwrap();
        assert_eq!(chosen.len(), 12);
        let recordings: std::collections::BTreeSet<&String> = chosen.iter().map(|&i| &items[i].recording).collect();
        assert_eq!(recordings.len(), 12, "each of a recording of its own, while there are some");
        assert_eq!(examples("corpus", &items, &all, 15, 1).unwrap().len(), 45);
        assert!(examples("corpus", &items, &all, 20, 1).unwrap_err().to_string().contains("too few for 20 examples"));
    }
}
