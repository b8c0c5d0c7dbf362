//! What came out of an experiment: `results.json`.

use crate::model::mmclip::ParameterCounts;
use crate::train::evaluate::{Outcome, spread};
use serde::Serialize;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// Name of the experiment.
    pub experiment: String,
    /// Version of the program.
    pub kinecho_version: String,
    /// Seeds of training.
    pub seeds: Vec<u64>,
    /// Samples that pre-training saw.
    pub source_samples: usize,
    /// Samples of the target, used or not.
    pub target_samples: usize,
    /// Sizes of the model's branches.
    pub parameters: ParameterCounts,
    /// Pre-training, a line a seed.
    pub pretraining: Vec<Pretraining>,
    /// One entry for each evaluation and number of shots.
    pub evaluations: Vec<EvaluationResult>,
}

/// How one pre-training went.
#[derive(Clone, Debug, Serialize)]
pub struct Pretraining {
    /// Seed.
    pub seed: u64,
    /// Steps done.
    pub steps: u64,
    /// Loss of each logged step.
    pub losses: Vec<(u64, f64)>,
    /// Zero-shot accuracy on simulated subjects that training did not see, among all seen classes; none without any.
    pub validation_accuracy: Option<f64>,
    /// Median time of a step, ms.
    pub step_ms: f64,
    /// Samples a second.
    pub samples_per_s: f64,
    /// Time of the whole pre-training, s.
    pub seconds: f64,
}

/// One question, one number of shots, all seeds.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationResult {
    /// Name of the evaluation.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// Labelled examples a class; 0: by text.
    pub shots: usize,
    /// Samples of the target that the model was adapted to.
    pub adapted_on: usize,
    /// Classes that the adaptation did not see.
    pub held_out: Vec<String>,
    /// Classes to choose from.
    pub classes: Vec<String>,
    /// Samples classified in one run.
    pub samples: usize,
    /// Accuracy of always guessing one of the classes at random.
    pub chance: f64,
    /// Mean accuracy over the seeds.
    pub accuracy: f64,
    /// Standard deviation over the seeds (n − 1).
    pub accuracy_sd: f64,
    /// Accuracy of each seed; for several draws of examples, their mean.
    pub accuracy_by_seed: Vec<f64>,
    /// Mean over the classes' recalls and the seeds.
    pub mean_recall: f64,
    /// Accuracy on the classes that the adaptation did not see, choosing among all; none when it saw all.
    pub held_out_accuracy: Option<f64>,
    /// `confusion[truth][prediction]`, counts summed over seeds and draws.
    pub confusion: Vec<Vec<usize>>,
}

impl EvaluationResult {
    /// The accuracy on held-out classes in words, where only some are: the others carry the mean, and it alone would mislead.
    pub fn held_out_note(&self) -> Option<String> {
        let share = self.held_out_accuracy.filter(|_| self.held_out.len() < self.classes.len())?;
        Some(format!("held-out classes {:.1} %", 100.0 * share))
    }

    /// Sums up the outcomes of the seeds, each a list of draws.
    pub(super) fn sum_up(
        (name, title): (&str, &str),
        shots: usize,
        adapted_on: usize,
        held_out: Vec<String>,
        outcomes: &[Vec<Outcome>],
    ) -> Self {
        let classes = outcomes.iter().flatten().next().map(|o| o.classes.clone()).unwrap_or_default();
        let mean_of = |draws: &Vec<Outcome>, value: fn(&Outcome) -> f64| {
            draws.iter().map(value).sum::<f64>() / draws.len().max(1) as f64
        };
        let accuracy_by_seed: Vec<f64> = outcomes.iter().map(|d| mean_of(d, |o| o.accuracy)).collect();
        let recalls: Vec<f64> = outcomes.iter().map(|d| mean_of(d, |o| o.mean_recall)).collect();
        let (accuracy, accuracy_sd) = spread(&accuracy_by_seed);
        let n = classes.len();
        let mut confusion = vec![vec![0; n]; n];
        for outcome in outcomes.iter().flatten() {
            for (sums, row) in confusion.iter_mut().zip(&outcome.confusion) {
                sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
            }
        }
        let held: Vec<usize> = (0..n).filter(|&c| held_out.contains(&classes[c])).collect();
        let (right, all) = held
            .iter()
            .fold((0, 0), |(right, all), &c| (right + confusion[c][c], all + confusion[c].iter().sum::<usize>()));
        Self {
            name: name.into(),
            title: title.into(),
            shots,
            adapted_on,
            held_out,
            samples: outcomes.iter().flatten().next().map_or(0, |o| o.samples),
            chance: 1.0 / n.max(1) as f64,
            accuracy,
            accuracy_sd,
            accuracy_by_seed,
            mean_recall: spread(&recalls).0,
            held_out_accuracy: (all > 0).then(|| right as f64 / all as f64),
            classes,
            confusion,
        }
    }
}
