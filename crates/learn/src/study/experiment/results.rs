//! What came out of an experiment: `results.json`.

use super::controls::{ControlResult, LearntFrom};
use super::counting::{AnswerLine, Hits, harmonic, write as write_answers};
use super::error::{ExperimentError, missing};
use super::spec::{Evaluation, TestedOn};
use super::tally::{BaselineResult, FoldAnswer, counts, mean_recall, share};
use crate::base::atomic_file;
use crate::train::evaluate::{Outcome, spread, summed};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    /// Name of the experiment.
    pub experiment: String,
    /// Version of the program.
    pub kinecho_version: String,
    /// System of the model.
    pub system: String,
    /// Seeds of training.
    pub seeds: Vec<u64>,
    /// Samples that pre-training saw.
    pub source_samples: usize,
    /// Samples of the target, used or not.
    pub target_samples: usize,
    /// Samples of further recordings that were only tested.
    pub test_data_samples: usize,
    /// Sizes of the model's parts, with `total`.
    pub parameters: BTreeMap<String, usize>,
    /// Pre-training, a line a seed.
    pub pretraining: Vec<Pretraining>,
    /// One entry for each evaluation, kind of recordings and number of shots.
    pub evaluations: Vec<EvaluationResult>,
    /// What was answered about each window and recording; written to `answers.csv` beside.
    #[serde(skip)]
    pub answers: Vec<AnswerLine>,
}

/// How one pre-training went.
#[derive(Clone, Debug, Serialize)]
pub struct Pretraining {
    /// Variant of the experiment; none where it has no variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
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

/// One question, one kind of recordings, one number of shots, all seeds.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationResult {
    /// Variant of the experiment; none where it has no variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Name of the evaluation.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// Whether the target's own or further recordings were asked about.
    pub tested_on: TestedOn,
    /// Labelled examples a class; 0: by text.
    pub shots: usize,
    /// Samples of the target that the model was adapted to; the mean over the folds.
    pub adapted_on: usize,
    /// Classes that the adaptation did not see.
    pub held_out: Vec<String>,
    /// Labels to choose from.
    pub classes: Vec<String>,
    /// Samples classified in one run.
    pub samples: usize,
    /// Accuracy of always guessing one of the labels at random.
    pub chance: f64,
    /// Mean accuracy over the seeds, a window an answer.
    pub accuracy: f64,
    /// Standard deviation over the seeds (n − 1).
    pub accuracy_sd: f64,
    /// 95 % interval of the accuracy over recordings: where it lies when as many are drawn with replacement, windows of one together.
    /// None of fewer than two recordings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_interval: Option<[f64; 2]>,
    /// Accuracy of each seed, all its folds and draws counted together.
    pub accuracy_by_seed: Vec<f64>,
    /// Mean over the classes' recalls and the seeds.
    pub mean_recall: f64,
    /// Mean accuracy over the seeds, a recording an answer: the label with the largest mean score over its windows. None with
    /// examples.
    pub recording_accuracy: Option<f64>,
    /// 95 % interval of it, drawn like the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_accuracy_interval: Option<[f64; 2]>,
    /// Accuracy on the classes that the adaptation did not see, choosing among all; none when it saw all.
    pub held_out_accuracy: Option<f64>,
    /// Accuracy on the classes that it saw, choosing among all; none when it saw all or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_accuracy: Option<f64>,
    /// Harmonic mean of the two, as generalised zero-shot recognition is reported: high where neither is given up for the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harmonic_mean: Option<f64>,
    /// What a model that learnt the labels alone answers to the same question by text; none without a `baseline`, and where that
    /// knows none of the labels to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineResult>,
    /// Answers without a network; empty without `yardsticks` and `controls`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlResult>,
    /// What was left out in turn, each with its own accuracy; empty without `leave_one_out`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<FoldResult>,
    /// `confusion[truth][prediction]`, counts summed over seeds, folds and draws.
    pub confusion: Vec<Vec<usize>>,
}

/// One group left out of the adaptation and tested.
#[derive(Clone, Debug, Serialize)]
pub struct FoldResult {
    /// The session or subject.
    pub left_out: String,
    /// Samples classified in one run.
    pub samples: usize,
    /// Mean accuracy over the seeds.
    pub accuracy: f64,
    /// Accuracy of each seed.
    pub accuracy_by_seed: Vec<f64>,
}

impl Results {
    /// Writes `results.json` and `answers.csv` into a folder.
    pub fn write(&self, dir: &Path) -> Result<(), ExperimentError> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| missing("results", e.to_string()))?;
        write_answers(&self.answers, dir)?;
        Ok(atomic_file::write(&dir.join("results.json"), &text)?)
    }

    /// The same, said to be those of a variant.
    pub fn of_variant(mut self, name: Option<&str>) -> Self {
        self.pretraining.iter_mut().for_each(|line| line.variant = name.map(str::to_owned));
        self.evaluations.iter_mut().for_each(|e| e.variant = name.map(str::to_owned));
        self.answers.iter_mut().for_each(|line| line.variant = name.unwrap_or_default().to_owned());
        self
    }

    /// What goes for all variants.
    pub fn without_answers(&self) -> Self {
        Self { pretraining: Vec::new(), evaluations: Vec::new(), answers: Vec::new(), ..self.clone() }
    }

    /// Adds the answers of another variant.
    pub fn append(&mut self, mut other: Self) {
        self.pretraining.append(&mut other.pretraining);
        self.evaluations.append(&mut other.evaluations);
        self.answers.append(&mut other.answers);
    }
}

