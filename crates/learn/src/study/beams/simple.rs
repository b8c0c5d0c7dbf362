//! What comes without a network: the beam that is best now, and the answers of the nearest sequences.

use crate::train::evaluate::best_beam;
use crate::train::{Dataset, Samples, Truth};
use std::collections::BTreeMap;

/// Neighbours that are asked.
const NEIGHBOURS: usize = 5;

/// Beams from the most likely on for every sample.
pub(super) type Ranked = Vec<Vec<usize>>;

/// By name what is answered for `test`, learning from `learn`: always the beams that were best most often; `powers` as they are at the last step;
/// the five nearest sequences by one view, standardised number by number.
pub(super) fn answers(learn: &Dataset, test: &Dataset) -> BTreeMap<String, Ranked> {
    let mut answers = BTreeMap::new();
    let learnt: Vec<usize> = (0..learn.len()).filter_map(|i| best(learn, i)).collect();
    let beams = beams_of(test);
    let mut counts = vec![0.0; beams];
    learnt.iter().for_each(|&beam| counts[beam] += 1.0);
    answers.insert("most frequent".into(), vec![order(&counts); test.len()]);
    if let Some(powers) = test.views.iter().find(|view| view.info.name == "powers") {
        let steps = powers.info.shape.first().copied().unwrap_or(1);
        let last = |i: usize| -> Vec<f64> {
            let row = powers.values.row(i);
            row.iter().skip((steps - 1) * row.len() / steps).map(|v| f64::from(*v)).collect()
        };
        answers.insert("last beam".into(), (0..test.len()).map(|i| order(&last(i))).collect());
    }
    for view in learn.views.iter().filter(|view| view.info.name != "available") {
        let Some(of_test) = test.views.iter().find(|other| other.info.name == view.info.name) else { continue };
        let moments: Vec<(f32, f32)> = view
            .values
            .columns()
            .into_iter()
            .map(|c| (c.mean().unwrap_or(0.0), c.std(0.0)))
            .map(|(mean, deviation)| (mean, if deviation > 1e-6 { deviation.recip() } else { 0.0 }))
            .collect();
        let ranked = |i: usize| {
            let own = of_test.values.row(i);
            let distance = |j: usize| -> f32 {
                let other = view.values.row(j);
                own.iter().zip(other).zip(&moments).map(|((a, b), (_, by))| ((a - b) * by).powi(2)).sum()
            };
            let mut near: Vec<(f32, usize)> = (0..learn.len()).map(|j| (distance(j), j)).collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut votes = vec![0.0; beams];
            for (place, (_, j)) in near.iter().take(NEIGHBOURS).enumerate() {
                if let Some(beam) = best(learn, *j) {
                    // Nearer ones decide between equal numbers of votes.
                    votes[beam] += 1.0 + 1e-3 * (NEIGHBOURS - place) as f64;
                }
            }
            order(&votes)
        };
        answers.insert(format!("5 nearest, {}", view.info.name), (0..test.len()).map(ranked).collect());
    }
    answers
}

fn best(set: &Dataset, i: usize) -> Option<usize> {
    match set.truths.get(i) {
        Some(Truth::Beams(powers)) => best_beam(powers),
        _ => None,
    }
}

fn beams_of(set: &Dataset) -> usize {
    match set.truths.first() {
        Some(Truth::Beams(powers)) => powers.len(),
        _ => 0,
    }
}

fn order(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}
