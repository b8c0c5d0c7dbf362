//! Can the motions be told apart? A linear classifier on joint angles, asked about people whom it has not seen.

use super::error::MotionError;
use super::features::features;
use super::score::{Rendition, Score};
use crate::base::random::RandomTree;
use crate::body::Skeleton;
use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;
use serde::Serialize;

/// Rate at which motions are looked at, Hz.
const RATE_HZ: f64 = 30.0;
/// Share of the diagonal in the covariance within a class: there are a few times more samples than numbers.
const SHRINKAGE: f64 = 0.15;

/// How often each motion was taken for each by a classifier that had not seen the person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distinctness {
    /// Slugs of the motions.
    pub motions: Vec<String>,
    /// Counts `[true motion][answer]`; every row sums to the number of people.
    pub confusion: Vec<Vec<usize>>,
}

/// Two motions that were confused.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// The motion that was shown.
    pub motion: String,
    /// What it was taken for.
    pub taken_for: String,
    /// Share of the people for whom this happened.
    pub share: f64,
}

impl Distinctness {
    /// Plays every score once on each of `people` for `duration_s` and classifies each person's motions by those of others.
    ///
    /// The people are dealt into `folds` (2 to their number) groups. For each group the others give the mean of every motion
    /// and the covariance within motions, and a clip belongs to the nearest mean in Mahalanobis' distance (linear
    /// discriminant analysis, Fisher 1936), with the covariance shrunk towards its diagonal (Friedman 1989).
    pub fn measure(
        scores: &[Score],
        people: &[Skeleton],
        folds: usize,
        duration_s: f64,
        seed: u64,
    ) -> Result<Self, MotionError> {
        if scores.len() < 2 || folds < 2 || folds > people.len() {
            let message = format!(
                "telling motions apart needs at least 2 motions and 2 to {} folds, found {} motions and {folds} folds",
                people.len(),
                scores.len()
            );
            return Err(MotionError::Play { slug: "all motions".into(), message });
        }
        let tree = RandomTree::new(seed);
        let orders: Vec<(usize, usize)> =
            (0..scores.len()).flat_map(|m| (0..people.len()).map(move |p| (m, p))).collect();
        let samples: Vec<DVector<f64>> = orders
            .par_iter()
            .map(|&(m, p)| {
                let purpose = format!("rendition of {}", scores[m].slug);
                let rendition = Rendition::draw(&scores[m], &mut tree.stream(p as u64, &purpose));
                let clip = scores[m].play(&people[p], &rendition, duration_s, RATE_HZ)?;
                Ok(DVector::from_vec(features(&people[p], &clip)?))
            })
            .collect::<Result<_, MotionError>>()?;
        let mut confusion = vec![vec![0; scores.len()]; scores.len()];
        for fold in 0..folds {
            let known = |&(_, p): &(usize, usize)| p % folds != fold;
            let training = orders.iter().zip(&samples).filter(|(o, _)| known(o));
            let classifier = Classifier::new(scores.len(), training.map(|((m, _), x)| (*m, x)));
            for (order, sample) in orders.iter().zip(&samples).filter(|(o, _)| !known(o)) {
                confusion[order.0][classifier.answer(sample)] += 1;
            }
        }
        Ok(Self { motions: scores.iter().map(|s| s.slug.clone()).collect(), confusion })
    }

    /// Share of right answers.
    pub fn accuracy(&self) -> f64 {
        let right: usize = self.confusion.iter().enumerate().map(|(i, row)| row[i]).sum();
        right as f64 / self.confusion.iter().flatten().sum::<usize>().max(1) as f64
    }

    /// Everything that was confused, the most frequent first.
    pub fn confusions(&self) -> Vec<Confusion> {
        let mut found = Vec::new();
        for (i, row) in self.confusion.iter().enumerate() {
            let people = row.iter().sum::<usize>().max(1) as f64;
            for (j, count) in row.iter().enumerate().filter(|(j, count)| *j != i && **count > 0) {
                found.push(Confusion {
                    motion: self.motions[i].clone(),
                    taken_for: self.motions[j].clone(),
                    share: *count as f64 / people,
                });
            }
        }
        found.sort_by(|a, b| b.share.total_cmp(&a.share));
        found
    }
}

/// Nearest mean under one covariance.
struct Classifier {
    means: Vec<DVector<f64>>,
    /// Inverse covariance times each mean, and half the squared length of the mean.
    weights: Vec<(DVector<f64>, f64)>,
}

impl Classifier {
    fn new<'a>(classes: usize, training: impl Iterator<Item = (usize, &'a DVector<f64>)>) -> Self {
        let training: Vec<_> = training.collect();
        let size = training.first().map_or(0, |(_, x)| x.len());
        let mut means = vec![DVector::zeros(size); classes];
        let mut counts = vec![0.0; classes];
        for (class, x) in &training {
            means[*class] += *x;
            counts[*class] += 1.0;
        }
        means.iter_mut().zip(&counts).for_each(|(mean, count)| *mean /= f64::max(*count, 1.0));
        let columns: Vec<DVector<f64>> = training.iter().map(|(class, x)| *x - &means[*class]).collect();
        let centred = DMatrix::from_columns(&columns);
        let mut covariance = &centred * centred.transpose() / (training.len() - classes).max(1) as f64;
        let diagonal = covariance.diagonal();
        covariance *= 1.0 - SHRINKAGE;
        for i in 0..size {
            // A number that never changes must not divide by zero.
            covariance[(i, i)] += SHRINKAGE * diagonal[i] + 1e-9;
        }
        let solve = |mean: &DVector<f64>, factor: &Option<Cholesky<f64, nalgebra::Dyn>>| match factor {
            Some(factor) => factor.solve(mean),
            // Not reached with a positive diagonal; the plain distance is still a classifier.
            None => mean.clone(),
        };
        let factor = covariance.cholesky();
        let weights = means
            .iter()
            .map(|mean| {
                let weight = solve(mean, &factor);
                let half = 0.5 * weight.dot(mean);
                (weight, half)
            })
            .collect();
        Self { means, weights }
    }

    fn answer(&self, sample: &DVector<f64>) -> usize {
        let score = |i: usize| self.weights[i].0.dot(sample) - self.weights[i].1;
        (0..self.means.len()).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap_or(0)
    }
}