impl EvaluationResult {
    /// The accuracy on held-out classes in words, where only some are: the others carry the mean, and it alone would mislead.
    pub fn held_out_note(&self) -> Option<String> {
        let share = self.held_out_accuracy.filter(|_| self.held_out.len() < self.classes.len())?;
        let rest = self.seen_accuracy.zip(self.harmonic_mean);
        let rest =
            rest.map(|(seen, mean)| format!(", seen {:.1} %, harmonic mean {:.1} %", 100.0 * seen, 100.0 * mean));
        Some(format!("held-out classes {:.1} %{}", 100.0 * share, rest.unwrap_or_default()))
    }

    /// The baseline's accuracy in words.
    pub fn baseline_note(&self) -> Option<String> {
        let baseline = self.baseline.as_ref()?;
        Some(format!("{} {:.1} %", baseline.system, 100.0 * baseline.accuracy))
    }

    /// The controls in words, the static ones first.
    pub fn control_notes(&self) -> Vec<String> {
        let note = |control: &ControlResult| {
            let from = match control.learnt_from {
                LearntFrom::Training => "from training",
                LearntFrom::Examples => "from the examples alone",
                LearntFrom::Both => "from training and examples",
                LearntFrom::WithSimulation => "from training and simulation",
            };
            let apart = control.held_out_accuracy.zip(control.harmonic_mean).map(|(held, mean)| {
                format!(" (held-out classes {:.1} %, harmonic mean {:.1} %)", 100.0 * held, 100.0 * mean)
            });
            let apart = apart.unwrap_or_default();
            format!("{} of {} {from} {:.1} %{apart}", control.method.name(), control.look, 100.0 * control.accuracy)
        };
        self.controls.iter().map(note).collect()
    }

    /// Sums up the answers of the seeds, each a list of folds.
    pub(super) fn sum_up(
        of: &Evaluation,
        tested_on: TestedOn,
        shots: usize,
        held_out: Vec<String>,
        seeds: &[Vec<FoldAnswer>],
    ) -> Self {
        let outcomes =
            |answers: &'_ [FoldAnswer]| answers.iter().flat_map(|a| a.draws.clone()).collect::<Vec<Outcome>>();
        let by_seed: Vec<Vec<Outcome>> = seeds.iter().map(|answers| outcomes(answers)).collect();
        // Of the answers, not of the question: it may count several classes as one.
        let classes = by_seed.iter().flatten().next().map_or_else(|| of.choices(), |o| o.classes.clone());
        let n = classes.len();
        let accuracy_by_seed: Vec<f64> = by_seed.iter().map(|o| share(counts(o.iter()))).collect();
        let recalls: Vec<f64> = by_seed.iter().map(|o| mean_recall(&summed(n, o.iter()))).collect();
        let recordings: Vec<f64> = seeds
            .iter()
            .filter(|answers| answers.iter().all(|a| a.recordings.is_some()))
            .map(|answers| share(counts(answers.iter().filter_map(|a| a.recordings.as_ref()))))
            .collect();
        let confusion = summed(n, by_seed.iter().flatten());
        let share_of = |held: bool| {
            let of = (0..n).filter(|&c| held_out.contains(&classes[c]) == held);
            let sums = |(right, all), c: usize| (right + confusion[c][c], all + confusion[c].iter().sum::<usize>());
            let (right, all) = of.fold((0, 0), sums);
            (all > 0).then(|| right as f64 / all as f64)
        };
        let held_out_accuracy = share_of(true);
        let seen_accuracy = share_of(false).filter(|_| held_out_accuracy.is_some());
        let harmonic_mean = held_out_accuracy.zip(seen_accuracy).map(harmonic);
        let (accuracy, accuracy_sd) = spread(&accuracy_by_seed);
        let first = seeds.first().map(Vec::as_slice).unwrap_or_default();
        let mut hits = Hits::default();
        seeds.iter().flatten().for_each(|answer| hits.add(&answer.hits));
        let mut recording_hits = Hits::default();
        seeds.iter().flatten().for_each(|answer| recording_hits.add(&answer.recording_hits));
        let adapted_on = first.iter().map(|a| a.adapted_on).sum::<usize>() / first.len().max(1);
        Self {
            variant: None,
            name: of.name.clone(),
            title: of.title.clone(),
            tested_on,
            shots,
            adapted_on,
            held_out,
            samples: first.iter().filter_map(|a| a.draws.first()).map(|o| o.samples).sum(),
            chance: 1.0 / n.max(1) as f64,
            accuracy,
            accuracy_sd,
            accuracy_interval: hits.interval(),
            accuracy_by_seed,
            mean_recall: spread(&recalls).0,
            recording_accuracy: (!recordings.is_empty()).then(|| spread(&recordings).0),
            recording_accuracy_interval: recording_hits.interval(),
            held_out_accuracy,
            seen_accuracy,
            harmonic_mean,
            baseline: BaselineResult::sum_up(
                &seeds.iter().map(|folds| folds.iter().map(|a| a.baseline.as_ref()).collect()).collect::<Vec<_>>(),
            ),
            controls: ControlResult::sum_up(seeds.iter().flatten().map(|answer| answer.controls.as_slice())),
            folds: fold_results(seeds),
            classes,
            confusion,
        }
    }
}

fn fold_results(seeds: &[Vec<FoldAnswer>]) -> Vec<FoldResult> {
    let first = seeds.first().map(Vec::as_slice).unwrap_or_default();
    let fold = |(place, answer): (usize, &FoldAnswer)| {
        let accuracy_by_seed: Vec<f64> =
            seeds.iter().filter_map(|answers| answers.get(place)).map(|a| share(counts(a.draws.iter()))).collect();
        Some(FoldResult {
            left_out: answer.left_out.clone()?,
            samples: answer.draws.first().map_or(0, |o| o.samples),
            accuracy: spread(&accuracy_by_seed).0,
            accuracy_by_seed,
        })
    };
    first.iter().enumerate().filter_map(fold).collect()
}
