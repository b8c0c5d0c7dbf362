//! How well beams are predicted. Beams count from 0 here; distances are the same from 1.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// Δ of the challenge: a beam so far away or further counts nothing.
pub const CHALLENGE_DELTA: f64 = 5.0;

/// Thresholds of [`dba_by_thresholds`] where none are said; the paper names none.
pub const THRESHOLDS: [usize; 3] = [1, 2, 3];

/// All of them for some samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeamScores {
    /// Samples.
    pub samples: usize,
    /// Share whose best beam is the first answer.
    pub top_1: f64,
    /// Share whose best beam is among the first three answers.
    pub top_3: f64,
    /// Share whose best beam is among the first five answers.
    pub top_5: f64,
    /// [`dba_of_challenge`].
    pub dba_challenge: f64,
    /// [`dba_by_thresholds`] of [`THRESHOLDS`].
    pub dba_thresholds: f64,
    /// [`power_loss_db`].
    pub power_loss_db: f64,
}

/// The beam with the greatest power; the first of equal ones.
pub fn best_beam(powers: &[f32]) -> Option<usize> {
    (0..powers.len()).reduce(|best, beam| if powers[beam] > powers[best] { beam } else { best })
}

/// The beams of a sample from the most likely on; the first of equal ones first.
fn ranked(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}

/// Share of samples whose best beam is among the first k answers.
pub fn top_k(ranked: &[Vec<usize>], best: &[usize], k: usize) -> f64 {
    mean(ranked.iter().zip(best).map(|(order, best)| f64::from(u8::from(order.iter().take(k).any(|b| b == best)))))
}

/// DBA of the challenge (Charan et al., "Multi-modal beam prediction challenge 2022", arXiv:2209.07519): the mean over k of 1 to 3 of
/// `1 − mean over samples of min over the first k answers of min(distance / Δ, 1)`, Δ = 5.
pub fn dba_of_challenge(ranked: &[Vec<usize>], best: &[usize]) -> f64 {
    let of = |k: usize| {
        let lost = ranked.iter().zip(best).map(|(order, best)| {
            let nearest = order.iter().take(k).map(|b| b.abs_diff(*best)).min();
            nearest.map_or(1.0, |distance| (distance as f64 / CHALLENGE_DELTA).min(1.0))
        });
        1.0 - mean(lost)
    };
    (of(1) + of(2) + of(3)) / 3.0
}

/// DBA of Zheng et al. (equations 59 and 60): the mean over thresholds of the share of samples whose first answer is at most so far from the
/// best beam.
pub fn dba_by_thresholds(ranked: &[Vec<usize>], best: &[usize], thresholds: &[usize]) -> f64 {
    let of = |most: &usize| {
        let near =
            ranked.iter().zip(best).map(|(order, best)| order.first().is_some_and(|b| b.abs_diff(*best) <= *most));
        mean(near.map(|near| f64::from(u8::from(near))))
    };
    mean(thresholds.iter().map(of))
}

/// Mean over samples of `10 log₁₀(P of the best beam / P of the first answer)`, dB. No noise is taken from the powers.
pub fn power_loss_db(ranked: &[Vec<usize>], powers: &[&[f32]]) -> f64 {
    let loss = |(order, powers): (&Vec<usize>, &&[f32])| {
        let (best, first) = (best_beam(powers)?, *order.first()?);
        // A power of 0 would make a loss without bound of one sample.
        let power = |beam: usize| f64::from(powers[beam].max(f32::MIN_POSITIVE));
        Some(10.0 * (power(best) / power(first)).log10())
    };
    mean(ranked.iter().zip(powers).filter_map(loss))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    if count == 0 { f64::NAN } else { sum / f64::from(count) }
}

impl BeamScores {
    /// Of the scores of every beam, `[sample, beam]`, and the powers of every sample, as many beams each.
    pub fn new(scores: ArrayView2<'_, f64>, powers: &[&[f32]]) -> Self {
        let order: Vec<Vec<usize>> = scores.outer_iter().map(|row| ranked(&row.to_vec())).collect();
        Self::of_ranked(&order, powers)
    }

    /// Of beams from the most likely on, and the powers of every sample.
    pub fn of_ranked(order: &[Vec<usize>], powers: &[&[f32]]) -> Self {
        let best: Vec<usize> = powers.iter().map(|powers| best_beam(powers).unwrap_or(0)).collect();
        Self {
            samples: powers.len(),
            top_1: top_k(order, &best, 1),
            top_3: top_k(order, &best, 3),
            top_5: top_k(order, &best, 5),
            dba_challenge: dba_of_challenge(order, &best),
            dba_thresholds: dba_by_thresholds(order, &best, &THRESHOLDS),
            power_loss_db: power_loss_db(order, powers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four samples of ten beams, worked out by hand: distances of the first three answers from the best beam.
    #[test]
    fn measures_are_those_worked_out_by_hand() {
        // Distances: 0 1 2 | 2 1 0 | 7 4 9 | 3 6 5.
        let ranked = [vec![4, 5, 6], vec![3, 4, 5], vec![0, 3, 9], vec![5, 8, 3]];
        let ranked: Vec<Vec<usize>> = ranked.into();
        let best = [4, 5, 7, 2];
        assert_eq!([1, 2, 3].map(|k| top_k(&ranked, &best, k)), [0.25, 0.25, 0.5]);
        // Nearest: k = 1: 0 2 5* 3; k = 2: 0 1 4 3; k = 3: 0 0 2 1 (beams 9 and 3).
        let challenge =
            (3.0 - (0.0 + 0.4 + 1.0 + 0.6) / 4.0 - (0.0 + 0.2 + 0.8 + 0.6) / 4.0 - (0.0 + 0.0 + 0.4 + 0.2) / 4.0) / 3.0;
        assert!((dba_of_challenge(&ranked, &best) - challenge).abs() < 1e-12);
        // First answers within 1: one of four; within 2: two; within 3: three.
        assert!((dba_by_thresholds(&ranked, &best, &[1, 2, 3]) - 0.5).abs() < 1e-12);
        assert!((dba_by_thresholds(&ranked, &best, &[0, 7]) - 0.625).abs() < 1e-12);
    }

    /// 10 log₁₀ 2 and 10 log₁₀ 1: 1.5051 dB in the mean.
    #[test]
    fn losses_are_of_powers() {
        let powers: [&[f32]; 2] = [&[0.5, 1.0, 0.25], &[3.0, 0.1, 0.2]];
        let ranked = vec![vec![0, 1, 2], vec![0, 2, 1]];
        assert!((power_loss_db(&ranked, &powers) - 5.0 * 2.0_f64.log10()).abs() < 1e-9);
        let scores = ndarray::arr2(&[[3.0, 2.0, 1.0], [3.0, 1.0, 2.0]]);
        let all = BeamScores::new(scores.view(), &powers);
        assert_eq!((all.samples, all.top_1, all.top_3), (2, 0.5, 1.0));
    }
}
