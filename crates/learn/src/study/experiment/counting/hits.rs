//! Right answers counted by recording, and how sure a share of them is.

use crate::base::random::RandomTree;
use crate::study::experiment::item::Item;
use crate::train::evaluate::group_of;
use rand::RngExt;
use std::collections::BTreeMap;

/// Draws of the bootstrap.
const DRAWS: usize = 2000;

/// Harmonic mean of two shares: near the smaller one.
pub(in crate::study::experiment) fn harmonic((a, b): (f64, f64)) -> f64 {
    if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

/// Right and all answers about the windows of each recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::study::experiment) struct Hits(BTreeMap<String, (usize, usize)>);

impl Hits {
    /// Right answers about windows, classes of a group counting as one.
    pub(in crate::study::experiment) fn of(
        items: &[&Item],
        truth: &[usize],
        answers: &[usize],
        (choices, merge): (&[String], &BTreeMap<String, Vec<String>>),
    ) -> Self {
        let mut counted = Self::default();
        for ((item, &truth), &answer) in items.iter().zip(truth).zip(answers) {
            let right = group_of(merge, &choices[truth]) == group_of(merge, &choices[answer]);
            counted.count(&item.recording, right);
        }
        counted
    }

    /// Counts an answer.
    fn count(&mut self, recording: &str, right: bool) {
        let (rights, all) = self.0.entry(recording.to_owned()).or_default();
        *rights += usize::from(right);
        *all += 1;
    }

    /// Adds answers counted elsewhere.
    pub(in crate::study::experiment) fn add(&mut self, other: &Self) {
        for (recording, (right, all)) in &other.0 {
            let own = self.0.entry(recording.clone()).or_default();
            *own = (own.0 + right, own.1 + all);
        }
    }

    /// Share of right answers.
    pub(in crate::study::experiment) fn share(&self) -> f64 {
        let (right, all) = self.0.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        right as f64 / all.max(1) as f64
    }

    /// The share, if there was an answer.
    pub(in crate::study::experiment) fn some_share(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.share())
    }

    /// Where the share lies in 95 of 100 draws of as many recordings with replacement: the percentile interval of the bootstrap (Efron
    /// and Tibshirani 1993, chapter 13). Windows of a recording are drawn together, since they are alike. None of fewer than two
    /// recordings. The draws are the same every time.
    pub(in crate::study::experiment) fn interval(&self) -> Option<[f64; 2]> {
        let recordings: Vec<(usize, usize)> = self.0.values().copied().collect();
        if recordings.len() < 2 {
            return None;
        }
        let mut stream = RandomTree::new(0).stream(0, "bootstrap over recordings");
        let mut shares: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let (mut right, mut all) = (0, 0);
                for _ in 0..recordings.len() {
                    let drawn = recordings[stream.random_range(0..recordings.len())];
                    right += drawn.0;
                    all += drawn.1;
                }
                right as f64 / all.max(1) as f64
            })
            .collect();
        shares.sort_by(f64::total_cmp);
        let at = |share: f64| shares[(share * (DRAWS - 1) as f64).round() as usize];
        Some([at(0.025), at(0.975)])
    }
}

#[cfg(test)]
mod tests {
    use super::Hits;

    /// Of n recordings of one window each the spread of a share is √(p (1 − p) / n).
    #[test]
    fn the_interval_of_single_windows_is_that_of_a_binomial() {
        let (mut hits, n, p) = (Hits::default(), 400, 0.75);
        (0..n).for_each(|i| hits.count(&format!("r{i}"), (i as f64) < p * f64::from(n)));
        let [low, high] = hits.interval().unwrap_or([0.0; 2]);
        let half = 1.96 * (p * (1.0 - p) / f64::from(n)).sqrt();
        assert!((low - (p - half)).abs() < 0.006 && (high - (p + half)).abs() < 0.006, "{low} {high}, half {half}");
    }

    /// Ten windows of a recording that are right or wrong together say no more than one.
    #[test]
    fn windows_of_a_recording_count_together() {
        let (mut one, mut ten) = (Hits::default(), Hits::default());
        for i in 0..40 {
            one.count(&format!("r{i}"), i % 2 == 0);
            (0..10).for_each(|_| ten.count(&format!("r{i}"), i % 2 == 0));
        }
        assert_eq!(one.interval(), ten.interval());
        assert_eq!((one.share(), ten.share()), (0.5, 0.5));
        let mut single = Hits::default();
        (0..9).for_each(|i| single.count("r", i > 2));
        assert_eq!(single.interval(), None);
    }
}
